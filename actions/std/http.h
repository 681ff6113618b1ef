// std.http and std.mistral_http.
#pragma once

#include <memory>
#include <vector>

#include "actions/action.h"

namespace foehn::net {
class HttpClient;
}

namespace foehn::actions {
std::vector<std::unique_ptr<Action>> make_http_actions(net::HttpClient& client);
}
