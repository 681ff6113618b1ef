#include "actions/std/ssh_input.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "actions/script_source.h"
#include "actions/secrets.h"

namespace foehn::actions {
namespace {

constexpr std::size_t kGatewaysMax = 5;
constexpr std::size_t kKeyBytesMax = 65'536;
constexpr double kSecondsMax = 10.0 * 365 * 24 * 3600;

tl::unexpected<Error> bad(std::string message) { return fail(ErrorCode::kInvalidArgument, std::move(message)); }

// Values for environment variables and arguments: JSON words for what is no text.
std::string shell_text(const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "";
  return to_json(value);
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

bool is_variable_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

Result<std::string> optional_text(const Value& input, std::string_view name) {
  const Value* value = find(input, name);
  if (!value || value->is_null()) return std::string();
  if (!value->is_string()) return bad(std::string(name) + " must be a text, not " + std::string(type_name(*value)));
  return value->get<std::string>();
}

Result<net::SshCredentials> credentials_of(const Value& input, const SshServices& services) {
  net::SshCredentials credentials;
  FOEHN_TRY(credentials.password, optional_text(input, "password"));
  FOEHN_TRY(credentials.private_key, optional_text(input, "private_key"));
  FOEHN_TRY(credentials.passphrase, optional_text(input, "passphrase"));
  FOEHN_TRY(const std::string file, optional_text(input, "private_key_filename"));
  FOEHN_TRY(const std::string reference, optional_text(input, "private_key_ref"));
  const int ways = !credentials.private_key.empty() + !file.empty() + !reference.empty();
  if (ways > 1) return bad("give only one of private_key, private_key_filename and private_key_ref");
  if (!file.empty()) {
    FOEHN_TRY(credentials.private_key, read_key_file(services.key_folder, file));
  }
  if (!reference.empty()) {
    auto key = services.secrets.get(reference);
    if (!key) return fail(key.error().wrapped("private_key_ref"));
    credentials.private_key = std::move(*key);
  }
  return credentials;
}

Status set_host_key_rule(net::SshTarget& target, const Value& input) {
  FOEHN_TRY(target.host_key, optional_text(input, "host_key"));
  FOEHN_TRY(const std::string mode, optional_text(input, "host_key_mode"));
  if (mode.empty()) {
    target.host_key_policy = target.host_key.empty() ? net::HostKeyPolicy::kTofu : net::HostKeyPolicy::kPinned;
  } else if (mode == "tofu") {
    target.host_key_policy = net::HostKeyPolicy::kTofu;
  } else if (mode == "pinned") {
    target.host_key_policy = net::HostKeyPolicy::kPinned;
  } else if (mode == "insecure") {
    target.host_key_policy = net::HostKeyPolicy::kInsecure;
  } else {
    return bad("host_key_mode must be tofu, pinned or insecure");
  }
  return {};
}

Status set_limits(net::SshTarget& target, const Value& input) {
  FOEHN_TRY(const auto port, number_of(input, "port"));
  if (port && (*port < 1 || *port > 65535)) return bad("port must be between 1 and 65535");
  if (port) target.port = static_cast<std::uint16_t>(*port);
  FOEHN_TRY(const auto connect, number_of(input, "connect_timeout_s"));
  if (connect && *connect > 0) target.connect_timeout_ms = static_cast<std::int64_t>(*connect * 1000);
  FOEHN_TRY(const auto keepalive, number_of(input, "keepalive_s"));
  if (keepalive) target.keepalive_ms = static_cast<std::int64_t>(*keepalive * 1000);
  return {};
}

Result<net::SshTarget> target_at(const Value& input, const std::string& host, const SshServices& services,
                                 std::size_t depth) {
  if (depth > kGatewaysMax) return bad("more than " + std::to_string(kGatewaysMax) + " gateways in a row");
  net::SshTarget target;
  target.host = host;
  if (host.empty()) return bad("host must be a text");
  FOEHN_TRY(target.user, optional_text(input, "username"));
  if (target.user.empty()) return bad("username must be a text");
  if (has_nul(host) || has_nul(target.user)) return bad("host and username must not contain NUL");
  FOEHN_TRY(target.credentials, credentials_of(input, services));
  FOEHN_CHECK_OK(set_host_key_rule(target, input));
  FOEHN_CHECK_OK(set_limits(target, input));
  const Value* gateway = find(input, "gateway");
  if (!gateway || gateway->is_null()) return target;
  if (!gateway->is_object()) return bad("gateway must be an object {host, username, …}");
  auto hop = target_at(*gateway, text_or(*gateway, "host"), services, depth + 1);
  if (!hop) return fail(hop.error().wrapped("gateway"));
  target.gateway = std::make_shared<const net::SshTarget>(std::move(*hop));
  return target;
}

// script_files: several of the bundle, joined by line breaks; the last one names the whole.
Result<std::string> script_text(const Value& names, const SshServices& services, std::string& title) {
  std::string text;
  for (const Value& name : names) {
    if (!name.is_string()) return bad("script_files must be a list of names");
    FOEHN_TRY(const std::string part, services.scripts.script(name.get_ref<const std::string&>()));
    text += part;
    if (text.empty() || text.back() != '\n') text += '\n';
    title = name.get<std::string>();
  }
  title = "script " + title.substr(title.rfind('/') + 1);
  return text;
}

Status set_what(RemoteProgram& program, const Value& input, const SshServices& services) {
  FOEHN_TRY(program.cmd, optional_text(input, "cmd"));
  FOEHN_TRY(program.script, optional_text(input, "script"));
  FOEHN_TRY(const std::string file, optional_text(input, "script_file"));
  const Value* files = find(input, "script_files");
  const bool has_files = files && !files->is_null();
  if (!program.cmd.empty() + !program.script.empty() + !file.empty() + has_files != 1)
    return bad("give exactly one of cmd, script, script_file and script_files");
  if (!program.cmd.empty()) program.title = "cmd '" + program.cmd.substr(0, 200) + "'";
  if (!program.script.empty()) program.title = "script";
  if (has_files && (!files->is_array() || files->empty())) return bad("script_files must be a list of names");
  if (has_files || !file.empty()) {
    const Value names = has_files ? *files : Value::array({file});
    FOEHN_TRY(program.script, script_text(names, services, program.title));
  }
  if (has_nul(program.cmd) || has_nul(program.script)) return bad("a command must not contain NUL");
  return {};
}

Status set_env(RemoteProgram& program, const Value* env) {
  if (!env || env->is_null()) return {};
  if (!env->is_object()) return bad("env must be an object {NAME: value}");
  for (const auto& [name, value] : env->get_ref<const Value::object_t&>()) {
    if (!is_variable_name(name)) return bad("'" + name + "' is no name of an environment variable");
    program.env.emplace_back(name, shell_text(value));
    if (has_nul(program.env.back().second)) return bad("env " + name + " must not contain NUL");
  }
  return {};
}

// Last, so that nothing given openly can take a secret's place.
Status set_secret_env(RemoteProgram& program, const Value* env, const SshServices& services) {
  if (!env || env->is_null()) return {};
  if (!env->is_object()) return bad("secret_env must be an object {NAME: name of a secret}");
  for (const auto& [name, reference] : env->get_ref<const Value::object_t&>()) {
    if (!is_variable_name(name)) return bad("'" + name + "' is no name of an environment variable");
    if (!reference.is_string()) return bad("secret_env." + name + " must be the name of a secret");
    auto secret = services.secrets.get(reference.get_ref<const std::string&>());
    if (!secret) return fail(secret.error().wrapped("secret_env." + name));
    if (has_nul(*secret)) return bad("secret_env." + name + " must not contain NUL");
    if (!secret->empty()) program.secrets.push_back(*secret);
    program.env.emplace_back(name, std::move(*secret));
  }
  return {};
}

Status set_args(RemoteProgram& program, const Value* args) {
  if (!args || args->is_null()) return {};
  if (!args->is_array()) return bad("args must be a list");
  for (const Value& arg : *args) {
    program.args.push_back(shell_text(arg));
    if (has_nul(program.args.back())) return bad("args must not contain NUL");
  }
  return {};
}

}  // namespace

Result<std::optional<double>> number_of(const Value& input, std::string_view name) {
  const Value* value = find(input, name);
  if (!value || value->is_null()) return std::optional<double>();
  double number = -1;
  if (value->is_number()) {
    number = value->get<double>();
  } else if (value->is_string()) {
    const std::string& text = value->get_ref<const std::string&>();
    char* end = nullptr;
    number = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') number = -1;
  }
  if (!(number >= 0)) return bad(std::string(name) + " must be a number of 0 or more");
  return std::optional<double>(std::min(number, kSecondsMax));
}

Result<std::string> read_key_file(const std::string& key_folder, const std::string& name) {
  if (name.find("../") != std::string::npos || name == "..")
    return bad("Private key filename must not contain '..'. Actual: " + name);
  if (key_folder.empty()) return bad("private_key_filename is switched off on this server; use private_key_ref");
  const std::filesystem::path folder(key_folder);
  const std::filesystem::path path = name.starts_with('/') ? std::filesystem::path(name) : folder / name;
  if (const auto relative = path.lexically_relative(folder); relative.empty() || *relative.begin() == "..")
    return bad("private_key_filename must lie in " + key_folder);
  std::ifstream file(path, std::ios::binary);
  std::string text(kKeyBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty()) return fail(ErrorCode::kNotFound, "cannot read private key file " + path.string());
  return text;
}

Result<net::SshTarget> target_of(const Value& input, const std::string& host, const SshServices& services) {
  return target_at(input, host, services, 0);
}

Result<RemoteProgram> program_of(const Value& input, const SshServices& services) {
  RemoteProgram program;
  FOEHN_CHECK_OK(set_what(program, input, services));
  FOEHN_CHECK_OK(set_env(program, find(input, "env")));
  FOEHN_CHECK_OK(set_secret_env(program, find(input, "secret_env"), services));
  FOEHN_CHECK_OK(set_args(program, find(input, "args")));
  if (const Value* given = find(input, "stdin"); given && !given->is_null()) program.stdin_data = shell_text(*given);
  FOEHN_TRY(program.cwd, optional_text(input, "cwd"));
  if (has_nul(program.cwd)) return bad("cwd must not contain NUL");
  if (const Value* sudo = find(input, "sudo")) program.sudo = is_truthy(*sudo);
  return program;
}

std::vector<std::string> secrets_of(const net::SshTarget& target) {
  std::vector<std::string> secrets;
  for (const net::SshTarget* hop = &target; hop; hop = hop->gateway.get())
    for (const std::string& secret : {hop->credentials.password, hop->credentials.passphrase})
      if (!secret.empty()) secrets.push_back(secret);
  return secrets;
}

std::vector<InputSpec> connection_inputs(bool extension) {
  std::vector<InputSpec> inputs{
      {.name = "port", .type = InputType::kInteger, .default_text = "22", .doc = "TCP port."},
      {.name = "passphrase", .type = InputType::kSecret, .doc = "Of the private key."},
      {.name = "private_key_ref", .type = InputType::kString, .doc = "Name of a key made by ssh_key.generate."},
      {.name = "host_key",
       .type = InputType::kString,
       .doc = "The only host key accepted: 'SHA256:…' or 'ssh-ed25519 AAAA…'."},
      {.name = "host_key_mode",
       .type = InputType::kString,
       .doc = "tofu (default: recorded at first contact), pinned (must be given or known) or insecure."},
      {.name = "gateway",
       .type = InputType::kObject,
       .doc = "{host, port, username, password | private_key | …, gateway}: reached through this machine."},
      {.name = "connect_timeout_s",
       .type = InputType::kNumber,
       .default_text = "10",
       .doc = "Per hop, until logged in."},
      {.name = "keepalive_s",
       .type = InputType::kNumber,
       .default_text = "5",
       .doc = "A peer silent for three of these is lost."}};
  for (InputSpec& input : inputs) input.extension = extension;
  return inputs;
}

std::vector<InputSpec> program_inputs(bool extension) {
  std::vector<InputSpec> inputs{
      {.name = "args", .type = InputType::kList, .doc = "Arguments, passed on unchanged."},
      {.name = "env", .type = InputType::kObject, .doc = "Environment variables; not visible in the process list."},
      {.name = "stdin", .doc = "Standard input; an object or list as JSON."},
      {.name = "cwd", .type = InputType::kString, .doc = "Directory to run in."},
      {.name = "sudo", .type = InputType::kBoolean, .default_text = "false", .doc = "Run as root by sudo -n."},
      {.name = "timeout_s", .type = InputType::kNumber, .doc = "For connecting and running together; none by default."},
      {.name = "ok_codes", .type = InputType::kList, .default_text = "[0]", .doc = "Exit codes that mean success."},
      {.name = "output_limit_bytes",
       .type = InputType::kInteger,
       .default_text = "1048576",
       .doc = "Of stdout and stderr each; what is longer is cut and `truncated` set."},
      {.name = "fail_on_truncate",
       .type = InputType::kBoolean,
       .default_text = "false",
       .doc = "Cut output is an error of class output_limit."}};
  for (InputSpec& input : inputs) input.extension = extension;
  return inputs;
}

}  // namespace foehn::actions
