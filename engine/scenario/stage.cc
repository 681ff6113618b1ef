#include "engine/scenario/stage.h"

#include <algorithm>
#include <cmath>

#include "engine/scenario/checks.h"
#include "engine/store/definition_service.h"

namespace foehn::scenario {
namespace {

constexpr int kMovesMax = 1'000'000;             // of one case; more means that it never ends
constexpr double kSecondsMax = 3650.0 * 86'400;  // ten virtual years: what waits longer waits for ever

}  // namespace

void StartLog::started(const core::ExecutionState& state, const core::StartExecution&, const core::StepInput&,
                       const core::Transition& transition) {
  auto& all = coverage_.all[state.execution().workflow_name];
  for (const auto& task : state.definition().spec.tasks) all.insert(task.name);
  look(state, transition);
}

void StartLog::stepped(const core::ExecutionState& state, const core::Event&, const core::StepInput&,
                       const core::Transition& transition) {
  look(state, transition);
}

void StartLog::look(const core::ExecutionState& state, const core::Transition& transition) {
  for (const TaskId id : transition.delta.tasks) {
    const core::Task* task = state.task(id);
    if (task == nullptr || !task->started_at || !seen_.insert(id).second) continue;
    order_.push_back(task->name);
    coverage_.started[state.execution().workflow_name].insert(task->name);
  }
}

Stage::Stage(const Program& program, const dsl::ActionCatalog& catalog, ports::ActionPort& real, const Suite& suite,
             const Case& one, Log& log)
    : program_(program), catalog_(catalog), case_(one), log_(log), actions_(real, suite, one, store_, clock_) {
  runtime::EngineOptions options;
  options.observer = &start_log_;
  engine_ =
      std::make_unique<runtime::Engine>(options, clock_, store_, store_, store_, actions_, catalog, silence_, log_);
}

Stage::~Stage() = default;

std::vector<std::string> Stage::play() {
  const Status defined = define();
  const Status started = defined ? start() : defined;
  if (!started) {
    failures_.push_back(started.error().message);
    return std::move(failures_);
  }
  const auto time_of = [this](std::size_t step) -> std::optional<WallTime> {
    if (step >= case_.steps.size() || !case_.steps[step].at_s) return std::nullopt;
    return VirtualClock::at(*case_.steps[step].at_s);
  };
  bool ends = run_until(time_of(0));
  for (std::size_t i = 0; ends && i < case_.steps.size(); ++i) {
    take_step(case_.steps[i]);
    ends = run_until(time_of(i + 1));
  }
  if (!ends)
    failures_.push_back("the workflow does not come to an end: " + std::to_string(kMovesMax) +
                        " moves were not enough");
  check(case_.expect, true);
  for (const std::string& complaint : actions_.complaints()) failures_.push_back(complaint);
  return std::move(failures_);
}

// In seconds, to the millisecond: the engine's own order of times moves them by microseconds.
Value Stage::passed() const {
  const auto ms = static_cast<std::int64_t>(std::llround(clock_.seconds() * 1000));
  return ms % 1000 == 0 ? Value(ms / 1000) : Value(static_cast<double>(ms) / 1000);
}

// As the server stores them: workflows, workbooks with their ad-hoc actions, lists of ad-hoc actions.
Status Stage::define() {
  store::DefinitionService service(store_, catalog_, clock_);
  std::vector<store::WorkflowRow> rows;
  bool any = false;
  for (std::size_t i = 0; i < program_.documents.size(); ++i) {
    const dsl::Compiled& document = program_.documents[i];
    any = any || !document.workflows.empty();
    if (program_.kinds[i] == dsl::DocumentKind::kActions) {
      FOEHN_CHECK_OK(service.create_actions(document, program_.sources[i], {}));
      continue;
    }
    if (program_.kinds[i] == dsl::DocumentKind::kWorkbook) {
      FOEHN_CHECK_OK(service.create_workbook(document, program_.sources[i], {}));
      continue;
    }
    for (const dsl::DefinitionPtr& definition : document.workflows) {
      store::WorkflowRow row;
      row.id = DefinitionId{derive_uuid(root_.uuid, 1'000 + rows.size())};
      store::describe_workflow(*definition, row);
      row.created_at = clock_.wall();
      rows.push_back(std::move(row));
    }
  }
  if (!any) return fail(ErrorCode::kInvalidArgument, "there is no workflow in the files");
  return store_.create_workflows(rows);
}

Status Stage::start() {
  FOEHN_CHECK_OK(engine_->recover());
  runtime::StartRequest request;
  request.id = root_;
  request.workflow_name = case_.workflow;
  for (const dsl::Compiled& document : program_.documents)
    if (request.workflow_name.empty() && !document.workflows.empty())
      request.workflow_name = document.workflows[0]->spec.name;
  request.input = case_.input;
  request.params["env"] = case_.env;
  if (!case_.task_name.empty()) request.params["task_name"] = case_.task_name;
  Status outcome;
  engine_->start(std::move(request), [&outcome](Result<runtime::Answer> answer) {
    if (!answer) outcome = fail(answer.error());
  });
  while (engine_->pump().more) {
  }
  return outcome;
}

// Whatever happens by itself up to that time.
bool Stage::run_until(std::optional<WallTime> until) {
  for (int move = 0; move < kMovesMax; ++move)
    if (!advance(until)) return true;
  return false;
}

bool Stage::advance(std::optional<WallTime> until) {
  const runtime::PumpResult pumped = engine_->pump();
  if (pumped.more || pumped.stepped > 0 || actions_.deliver(*engine_)) return true;
  std::optional<WallTime> next = actions_.next_due();
  if (const auto timer = engine_->next_deadline(); timer && (!next || *timer < *next)) next = timer;
  const WallTime last = until.value_or(VirtualClock::at(kSecondsMax));
  if (next && *next <= last) {
    clock_.move_to(*next);
    return true;
  }
  if (until) clock_.move_to(*until);
  return false;
}

std::unique_ptr<core::ExecutionState> Stage::load(ExecutionId id) {
  auto stored = store_.load(id);
  if (!stored || !*stored) return nullptr;
  for (const dsl::Compiled& document : program_.documents)
    for (const dsl::DefinitionPtr& definition : document.workflows)
      if (definition->spec.name == (*stored)->rows.execution.workflow_name)
        return std::make_unique<core::ExecutionState>(definition, std::move((*stored)->rows));
  return nullptr;
}

void Stage::take_step(const Step& step) {
  if (step.kind == Step::Kind::kCheck) return check(step.arguments, false);
  // A step for a task goes to the execution that has it: the root, else the first sub-workflow.
  const std::string task = text_or(step.arguments, "task");
  ExecutionId owner = root_;
  auto state = load(root_);
  if (!task.empty() && state && state->tasks_named(task).empty()) {
    const auto page = store_.executions({});
    for (std::size_t i = 0; page && i < page->rows.size(); ++i) {
      auto other = load(page->rows[i].execution.id);
      if (!other || other->tasks_named(task).empty()) continue;
      owner = page->rows[i].execution.id;
      state = std::move(other);
      break;
    }
  }
  if (!state) return;
  auto event = event_of(step, *state);
  if (!event) {
    failures_.push_back("step at line " + std::to_string(step.mark.line) + ": " + event.error().message);
    return;
  }
  submit(step, std::move(*event), owner);
}

Result<core::Event> Stage::event_of(const Step& step, const core::ExecutionState& state) {
  const Value* env = step.arguments.is_object() ? find(step.arguments, "env") : nullptr;
  switch (step.kind) {
    case Step::Kind::kPause: return core::Event{core::PauseExecution{}};
    case Step::Kind::kResume: return core::Event{core::ResumeExecution{env ? *env : Value(), false}};
    case Step::Kind::kStop: {
      const Value* message = find(step.arguments, "message");
      return core::Event{core::StopExecution{*core::parse_state(text_or(step.arguments, "state")),
                                             message ? std::optional(to_python_str(*message)) : std::nullopt, false}};
    }
    default: break;
  }
  const std::string name = text_or(step.arguments, "task");
  const auto& tasks = state.tasks_named(name);
  if (tasks.empty()) return fail(ErrorCode::kNotFound, "no task '" + name + "' has been created yet");
  const core::Task& task = *tasks.back();
  if (step.kind == Step::Kind::kRerun)
    return core::Event{core::RerunTask{task.id, step.arguments.value("reset", true), env ? *env : Value()}};
  if (step.kind == Step::Kind::kSkip) return core::Event{core::SkipTask{task.id, env ? *env : Value()}};
  const auto item = step.arguments.value("item", 0U);
  for (const core::ActionRun* run : state.runs_of(task.id))
    if (run->index == item && !core::is_complete(run->state))
      return core::Event{core::ActionFinished{run->id, 0, step.outcome.outcome}};
  return fail(ErrorCode::kFailedPrecondition, "task '" + name + "' has no action that still runs");
}

void Stage::submit(const Step& step, core::Event event, ExecutionId owner) {
  engine_->submit(owner, std::move(event), [this, &step](const Result<runtime::Answer>& answer) {
    if (!answer) failures_.push_back("step at line " + std::to_string(step.mark.line) + ": " + answer.error().message);
  });
}

void Stage::check(const Value& expect, bool final_check) {
  const auto state = load(root_);
  if (!state) {
    failures_.push_back("the execution is gone");
    return;
  }
  Value wanted = expect;
  if (final_check && !find(wanted, "state")) wanted["state"] = "SUCCESS";
  check_execution("", wanted, *state, failures_);
  if (const Value* order = find(wanted, "order")) compare_order(*order, start_log_.order(), failures_);
  if (const Value* seconds = find(wanted, "seconds")) compare_values("seconds", *seconds, passed(), false, failures_);
  const Value* below = find(wanted, "executions");
  if (below == nullptr) return;
  for (auto item = below->begin(); item != below->end(); ++item) {
    store::ListQuery query;
    query.filters.push_back({"workflow_name", store::FilterOp::kEq, {item.key()}});
    const auto page = store_.executions(query);
    const std::size_t count = page ? page->rows.size() : 0;
    const Value list = item.value().is_array() ? item.value() : Value::array({item.value()});
    if (count != list.size())
      failures_.push_back("executions." + item.key() + ": expected " + std::to_string(list.size()) + ", got " +
                          std::to_string(count));
    for (std::size_t i = 0; i < std::min(count, list.size()); ++i)
      if (const auto child = load(page->rows[i].execution.id))
        check_execution("executions." + item.key() + "[" + std::to_string(i) + "].", list[i], *child, failures_);
  }
}

}  // namespace foehn::scenario
