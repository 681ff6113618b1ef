// Errors as HTTP: status and the body shape that each API's clients read. Pure.
#pragma once

#include <string_view>

#include "api/http/message.h"
#include "engine/base/error.h"
#include "engine/base/value_fwd.h"

namespace foehn::rest {

// {"faultcode", "faultstring", "debuginfo"}: most of Mistral's API (WSME).
http::Response wsme_fault(int status, std::string_view message);
http::Response wsme_fault(const Error& error);
// {"faultstring"}: Mistral's endpoints that take text bodies (pecan).
http::Response pecan_fault(int status, std::string_view message);
http::Response pecan_fault(const Error& error);
// {"error": {"code", "message", "details"}}: our own APIs.
http::Response service_fault(int status, std::string_view code, std::string_view message);
http::Response service_fault(const Error& error);

// Body formatted as Python's json.dumps, as Mistral's is.
http::Response json_response(int status, const Value& body);

inline constexpr std::string_view kForbidden = "Operation forbidden (insufficient permissions)";

}  // namespace foehn::rest
