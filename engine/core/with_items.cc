#include "engine/core/with_items.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"
#include "engine/core/eval_scope.h"
#include "engine/core/outcome.h"
#include "engine/core/settle.h"
#include "engine/core/task_run.h"

namespace foehn::core {
namespace {

// Python's iteration: texts give their characters, dicts their keys.
std::optional<Value> as_list(Value value) {
  if (value.is_array()) return value;
  Value list = Value::array();
  if (value.is_object()) {
    for (auto item = value.begin(); item != value.end(); ++item) list.push_back(item.key());
    return list;
  }
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) ++end;
    list.push_back(text.substr(at, end - at));
    at = end;
  }
  return list;
}

Result<std::vector<Value>> evaluate_collections(Stepper& step, const Task& task) {
  const EvalScope scope = EvalScope::of_task(step, task);
  std::vector<Value> collections;
  Value shown = Value::object();
  bool iterable = true;
  bool same_length = true;
  for (const dsl::WithItemsSpec& spec : step.spec_of(task).with_items) {
    FOEHN_TRY(Value value, spec.collection.evaluate(scope));
    std::optional<Value> list = as_list(value);
    if (!list) iterable = false;
    shown[spec.variable] = std::move(value);
    if (!list) continue;
    same_length = same_length && (collections.empty() || collections.front().size() == list->size());
    collections.push_back(std::move(*list));
  }
  if (iterable && same_length) return collections;
  return fail(ErrorCode::kInvalidArgument, "Wrong input format for: " + to_python_repr(shown) +
                                               (iterable ? ". All arrays must have the same length."
                                                         : ". Iterable type is expected for each value."));
}

// The collections of the current attempt, evaluated when it begins.
Result<PinnedItemsPtr> items_of(Stepper& step, Task& task) {
  if (task.items) return task.items;
  auto pinned = std::make_shared<PinnedItems>();
  FOEHN_TRY(pinned->collections, evaluate_collections(step, task));
  for (const Value& collection : pinned->collections) pinned->size_bytes += foehn::size_bytes(collection);
  step.state.change_task(task.id).items = pinned;
  return task.items;
}

// Whether the item has a result of an earlier attempt that a re-run leaves alone.
bool is_kept(Stepper& step, const Task& task, std::uint32_t index) {
  if (!task.with_items->keeps_results) return false;
  KeptItems& items = step.state.scratch().kept_items[task.id];
  if (items.attempt != task.attempt) {
    items = {task.attempt, std::vector<bool>(task.with_items->count, false)};
    for (const ActionRun* run : step.state.runs_of(task.id))
      // One of this attempt is a kept one too whose sub-workflow runs again, or is behind us anyway.
      if ((run->accepted || run->task_attempt == task.attempt) && run->index < items.kept.size())
        items.kept[run->index] = true;
  }
  return index < items.kept.size() && items.kept[index];
}

void cancel_items(Stepper& step, Task& task) {
  step.drop_scheduled_runs(task);
  complete_task(step, task, State::kCancelled, "One or more actions was cancelled.");
}

bool all_done(const WithItemsState& items) { return items.completed >= items.count; }

void complete_items(Stepper& step, Task& task) {
  for (const ActionRun* run : step.state.runs_of(task.id))
    if (run->accepted && run->state == State::kCancelled) return cancel_items(step, task);
  if (task.with_items->failed > 0) return complete_task(step, task, State::kError, "One or more actions had failed.");
  complete_task(step, task, State::kSuccess, std::nullopt);
}

}  // namespace

Status start_items(Stepper& step, Task& task) {
  FOEHN_TRY(const PinnedItemsPtr items, items_of(step, task));
  const std::size_t count = items->collections.front().size();
  if (count > limits::kWithItemsMax)
    return fail(ErrorCode::kResourceExhausted, "with-items of task '" + task.name + "' has " + std::to_string(count) +
                                                   " items, the bound is " + std::to_string(limits::kWithItemsMax));
  if (!task.with_items) task.with_items.emplace();
  task.with_items->count = static_cast<std::uint32_t>(count);
  task.with_items->concurrency =
      static_cast<std::uint32_t>(std::min<std::int64_t>(policy_number(task, "concurrency"), UINT32_MAX));
  if (all_done(*task.with_items)) {
    complete_items(step, task);
    return {};
  }
  return schedule_items(step, task);
}

Status schedule_items(Stepper& step, Task& task) {
  WithItemsState& items = *task.with_items;
  if (!step.running() || items.scheduled >= items.count) return {};
  FOEHN_TRY(const PinnedItemsPtr pinned, items_of(step, task));
  const auto& variables = step.spec_of(task).with_items;
  const std::uint32_t bound =
      items.concurrency > 0 ? items.concurrency : static_cast<std::uint32_t>(limits::kWithItemsWindow);
  step.state.change_task(task.id);
  while (items.scheduled < items.count && items.active < bound) {
    const std::uint32_t index = items.scheduled++;
    if (is_kept(step, task, index)) continue;
    Value item = Value::object();
    for (std::size_t i = 0; i < variables.size(); ++i) {
      if (index >= pinned->collections[i].size())  // rows of a foehn that did not keep the items
        return fail(ErrorCode::kFailedPrecondition,
                    "The collections of with-items of task '" + task.name + "' have changed while it ran");
      item[variables[i].variable] = pinned->collections[i][index];
    }
    FOEHN_CHECK_OK(make_run(step, task, index, &item));
    if (const ActionRun& made = *step.state.runs_of(task.id).back(); is_complete(made.state)) {  // it could not begin
      step.state.change_run(made.id).accepted = true;
      ++items.completed;
      ++items.failed;
      continue;
    }
    ++items.active;
  }
  if (all_done(items)) complete_items(step, task);
  return {};
}

void item_finished(Stepper& step, Task& task, const ActionRun& run) {
  step.state.change_task(task.id);
  WithItemsState& items = *task.with_items;
  if (items.active > 0) --items.active;
  ++items.completed;
  if (run.state == State::kError) ++items.failed;
  if (run.state == State::kCancelled) return cancel_items(step, task);
  if (all_done(items)) return complete_items(step, task);
  if (task.state == State::kPaused && !has_paused_run(step.state, task))
    step.set_task(task, State::kRunning, std::nullopt);  // the item that held it was reported
  if (const Status status = schedule_items(step, task); !status)
    fail_by_force(step, task, failure_text(step, "run", task, status.error().message));
}

void recount_items(Stepper& step, Task& task) {
  WithItemsState& items = *task.with_items;
  items.active = items.completed = items.failed = 0;
  for (const ActionRun* run : step.state.runs_of(task.id)) {
    if (run->task_attempt == task.attempt && !is_complete(run->state)) ++items.active;
    if (run->task_attempt == task.attempt && is_complete(run->state) && !run->accepted)
      step.state.change_run(run->id).accepted = true;
    if (!run->accepted) continue;
    ++items.completed;
    if (run->state == State::kError) ++items.failed;
  }
}

}  // namespace foehn::core
