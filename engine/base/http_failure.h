// What people are told of an HTTP answer that made an action fail. Pure; any thread.
#pragma once

#include <string>

#include "engine/base/value_fwd.h"

namespace foehn {

// "HTTP 503 Service Unavailable: {"error": "busy"}" of what std.http has as a result: status, reason and content, for
// headers, times and the like explain nothing. Empty for any other value.
std::string http_failure(const Value& result);

}  // namespace foehn
