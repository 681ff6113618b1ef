// The one list of standard actions. Called once at start by the composition root.
#pragma once

#include <string>

#include "actions/registry.h"
#include "engine/base/result.h"

namespace foehn::net {
class HttpClient;
class KnownHosts;
class MailClient;
class SshClient;
}  // namespace foehn::net

namespace foehn::actions {

class ScriptSource;
class SecretStore;
class TimerQueue;

// What standard actions work with; all outlive the registry.
struct StdServices {
  net::HttpClient& http;
  net::MailClient& mail;
  net::SshClient& ssh;
  TimerQueue& timers;
  net::KnownHosts& known_hosts;
  SecretStore& secrets;
  const ScriptSource& scripts;
  std::string key_folder{};    // where `private_key_filename` is looked up; "" = that input is refused
  std::string fetch_folder{};  // where ssh.fetch puts files; "" = that action refuses
};

Status register_std_actions(ActionRegistry& registry, const StdServices& services);

}  // namespace foehn::actions
