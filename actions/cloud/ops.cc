#include "actions/cloud/ops.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actions/action.h"

namespace foehn::cloud {
namespace {

using actions::ActionContext;
using actions::ActionOutcome;
using actions::ActionSpec;
using actions::Done;
using actions::InputSpec;
using actions::InputType;

// ---- rows → values

Value to_value(const CheckResult& result) {
  return Value{{"provider", result.provider},
               {"simulated", result.simulated},
               {"user", result.user},
               {"sizes", result.sizes},
               {"remarks", result.remarks}};
}
Value to_value(const Network& network) {
  return Value{{"id", network.id}, {"name", network.name}, {"cidr", network.cidr}, {"gateway", network.gateway}};
}
Value to_value(const KeyPair& pair) { return Value{{"name", pair.name}, {"public_key", pair.public_key}}; }
Value to_value(const Server& server) {
  return Value{{"id", server.id},
               {"name", server.name},
               {"ip", server.ip},
               {"private_ip", server.private_ip},
               {"port", server.port},
               {"user", server.user},
               {"host_key", server.host_key.empty() ? Value() : Value(server.host_key)},
               {"state", server.state},
               {"simulated", server.simulated}};
}

std::int64_t integer_or(const Value& input, const char* name, std::int64_t otherwise) {
  const Value* value = find(input, name);
  if (value && value->is_number_integer()) return value->get<std::int64_t>();
  return otherwise;
}

// ---- the operations

Result<Value> check(CloudDriver& driver, const Value& input) {
  FOEHN_TRY(const auto result, driver.check({text_or(input, "size"), integer_or(input, "number", 0)}));
  return to_value(result);
}
Result<Value> network_create(CloudDriver& driver, const Value& input) {
  FOEHN_TRY(const auto network,
            driver.network_create({text_or(input, "overcloud_id"), text_or(input, "name"), text_or(input, "cidr")}));
  return to_value(network);
}
Result<Value> network_delete(CloudDriver& driver, const Value& input) {
  FOEHN_CHECK_OK(driver.network_delete(text_or(input, "overcloud_id")));
  return Value();
}
Result<Value> keypair_create(CloudDriver& driver, const Value& input) {
  FOEHN_TRY(const auto pair, driver.keypair_create({text_or(input, "overcloud_id"), text_or(input, "name"),
                                                    text_or(input, "public_key")}));
  return to_value(pair);
}
Result<Value> keypair_delete(CloudDriver& driver, const Value& input) {
  FOEHN_CHECK_OK(driver.keypair_delete(text_or(input, "overcloud_id"), text_or(input, "name")));
  return Value();
}
Result<Value> server_create(CloudDriver& driver, const Value& input) {
  FOEHN_TRY(const auto server,
            driver.server_create({text_or(input, "overcloud_id"), text_or(input, "name"), text_or(input, "size"),
                                  text_or(input, "network_id"), text_or(input, "keypair"), text_or(input, "role"),
                                  integer_or(input, "index", 0)}));
  return to_value(server);
}
Result<Value> server_get(CloudDriver& driver, const Value& input) {
  FOEHN_TRY(const auto server, driver.server_get(text_or(input, "overcloud_id"), text_or(input, "name")));
  return to_value(server);
}
Result<Value> server_list(CloudDriver& driver, const Value& input) {
  FOEHN_TRY(const auto servers, driver.server_list(text_or(input, "overcloud_id")));
  Value list = Value::array();
  for (const auto& server : servers) list.push_back(to_value(server));
  return list;
}
Result<Value> server_delete(CloudDriver& driver, const Value& input) {
  FOEHN_CHECK_OK(driver.server_delete(text_or(input, "overcloud_id"), text_or(input, "name")));
  return Value();
}

struct Operation {
  const char* name;
  const char* description;
  std::vector<InputSpec> inputs;  // besides `provider`
  const char* output_doc;
  Result<Value> (*call)(CloudDriver&, const Value&);
};

InputSpec text(const char* name, const char* doc) { return {name, InputType::kString, true, "", doc, false}; }
InputSpec optional_text(const char* name, const char* doc) {
  return {name, InputType::kString, false, "null", doc, false};
}
InputSpec optional_number(const char* name, const char* doc) {
  return {name, InputType::kInteger, false, "0", doc, false};
}

std::vector<Operation> operations() {
  const InputSpec owner = text("overcloud_id", "OverCloud that owns it");
  return {
      {"cloud.check",
       "Checks access to the provider, the size and the room for `number` servers.",
       {optional_text("size", "size to check"), optional_number("number", "servers that will be asked for")},
       "{provider, simulated, user, sizes, remarks}",
       check},
      {"cloud.network_create",
       "Makes the OverCloud's network, or returns it when it exists.",
       {owner, text("name", "label"), optional_text("cidr", "network; default: the provider chooses")},
       "{id, name, cidr, gateway}",
       network_create},
      {"cloud.network_delete",
       "Gives the OverCloud's network back; nothing to delete is success.",
       {owner, optional_text("id", "as returned by cloud.network_create; informational")},
       "null",
       network_delete},
      {"cloud.keypair_create",
       "Registers a public key for the OverCloud's servers.",
       {owner, text("name", "label"), text("public_key", "one OpenSSH line")},
       "{name, public_key}",
       keypair_create},
      {"cloud.keypair_delete",
       "Removes a registered public key; nothing to delete is success.",
       {owner, text("name", "label")},
       "null",
       keypair_delete},
      {"cloud.server_create",
       "Makes a server, or returns it when it exists (by overcloud_id and name).",
       {owner, text("name", "unique within the OverCloud"), text("size", "one of the provider's sizes"),
        optional_text("network_id", "from cloud.network_create"), text("keypair", "name of a registered key"),
        optional_text("role", "post or cluster"), optional_number("index", "number within the role")},
       "{id, name, ip, private_ip, port, user, host_key, state, simulated}",
       server_create},
      {"cloud.server_get",
       "Shows one server.",
       {owner, text("name", "its name")},
       "as cloud.server_create",
       server_get},
      {"cloud.server_list", "Lists the OverCloud's servers.", {owner}, "list of servers", server_list},
      {"cloud.server_delete",
       "Removes a server; nothing to delete is success.",
       {owner, text("name", "its name")},
       "null",
       server_delete},
  };
}

// Error data: {message, error: {class, provider}} so that a retry's break-on can look at the class.
Value error_data(const Error& error, std::string_view provider) {
  return Value{{"message", error.message},
               {"error", {{"class", to_string(error.code)}, {"provider", provider}, {"message", error.message}}}};
}

class CloudAction final : public actions::Action {
 public:
  CloudAction(const Operation& operation, const DriverTable& drivers, WorkerPool& workers)
      : call_(operation.call), drivers_(drivers), workers_(workers) {
    spec_.name = operation.name;
    spec_.class_name = operation.name;
    spec_.description = operation.description;
    spec_.inputs = operation.inputs;
    spec_.inputs.insert(spec_.inputs.begin(), text("provider", "UnderCloud"));
    spec_.output_doc = operation.output_doc;
    spec_.safe_rerun = true;  // every operation is idempotent (driver.h)
    spec_.target_inputs = {"provider"};
  }

  const ActionSpec& spec() const override { return spec_; }

  void run(const ActionContext& context, Value input, Done done) override {
    const std::string provider = text_or(input, "provider");
    CloudDriver* driver = drivers_.find(provider);
    if (!driver) {
      std::string names;
      for (const auto& name : drivers_.names()) names += (names.empty() ? "" : ", ") + name;
      return done(ActionOutcome::error("unknown provider '" + provider + "'; providers: " + names));
    }
    const auto log = context.log;
    const bool queued = workers_.submit([this, driver, log, provider, done, input = std::move(input)] {
      const auto result = call_(*driver, input);
      if (!result) return done(ActionOutcome::error(error_data(result.error(), provider)));
      log(spec_.name + " " + text_or(input, "name") + " done\n");
      done(ActionOutcome::success(*result));
    });
    if (!queued) done(ActionOutcome::error("too many calls to provider " + provider + " are waiting; try again"));
  }

 private:
  Result<Value> (*call_)(CloudDriver&, const Value&);
  const DriverTable& drivers_;
  WorkerPool& workers_;
  ActionSpec spec_;
};

}  // namespace

Status register_cloud_actions(actions::ActionRegistry& registry, const DriverTable& drivers, WorkerPool& workers) {
  for (const auto& operation : operations())
    FOEHN_CHECK_OK(registry.add(std::make_unique<CloudAction>(operation, drivers, workers)));
  return {};
}

}  // namespace foehn::cloud
