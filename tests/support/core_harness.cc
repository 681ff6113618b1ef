#include "tests/support/core_harness.h"

#include <algorithm>

namespace foehn::test {
namespace {

struct Known {
  std::string_view name;
  std::string_view class_name;
  std::vector<std::string> required;
  std::vector<std::string> optional;
  core::ActionTraits traits;
};

const std::vector<Known>& known_actions() {
  static const std::vector<Known> actions = {
      {"std.noop", "mistral.actions.std_actions.NoOpAction", {}, {}, {true, true, true}},
      {"std.echo", "mistral.actions.std_actions.EchoAction", {"output"}, {"delay"}, {true, true, false}},
      {"std.fail", "mistral.actions.std_actions.FailAction", {}, {"error_data"}, {true, true, false}},
      {"std.async_noop", "mistral.actions.std_actions.AsyncNoOpAction", {}, {}, {false, false, false}},
      {"test.safe", "test.Safe", {}, {}, {true, false, true}},
  };
  return actions;
}

const Known* known(std::string_view name) {
  for (const Known& action : known_actions())
    if (action.name == name) return &action;
  return nullptr;
}

std::string listed(const std::vector<std::string>& names) {
  Value list = Value::array();
  for (const std::string& name : names) list.push_back(name);
  return to_python_repr(list);
}

core::ActionOutcome builtin(const core::ActionRun& run) {
  const Value& input = core::input_of(run);
  if (core::action_of(run) == "std.echo") return core::ActionOutcome::success(input.value("output", Value()));
  if (core::action_of(run) == "std.fail") {
    const Value data = input.value("error_data", Value());
    return core::ActionOutcome::error(is_truthy(data) ? data : Value("Fail action expected exception."));
  }
  return core::ActionOutcome::success(Value());
}

Value text_of(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }

}  // namespace

std::string CoreHarness::define(const std::string& text, dsl::DocumentKind kind, const std::string& space) {
  const dsl::Compiled compiled = dsl::compile(text, kind, nullptr);
  if (!compiled.ok()) return dsl::fault_text(compiled, text);
  const auto workbook_of = [&](const std::string& name) {
    return kind == dsl::DocumentKind::kWorkbook ? name.substr(0, name.rfind('.')) : std::string();
  };
  for (const auto& definition : compiled.workflows) {
    const std::string& name = definition->spec.name;
    definitions_[{space, name}] = {definition, space, workbook_of(name)};
    definition_order_.push_back(name);
  }
  for (const dsl::AdhocActionSpec& action : compiled.actions)
    actions_[{space, action.name}] = {std::make_shared<const dsl::AdhocActionSpec>(action), workbook_of(action.name)};
  return "";
}

std::string CoreHarness::add_revision(const std::string& text) {
  const dsl::Compiled compiled = dsl::compile(text, dsl::DocumentKind::kWorkflows, nullptr);
  if (!compiled.ok()) return "";
  revisions_[compiled.workflows.front()->hash] = compiled.workflows.front();
  return compiled.workflows.front()->hash;
}

Result<dsl::DefinitionPtr> CoreHarness::definition(const std::string& hash, std::string_view workflow_name) const {
  const auto found = revisions_.find(hash);
  return found == revisions_.end() ? core::Lookup::definition(hash, workflow_name) : found->second;
}

const CoreHarness::Found* CoreHarness::find_workflow(const std::string& name, const std::string& space) const {
  auto found = definitions_.find({space, name});
  if (found == definitions_.end()) found = definitions_.find({"", name});
  return found == definitions_.end() ? nullptr : &found->second;
}

void CoreHarness::reload() {
  for (auto& state : executions_) {
    core::ExecutionRows rows;
    rows.execution = state->execution();
    for (const auto& task : state->tasks()) rows.tasks.push_back(*task);
    for (const auto& run : state->runs()) rows.runs.push_back(*run);
    for (const auto& [id, timer] : state->timers()) rows.timers.push_back(timer);
    const auto definition = std::make_shared<const dsl::Definition>(state->definition());
    state = std::make_unique<core::ExecutionState>(definition, std::move(rows));
    by_id_[state->execution().id] = state.get();
  }
}

core::StepInput CoreHarness::step_input(const core::StartExecution* start, ExecutionId id) const {
  core::StepInput input{.now = now_, .environment = Value::object(), .lookup = this};
  std::optional<ExecutionId> root = start != nullptr ? start->root_id : by_id_.at(id)->execution().root_id;
  if (root)
    if (const auto found = by_id_.find(*root); found != by_id_.end())
      input.environment = found->second->execution().params.value("env", Value::object());
  return input;
}

Result<ExecutionId> CoreHarness::start(const std::string& workflow, Value input, Value params,
                                       const std::string& space) {
  const std::string name = workflow.empty() && !definition_order_.empty() ? definition_order_.front() : workflow;
  const Found* found = find_workflow(name, space);
  if (found == nullptr) return fail(ErrorCode::kNotFound, "no workflow '" + name + "'");
  core::StartExecution event;
  event.workflow_namespace = found->space;
  if (!space.empty()) params["namespace"] = space;
  event.id = derive_id<ExecutionId>(ExecutionId{}, ++started_);
  event.input = std::move(input);
  event.params = std::move(params);
  FOEHN_TRY(core::Started started, core::start(found->definition, event, step_input(&event, event.id)));
  ++steps_;
  by_id_[event.id] = started.state.get();
  executions_.push_back(std::move(started.state));
  take(event.id, std::move(started.transition));
  drain();
  return event.id;
}

Status CoreHarness::submit(ExecutionId id, core::Event event) {
  core::Transition transition = core::step(*by_id_.at(id), event, step_input(nullptr, id));
  ++steps_;
  const Status status = transition.status;
  take(id, std::move(transition));
  drain();
  return status;
}

void CoreHarness::take(ExecutionId id, core::Transition transition) {
  check(id);
  for (core::Command& command : transition.commands) obey(id, command);
}

void CoreHarness::check(ExecutionId id) {
  if (const auto broken = core::check_invariants(*by_id_.at(id)))
    broken_.push_back("step " + std::to_string(steps_) + ": " + *broken);
}

void CoreHarness::obey(ExecutionId id, core::Command& command) {
  if (const auto* schedule = std::get_if<core::ScheduleAction>(&command)) {
    queue_.push_back({id, core::ActionAdmitted{schedule->run_id}});
  } else if (const auto* run = std::get_if<core::RunAction>(&command)) {
    run_action(id, run->run_id);
  } else if (const auto* cancel = std::get_if<core::CancelAction>(&command)) {
    cancel_requests_.push_back(cancel->run_id);
  } else if (const auto* child = std::get_if<core::StartChild>(&command)) {
    start_child(*child);
  } else if (auto* deliver = std::get_if<core::Deliver>(&command)) {
    queue_.push_back({deliver->to, std::move(deliver->event)});
  } else if (auto* notify = std::get_if<core::Notify>(&command)) {
    notices_.push_back(std::move(notify->notice));
  }
}

void CoreHarness::start_child(const core::StartChild& start) {
  const auto refuse = [&](const std::string& text) {
    queue_.push_back({start.start.parent->execution_id,
                      core::ChildChanged{ActionRunId{start.start.id.uuid}, core::State::kError, text, Value()}});
  };
  core::StartExecution event = start.start;
  const std::string& parent = start.parent_workflow_name;
  const std::string prefix = parent.substr(0, parent.find_last_of('.') + 1);  // of a workbook, or ""
  const Found* found = find_workflow(prefix + start.workflow_name, event.workflow_namespace);
  if (prefix.empty() || found == nullptr || found->workbook + "." != prefix)
    found = find_workflow(start.workflow_name, event.workflow_namespace);
  if (found == nullptr)
    return refuse("Failed to find workflow [name=" + start.workflow_name +
                  "] [namespace=" + start.start.workflow_namespace + "]");
  event.workflow_namespace = found->space;
  Result<core::Started> started = core::start(found->definition, event, step_input(&event, event.id));
  ++steps_;
  if (!started) return refuse(started.error().message);
  const ExecutionId id = start.start.id;
  by_id_[id] = started->state.get();
  executions_.push_back(std::move(started->state));
  take(id, std::move(started->transition));
}

void CoreHarness::run_action(ExecutionId id, ActionRunId run_id) {
  const core::ActionRun& run = *by_id_.at(id)->run(run_id);
  const std::string task = by_id_.at(id)->task(run.task_id)->name;
  admitted_.push_back(task);
  ScriptedRun scripted;
  if (const auto script = scripts_.find(task); script != scripts_.end() && !script->second.empty()) {
    const std::size_t at = std::min(used_[task]++, script->second.size() - 1);
    scripted = script->second[at];
  }
  if (scripted.kind == ScriptedRun::Kind::kHold || (scripted.kind == ScriptedRun::Kind::kBuiltin && !run.is_sync))
    return;
  const core::ActionOutcome outcome = scripted.kind == ScriptedRun::Kind::kBuiltin ? builtin(run) : scripted.outcome;
  queue_.push_back({id, core::ActionFinished{run_id, run.attempt, outcome}});
}

void CoreHarness::drain() {
  constexpr std::size_t kStepsMax = 2'000'000;
  while (!queue_.empty() && steps_ < kStepsMax) {
    Queued next = std::move(queue_.front());
    queue_.pop_front();
    if (!by_id_.contains(next.to)) continue;  // a child that could not be started
    core::Transition transition = core::step(*by_id_.at(next.to), next.event, step_input(nullptr, next.to));
    ++steps_;
    take(next.to, std::move(transition));
  }
}

bool CoreHarness::fire_next_timer(WallTime until) {
  ExecutionId owner;
  const core::Timer* next = nullptr;
  for (const auto& execution : executions_)
    for (const auto& [id, timer] : execution->timers())
      if (timer.due_at <= until && (next == nullptr || timer.due_at < next->due_at)) {
        next = &timer;
        owner = execution->execution().id;
      }
  if (next == nullptr) return false;
  now_ = std::max(now_, next->due_at);
  (void)submit(owner, core::TimerFired{next->id});
  return true;
}

void CoreHarness::advance(std::int64_t seconds) {
  const WallTime until = now_.plus_ms(seconds * 1000);
  while (fire_next_timer(until)) {
  }
  now_ = until;
}

void CoreHarness::run_out() {
  constexpr std::int64_t kForeverUs = 4'000'000'000'000'000;
  while (fire_next_timer(WallTime{kForeverUs})) {
  }
}

core::ExecutionState* CoreHarness::state(ExecutionId id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

core::ExecutionState* CoreHarness::find(const std::string& workflow, std::size_t nth) {
  for (const auto& execution : executions_)
    if (execution->execution().workflow_name == workflow && nth-- == 0) return execution.get();
  return nullptr;
}

std::string dump_rows(const core::ExecutionState& state) {
  std::string text;
  const core::Execution& execution = state.execution();
  Value row = {{"id", to_string(execution.id)},
               {"state", std::string(to_string(execution.state))},
               {"info", text_of(execution.state_info)},
               {"input", execution.input},
               {"params", execution.params},
               {"output", execution.output},
               {"vars", execution.vars},
               {"globals", execution.globals},
               {"serial", execution.next_serial},
               {"updated", execution.updated_at.value_or(WallTime{}).us}};
  text += to_json(row) + "\n";
  for (const auto& task : state.tasks()) {
    Value line = {{"id", to_string(task->id)},
                  {"name", task->name},
                  {"state", std::string(to_string(task->state))},
                  {"info", text_of(task->state_info)},
                  {"context", task->in_context.to_value()},
                  {"published", task->published},
                  {"global", task->published_global},
                  {"policies", task->policy_values},
                  {"attempt", task->attempt},
                  {"retries", task->retry_count}};
    for (const core::NextTask& next : task->next_tasks) line["next"].push_back(next.name + "/" + next.event);
    for (const core::TriggeredBy& by : task->triggered_by) line["by"].push_back(to_string(by.task_id) + "/" + by.event);
    text += to_json(line) + "\n";
  }
  for (const auto& run : state.runs())
    text += to_json(Value{{"id", to_string(run->id)},
                          {"name", run->name},
                          {"state", std::string(to_string(run->state))},
                          {"input", run->input},
                          {"output", run->output},
                          {"accepted", run->accepted},
                          {"index", run->index},
                          {"attempt", run->attempt}}) +
            "\n";
  for (const auto& [id, timer] : state.timers()) text += to_string(id) + " " + std::to_string(timer.due_at.us) + "\n";
  return text;
}

std::string CoreHarness::dump() const {
  std::string text;
  for (const auto& state : executions_) text += dump_rows(*state);
  return text;
}

Result<core::AdhocSpecPtr> CoreHarness::adhoc_action(std::string_view name, std::string_view workflow_name,
                                                     std::string_view action_namespace) const {
  const auto find_action = [&](const std::string& full) {
    auto found = actions_.find({std::string(action_namespace), full});
    return found != actions_.end() ? found : actions_.find({"", full});
  };
  if (const auto dot = workflow_name.rfind('.'); dot != std::string_view::npos) {
    const std::string workbook(workflow_name.substr(0, dot));
    const auto sibling = find_action(workbook + "." + std::string(name));
    if (sibling != actions_.end() && sibling->second.second == workbook) return sibling->second.first;
  }
  const auto found = find_action(std::string(name));
  return found != actions_.end() ? found->second.first : nullptr;
}

std::optional<core::ActionTraits> CoreHarness::action_traits(std::string_view action) const {
  const Known* found = known(action);
  return found != nullptr ? std::optional(found->traits) : std::nullopt;
}

Status CoreHarness::check_action_input(std::string_view action, const Value& input) const {
  const Known* found = known(action);
  std::vector<std::string> missing, unexpected;
  for (const std::string& name : found->required)
    if (foehn::find(input, name) == nullptr) missing.push_back(name);
  for (auto item = input.begin(); item != input.end(); ++item) {
    const auto has = [&](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), item.key()) != names.end();
    };
    if (!has(found->required) && !has(found->optional)) unexpected.push_back(item.key());
  }
  if (missing.empty() && unexpected.empty()) return {};
  std::string text = "Invalid input [name=" + std::string(action) + ", class=" + std::string(found->class_name);
  if (!missing.empty()) text += ", missing=" + listed(missing);
  if (!unexpected.empty()) text += ", unexpected=" + listed(unexpected);
  return fail(ErrorCode::kInvalidArgument, text + "]");
}

Result<Value> CoreHarness::executions(const Value& filter) const {
  Value list = Value::array();
  for (const auto& state : executions_) {
    const core::Execution& execution = state->execution();
    const Value& wanted = filter.at("state");
    const Value& root = filter.at("root_execution_id");
    if (!wanted.is_null() && wanted != to_string(execution.state)) continue;
    if (!root.is_null() && (!execution.root_id || root != to_string(*execution.root_id))) continue;
    list.push_back({{"id", to_string(execution.id)}, {"state", std::string(to_string(execution.state))}});
  }
  return list;
}

Result<Value> CoreHarness::tasks(const Value& filter) const {
  Value list = Value::array();
  const Value& wanted = filter.at("workflow_execution_id");
  for (const auto& state : executions_) {
    if (!wanted.is_null() && wanted != to_string(state->execution().id)) continue;
    for (const auto& task : state->tasks())
      if (filter.at("state").is_null() || filter.at("state") == to_string(task->state))
        list.push_back({{"name", task->name}, {"state", std::string(to_string(task->state))}});
  }
  return list;
}

}  // namespace foehn::test
