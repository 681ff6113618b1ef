// The whole API as one table. Start here.
#pragma once

#include "api/http/router.h"
#include "api/rest/services.h"

namespace foehn::rest {

// `services` outlives the table.
http::RouteTable make_routes(Services& services);

}  // namespace foehn::rest
