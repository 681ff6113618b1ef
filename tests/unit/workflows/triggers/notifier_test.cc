// Goal: receivers are told in order, tried again, and subscriptions lose nothing over restarts and overflows. Method: a
// client that holds requests until the test answers them; rows of one execution behind the Query interface.
#include "workflows/triggers/notifier.h"

#include <gtest/gtest.h>

#include "tests/unit/workflows/triggers/fakes.h"

namespace foehn::triggers {
namespace {

using core::Notice;
using core::State;

class OneExecution final : public store::Query {
 public:
  core::Execution row;
  Result<std::optional<store::ExecutionRow>> execution(ExecutionId) override { return store::ExecutionRow{row}; }
  Result<store::Page<store::ExecutionRow>> executions(const store::ListQuery& query) override {
    store::Page<store::ExecutionRow> page;
    if (!(*row.updated_at < *parse_time(query.filters.at(0).values.at(0)))) page.rows.push_back({row});
    return page;
  }
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
};

class NotifierTest : public ::testing::Test {
 protected:
  NotifierTest() {
    query_.row.id = *ExecutionId::parse("00000000-0000-4000-8000-000000000001");
    query_.row.workflow_name = "wf";
    query_.row.project_id = "p";
    query_.row.state = State::kRunning;
    query_.row.created_at = query_.row.updated_at.emplace(clock_.wall());
  }
  void restart(NotifierOptions options = {}) {
    notifier_.reset();
    http_.sent.clear();
    notifier_ = std::make_unique<Notifier>(options, query_, records_, http_, clock_, log_);
    notifier_->work();
  }
  void subscribe() {
    store::RecordRow row;
    row.id = store::RecordId::random();
    row.kind = kSubscriptionKind;
    row.name = "s";
    row.project_id = "p";
    row.body["url"] = "http://h/s";
    row.created_at = clock_.wall().plus_ms(60'000);
    clock_.add_ms(60'000);
    EXPECT_TRUE(records_.create_record(row));
  }
  // The engine's side: the row and the notice of its change.
  void change(State to, std::optional<State> before = State::kRunning) {
    clock_.add_ms(10);
    query_.row.state = to;
    query_.row.updated_at = clock_.wall();
    Notice notice = notice_of(query_.row);
    notice.before = before;
    notice.has_publishers = find(query_.row.params, "notify") != nullptr;
    notifier_->notify(notice);
    notifier_->work();
  }
  void publish(const char* notify) { query_.row.params["notify"] = *parse_json(notify); }
  // What the receiver gets, answered with `status`; "" when nothing waits.
  std::string receive(int status = 200, const char* field = "event") {
    if (http_.sent.empty()) return "";
    const auto body = parse_json(http_.answer(status));
    notifier_->work();
    const Value* data = find(*body, "data");
    return text_or(data ? *data : *body, field);
  }

  Log log_{LogOptions{LogLevel::kError, false, "/dev/null"}};
  triggers::test::FakeClock clock_{"2026-11-21 10:00:00"};
  triggers::test::CrashingRecords records_;
  triggers::test::HeldHttp http_;
  OneExecution query_;
  std::unique_ptr<Notifier> notifier_;
};

TEST_F(NotifierTest, TellsWhatMistralTells) {
  publish(R"([{"type":"webhook","url":"http://h/x","headers":{"X-Key":"k"},"event_types":["WORKFLOW_FAILED"]},
              {"type":"noop","url":"http://h/no"}, 5])");
  restart();
  change(State::kRunning, std::nullopt);
  EXPECT_TRUE(http_.sent.empty()) << "filtered by event_types";
  query_.row.state_info = "boom";
  change(State::kError);
  ASSERT_EQ(http_.sent.size(), 1u);
  const net::HttpRequest& request = http_.sent[0].first;
  EXPECT_EQ(request.method + " " + request.url, "POST http://h/x");
  EXPECT_EQ(*net::find_header(request.headers, "X-Key"), "k");
  EXPECT_EQ(*net::find_header(request.headers, "Content-Type"), "application/json");
  EXPECT_FALSE(request.trusted) << "the egress policy applies";
  EXPECT_EQ(*request.body,
            R"({"id":"00000000-0000-4000-8000-000000000001","name":"wf","workflow_name":"wf","workflow_namespace":"",)"
            R"("workflow_id":"00000000-0000-0000-0000-000000000000","state":"ERROR","state_info":"boom",)"
            R"("project_id":"p","task_execution_id":null,"root_execution_id":null,"created_at":"2026-11-21 10:00:00",)"
            R"("updated_at":"2026-11-21 10:00:00","event":"WORKFLOW_FAILED"})");
}

TEST_F(NotifierTest, NamesTransitionsAsMistralDoes) {
  const auto name = [](Notice::Kind kind, State to, std::optional<State> before) {
    Notice notice;
    notice.kind = kind;
    notice.state = to;
    notice.before = before;
    return event_name(notice);
  };
  constexpr auto kTask = Notice::Kind::kTask, kExecution = Notice::Kind::kExecution;
  EXPECT_EQ(name(kExecution, State::kRunning, std::nullopt), "WORKFLOW_LAUNCHED");
  EXPECT_EQ(name(kExecution, State::kRunning, State::kPaused), "WORKFLOW_RESUMED");
  EXPECT_EQ(name(kExecution, State::kRunning, State::kError), "WORKFLOW_RERUN");
  EXPECT_EQ(name(kExecution, State::kSuccess, State::kRunning), "WORKFLOW_SUCCEEDED");
  EXPECT_EQ(name(kExecution, State::kPaused, State::kRunning), "WORKFLOW_PAUSED");
  EXPECT_EQ(name(kTask, State::kRunning, State::kWaiting), "TASK_RESUMED");
  EXPECT_EQ(name(kTask, State::kRunning, State::kDelayed), "TASK_LAUNCHED");
  EXPECT_EQ(name(kTask, State::kSkipped, State::kError), "TASK_SKIPPED");
  EXPECT_EQ(name(kTask, State::kDelayed, State::kRunning), "");
}

TEST_F(NotifierTest, TriesAgainInOrderAndGivesUpInTheEnd) {
  publish(R"([{"type":"webhook","url":"http://h/x"}])");
  restart();
  change(State::kPaused);
  change(State::kRunning, State::kPaused);
  for (unsigned i = 1; i < limits::kDeliveryTriesMax; ++i) {
    EXPECT_EQ(receive(500), "WORKFLOW_PAUSED");
    EXPECT_TRUE(http_.sent.empty()) << "not at once";
    clock_.add_ms(limits::kDeliveryBackoffMsMax);
    notifier_->work();
  }
  EXPECT_EQ(receive(503), "WORKFLOW_PAUSED");
  EXPECT_EQ(receive(200), "WORKFLOW_RESUMED");
  EXPECT_TRUE(http_.sent.empty());
}

TEST_F(NotifierTest, ARefusalIsNotRepeated) {
  publish(R"([{"type":"webhook","url":"http://h/x"}])");
  restart();
  change(State::kPaused);
  EXPECT_EQ(receive(404), "WORKFLOW_PAUSED");
  EXPECT_FALSE(notifier_->work());
  EXPECT_TRUE(http_.sent.empty());
}

TEST_F(NotifierTest, ASubscriptionIsToldACloudEvent) {
  subscribe();
  restart();
  EXPECT_TRUE(http_.sent.empty()) << "what was before it";
  change(State::kSuccess);
  ASSERT_EQ(http_.sent.size(), 1u);
  EXPECT_EQ(*net::find_header(http_.sent[0].first.headers, "Content-Type"),
            "application/cloudevents+json; charset=utf-8");
  auto event = *parse_json(*http_.sent[0].first.body);
  event.erase("data");
  EXPECT_EQ(to_json(event),
            R"({"specversion":"1.0","id":"00000000-0000-4000-8000-000000000001/success/1795255260010000",)"
            R"("source":"/v2/executions/00000000-0000-4000-8000-000000000001","type":"foehn.workflow.succeeded",)"
            R"("subject":"wf","time":"2026-11-21T10:01:00.010Z","datacontenttype":"application/json"})");
}

TEST_F(NotifierTest, ASubscriptionNeverGivesUpAndSurvivesARestart) {
  subscribe();
  restart();
  change(State::kError);
  for (unsigned i = 0; i < limits::kDeliveryTriesMax + 3; ++i) {
    EXPECT_EQ(receive(500), "WORKFLOW_FAILED");
    clock_.add_ms(limits::kDeliveryBackoffMsMax);
    notifier_->work();
  }
  restart();
  EXPECT_EQ(receive(200), "WORKFLOW_FAILED");
  clock_.add_ms(2'000);
  notifier_->work();
  const auto page = records_.records(kSubscriptionKind, {});
  EXPECT_EQ(text_or(page->rows.at(0).body, "delivered_until"), "2026-11-21T10:12:00.010Z") << "when it began to read";
  query_.row.updated_at = query_.row.created_at;  // nothing new since then
  restart();
  EXPECT_TRUE(http_.sent.empty()) << "told already";
}

TEST_F(NotifierTest, WhatOverflowsIsReadAgain) {
  subscribe();
  restart({.notices_max = 1'000, .deliveries_max = 2, .page = 10});
  for (int i = 0; i < 5; ++i) change(i % 2 ? State::kRunning : State::kPaused, State::kPaused);
  change(State::kSuccess);
  std::string last, told;
  while (!(told = receive(200)).empty()) last = told;
  EXPECT_EQ(last, "WORKFLOW_SUCCEEDED");
}

TEST_F(NotifierTest, ARemovedSubscriptionIsNotToldAnyMore) {
  subscribe();
  restart();
  const auto page = records_.records(kSubscriptionKind, {});
  ASSERT_TRUE(records_.remove_record(kSubscriptionKind, page->rows[0].id));
  notifier_->subscriptions_changed();
  change(State::kSuccess);
  EXPECT_TRUE(http_.sent.empty());
}

}  // namespace
}  // namespace foehn::triggers
