// Goal: only finished root executions go, the oldest first, in batches. Method: a list of rows behind the Query
// interface's filters, answered by the memory store through the engine's own rows is more than is needed: here a stand-in
// that applies the filters that the service sets.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/limits.h"
#include "tests/unit/workflows/triggers/fakes.h"
#include "workflows/triggers/expiry_service.h"

namespace foehn::triggers {
namespace {

using core::State;

// Executions in memory; knows the filters state, task_execution_id and updated_at.
class Rows final : public store::Query {
 public:
  void add(State state, const char* updated, bool child = false) {
    core::Execution row;
    row.id = ExecutionId::random();
    row.state = state;
    row.updated_at = parse_time(updated);
    if (child) row.parent = core::ParentLink{};
    rows.push_back(row);
  }
  Result<store::Page<store::ExecutionRow>> executions(const store::ListQuery& query) override {
    std::vector<core::Execution> found;
    for (const core::Execution& row : rows)
      if (passes(row, query)) found.push_back(row);
    const bool descending = query.sort.at(0).descending;
    std::stable_sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
      return descending ? *b.updated_at < *a.updated_at : *a.updated_at < *b.updated_at;
    });
    store::Page<store::ExecutionRow> page;
    bool on = !query.marker;
    for (const core::Execution& row : found) {
      if (on && page.rows.size() == query.limit) page.more = true;
      if (on && page.rows.size() < query.limit) page.rows.push_back({row});
      on = on || to_string(row.id) == *query.marker;
    }
    return page;
  }
  Result<std::optional<store::ExecutionRow>> execution(ExecutionId) override { return std::nullopt; }
  Result<std::optional<store::TaskRow>> task(TaskId) override { return std::nullopt; }
  Result<store::Page<store::TaskRow>> tasks(const store::ListQuery&) override { return store::Page<store::TaskRow>{}; }
  Result<std::optional<store::RunRow>> run(ActionRunId) override { return std::nullopt; }
  Result<store::Page<store::RunRow>> runs(const store::ListQuery&) override { return store::Page<store::RunRow>{}; }
  Result<std::vector<core::ActionRun>> runs_of_task(TaskId, std::size_t) override { return std::vector<core::ActionRun>{}; }
  Result<store::RunCounts> run_counts(TaskId) override { return store::RunCounts{}; }
  Result<std::vector<core::Execution>> children_of_task(TaskId, std::size_t) override {
    return std::vector<core::Execution>{};
  }
  Result<store::EventPage> events_from(std::uint64_t, std::size_t) override { return store::EventPage{}; }
  std::vector<core::Execution> rows;

 private:
  static bool passes(const core::Execution& row, const store::ListQuery& query) {
    for (const store::Filter& filter : query.filters) {
      if (filter.column == "task_execution_id" && row.parent) return false;
      if (filter.column == "updated_at" && !(*row.updated_at < *parse_time(filter.values[0]))) return false;
      if (filter.column == "state" && std::find(filter.values.begin(), filter.values.end(),
                                                core::to_string(row.state)) == filter.values.end())
        return false;
    }
    return true;
  }
};

class ExpiryTest : public ::testing::Test {
 protected:
  // Everything that goes, batch by batch; the states of what stays, in order of their last change.
  std::string left(ExpiryOptions options) {
    ExpiryService service(std::move(options), query_, [this](ExecutionId id) -> Status {
      if (refuse_) return fail(ErrorCode::kFailedPrecondition, "not finished");
      std::erase_if(query_.rows, [&](const auto& row) { return row.id == id; });
      ++removed_;
      return {};
    }, clock_, log_);
    std::optional<WallTime> next;
    do next = service.run();
    while (next && *next <= clock_.wall());
    next_ = next;
    std::string text;
    for (const auto& row : query_.rows) text += (text.empty() ? "" : " ") + std::string(core::to_string(row.state));
    return text;
  }
  Log log_{LogOptions{LogLevel::kError, false, ""}};
  triggers::test::FakeClock clock_{"2026-11-21 10:00:00"};
  Rows query_;
  bool refuse_ = false;
  int removed_ = 0;
  std::optional<WallTime> next_;
};

TEST_F(ExpiryTest, OldFinishedRootsGo) {
  query_.add(State::kSuccess, "2026-11-01 00:00:00");
  query_.add(State::kRunning, "2026-11-01 00:00:00");
  query_.add(State::kPaused, "2026-11-01 00:00:00");
  query_.add(State::kError, "2026-11-01 00:00:00", true);
  query_.add(State::kCancelled, "2026-11-21 09:00:00");
  EXPECT_EQ(left({.older_than_ms = 86'400'000, .keep = {}, .ignored_states = {}}), "RUNNING PAUSED ERROR CANCELLED");
  EXPECT_EQ(next_->us, clock_.wall().us + limits::kExpiryIntervalMs * 1000);
}

TEST_F(ExpiryTest, IgnoredStatesStayAndAreNotCounted) {
  for (const char* day : {"2026-11-01 00:00:00", "2026-11-02 00:00:00", "2026-11-03 00:00:00"}) {
    query_.add(State::kSuccess, day);
    query_.add(State::kError, day);
  }
  EXPECT_EQ(left({.older_than_ms = {}, .keep = 1, .ignored_states = {State::kError}}), "ERROR ERROR SUCCESS ERROR");
}

TEST_F(ExpiryTest, MoreThanABatchGoesInSeveral) {
  for (std::size_t i = 0; i < 2 * limits::kExpiryBatchMax + 5; ++i) query_.add(State::kSuccess, "2026-11-01 00:00:00");
  EXPECT_EQ(left({.older_than_ms = 1, .keep = {}, .ignored_states = {}}), "");
}

TEST_F(ExpiryTest, WhatTheEngineRefusesIsLeftAlone) {
  query_.add(State::kSuccess, "2026-11-01 00:00:00");
  refuse_ = true;
  EXPECT_EQ(left({.older_than_ms = 1, .keep = 0, .ignored_states = {}}), "SUCCESS");
  EXPECT_GT(next_->us, clock_.wall().us);
}

TEST_F(ExpiryTest, OffUnlessAsked) {
  query_.add(State::kSuccess, "2026-11-01 00:00:00");
  EXPECT_EQ(left({}), "SUCCESS");
  EXPECT_FALSE(next_);
}

}  // namespace
}  // namespace foehn::triggers
