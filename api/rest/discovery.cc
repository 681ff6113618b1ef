// Where the API begins, and the parts of Mistral's API that are refused for a reason.
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "engine/base/value.h"

namespace foehn::rest {

Answer get_root(const http::Request& request, Services& services) {
  Value link{{"href", base_url(request, services) + "/v2"}, {"target", "v2"}, {"rel", "self"}};
  Value version{{"id", "v2.0"}, {"status", "CURRENT"}};
  version["links"] = Value::array({std::move(link)});
  Value body = Value::object();
  body["versions"] = Value::array({std::move(version)});
  return json_response(200, body);
}

Answer get_v2(const http::Request& request, Services& services) {
  Value body = Value::object();
  body["uri"] = base_url(request, services) + "/v2";
  return json_response(200, body);
}

Answer no_service_api(const http::Request&, Services&) {
  return wsme_fault(406, "Service API is not supported.");
}

}  // namespace foehn::rest
