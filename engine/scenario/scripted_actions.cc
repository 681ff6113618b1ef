#include "engine/scenario/scripted_actions.h"

#include <algorithm>

namespace foehn::scenario {
namespace {

double number_of(const Value* value, double otherwise) {
  if (value == nullptr || !value->is_number()) return otherwise;
  return std::max(0.0, value->get<double>());
}

const Script* find_script(const std::map<std::string, Script, std::less<>>& scripts, std::string_view name) {
  const auto found = scripts.find(name);
  return found == scripts.end() ? nullptr : &found->second;
}

}  // namespace

ScriptedActions::ScriptedActions(ports::ActionPort& real, const Suite& suite, const Case& one, store::Query& query,
                                 const VirtualClock& clock)
    : real_(real), suite_(suite), case_(one), query_(query), clock_(clock) {}

// Every action is asked to start after the commit: then the row tells which item it is for. A name that nobody knows
// may still be scripted by task; only the start can tell.
std::optional<ports::ActionTraits> ScriptedActions::traits(std::string_view action) const {
  auto known = real_.traits(action);
  const bool scripted = find_script(case_.given.actions, action) || find_script(suite_.given.actions, action);
  if (!known && scripted) known = ports::ActionTraits{true, false, false};
  if (known) known->pure = false;
  return known;
}

Status ScriptedActions::check_input(std::string_view action, const Value& input) const {
  if (!real_.traits(action)) return {};
  return real_.check_input(action, input);
}

// The most particular script: of the case, of the file; by workflow and task, by task, by action.
const std::vector<Outcome>* ScriptedActions::script_of(const ports::ActionRequest& request, std::string& key) {
  const std::string full = request.workflow_name + "." + request.task_name;
  const Script* found = nullptr;
  for (const Scripts* scripts : {&case_.given, &suite_.given}) {
    for (const std::string& name : {full, request.task_name})
      if (found == nullptr && (found = find_script(scripts->tasks, name)) != nullptr) key = "task " + full;
  }
  for (const Scripts* scripts : {&case_.given, &suite_.given})
    if (found == nullptr && (found = find_script(scripts->actions, request.name)) != nullptr)
      key = "action " + request.name;
  if (found == nullptr) return nullptr;
  if (!found->items.empty()) {
    const auto row = query_.run(request.run_id);
    const std::uint32_t item = row && *row ? (*row)->run.index : 0;
    if (const auto own = found->items.find(item); own != found->items.end()) {
      key += " item " + std::to_string(item);
      return &own->second;
    }
  }
  return found->runs.empty() ? nullptr : &found->runs;
}

void ScriptedActions::start(ports::ActionRequest request, const std::string&) {
  std::string key;
  Outcome outcome;
  if (const std::vector<Outcome>* script = script_of(request, key)) {
    const std::size_t run = used_[key]++;
    outcome = (*script)[std::min(run, script->size() - 1)];
  }
  double after_s = outcome.after_s;
  if (outcome.kind == Outcome::Kind::kReal) {
    outcome = real_outcome(request);
    after_s += outcome.after_s;
  }
  if (outcome.kind == Outcome::Kind::kNever) return;
  // What an asynchronous action returns is no result: its outcome is reported from outside.
  const auto known = real_.traits(request.name);
  const std::uint32_t attempt = known && !known->is_sync ? 0 : request.attempt;
  pending_.push_back({clock_.wall().plus_ms(static_cast<std::int64_t>(after_s * 1000)), request.execution_id,
                      request.run_id, attempt, std::move(outcome.outcome)});
}

// Time is virtual: what only waits is not run but answered later.
Outcome ScriptedActions::real_outcome(const ports::ActionRequest& request) {
  Outcome outcome;
  outcome.kind = Outcome::Kind::kGiven;
  const auto known = real_.traits(request.name);
  if (request.name == "std.sleep") {
    outcome.after_s = number_of(find(request.input, "seconds"), 1);
    outcome.outcome = core::ActionOutcome::success(Value());
  } else if (known && !known->is_sync) {
    outcome.kind = Outcome::Kind::kNever;
  } else if (known && known->pure) {
    ports::ActionRequest own = request;
    if (const Value* delay = find(own.input, "delay"); delay && !real_.is_pure(own.name, own.input)) {
      outcome.after_s = number_of(delay, 0);
      own.input.erase("delay");
    }
    outcome.outcome = real_.run_pure(own);
  } else {
    const std::string text = "task '" + request.task_name + "' of workflow '" + request.workflow_name + "' runs " +
                             request.name + ", which reaches outside: script it under given.tasks." +
                             request.task_name + " or given.actions." + request.name;
    if (complained_.insert(text).second) complaints_.push_back(text);
    outcome.outcome = core::ActionOutcome::error("not scripted: " + request.name);
  }
  return outcome;
}

ports::ActionOutcome ScriptedActions::run_pure(const ports::ActionRequest& request) { return real_.run_pure(request); }

void ScriptedActions::cancel(ActionRunId run_id) {
  for (Pending& pending : pending_) {
    if (pending.run_id != run_id) continue;
    pending.outcome = core::ActionOutcome::cancelled();
    pending.due = clock_.wall();
  }
}

std::optional<WallTime> ScriptedActions::next_due() const {
  std::optional<WallTime> next;
  for (const Pending& pending : pending_)
    if (!next || pending.due < *next) next = pending.due;
  return next;
}

bool ScriptedActions::deliver(runtime::Engine& engine) {
  std::vector<Pending> due;
  const WallTime now = clock_.wall();
  const auto later = std::stable_partition(pending_.begin(), pending_.end(),
                                           [now](const Pending& pending) { return pending.due > now; });
  std::move(later, pending_.end(), std::back_inserter(due));
  pending_.erase(later, pending_.end());
  std::stable_sort(due.begin(), due.end(), [](const Pending& a, const Pending& b) { return a.due < b.due; });
  for (Pending& pending : due)
    engine.action_finished(pending.execution_id, pending.run_id, pending.attempt, std::move(pending.outcome));
  return !due.empty();
}

}  // namespace foehn::scenario
