// The SSH actions, one maker per file: ssh_run.cc, ssh_std.cc, ssh_wait.cc, ssh_fetch.cc, ssh_key.cc.
#pragma once

#include <memory>
#include <vector>

#include "actions/action.h"
#include "actions/std/ssh_input.h"

namespace foehn::net {
class KnownHosts;
}

namespace foehn::actions {

class TimerQueue;

std::unique_ptr<Action> make_ssh_run(const SshServices& services, TimerQueue& timers);
std::vector<std::unique_ptr<Action>> make_std_ssh_actions(const SshServices& services);
std::unique_ptr<Action> make_ssh_wait(const SshServices& services, net::KnownHosts& known_hosts, TimerQueue& timers);
// `folder`: for fetched files; "" = the action refuses.
std::unique_ptr<Action> make_ssh_fetch(const SshServices& services, std::string folder);
std::vector<std::unique_ptr<Action>> make_ssh_key_actions(SecretStore& secrets);

}  // namespace foehn::actions
