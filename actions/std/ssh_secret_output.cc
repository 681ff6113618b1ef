#include "actions/std/ssh_secret_output.h"

#include "actions/secrets.h"

namespace foehn::actions {
namespace {

// As it is, and as it looks within JSON.
void mask_also(SshJudgement& judgement, const std::string& secret) {
  judgement.secrets.push_back(secret);
  const std::string quoted = to_json(Value(secret));
  if (const std::string inner = quoted.substr(1, quoted.size() - 2); inner != secret)
    judgement.secrets.push_back(inner);
}

tl::unexpected<Error> without(const std::string& name) {
  return fail(ErrorCode::kFailedPrecondition, "secret_output: standard output is no JSON object with a text '" + name +
                                                  "' (it is not shown: it may hold a secret)");
}

}  // namespace

Result<SecretOutputs> secret_outputs_of(const Value& input) {
  SecretOutputs outputs;
  const Value* given = find(input, "secret_output");
  if (!given || given->is_null()) return outputs;
  if (!given->is_object())
    return fail(ErrorCode::kInvalidArgument, "secret_output must be an object {member: name of the secret}");
  for (const auto& [member, name] : given->get_ref<const Value::object_t&>()) {
    if (!name.is_string() || !is_secret_store_name(name.get_ref<const std::string&>()))
      return fail(ErrorCode::kInvalidArgument, "secret_output." + member +
                                                   " must be a name of letters, digits, '.', "
                                                   "'_', '-', ':'");
    outputs.emplace_back(member, name.get<std::string>());
  }
  return outputs;
}

Status keep_secrets(const SecretOutputs& outputs, SecretStore& secrets, net::SshOutcome& outcome,
                    SshJudgement& judgement) {
  if (outputs.empty()) return {};
  const bool ran = !outcome.failure && outcome.result.exit_signal.empty() && outcome.result.exit_code == 0;
  const auto object = parse_json(outcome.result.stdout_text);
  for (const auto& [member, name] : outputs) {
    const Value* value = object && object->is_object() ? find(*object, member) : nullptr;
    if (!value || (!value->is_string() && !value->is_null())) {
      outcome.result.stdout_text.clear();
      return ran ? Status(without(member)) : Status();
    }
    const std::string text = value->is_string() ? value->get<std::string>() : "";
    if (ran) FOEHN_CHECK_OK(secrets.put(name, text));
    mask_also(judgement, text);
  }
  return {};
}

}  // namespace foehn::actions
