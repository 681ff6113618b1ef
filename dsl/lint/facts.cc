// Facts along the transitions: a forward data-flow analysis, to its fixed point.
#include <algorithm>

#include "dsl/lint/subject.h"

namespace foehn::dsl::lint_detail {
namespace {

constexpr std::size_t kCellsMax = 4'000'000;  // words of all sets: 64 MB for both
constexpr std::size_t kSweepsMax = 40;        // over all tasks; a graph without loops needs two

struct Edge {
  TaskIndex from = 0;
  std::uint8_t clause = 0;
};

void add(Bits& into, const Bits& from) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] |= from[i];
}
void restrict(Bits& into, const Bits& to) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] &= to[i];
}

class Analysis {
 public:
  Analysis(const Subject& subject, std::size_t bits, const std::vector<std::array<Gains, kClauseCount>>& gains)
      : graph_(subject.graph), spec_(subject.spec), gains_(gains), words_(bits / 64 + 1) {}

  Facts run() {
    const std::size_t count = graph_.nodes.size();
    if (words_ * count > kCellsMax) return {};
    connect();
    order();
    facts_.must.assign(count, Bits(words_, ~std::uint64_t{0}));
    facts_.may.assign(count, Bits(words_, 0));
    for (std::size_t sweep = 0; sweep < kSweepsMax; ++sweep) {
      bool changed = false;
      for (const TaskIndex task : order_) changed = update(task) || changed;
      if (changed) continue;
      facts_.complete = true;
      break;
    }
    return std::move(facts_);
  }

 private:
  void connect() {
    edges_.resize(graph_.nodes.size());
    if (spec_.type == WorkflowType::kReverse) {
      for (TaskIndex task = 0; task < graph_.nodes.size(); ++task)
        for (const TaskIndex from : graph_.nodes[task].requires_)
          edges_[task].push_back({from, static_cast<std::uint8_t>(Clause::kSuccess)});
      return;
    }
    for (TaskIndex task = 0; task < graph_.nodes.size(); ++task) {
      for (std::size_t clause = 0; clause < kClauseCount; ++clause) {
        for (const TransitionSpec& transition : graph_.nodes[task].effective[clause].next)
          if (const auto target = graph_.find(transition.target))
            edges_[*target].push_back({task, static_cast<std::uint8_t>(clause)});
      }
    }
  }

  // Sources before targets where there are no loops: reverse post-order of a search without recursion.
  void order() {
    const std::size_t count = graph_.nodes.size();
    std::vector<std::vector<TaskIndex>> next(count);
    for (TaskIndex task = 0; task < count; ++task)
      for (const Edge& edge : edges_[task]) next[edge.from].push_back(task);
    std::vector<bool> seen(count, false);
    std::vector<std::pair<TaskIndex, std::size_t>> open;
    for (TaskIndex first = 0; first < count; ++first) {
      if (seen[first]) continue;
      seen[first] = true;
      open.emplace_back(first, 0);
      while (!open.empty()) {
        auto& [task, at] = open.back();
        if (at == next[task].size()) {
          order_.push_back(task);
          open.pop_back();
          continue;
        }
        const TaskIndex target = next[task][at++];
        if (seen[target]) continue;
        seen[target] = true;
        open.emplace_back(target, 0);
      }
    }
    std::reverse(order_.begin(), order_.end());
  }

  Bits along(const Edge& edge, bool must) const {
    Bits bits = must ? facts_.must[edge.from] : facts_.may[edge.from];
    const Gains& gains = gains_[edge.from][edge.clause];
    add(bits, must ? gains.must : gains.may);
    return bits;
  }

  bool update(TaskIndex task) {
    Bits may(words_, 0);
    for (const Edge& edge : edges_[task]) add(may, along(edge, false));
    Bits must = edges_[task].empty() ? Bits(words_, 0) : arriving(task);
    const bool changed = may != facts_.may[task] || must != facts_.must[task];
    facts_.may[task] = std::move(may);
    facts_.must[task] = std::move(must);
    return changed;
  }

  // What surely holds: after a join of all, what any of the inbound tasks brings; else what every one brings.
  Bits arriving(TaskIndex task) const {
    const JoinSpec& join = spec_.tasks[task].join;
    const bool reverse = spec_.type == WorkflowType::kReverse;
    const std::size_t inbound = graph_.nodes[task].inbound.size();
    const bool all =
        reverse || join.kind == JoinSpec::Kind::kAll || (join.kind == JoinSpec::Kind::kCount && join.count >= inbound);
    Bits result(words_, all ? 0 : ~std::uint64_t{0});
    for (std::size_t i = 0; i < edges_[task].size();) {
      const TaskIndex from = edges_[task][i].from;
      Bits one = along(edges_[task][i], true);
      for (++i; i < edges_[task].size() && edges_[task][i].from == from; ++i)
        restrict(one, along(edges_[task][i], true));
      if (all) {
        add(result, one);
      } else {
        restrict(result, one);
      }
    }
    return result;
  }

  const WorkflowGraph& graph_;
  const WorkflowSpec& spec_;
  const std::vector<std::array<Gains, kClauseCount>>& gains_;
  const std::size_t words_;
  std::vector<std::vector<Edge>> edges_;  // by target; those of one source stand together
  std::vector<TaskIndex> order_;
  Facts facts_;
};

}  // namespace

Facts follow_facts(const Subject& subject, std::size_t bits,
                   const std::vector<std::array<Gains, kClauseCount>>& gains) {
  return Analysis(subject, bits, gains).run();
}

// Tarjan's strongly connected components, without recursion.
std::vector<bool> tasks_in_circles(const std::vector<std::vector<TaskIndex>>& next) {
  const std::size_t count = next.size();
  std::vector<bool> circular(count, false);
  std::vector<std::uint32_t> number(count, 0);
  std::vector<std::uint32_t> low(count, 0);
  std::vector<bool> on_stack(count, false);
  std::vector<TaskIndex> stack;
  std::vector<std::pair<TaskIndex, std::size_t>> open;
  std::uint32_t counter = 0;
  const auto enter = [&](TaskIndex task) {
    number[task] = low[task] = ++counter;
    stack.push_back(task);
    on_stack[task] = true;
    open.emplace_back(task, 0);
  };
  for (TaskIndex first = 0; first < count; ++first) {
    if (number[first] != 0) continue;
    enter(first);
    while (!open.empty()) {
      const TaskIndex task = open.back().first;
      if (open.back().second < next[task].size()) {
        const TaskIndex target = next[task][open.back().second++];
        if (target == task) circular[task] = true;
        if (number[target] == 0) {
          enter(target);
        } else if (on_stack[target]) {
          low[task] = std::min(low[task], number[target]);
        }
        continue;
      }
      open.pop_back();
      if (!open.empty()) low[open.back().first] = std::min(low[open.back().first], low[task]);
      if (low[task] != number[task]) continue;
      const bool several = stack.back() != task;
      for (TaskIndex member = task + 1; member != task;) {
        member = stack.back();
        stack.pop_back();
        on_stack[member] = false;
        if (several) circular[member] = true;
      }
    }
  }
  return circular;
}

}  // namespace foehn::dsl::lint_detail
