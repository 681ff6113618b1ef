// Goal: the language means what Mistral's users expect. Method: cases are data (README.md beside this file); each
// becomes a test of its own, played on the core harness, with invariants checked after every step.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "dsl/compile.h"
#include "dsl/yaml/to_value.h"
#include "engine/core/data_flow.h"
#include "engine/core/rerun_plan.h"
#include "tests/support/core_harness.h"

namespace foehn::test {
namespace {

using core::State;

std::string without_ids(const std::string& text) {
  static const std::regex id("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  return std::regex_replace(text, id, "<id>");
}

Value without_ids(const Value& value) {
  const auto parsed = parse_json(without_ids(to_json(value)));
  return parsed ? *parsed : Value();
}

Value text_or_null(const std::optional<std::string>& text) { return text ? Value(without_ids(*text)) : Value(); }

ScriptedRun scripted(const Value& source) {
  if (source == "hold") return {ScriptedRun::Kind::kHold, {}};
  if (source == "builtin") return {};
  ScriptedRun run{ScriptedRun::Kind::kOutcome, core::ActionOutcome::success(Value())};
  if (const Value* error = find(source, "error")) run.outcome = core::ActionOutcome::error(*error);
  if (const Value* result = find(source, "result")) run.outcome = core::ActionOutcome::success(*result);
  if (find(source, "cancelled") != nullptr) run.outcome = core::ActionOutcome::cancelled();
  return run;
}

class Case {
 public:
  explicit Case(const Value& source) : source_(source) {}

  void play() {
    define_all(source_, "");
    if (const Value* more = find(source_, "more"))
      for (const Value& one : *more) define_all(one, text_or(one, "namespace"));
    if (testing::Test::HasFatalFailure()) return;
    if (const Value* actions = find(source_, "actions")) {
      for (auto item = actions->begin(); item != actions->end(); ++item) {
        std::vector<ScriptedRun> runs;
        if (item->is_array()) {
          for (const Value& one : *item) runs.push_back(scripted(one));
        } else {
          runs.push_back(scripted(*item));
        }
        harness_.script(item.key(), std::move(runs));
      }
    }
    const Value start = source_.value("start", Value::object());
    const auto started = harness_.start(text_or(start, "workflow"), start.value("input", Value::object()),
                                        start.value("params", Value::object()), text_or(start, "namespace"));
    if (const Value* part = find(source_, "refused_has")) {
      ASSERT_FALSE(started) << "the start was not refused";
      return check_has(started.error().message, *part);
    }
    if (const Value* refused = find(source_, "refused")) {
      ASSERT_FALSE(started) << "the start was not refused";
      EXPECT_EQ(without_ids(started.error().message), refused->get<std::string>());
      return;
    }
    ASSERT_TRUE(started) << started.error().message;
    root_ = *started;
    if (const Value* events = find(source_, "events"))
      for (const Value& event : *events) {
        happen(event);
        if (testing::Test::HasFatalFailure()) return;
      }
    const Value& expect = source_.at("expect");
    if (find(expect, "timers_left") == nullptr) harness_.run_out();
    check(*harness_.state(root_), expect, "expect");
    for (const std::string& broken : harness_.broken()) ADD_FAILURE() << "invariant: " << broken;
  }

 private:
  // The documents of a case, of one of its `more`, or of a `define` event: each key may be a text or a list of them.
  void define_all(const Value& from, const std::string& space) {
    constexpr std::pair<const char*, dsl::DocumentKind> kKinds[] = {{"adhoc", dsl::DocumentKind::kActions},
                                                                    {"workbook", dsl::DocumentKind::kWorkbook},
                                                                    {"workflow", dsl::DocumentKind::kWorkflows}};
    for (const auto& [key, kind] : kKinds) {
      const Value* texts = find(from, key);
      if (texts == nullptr) continue;
      for (const Value& text : texts->is_array() ? *texts : Value::array({*texts})) {
        const std::string fault = harness_.define(text.get<std::string>(), kind, space);
        ASSERT_EQ(fault, "");
      }
    }
  }

  core::ExecutionState* execution_of(const Value& arguments) {
    const std::string workflow = text_or(arguments, "workflow");
    if (workflow.empty()) return harness_.state(root_);
    return harness_.find(workflow, arguments.value("nth", std::size_t{0}));
  }

  const core::Task* task_of(const core::ExecutionState& state, const Value& arguments) {
    const auto& tasks = state.tasks_named(text_or(arguments, "task"));
    return tasks.empty() ? nullptr : tasks.back();
  }

  // The run an event means: of the item, or the n-th of the task, or the last one that is not complete.
  const core::ActionRun* run_of(const core::ExecutionState& state, const core::Task& task, const Value& arguments) {
    const auto& runs = state.runs_of(task.id);
    if (const Value* number = find(arguments, "run")) {
      const auto at = number->get<std::size_t>();
      return at < runs.size() ? runs[at] : nullptr;
    }
    const core::ActionRun* found = nullptr;
    for (const core::ActionRun* run : runs) {
      if (const Value* item = find(arguments, "item"); item != nullptr && *item != run->index) continue;
      if (!core::is_complete(run->state) || found == nullptr) found = run;
    }
    return found;
  }

  void happen(const Value& event) {
    ASSERT_TRUE(event.is_object() && !event.empty()) << to_json(event);
    const std::string what = event.begin().key();
    const Value& arguments = event.begin().value();
    SCOPED_TRACE("event " + to_json(event));
    if (what == "advance") return harness_.advance(arguments.get<std::int64_t>());
    if (what == "reload") return harness_.reload();
    if (what == "define") return define_all(arguments, "");
    core::ExecutionState* state = execution_of(arguments);
    ASSERT_NE(state, nullptr) << "no such execution";
    if (what == "check") return check(*state, arguments, "check");
    std::optional<core::Event> made = what == "pause" ? core::Event(core::PauseExecution{})
                                      : what == "resume"
                                          ? core::Event(core::ResumeExecution{arguments.value("env", Value())})
                                          : event_of_state(what, arguments);
    if (!made) made = event_of_task(what, arguments, *state);
    ASSERT_TRUE(made) << "cannot make this event";
    const Status status = harness_.submit(state->execution().id, *made);
    const std::string refused = text_or(arguments, "refused");
    if (find(arguments, "refused_has") != nullptr) return check_refused(status, arguments.at("refused_has"));
    EXPECT_EQ(status ? "" : without_ids(status.error().message), refused);
  }

  std::optional<core::Event> event_of_state(const std::string& what, const Value& arguments) {
    if (what == "rerun_tasks") return rerun_of(*execution_of(arguments), arguments);
    if (what != "stop") return std::nullopt;
    core::StopExecution stop{*core::parse_state(text_or(arguments, "state")), std::nullopt};
    if (const Value* message = find(arguments, "message")) stop.message = message->get<std::string>();
    return stop;
  }

  // {tasks: [names] | failed: true, all, downstream, reset, items, input, env, revision: text of the workflow}
  core::RerunTasks rerun_of(const core::ExecutionState& state, const Value& arguments) {
    core::RerunTasks rerun;
    for (const Value& name : arguments.value("tasks", Value::array()))
      rerun.task_ids.push_back(state.tasks_named(name.get<std::string>()).back()->id);
    if (arguments.value("failed", false)) rerun.task_ids = core::failed_tasks(state);
    rerun.all = arguments.value("all", false);
    rerun.downstream = arguments.value("downstream", false);
    rerun.reset = arguments.value("reset", true);
    for (const Value& item : arguments.value("items", Value::array())) rerun.items.push_back(item);
    rerun.input = arguments.value("input", Value());
    rerun.env = arguments.value("env", Value());
    if (const Value* text = find(arguments, "revision")) rerun.definition_hash = harness_.add_revision(*text);
    return rerun;
  }

  std::optional<core::Event> event_of_task(const std::string& what, const Value& arguments,
                                           const core::ExecutionState& state) {
    const core::Task* task = task_of(state, arguments);
    if (task == nullptr) return std::nullopt;
    const Value env = arguments.value("env", Value());
    if (what == "rerun") return core::RerunTask{task->id, arguments.value("reset", true), env};
    if (what == "skip") return core::SkipTask{task->id, env};
    const core::ActionRun* run = run_of(state, *task, arguments);
    if (run == nullptr) return std::nullopt;
    if (what == "lost") return core::ActionLost{run->id, run->attempt};
    if (what == "update") return core::ActionUpdated{run->id, *core::parse_state(text_or(arguments, "state"))};
    if (what != "finish") return std::nullopt;
    const bool outside = arguments.value("outside", !run->is_sync);
    return core::ActionFinished{run->id, outside ? 0 : run->attempt, scripted(arguments).outcome};
  }

  void check(const core::ExecutionState& state, const Value& expect, const std::string& where) {
    SCOPED_TRACE(where + " of workflow '" + state.execution().workflow_name + "'");
    const core::Execution& execution = state.execution();
    same(expect, "state", std::string(to_string(execution.state)));
    same(expect, "state_info", text_or_null(execution.state_info));
    same(expect, "state_info_bytes", execution.state_info.value_or("").size());
    if (const Value* wanted = find(expect, "state_info_has")) check_has(execution.state_info, *wanted);
    same(expect, "output", without_ids(execution.output));
    same(expect, "params", without_ids(execution.params));
    same(expect, "namespace", execution.workflow_namespace);
    same(expect, "globals", execution.globals);
    same(expect, "timers_left", state.timers().size());
    same(expect, "runs", harness_.admitted().size());
    same(expect, "cancel_requests", harness_.cancel_requests().size());
    if (const Value* wanted = find(expect, "order")) {
      Value order = Value::array();
      for (const std::string& task : harness_.admitted()) order.push_back(task);
      EXPECT_EQ(order, *wanted);
    }
    if (const Value* tasks = find(expect, "tasks"))
      for (auto item = tasks->begin(); item != tasks->end(); ++item) check_task(state, item.key(), item.value());
    if (const Value* absent = find(expect, "absent")) {
      for (const Value& name : *absent)
        EXPECT_TRUE(state.tasks_named(name.get<std::string>()).empty()) << "task " << name << " exists";
    }
    if (const Value* executions = find(expect, "executions"))
      for (auto item = executions->begin(); item != executions->end(); ++item)
        check_executions(item.key(), item.value());
  }

  // Compares when `expect` has the key.
  static void same(const Value& expect, const char* key, const Value& actual) {
    const Value* wanted = find(expect, key);
    if (wanted == nullptr) return;
    EXPECT_EQ(actual, *wanted) << "at '" << key << "'";
  }

  void check_executions(const std::string& workflow, const Value& expected) {
    const Value list = expected.is_array() ? expected : Value::array({expected});
    for (std::size_t nth = 0; nth < list.size(); ++nth) {
      const core::ExecutionState* child = harness_.find(workflow, nth);
      ASSERT_NE(child, nullptr) << "no execution " << nth << " of " << workflow;
      check(*child, list[nth], "execution " + std::to_string(nth));
    }
    EXPECT_EQ(harness_.find(workflow, list.size()), nullptr) << "more executions of " << workflow << " than expected";
  }

  static void check_refused(const Status& status, const Value& parts) {
    ASSERT_FALSE(status) << "the event was not refused";
    check_has(status.error().message, parts);
  }

  static void check_has(const std::optional<std::string>& text, const Value& wanted) {
    const Value list = wanted.is_array() ? wanted : Value::array({wanted});
    for (const Value& part : list)
      EXPECT_NE(without_ids(text.value_or("")).find(part.get<std::string>()), std::string::npos)
          << "'" << text.value_or("") << "' has no " << part;
  }

  void check_task(const core::ExecutionState& state, const std::string& name, const Value& wanted) {
    SCOPED_TRACE("task '" + name + "'");
    const auto& tasks = state.tasks_named(name);
    ASSERT_FALSE(tasks.empty()) << "does not exist";
    const core::Task& task = *tasks.back();
    const Value row = wanted.is_string() ? Value{{"state", wanted}} : wanted;
    for (auto item = row.begin(); item != row.end(); ++item) {
      const std::string& key = item.key();
      if (key == "info_has") {
        check_has(task.state_info, item.value());
        continue;
      }
      Value actual;
      if (key == "state") actual = std::string(to_string(task.state));
      if (key == "info") actual = text_or_null(task.state_info);
      if (key == "published") actual = without_ids(task.published);
      if (key == "runs") actual = state.runs_of(task.id).size();
      if (key == "count") actual = tasks.size();
      if (key == "superseded") actual = superseded_of(state, name);
      if (key == "retries") actual = task.retry_count;
      if (key == "result") actual = without_ids(core::task_result(state, task));
      if (key == "context") actual = without_ids(task.in_context.flatten());
      if (key == "input") actual = state.runs_of(task.id).empty() ? Value() : state.runs_of(task.id).back()->input;
      if (key == "tags") actual = task.tags;
      if (key == "action") actual = state.runs_of(task.id).back()->name;
      if (key == "base") actual = core::action_of(*state.runs_of(task.id).back());
      if (key == "base_input") actual = core::input_of(*state.runs_of(task.id).back());
      if (key == "target") actual = state.runs_of(task.id).back()->target;
      if (key == "recovered") actual = state.runs_of(task.id).back()->recovered;
      if (key == "timeout_ms") actual = state.runs_of(task.id).back()->timeout_ms;
      if (key == "triggered_by") actual = triggers(state, task);
      EXPECT_EQ(actual, item.value()) << "at '" << key << "', state_info " << task.state_info.value_or("null");
    }
  }

  static std::size_t superseded_of(const core::ExecutionState& state, const std::string& name) {
    std::size_t count = 0;
    for (const auto& task : state.tasks()) count += task->superseded && task->name == name ? 1 : 0;
    return count;
  }

  static Value triggers(const core::ExecutionState& state, const core::Task& task) {
    Value list = Value::array();
    for (const core::TriggeredBy& by : task.triggered_by) {
      const core::Task* from = state.task(by.task_id);
      list.push_back((from != nullptr ? from->name : "-") + " " + by.event);
    }
    return list;
  }

  const Value& source_;
  CoreHarness harness_;
  ExecutionId root_;
};

class ConformanceTest : public testing::Test {
 public:
  explicit ConformanceTest(Value source) : source_(std::move(source)) {}
  void TestBody() override { Case(source_).play(); }

 private:
  Value source_;
};

std::string test_name(const std::string& text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

void register_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const auto parsed = dsl::parse_yaml(text.str());
  if (!parsed || find(*parsed, "cases") == nullptr) {
    testing::RegisterTest("Conformance", test_name(path.stem()).c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [message = parsed ? std::string("no cases") : parsed.error().message]() -> testing::Test* {
                            ADD_FAILURE() << message;
                            return new ConformanceTest(Value::object());
                          });
    return;
  }
  for (const Value& source : parsed->at("cases")) {
    const std::string name = test_name(text_or(source, "name", "unnamed"));
    testing::RegisterTest(("Conformance_" + test_name(path.stem())).c_str(), name.c_str(), nullptr, nullptr,
                          path.c_str(), 1, [source]() -> testing::Test* { return new ConformanceTest(source); });
  }
}

}  // namespace
}  // namespace foehn::test

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::filesystem::path folder = argc > 1 ? argv[1] : "tests/conformance";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) foehn::test::register_file(file);
  return RUN_ALL_TESTS();
}
