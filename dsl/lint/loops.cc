// Tasks that start each other for ever (W321), and repetitions of failures without an end (W320).
#include <algorithm>

#include "dsl/lint/subject.h"

namespace foehn::dsl::lint_detail {
namespace {

constexpr std::int64_t kManyRetries = 1'000'000;

// A clause that may end or pause the workflow does not go on for ever.
bool has_command(const Subject& subject, const ClauseSpec& clause) {
  return std::any_of(clause.next.begin(), clause.next.end(), [&](const TransitionSpec& transition) {
    return transition.command != EngineCommand::kNone && transition.command != EngineCommand::kNoop &&
           !subject.graph.find(transition.target);
  });
}

// Transitions that are always taken, by the given clauses.
std::vector<std::vector<TaskIndex>> certain(const Subject& subject, bool errors) {
  std::vector<std::vector<TaskIndex>> next(subject.graph.nodes.size());
  for (TaskIndex task = 0; task < next.size(); ++task) {
    const auto& clauses = subject.graph.nodes[task].effective;
    bool ends = subject.spec.tasks[task].policies.pause_before.has_value();
    for (const ClauseSpec& clause : clauses) ends = ends || has_command(subject, clause);
    if (ends) continue;
    for (const Clause clause : {Clause::kSuccess, Clause::kComplete, Clause::kError}) {
      if (clause == Clause::kError && !errors) continue;
      for (const TransitionSpec& transition : clauses[static_cast<std::size_t>(clause)].next) {
        const auto target = subject.graph.find(transition.target);
        const bool join = target && subject.spec.tasks[*target].join.kind != JoinSpec::Kind::kNone;
        if (target && !join && !transition.condition) next[task].push_back(*target);
      }
    }
  }
  return next;
}

void check_circles(const Subject& subject, Reporter& reporter) {
  const std::vector<bool> endless = tasks_in_circles(certain(subject, false));
  const auto with_errors = certain(subject, true);
  const std::vector<bool> repeating = tasks_in_circles(with_errors);
  bool told = false;
  for (TaskIndex task = 0; task < endless.size(); ++task) {
    const TaskSpec& spec = subject.spec.tasks[task];
    if (endless[task] && !told) {
      told = true;
      reporter.warn(
          "W321", spec.mark,
          "'" + spec.name.substr(0, 80) + "' leads back to itself without any condition: the loop never ends",
          "Put a condition on one of the transitions, as in on-success: [{" + spec.name.substr(0, 80) + ": <% … %>}].");
    }
    const auto& on_error = subject.graph.nodes[task].effective[static_cast<std::size_t>(Clause::kError)];
    const bool back = std::any_of(on_error.next.begin(), on_error.next.end(), [&](const TransitionSpec& transition) {
      const auto target = subject.graph.find(transition.target);
      return target && !transition.condition && repeating[*target];
    });
    if (!repeating[task] || endless[task] || !back) continue;
    reporter.warn("W320", spec.mark,
                  "'" + spec.name.substr(0, 80) + "' is started again after every failure, without an end",
                  "Use 'retry' with a count, or put a condition on the transition.");
  }
}

void check_retry(const Subject& subject, std::size_t task, Reporter& reporter) {
  const TaskSpec& spec = subject.spec.tasks[task];
  const auto& retry = spec.policies.retry;
  const YamlNode* node = child(subject.tasks[task], "retry");
  if (!retry || !node) return;
  const Value& count = retry->count.source();
  if (!retry->count.is_literal() || !count.is_number_integer()) return;
  if (count.get<std::int64_t>() < kManyRetries) return;
  if (retry->break_on) return;
  const YamlNode* at = child(node, "count");
  reporter.warn("W320", at ? at->mark : node->text_mark(),
                "'retry' with a count of " + to_json(count) + " never stops (task '" + spec.name.substr(0, 80) + "')",
                "Give a smaller count, or a 'break-on' condition.");
}

}  // namespace

void check_loops(const Subject& subject, Reporter& reporter) {
  if (subject.spec.type == WorkflowType::kDirect) check_circles(subject, reporter);
  for (std::size_t task = 0; task < subject.spec.tasks.size(); ++task) check_retry(subject, task, reporter);
}

}  // namespace foehn::dsl::lint_detail
