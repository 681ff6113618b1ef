#include "engine/base/worker_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <vector>

namespace foehn {
namespace {

// Jobs that run until they are let go.
class Gate {
 public:
  // A job that tells when it runs and then waits.
  WorkerPool::Job job() {
    auto started = std::make_shared<std::promise<void>>();
    started_.push_back(started->get_future());
    return [started, open = open_] {
      started->set_value();
      open.wait();
    };
  }
  void wait_until_running(std::size_t index) { started_[index].wait(); }
  void open() { opener_.set_value(); }

 private:
  std::promise<void> opener_;
  std::shared_future<void> open_ = opener_.get_future().share();
  std::vector<std::future<void>> started_;
};

TEST(WorkerPoolTest, AThreadIsStartedWhenNoneIsIdle) {
  Gate gate;
  WorkerPool pool(2, 10);
  EXPECT_EQ(pool.threads(), 0U);
  ASSERT_TRUE(pool.submit(gate.job()));
  EXPECT_EQ(pool.threads(), 1U);
  gate.wait_until_running(0);
  ASSERT_TRUE(pool.submit(gate.job()));
  EXPECT_EQ(pool.threads(), 2U);
  gate.wait_until_running(1);
  ASSERT_TRUE(pool.submit([] {}));
  EXPECT_EQ(pool.threads(), 2U);
  EXPECT_EQ(pool.waiting().jobs, 1U);
  gate.open();
}

TEST(WorkerPoolTest, JobsThatComeAtOnceHaveAThreadEach) {
  Gate gate;
  WorkerPool pool(3, 10);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.submit(gate.job()));
  // All run, although none has ended: a job never waits behind another while there may be more threads.
  for (std::size_t i = 0; i < 3; ++i) gate.wait_until_running(i);
  gate.open();
}

TEST(WorkerPoolTest, AFullQueueRefuses) {
  Gate gate;
  WorkerPool pool(1, 1);
  ASSERT_TRUE(pool.submit(gate.job()));
  gate.wait_until_running(0);
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_FALSE(pool.submit([] {}));
  gate.open();
}

TEST(WorkerPoolTest, TheEndRunsWhatIsQueued) {
  int runs = 0;
  {
    Gate gate;
    WorkerPool pool(1, 10);
    ASSERT_TRUE(pool.submit(gate.job()));
    gate.wait_until_running(0);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(pool.submit([&runs] { ++runs; }));
    gate.open();
  }
  EXPECT_EQ(runs, 5);
}

TEST(WorkerPoolTest, CloseDropsWhatIsQueued) {
  Gate gate;
  WorkerPool pool(1, 10);
  ASSERT_TRUE(pool.submit(gate.job()));
  gate.wait_until_running(0);
  bool ran = false;
  auto dropped = std::make_shared<std::promise<void>>();
  std::future<void> gone = dropped->get_future();
  ASSERT_TRUE(pool.submit([&ran, dropped = std::move(dropped)] { ran = true; }));
  auto closing = std::async(std::launch::async, [&pool] { pool.close(); });
  EXPECT_THROW(gone.get(), std::future_error);  // its promise went with the job, while the first one still runs
  EXPECT_FALSE(pool.submit([] {}));
  gate.open();
  closing.get();
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace foehn
