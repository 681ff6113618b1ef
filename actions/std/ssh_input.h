// Inputs of the SSH actions → target and program. Reads keys from the secret store and the key folder (small files);
// engine thread. Errors are kInvalidArgument or kNotFound and never contain a secret.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actions/action.h"
#include "actions/net/ssh/client.h"
#include "engine/base/result.h"

namespace foehn::actions {

class ScriptSource;
class SecretStore;

struct SshServices {
  net::SshClient& client;
  SecretStore& secrets;
  const ScriptSource& scripts;
  std::string key_folder{};
};

// host, port, username, credentials, host key rule, gateway chain, time limits.
Result<net::SshTarget> target_of(const Value& input, const std::string& host, const SshServices& services);

// Mistral's rule: relative to `key_folder`, no way out of it; an absolute path must lie inside.
Result<std::string> read_key_file(const std::string& key_folder, const std::string& name);

// What to run on the other side.
struct RemoteProgram {
  std::string cmd;     // for the login shell; or
  std::string script;  // a whole file
  std::string title;   // how messages call it: "cmd 'ls'", "script kube_init.sh"
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::string stdin_data;
  std::vector<std::string> secrets;  // values of env that came from the secret store
  std::string cwd;
  bool sudo = false;
};
Result<RemoteProgram> program_of(const Value& input, const SshServices& services);

// Numbers of `input[name]`, also as text; nullopt when absent or null. kInvalidArgument for anything else or negatives.
Result<std::optional<double>> number_of(const Value& input, std::string_view name);

// The inputs shared by all SSH actions, for their specs.
std::vector<InputSpec> connection_inputs(bool extension);
std::vector<InputSpec> program_inputs(bool extension);

// Texts that must not show up anywhere: passwords and passphrases of the chain.
std::vector<std::string> secrets_of(const net::SshTarget& target);

}  // namespace foehn::actions
