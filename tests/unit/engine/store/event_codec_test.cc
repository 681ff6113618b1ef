// Goal: every event survives being stored, and damaged ones are refused by name. Method: one full and one empty event
// of each kind, there and back.
#include "engine/core/event_codec.h"

#include <gtest/gtest.h>

namespace foehn::core {
namespace {

template <class SomeId>
SomeId nth(std::uint64_t number) {
  return SomeId{derive_uuid(Uuid(), number)};
}

std::vector<Event> full_events() {
  StartExecution start;
  start.id = nth<ExecutionId>(1);
  start.workflow_id = nth<DefinitionId>(2);
  start.workflow_namespace = "ns";
  start.project_id = "p";
  start.description = "d";
  start.input = {{"a", 1}};
  start.params = {{"env", {{"k", "v"}}}};
  start.parent = ParentLink{nth<ExecutionId>(3), nth<TaskId>(4), 5};
  start.root_id = nth<ExecutionId>(6);
  start.source_id = nth<ExecutionId>(7);
  start.depth = 8;
  return {start,
          ActionAdmitted{nth<ActionRunId>(1)},
          ActionFinished{nth<ActionRunId>(1), 2, ActionOutcome::success({{"r", Value::array({1, nullptr})}})},
          ActionFinished{nth<ActionRunId>(1), 2, ActionOutcome::error("why")},
          ActionFinished{nth<ActionRunId>(1), 0, ActionOutcome::cancelled()},
          ActionUpdated{nth<ActionRunId>(1), State::kPaused},
          ActionLost{nth<ActionRunId>(1), 3},
          TimerFired{nth<TimerId>(1)},
          ChildChanged{nth<ActionRunId>(1), State::kError, "", {{"o", 1}}},
          PauseExecution{true},
          ResumeExecution{{{"k", 1}}, true},
          StopExecution{State::kCancelled, "bye", true},
          RerunTask{nth<TaskId>(1), true, {{"k", 1}}},
          SkipTask{nth<TaskId>(1), {{"k", 1}}},
          UpdateExecution{"d", {{"k", 1}}},
          RerunTasks{{nth<TaskId>(1), nth<TaskId>(2)},
                     true,
                     true,
                     true,
                     {0, 7},
                     {{"k", 1}},
                     {{"i", 1}},
                     "abc",
                     {{{nth<ActionRunId>(1), nth<ActionRunId>(2)}, {nth<TaskId>(3)}}, {{nth<ActionRunId>(4)}, {}}},
                     true}};
}

std::vector<Event> empty_events() {
  StartExecution start;
  start.input = Value();
  return {start,
          ActionFinished{{}, 0, ActionOutcome::success(Value())},
          ActionLost{{}, 0},
          ChildChanged{{}, State::kRunning, std::nullopt, Value()},
          PauseExecution{},
          ResumeExecution{},
          StopExecution{State::kError, std::nullopt, false},
          RerunTask{{}, false, Value()},
          SkipTask{},
          UpdateExecution{},
          RerunTasks{{}, false, false, false, {}, Value(), Value(), {}}};
}

TEST(EventCodec, Every_event_comes_back) {
  for (const std::vector<Event>& events : {full_events(), empty_events()}) {
    for (const Event& event : events) {
      const std::string text = to_json(to_value(event));
      const auto back = event_from_value(*parse_json(text));
      ASSERT_TRUE(back) << text << ": " << back.error().message;
      EXPECT_EQ(back->index(), event.index());
      EXPECT_EQ(to_json(to_value(*back)), text);
    }
  }
}

TEST(EventCodec, The_stored_form_of_a_finished_action) {
  EXPECT_EQ(to_json(to_value(full_events()[2])), R"({"type":"ActionFinished","run_id":")" +
                                                     to_string(nth<ActionRunId>(1)) +
                                                     R"(","attempt":2,"outcome":"success","data":{"r":[1,null]}})");
  EXPECT_EQ(to_json(to_value(empty_events()[7])),
            R"({"type":"RerunTask","task_id":"00000000-0000-0000-0000-000000000000"})");
}

TEST(EventCodec, Fields_come_back_by_value) {
  const auto start = std::get<StartExecution>(*event_from_value(to_value(full_events()[0])));
  EXPECT_EQ(start.parent->task_id, nth<TaskId>(4));
  EXPECT_EQ(start.parent->index, 5U);
  EXPECT_EQ(start.root_id, nth<ExecutionId>(6));
  EXPECT_EQ(start.depth, 8U);
  const auto rerun = std::get<RerunTask>(*event_from_value(to_value(empty_events()[7])));
  EXPECT_FALSE(rerun.reset);
  const auto child = std::get<ChildChanged>(*event_from_value(to_value(full_events()[8])));
  EXPECT_EQ(child.state_info, "");
}

TEST(EventCodec, Damage_is_named) {
  const auto message = [](const char* text) {
    const auto event = event_from_value(*parse_json(text));
    return event ? "ok" : event.error().message;
  };
  EXPECT_EQ(message("[]"), "a stored event has no type");
  EXPECT_EQ(message(R"({"type":"Tea"})"), "a stored event has the unknown type 'Tea'");
  EXPECT_EQ(message(R"({"type":"TimerFired"})"), "a stored TimerFired event has no good 'timer_id'");
  EXPECT_EQ(message(R"({"type":"TimerFired","timer_id":7})"), "a stored TimerFired event has no good 'timer_id'");
  EXPECT_EQ(message(R"({"type":"StopExecution","state":"ODD"})"), "a stored StopExecution event has no good 'state'");
}

}  // namespace
}  // namespace foehn::core
