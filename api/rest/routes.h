// The whole API as one table. Start here.
#pragma once

#include "api/http/router.h"
#include "api/rest/services.h"

namespace foehn::rest {

// `services` outlives the table. `more` are routes of others (the web UI).
http::RouteTable make_routes(Services& services, std::vector<http::Route> more = {});

}  // namespace foehn::rest
