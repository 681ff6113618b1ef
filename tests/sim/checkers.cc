#include "tests/sim/checkers.h"

#include <cstdio>
#include <utility>

#include "engine/core/event_codec.h"
#include "tests/sim/faults.h"

namespace foehn::sim {
namespace {

using core::State;

Value text(State state) { return std::string(core::to_string(state)); }
Value text(const std::optional<std::string>& value) { return value ? Value(*value) : Value(); }
Value text(const std::optional<WallTime>& time) { return time ? Value(time->us) : Value(); }

Value object(const core::Execution& e) {
  Value v = Value::object();
  v["id"] = to_string(e.id);
  v["state"] = text(e.state);
  v["info"] = text(e.state_info);
  v["input"] = e.input;
  v["params"] = e.params;
  v["output"] = e.output;
  v["vars"] = e.vars;
  v["globals"] = e.globals;
  v["serial"] = e.next_serial;
  v["created"] = e.created_at.us;
  v["updated"] = text(e.updated_at);
  v["backlog"] = Value::array();
  for (const core::BacklogItem& item : e.backlog) v["backlog"].push_back(item.target + "/" + item.event);
  return v;
}

Value object(const core::Task& t) {
  Value v = Value::object();
  v["id"] = to_string(t.id);
  v["name"] = t.name;
  v["state"] = text(t.state);
  v["info"] = text(t.state_info);
  v["in_context"] = t.in_context.to_value();
  v["published"] = t.published;
  v["next"] = Value::array();
  for (const core::NextTask& next : t.next_tasks) v["next"].push_back(next.name + "/" + next.event);
  v["flags"] = Value::array({t.has_next_tasks, t.error_handled, t.processed, t.is_join, t.retrying, t.paused_before});
  v["triggered_by"] = Value::array();
  for (const core::TriggeredBy& by : t.triggered_by) v["triggered_by"].push_back(to_string(by.task_id) + by.event);
  if (t.with_items) v["items"] = Value::array({t.with_items->count, t.with_items->scheduled, t.with_items->active});
  v["delay"] = static_cast<int>(t.delay);
  v["held"] = t.held_state ? text(*t.held_state) : Value();
  v["counts"] = Value::array({t.retry_count, t.attempt});
  v["times"] = Value::array({Value(t.created_at.us), text(t.updated_at), text(t.started_at), text(t.finished_at)});
  return v;
}

Value object(const core::ActionRun& r) {
  Value v = Value::object();
  v["id"] = to_string(r.id);
  v["task"] = to_string(r.task_id);
  v["name"] = r.name;
  v["state"] = text(r.state);
  v["info"] = text(r.state_info);
  v["accepted"] = r.accepted;
  v["numbers"] = Value::array({r.index, r.attempt, r.task_attempt});
  v["input"] = r.input;
  v["output"] = r.output;
  return v;
}

std::string text_of(const std::vector<core::Command>& commands) {
  std::string out;
  for (const core::Command& command : commands) {
    out += std::to_string(command.index());
    if (const auto* run = std::get_if<core::RunAction>(&command)) out += to_string(run->run_id);
    if (const auto* run = std::get_if<core::ScheduleAction>(&command)) out += to_string(run->run_id);
    if (const auto* child = std::get_if<core::StartChild>(&command)) out += to_string(child->start.id);
    if (const auto* sent = std::get_if<core::Deliver>(&command)) out += to_json(core::to_value(sent->event));
    out += ";";
  }
  return out;
}

core::ExecutionRows rows_of(const core::ExecutionState& state) {
  core::ExecutionRows rows;
  rows.execution = state.execution();
  for (const auto& task : state.tasks()) rows.tasks.push_back(*task);
  for (const auto& run : state.runs()) rows.runs.push_back(*run);
  for (const auto& [id, timer] : state.timers()) rows.timers.push_back(timer);
  return rows;
}

[[noreturn]] void violated(const std::string& what) { throw Violation{what}; }

void check_accepted(const store::StoredExecution& stored) {
  std::map<std::pair<TaskId, std::uint32_t>, int> accepted;
  for (const core::ActionRun& run : stored.rows.runs) {
    if (!run.accepted) continue;
    if (++accepted[{run.task_id, run.index}] > 1) {
      violated("two accepted results for one item of task " + to_string(run.task_id));
    }
  }
}

const GenTask& model_of(const GenWorkflow& workflow, const std::string& name) {
  return workflow.tasks.at(static_cast<std::size_t>(std::stoi(name.substr(1))));
}

bool names(const std::vector<GenEdge>& clause, int target) {
  for (const GenEdge& edge : clause) {
    if (edge.target == target) return true;
  }
  return false;
}

using ByName = std::map<std::string, std::vector<const core::Task*>>;

bool finished_before(const ByName& tasks, const std::string& name, WallTime when, bool success) {
  const auto found = tasks.find(name);
  if (found == tasks.end()) return false;
  for (const core::Task* task : found->second) {
    if (task->finished_at && *task->finished_at <= when && (!success || task->state == State::kSuccess)) return true;
  }
  return false;
}

void check_order(const core::Task& task, const ByName& tasks, const GenWorkflow& workflow) {
  const GenTask& model = model_of(workflow, task.name);
  const WallTime when = task.started_at.value_or(task.created_at);
  for (const int before : model.requires_) {
    const std::string& name = workflow.tasks[static_cast<std::size_t>(before)].name;
    if (!finished_before(tasks, name, when, true))
      violated("task " + task.name + " started before its required " + name);
  }
  if (workflow.reverse) return;
  const int self = std::stoi(task.name.substr(1));
  std::vector<std::string> inbound;
  for (const GenTask& from : workflow.tasks) {
    if (names(from.on_success, self) || names(from.on_error, self) || names(from.on_complete, self)) {
      inbound.push_back(from.name);
    }
  }
  std::size_t done = 0;
  for (const std::string& name : inbound) done += finished_before(tasks, name, when, false) ? 1 : 0;
  const bool ran = task.state == State::kSuccess || task.state == State::kRunning;
  const std::size_t needed = model.join == 0  ? 1
                             : model.join < 0 ? inbound.size()
                                              : static_cast<std::size_t>(model.join);
  if (!inbound.empty() && ran && done < needed) {
    violated("task " + task.name + " started after " + std::to_string(done) + " of its " + std::to_string(needed) +
             " prerequisites");
  }
}

void check_children(store::MemStore& store, const store::StoredExecution& stored) {
  for (const core::ActionRun& run : stored.rows.runs) {
    if (run.kind != core::RunKind::kWorkflow) continue;
    const auto child = store.load(ExecutionId{run.id.uuid});
    if (!child || !*child) continue;  // could not be started: the run says so
    const State state = (*child)->rows.execution.state;
    if (core::is_complete(state) && !core::is_complete(run.state)) {
      violated("sub-workflow " + to_string(run.id) + " is " + std::string(core::to_string(state)) +
               " but its parent was not told");
    }
  }
}

}  // namespace

std::string to_text(const core::ExecutionRows& rows) {
  std::string out = to_json(object(rows.execution)) + "\n";
  for (const core::Task& task : rows.tasks) out += to_json(object(task)) + "\n";
  for (const core::ActionRun& run : rows.runs) out += to_json(object(run)) + "\n";
  for (const core::Timer& timer : rows.timers) {
    out += "timer " + to_string(timer.id) + " " + std::to_string(timer.due_at.us) + "\n";
  }
  return out;
}

void Shadow::started(const core::ExecutionState& state, const core::StartExecution& event, const core::StepInput& input,
                     const core::Transition& transition) {
  ++steps_;
  say(event, event.id, transition);
  if (const auto broken = core::check_invariants(state)) violated("after the start: " + *broken);
  pump_.push_back({event.id, event, input.now, input.environment, nullptr, text_of(transition.commands)});
  // The definition is shared by the state, which may go before the replay: keep a copy of it.
  pump_.back().definition = std::make_shared<const dsl::Definition>(state.definition());
}

void Shadow::stepped(const core::ExecutionState& state, const core::Event& event, const core::StepInput& input,
                     const core::Transition& transition) {
  ++steps_;
  say(event, state.execution().id, transition);
  if (const auto broken = core::check_invariants(state)) {
    violated("after " + std::string(core::name_of(event)) + ": " + *broken);
  }
  if (!transition.status && !transition.delta.empty()) {
    violated("refused " + std::string(core::name_of(event)) + " changed something");
  }
  pump_.push_back({state.execution().id, event, input.now, input.environment, nullptr, text_of(transition.commands)});
}

void Shadow::say(const core::Event& event, ExecutionId id, const core::Transition& transition) const {
  if (!verbose_) return;
  std::printf("    %s %s %s\n      commands %s\n", to_string(id).c_str(), to_json(core::to_value(event)).c_str(),
              transition.status ? "" : transition.status.error().message.c_str(), text_of(transition.commands).c_str());
}

void Shadow::end_pump(bool committed, bool compare_rows) {
  const std::vector<Recorded> recorded = std::exchange(pump_, {});
  if (!committed) return;
  std::set<ExecutionId> touched;
  for (const Recorded& one : recorded) {
    replay(one);
    touched.insert(one.id);
  }
  if (!compare_rows) return;
  for (const ExecutionId& id : touched) compare(id);
}

void Shadow::replay(const Recorded& recorded) {
  core::StepInput input;
  input.now = recorded.now;
  input.environment = recorded.environment;
  input.lookup = &lookup_;
  std::string commands;
  if (const auto* start = std::get_if<core::StartExecution>(&recorded.event)) {
    auto started = core::start(recorded.definition, *start, input);
    if (!started) violated("the replay refused a start: " + started.error().message);
    commands = text_of(started->transition.commands);
    states_[recorded.id] = std::move(started->state);
  } else {
    const auto found = states_.find(recorded.id);
    if (found == states_.end()) violated("a step on an execution that was never started");
    commands = text_of(core::step(*found->second, recorded.event, input).commands);
  }
  if (commands != recorded.commands) {
    violated("the replay of " + std::string(core::name_of(recorded.event)) +
             " asks for other commands\nengine: " + recorded.commands + "\nreplay: " + commands);
  }
}

void Shadow::compare(ExecutionId id) {
  const auto stored = store_.load(id);
  if (!stored || !*stored) return;  // removed
  const auto found = states_.find(id);
  if (found == states_.end()) violated("rows of an execution that was never started");
  const std::string in_store = to_text((*stored)->rows);
  const std::string replayed = to_text(rows_of(*found->second));
  if (in_store != replayed) {
    violated("the rows are not those of the replayed events\nstore:\n" + in_store + "replay:\n" + replayed);
  }
}

void Shadow::compare_all() {
  for (const auto& [id, state] : states_) compare(id);
}

void check_rows(store::MemStore& store, const store::StoredExecution& stored, const GenWorkflow& workflow, bool rerun) {
  check_accepted(stored);
  check_children(store, stored);
  if (!stored.inbox.empty()) violated("inbox rows are left of execution " + to_string(stored.rows.execution.id));
  if (rerun) return;
  ByName by_name;
  for (const core::Task& task : stored.rows.tasks) by_name[task.name].push_back(&task);
  try {
    for (const core::Task& task : stored.rows.tasks) check_order(task, by_name, workflow);
  } catch (const Violation& violation) {
    violated(violation.what + "\n" + to_text(stored.rows));
  }
}

}  // namespace foehn::sim
