#include "engine/scenario/suite.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "dsl/yaml/reader.h"
#include "dsl/yaml/to_value.h"
#include "engine/core/states.h"

namespace foehn::scenario {
namespace {

using dsl::YamlEntry;
using dsl::YamlNode;
using Names = std::vector<std::string>;

const Names kSuiteKeys = {"workflow", "workflows", "given", "tests"};
const Names kCaseKeys = {"name", "workflow", "input", "env", "task_name", "given", "then", "expect"};
const Names kGivenKeys = {"tasks", "actions"};
const Names kOutcomeKeys = {"result", "error", "cancelled", "never", "real", "after"};
const Names kScriptKeys = {"items", "otherwise"};
const Names kStepKeys = {"pause", "resume", "stop", "rerun", "skip", "finish", "check", "at"};
const Names kFinishKeys = {"task", "item", "result", "error", "cancelled"};
const Names kExpectKeys = {"state", "state_info", "state_info_has", "output",  "output_has",
                           "tasks", "never",      "order",          "seconds", "executions"};
const Names kTaskKeys = {"state",         "info", "info_has", "result",    "result_has", "published",
                         "published_has", "runs", "input",    "input_has", "count"};

class Reader {
 public:
  explicit Reader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  std::optional<Suite> read(const YamlNode& root) {
    Suite suite;
    if (!expect_mapping(root, "A test file", kSuiteKeys)) return std::nullopt;
    if (const YamlEntry* entry = root.find("workflow")) read_workflow(entry->value, suite);
    if (const YamlEntry* entry = root.find("workflows")) {
      for (const YamlNode& path : entry->value.items()) suite.documents.push_back(text(path, "A path"));
      if (entry->value.count == 0 || !entry->value.is_sequence())
        error("T102", entry->value.mark, "'workflows' is a list of paths");
    }
    if (suite.documents.empty() && suite.inline_text.empty())
      error("T101", root.mark, "The test file names no workflow",
            "Write workflow: path/of/definition.yaml, or the definition itself as a block of text (workflow: |).");
    if (const YamlEntry* entry = root.find("given")) suite.given = read_given(entry->value);
    const YamlEntry* tests = root.find("tests");
    if (tests == nullptr || !tests->value.is_sequence() || tests->value.count == 0) {
      error("T101", tests ? tests->value.mark : root.mark, "The test file has no tests",
            "Write tests: and a list below it.");
    } else {
      for (const YamlNode& one : tests->value.items()) suite.cases.push_back(read_case(one, suite.cases.size()));
    }
    return has_errors(diagnostics_) ? std::nullopt : std::optional(std::move(suite));
  }

 private:
  void error(const char* code, Mark mark, std::string message, std::string hint = {}) {
    diagnostics_.push_back({code, Severity::kError, mark, std::move(message), std::move(hint)});
  }

  // A mapping with these keys only; reports others with the nearest name.
  bool expect_mapping(const YamlNode& node, const std::string& what, const Names& keys) {
    if (!node.is_mapping()) {
      error("T102", node.mark, what + " is a mapping");
      return false;
    }
    for (const YamlEntry& entry : node.entries()) {
      if (std::find(keys.begin(), keys.end(), entry.key) != keys.end()) continue;
      const std::string near = nearest_name(entry.key, keys);
      std::string known;
      for (const std::string& key : keys) known += (known.empty() ? "" : ", ") + key;
      error("T103", entry.key_mark, what + " has no '" + std::string(entry.key) + "'",
            near.empty() ? "Known are: " + known + "." : "Did you mean '" + near + "'?");
    }
    return true;
  }

  std::string text(const YamlNode& node, const std::string& what) {
    const Value value = to_value(node);
    if (value.is_string() && !value.get_ref<const std::string&>().empty()) return value.get<std::string>();
    error("T102", node.mark, what + " is a text");
    return {};
  }

  Value object(const YamlNode& node, const std::string& what) {
    if (!node.is_mapping()) error("T102", node.mark, what + " is a mapping");
    return node.is_mapping() ? to_value(node) : Value::object();
  }

  // A text of several lines is a definition, one line is a path.
  void read_workflow(const YamlNode& node, Suite& suite) {
    std::string value = text(node, "'workflow'");
    if (value.find('\n') == std::string::npos) {
      suite.documents.push_back(std::move(value));
    } else {
      suite.inline_text = std::move(value);
    }
  }

  Scripts read_given(const YamlNode& node) {
    Scripts scripts;
    if (!expect_mapping(node, "'given'", kGivenKeys)) return scripts;
    for (const auto& [key, target] : {std::pair{"tasks", &scripts.tasks}, std::pair{"actions", &scripts.actions}}) {
      const YamlEntry* entry = node.find(key);
      if (entry == nullptr) continue;
      if (!entry->value.is_mapping())
        error("T102", entry->value.mark, std::string("'") + key + "' is a mapping of names to outcomes");
      for (const YamlEntry& one : entry->value.entries()) {
        Script script = read_script(one.value);
        script.mark = one.key_mark;
        target->emplace(std::string(one.key), std::move(script));
      }
    }
    return scripts;
  }

  Script read_script(const YamlNode& node) {
    Script script;
    const YamlEntry* items = node.find("items");
    if (items == nullptr) {
      script.runs = read_outcomes(node);
      return script;
    }
    expect_mapping(node, "A script by items", kScriptKeys);
    for (const YamlEntry& item : items->value.entries()) {
      const std::string key(item.key);
      const bool number = !key.empty() && key.size() < 8 && key.find_first_not_of("0123456789") == std::string::npos;
      if (!number) error("T102", item.key_mark, "The key of an item is its number, from 0");
      script.items[number ? static_cast<std::uint32_t>(std::stoul(key)) : 0] = read_outcomes(item.value);
    }
    if (const YamlEntry* rest = node.find("otherwise")) script.runs = read_outcomes(rest->value);
    return script;
  }

  std::vector<Outcome> read_outcomes(const YamlNode& node) {
    std::vector<Outcome> outcomes;
    if (node.is_sequence()) {
      for (const YamlNode& one : node.items()) outcomes.push_back(read_outcome(one, kOutcomeKeys));
      if (node.count == 0) error("T102", node.mark, "The list of outcomes is empty");
    } else {
      outcomes.push_back(read_outcome(node, kOutcomeKeys));
    }
    return outcomes;
  }

  Outcome read_outcome(const YamlNode& node, const Names& keys) {
    Outcome outcome;
    if (!node.is_mapping()) {
      error("T102", node.mark, "An outcome is a mapping",
            "Write {result: …}, {error: …}, {cancelled: true} or {never: true}.");
      return outcome;
    }
    expect_mapping(node, "An outcome", keys);
    std::size_t kinds = 0;
    for (const YamlEntry& entry : node.entries()) {
      const Value value = to_value(entry.value);
      if (entry.key == "after") {
        outcome.after_s = seconds(value, entry.value.mark);
        continue;
      }
      if (entry.key == "task" || entry.key == "item") continue;
      ++kinds;
      outcome.kind = entry.key == "never"  ? Outcome::Kind::kNever
                     : entry.key == "real" ? Outcome::Kind::kReal
                                           : Outcome::Kind::kGiven;
      if (entry.key == "result") outcome.outcome = core::ActionOutcome::success(value);
      if (entry.key == "error") outcome.outcome = core::ActionOutcome::error(value);
      if (entry.key == "cancelled") outcome.outcome = core::ActionOutcome::cancelled();
    }
    if (kinds != 1) error("T104", node.mark, "An outcome has exactly one of result, error, cancelled, never and real");
    return outcome;
  }

  double seconds(const Value& value, Mark mark) {
    if (value.is_number() && value.get<double>() >= 0) return value.get<double>();
    error("T102", mark, "Seconds are a number of at least 0");
    return 0;
  }

  Case read_case(const YamlNode& node, std::size_t number) {
    Case one;
    one.mark = node.mark;
    one.name = "test " + std::to_string(number + 1);
    if (!expect_mapping(node, "A test", kCaseKeys)) return one;
    if (const YamlEntry* entry = node.find("name")) one.name = text(entry->value, "'name'");
    if (const YamlEntry* entry = node.find("workflow")) one.workflow = text(entry->value, "'workflow'");
    if (const YamlEntry* entry = node.find("task_name")) one.task_name = text(entry->value, "'task_name'");
    if (const YamlEntry* entry = node.find("input")) one.input = object(entry->value, "'input'");
    if (const YamlEntry* entry = node.find("env")) one.env = object(entry->value, "'env'");
    if (const YamlEntry* entry = node.find("given")) one.given = read_given(entry->value);
    if (const YamlEntry* entry = node.find("then")) {
      if (!entry->value.is_sequence()) error("T102", entry->value.mark, "'then' is a list of steps");
      for (const YamlNode& step : entry->value.items()) one.steps.push_back(read_step(step));
    }
    if (const YamlEntry* entry = node.find("expect")) {
      one.expect = read_expect(entry->value);
    } else {
      error("T101", node.mark, "The test '" + one.name + "' expects nothing", "Write expect: {state: SUCCESS}, say.");
    }
    one.never = std::exchange(never_, {});
    return one;
  }

  Step read_step(const YamlNode& node) {
    Step step;
    step.mark = node.mark;
    if (node.is_scalar()) {
      const Value word = to_value(node);
      if (word == "pause" || word == "resume") {
        step.kind = word == "pause" ? Step::Kind::kPause : Step::Kind::kResume;
      } else {
        error("T104", node.mark, "A step is pause, resume, or a mapping such as rerun: TASK");
      }
      return step;
    }
    if (!expect_mapping(node, "A step", kStepKeys)) return step;
    std::size_t kinds = 0;
    for (const YamlEntry& entry : node.entries()) {
      if (entry.key == "at") {
        step.at_s = seconds(to_value(entry.value), entry.value.mark);
      } else {
        ++kinds;
        read_step_kind(entry, step);
      }
    }
    if (kinds != 1) error("T104", node.mark, "A step does exactly one thing");
    return step;
  }

  void read_step_kind(const YamlEntry& entry, Step& step) {
    constexpr std::pair<std::string_view, Step::Kind> kKinds[] = {
        {"pause", Step::Kind::kPause}, {"resume", Step::Kind::kResume}, {"stop", Step::Kind::kStop},
        {"rerun", Step::Kind::kRerun}, {"skip", Step::Kind::kSkip},     {"finish", Step::Kind::kFinish},
        {"check", Step::Kind::kCheck}};
    for (const auto& [word, kind] : kKinds)
      if (entry.key == word) step.kind = kind;
    step.arguments = to_value(entry.value);
    if (step.kind == Step::Kind::kCheck) step.arguments = read_expect(entry.value);
    if (step.kind == Step::Kind::kFinish) {
      step.outcome = read_outcome(entry.value, kFinishKeys);
      if (!find(step.arguments, "task")) error("T101", entry.value.mark, "'finish' needs a task");
    }
    const bool of_task = step.kind == Step::Kind::kRerun || step.kind == Step::Kind::kSkip;
    if (of_task && step.arguments.is_string()) step.arguments = Value{{"task", step.arguments}};
    if (of_task && !find(step.arguments, "task")) error("T101", entry.value.mark, "The step needs the name of a task");
    if (step.kind == Step::Kind::kStop) {
      if (step.arguments.is_string()) step.arguments = Value{{"state", step.arguments}};
      if (!core::parse_state(text_or(step.arguments, "state")))
        error("T102", entry.value.mark, "'stop' needs a state: SUCCESS, ERROR or CANCELLED");
    }
  }

  Value read_expect(const YamlNode& node) {
    if (!expect_mapping(node, "'expect'", kExpectKeys)) return Value::object();
    if (const YamlEntry* entry = node.find("state")) check_state(entry->value);
    if (const YamlEntry* tasks = node.find("tasks")) {
      if (!tasks->value.is_mapping()) error("T102", tasks->value.mark, "'tasks' is a mapping of names to states");
      for (const YamlEntry& task : tasks->value.entries()) {
        if (task.value.is_scalar()) {
          check_state(task.value);
        } else if (expect_mapping(task.value, "A task's expectation", kTaskKeys)) {
          if (const YamlEntry* state = task.value.find("state")) check_state(state->value);
        }
      }
    }
    if (const YamlEntry* never = node.find("never"))
      for (const YamlNode& name : never->value.items())
        if (const Value text = to_value(name); text.is_string())
          never_.push_back({text.get<std::string>(), name.text_mark()});
    if (const YamlEntry* below = node.find("executions")) {
      for (const YamlEntry& workflow : below->value.entries())
        for (const YamlNode& one : workflow.value.items()) read_expect(one);
    }
    return to_value(node);
  }

  void check_state(const YamlNode& node) {
    const Value value = to_value(node);
    if (value.is_string() && core::parse_state(value.get_ref<const std::string&>())) return;
    const std::string near =
        value.is_string() ? nearest_name(value.get<std::string>(), {"SUCCESS", "ERROR", "CANCELLED", "RUNNING",
                                                                    "PAUSED", "IDLE", "WAITING", "DELAYED", "SKIPPED"})
                          : "";
    error("T102", node.mark, to_python_repr(value) + " is not a state",
          near.empty() ? "" : "Did you mean '" + near + "'?");
  }

  Diagnostics& diagnostics_;
  std::vector<NeverTask> never_;  // of the test being read
};

}  // namespace

std::optional<Suite> read_suite(std::string_view text, Diagnostics& diagnostics) {
  const auto document = dsl::read_yaml(text, diagnostics);
  if (!document || has_errors(diagnostics)) return std::nullopt;
  return Reader(diagnostics).read(document->root());
}

}  // namespace foehn::scenario
