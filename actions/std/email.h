// std.email.
#pragma once

#include <memory>

#include "actions/action.h"

namespace foehn::net {
class MailClient;
}

namespace foehn::actions {
std::unique_ptr<Action> make_email_action(net::MailClient& client);
}
