#include "engine/runtime/step_runner.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/runtime/inbox_codec.h"

namespace foehn::runtime {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

// What an answer shows beside the execution.
void name_parts(const core::Event& event, PendingAnswer& answer) {
  std::visit(Overloaded{[&](const core::RerunTask& e) { answer.task_id = e.task_id; },
                        [&](const core::SkipTask& e) { answer.task_id = e.task_id; },
                        [&](const core::ActionFinished& e) { answer.run_id = e.run_id; },
                        [&](const core::ActionUpdated& e) { answer.run_id = e.run_id; }, [](const auto&) {}},
             event);
}

bool may_change_environment(const core::Event& event) {
  return std::holds_alternative<core::ResumeExecution>(event) || std::holds_alternative<core::RerunTask>(event) ||
         std::holds_alternative<core::RerunTasks>(event) || std::holds_alternative<core::SkipTask>(event) ||
         std::holds_alternative<core::UpdateExecution>(event);
}

std::size_t payload_bytes(const core::Event& event) {
  if (const auto* finished = std::get_if<core::ActionFinished>(&event)) return size_bytes(finished->outcome.data);
  return 0;
}

}  // namespace

ports::ActionRequest make_request(const core::ExecutionState& state, const core::ActionRun& run) {
  const core::Execution& execution = state.execution();
  ports::ActionRequest request;
  request.run_id = run.id;
  request.attempt = run.attempt;
  request.execution_id = execution.id;
  request.root_execution_id = execution.root_id.value_or(execution.id);
  request.task_id = run.task_id;
  request.workflow_name = execution.workflow_name;
  if (const core::Task* task = state.task(run.task_id)) request.task_name = task->name;
  request.name = core::action_of(run);
  request.input = core::input_of(run);
  request.target = run.target;
  request.timeout_ms = run.timeout_ms;
  request.safe_rerun = run.safe_rerun;
  request.recovered = run.recovered;
  return request;
}

// Failures of the store as a whole, which pass, as opposed to rows of one execution that cannot be read.
bool StepRunner::is_passing(const Error& error) {
  return error.code == ErrorCode::kIo || error.code == ErrorCode::kUnavailable;
}

bool StepRunner::step_work(Batch& batch) {
  ItemPtr owned = parts_.work.pop();
  if (!owned) return false;
  Item& item = *owned;
  std::visit(Overloaded{[&](const core::Event& event) { step_event(batch, item, event); },
                        [&](const StartRequest& request) { step_start(batch, item, request); },
                        [&](const core::StartChild& child) { step_child(batch, item, child); },
                        [&](const core::StartAction& start) { step_start_action(batch, item, start); },
                        [&](const RemoveRequest& request) { step_remove(batch, item, request); },
                        [&](const LoadRequest& request) { step_load(batch, item, request); }},
             item.what);
  finish_item(batch, std::move(owned));
  queue_inbox();
  return true;
}

// Keeps a stepped item with the batch; puts back what could not be stepped yet.
void StepRunner::finish_item(Batch& batch, ItemPtr owned) {
  Item& item = *owned;
  if (std::exchange(step_again_, false)) {
    item.taken = false;
    parts_.work.push_front(std::move(owned));
    return;
  }
  if (!batch.store_error) {
    batch.items.push_back(std::move(owned));
    return;
  }
  // The execution could not be read: the event waits, unless that has been tried often enough.
  const Error error = *batch.store_error;
  const bool again = !is_lost(batch, item.execution_id) || ++item.tries < limits::kLoadTriesMax;
  if (again) {
    item.taken = false;
    parts_.work.push_front(std::move(owned));
    return;
  }
  parts_.log.error("event_dropped", {{"execution", to_string(item.execution_id)}, {"reason", error.message}});
  if (item.reply) batch.answers.push_back(refusal(item, error));
  batch.items.push_back(std::move(owned));
}

// Whether it is the execution that cannot be read, which is no reason to stop for the others.
bool StepRunner::is_lost(Batch& batch, ExecutionId id) {
  if (!batch.store_error || is_passing(*batch.store_error)) return false;
  parts_.log.error("execution_unreadable", {{"execution", to_string(id)}, {"reason", batch.store_error->message}});
  batch.store_error.reset();
  return true;
}

bool StepRunner::step_timer(Batch& batch, WallTime now) {
  const auto timer = parts_.timers.take_due(now);
  if (!timer) return false;
  auto item = std::make_unique<Item>();
  item->execution_id = timer->execution_id;
  item->what = core::Event(core::TimerFired{timer->id});
  item->timer = true;
  item->taken = true;
  step_event(batch, *item, std::get<core::Event>(item->what));
  queue_inbox();
  // The row of a lost execution's timer stays; it comes again with the next window of timers.
  if (!is_lost(batch, item->execution_id) && batch.store_error) parts_.timers.forget();
  batch.items.push_back(std::move(item));
  return true;
}

bool StepRunner::admit_one(Batch& batch) {
  auto ready = parts_.ready.pop([&](const std::string& key) { return has_room(batch, key); });
  if (!ready) return false;
  const auto resident = acquire(batch, ready->execution_id);
  queue_inbox();
  if (!resident) {
    batch.store_error = resident.error();
    if (!is_lost(batch, ready->execution_id)) parts_.ready.push(std::move(*ready));
    return true;
  }
  if (*resident == nullptr) return true;
  const core::ActionRun* run = (*resident)->state->run(ready->run_id);
  if (run == nullptr || run->state != core::State::kScheduled) return true;
  admitting_ = &*ready;
  const Status admitted = step(batch, **resident, core::ActionAdmitted{ready->run_id});
  admitting_ = nullptr;
  if (batch.store_error) parts_.ready.push(std::move(*ready));
  if (!admitted) return true;
  if (const auto pure = std::exchange(pure_, std::nullopt)) {
    const core::ActionRun& running = *(*resident)->state->run(*pure);
    core::ActionOutcome outcome = parts_.actions.run_pure(make_request(*(*resident)->state, running));
    const Status finished = step(batch, **resident, core::ActionFinished{*pure, running.attempt, std::move(outcome)});
    FOEHN_CHECK(finished.has_value() || batch.store_error.has_value());
  }
  return true;
}

void StepRunner::step_event(Batch& batch, Item& item, const core::Event& event) {
  const auto resident = acquire(batch, item.execution_id);
  if (resident && *resident != nullptr && !found_inbox_.empty() && item.lane == (*resident)->root_id()) {
    // They were sent before this one and have been found only now that the execution was loaded.
    step_again_ = true;
    return;
  }
  if (!resident) {
    batch.store_error = resident.error();
    return;
  }
  if (*resident == nullptr) {
    if (!item.reply) return answer_sender(batch, item);
    batch.answers.push_back(refusal(item, execution_not_found(item.execution_id)));
    return;
  }
  const Status status = step(batch, **resident, event);
  if (batch.store_error) return;
  if (!item.inbox_id.empty()) batch.member(**resident).inbox_consumed.push_back(item.inbox_id);
  if (!item.reply) return;
  PendingAnswer answer;
  answer.item = &item;
  answer.execution_id = item.execution_id;
  name_parts(event, answer);
  if (!status) {
    answer.refusal = status.error();
  } else if (std::holds_alternative<core::RerunTask>(event)) {
    answer.execution = (*resident)->execution();
    if (const core::Task* task = (*resident)->state->task(*answer.task_id)) answer.task = *task;
  }
  batch.answers.push_back(std::move(answer));
}

void StepRunner::step_load(Batch& batch, const Item& item, const LoadRequest& request) {
  const auto loaded = acquire(batch, item.execution_id);
  if (!loaded) {
    batch.store_error = loaded.error();
  } else if (*loaded == nullptr) {
    const Status taken = take_inbox_of_unborn(item.execution_id);
    if (!taken) batch.store_error = taken.error();
  } else if (request.look) {
    const auto rows = parts_.store.inbox(item.execution_id);
    if (rows) {
      take_inbox(*rows, (*loaded)->root_id());
    } else {
      batch.store_error = rows.error();
    }
  }
}

// An execution that does not exist has inbox rows when it is a sub-workflow that waits for its start, or was removed.
Status StepRunner::take_inbox_of_unborn(ExecutionId id) {
  FOEHN_TRY(const bool starts, take_start_of(id));
  if (starts) return {};
  FOEHN_TRY(const auto rows, parts_.store.inbox(id));
  take_inbox(rows, id);
  const auto is_known = [this](const store::InboxItem& row) { return parts_.known_inbox.contains(row.id); };
  if (rows.empty() || std::any_of(rows.begin(), rows.end(), is_known)) return {};
  const Status cleaned = parts_.store.remove(id);  // nobody can read them
  if (!cleaned && cleaned.error().code != ErrorCode::kNotFound) return cleaned;
  return {};
}

// Whether a start that was not known yet waits for the execution; it is queued, with what follows it.
Result<bool> StepRunner::take_start_of(ExecutionId id) {
  FOEHN_TRY(const auto rows, parts_.store.inbox(id));
  for (const store::InboxItem& row : rows) {
    if (!is_start_child(row) || parts_.known_inbox.contains(row.id)) continue;
    take_inbox(rows, root_of_start_child(row).value_or(id));
    return true;
  }
  return false;
}

Result<Resident*> StepRunner::acquire(Batch& batch, ExecutionId id) {
  if (Resident* resident = parts_.table.find(id)) return resident;
  std::vector<store::InboxItem> inbox;
  FOEHN_TRY(Resident * resident, parts_.table.load(id, inbox));
  if (resident == nullptr) {
    end_reservations(batch, id);
    return nullptr;
  }
  take_inbox(inbox, resident->root_id());
  restore(batch, *resident);
  return resident;
}

void StepRunner::take_inbox(const std::vector<store::InboxItem>& inbox, ExecutionId lane) {
  const auto known = [this](const store::InboxItem& row) { return parts_.known_inbox.contains(row.id); };
  if (std::all_of(inbox.begin(), inbox.end(), known)) return;
  // Rows that are queued already take their place among the new ones: the store knows the order.
  std::vector<ItemPtr> queued = parts_.work.take_rows_of(inbox.front().execution_id, lane);
  for (const store::InboxItem& row : inbox) {
    const auto same = [&row](const ItemPtr& item) { return item != nullptr && item->inbox_id == row.id; };
    if (const auto found = std::find_if(queued.begin(), queued.end(), same); found != queued.end()) {
      found_inbox_.push_back(std::move(*found));
      continue;
    }
    if (known(row)) continue;  // stepped in this very batch
    auto item = from_inbox(row);
    if (!item) {
      parts_.log.error("inbox_row_unreadable", {{"id", row.id}, {"reason", item.error().message}});
      continue;
    }
    parts_.known_inbox.insert(row.id);
    (*item)->lane = lane;
    found_inbox_.push_back(std::move(*item));
  }
}

void StepRunner::queue_inbox() {
  for (std::size_t i = found_inbox_.size(); i-- > 0;) parts_.work.push_front(std::move(found_inbox_[i]));
  found_inbox_.clear();
}

// Keys that were full may have room again, for whom this pump has asked already too.
std::optional<Restore> StepRunner::end_reservations(Batch& batch, ExecutionId id) {
  auto restored = take_restore(parts_, id);
  if (restored && !restored->never_left.empty()) {
    batch.full.clear();
    parts_.ready.begin();
  }
  return restored;
}

void StepRunner::restore(Batch& batch, Resident& resident) {
  const auto restored = end_reservations(batch, resident.id());
  if (!restored) return;
  for (const auto& run : resident.state->runs()) {
    if (run->kind == core::RunKind::kAction && run->state == core::State::kScheduled) make_ready(resident, *run);
  }
  for (const Restore::Run& run : restored->lost) {
    auto item = std::make_unique<Item>();
    item->execution_id = resident.id();
    item->what = core::Event(core::ActionLost{run.run_id, run.attempt});
    item->keep = true;
    parts_.work.push(std::move(item));
    ++parts_.stats.recovered_runs;
  }
  for (const Restore::Run& lost : restored->never_left) {
    const core::ActionRun* run = resident.state->run(lost.run_id);
    if (run == nullptr || run->state != core::State::kRunning || run->attempt != lost.attempt) continue;
    ++batch.admitted[lost.key];
    ++batch.admitted_total;
    batch.runs.push_back({resident.id(), lost.run_id, lost.attempt, lost.key});
  }
}

Result<core::StepInput*> StepRunner::input_for(Batch& batch, Resident& resident) {
  Resident* root = &resident;
  if (resident.root_id() != resident.id()) {
    FOEHN_TRY(root, acquire(batch, resident.root_id()));
    if (root == nullptr) root = &resident;
  }
  core::StepInput& input = root->input;
  input.now = next_now();
  input.lookup = &parts_.lookup;
  parts_.lookup.set_project(resident.execution().project_id);
  return &input;
}

Status StepRunner::step(Batch& batch, Resident& resident, const core::Event& event) {
  const auto input = input_for(batch, resident);
  if (!input) {
    batch.store_error = input.error();
    return fail(input.error());
  }
  core::Transition transition = core::step(*resident.state, event, **input);
  if (parts_.options.observer != nullptr) parts_.options.observer->stepped(*resident.state, event, **input, transition);
  ++batch.steps;
  batch.bytes += payload_bytes(event);
  if (!transition.status) return fail(transition.status.error());
  if (const auto* finished = std::get_if<core::ActionFinished>(&event)) {
    if (finished->attempt != 0 && transition.delta.empty()) ++parts_.stats.stale_results;
  }
  record(batch, resident, std::move(transition));
  if (resident.root_id() == resident.id() && may_change_environment(event)) {
    if (const Value* env = find(resident.execution().params, "env")) resident.input.environment = *env;
  }
  return {};
}

void StepRunner::record(Batch& batch, Resident& resident, core::Transition transition) {
  const ExecutionId id = resident.id();
  if (parts_.options.check_invariants) {
    if (const auto violated = core::check_invariants(*resident.state)) {
      parts_.log.error("invariant_violated", {{"execution", to_string(id)}, {"invariant", *violated}});
      FOEHN_CHECK(!violated);
    }
  }
  BatchMember& member = batch.member(resident);
  member.add(transition.delta);
  const std::size_t bytes = row_bytes(*resident.state, transition.delta);
  member.bytes += bytes;
  batch.bytes += bytes;
  for (core::Command& command : transition.commands) {
    std::visit(Overloaded{[&](core::ScheduleAction& c) { make_ready(resident, *resident.state->run(c.run_id)); },
                          [&](core::RunAction& c) { run_admitted(batch, resident, c.run_id); },
                          [&](core::CancelAction& c) { batch.cancels.emplace_back(id, c.run_id); },
                          [&](core::StartChild& c) {
                            count_child(resident);
                            const ExecutionId child = c.start.id;
                            follow_up(batch, resident, child, std::move(c));
                          },
                          [&](core::Deliver& c) { follow_up(batch, resident, c.to, std::move(c.event)); },
                          [&](core::Notify& c) { batch.notices.push_back(std::move(c.notice)); }},
               command);
  }
}

void StepRunner::make_ready(const Resident& resident, const core::ActionRun& run) {
  ReadyRun ready{resident.id(), resident.root_id(), run.id, "", false};
  const std::string& action = core::action_of(run);
  const Value& input = core::input_of(run);
  ready.pure = parts_.actions.traits(action) && parts_.actions.is_pure(action, input);
  if (!ready.pure) ready.key = parts_.actions.capacity_key(action, input);
  parts_.ready.push(std::move(ready));
}

void StepRunner::run_admitted(Batch& batch, Resident& resident, ActionRunId run_id) {
  FOEHN_CHECK(admitting_ != nullptr);
  FOEHN_CHECK(admitting_->run_id == run_id);
  if (admitting_->pure) {
    pure_ = run_id;
    return;
  }
  ++batch.admitted[admitting_->key];
  ++batch.admitted_total;
  batch.runs.push_back({resident.id(), run_id, resident.state->run(run_id)->attempt, admitting_->key});
}

void StepRunner::follow_up(Batch& batch, const Resident& sender, ExecutionId receiver, decltype(Item::what) what) {
  auto item = std::make_unique<Item>();
  item->execution_id = receiver;
  item->what = std::move(what);
  item->sender = sender.id();
  item->from = sender.id();
  item->lane = sender.root_id();
  batch.follow_ups.push_back(item.get());
  parts_.work.push(std::move(item));
}

bool StepRunner::has_room(Batch& batch, const std::string& key) const {
  if (batch.full.contains(key)) return false;
  const auto taken_of = [&key](const std::unordered_map<std::string, std::size_t>& counts) {
    const auto found = counts.find(key);
    return found == counts.end() ? std::size_t{0} : found->second;
  };
  const std::size_t taken = batch.admitted_total + parts_.reserved.total;
  const std::size_t taken_of_key = taken_of(batch.admitted) + taken_of(parts_.reserved.by_key);
  const bool room = parts_.actions.capacity("") > taken && (key.empty() || parts_.actions.capacity(key) > taken_of_key);
  if (!room) batch.full.insert(key);
  return room;
}

WallTime StepRunner::next_now() {
  // Rows of one batch keep their order by time. A clock that was set back by more than a second is followed.
  constexpr std::int64_t kLeadMax = 1'000'000;
  WallTime now = parts_.clock.wall();
  if (now <= last_now_ && last_now_.us - now.us < kLeadMax) now = {last_now_.us + 1};
  last_now_ = now;
  return now;
}

}  // namespace foehn::runtime
