// The API described for machines: OpenAPI 3.1 made from the route table, and the page that shows it. Pure; any thread.
#pragma once

#include <vector>

#include "api/http/router.h"
#include "engine/base/value_fwd.h"

namespace foehn::rest {

// Exactly the routes given; each with its path parameters, what route_details.h knows of it, and its errors.
Value openapi_document(const std::vector<http::Route>& routes);

}  // namespace foehn::rest
