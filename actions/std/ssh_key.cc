// ssh_key.generate and ssh_key.destroy: key pairs in the secret store. Made in this process (microseconds), so that no
// private key touches a temporary file or another program.
#include "actions/net/ssh/crypto.h"
#include "actions/secrets.h"
#include "actions/std/ssh_actions.h"

namespace foehn::actions {
namespace {

std::string public_name(const std::string& name) { return name + ".pub"; }

Value result_of(const std::string& name, const std::string& public_key) {
  Value result = Value::object();
  result["ref"] = name;
  result["public_key"] = public_key;
  return result;
}

class Generate final : public Action {
 public:
  explicit Generate(SecretStore& secrets) : secrets_(secrets) {}
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext&, Value input, Done done) override {
    const std::string name = text_or(input, "name");
    auto public_key = public_key_of(name);
    if (!public_key) return done(ActionOutcome::error("ssh_key.generate: " + public_key.error().message));
    done(ActionOutcome::success(result_of(name, *public_key)));
  }

 private:
  // The private key is written last: a pair that has one is whole.
  Result<std::string> public_key_of(const std::string& name) {
    auto existing = secrets_.get(name);
    if (existing) return secrets_.get(public_name(name));
    if (existing.error().code != ErrorCode::kNotFound) return fail(existing.error());
    const auto pair = net::generate_ed25519(name);
    if (!pair) return fail(ErrorCode::kInternal, "no key could be made");
    FOEHN_CHECK_OK(secrets_.put(public_name(name), pair->public_key));
    FOEHN_CHECK_OK(secrets_.put(name, pair->private_key));
    return pair->public_key;
  }

  const ActionSpec spec_{
      .name = "ssh_key.generate",
      .class_name = "foehn.actions.SshKeyGenerate",
      .description = "Makes an ed25519 key pair in the secret store; an existing one of that name is kept.",
      .inputs = {{.name = "name", .type = InputType::kString, .required = true, .doc = "Name in the secret store."}},
      .output_doc = "{ref, public_key}: ref is for private_key_ref.",
      .safe_rerun = true};
  SecretStore& secrets_;
};

class Destroy final : public Action {
 public:
  explicit Destroy(SecretStore& secrets) : secrets_(secrets) {}
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext&, Value input, Done done) override {
    const std::string name = text_or(input, "name");
    for (const std::string& secret : {name, public_name(name)})
      if (const Status erased = secrets_.erase(secret); !erased)
        return done(ActionOutcome::error("ssh_key.destroy: " + erased.error().message));
    done(ActionOutcome::success(Value()));
  }

 private:
  const ActionSpec spec_{
      .name = "ssh_key.destroy",
      .class_name = "foehn.actions.SshKeyDestroy",
      .description = "Removes a key pair or another secret from the secret store; one that is not there is fine.",
      .inputs = {{.name = "name", .type = InputType::kString, .required = true, .doc = "Name in the secret store."}},
      .output_doc = "null",
      .safe_rerun = true};
  SecretStore& secrets_;
};

}  // namespace

std::vector<std::unique_ptr<Action>> make_ssh_key_actions(SecretStore& secrets) {
  std::vector<std::unique_ptr<Action>> actions;
  actions.push_back(std::make_unique<Generate>(secrets));
  actions.push_back(std::make_unique<Destroy>(secrets));
  return actions;
}

}  // namespace foehn::actions
