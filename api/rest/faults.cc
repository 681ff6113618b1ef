#include "api/rest/faults.h"

#include "engine/base/value.h"

namespace foehn::rest {
namespace {

// Mistral's table of statuses. A state that does not allow something is 400 there; handlers that need another status
// fail with another code.
int mistral_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kFailedPrecondition:
    case ErrorCode::kResourceExhausted: return 400;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict: return 409;
    case ErrorCode::kPermissionDenied: return 403;
    case ErrorCode::kUnavailable: return 503;
    case ErrorCode::kUnsupported: return 501;
    case ErrorCode::kTimeout: return 504;
    case ErrorCode::kCancelled:
    case ErrorCode::kCommitUnknown:
    case ErrorCode::kIo:
    case ErrorCode::kInternal: return 500;
  }
  return 500;
}

int service_status(ErrorCode code) {
  if (code == ErrorCode::kFailedPrecondition) return 409;
  if (code == ErrorCode::kResourceExhausted) return 429;
  return mistral_status(code);
}

std::string service_code(ErrorCode code) {
  std::string name(to_string(code));
  for (char& c : name)
    if (c == ' ' || c == '/') c = '_';
  return name;
}

}  // namespace

http::Response json_response(int status, const Value& body) {
  return {status, "application/json", {}, to_python_json(body)};
}

http::Response wsme_fault(int status, std::string_view message) {
  return json_response(status, Value{{"faultcode", status < 500 ? "Client" : "Server"},
                                     {"faultstring", message},
                                     {"debuginfo", nullptr}});
}
http::Response wsme_fault(const Error& error) { return wsme_fault(mistral_status(error.code), error.message); }

http::Response pecan_fault(int status, std::string_view message) {
  return json_response(status, Value{{"faultstring", message}});
}
http::Response pecan_fault(const Error& error) { return pecan_fault(mistral_status(error.code), error.message); }

http::Response service_fault(int status, std::string_view code, std::string_view message) {
  Value details{{"code", code}, {"message", message}, {"details", nullptr}};
  return json_response(status, Value{{"error", std::move(details)}});
}
http::Response service_fault(const Error& error) {
  return service_fault(service_status(error.code), service_code(error.code), error.message);
}

}  // namespace foehn::rest
