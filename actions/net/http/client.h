// HTTP as actions and cloud drivers see it. send() and cancel() from any thread; the callback runs on the client's own
// thread, must not block, and is called exactly once per request (also after cancel). Faked in tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/result.h"

namespace foehn::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url{};
  HttpHeaders headers{};
  std::optional<std::string> body{};
  std::optional<std::pair<std::string, std::string>> basic_auth{};  // user, password
  std::string bearer_token{};                                       // "" = none
  std::int64_t timeout_ms = limits::kHttpTimeoutMs;                 // whole request
  bool follow_redirects = false;
  bool verify_tls = true;
  std::string ca_file{};  // "" = the system's
  std::string proxy{};    // "" = none; the environment's proxies are never used
  std::size_t response_bytes_max = limits::kHttpResponseBytesMax;
  bool trusted = false;  // the address comes from the operator's configuration: EgressPolicy is not applied
};

struct HttpResponse {
  int status = 0;
  std::string reason{};
  HttpHeaders headers{};  // of the last response, names as received
  std::string body{};
  std::string url{};  // after redirects
  double elapsed_s = 0;
  std::vector<std::string> history{};  // URLs that redirected, in order
  HttpHeaders cookies{};               // set by the server(s), name and value
};

// Errors: kInvalidArgument (URL or scheme), kPermissionDenied (EgressPolicy), kTimeout, kCancelled,
// kResourceExhausted (response too large), kUnavailable (connect, TLS, transport).
using HttpDone = std::function<void(Result<HttpResponse>)>;
using HttpRequestId = std::uint64_t;

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual HttpRequestId send(HttpRequest request, HttpDone done) = 0;
  virtual void cancel(HttpRequestId id) = 0;
};

// First header of that name (any case) or nullptr.
const std::string* find_header(const HttpHeaders& headers, std::string_view name);

}  // namespace foehn::net
