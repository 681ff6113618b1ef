// Maintenance: a server that finishes what it runs and takes nothing new. Kept over a restart. Any thread; calls block.
#pragma once

#include <optional>
#include <string>

#include "api/http/message.h"
#include "api/rest/services.h"

namespace foehn::rest {

// Reads the state that was left by an earlier process; called once, before the first request.
void load_maintenance(Services& services);
// Goes on with the change to PAUSED or RUNNING that the earlier process did not bring to its end; once the engine runs.
Status finish_maintenance(Services& services);
// Why the request is refused now (423), or nothing.
std::optional<std::string> maintenance_refusal(const http::Request& request, Services& services);

}  // namespace foehn::rest
