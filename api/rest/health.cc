// Liveness and readiness for supervisors and load balancers.
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "engine/base/value.h"

namespace foehn::rest {

Answer get_health(const http::Request&, Services&) {
  return json_response(200, Value{{"status", "ok"}});
}

Answer get_ready(const http::Request&, Services& services) {
  const Status ready = services.options.ready ? services.options.ready() : Status{};
  if (services.stopping) return service_fault(503, "unavailable", "The server is shutting down.");
  if (!ready) return service_fault(503, "unavailable", ready.error().message);
  return json_response(200, Value{{"status", "ready"}});
}

}  // namespace foehn::rest
