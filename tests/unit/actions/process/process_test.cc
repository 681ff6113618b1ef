// Goal: an action that is a program gives exactly one outcome with a text that explains itself, and nothing of it is
// left, whatever it does. Method: real programs under the real guard, which is this test program started again.
#include "actions/process/process_actions.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>

#include "actions/process/guard.h"

namespace foehn::actions {
namespace {

constexpr auto kLongest = std::chrono::seconds(30);

struct ProcessTest : ::testing::Test {
  ProcessTest() {
    char name[] = "/tmp/foehn-process-XXXXXX";
    folder = ::mkdtemp(name);
    const auto self = std::filesystem::read_symlink("/proc/self/exe").string();
    runner = std::make_unique<ProcessRunner>(ProcessOptions{.guard = {self, "process-guard"}, .grace_ms = 200});
  }
  ~ProcessTest() override {
    runner.reset();
    std::filesystem::remove_all(folder);
  }

  // A manifest whose program is the script.
  Manifest& script(const std::string& text, const std::string& interpreter = "/bin/sh") {
    const std::string path = folder + "/program";
    std::ofstream(path) << "#!" << interpreter << "\n" << text << "\n";
    ::chmod(path.c_str(), 0755);
    manifest = Manifest{};
    manifest.spec.name = "site.try";
    manifest.command = {path};
    manifest.folder = folder;
    return manifest;
  }
  Manifest& python(const std::string& text) { return script(text, "/usr/bin/python3"); }

  std::future<ActionOutcome> start(Value input = Value::object()) {
    auto promise = std::make_shared<std::promise<ActionOutcome>>();
    context.run_id = ActionRunId::random();
    context.log = [this](std::string_view text) {
      const std::lock_guard lock(log_mutex);
      log += text;
      logged.notify_all();
    };
    runner->run(manifest, manifest.spec.name, context, std::move(input), [promise](ActionOutcome outcome) {
      promise->set_value(std::move(outcome));
    });
    return promise->get_future();
  }
  ActionOutcome run(Value input = Value::object()) {
    auto future = start(std::move(input));
    if (future.wait_for(kLongest) == std::future_status::ready) return future.get();
    ADD_FAILURE() << "no outcome";
    return ActionOutcome::error("no outcome");
  }
  std::string error_of(const ActionOutcome& outcome) {
    EXPECT_EQ(outcome.kind, OutcomeKind::kError) << to_json(outcome.data);
    return outcome.data.is_string() ? outcome.data.get<std::string>() : to_json(outcome.data);
  }
  void wait_for_log(const std::string& text) {
    std::unique_lock lock(log_mutex);
    ASSERT_TRUE(logged.wait_for(lock, kLongest, [&] { return log.find(text) != std::string::npos; })) << log;
  }
  // The process that wrote its id into the file is no more (or nobody's but init's zombie).
  bool is_gone(const std::string& file) {
    int pid = 0;
    std::ifstream(folder + "/" + file) >> pid;
    EXPECT_GT(pid, 1) << file;
    return ::kill(pid, 0) != 0;
  }

  std::string folder;
  Manifest manifest;
  ActionContext context;
  std::mutex log_mutex;
  std::condition_variable logged;
  std::string log;
  std::unique_ptr<ProcessRunner> runner;
};

TEST_F(ProcessTest, OneObjectInOneObjectOut) {
  python("import json, sys\nasked = json.load(sys.stdin)\nprint(json.dumps({'result': asked}))").defaults["port"] = 22;
  const ActionOutcome outcome = run(Value{{"host", "a"}});
  EXPECT_EQ(to_json(outcome.data),
            R"({"action":"site.try","input":{"port":22,"host":"a"},"context":{"action_run_id":")" +
                to_string(context.run_id) + R"(","attempt":1,"recovered":false}})");
  EXPECT_EQ(outcome.kind, OutcomeKind::kSuccess);
}

TEST_F(ProcessTest, AnErrorIsTheProgramsOwnWord) {
  script(R"(echo '{"error": {"code": 7}}'; exit 3)");
  EXPECT_EQ(error_of(run()), R"({"code":7})");
}

TEST_F(ProcessTest, StandardErrorIsTheLiveLog) {
  script(R"(echo one >&2; read line; sleep 0; echo '{"result": null}')");
  EXPECT_EQ(run().kind, OutcomeKind::kSuccess);
  wait_for_log("one\n");
}

TEST_F(ProcessTest, ABadEndIsToldWithTheLastLinesOfStandardError) {
  script("echo no disk >&2; exit 4");
  EXPECT_EQ(error_of(run()), "The process of action 'site.try' ended with exit code 4\nno disk");
  script("kill -SEGV $$");
  EXPECT_EQ(error_of(run()), "The process of action 'site.try' was ended by signal SIGSEGV");
  script("exit 0");
  EXPECT_EQ(error_of(run()), "The process of action 'site.try' wrote no answer: {\"result\": …} or {\"error\": …} is "
                             "expected on standard output");
  script("echo '[1]'");
  EXPECT_EQ(error_of(run()), "The process of action 'site.try' wrote an answer without a result: {\"result\": …} or "
                             "{\"error\": …} is expected on standard output");
  script("echo done");
  EXPECT_TRUE(error_of(run()).starts_with("The process of action 'site.try' wrote an answer that is not JSON: "));
  script(R"(printf '{"result": "\377"}')");
  EXPECT_TRUE(error_of(run()).starts_with("The process of action 'site.try' wrote an answer that is not JSON: "));
}

TEST_F(ProcessTest, AProgramThatCannotBeStartedIsNamed) {
  script("true", "/no/such/interpreter");
  EXPECT_EQ(error_of(run()), "The process of action 'site.try' could not be started: " + folder +
                                 "/program: No such file or directory");
}

TEST_F(ProcessTest, OutputHasABound) {
  script("yes").output_bytes = 10000;
  EXPECT_EQ(error_of(run()), "The process of action 'site.try' wrote more than 10000 bytes to standard output");
  script("yes >&2 & yes >&2 & sleep 0.2; kill $!; echo '{\"result\": 1}'");
  EXPECT_EQ(run().data, Value(1));
}

TEST_F(ProcessTest, InputNeedNotBeRead) {
  script(R"(echo '{"result": "not read"}')");
  EXPECT_EQ(run(Value{{"big", std::string(1000000, 'x')}}).data, Value("not read"));
  script(R"(exec <&-; echo '{"result": "closed"}')");
  EXPECT_EQ(run(Value{{"big", std::string(1000000, 'x')}}).data, Value("closed"));
}

TEST_F(ProcessTest, ALargeInputArrivesWhole) {
  python("import json, sys\nprint(json.dumps({'result': len(json.load(sys.stdin)['input']['big'])}))");
  EXPECT_EQ(run(Value{{"big", std::string(900000, 'x')}}).data, Value(900000));
}

TEST_F(ProcessTest, WhatItLeavesInTheBackgroundIsKilled) {
  script(R"(setsid sh -c 'echo $$ > left; exec sleep 1000' & while [ ! -s left ]; do :; done; echo '{"result": 1}')");
  EXPECT_EQ(run().data, Value(1));
  EXPECT_TRUE(is_gone("left"));
}

TEST_F(ProcessTest, ADaemonThatForkedTwiceIsKilled) {
  python(R"py(import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("daemon", "w").write(str(os.getpid()))
        time.sleep(1000)
    os._exit(0)
while not os.path.exists("daemon") or not open("daemon").read(): pass
print('{"result": 1}', flush=True))py");
  EXPECT_EQ(run().data, Value(1));
  EXPECT_TRUE(is_gone("daemon"));
}

TEST_F(ProcessTest, CancelEndsTheWholeGroup) {
  script("sleep 1000 & echo $! > child; echo ready >&2; wait");
  auto future = start();
  wait_for_log("ready");
  runner->cancel(context.run_id);
  ASSERT_EQ(future.wait_for(kLongest), std::future_status::ready);
  EXPECT_EQ(future.get().kind, OutcomeKind::kCancelled);
  EXPECT_TRUE(is_gone("child"));
}

TEST_F(ProcessTest, WhoIgnoresSigtermIsKilledAfterTheGrace) {
  script("trap '' TERM; echo $$ > stubborn; echo ready >&2; while :; do sleep 1000; done");
  auto future = start();
  wait_for_log("ready");
  runner->cancel(context.run_id);
  ASSERT_EQ(future.wait_for(kLongest), std::future_status::ready);
  EXPECT_EQ(future.get().kind, OutcomeKind::kCancelled);
  EXPECT_TRUE(is_gone("stubborn"));
}

TEST_F(ProcessTest, TheManifestsTimeoutEndsIt) {
  script("echo so far >&2; sleep 1000").timeout_ms = 1000;
  EXPECT_EQ(error_of(run()), "The process of action 'site.try' did not end within 1 s\nso far");
}

TEST_F(ProcessTest, TheServersEndKillsItAtOnce) {
  script("trap '' TERM; echo $$ > orphan; echo ready >&2; while :; do sleep 1000; done");
  auto future = start();
  wait_for_log("ready");
  runner.reset();
  EXPECT_TRUE(is_gone("orphan"));
  EXPECT_EQ(future.wait_for(std::chrono::seconds(0)), std::future_status::ready);  // the promise was dropped
}

TEST_F(ProcessTest, MemoryAndProcessorTimeAreBounded) {
  python("x = 'x' * 500_000_000").memory_bytes = 200'000'000;
  EXPECT_NE(error_of(run()).find("MemoryError"), std::string::npos);
  script("while :; do :; done").cpu_seconds = 1;
  const std::string text = error_of(run());
  EXPECT_TRUE(text == "The process of action 'site.try' was ended by signal SIGKILL" ||
              text == "The process of action 'site.try' was ended by signal SIGXCPU")
      << text;
}

TEST_F(ProcessTest, EnvironmentAndDescriptorsAreClean) {
  ::setenv("SECRET_TOKEN", "x", 1);
  python(R"py(import json, os
print(json.dumps({"result": [sorted(os.environ), sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1], os.getcwd()]}))
)py")
      .env["SITE"] = "here";
  const Value result = run().data;
  EXPECT_EQ(to_json(result), R"([["HOME","LANG","PATH","SITE"],[0,1,2],")" + folder + "\"]")
      << to_json(result);
}

}  // namespace
}  // namespace foehn::actions

int main(int argc, char** argv) {
  if (argc > 2 && std::string(argv[1]) == "process-guard") return foehn::actions::guard_main(argc - 2, argv + 2);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
