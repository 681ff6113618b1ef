// Goal: what the language and the API learn about actions, and the small tools of the actions.
#include "actions/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "actions/secrets.h"
#include "actions/text.h"
#include "actions/timer_queue.h"

namespace foehn::actions {
namespace {

class Named final : public Action {
 public:
  explicit Named(ActionSpec spec) : spec_(std::move(spec)) {}
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext&, Value, Done done) override { done(ActionOutcome::success(Value())); }

 private:
  const ActionSpec spec_;
};

ActionSpec echo_like() {
  return {.name = "std.echo",
          .class_name = "mistral.actions.std_actions.EchoAction",
          .inputs = {{.name = "output", .required = true},
                     {.name = "delay", .default_text = "0"},
                     {.name = "extra", .extension = true}},
          .target_inputs = {"output"}};
}

TEST(Registry, FindsActionsAndDescribesThem) {
  ActionRegistry registry;
  ASSERT_TRUE(registry.add(std::make_unique<Named>(echo_like())));
  const Status again = registry.add(std::make_unique<Named>(echo_like()));
  EXPECT_EQ(again.error().message, "there are two actions named std.echo");
  EXPECT_NE(registry.find("std.echo"), nullptr);
  EXPECT_EQ(registry.find("std.nothing"), nullptr);
  EXPECT_FALSE(registry.signature("std.nothing").has_value());
  const auto signature = registry.signature("std.echo");
  ASSERT_EQ(signature->parameters.size(), 3u);
  EXPECT_TRUE(signature->parameters[0].required);
  EXPECT_FALSE(signature->parameters[1].required);
  EXPECT_EQ(registry.action_names(), std::vector<std::string>{"std.echo"});
  EXPECT_EQ(signature_text(echo_like()), "output, delay=0");
}

TEST(Registry, ChecksInputsWithMistralsText) {
  const ActionSpec spec = echo_like();
  EXPECT_TRUE(check_input(spec, {{"output", 1}, {"extra", 2}}));
  EXPECT_EQ(check_input(spec, Value::object()).error().message,
            "Invalid input [name=std.echo, class=mistral.actions.std_actions.EchoAction, missing=['output']]");
  EXPECT_EQ(check_input(spec, {{"wrong_input", 1}}).error().message,
            "Invalid input [name=std.echo, class=mistral.actions.std_actions.EchoAction, missing=['output'], "
            "unexpected=['wrong_input']]");
  EXPECT_EQ(check_input(spec, {{"output", Value()}, {"x", 1}}).error().message,
            "Invalid input [name=std.echo, class=mistral.actions.std_actions.EchoAction, unexpected=['x']]");
  ActionSpec anything = spec;
  anything.accepts_any = true;
  EXPECT_TRUE(check_input(anything, {{"x", 1}}));
}

TEST(Registry, TheCapacityKeyIsTheTarget) {
  EXPECT_EQ(capacity_key(echo_like(), {{"output", "10.0.0.5"}}), "10.0.0.5");
  EXPECT_EQ(capacity_key(echo_like(), {{"output", {"a", "b"}}}), "a,b");
  EXPECT_EQ(capacity_key(echo_like(), Value::object()), "");
}

TEST(Text, InvalidBytesBecomeReplacementCharacters) {
  EXPECT_EQ(to_utf8("plain äöü € 😀"), "plain äöü € 😀");
  EXPECT_EQ(to_utf8("a\xff\xc3"
                    "b"),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(to_utf8("\xc0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
  EXPECT_EQ(to_utf8("\xed\xa0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // surrogate
  EXPECT_EQ(latin1_to_utf8("caf\xe9"), "café");
}

TEST(Text, AStreamMayCutACharacterAnywhere) {
  const std::string text = "aä€😀z";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Stream stream;
    const std::string first = stream.feed(text.substr(0, cut));
    EXPECT_EQ(first + stream.feed(text.substr(cut)), text) << cut;
  }
}

TEST(Text, TailKeepsTheEnd) {
  EXPECT_EQ(tail("one\ntwo\nthree\n\n", 2, 100), "… two\nthree");
  EXPECT_EQ(tail("one\n", 2, 100), "one");
  EXPECT_EQ(tail("", 2, 100), "");
  EXPECT_EQ(tail("abcdef", 2, 3), "… def");
  EXPECT_EQ(tail("xäöü", 2, 3), "… ü");
}

TEST(Text, MaskAndQuote) {
  EXPECT_EQ(mask("my secret is secret", "secret"), "my *** is ***");
  EXPECT_EQ(mask("abc", "abc"), "abc");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
}

struct TemporaryFolder {
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "foehn-secrets-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST(Secrets, AreKeptInFilesThatOnlyTheOwnerReads) {
  TemporaryFolder folder;
  FileSecretStore store(folder.path / "secrets");
  EXPECT_EQ(store.get("key").error().message, "there is no secret named 'key'");
  ASSERT_TRUE(store.put("key", "value\n"));
  ASSERT_TRUE(store.put("key", "newer"));
  EXPECT_EQ(store.get("key").value(), "newer");
  struct stat info {};
  ASSERT_EQ(::stat((folder.path / "secrets/key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  ASSERT_EQ(::stat((folder.path / "secrets").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0700u);
  ASSERT_TRUE(store.erase("key"));
  ASSERT_TRUE(store.erase("key"));
  EXPECT_FALSE(store.get("key"));
}

TEST(Secrets, NamesCannotLeaveTheFolder) {
  TemporaryFolder folder;
  FileSecretStore store(folder.path);
  for (const char* name : {"", "..", "../x", "a/b", ".hidden", "a b", "a\nb"}) {
    EXPECT_EQ(store.put(name, "x").error().code, ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(store.get(name).error().code, ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(store.erase(name).error().code, ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_TRUE(store.put("overcloud-1.pub", "x"));
}

TEST(TimerQueue, RunsInOrderOfTimeAndCancels) {
  std::promise<void> done;
  std::mutex mutex;
  std::vector<int> order;
  const auto note = [&](int number) {
    std::lock_guard lock(mutex);
    order.push_back(number);
  };
  TimerQueue timers;
  const auto never = timers.schedule(60'000, [&] { note(9); });
  timers.schedule(30, [&] {
    note(2);
    done.set_value();
  });
  timers.schedule(5, [&] { note(1); });
  const auto cancelled = timers.schedule(10, [&] { note(8); });
  EXPECT_TRUE(timers.cancel(cancelled));
  EXPECT_FALSE(timers.cancel(cancelled));
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
  EXPECT_TRUE(timers.cancel(never));
}

TEST(TimerQueue, NothingRunsAfterItIsGone) {
  std::atomic<int> runs{0};
  {
    TimerQueue timers;
    timers.schedule(60'000, [&] { ++runs; });
  }
  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace foehn::actions
