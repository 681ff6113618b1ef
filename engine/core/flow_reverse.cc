// Reverse workflows: a task starts when all it requires have succeeded (dsl.md §8). Only the tasks that the target task
// needs take part; the order is a depth-first walk over `requires`, as in Mistral.
#include <algorithm>

#include "engine/core/data_flow.h"
#include "engine/core/flow.h"

namespace foehn::core {
namespace {

bool is_done(const Stepper& step, dsl::TaskIndex index) {
  const auto& tasks = step.state.tasks_named(step.spec().tasks[index].name);
  if (tasks.empty()) return false;
  const State state = tasks.back()->state;
  return state == State::kSuccess || state == State::kSkipped;  // a user who skips a task wants the rest to go on
}

bool may_start(const Stepper& step, dsl::TaskIndex index) {
  if (!step.state.tasks_named(step.spec().tasks[index].name).empty()) return false;
  const auto& requires_ = step.graph().nodes[index].requires_;
  return std::all_of(requires_.begin(), requires_.end(), [&](dsl::TaskIndex task) { return is_done(step, task); });
}

std::vector<NextCommand> commands_for(const Stepper& step, const std::vector<dsl::TaskIndex>& tasks,
                                      std::optional<TaskId> from) {
  std::vector<NextCommand> commands;
  for (const dsl::TaskIndex index : tasks)
    if (may_start(step, index))
      commands.push_back({.target = step.spec().tasks[index].name, .event = {}, .message = {}, .from = from});
  return commands;
}

class ReverseFlow final : public Flow {
 public:
  std::vector<NextCommand> first(Stepper& step) const override {
    return commands_for(step, flow_index(step).reverse_order, std::nullopt);
  }

  // Only tasks that require this one can have become ready by its completion.
  Result<std::vector<NextCommand>> next(Stepper& step, const Task& task) const override {
    const FlowIndex& index = flow_index(step);
    std::vector<dsl::TaskIndex> candidates;
    for (const dsl::TaskIndex successor : index.successors[step.index_of(task)])
      if (index.reverse_rank[successor] != UINT32_MAX) candidates.push_back(successor);
    std::sort(candidates.begin(), candidates.end(),
              [&](dsl::TaskIndex a, dsl::TaskIndex b) { return index.reverse_rank[a] < index.reverse_rank[b]; });
    return commands_for(step, candidates, task.id);
  }

  Context final_context(Stepper& step) const override {
    const auto& targets = step.state.tasks_named(text_or(step.execution().params, "task_name"));
    return targets.empty() ? Context() : outbound(*targets.back());
  }
};

}  // namespace

const Flow& reverse_flow() {
  static const ReverseFlow flow;
  return flow;
}

}  // namespace foehn::core
