// Goal: a committed transition is in the event log exactly once, in order, with the executions it is below; the log is
// bounded. Method: executions made by hand and committed with events, for every backend; blocks as bytes.
#include <gmock/gmock.h>

#include "engine/store/event_block.h"
#include "tests/unit/engine/store/store_fixture.h"

namespace foehn::store {
namespace {

using core::Notice;
using core::State;
using testing::ElementsAre;
using testing::IsEmpty;

Notice notice_of(const Subject& subject, State state, std::int64_t at) {
  Notice notice;
  notice.execution_id = subject.id();
  notice.root_id = subject.state().execution().root_id;
  notice.workflow_name = subject.state().execution().workflow_name;
  notice.project_id = "p";
  notice.state = state;
  notice.at = second(at);
  return notice;
}

std::string show(const Event& event) {
  const Notice& notice = event.notice;
  std::string text = std::to_string(event.id - static_cast<std::uint64_t>(second(0).us));
  text += notice.kind == Notice::Kind::kTask ? " task " : " execution ";
  text += to_string(notice.execution_id) + " of " + notice.workflow_name + " in " + notice.project_id;
  if (notice.task_id) text += " " + notice.name + " " + to_string(*notice.task_id);
  text += " " + std::string(core::to_string(notice.state)) + " '" + notice.state_info.value_or("-") + "' at " +
          std::to_string(notice.at.us - second(0).us) + " below";
  for (const ExecutionId id : event.above) text += " " + to_string(id);
  return text + (notice.root_id ? ", root " + to_string(*notice.root_id) : "");
}

std::vector<std::string> shown(const std::vector<Event>& events) {
  std::vector<std::string> all;
  for (const Event& event : events) all.push_back(show(event));
  return all;
}

std::vector<std::uint64_t> ids_of(const EventPage& page) {
  std::vector<std::uint64_t> ids;
  for (const Event& event : page.events) ids.push_back(event.id - page.oldest);
  return ids;
}

// Commits a subject with a transition for each state.
CommitOutcome commit_with(Store& store, Subject& subject, const std::vector<Notice>& notices) {
  CommitBatch batch;
  batch.members.push_back(subject.member());
  for (const Notice& notice : notices) batch.events.push_back({0, &notice});
  const CommitOutcome outcome = must(store.commit(batch)).at(0);
  if (outcome == CommitOutcome::kApplied) subject.was_committed();
  return outcome;
}

class EventLogTest : public testing::TestWithParam<std::string> {
 protected:
  Store& store() { return backend_->store(); }
  EventPage from(std::uint64_t id, std::size_t limit = 100) { return must(backend_->query().events_from(id, limit)); }

  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
  const ExecutionId a_ = nth<ExecutionId>(1), b_ = nth<ExecutionId>(2), c_ = nth<ExecutionId>(3);
};
INSTANTIATE_TEST_SUITE_P(Backends, EventLogTest, testing::Values("mem", "sqlite"),
                         [](const auto& backend) { return backend.param; });

TEST_P(EventLogTest, Before_the_first_event_there_are_no_ids) {
  const EventPage page = from(5);
  EXPECT_THAT(page.events, IsEmpty());
  EXPECT_EQ(page.oldest, 0U);
  EXPECT_EQ(page.end, 0U);
}

TEST_P(EventLogTest, Promise13_events_of_a_commit_get_the_next_ids_and_survive) {
  Subject a(a_, "one");
  Subject b(b_, "two");
  Notice first = notice_of(a, State::kRunning, 0);
  first.state_info = "why";
  Notice task = notice_of(a, State::kSuccess, 2);
  task.kind = Notice::Kind::kTask;
  task.task_id = nth<TaskId>(4);
  task.name = "t";
  const Notice other = notice_of(b, State::kError, 1);
  CommitBatch batch;
  batch.members = {a.member(), b.member()};
  batch.events = {{0, &first}, {1, &other}, {0, &task}};
  must(store().commit(batch));
  a.was_committed();
  EXPECT_EQ(commit_with(store(), a, {notice_of(a, State::kSuccess, 3)}), CommitOutcome::kApplied);
  backend_->reopen();
  const std::string a_text = to_string(a_), b_text = to_string(b_);
  const EventPage page = from(0);
  EXPECT_THAT(shown(page.events),
              ElementsAre("0 execution " + a_text + " of one in p RUNNING 'why' at 0 below",
                          "1 execution " + b_text + " of two in p ERROR '-' at 1000000 below",
                          "2 task " + a_text + " of one in p t " + to_string(*task.task_id) +
                              " SUCCESS '-' at 2000000 below",
                          "3 execution " + a_text + " of one in p SUCCESS '-' at 3000000 below"));
  EXPECT_EQ(page.oldest, static_cast<std::uint64_t>(second(0).us)) << "the first id is the first event's time";
  EXPECT_EQ(page.end, page.oldest + 4);
  EXPECT_THAT(ids_of(from(page.oldest + 1, 2)).front(), 1U);
  EXPECT_THAT(ids_of(from(page.oldest + 3)), ElementsAre(3));
  EXPECT_THAT(from(page.end).events, IsEmpty());
  EXPECT_THAT(from(page.end + 100).events, IsEmpty());
  EXPECT_THAT(from(0, 0).events, IsEmpty());
}

TEST_P(EventLogTest, Promise13_a_stale_member_tells_nothing) {
  Subject a(a_);
  Subject b(b_);
  commit(store(), a);
  Subject late = load(store(), a_);
  a.add_task("t");
  commit(store(), a);
  late.add_task("lost");
  const Notice lost = notice_of(late, State::kError, 1), kept = notice_of(b, State::kRunning, 2);
  CommitBatch batch;
  batch.members = {late.member(), b.member()};
  batch.events = {{0, &lost}, {1, &kept}};
  must(store().commit(batch));
  const EventPage page = from(0);
  ASSERT_EQ(page.events.size(), 1U);
  EXPECT_EQ(page.events[0].notice.execution_id, b_);
}

TEST_P(EventLogTest, Events_carry_every_execution_above_theirs) {
  Subject root(a_), middle(b_), leaf(c_);
  middle.state().change_execution().root_id = a_;
  middle.state().change_execution().parent = core::ParentLink{a_, nth<TaskId>(1), 0};
  leaf.state().change_execution().root_id = a_;
  leaf.state().change_execution().parent = core::ParentLink{b_, nth<TaskId>(2), 0};
  // All in one commit, as when pure actions bring a tree to its end.
  const Notice low = notice_of(leaf, State::kSuccess, 0), mid = notice_of(middle, State::kSuccess, 1),
               top = notice_of(root, State::kSuccess, 2);
  CommitBatch batch;
  batch.members = {root.member(), middle.member(), leaf.member()};
  batch.events = {{2, &low}, {1, &mid}, {0, &top}};
  must(store().commit(batch));
  const EventPage page = from(0);
  ASSERT_EQ(page.events.size(), 3U);
  EXPECT_THAT(page.events[0].above, ElementsAre(a_, b_));
  EXPECT_EQ(page.events[0].notice.root_id, a_);
  EXPECT_THAT(page.events[1].above, ElementsAre(a_));
  EXPECT_THAT(page.events[2].above, IsEmpty());
}

TEST_P(EventLogTest, Many_events_of_one_commit_are_read_page_by_page) {
  Subject a(a_);
  const std::vector<Notice> many(1'000, notice_of(a, State::kRunning, 0));
  commit_with(store(), a, many);
  std::vector<std::uint64_t> ids;
  for (std::uint64_t next = 0; next != from(0, 0).end;) {
    const EventPage page = from(next, 300);
    for (const std::uint64_t id : ids_of(page)) ids.push_back(id);
    next = page.events.back().id + 1;
  }
  ASSERT_EQ(ids.size(), many.size());
  for (std::size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], i);
}

// The newest events of a SQLite log with that window, after a lot was committed one by one: how many, and their end.
std::pair<std::size_t, std::uint64_t> kept_in(const EventWindow& window) {
  TempDirectory directory;
  StoreOptions options;
  options.directory = directory.path();
  options.event_window = window;
  const auto database = must(SqliteDatabase::open(options));
  Subject a(nth<ExecutionId>(1));
  Notice notice = notice_of(a, State::kRunning, 0);
  notice.state_info = std::string(1'000, 'x');
  for (int i = 0; i < 200; ++i) commit_with(database->store(), a, {notice});
  const EventPage page = must(database->query().events_from(0, 1'000));
  EXPECT_EQ(page.events.front().id, page.oldest);
  EXPECT_EQ(page.events.back().id + 1, page.end);
  EXPECT_EQ(page.end - page.oldest, page.events.size()) << "no holes";
  return {page.events.size(), page.end - static_cast<std::uint64_t>(second(0).us)};
}

TEST(EventWindowTest, Old_events_go_and_ids_go_on) {
  EXPECT_EQ(kept_in({}), (std::pair<std::size_t, std::uint64_t>(200, 200)));
  const auto by_count = kept_in({.events_max = 32, .bytes_max = 1'000'000});
  EXPECT_GE(by_count.first, 32U);
  EXPECT_LE(by_count.first, 34U) << "old ones are looked for at every second event";
  EXPECT_EQ(by_count.second, 200U);
  const auto by_bytes = kept_in({.events_max = 32, .bytes_max = 10'700});
  EXPECT_GE(by_bytes.first, 9U);
  EXPECT_LE(by_bytes.first, 12U);
  EXPECT_EQ(by_bytes.second, 200U);
  EXPECT_EQ(kept_in({.events_max = 1, .bytes_max = 1}).first, 1U) << "the newest one stays";
}

TEST(EventBlockTest, A_damaged_block_is_an_error_and_nothing_else) {
  Event event;
  event.notice.workflow_name = "flow";
  event.notice.kind = Notice::Kind::kTask;
  event.notice.task_id = nth<TaskId>(1);
  event.notice.state_info = "info";
  event.above = {nth<ExecutionId>(5), nth<ExecutionId>(6)};
  const std::string block = encode_events(std::vector<Event>{event, event});
  ASSERT_EQ(must(decode_events(7, block)).at(1).id, 8U);
  const std::string message = "the database holds damaged events: those from 7 on";
  for (std::size_t length = 0; length < block.size(); ++length)
    EXPECT_EQ(decode_events(7, block.substr(0, length)).error().message, message) << length;
  EXPECT_EQ(decode_events(7, block + "x").error().message, message);
  EXPECT_EQ(decode_events(7, std::string(64, '\xff')).error().message, message);
  for (std::size_t at = 0; at < block.size(); ++at) {
    std::string other = block;
    other[at] = static_cast<char>(other[at] ^ 0x55);
    const auto read = decode_events(7, other);  // an id may be another one; no more than that
    if (!read) {
      EXPECT_EQ(read.error().message, message);
    }
  }
}

}  // namespace
}  // namespace foehn::store
