#include "tests/sim/world.h"

#include <cstdio>
#include <utility>

#include "dsl/compile.h"
#include "engine/store/definition_service.h"
#include "tests/sim/reference.h"

namespace foehn::sim {
namespace {

constexpr int kActsMax = 150;         // random acts before the faults stop
constexpr int kProgressMax = 20'000;  // acts of progress after that: more means that something is stuck in a circle

}  // namespace

class World::Lookup final : public core::Lookup {
 public:
  Lookup(const SimActions& actions, const Workload& workload) : actions_(actions), workload_(workload) {}
  Result<core::AdhocSpecPtr> adhoc_action(std::string_view name, std::string_view, std::string_view) const override {
    const auto found = workload_.actions.find(name);
    return found == workload_.actions.end() ? nullptr : found->second;
  }
  std::optional<core::ActionTraits> action_traits(std::string_view action) const override {
    return actions_.traits(action);
  }
  Status check_action_input(std::string_view, const Value&) const override { return {}; }
  Result<Value> executions(const Value&) const override { return Value::array(); }
  Result<Value> tasks(const Value&) const override { return Value::array(); }

 private:
  const SimActions& actions_;
  const Workload& workload_;
};

World::World(WorldOptions options, Log& log)
    : options_(options),
      log_(log),
      prng_(Prng::mix(options.seed)),
      faulty_(store_),
      actions_(prng_, store_, options.seed),
      lookup_(std::make_unique<Lookup>(actions_, workload_)),
      shadow_(store_, *lookup_, options.verbose) {
  const bool predictable = prng_.chance(40);
  workload_ = draw_workload(prng_, draw_features(prng_, predictable));
  draw_definitions(options.seed, workload_);
  env_ = Value::object();
  env_["e"] = static_cast<std::int64_t>(options.seed % 1000);
  constexpr std::size_t kEvents[] = {1, 2, 3, 7, 1000, 1000};
  constexpr std::size_t kBytes[] = {1, 20'000, 256'000'000};
  constexpr std::size_t kTimers[] = {1, 2, 10'000};
  engine_options_.pump_events_max = kEvents[prng_.below(6)];
  engine_options_.resident_bytes_max = kBytes[prng_.below(3)];
  engine_options_.timers_resident_max = kTimers[prng_.below(3)];
  engine_options_.observer = &shadow_;
  actions_.set_duplicates(prng_.chance(50) ? 15 : 0);
  const std::size_t count = 1 + prng_.below(6);
  for (std::size_t i = 0; i < count; ++i) {
    starts_.push_back({ExecutionId{derive_uuid(Uuid{}, options.seed * 64 + i)}, false, false, false, false});
  }
}

World::~World() = default;

std::optional<std::string> World::run() {
  try {
    define();
    boot();
    const int acts = static_cast<int>(prng_.below(kActsMax));
    for (int i = 0; i < acts; ++i) random_act();
    finish();
    check_end();
  } catch (const Violation& violation) {
    return violation.what;
  }
  return std::nullopt;
}

void World::define() {
  for (std::size_t i = 0; i < workload_.workflows.size(); ++i) {
    const std::string text = to_yaml(workload_.workflows[i], workload_);
    const dsl::Compiled compiled = dsl::compile(text, dsl::DocumentKind::kWorkflows, nullptr);
    if (!compiled.ok())
      throw Violation{"the generated definition does not compile: " + dsl::fault_text(compiled, text)};
    store::WorkflowRow row;
    row.id = DefinitionId{derive_uuid(Uuid{}, 1'000'000 + i)};
    row.name = workload_.workflows[i].name;
    row.definition = compiled.workflows.front()->source;
    row.hash = compiled.workflows.front()->hash;
    row.created_at = clock_.wall();
    row.workbook_name = workload_.workbook;
    if (!store_.create_workflows({row})) throw Violation{"create_workflows"};
  }
  if (workload_.actions.empty()) return;
  const std::string text = adhoc_yaml();
  const dsl::Compiled compiled = dsl::compile(text, dsl::DocumentKind::kActions, nullptr);
  if (!compiled.ok()) throw Violation{"the generated actions do not compile: " + dsl::fault_text(compiled, text)};
  store::DefinitionService service(store_, actions_, clock_);
  if (const auto made = service.create_actions(compiled, text, {}); !made) throw Violation{made.error().message};
}

void World::boot() {
  engine_ = std::make_unique<runtime::Engine>(engine_options_, clock_, faulty_, store_, store_, actions_, actions_,
                                              silence_, log_);
  if (!engine_->recover()) throw Violation{"recover() failed"};
}

void World::crash(const char* where) {
  say(std::string("crash ") + where);
  ++crashes_;
  shadow_.end_pump(faulty_.take_applied(), false);
  engine_.reset();
  clock_.advance_ms(1);  // a restart takes time; the engine's own order of times ends with it
  faulty_.arm(FaultyStore::Fault::kNone);
  actions_.crashed();
  for (Start& start : starts_) start.submitted = start.acknowledged;  // clients try again
  boot();
}

void World::pump() {
  static_cast<void>(faulty_.take_applied());
  try {
    const runtime::PumpResult result = engine_->pump();
    if (options_.verbose) say("pump stepped=" + std::to_string(result.stepped));
  } catch (const Crash& crashed) {
    crash(crashed.where);
    return;
  }
  shadow_.end_pump(faulty_.take_applied(), prng_.chance(25));
}

void World::submit_starts(bool all) {
  for (Start& start : starts_) {
    if (start.submitted || start.removed || !(all || prng_.chance(30))) continue;
    start.submitted = true;
    runtime::StartRequest request;
    request.id = start.id;
    request.workflow_name = workload_.workflows.front().name;
    request.params["env"] = env_;
    const GenWorkflow& workflow = workload_.workflows.front();
    if (workflow.reverse) {
      request.params["task_name"] = workflow.tasks[static_cast<std::size_t>(workflow.goal)].name;
    }
    engine_->start(std::move(request), [&start](Result<runtime::Answer> answer) {
      const bool passing =
          !answer && (answer.error().code == ErrorCode::kIo || answer.error().code == ErrorCode::kUnavailable ||
                      answer.error().code == ErrorCode::kCommitUnknown);
      if (!answer && !passing) throw Violation{"a start was refused: " + answer.error().message};
      start.acknowledged = answer.has_value() || start.acknowledged;
      start.submitted = start.acknowledged;
    });
  }
}

void World::random_act() {
  const auto kind = prng_.below(100);
  if (kind < 15) {
    submit_starts(false);
  } else if (kind < 55) {
    pump();
  } else if (kind < 75) {
    auto& pending = actions_.pending();
    if (!pending.empty()) actions_.deliver(prng_.below(pending.size()), *engine_);
  } else if (kind < 82) {
    clock_.advance_ms(static_cast<std::int64_t>(prng_.below(3'000)));
  } else if (kind < 90) {
    random_fault();
  } else if (!workload_.features.predictable) {
    random_control();
  }
}

void World::random_fault() {
  using Fault = FaultyStore::Fault;
  const auto kind = prng_.below(9);
  constexpr Fault kFaults[] = {Fault::kCrashBefore,    Fault::kCrashAfter,  Fault::kFails,
                               Fault::kUnknownApplied, Fault::kUnknownLost, Fault::kLoadFails};
  say("fault " + std::to_string(kind));
  if (kind < 6) {
    faulty_.arm(kFaults[kind]);
  } else if (kind == 6) {
    crash("between pumps");
  } else if (kind == 7) {
    actions_.crash_at_start(static_cast<int>(prng_.below(4)));
  } else {
    const std::int64_t hour = 3'600'000'000;
    clock_was_set_ = true;
    clock_.set_wall({clock_.wall().us + (prng_.chance(50) ? hour : -hour)});
    engine_->wake();
  }
}

void World::random_control() {
  Start& start = starts_[prng_.below(starts_.size())];
  if (!start.acknowledged) return;
  start.disturbed = true;
  const auto ignore = [](const Result<runtime::Answer>&) {};
  const auto kind = prng_.below(12);
  if (kind < 3) return engine_->submit(start.id, core::PauseExecution{}, ignore);
  if (kind < 6) return engine_->submit(start.id, core::ResumeExecution{}, ignore);
  if (kind < 7) {
    constexpr core::State kEnds[] = {core::State::kSuccess, core::State::kError, core::State::kCancelled};
    return engine_->submit(start.id, core::StopExecution{kEnds[prng_.below(3)], "by hand", false}, ignore);
  }
  if (kind < 8 && prng_.chance(30)) {
    engine_->remove(start.id, true, [&start](const Result<runtime::Answer>& answer) {
      start.removed = start.removed || answer.has_value();
    });
    return;
  }
  store::ListQuery failed;
  failed.filters.push_back({"state", store::FilterOp::kEq, {"ERROR"}});
  const auto page = store_.tasks(failed);
  if (!page || page->rows.empty()) return;
  const core::Task& task = page->rows[prng_.below(page->rows.size())].task;
  disturbed_.insert(task.execution_id);
  for (Start& other : starts_) other.disturbed = true;  // the task may be below any of them
  Prng own(Prng::mix(options_.seed ^ shadow_.steps()));  // what old seeds draw stays the same
  if (kind < 11 && own.chance(50)) {
    engine_->submit(task.execution_id, random_rerun(own, task, page->rows), ignore);
  } else if (kind < 11) {
    engine_->submit(task.execution_id, core::RerunTask{task.id, prng_.chance(70), Value()}, ignore);
  } else {
    engine_->submit(task.execution_id, core::SkipTask{task.id, Value()}, ignore);
  }
}

// Of one task or several, while others run, with what is behind them, or of everything.
core::RerunTasks World::random_rerun(Prng& prng, const core::Task& task, const std::vector<store::TaskRow>& failed) {
  core::RerunTasks rerun;
  rerun.all = prng.chance(10);
  rerun.reset = prng.chance(60);
  rerun.downstream = prng.chance(40);
  if (prng.chance(20)) rerun.input["item"] = 0;
  if (rerun.all) return rerun;
  const bool several = prng.chance(50);
  for (const store::TaskRow& row : failed)
    if (row.task.id == task.id || (several && row.task.execution_id == task.execution_id))
      rerun.task_ids.push_back(row.task.id);
  if (task.with_items && task.with_items->count > 0 && rerun.task_ids.size() == 1 && prng.chance(50))
    rerun.items = {static_cast<std::uint32_t>(prng.below(task.with_items->count))};
  return rerun;
}

// No more faults: everything that was begun must come to an end.
void World::finish() {
  faulty_.arm(FaultyStore::Fault::kNone);
  actions_.crash_at_start(-1);
  for (int i = 0; i < kProgressMax; ++i) {
    submit_starts(true);
    if (!advance()) return;
  }
  throw Violation{"no end in sight after " + std::to_string(kProgressMax) + " acts of progress"};
}

bool World::advance() {
  static_cast<void>(faulty_.take_applied());
  const runtime::PumpResult result = engine_->pump();
  shadow_.end_pump(faulty_.take_applied(), false);
  say("progress: pump stepped=" + std::to_string(result.stepped) + (result.more ? " more" : ""));
  if (result.more) return true;
  auto& pending = actions_.pending();
  if (!pending.empty()) {
    actions_.deliver(prng_.below(pending.size()), *engine_);
    return true;
  }
  actions_.set_duplicates(0);
  bool all = true;
  for (const Start& start : starts_) all = all && (start.submitted || start.removed);
  if (!all) {
    clock_.advance_ms(10);  // refused while the engine is read-only
    return true;
  }
  if (const auto deadline = engine_->next_deadline()) {
    const std::int64_t us = deadline->us - clock_.wall().us;
    say("clock +" + std::to_string(us) + " us");
    clock_.advance_us(us > 0 ? us : 1);
    return true;
  }
  const auto runs = store_.pending_runs(std::nullopt, 1'000);
  if (!runs->empty()) {
    report_asynchronous();
    return true;
  }
  return resume_paused();
}

void World::report_asynchronous() {
  const auto runs = store_.pending_runs(std::nullopt, 1'000);
  for (const store::PendingRun& run : *runs) {
    if (run.is_sync) {
      throw Violation{"stuck: run " + to_string(run.run_id) + " is " + std::string(core::to_string(run.state)) +
                      " but nobody is running it"};
    }
    engine_->submit(run.execution_id, core::ActionFinished{run.run_id, 0, core::ActionOutcome::success("told")},
                    [](const Result<runtime::Answer>&) {});
  }
}

bool World::resume_paused() {
  bool any = false;
  for (const Start& start : starts_) {
    if (start.removed) continue;
    const auto row = store_.execution(start.id);
    if (!row || !*row) throw Violation{"an acknowledged execution is gone: " + to_string(start.id)};
    if ((*row)->execution.state != core::State::kPaused) continue;
    say("resume " + to_string(start.id));
    engine_->submit(start.id, core::ResumeExecution{}, [](const Result<runtime::Answer>&) {});
    any = true;
  }
  return any;
}

void World::check_end() {
  shadow_.compare_all();
  if (!engine_->idle()) throw Violation{"the engine is not idle though nothing is left to do"};
  std::vector<std::pair<ExecutionId, const Start*>> open;
  for (const Start& start : starts_) {
    if (!start.removed) open.emplace_back(start.id, &start);
  }
  while (!open.empty()) {
    const auto [id, start] = open.back();
    open.pop_back();
    const auto stored = store_.load(id);
    if (!stored || !*stored) {
      if (id == start->id) throw Violation{"an acknowledged execution is gone: " + to_string(id)};
      continue;  // a sub-workflow that could not be started
    }
    const core::Execution& execution = (*stored)->rows.execution;
    if (!core::is_complete(execution.state) && id == start->id) {
      throw Violation{"not live: execution " + to_string(id) + " rests in " +
                      std::string(core::to_string(execution.state)) + "\n" + to_text((*stored)->rows)};
    }
    check_rows(store_, **stored, workflow_named(execution.workflow_name),
               disturbed_.contains(id) || start->disturbed || clock_was_set_);
    if (id == start->id && workload_.features.predictable) check_reference(*start, **stored);
    for (const core::ActionRun& run : (*stored)->rows.runs) {
      if (run.kind == core::RunKind::kWorkflow) open.emplace_back(ExecutionId{run.id.uuid}, start);
    }
  }
}

void World::check_reference(const Start&, const store::StoredExecution& stored) {
  const Expected expected = interpret(workload_, 0, options_.seed, env_);
  const core::Execution& execution = stored.rows.execution;
  std::map<std::string, std::string> tasks;
  for (const core::Task& task : stored.rows.tasks) {
    if (!tasks.emplace(task.name, std::string(core::to_string(task.state))).second) {
      throw Violation{"task " + task.name + " exists twice"};
    }
  }
  std::string difference;
  if (core::to_string(execution.state) != expected.state) {
    difference += "state: " + std::string(core::to_string(execution.state)) + ", reference: " + expected.state + "\n";
  }
  if (tasks != expected.tasks) {
    for (const auto& [name, state] : tasks) difference += "engine:    " + name + " " + state + "\n";
    for (const auto& [name, state] : expected.tasks) difference += "reference: " + name + " " + state + "\n";
  }
  if (expected.state == "SUCCESS" && expected.output_is_certain && execution.output != expected.output) {
    difference += "output: " + to_json(execution.output) + "\nreference: " + to_json(expected.output) + "\n";
  }
  if (!difference.empty()) throw Violation{"the reference differs\n" + difference + to_text(stored.rows)};
}

const GenWorkflow& World::workflow_named(const std::string& name) const {
  for (const GenWorkflow& workflow : workload_.workflows) {
    if (workflow.name == name) return workflow;
  }
  throw Violation{"an execution of an unknown workflow " + name};
}

std::string World::describe() const {
  std::string out;
  for (const GenWorkflow& workflow : workload_.workflows) out += to_yaml(workflow, workload_);
  if (!workload_.actions.empty()) out += adhoc_yaml();
  return out;
}

void World::say(const std::string& what) const {
  if (options_.verbose) std::printf("  %s\n", what.c_str());
}

}  // namespace foehn::sim
