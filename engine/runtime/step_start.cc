// StepRunner: beginnings and ends of executions.
#include <utility>

#include "engine/base/limits.h"
#include "engine/runtime/start_request.h"
#include "engine/runtime/step_runner.h"

namespace foehn::runtime {
namespace {

std::string deleted_text(ExecutionId id) {
  return "Sub-workflow execution was deleted [execution_id=" + to_string(id) + "]";
}

core::ChildChanged failed_child(ActionRunId run_id, const std::string& text) {
  Value output = Value::object();
  output["result"] = text;
  return {run_id, core::State::kError, text, std::move(output)};
}

}  // namespace

void StepRunner::step_start(Batch& batch, Item& item, const StartRequest& request) {
  PendingAnswer answer;
  answer.item = &item;
  answer.execution_id = item.execution_id;
  const auto existing = acquire(batch, item.execution_id);
  if (!existing) {
    batch.store_error = existing.error();
    return;
  }
  if (*existing != nullptr) {
    answer.existed = true;
    batch.answers.push_back(std::move(answer));
    return;
  }
  const core::Execution* source = nullptr;
  if (request.source_id) {
    const auto found = acquire(batch, *request.source_id);
    if (!found) {
      batch.store_error = found.error();
      return;
    }
    if (*found == nullptr) {
      batch.answers.push_back(refusal(item, execution_not_found(*request.source_id)));
      return;
    }
    source = &(*found)->execution();
  }
  Status status;
  auto prepared = prepare_start(request, source, parts_.definitions);
  if (prepared) {
    status = begin(batch, std::move(prepared->definition), prepared->event);
  } else {
    status = fail(prepared.error());
  }
  if (!status) {
    answer.refusal = status.error();
  } else if (const Resident* started = parts_.table.peek(item.execution_id)) {
    answer.execution = started->execution();
  }
  batch.answers.push_back(std::move(answer));
}

void StepRunner::step_child(Batch& batch, Item& item, const core::StartChild& child) {
  const auto parent = acquire(batch, child.start.parent->execution_id);
  const auto existing = parent ? acquire(batch, item.execution_id) : parent;
  if (!parent || !existing) {
    batch.store_error = parent ? existing.error() : parent.error();
    return;
  }
  Resident* born = *existing;
  const ActionRunId run_id{item.execution_id.uuid};
  const core::ActionRun* run = *parent != nullptr ? (*parent)->state->run(run_id) : nullptr;
  // The parent may have been cancelled or removed while the start waited.
  if (born == nullptr && run != nullptr && !core::is_complete(run->state)) {
    const Status status = begin_child(batch, child);
    if (!status && is_passing(status.error())) batch.store_error = status.error();
    if (batch.store_error) return;
    born = parts_.table.find(item.execution_id);
    if (!status) {
      const Status told = step(batch, **parent, failed_child(run_id, status.error().message));
      if (batch.store_error) return;
      if (!told) parts_.log.warning("child_failure_refused", {{"reason", told.error().message}});
    }
  }
  if (item.inbox_id.empty()) return;
  if (born != nullptr) {
    batch.member(*born).inbox_consumed.push_back(item.inbox_id);
  } else {
    batch.unborn.push_back({item.execution_id, item.inbox_id});
  }
}

Status StepRunner::begin_child(Batch& batch, const core::StartChild& child) {
  core::StartExecution start = child.start;
  if (start.depth > limits::kSubworkflowDepthMax) {
    return fail(ErrorCode::kResourceExhausted, "Sub-workflows are nested too deeply [name=" + child.workflow_name +
                                                   ", limit=" + std::to_string(limits::kSubworkflowDepthMax) + "]");
  }
  FOEHN_TRY(auto resolved, parts_.definitions.for_child(child, start.project_id));
  start.workflow_id = resolved.id;
  start.workflow_namespace = resolved.workflow_namespace;
  return begin(batch, std::move(resolved.definition), start);
}

void StepRunner::step_start_action(Batch& batch, Item& item, const core::StartAction& start) {
  core::StepInput input;
  input.now = next_now();
  input.lookup = &parts_.lookup;
  parts_.lookup.set_project(start.project_id);
  auto started = core::start_action(start, input);
  if (!started) {
    batch.answers.push_back(refusal(item, started.error()));
    return;
  }
  ++batch.steps;
  PendingAnswer answer;
  answer.item = &item;
  answer.execution_id = item.execution_id;
  answer.run = core::direct_run(*started->state);
  Resident& resident = parts_.table.add(std::move(started->state));
  record(batch, resident, std::move(started->transition));
  batch.answers.push_back(std::move(answer));
}

void StepRunner::step_remove(Batch& batch, Item& item, const RemoveRequest& request) {
  const auto resident = acquire(batch, item.execution_id);
  if (!resident) {
    batch.store_error = resident.error();
    // What cannot be read can be removed, by force; of a sub-workflow its root, since somebody may wait for it.
    if (request.force && is_lost(batch, item.execution_id)) {
      batch.removals.push_back({&item, item.execution_id, true});
    }
    return;
  }
  if (*resident == nullptr) {
    batch.answers.push_back(refusal(item, execution_not_found(item.execution_id)));
    return;
  }
  const core::Execution& execution = (*resident)->execution();
  const bool complete = core::is_complete(execution.state);
  const std::string id = to_string(execution.id);
  if (!complete && !request.force) {
    batch.answers.push_back(
        refusal(item, {ErrorCode::kFailedPrecondition,
                       "Only completed executions can be deleted. Use --force to override this. Execution " + id +
                           " is in " + std::string(core::to_string(execution.state)) + " state"}));
    return;
  }
  if (!complete && execution.parent) {
    // The parent must not wait for it for ever.
    follow_up(batch, **resident, execution.parent->execution_id,
              core::Event(failed_child(ActionRunId{execution.id.uuid}, deleted_text(execution.id))));
  }
  item.lane = (*resident)->root_id();
  batch.removals.push_back({&item, item.execution_id, complete});
}

// A message to an execution that is gone. Its sender may wait for what follows from it: a re-run for the end of a
// sub-workflow that somebody has deleted meanwhile.
void StepRunner::answer_sender(Batch& batch, const Item& item) {
  const auto starts = take_start_of(item.execution_id);
  if (!starts) {
    batch.store_error = starts.error();
    return;
  }
  if (*starts) {
    step_again_ = true;  // it comes after the start
    return;
  }
  const auto sender = item.from.is_nil() ? Result<Resident*>(nullptr) : acquire(batch, item.from);
  if (!sender) {
    batch.store_error = sender.error();
    return;
  }
  const ActionRunId run_id{item.execution_id.uuid};
  const core::ActionRun* run = *sender != nullptr ? (*sender)->state->run(run_id) : nullptr;
  if (run != nullptr && !core::is_complete(run->state)) {
    const Status told = step(batch, **sender, failed_child(run_id, deleted_text(item.execution_id)));
    if (batch.store_error) return;
    if (!told) parts_.log.warning("child_loss_refused", {{"reason", told.error().message}});
  }
  if (!item.inbox_id.empty()) batch.unborn.push_back({item.execution_id, item.inbox_id});
}

// They count when they are asked for: those that wait to begin take room, too.
void StepRunner::count_child(const Resident& parent) {
  Resident* root = parts_.table.find(parent.root_id());
  if (root == nullptr) return;
  if (!root->below) {
    const auto stored = root->version == 0 ? Result<std::size_t>(0)
                                           : parts_.store.count_below(root->id(), parts_.options.tree_executions_max);
    if (!stored) return;  // the next one asks again
    root->below = *stored;
  }
  ++*root->below;
}

Status StepRunner::check_breadth(const Resident& root, const std::string& workflow_name) const {
  const std::size_t most = parts_.options.tree_executions_max;
  if (root.below.value_or(0) <= most) return {};
  return fail(ErrorCode::kResourceExhausted,
              "More than " + std::to_string(most) + " sub-workflows are below execution " + to_string(root.id()) +
                  "; a workflow probably calls itself [name=" + workflow_name +
                  ", limit=" + std::to_string(most) + "]");
}

Status StepRunner::begin(Batch& batch, dsl::DefinitionPtr definition, const core::StartExecution& event) {
  core::StepInput own;
  core::StepInput* input = &own;
  if (event.root_id) {
    const auto root = acquire(batch, *event.root_id);
    if (!root) {
      batch.store_error = root.error();
      return fail(root.error());
    }
    if (*root != nullptr) {
      FOEHN_CHECK_OK(check_breadth(**root, definition->spec.name));
      input = &(*root)->input;
    }
  } else if (const Value* env = find(event.params, "env")) {
    own.environment = *env;
  }
  input->now = next_now();
  input->lookup = &parts_.lookup;
  parts_.lookup.set_project(event.project_id);
  FOEHN_TRY(core::Started started, core::start(std::move(definition), event, *input));
  ++batch.steps;
  if (parts_.options.observer != nullptr) {
    parts_.options.observer->started(*started.state, event, *input, started.transition);
  }
  Resident& resident = parts_.table.add(std::move(started.state));
  record(batch, resident, std::move(started.transition));
  return {};
}

}  // namespace foehn::runtime
