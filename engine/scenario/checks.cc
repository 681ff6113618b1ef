#include "engine/scenario/checks.h"

#include "engine/core/data_flow.h"
#include "engine/core/states.h"

namespace foehn::scenario {
namespace {

Value text_or_null(const std::optional<std::string>& text) { return text ? Value(*text) : Value(); }

// key → actual value; `<key>_has` compares as a part of it.
struct Fact {
  const char* key;
  Value actual;
};

void check_facts(const std::string& where, const Value& expect, const std::vector<Fact>& facts,
                 std::vector<std::string>& failures) {
  for (const Fact& fact : facts) {
    if (const Value* wanted = find(expect, fact.key))
      compare_values(where + fact.key, *wanted, fact.actual, false, failures);
    const Value* part = find(expect, std::string(fact.key) + "_has");
    if (part == nullptr) continue;
    if (part->is_object() || (part->is_array() && !fact.actual.is_string())) {
      compare_values(where + fact.key, *part, fact.actual, true, failures);
    } else {
      compare_text_has(where + fact.key, *part,
                       fact.actual.is_string() ? fact.actual.get<std::string>() : to_json(fact.actual), failures);
    }
  }
}

// A state that is not the expected one is explained by what the engine says about it.
void check_state(const std::string& where, const Value& wanted, core::State actual,
                 const std::optional<std::string>& info, std::vector<std::string>& failures) {
  const std::string text(to_string(actual));
  if (wanted == text) return;
  std::string because = info.value_or("");
  because.erase(because.find_last_not_of(" \n") + 1);
  failures.push_back(where + "state: expected " + to_python_str(wanted) + ", got " + text +
                     (because.empty() ? "" : "\n  because: " + because));
}

void check_task(const std::string& where, const Value& expect, const std::string& name,
                const core::ExecutionState& state, std::vector<std::string>& failures) {
  const std::string place = where + "tasks." + name + ".";
  const auto& tasks = state.tasks_named(name);
  if (tasks.empty()) {
    failures.push_back(where + "tasks." + name + ": never started");
    return;
  }
  const core::Task& task = *tasks.back();
  const Value row = expect.is_object() ? expect : Value{{"state", expect}};
  if (const Value* wanted = find(row, "state")) check_state(place, *wanted, task.state, task.state_info, failures);
  const auto& runs = state.runs_of(task.id);
  check_facts(place, row,
              {{"info", text_or_null(task.state_info)},
               {"result", core::task_result(state, task)},
               {"published", task.published},
               {"input", runs.empty() ? Value() : runs.back()->input},
               {"runs", runs.size()},
               {"count", tasks.size()}},
              failures);
}

}  // namespace

void check_execution(const std::string& where, const Value& expect, const core::ExecutionState& state,
                     std::vector<std::string>& failures) {
  const core::Execution& execution = state.execution();
  if (const Value* wanted = find(expect, "state"))
    check_state(where, *wanted, execution.state, execution.state_info, failures);
  check_facts(where, expect, {{"state_info", text_or_null(execution.state_info)}, {"output", execution.output}},
              failures);
  if (const Value* tasks = find(expect, "tasks"))
    for (auto item = tasks->begin(); item != tasks->end(); ++item)
      check_task(where, item.value(), item.key(), state, failures);
  if (const Value* never = find(expect, "never"))
    for (const Value& name : *never)
      if (name.is_string() && !state.tasks_named(name.get<std::string>()).empty())
        failures.push_back(where + "never: task '" + name.get<std::string>() + "' exists, its state is " +
                           std::string(to_string(state.tasks_named(name.get<std::string>()).back()->state)));
}

}  // namespace foehn::scenario
