#include "engine/runtime/dispatcher.h"

#include <utility>

#include "engine/runtime/step_runner.h"

namespace foehn::runtime {

void Dispatcher::run(Batch& batch) {
  for (const RunToStart& run : batch.runs) {
    if (!start(run)) batch.cut_short = true;  // others may have its room
  }
  for (const auto& [execution_id, run_id] : batch.cancels) {
    if (in_flight_.contains(run_id)) parts_.actions.cancel(run_id);
  }
  for (const core::Notice& notice : batch.notices) notify_.notify(notice);
}

bool Dispatcher::start(const RunToStart& wanted) {
  const Resident* resident = parts_.table.peek(wanted.execution_id);
  if (resident == nullptr) return false;  // removed
  const core::ActionRun* run = resident->state->run(wanted.run_id);
  // Cancelled between its admission and the end of the batch: it never leaves.
  if (run == nullptr || run->state != core::State::kRunning || run->attempt != wanted.attempt) return false;
  in_flight_[run->id] = {resident->id(), resident->root_id(), run->attempt};
  parts_.actions.start(make_request(*resident->state, *run), wanted.key);
  return true;
}

void Dispatcher::answer(Batch& batch) {
  for (PendingAnswer& pending : batch.answers) {
    const Reply reply = std::move(pending.item->reply);
    if (!reply) continue;
    if (pending.refusal) {
      reply(fail(*pending.refusal));
      continue;
    }
    const Resident* resident = parts_.table.peek(pending.execution_id);
    if (resident == nullptr) {
      reply(fail(execution_not_found(pending.execution_id)));
      continue;
    }
    Answer answer{pending.execution ? std::move(*pending.execution) : resident->execution(), std::move(pending.task),
                  std::move(pending.run), pending.existed};
    if (pending.run_id) {
      if (const core::ActionRun* run = resident->state->run(*pending.run_id)) {
        answer.run = *run;
        pending.task_id = run->task_id;
      }
    }
    if (pending.task_id && !answer.task) {
      if (const core::Task* task = resident->state->task(*pending.task_id)) answer.task = *task;
    }
    reply(std::move(answer));
  }
}

std::optional<ExecutionId> Dispatcher::finished(ActionRunId run_id, std::uint32_t attempt) {
  const auto found = in_flight_.find(run_id);
  if (found == in_flight_.end() || found->second.attempt != attempt) return std::nullopt;
  const ExecutionId root = found->second.root_id;
  in_flight_.erase(found);
  return root;
}

void Dispatcher::cancel_if(const std::function<bool(ExecutionId, ExecutionId)>& which) {
  for (const auto& [run_id, flight] : in_flight_) {
    if (which(flight.execution_id, flight.root_id)) parts_.actions.cancel(run_id);
  }
}

}  // namespace foehn::runtime
