// HttpClient over libcurl: one thread runs curl_multi for all requests. Requests beyond the bound of transfers in
// flight wait in arrival order. The destructor cancels what is left (kCancelled) and joins.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "actions/net/http/client.h"
#include "actions/net/http/egress.h"
#include "engine/base/limits.h"

namespace foehn::net {

struct CurlOptions {
  EgressPolicy egress = EgressPolicy::permissive();
  std::size_t transfers_max = limits::kHttpTransfersMax;
  std::string user_agent = "foehn";
};

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(CurlOptions options);
  ~CurlClient() override;
  HttpRequestId send(HttpRequest request, HttpDone done) override;
  void cancel(HttpRequestId id) override;
  // As send(); `on_body` is given the body as it arrives, by the client's thread, and the response has none.
  HttpRequestId stream(HttpRequest request, std::function<void(std::string_view)> on_body, HttpDone done);

 private:
  struct Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace foehn::net
