// Goal: one execution per due time, whatever happens around it. Method: the memory store, a clock set by hand, a starter
// that knows what it has started, writes that fail as in a crash.
#include "workflows/triggers/cron_service.h"

#include <gtest/gtest.h>

#include "tests/unit/workflows/triggers/fakes.h"

namespace foehn::triggers {
namespace {

class CronServiceTest : public ::testing::Test {
 protected:
  CronTrigger make(const char* name, const char* pattern, std::optional<std::int64_t> count = std::nullopt,
                   const char* first = nullptr) {
    CronTrigger trigger;
    trigger.id = store::RecordId::random();
    trigger.name = name;
    trigger.workflow_id = "00000000-0000-4000-8000-000000000001";
    trigger.workflow_name = "wf";
    trigger.workflow_input["who"] = name;
    trigger.pattern = pattern;
    trigger.remaining = count;
    if (first) trigger.first_time = parse_time(first);
    trigger.created_at = clock_.wall();
    EXPECT_TRUE(plan(trigger, clock_.wall()));
    EXPECT_TRUE(records_.create_record(to_row(trigger)));
    return trigger;
  }
  std::string next() {
    CronService service(records_, engine_.starter(), clock_, log_);  // a new one each time: it keeps nothing
    std::optional<WallTime> due;
    do due = service.run_due();
    while (due && *due <= clock_.wall());
    return due ? to_mistral_time(*due) : "never";
  }
  std::optional<CronTrigger> stored(const CronTrigger& trigger) {
    const auto row = records_.record(kCronTriggerKind, trigger.id);
    return row && *row ? std::optional(cron_trigger_of(**row)) : std::nullopt;
  }

  Log log_{LogOptions{LogLevel::kError, false, ""}};
  triggers::test::FakeClock clock_{"2026-11-21 10:00:30"};
  triggers::test::CrashingRecords records_;
  triggers::test::FakeStarter engine_;
};

TEST_F(CronServiceTest, StartsWhenDueAndNotBefore) {
  const CronTrigger trigger = make("a", "*/5 * * * *");
  EXPECT_EQ(next(), "2026-11-21 10:05:00");
  EXPECT_TRUE(engine_.started.empty());
  clock_.set("2026-11-21 10:05:00");
  EXPECT_EQ(next(), "2026-11-21 10:10:00");
  ASSERT_EQ(engine_.started.size(), 1u);
  const runtime::StartRequest& request = engine_.started[0];
  EXPECT_EQ(to_string(*request.workflow_id), trigger.workflow_id);
  EXPECT_EQ(to_json(request.input), R"({"who":"a"})");
  EXPECT_EQ(request.description,
            R"({"description": "Workflow execution created by cron trigger '()" + to_string(trigger.id) +
                R"()'.", "triggered_by": {"type": "cron_trigger", "id": ")" + to_string(trigger.id) +
                R"(", "name": "a"}})");
}

TEST_F(CronServiceTest, AFrequentOneFiresAgainBeforeARareOne) {
  make("daily", "0 0 * * *");
  make("minutely", "* * * * *");
  clock_.set("2026-11-21 10:01:00");
  EXPECT_EQ(next(), "2026-11-21 10:02:00");
  clock_.set("2026-11-21 10:02:00");
  EXPECT_EQ(next(), "2026-11-21 10:03:00");
  EXPECT_EQ(engine_.started.size(), 2u);
}

TEST_F(CronServiceTest, WhatWasDueWhileItWasHeldFiresOnceAfterwards) {
  make("a", "* * * * *");
  CronService service(records_, engine_.starter(), clock_, log_);
  service.hold(true);
  clock_.set("2026-11-21 10:07:00");
  EXPECT_EQ(service.run_due(), std::nullopt) << "until somebody wakes it";
  EXPECT_TRUE(engine_.started.empty());
  service.hold(false);
  while (service.run_due() == clock_.wall()) {
  }
  EXPECT_EQ(engine_.started.size(), 1u);
  EXPECT_EQ(next(), "2026-11-21 10:08:00");
}

TEST_F(CronServiceTest, ACrashAfterTheStartDoesNotDoubleIt) {
  const CronTrigger trigger = make("a", "* * * * *");
  clock_.set("2026-11-21 10:01:00");
  records_.crash = true;
  EXPECT_EQ(next(), "2026-11-21 10:01:05") << "to be tried again";
  EXPECT_EQ(to_mistral_time(stored(trigger)->next_time), "2026-11-21 10:01:00");
  clock_.set("2026-11-21 10:01:05");
  EXPECT_EQ(next(), "2026-11-21 10:02:00");
  EXPECT_EQ(engine_.started.size(), 1u);
}

TEST_F(CronServiceTest, ACrashBeforeTheStartDoesNotLoseIt) {
  make("a", "* * * * *");
  clock_.set("2026-11-21 10:01:00");
  engine_.refusal = Error{ErrorCode::kUnavailable, "stopping"};
  EXPECT_EQ(next(), "2026-11-21 10:01:05");
  engine_.refusal.reset();
  clock_.set("2026-11-21 10:01:05");
  EXPECT_EQ(next(), "2026-11-21 10:02:00");
  EXPECT_EQ(engine_.started.size(), 1u);
}

TEST_F(CronServiceTest, MissedRunsCollapseToOne) {
  make("a", "* * * * *");
  clock_.set("2026-11-22 10:00:30");
  EXPECT_EQ(next(), "2026-11-22 10:01:00");
  EXPECT_EQ(engine_.started.size(), 1u);
}

TEST_F(CronServiceTest, CountsDownAndDeletesItself) {
  const CronTrigger trigger = make("a", "* * * * *", 2);
  clock_.set("2026-11-21 10:01:00");
  EXPECT_EQ(next(), "2026-11-21 10:02:00");
  EXPECT_EQ(stored(trigger)->remaining, 1);
  clock_.set("2026-11-21 10:02:00");
  records_.crash = true;
  EXPECT_EQ(next(), "2026-11-21 10:02:05");
  clock_.set("2026-11-21 10:03:05");
  EXPECT_EQ(next(), "never");
  EXPECT_FALSE(stored(trigger));
  EXPECT_EQ(engine_.started.size(), 2u);
}

TEST_F(CronServiceTest, AFirstTimeAloneIsOneRun) {
  const CronTrigger trigger = make("a", "", std::nullopt, "2026-11-21 12:00:00");
  EXPECT_EQ(trigger.remaining, 1);
  EXPECT_EQ(next(), "2026-11-21 12:00:00");
  clock_.set("2026-11-21 12:00:00");
  EXPECT_EQ(next(), "never");
  EXPECT_EQ(engine_.started.size(), 1u);
}

TEST_F(CronServiceTest, AStartThatCannotWorkDoesNotStopTheOthers) {
  make("a", "* * * * *");
  make("b", "*/2 * * * *");
  engine_.refusal = Error{ErrorCode::kNotFound, "Workflow not found"};
  clock_.set("2026-11-21 10:02:00");
  EXPECT_EQ(next(), "2026-11-21 10:03:00");
}

TEST(CronPlan, SaysWhatIsWrong) {
  const WallTime now = *parse_time("2026-11-21 10:00:00");
  const auto error = [&](const char* pattern, const char* first, std::optional<std::int64_t> count) {
    CronTrigger trigger;
    trigger.pattern = pattern;
    if (*first) trigger.first_time = parse_time(first);
    trigger.remaining = count;
    const Status status = plan(trigger, now);
    return status ? to_mistral_time(trigger.next_time) : status.error().message;
  };
  EXPECT_EQ(error("", "", std::nullopt), "Pattern or first_execution_time must be specified.");
  EXPECT_EQ(error("", "2026-11-21 10:00:59", 1), "first_execution_time must be at least 1 minute in the future.");
  EXPECT_EQ(error("", "2026-11-21 10:01:00", 1), "2026-11-21 10:01:00");
  EXPECT_EQ(error("", "2026-11-21 11:00:00", 2), "Pattern must be provided if count is superior to 1.");
  EXPECT_EQ(error("0 0 30 2 *", "", std::nullopt),
            "The specified pattern is not valid: 0 0 30 2 * (there is no such date)");
  EXPECT_EQ(parse_first_time("tomorrow").error().message,
            "time data 'tomorrow' does not match format '%Y-%m-%d %H:%M'");
  EXPECT_EQ(parse_first_time("2026-11-21 10:00:30").error().message, "unconverted data remains: :30");
}

}  // namespace
}  // namespace foehn::triggers
