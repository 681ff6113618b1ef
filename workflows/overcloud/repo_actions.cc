#include "workflows/overcloud/repo_actions.h"

#include <array>
#include <memory>
#include <utility>

#include "actions/action.h"
#include "engine/base/limits.h"
#include "workflows/overcloud/overcloud_states.h"

namespace foehn::workflows {
namespace {

using actions::ActionContext;
using actions::ActionOutcome;
using actions::ActionSpec;
using actions::Done;
using actions::InputSpec;
using actions::InputType;

// Members of a record that the service keeps; a workflow may not write them.
constexpr std::array<const char*, 5> kServiceMembers = {"lock", "pending", "executions", "overcloud_id", "request"};

InputSpec input(const char* name, InputType type, bool required, const char* doc) {
  return {name, type, required, required ? "" : "null", doc, false};
}

// Only the execution that holds the OverCloud (or a sub-workflow of it) may change its record.
Status check_holder(const store::ResourceRow& row, const ActionContext& context) {
  const std::string holder = text_or(row.body, "lock");
  const std::string mine =
      to_string(context.root_execution_id.is_nil() ? context.execution_id : context.root_execution_id);
  if (holder.empty() || holder == mine) return {};
  return fail(ErrorCode::kConflict, "OverCloud " + row.key + " is held by execution " + holder + ", not by " + mine);
}

Result<Value> set_state(Repository& repository, const ActionContext& context, const Value& values) {
  const std::string state = text_or(values, "state");
  if (!is_overcloud_state(state)) {
    std::string names;
    for (const auto& name : overcloud_states()) names += (names.empty() ? "" : ", ") + name;
    return fail(ErrorCode::kInvalidArgument, "unknown OverCloud state '" + state + "'; states: " + names);
  }
  FOEHN_TRY(const auto row,
            repository.update(text_or(values, "overcloud_id"), [&](store::ResourceRow& changed) -> Status {
              FOEHN_CHECK_OK(check_holder(changed, context));
              switch (check_change(changed.state, state)) {
                case StateChange::kIllegal:
                  return fail(ErrorCode::kConflict,
                              "OverCloud " + changed.key + " cannot go from " + changed.state + " to " + state);
                case StateChange::kAlreadyThere:
                  break;
                case StateChange::kAllowed:
                  changed.state = state;
                  break;
              }
              if (const Value* reason = find(values, "reason"); reason && reason->is_string())
                changed.body["state_reason"] = *reason;
              return {};
            }));
  return Value{{"state", row.state}, {"revision", row.revision}};
}

Result<Value> record(Repository& repository, const ActionContext& context, const Value& values) {
  const Value* patch = find(values, "patch");
  if (!patch || !patch->is_object()) return fail(ErrorCode::kInvalidArgument, "repo.record: patch must be an object");
  for (const char* name : kServiceMembers)
    if (patch->contains(name))
      return fail(ErrorCode::kInvalidArgument, std::string("repo.record: '") + name + "' is kept by the service");
  FOEHN_TRY(
      const auto row, repository.update(text_or(values, "overcloud_id"), [&](store::ResourceRow& changed) -> Status {
        FOEHN_CHECK_OK(check_holder(changed, context));
        apply_merge_patch(changed.body, *patch);
        if (size_bytes(changed.body) > limits::kFieldBytesMax)
          return fail(ErrorCode::kResourceExhausted, "the record of OverCloud " + changed.key + " would exceed 1 MiB");
        return {};
      }));
  return Value{{"revision", row.revision}};
}

Result<Value> get(Repository& repository, const ActionContext&, const Value& values) {
  FOEHN_TRY(const auto row, repository.get(text_or(values, "overcloud_id")));
  Value shown = row.body;
  shown["state"] = row.state;
  return shown;
}

using Call = Result<Value> (*)(Repository&, const ActionContext&, const Value&);

// Short transactions on the local store, so they run on the engine's thread. Idempotent: safe to run again.
class RepoAction final : public actions::Action {
 public:
  RepoAction(ActionSpec spec, Call call, Repository& repository)
      : spec_(std::move(spec)), call_(call), repository_(repository) {}
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext& context, Value values, Done done) override {
    auto result = call_(repository_, context, values);
    done(result ? ActionOutcome::success(std::move(*result)) : ActionOutcome::error(result.error().message));
  }

 private:
  ActionSpec spec_;
  Call call_;
  Repository& repository_;
};

ActionSpec make_spec(const char* name, const char* description, std::vector<InputSpec> inputs, const char* output) {
  ActionSpec spec;
  spec.name = name;
  spec.class_name = name;
  spec.description = description;
  spec.inputs = std::move(inputs);
  spec.inputs.insert(spec.inputs.begin(), input("overcloud_id", InputType::kString, true, "OverCloud"));
  spec.output_doc = output;
  spec.safe_rerun = true;
  return spec;
}

}  // namespace

Status register_repo_actions(actions::ActionRegistry& registry, Repository& repository) {
  const auto add = [&](ActionSpec spec, Call call) {
    return registry.add(std::make_unique<RepoAction>(std::move(spec), call, repository));
  };
  FOEHN_CHECK_OK(add(make_spec("repo.set_state", "Moves an OverCloud to its next state (compare-and-set).",
                               {input("state", InputType::kString, true, "new state"),
                                input("reason", InputType::kString, false, "text for people")},
                               "{state, revision}"),
                     set_state));
  FOEHN_CHECK_OK(
      add(make_spec("repo.record", "Merges a patch (RFC 7396) into an OverCloud's record.",
                    {input("patch", InputType::kObject, true, "members to set; null removes one")}, "{revision}"),
          record));
  return add(make_spec("repo.get", "Reads an OverCloud's record.", {}, "the record"), get);
}

}  // namespace foehn::workflows
