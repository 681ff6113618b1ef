// Joins that wait for two outcomes of one task at once (W322).
#include "dsl/lint/subject.h"

namespace foehn::dsl::lint_detail {
namespace {

// Two facts per task: it succeeded, it failed.
std::vector<std::array<Gains, kClauseCount>> outcome_gains(std::size_t tasks) {
  const Bits none(tasks * 2 / 64 + 1, 0);
  std::vector<std::array<Gains, kClauseCount>> gains;
  for (std::size_t task = 0; task < tasks; ++task) {
    std::array<Gains, kClauseCount> all;
    all.fill({none, none});
    for (const Clause clause : {Clause::kSuccess, Clause::kError}) {
      Gains& one = all[static_cast<std::size_t>(clause)];
      set(one.must, task * 2 + (clause == Clause::kError ? 1 : 0));
    }
    gains.push_back(std::move(all));
  }
  return gains;
}

std::vector<std::vector<TaskIndex>> targets(const Subject& subject) {
  std::vector<std::vector<TaskIndex>> next(subject.graph.nodes.size());
  for (TaskIndex task = 0; task < next.size(); ++task)
    for (const TaskIndex from : subject.graph.nodes[task].inbound) next[from].push_back(task);
  return next;
}

}  // namespace

void check_joins(const Subject& subject, Reporter& reporter) {
  constexpr std::size_t kTasksMax = 3'000;  // the sets grow with the square
  const std::size_t count = subject.spec.tasks.size();
  bool any = false;
  for (const TaskSpec& task : subject.spec.tasks) any = any || task.join.kind != JoinSpec::Kind::kNone;
  if (!any || count > kTasksMax || subject.spec.type != WorkflowType::kDirect) return;
  const Facts facts = follow_facts(subject, count * 2, outcome_gains(count));
  if (!facts.complete) return;
  const std::vector<bool> circular = tasks_in_circles(targets(subject));
  std::vector<bool> reported(count, false);
  for (TaskIndex task = 0; task < count; ++task) {
    const TaskSpec& spec = subject.spec.tasks[task];
    const auto& inbound = subject.graph.nodes[task].inbound;
    const bool all =
        spec.join.kind == JoinSpec::Kind::kAll ||
        (spec.join.kind == JoinSpec::Kind::kCount && inbound.size() > 1 && spec.join.count >= inbound.size());
    if (!all || circular[task]) continue;
    for (std::size_t source = 0; source < count; ++source) {
      if (circular[source]) continue;
      if (!test(facts.must[task], source * 2) || !test(facts.must[task], source * 2 + 1)) continue;
      // What follows from an impossible join is impossible, too: the first one is the one to mend.
      bool inherited = false;
      for (const TaskIndex from : inbound) inherited = inherited || reported[from];
      reported[task] = true;
      if (inherited) break;
      const std::string name = subject.spec.tasks[source].name.substr(0, 80);
      reporter.warn("W322", spec.mark,
                    "the join '" + spec.name.substr(0, 80) +
                        "' can never start: of the tasks it waits for, some run only when '" + name +
                        "' succeeds and some only when it fails",
                    "Write 'join: one', so that the branch that runs is enough.");
      break;
    }
  }
}

}  // namespace foehn::dsl::lint_detail
