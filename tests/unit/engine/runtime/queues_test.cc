// The queues by themselves: turns, order, what is set aside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/runtime/ready_queue.h"
#include "engine/runtime/work_queue.h"

namespace foehn::runtime {
namespace {

ExecutionId id(std::uint64_t n) { return ExecutionId{derive_uuid(Uuid{}, n)}; }
ActionRunId run(std::uint64_t n) { return ActionRunId{derive_uuid(Uuid{}, 100 + n)}; }

ItemPtr item(std::uint64_t execution, std::uint64_t lane, std::string mark) {
  auto made = std::make_unique<Item>();
  made->execution_id = id(execution);
  made->lane = id(lane);
  made->inbox_id = std::move(mark);
  return made;
}

std::string order(WorkQueue& queue) {
  std::string marks;
  while (const ItemPtr next = queue.pop()) marks += next->inbox_id;
  return marks;
}

TEST(WorkQueueTest, LanesTakeTurnsAndKeepTheirOrder) {
  WorkQueue queue;
  for (const char* mark : {"a", "b", "c"}) queue.push(item(1, 1, mark));
  queue.push(item(2, 2, "x"));
  queue.push(item(3, 1, "d"));  // another execution of the first tree
  queue.push(item(2, 2, "y"));
  EXPECT_EQ(order(queue), "axbycd");
  EXPECT_TRUE(queue.empty());
}

TEST(WorkQueueTest, WhatNeverHappenedIsSkippedAndTheFrontIsNext) {
  WorkQueue queue;
  queue.push(item(1, 1, "a"));
  ItemPtr dead = item(1, 1, "b");
  dead->dead = true;
  queue.push(std::move(dead));
  queue.push(item(2, 2, "x"));
  queue.push_front(item(3, 3, "!"));
  queue.push_front(item(1, 1, "0"));
  EXPECT_EQ(order(queue), "!0xa");
}

TEST(WorkQueueTest, OutcomesGoFirstOnceTheyArePreferred) {
  const auto outcome = [](std::uint64_t lane, std::string mark) {
    ItemPtr made = item(lane, lane, std::move(mark));
    made->what = core::Event(core::ActionFinished{run(1), 1, {}});
    made->keep = true;
    return made;
  };
  WorkQueue queue;
  queue.push(item(1, 1, "a"));
  queue.push(item(2, 2, "b"));
  queue.push(outcome(1, "1"));
  queue.push(item(1, 1, "c"));
  queue.prefer_outcomes();
  queue.push(item(2, 2, "d"));
  queue.push(outcome(2, "2"));
  queue.push_front(outcome(2, "0"));
  EXPECT_EQ(queue.size(), 7U);
  EXPECT_EQ(order(queue), "012abcd");
  EXPECT_TRUE(queue.empty());
}

TEST(WorkQueueTest, AMessageIsKnownBySenderAndReceiver) {
  WorkQueue queue;
  ItemPtr message = item(2, 1, "a");
  message->from = id(1);
  Item& seen = *message;
  queue.push(std::move(message));
  EXPECT_TRUE(queue.has_message(id(1), id(2)));
  EXPECT_FALSE(queue.has_message(id(2), id(1)));
  EXPECT_FALSE(queue.has_message(id(1), id(1)));
  seen.dead = true;
  EXPECT_FALSE(queue.has_message(id(1), id(2)));
}

TEST(WorkQueueTest, ARemovedExecutionTakesItsItemsAlong) {
  WorkQueue queue;
  queue.push(item(1, 1, "a"));
  queue.push(item(2, 1, "b"));
  queue.push(item(1, 1, "c"));
  EXPECT_EQ(queue.take_all_of({id(1)}).size(), 2U);
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(order(queue), "b");
}

TEST(ReadyQueueTest, RootsAndKeysTakeTurns) {
  ReadyQueue queue;
  for (std::uint64_t i = 0; i < 3; ++i) queue.push({id(1), id(1), run(i), "h", false});
  queue.push({id(1), id(1), run(10), "g", false});
  queue.push({id(2), id(2), run(20), "h", false});
  const auto all = [](const std::string&) { return true; };
  std::vector<ActionRunId> got;
  while (const auto next = queue.pop(all)) got.push_back(next->run_id);
  EXPECT_THAT(got, ::testing::ElementsAre(run(0), run(20), run(10), run(1), run(2)));
}

TEST(ReadyQueueTest, AFullKeyIsAskedAgainInTheNextPump) {
  ReadyQueue queue;
  queue.push({id(1), id(1), run(1), "full", false});
  const auto none = [](const std::string&) { return false; };
  EXPECT_FALSE(queue.pop(none));
  queue.push({id(1), id(1), run(2), "", true});
  ASSERT_TRUE(queue.pop(none)) << "pure runs need no room";
  const auto all = [](const std::string&) { return true; };
  EXPECT_TRUE(queue.pop(all)) << "its root had another turn";
  queue.push({id(1), id(1), run(3), "full", false});
  EXPECT_FALSE(queue.pop(none));
  EXPECT_FALSE(queue.pop(all)) << "set aside until the next pump";
  queue.begin();
  EXPECT_TRUE(queue.pop(all));
  EXPECT_EQ(queue.size(), 0U);
}

TEST(ReadyQueueTest, RemovingAnExecutionLeavesTheOthersOfItsTree) {
  ReadyQueue queue;
  queue.push({id(1), id(1), run(1), "a", false});
  queue.push({id(2), id(1), run(2), "a", false});
  queue.remove(id(1), id(1));
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.pop([](const std::string&) { return true; })->run_id, run(2));
  queue.remove(id(2), id(1));
  EXPECT_FALSE(queue.pop([](const std::string&) { return true; }));
}

}  // namespace
}  // namespace foehn::runtime
