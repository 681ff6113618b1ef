#include <vector>

#include "dsl/parse/tables.h"
#include "dsl/validate/validate.h"

namespace foehn::dsl {
namespace {

std::vector<bool> reached_from_start(const WorkflowGraph& graph) {
  std::vector<bool> reached(graph.nodes.size(), false);
  std::vector<TaskIndex> open = graph.start_tasks;
  for (const TaskIndex task : open) reached[task] = true;
  while (!open.empty()) {
    const TaskIndex task = open.back();
    open.pop_back();
    for (const auto& clause : graph.nodes[task].effective) {
      for (const auto& transition : clause.next) {
        const auto target = graph.find(transition.target);
        if (transition.command != EngineCommand::kNone || !target || reached[*target]) continue;
        reached[*target] = true;
        open.push_back(*target);
      }
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

}  // namespace

void check_reachable(const WorkflowSpec& spec, const WorkflowGraph& graph, ParseContext& context) {
  if (spec.type != WorkflowType::kDirect) return;
  for (const auto& task : spec.tasks) check_command_name(task, context);
  if (graph.start_tasks.empty()) return;
  const auto reached = reached_from_start(graph);
  for (std::size_t i = 0; i < spec.tasks.size(); ++i) {
    if (reached[i] || is_hidden(spec.tasks[i])) continue;
    context.warning("W306", spec.tasks[i].mark,
                    "no start task leads to the task '" + spec.tasks[i].name + "'; it never runs",
                    "Only tasks that wait for each other in a circle name it.");
  }
}

}  // namespace foehn::dsl
