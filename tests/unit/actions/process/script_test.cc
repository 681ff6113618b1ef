// Goal: code of users gives a result or an error that explains itself, and can do nothing else, whatever it tries.
// Method: the real interpreters under the real guard (this test program started again). Needs root, as the product does.
#include "actions/process/script_actions.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>

namespace foehn::actions {
namespace {

constexpr auto kLongest = std::chrono::seconds(60);
constexpr char kName[] = "test.python";

class Sources final : public ScriptSource {
 public:
  std::map<std::string, std::string, std::less<>> texts;
  Result<std::string> script(std::string_view name) const override {
    const auto found = texts.find(name);
    if (found == texts.end()) return fail(ErrorCode::kNotFound, "no such code");
    return found->second;
  }
};

struct ScriptTest : ::testing::Test {
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "code of users is only run by a server that is root";
    allow({.python = true, .javascript = true});
  }
  void allow(const ScriptOptions& options) {
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    registry = std::make_unique<ActionRegistry>();
    runner = std::make_unique<ProcessRunner>(ProcessOptions{.guard = {self, "process-guard"}});
    ASSERT_TRUE(register_script_actions(*registry, *runner, kName, sources, options));
  }
  std::future<ActionOutcome> start(const std::string& action, Value input) {
    auto promise = std::make_shared<std::promise<ActionOutcome>>();
    context.run_id = *ActionRunId::parse("00000000-0000-4000-8000-000000000001");
    context.workflow_name = "flow";
    context.log = [this](std::string_view text) {
      const std::lock_guard lock(log_mutex);
      if (log.size() < 100'000) log += text;
      logged.notify_all();
    };
    registry->find(action)->run(context, std::move(input),
                                [promise](ActionOutcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }
  ActionOutcome ended(std::future<ActionOutcome> future) {
    if (future.wait_for(kLongest) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "no outcome";
    return ActionOutcome::error("no outcome");
  }
  std::future<ActionOutcome> start_python(const std::string& code, Value input = Value::object()) {
    sources.texts["id"] = code;
    return start(kName, Value{{"action", "my.act"}, {"class_name", "A"}, {"code_source_id", "id"}, {"input", input}});
  }
  // `body`: statements of run().
  static std::string act(const std::string& body) {
    return "from mistral_lib import actions\n"
           "import os, socket, sys, time\n"
           "class A(actions.Action):\n"
           "    def run(self, context):\n"
           "        " +
           body + "\n";
  }
  ActionOutcome python(const std::string& code, Value input = Value::object()) {
    return ended(start_python(code, std::move(input)));
  }
  std::string error(const ActionOutcome& outcome) {
    EXPECT_EQ(outcome.kind, OutcomeKind::kError) << to_json(outcome.data);
    return outcome.data.is_string() ? outcome.data.get<std::string>() : to_json(outcome.data);
  }
  ActionOutcome javascript(const std::string& script, Value value = Value()) {
    return ended(start("std.javascript", Value{{"script", script}, {"context", std::move(value)}}));
  }

  Sources sources;
  std::unique_ptr<ActionRegistry> registry;
  std::unique_ptr<ProcessRunner> runner;
  ActionContext context;
  std::mutex log_mutex;
  std::condition_variable logged;
  std::string log;
};

TEST_F(ScriptTest, AClassIsCalledAndItsResultTaken) {
  const char* code = R"py(
from mistral_lib import actions
class Base(actions.Action):
    def __init__(self, a, b=2):
        self.sum = a + b
class A(Base):
    def run(self, context):
        print("printed")
        return {"sum": self.sum, "flow": context.execution.workflow_name,
                "run": context.execution.action_execution_id, "url": context.execution.callback_url}
)py";
  const std::string id = "00000000-0000-4000-8000-000000000001";
  EXPECT_EQ(to_json(python(code, Value{{"a", 1}}).data), R"({"sum":3,"flow":null,"run":")" + id +
                                                             R"(","url":"/v2/action_executions/)" + id + R"("})");
  EXPECT_EQ(log, "printed\n");
  EXPECT_EQ(error(python(code, Value{{"x", 1}})),
            "Failed to instantiate an action [action=my.act]: TypeError: Base.__init__() got an unexpected keyword "
            "argument 'x'");
  EXPECT_EQ(to_json(python(act("return actions.Result(data=[1, 2])")).data), "[1,2]");
  EXPECT_EQ(error(python(act("return actions.Result(error={'code': 7})"))), R"({"code":7})");
  EXPECT_EQ(python(act("return actions.Result(cancel=True)")).kind, OutcomeKind::kCancelled);
}

TEST_F(ScriptTest, WhatIsWrongIsToldWithItsPlace) {
  EXPECT_EQ(error(python("class A\n")), "The code source has a syntax error in line 1: expected ':'");
  EXPECT_EQ(error(python("import nothing_of_that_name\n")),
            "The code source cannot be loaded: ModuleNotFoundError: No module named 'nothing_of_that_name' (line 1, in "
            "<module>)");
  EXPECT_EQ(error(python("class B: pass\nclass C: pass\n")), "The code source has no class 'A'; it has: B, C");
  EXPECT_EQ(error(python(act("raise ValueError('too small')"))),
            "The action raised an exception [action=my.act, action_ex_id=00000000-0000-4000-8000-000000000001, "
            "msg='too small']\n  ValueError: too small (line 5, in run)");
  EXPECT_EQ(error(python(act("return {1, 2}"))),
            "The result of my.act cannot be written as JSON: Object of type set is not JSON serializable");
  EXPECT_EQ(error(python(act("return float('nan')"))),
            "The result of my.act cannot be written as JSON: Out of range float values are not JSON compliant");
  EXPECT_EQ(error(python(act("pass") + "    def is_sync(self): return False\n")),
            "The action my.act is asynchronous (is_sync() is False); only actions that give their result by returning "
            "it can be run here");
  EXPECT_EQ(error(python(act("os._exit(3)"))), "The process of action 'my.act' ended with exit code 3");
  sources.texts.clear();
  EXPECT_EQ(error(ended(start(kName, Value{{"code_source_id", "gone"}}))), "no such code");
}

TEST_F(ScriptTest, ItReachesNoNetworkAndNoFileOfOthers) {
  const std::string secret = "/tmp/foehn-script-test-" + std::to_string(::getpid());
  ASSERT_EQ(::mkdir(secret.c_str(), 0777), 0);
  const auto refused = [&](const std::string& statement) {
    return python(act("try:\n            " + statement +
                      "\n            return 'done'\n        except OSError as e:\n            return type(e).__name__"));
  };
  EXPECT_EQ(refused("socket.create_connection(('127.0.0.1', 22), 2)").data, "OSError");
  EXPECT_EQ(refused("open('" + secret + "/x', 'w')").data, "FileNotFoundError");
  EXPECT_EQ(refused("open('/var/tmp/foehn-script-test', 'w')").data, "OSError");  // read-only, although 1777
  EXPECT_EQ(refused("open('/etc/shadow')").data, "PermissionError");
  EXPECT_EQ(refused("os.kill(1000, 9)").data, "ProcessLookupError");
  EXPECT_EQ(refused("os.setuid(0)").data, "PermissionError");
  EXPECT_EQ(refused("open('/tmp/own', 'w').write('x' * (70 << 20))").data, "OSError");  // its /tmp has 64 MB
  EXPECT_EQ(refused("open('/tmp/own', 'w').write('x' * 1000)").data, "done");
  EXPECT_EQ(python(act("return sorted(os.listdir('/tmp')) + os.listdir('/run')")).data, Value::array());
  EXPECT_EQ(to_json(python(act("return sorted(os.environ)")).data), R"(["HOME","LANG","PATH"])");
  EXPECT_EQ(python(act("return len([p for p in os.listdir('/proc') if p.isdigit()])")).data, 1);
  EXPECT_FALSE(std::filesystem::exists(secret + "/x"));
  ::rmdir(secret.c_str());
}

TEST_F(ScriptTest, AForkBombIsBoundedAndGoneAfterwards) {
  const ActionOutcome outcome = python(act(R"py(n = 0
        while n < 1000:
            try:
                if os.fork() == 0:
                    os.setsid()
                    while True: time.sleep(1)
                n += 1
            except OSError:
                return n)py"));
  EXPECT_EQ(outcome.data, 63);
}

TEST_F(ScriptTest, MemoryAndOutputHaveBounds) {
  EXPECT_NE(error(python(act("return len('x' * (600 << 20))"))).find("MemoryError"), std::string::npos);
  EXPECT_EQ(error(python(act("return 'x' * (5 << 20)"))),
            "The process of action 'my.act' wrote more than 4194304 bytes to standard output");
  // Of a long log only the end is kept; it costs the run time, and nobody else anything.
  EXPECT_EQ(python(act("piece = 'x' * (1 << 20)\n        for i in range(32): print(piece)\n        return 'said'")).data,
            "said");
}

TEST_F(ScriptTest, ACancelEndsAnEndlessLoopThatIgnoresSignals) {
  auto future = start_python(act("import signal\n        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                                 "        print('ready', flush=True)\n        while True: pass"));
  {
    std::unique_lock lock(log_mutex);
    ASSERT_TRUE(logged.wait_for(lock, kLongest, [&] { return log == "ready\n"; }));
  }
  registry->find(kName)->cancel(context.run_id);
  EXPECT_EQ(ended(std::move(future)).kind, OutcomeKind::kCancelled);
}

TEST_F(ScriptTest, JavascriptIsTheBodyOfAFunction) {
  if (!std::filesystem::exists("/usr/bin/node")) GTEST_SKIP() << "there is no /usr/bin/node";
  EXPECT_EQ(javascript("return $.a + 1", Value{{"a", 1}}).data, 2);
  EXPECT_EQ(to_json(javascript("var x = {b: [1, null]}; return x").data), R"({"b":[1,null]})");
  EXPECT_TRUE(javascript("1 + 1").data.is_null());
  EXPECT_EQ(error(javascript("return nothing")),
            "JavaScriptAction failed: ReferenceError: nothing is not defined");
  EXPECT_EQ(to_json(ended(start("std.js", Value{{"script", "return [$]"}})).data), "[null]");
  // Out of the script's context there is only the process, which may nothing.
  EXPECT_EQ(error(javascript("return this.constructor.constructor('return process')().kill(1000)")),
            "JavaScriptAction failed: Error: kill ESRCH");
}

TEST_F(ScriptTest, WhatIsNotAllowedOrNotThereIsToldWithTheOption) {
  allow({});
  EXPECT_EQ(error(python(act("return 1"))),
            "Python code is not allowed on this server; its operator can allow it: foehn serve --allow-python-actions");
  EXPECT_EQ(error(javascript("return 1")),
            "JavaScript is not allowed on this server; its operator can allow it: foehn serve --allow-javascript");
  allow({.python = true, .python_program = "/no/python", .javascript = false});
  EXPECT_EQ(error(python(act("return 1"))),
            "Python code needs /no/python, which is not there; its operator can name another: foehn serve --python "
            "PATH");
  EXPECT_FALSE(registry->signature(kName));
  EXPECT_EQ(registry->action_names(), (std::vector<std::string>{"std.javascript", "std.js"}));
}

}  // namespace
}  // namespace foehn::actions
