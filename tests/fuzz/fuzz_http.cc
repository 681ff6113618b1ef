// What a request's target and body go through before a handler sees them: routing, decoding, JSON.
#include <string>

#include "api/http/router.h"
#include "api/rest/body.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace foehn;

http::Response answer(const http::Request& request) {
  for (const auto& [name, value] : request.path_parameters) FOEHN_CHECK(request.parameter(name) == value);
  (void)rest::int_parameter(request, "limit", 1);
  (void)rest::bool_parameter(request, "force", false);
  (void)rest::check_parameters(request, {"limit", "force"});
  (void)rest::require_uuid(request.parameter("id"));
  if (const auto body = rest::json_object(request, "execution", {})) {
    // What is read can be written, and reads the same again.
    const std::string text = to_json(*body);
    const auto again = parse_json(text);
    FOEHN_CHECK(again.has_value());
    FOEHN_CHECK(to_json(*again) == text);
    FOEHN_CHECK(parse_json(to_python_json(*body)).has_value());
    (void)to_python_repr(*body);
    (void)rest::json_attribute(*body, "input");
    (void)rest::json_attribute(*body, "params");
    (void)rest::text_attribute(*body, "description");
  }
  return {};
}

http::Response error_page(const http::Request&, int status, std::string_view message) {
  http::Response response;
  response.status = status;
  response.body = std::string(message);
  return response;
}

http::RouteTable make_routes() {
  return http::RouteTable({{"GET", "/v2/tasks/{id}", answer, "", ""},
                           {"POST", "/v2/executions", answer, "", ""},
                           {"GET", "/v2/executions/{id}/{what}", answer, "", ""}},
                          [](const http::Request&, const http::Route&) { return std::nullopt; }, error_page);
}

}  // namespace

// The first line is the target, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const http::RouteTable routes = make_routes();
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view target = text.substr(0, end);
  const std::string_view body = text.substr(std::min(end + 1, text.size()));
  for (const char* method : {"GET", "POST", "DELETE"}) {
    http::Request request;
    request.method = method;
    http::set_target(request, target);
    request.body = std::string(body);
    request.headers.add("Content-Type", std::string(target));
    (void)request.content_type();
    const http::Response response = routes.handle(std::move(request));
    FOEHN_CHECK(response.status == 200 || response.status == 404 || response.status == 405);
  }
  FOEHN_CHECK(http::percent_decode(http::percent_encode(target), true) == target);
  return 0;
}
