#include "actions/std/register.h"

#include "actions/std/basic.h"
#include "actions/std/email.h"
#include "actions/std/http.h"
#include "actions/std/ssh_actions.h"

namespace foehn::actions {

Status register_std_actions(ActionRegistry& registry, const StdServices& services) {
  const SshServices ssh{services.ssh, services.secrets, services.scripts, services.key_folder};
  std::vector<std::unique_ptr<Action>> actions;
  const auto add = [&](std::vector<std::unique_ptr<Action>> more) {
    for (auto& action : more) actions.push_back(std::move(action));
  };
  add(make_basic_actions(services.timers));
  add(make_http_actions(services.http));
  actions.push_back(make_email_action(services.mail));
  add(make_std_ssh_actions(ssh));
  actions.push_back(make_ssh_run(ssh, services.timers));
  actions.push_back(make_ssh_wait(ssh, services.known_hosts, services.timers));
  actions.push_back(make_ssh_fetch(ssh, services.fetch_folder));
  add(make_ssh_key_actions(services.secrets));
  for (auto& action : actions) FOEHN_CHECK_OK(registry.add(std::move(action)));
  return {};
}

}  // namespace foehn::actions
