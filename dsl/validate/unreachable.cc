#include <algorithm>
#include <vector>

#include "dsl/parse/tables.h"
#include "dsl/validate/validate.h"

namespace foehn::dsl {
namespace {

// Distinct tasks that each task may start. What stands behind an unconditional `succeed` or `fail` in a list is
// discarded, so it leads nowhere.
std::vector<std::vector<TaskIndex>> live_targets(const WorkflowGraph& graph) {
  std::vector<std::vector<TaskIndex>> next(graph.nodes.size());
  std::vector<std::size_t> last(graph.nodes.size(), 0);  // task + 1 that named it last
  for (TaskIndex task = 0; task < next.size(); ++task) {
    for (const auto& clause : graph.nodes[task].effective) {
      for (const auto& transition : clause.next) {
        const bool ends =
            transition.command == EngineCommand::kSucceed || transition.command == EngineCommand::kFail;
        if (ends && !transition.condition) break;
        const auto target = graph.find(transition.target);
        if (transition.command != EngineCommand::kNone || !target || last[*target] == task + 1) continue;
        last[*target] = task + 1;
        next[task].push_back(*target);
      }
    }
  }
  return next;
}

// How many of the tasks that lead to a task must come there before it starts.
std::size_t arrivals_needed(const WorkflowSpec& spec, const WorkflowGraph& graph, TaskIndex task) {
  const JoinSpec& join = spec.tasks[task].join;
  if (join.kind == JoinSpec::Kind::kAll) return graph.nodes[task].inbound.size();
  return join.kind == JoinSpec::Kind::kCount ? std::max<std::size_t>(join.count, 1) : 1;
}

// `joins`: joins wait for as many tasks as they ask for, else any task leads to them.
std::vector<bool> reached_from_start(const WorkflowSpec& spec, const WorkflowGraph& graph,
                                     const std::vector<std::vector<TaskIndex>>& next, bool joins) {
  std::vector<bool> reached(graph.nodes.size(), false);
  std::vector<std::size_t> arrived(graph.nodes.size(), 0);
  std::vector<TaskIndex> open = graph.start_tasks;
  for (const TaskIndex task : open) reached[task] = true;
  while (!open.empty()) {
    const TaskIndex task = open.back();
    open.pop_back();
    for (const TaskIndex target : next[task]) {
      if (reached[target] || ++arrived[target] < (joins ? arrivals_needed(spec, graph, target) : 1)) continue;
      reached[target] = true;
      open.push_back(target);
    }
  }
  return reached;
}

// Mistral: commands.py, create_command (its documentation says that the task wins).
bool is_hidden(const TaskSpec& task) { return engine_command(task.name) != EngineCommand::kNone; }

void check_command_name(const TaskSpec& task, ParseContext& context) {
  if (!is_hidden(task)) return;
  context.warning("W309", task.mark, "the task '" + task.name + "' is hidden by the engine command of the same name",
                  "In on-clauses this name means the command; rename the task to run it.");
}

// A join that some tasks lead to and that never starts, because others cannot: mostly, they wait for the join. What
// follows from such a join never runs either; the join is the one to mend.
void check_join(const WorkflowSpec& spec, const WorkflowGraph& graph, const std::vector<std::vector<TaskIndex>>& next,
                const std::vector<bool>& runs, TaskIndex join, ParseContext& context) {
  bool any = false;
  std::optional<TaskIndex> missing;
  for (const TaskIndex from : graph.nodes[join].inbound) {
    const bool leads = runs[from] && std::find(next[from].begin(), next[from].end(), join) != next[from].end();
    any = any || leads;
    if (!leads && !missing) missing = from;
  }
  if (!any || !missing) return;
  const std::string name = spec.tasks[join].name;
  context.warning("W306", spec.tasks[join].mark,
                  "the join '" + name + "' never starts: it waits for " +
                      (*missing == join ? "itself" : "'" + spec.tasks[*missing].name + "', which cannot lead to it"),
                  "Write 'join: one', or take the name '" + name.substr(0, 80) + "' out of the on-clauses of '" +
                      spec.tasks[*missing].name.substr(0, 80) + "'.");
}

}  // namespace

void check_reachable(const WorkflowSpec& spec, const WorkflowGraph& graph, ParseContext& context) {
  if (spec.type != WorkflowType::kDirect) return;
  for (const auto& task : spec.tasks) check_command_name(task, context);
  if (graph.start_tasks.empty()) return;
  const auto next = live_targets(graph);
  const auto reached = reached_from_start(spec, graph, next, false);
  const auto runs = reached_from_start(spec, graph, next, true);
  for (TaskIndex i = 0; i < spec.tasks.size(); ++i) {
    if (runs[i] || is_hidden(spec.tasks[i])) continue;
    if (reached[i]) {
      check_join(spec, graph, next, runs, i, context);
      continue;
    }
    context.warning("W306", spec.tasks[i].mark,
                    "no start task leads to the task '" + spec.tasks[i].name + "'; it never runs",
                    "Name it in an on-clause of a task that runs, before any 'succeed' or 'fail' there, or remove it.");
  }
}

}  // namespace foehn::dsl
