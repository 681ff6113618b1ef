#include "api/rest/rerun_set.h"

#include <algorithm>

#include "api/rest/stored_state.h"
#include "engine/base/diagnostic.h"
#include "engine/base/limits.h"
#include "engine/runtime/definitions.h"

namespace foehn::rest {
namespace {

using core::State;

using Runs = std::vector<ActionRunId>;  // from the execution that was named downwards

bool has_failed(State state) { return state == State::kError || state == State::kCancelled; }

Value task_line(const core::ExecutionState& state, TaskId id) {
  const core::Task& task = *state.task(id);
  return {{"id", to_string(id)}, {"name", task.name}, {"state", std::string(core::to_string(task.state))}};
}

// What the action of that name takes; nullopt: anything, or nobody knows before it runs.
Result<std::optional<std::vector<std::string>>> inputs_of(Services& services, const core::Execution& execution,
                                                          const std::string& action) {
  runtime::Definitions definitions(services.catalog, services.action_catalog);
  FOEHN_TRY(const core::AdhocSpecPtr adhoc, definitions.adhoc(action, execution.workflow_name,
                                                              execution.workflow_namespace, execution.project_id));
  std::vector<std::string> names;
  if (adhoc != nullptr) {
    if (!adhoc->bound.is_null()) return std::optional<std::vector<std::string>>();
    for (const dsl::InputSpec& one : adhoc->input) names.push_back(one.name);
    return std::optional(std::move(names));
  }
  const auto signature = services.action_catalog.signature(action);
  if (!signature || signature->accepts_any) return std::optional<std::vector<std::string>>();
  for (const auto& parameter : signature->parameters) names.push_back(parameter.name);
  return std::optional(std::move(names));
}

class Search {
 public:
  // `on_revision`: the execution that was named as it would go on by the revision that was chosen, or null.
  Search(Services& services, const RerunRequest& request, const core::ExecutionState* on_revision)
      : services_(services), request_(request), on_revision_(on_revision) {}

  Status failed_in(const core::ExecutionState& state, const std::string& path, const Runs& runs) {
    const std::size_t depth = runs.size();
    if (depth > limits::kSubworkflowDepthMax || targets_.size() >= limits::kWatchNodesMax)
      return fail(ErrorCode::kFailedPrecondition,
                  "More than " + std::to_string(limits::kWatchNodesMax) +
                      " executions below have something to re-run, which is more than one re-run takes. Nothing was "
                      "changed: re-run them in parts, by their own ids or by their tasks.");
    core::RerunTasks event = event_of();
    bool below = false;
    for (const TaskId id : core::failed_tasks(state)) {
      FOEHN_TRY(const bool repaired_below, look_below(state, *state.task(id), path, runs));
      below = below || repaired_below;
      if (!repaired_below) event.task_ids.push_back(id);
    }
    for (const auto& task : state.tasks()) {
      if (task->type != core::TaskType::kWorkflow || core::is_complete(task->state)) continue;
      FOEHN_TRY(const bool found, look_below(state, *task, path, runs));
      below = below || found;
    }
    event.downstream = request_.set == RerunSet::kFailedAndDownstream;
    const bool resumes = event.task_ids.empty() && !below && has_failed(state.execution().state);
    if (event.task_ids.empty() && !resumes) return {};
    return add(state, path, runs, std::move(event));
  }

  Status whole(const core::ExecutionState& state) {
    core::RerunTasks event = event_of();
    event.all = true;
    event.input = Value();
    return add(state, "", {}, std::move(event));
  }

  Status from(const core::ExecutionState& state, const std::string& path, const Runs& runs, TaskId task) {
    core::RerunTasks event = event_of();
    event.downstream = true;
    event.task_ids = {task};
    return add(state, path, runs, std::move(event));
  }

  std::vector<RerunTarget> take() { return std::move(targets_); }

 private:
  core::RerunTasks event_of() const {
    core::RerunTasks event;
    event.reset = request_.reset;
    event.env = request_.env;
    event.input = request_.input;
    return event;
  }

  // The failed or unfinished sub-workflows of a task: whether re-running inside them is all that it takes. One that
  // could not be started, or that succeeded, leaves the task itself to be re-run.
  Result<bool> look_below(const core::ExecutionState& state, const core::Task& task, const std::string& path,
                          const Runs& runs) {
    if (task.type != core::TaskType::kWorkflow) return false;
    std::vector<StatePtr> children;
    std::vector<const core::ActionRun*> children_runs;
    for (const core::ActionRun* run : state.runs_of(task.id)) {
      const bool current = run->kind == core::RunKind::kWorkflow && core::is_current(*run, task);
      if (!current || run->state == State::kSuccess) continue;
      auto child = load_state(services_, ExecutionId{run->id.uuid});
      if (!child && child.error().code != ErrorCode::kNotFound) return fail(child.error());
      if (!child) return false;
      children.push_back(std::move(*child));
      children_runs.push_back(run);
    }
    const std::size_t before = targets_.size();
    for (std::size_t i = 0; i < children.size(); ++i) {
      const std::string label = task.with_items ? "[" + std::to_string(children_runs[i]->index) + "]" : "";
      Runs below = runs;
      below.push_back(children_runs[i]->id);
      FOEHN_CHECK_OK(failed_in(*children[i], path + task.name + label + "/", below));
    }
    return targets_.size() > before;
  }

  Status add(const core::ExecutionState& state, const std::string& path, const Runs& runs, core::RerunTasks event) {
    RerunTarget target;
    target.execution_id = state.execution().id;
    target.workflow_name = state.execution().workflow_name;
    target.path = path;
    target.runs = runs;
    FOEHN_TRY(target.plan, core::plan_rerun(state, event));
    const bool on_revision = on_revision_ != nullptr && on_revision_->execution().id == target.execution_id;
    const core::ExecutionState& then = on_revision ? *on_revision_ : state;
    if (on_revision) {
      FOEHN_TRY(core::RerunPlan plan, core::plan_rerun(then, event));
      target.plan.may_follow = std::move(plan.may_follow);
    }
    FOEHN_CHECK_OK(check_edited_input(services_, then, target.plan.rerun, event.input));
    for (const TaskId id : target.plan.rerun) target.rerun.push_back(task_line(state, id));
    for (const TaskId id : target.plan.superseded) target.superseded.push_back(task_line(state, id));
    target.event = std::move(event);
    targets_.push_back(std::move(target));
    return {};
  }

  Services& services_;
  const RerunRequest& request_;
  const core::ExecutionState* on_revision_;
  std::vector<RerunTarget> targets_;
};

// A task at any depth below `root`, with the execution it is in.
Status find_task(Services& services, const core::ExecutionState& root, const RerunRequest& request, Search& search) {
  const auto id = TaskId::parse(request.task);
  if (!id || root.task(*id) != nullptr) {
    FOEHN_TRY(const core::Task* task, task_of_state(root, request.task));
    return search.from(root, "", {}, task->id);
  }
  FOEHN_TRY(const auto row, services.query.task(*id));
  if (!row) return fail(ErrorCode::kNotFound, "There is no task " + request.task + ".");
  FOEHN_TRY(const StatePtr state, load_state(services, row->task.execution_id));
  std::string path;
  Runs runs;
  ExecutionId at = state->execution().id;
  auto parent = state->execution().parent;
  for (std::size_t depth = 0; parent && at != root.execution().id && depth < limits::kSubworkflowDepthMax; ++depth) {
    FOEHN_TRY(const auto above, services.query.task(parent->task_id));
    if (above) path = above->task.name + "/" + path;
    runs.insert(runs.begin(), ActionRunId{at.uuid});
    at = parent->execution_id;
    FOEHN_TRY(const auto execution, services.query.execution(at));
    parent = execution ? execution->execution.parent : std::nullopt;
  }
  if (at != root.execution().id)
    return fail(ErrorCode::kNotFound,
                "Task " + request.task + " is not below execution " + to_string(root.execution().id) + ".");
  return search.from(*state, path, runs, *id);
}

// The revision is one of the execution that was named, also when only tasks below it run again.
void choose_revision(const core::Execution& root, const std::string& hash, std::vector<RerunTarget>& targets) {
  const auto is_root = [&](const RerunTarget& target) { return target.execution_id == root.id; };
  auto found = std::find_if(targets.begin(), targets.end(), is_root);
  if (found == targets.end()) {
    RerunTarget target;
    target.execution_id = root.id;
    target.workflow_name = root.workflow_name;
    targets.push_back(std::move(target));
    found = targets.end() - 1;
  }
  found->event.definition_hash = hash;
}

}  // namespace

Result<std::vector<RerunTarget>> find_targets(Services& services, ExecutionId root, const RerunRequest& request) {
  FOEHN_TRY(const StatePtr state, load_state(services, root));
  StatePtr on_revision;
  if (!request.definition_hash.empty()) {
    FOEHN_TRY(on_revision, load_state_on(services, root, request.definition_hash));
  }
  Search search(services, request, on_revision.get());
  switch (request.set) {
    case RerunSet::kFailed:
    case RerunSet::kFailedAndDownstream:
      FOEHN_CHECK_OK(search.failed_in(*state, "", {}));
      break;
    case RerunSet::kFromTask:
      FOEHN_CHECK_OK(find_task(services, *state, request, search));
      break;
    case RerunSet::kAll:
      FOEHN_CHECK_OK(search.whole(*state));
      break;
  }
  std::vector<RerunTarget> targets = search.take();
  if (targets.empty())
    return fail(ErrorCode::kFailedPrecondition,
                "Nothing has failed in execution " + to_string(root) + " (" +
                    std::string(core::to_string(state->execution().state)) + "); there is nothing to re-run.");
  if (on_revision) choose_revision(state->execution(), request.definition_hash, targets);
  return targets;
}

Status check_edited_input(Services& services, const core::ExecutionState& state, const std::vector<TaskId>& tasks,
                          const Value& input) {
  if (!input.is_object() || input.empty()) return {};
  for (const TaskId id : tasks) {
    const core::Task* task = state.task(id);
    const auto index = task != nullptr ? state.definition().graph.find(task->name) : std::nullopt;
    if (!index) continue;
    const dsl::TaskSpec& spec = state.definition().spec.tasks[*index];
    if (spec.workflow || (spec.action && !spec.action->name.is_literal())) continue;
    const std::string action = spec.action ? to_python_str(spec.action->name.source()) : "std.noop";
    FOEHN_TRY(const auto names, inputs_of(services, state.execution(), action));
    if (!names) continue;
    for (const auto& [name, value] : input.items()) {
      if (std::find(names->begin(), names->end(), name) != names->end()) continue;
      const std::string near = nearest_name(name, *names);
      std::string all;
      for (const std::string& one : *names) all += (all.empty() ? "" : ", ") + one;
      return fail(ErrorCode::kInvalidArgument,
                  "Task '" + task->name + "' cannot be re-run with the input '" + name + "': its action " + action +
                      (all.empty() ? " takes no input" : " takes " + all) +
                      (near.empty() ? "." : "; did you mean '" + near + "'?"));
    }
  }
  return {};
}

core::RerunTasks joint_event(const std::vector<RerunTarget>& targets) {
  core::RerunTasks whole = targets.front().event;
  whole.task_ids.clear();
  whole.definition_hash.clear();
  for (const RerunTarget& target : targets) {
    if (!target.runs.empty()) {
      whole.below.push_back({target.runs, target.event.task_ids});
      continue;
    }
    whole.task_ids = target.event.task_ids;
    whole.definition_hash = target.event.definition_hash;
  }
  return whole;
}

Value target_view(const RerunTarget& target) {
  Value view = Value::object();
  view["execution_id"] = to_string(target.execution_id);
  view["workflow_name"] = target.workflow_name;
  view["path"] = target.path;
  view["rerun"] = Value(target.rerun);
  view["superseded"] = Value(target.superseded);
  view["may_follow"] = Value(target.plan.may_follow);
  return view;
}

}  // namespace foehn::rest
