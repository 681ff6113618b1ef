// Spec → WorkflowGraph, with the checks that need it: targets, start tasks, joins, requires.
#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/depth_first_search.hpp>

#include "dsl/graph/workflow_graph.h"
#include "dsl/parse/context.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

using Edge = std::pair<TaskIndex, TaskIndex>;
using Digraph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, boost::no_property,
                                                   boost::no_property, TaskIndex, TaskIndex>;

constexpr Clause kClauses[] = {Clause::kSuccess, Clause::kError, Clause::kComplete, Clause::kSkip};

// Thrown out of Boost's search at the first back edge; caught in find_cycle().
struct CycleFound {
  Edge back_edge;
};

class CycleVisitor : public boost::default_dfs_visitor {
 public:
  explicit CycleVisitor(std::vector<TaskIndex>& parents) : parents_(&parents) {}
  void tree_edge(Digraph::edge_descriptor edge, const Digraph& graph) const {
    (*parents_)[boost::target(edge, graph)] = boost::source(edge, graph);
  }
  void back_edge(Digraph::edge_descriptor edge, const Digraph& graph) const {
    throw CycleFound{{boost::source(edge, graph), boost::target(edge, graph)}};
  }

 private:
  std::vector<TaskIndex>* parents_;
};

// The tasks of one cycle in order, or nothing. Boost's search keeps its own stack: no recursion.
std::vector<TaskIndex> find_cycle(std::size_t count, const std::vector<Edge>& edges) {
  if (edges.empty()) return {};
  const Digraph graph(boost::edges_are_unsorted_multi_pass, edges.begin(), edges.end(), static_cast<TaskIndex>(count));
  std::vector<TaskIndex> parents(count, 0);
  std::vector<boost::default_color_type> colors(count);
  const auto color_map = boost::make_iterator_property_map(colors.begin(), boost::get(boost::vertex_index, graph));
  try {
    boost::depth_first_search(graph, CycleVisitor(parents), color_map);
  } catch (const CycleFound& found) {
    std::vector<TaskIndex> path;
    for (TaskIndex at = found.back_edge.first;; at = parents[at]) {
      path.push_back(at);
      if (at == found.back_edge.second) break;
    }
    std::reverse(path.begin(), path.end());
    return path;
  }
  return {};
}

class Builder {
 public:
  Builder(const WorkflowSpec& spec, Diagnostics& diagnostics)
      : spec_(spec), context_(diagnostics), names_(task_names(spec)) {}

  WorkflowGraph build() {
    const std::size_t count = spec_.tasks.size();
    graph_.nodes.resize(count);
    graph_.index.reserve(count);
    for (std::size_t i = 0; i < count; ++i) graph_.index.emplace(spec_.tasks[i].name, static_cast<TaskIndex>(i));
    if (spec_.type == WorkflowType::kDirect) {
      build_direct();
    } else {
      build_reverse();
    }
    return std::move(graph_);
  }

 private:
  static std::vector<std::string> task_names(const WorkflowSpec& spec) {
    std::vector<std::string> names;
    names.reserve(spec.tasks.size());
    for (const auto& task : spec.tasks) names.push_back(task.name);
    if (spec.type == WorkflowType::kDirect)
      for (const char* command : {"noop", "fail", "succeed", "pause"}) names.emplace_back(command);
    return names;
  }

  void build_direct() {
    for (TaskIndex task = 0; task < graph_.nodes.size(); ++task) {
      if (transitions_ > limits::kYamlNodesMax) break;
      for (const Clause clause : kClauses) add_clause(task, clause);
    }
    if (transitions_ > limits::kYamlNodesMax) {
      context_.error("E306", spec_.mark,
                     "The workflow has more than " + std::to_string(limits::kYamlNodesMax) +
                         " transitions, with those of 'task-defaults' counted for each task",
                     "Shorten the on-clauses of 'task-defaults'.");
      return;
    }
    check_default_targets();
    for (TaskIndex task = 0; task < graph_.nodes.size(); ++task) {
      graph_.nodes[task].is_start = graph_.nodes[task].inbound.empty();
      if (graph_.nodes[task].is_start) graph_.start_tasks.push_back(task);
    }
    check_start_tasks();
    for (TaskIndex task = 0; task < graph_.nodes.size(); ++task) check_join(task);
  }

  // Mistral: direct_workflow.py, get_on_*_clause — own `next`, else task-defaults' without the task itself.
  void add_clause(TaskIndex task, Clause clause) {
    const auto number = static_cast<std::size_t>(clause);
    const TaskSpec& own = spec_.tasks[task];
    ClauseSpec& effective = graph_.nodes[task].effective[number];
    effective = own.clauses[number];
    const bool defaults = effective.next.empty();
    if (defaults) {
      for (const auto& transition : spec_.task_defaults.clauses[number].next)
        if (transition.target != own.name) effective.next.push_back(transition);
    }
    transitions_ += effective.next.size();
    for (const auto& transition : effective.next) add_inbound(task, transition, !defaults);
  }

  void add_inbound(TaskIndex from, const TransitionSpec& transition, bool report) {
    const auto target = graph_.find(transition.target);
    if (!target) {
      if (report && transition.command == EngineCommand::kNone) report_unknown(transition.target, transition.mark);
      return;
    }
    auto& inbound = graph_.nodes[*target].inbound;
    if (inbound.empty() || inbound.back() != from) inbound.push_back(from);
  }

  void check_default_targets() {
    for (const auto& clause : spec_.task_defaults.clauses)
      for (const auto& transition : clause.next)
        if (transition.command == EngineCommand::kNone && !graph_.find(transition.target))
          report_unknown(transition.target, transition.mark);
  }

  void report_unknown(const std::string& name, Mark mark) {
    std::string hint = names_.suggest(name);
    if (hint.empty()) hint = known_tasks();
    context_.error("E301", mark, "Task " + shown_text(name) + " not found.", std::move(hint));
  }

  // For names that are near to none.
  std::string known_tasks() const {
    constexpr std::size_t kListed = 10;
    std::string text = "The workflow has the tasks ";
    for (std::size_t i = 0; i < spec_.tasks.size() && i < kListed; ++i)
      text.append(i == 0 ? "" : ", ").append(spec_.tasks[i].name.substr(0, 80));
    text.append(spec_.tasks.size() > kListed ? " …" : "");
    return text + (spec_.type == WorkflowType::kDirect ? "; besides, there are noop, fail, succeed and pause." : ".");
  }

  void check_start_tasks() {
    if (!graph_.start_tasks.empty() || graph_.nodes.empty()) return;
    context_.error("E303", spec_.mark,
                   "Failed to find start tasks in direct workflow. There must be at least one task without "
                   "inbound transition.[workflow_name=" +
                       spec_.name + "]",
                   "Every task is the target of an on-clause, so none can be the first.");
  }

  void check_join(TaskIndex number) {
    const TaskSpec& task = spec_.tasks[number];
    const std::size_t inbound = graph_.nodes[number].inbound.size();
    if (task.join.kind == JoinSpec::Kind::kAll && inbound == 0) {
      context_.error("E304", task.mark, "No inbound tasks for task with 'join: all' [task_name=" + task.name + "]",
                     "No on-clause names this task: name it in those of the tasks to wait for, or remove 'join'.");
    }
    if (task.join.kind == JoinSpec::Kind::kCount && task.join.count > inbound) {
      context_.error("E304", task.mark,
                     "Not enough inbound tasks for task with 'join' [task_name=" + task.name + ", join=" +
                         std::to_string(task.join.count) + ", inbound_tasks=" + std::to_string(inbound) + "]",
                     "The join waits for more tasks than can lead to it: write 'join: all', or name this task in more "
                     "on-clauses.");
    }
  }

  void build_reverse() {
    std::vector<Edge> edges;
    last_required_by_.assign(graph_.nodes.size(), 0);
    for (TaskIndex task = 0; task < graph_.nodes.size(); ++task) {
      const TaskSpec& own = spec_.tasks[task];
      add_required(task, own.requires_, own.requires_marks, true);
      add_required(task, spec_.task_defaults.requires_, spec_.task_defaults.requires_marks, task == 0);
      for (const TaskIndex target : graph_.nodes[task].requires_) edges.emplace_back(task, target);
      if (edges.size() > limits::kYamlNodesMax) {
        context_.error("E306", spec_.mark,
                       "The workflow has more than " + std::to_string(limits::kYamlNodesMax) + " requires",
                       "Shorten the requires of 'task-defaults'.");
        return;
      }
    }
    report_cycle(find_cycle(graph_.nodes.size(), edges));
  }

  // Own ∪ defaults − self (dsl.md §8).
  void add_required(TaskIndex task, const std::vector<std::string>& names, const std::vector<Mark>& marks,
                    bool report) {
    auto& required = graph_.nodes[task].requires_;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto target = graph_.find(names[i]);
      if (!target) {
        if (report) report_unknown(names[i], i < marks.size() ? marks[i] : spec_.tasks[task].mark);
        continue;
      }
      if (*target == task || last_required_by_[*target] == task + 1) continue;
      last_required_by_[*target] = task + 1;
      required.push_back(*target);
    }
  }

  void report_cycle(const std::vector<TaskIndex>& cycle) {
    if (cycle.empty()) return;
    constexpr std::size_t kShown = 20;
    std::string path;
    for (std::size_t i = 0; i < cycle.size() && i < kShown; ++i) path.append(spec_.tasks[cycle[i]].name).append(" -> ");
    if (cycle.size() > kShown) path.append("… -> ");
    path.append(spec_.tasks[cycle[0]].name);
    context_.error("E305", spec_.tasks[cycle[0]].mark,
                   "Tasks require each other in a circle: " + path + " [workflow_name=" + spec_.name + "]",
                   "None of them could ever start; remove one 'requires'.");
  }

  const WorkflowSpec& spec_;
  ParseContext context_;
  Suggester names_;
  WorkflowGraph graph_;
  std::vector<TaskIndex> last_required_by_;  // task + 1: finds repeated names without searching
  std::size_t transitions_ = 0;
};

}  // namespace

WorkflowGraph build_graph(const WorkflowSpec& spec, Diagnostics& diagnostics) {
  return Builder(spec, diagnostics).build();
}

}  // namespace foehn::dsl
