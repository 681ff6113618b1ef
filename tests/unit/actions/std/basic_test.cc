// Goal: the actions without outside effect answer exactly as Mistral's.
#include "actions/std/basic.h"

#include <gtest/gtest.h>

#include <future>

#include "actions/registry.h"
#include "actions/timer_queue.h"
#include "tests/unit/actions/fakes.h"

namespace foehn::actions {
namespace {

using foehn::testing::Outcomes;

struct Basic : ::testing::Test {
  Basic() {
    for (auto& action : make_basic_actions(timers)) EXPECT_TRUE(registry.add(std::move(action)));
  }
  ActionOutcome run(const std::string& name, Value input) {
    std::promise<ActionOutcome> outcome;
    registry.find(name)->run(context, std::move(input),
                             [&](ActionOutcome given) { outcome.set_value(std::move(given)); });
    return outcome.get_future().get();
  }
  TimerQueue timers;
  ActionRegistry registry;
  ActionContext context;
};

TEST_F(Basic, Signatures) {
  std::map<std::string, std::string> texts;
  for (const ActionSpec* spec : registry.specs()) texts[spec->name] = signature_text(*spec);
  EXPECT_EQ(texts, (std::map<std::string, std::string>{{"std.async_noop", ""},
                                                       {"std.echo", "output, delay=0"},
                                                       {"std.fail", "error_data=null"},
                                                       {"std.noop", ""},
                                                       {"std.sleep", "seconds=1"},
                                                       {"std.test_dict", "size=0, key_prefix=\"\", val=\"\""}}));
  EXPECT_FALSE(registry.find("std.async_noop")->spec().is_sync);
  for (const char* name : {"std.noop", "std.echo", "std.fail", "std.test_dict"})
    EXPECT_TRUE(registry.find(name)->spec().pure) << name;
  for (const char* name : {"std.sleep", "std.async_noop"}) EXPECT_FALSE(registry.find(name)->spec().pure) << name;
}

TEST_F(Basic, NoopGivesNull) { EXPECT_EQ(run("std.noop", Value::object()).data, Value()); }

TEST_F(Basic, EchoGivesItsInputBack) {
  const Value value = {{"a", {1, "x", Value()}}};
  EXPECT_EQ(run("std.echo", {{"output", value}}).data, value);
  EXPECT_EQ(run("std.echo", {{"output", 1}, {"delay", -5}}).data, 1);
  EXPECT_EQ(run("std.echo", {{"output", 2}, {"delay", "abc"}}).data, 2);
  EXPECT_EQ(run("std.echo", {{"output", 3}, {"delay", 0.01}}).data, 3);
}

TEST_F(Basic, FailGivesItsDataOrMistralsText) {
  const auto with_data = run("std.fail", {{"error_data", {{"code", 7}}}});
  EXPECT_EQ(with_data.kind, OutcomeKind::kError);
  EXPECT_EQ(with_data.data, (Value{{"code", 7}}));
  EXPECT_EQ(run("std.fail", {{"error_data", 0}}).data,
            "The action raised an exception [action=Fail action, action_ex_id=None, msg='Fail action expected "
            "exception.']");
  context.run_id = *ActionRunId::parse("11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(run("std.fail", Value::object()).data,
            "The action raised an exception [action=Fail action, action_ex_id=11111111-2222-3333-4444-555555555555, "
            "msg='Fail action expected exception.']");
}

TEST_F(Basic, TestDict) {
  EXPECT_EQ(to_json(run("std.test_dict", {{"size", 2}, {"key_prefix", "k"}, {"val", 5}}).data), R"({"k0":5,"k1":5})");
  EXPECT_EQ(to_json(run("std.test_dict", Value::object()).data), "{}");
  EXPECT_EQ(run("std.test_dict", {{"size", 100'001}}).kind, OutcomeKind::kError);
}

TEST_F(Basic, SleepTakesWholeSecondsAndCanBeCancelled) {
  EXPECT_EQ(run("std.sleep", {{"seconds", 0}}).data, Value());
  EXPECT_EQ(run("std.sleep", {{"seconds", 0.9}}).data, Value());
  EXPECT_EQ(run("std.sleep", {{"seconds", -1}}).data, Value());
  context.run_id = ActionRunId::random();
  Outcomes outcomes;
  registry.find("std.sleep")->run(context, {{"seconds", 1000}}, outcomes.done());
  EXPECT_TRUE(outcomes.all.empty());
  registry.find("std.sleep")->cancel(ActionRunId::random());
  EXPECT_TRUE(outcomes.all.empty());
  registry.find("std.sleep")->cancel(context.run_id);
  EXPECT_EQ(outcomes.only().kind, OutcomeKind::kCancelled);
  registry.find("std.sleep")->cancel(context.run_id);
  EXPECT_EQ(outcomes.all.size(), 1u);
}

}  // namespace
}  // namespace foehn::actions
