// Direct workflows: on-success, on-error, on-complete, on-skip (dsl.md §3).
#include "engine/core/data_flow.h"
#include "engine/core/eval_scope.h"
#include "engine/core/flow.h"

namespace foehn::core {
namespace {

// Appends the entries of one clause whose condition holds.
Status add_entries(const Stepper& step, const dsl::Scope& scope, dsl::Clause kind, const Task& task,
                   std::vector<NextCommand>& commands) {
  const dsl::ClauseSpec& clause = step.graph().nodes[step.index_of(task)].effective[static_cast<std::size_t>(kind)];
  for (const dsl::TransitionSpec& entry : clause.next) {
    if (entry.condition) {
      FOEHN_TRY(const Value holds, entry.condition->evaluate(scope));
      if (!is_truthy(holds)) continue;
    }
    NextCommand command{.target = entry.target,
                        .command = entry.command,
                        .event = std::string(to_string(kind)),
                        .message = Value(),
                        .from = task.id};
    if (entry.message) {
      FOEHN_TRY(command.message, entry.message->evaluate(scope));
    }
    commands.push_back(std::move(command));
  }
  return {};
}

class DirectFlow final : public Flow {
 public:
  std::vector<NextCommand> first(Stepper& step) const override {
    std::vector<NextCommand> commands;
    for (const dsl::TaskIndex index : step.graph().start_tasks)
      commands.push_back({.target = step.spec().tasks[index].name, .event = {}, .message = {}, .from = {}});
    return commands;
  }

  Result<std::vector<NextCommand>> next(Stepper& step, const Task& task) const override {
    std::vector<NextCommand> commands;
    const Context ahead = step.outbound_of(task);
    const EvalScope scope = EvalScope::of_transition(step, task, ahead);
    const auto add = [&](dsl::Clause kind) { return add_entries(step, scope, kind, task, commands); };
    if (task.state == State::kError) FOEHN_CHECK_OK(add(dsl::Clause::kError));
    if (task.state == State::kSkipped) FOEHN_CHECK_OK(add(dsl::Clause::kSkip));
    if (task.state == State::kSuccess || (task.state == State::kSkipped && commands.empty()))
      FOEHN_CHECK_OK(add(dsl::Clause::kSuccess));
    if (task.state == State::kSuccess || task.state == State::kError) FOEHN_CHECK_OK(add(dsl::Clause::kComplete));
    return commands;
  }

  // Values reach the output through the last tasks of each branch only.
  Context final_context(Stepper& step) const override {
    std::vector<Context> ends;
    for (const auto& task : step.state.tasks())
      if (is_complete(task->state) && !task->has_next_tasks && !task->superseded) ends.push_back(outbound(*task));
    return Context::merge_all(ends);
  }
};

void add_distinct(std::vector<dsl::TaskIndex>& list, dsl::TaskIndex index) {
  for (const dsl::TaskIndex known : list)
    if (known == index) return;
  list.push_back(index);
}

// Tasks that `target` needs, requirements first. Iterative: definitions may be deep chains.
std::vector<dsl::TaskIndex> needed_order(const dsl::WorkflowGraph& graph, dsl::TaskIndex target) {
  std::vector<dsl::TaskIndex> order;
  std::vector<bool> seen(graph.nodes.size(), false);
  std::vector<std::pair<dsl::TaskIndex, std::size_t>> path{{target, 0}};
  seen[target] = true;
  while (!path.empty()) {
    const dsl::TaskIndex task = path.back().first;
    const auto& requires_ = graph.nodes[task].requires_;
    if (path.back().second == requires_.size()) {
      order.push_back(task);
      path.pop_back();
      continue;
    }
    const dsl::TaskIndex next = requires_[path.back().second++];
    if (seen[next]) continue;
    seen[next] = true;
    path.emplace_back(next, 0);
  }
  return order;
}

FlowIndex build_index(const Stepper& step) {
  const dsl::WorkflowGraph& graph = step.graph();
  FlowIndex index;
  index.successors.resize(graph.nodes.size());
  for (dsl::TaskIndex task = 0; task < graph.nodes.size(); ++task) {
    for (const dsl::TaskIndex from : graph.nodes[task].inbound) add_distinct(index.successors[from], task);
    for (const dsl::TaskIndex from : graph.nodes[task].requires_) add_distinct(index.successors[from], task);
  }
  if (step.spec().type != dsl::WorkflowType::kReverse) return index;
  index.reverse_rank.assign(graph.nodes.size(), UINT32_MAX);
  const auto target = graph.find(text_or(step.execution().params, "task_name"));
  if (!target) return index;
  index.reverse_order = needed_order(graph, *target);
  for (std::uint32_t rank = 0; rank < index.reverse_order.size(); ++rank)
    index.reverse_rank[index.reverse_order[rank]] = rank;
  return index;
}

}  // namespace

const Flow& direct_flow() {
  static const DirectFlow flow;
  return flow;
}

const Flow& flow_of(const Stepper& step) {
  return step.spec().type == dsl::WorkflowType::kReverse ? reverse_flow() : direct_flow();
}

const FlowIndex& flow_index(Stepper& step) {
  auto& index = step.state.scratch().flow;
  if (!index) index = build_index(step);
  return *index;
}

}  // namespace foehn::core
