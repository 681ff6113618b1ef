// Calls of other workflows: do they exist (W315), do they get what they need (W316), do they call themselves for ever
// (W330).
#include <algorithm>

#include "dsl/lint/subject.h"
#include "dsl/yaml/to_value.h"
#include "engine/base/limits.h"

namespace foehn::dsl::lint_detail {
namespace {

// What Mistral reads from the parameters of a child's execution, where undeclared input goes.
constexpr std::string_view kChildParameters[] = {"env", "namespace", "notify", "task_name"};

std::string names_of(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text.append(text.empty() ? "'" : ", '").append(name.substr(0, 80)).append("'");
  return text;
}

class Calls {
 public:
  Calls(const Subject& subject, const Workflows& workflows, const std::unordered_set<std::string>& elsewhere,
        Reporter& reporter)
      : subject_(subject), workflows_(workflows), elsewhere_(elsewhere), reporter_(reporter) {}

  void check() {
    for (TaskIndex task = 0; task < subject_.spec.tasks.size() && !reporter_.full(); ++task) {
      const auto& call = subject_.spec.tasks[task].workflow;
      if (call && call->name.is_literal() && call->name.source().is_string()) check_call(task, *call);
    }
  }

 private:
  // In a workbook `x` means `<workbook>.x` first.
  const KnownWorkflow* find(const std::string& name, const std::string& caller) const {
    const auto own = workflows_.find(caller.substr(0, caller.rfind('.') + 1) + name);
    if (own != workflows_.end()) return &own->second;
    const auto plain = workflows_.find(name);
    return plain == workflows_.end() ? nullptr : &plain->second;
  }

  void check_call(TaskIndex number, const CallSpec& call) {
    const TaskSpec& task = subject_.spec.tasks[number];
    const auto& name = call.name.source().get_ref<const std::string&>();
    const std::string where = " (task '" + task.name.substr(0, 80) + "')";
    const KnownWorkflow* target = find(name, subject_.spec.name);
    if (!target) {
      if (elsewhere_.contains(name)) return;
      std::vector<std::string> names(elsewhere_.begin(), elsewhere_.end());
      for (const auto& known : workflows_) names.push_back(known.first);
      std::sort(names.begin(), names.end());
      const std::string nearest = nearest_name(name, names);
      reporter_.warn(
          "W315", call.mark, "the workflow '" + name.substr(0, 80) + "' is in none of these files" + where,
          nearest.empty() ? "Check its file as well, in the same command." : "Did you mean '" + nearest + "'?");
      return;
    }
    check_input(task, call, *target->spec, where);
    check_recursion(number, call, *target, where);
  }

  void check_input(const TaskSpec& task, const CallSpec& call, const WorkflowSpec& target, const std::string& where) {
    std::vector<std::string> given;
    for (const auto& parameter : call.inline_input) given.push_back(parameter.first);
    if (task.input) {
      if (!task.input->source().is_object()) return;  // known only when evaluated
      for (const auto& member : task.input->source().get_ref<const Value::object_t&>()) given.push_back(member.first);
    }
    std::vector<std::string> missing;
    std::vector<std::string> declared;
    for (const InputSpec& input : target.input) {
      declared.push_back(input.name);
      const bool is_given = std::find(given.begin(), given.end(), input.name) != given.end();
      if (!input.default_value && !is_given && !reporter_.dropped(call.mark, input.name)) missing.push_back(input.name);
    }
    if (!missing.empty())
      reporter_.warn("W316", call.mark,
                     "the workflow '" + target.name + "' needs the input " + names_of(missing) + where,
                     "Give it under 'input' of this task.");
    if (target.type == WorkflowType::kReverse && std::find(given.begin(), given.end(), "task_name") == given.end())
      reporter_.warn("W316", call.mark,
                     "'" + target.name + "' is a reverse workflow and needs to know its last task" + where,
                     "Give task_name under 'input' of this task.");
    for (const std::string& name : given) {
      const bool parameter =
          std::find(std::begin(kChildParameters), std::end(kChildParameters), name) != std::end(kChildParameters);
      if (parameter || std::find(declared.begin(), declared.end(), name) != declared.end()) continue;
      const std::string nearest = nearest_name(name, declared);
      reporter_.warn(
          "W316", call.mark,
          "the workflow '" + target.name + "' has no input '" + name.substr(0, 80) + "'; the value is lost" + where,
          nearest.empty() ? "Declare it there, or remove it here." : "Did you mean '" + nearest + "'?");
    }
  }

  // A start task always runs, so a workflow that calls itself there does so without an end.
  void check_recursion(TaskIndex number, const CallSpec& call, const KnownWorkflow& first, const std::string& where) {
    if (!always_runs(subject_.graph, number)) return;
    const KnownWorkflow* at = &first;
    // Longer circles fail as any chain of that length does; looking for them would take quadratic time.
    for (std::size_t step = 0; at && at->spec != &subject_.spec && step < limits::kSubworkflowDepthMax; ++step)
      at = next_certain(*at);
    if (!at || at->spec != &subject_.spec) return;
    reporter_.warn("W330", call.mark,
                   "the workflow '" + subject_.spec.name + "' calls itself, always and at once" + where,
                   "Put the call behind a condition: executions may be nested 50 deep, and 20,000 be below one, "
                   "then they fail.");
  }

  static bool always_runs(const WorkflowGraph& graph, TaskIndex task) {
    return task < graph.nodes.size() && graph.nodes[task].is_start;
  }

  const KnownWorkflow* next_certain(const KnownWorkflow& workflow) const {
    for (TaskIndex task = 0; task < workflow.spec->tasks.size(); ++task) {
      const auto& call = workflow.spec->tasks[task].workflow;
      if (!always_runs(*workflow.graph, task) || !call || !call->name.is_literal()) continue;
      if (!call->name.source().is_string()) continue;
      if (const auto* target = find(call->name.source().get_ref<const std::string&>(), workflow.spec->name))
        return target;
    }
    return nullptr;
  }

  const Subject& subject_;
  const Workflows& workflows_;
  const std::unordered_set<std::string>& elsewhere_;
  Reporter& reporter_;
};

}  // namespace

void check_calls(const Subject& subject, const Workflows& workflows, const std::unordered_set<std::string>& elsewhere,
                 Reporter& reporter) {
  Calls(subject, workflows, elsewhere, reporter).check();
}

}  // namespace foehn::dsl::lint_detail
