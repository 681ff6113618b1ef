// Goal: what only SQLite can get wrong: crashes, full disks, damaged and foreign files, two servers on one directory,
// migrations, and writes of several threads. Method: real files in a temporary directory; a child process that is
// killed.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/store/sqlite/group_commit.h"
#include "engine/store/sqlite/migrate.h"
#include "engine/store/sqlite/row_codec.h"
#include "tests/unit/engine/store/store_fixture.h"

namespace foehn::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

StoreOptions options_in(const std::string& directory) {
  StoreOptions options;
  options.directory = directory;
  return options;
}

std::string message_of_open(const StoreOptions& options) {
  const auto opened = SqliteDatabase::open(options);
  return opened ? "ok" : opened.error().message;
}

// ---- crash

const ExecutionId kLeft = nth<ExecutionId>(1);
const ExecutionId kRight = nth<ExecutionId>(2);

Subject resume(Store& store, ExecutionId id) {
  auto stored = store.load(id);
  if (stored && *stored) return Subject(std::move(**stored));
  return Subject(id);
}

// In the child: commits batch after batch, each one task, one run and one timer to either execution and an inbox item,
// and writes a byte after each. Ends only by being killed.
[[noreturn]] void commit_for_ever(const std::string& directory, int acknowledge) {
  const auto database = SqliteDatabase::open(options_in(directory));
  if (!database) _exit(1);
  Store& store = (*database)->store();
  Subject left = resume(store, kLeft);
  Subject right = resume(store, kRight);
  while (true) {
    CommitBatch batch;
    for (Subject* subject : {&left, &right}) {
      core::Task& task = subject->add_task("t");
      task.published = {{"text", std::string(2'000, 'x')}};
      subject->add_run(task.id);
      subject->add_timer(task.id, second(1));
      batch.members.push_back(subject->member());
    }
    const std::string serial = std::to_string(left.version());
    batch.members[0].inbox_added = {{"left:" + serial, kRight, Value::object()}};
    core::Notice told;
    told.execution_id = kLeft;
    told.state_info = serial;
    batch.events = {{0, &told}};
    const auto outcomes = store.commit(batch);
    if (!outcomes || (*outcomes)[0] != CommitOutcome::kApplied) _exit(1);
    left.was_committed();
    right.was_committed();
    if (write(acknowledge, "+", 1) != 1) _exit(1);
  }
}

// How many batches are stored; fails the test if one is there only in part.
std::uint64_t batches_in(const std::string& directory) {
  const auto database = SqliteDatabase::open(options_in(directory));
  EXPECT_TRUE(database);
  const auto left = *(*database)->store().load(kLeft);
  const auto right = *(*database)->store().load(kRight);
  if (!left || !right) return 0;
  const std::uint64_t batches = left->rows.execution.version;
  EXPECT_EQ(right->rows.execution.version, batches);
  EXPECT_EQ(right->inbox.size(), batches);
  const EventPage told = must((*database)->query().events_from(0, 100'000));
  EXPECT_EQ(told.events.size(), batches);
  for (std::size_t i = 0; i < told.events.size(); ++i) {
    EXPECT_EQ(told.events[i].id, told.oldest + i);
    EXPECT_EQ(told.events[i].notice.state_info, std::to_string(i));
  }
  for (const auto& stored : {*left, *right}) {
    EXPECT_EQ(stored.rows.tasks.size(), batches);
    EXPECT_EQ(stored.rows.runs.size(), batches);
    EXPECT_EQ(stored.rows.timers.size(), batches);
  }
  EXPECT_THAT(*(*database)->check(), ElementsAre());
  return batches;
}

TEST(SqliteCrash, Every_acknowledged_batch_survives_a_kill_and_none_is_there_in_part) {
  TempDirectory directory;
  Prng prng(7);
  std::uint64_t stored = 0;
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) commit_for_ever(directory.path(), ends[1]);
    close(ends[1]);
    std::uint64_t acknowledged = 0;
    char byte = 0;
    for (std::uint64_t wanted = 1 + prng.below(40); acknowledged < wanted && read(ends[0], &byte, 1) == 1;)
      ++acknowledged;
    kill(child, SIGKILL);
    while (read(ends[0], &byte, 1) == 1) ++acknowledged;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
    const std::uint64_t now = batches_in(directory.path());
    ASSERT_GE(now, stored + acknowledged);
    ASSERT_LE(now, stored + acknowledged + 1);
    stored = now;
  }
}

// ---- full disk

Status add_bulk(Store& store, Subject& subject) {
  subject.add_task("bulk").published = {{"text", std::string(100'000, 'x')}};
  CommitBatch batch;
  batch.members = {subject.member()};
  const auto outcomes = store.commit(batch);
  if (!outcomes) return fail(outcomes.error());
  if (outcomes->at(0) != CommitOutcome::kApplied) return fail(ErrorCode::kCommitUnknown, "not applied");
  subject.was_committed();
  return {};
}

TEST(SqliteFull, A_full_database_refuses_the_batch_and_works_again_when_there_is_room) {
  TempDirectory directory;
  StoreOptions options = options_in(directory.path());
  options.pages_max = 200;
  std::uint64_t version = 0;
  {
    const auto database = *SqliteDatabase::open(options);
    Subject other(nth<ExecutionId>(2));
    other.add_task("old").published = {{"text", std::string(300'000, 'y')}};
    commit(database->store(), other);
    Subject subject(nth<ExecutionId>(1));
    Status status;
    while (status) status = add_bulk(database->store(), subject);
    EXPECT_EQ(status.error().message, "disk full: " + directory.path() + "/foehn.db cannot grow");
    EXPECT_EQ(status.error().code, ErrorCode::kIo);
    version = subject.version();
    ASSERT_GT(version, 0U);
    Subject back = load(database->store(), subject.id());
    EXPECT_EQ(back.version(), version);
    EXPECT_EQ(back.state().tasks().size(), version);
    ASSERT_TRUE(database->store().remove(other.id()));
    EXPECT_TRUE(add_bulk(database->store(), back));
  }
  options.pages_max = 0;
  const auto database = *SqliteDatabase::open(options);
  Subject back = load(database->store(), nth<ExecutionId>(1));
  EXPECT_EQ(back.version(), version + 1);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(add_bulk(database->store(), back));
  EXPECT_THAT(*database->check(), ElementsAre());
}

// Exit code of the child: what went wrong first, 0 = nothing.
int write_with_small_files(const std::string& directory) {
  signal(SIGXFSZ, SIG_IGN);
  const auto database = SqliteDatabase::open(options_in(directory));
  if (!database) return 1;
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlim_t usual = limit.rlim_cur;
  limit.rlim_cur = 2'000'000;
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  Subject subject(nth<ExecutionId>(1));
  Status status;
  for (int i = 0; i < 100 && status; ++i) status = add_bulk((*database)->store(), subject);
  if (status) return 3;
  if (status.error().message.find("disk full: ") != 0) return 4;
  Subject back = load((*database)->store(), subject.id());
  if (back.version() != subject.version() || back.state().tasks().size() != subject.version()) return 5;
  if (add_bulk((*database)->store(), back)) return 6;  // still full
  limit.rlim_cur = usual;
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 7;
  Subject again = load((*database)->store(), subject.id());
  if (!add_bulk((*database)->store(), again)) return 8;
  return (*database)->check()->empty() ? 0 : 9;
}

TEST(SqliteFull, A_file_that_may_not_grow_is_reported_and_left_intact) {
  TempDirectory directory;
  const pid_t child = fork();
  if (child == 0) _exit(write_with_small_files(directory.path()));
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// ---- files

TEST(SqliteOpen, A_second_server_is_refused_and_told_who_is_there) {
  TempDirectory directory;
  auto first = SqliteDatabase::open(options_in(directory.path()));
  ASSERT_TRUE(first);
  const auto second_one = SqliteDatabase::open(options_in(directory.path()));
  ASSERT_FALSE(second_one);
  EXPECT_EQ(second_one.error().message,
            "data directory " + directory.path() + " is in use by process " + std::to_string(getpid()));
  EXPECT_EQ(second_one.error().code, ErrorCode::kConflict);
  first->reset();
  EXPECT_EQ(message_of_open(options_in(directory.path())), "ok");
}

TEST(SqliteOpen, A_directory_that_cannot_be_made_is_named) {
  TempDirectory directory;
  std::ofstream(directory.path() + "/file") << "x";
  const std::string wanted = directory.path() + "/file/data";
  EXPECT_EQ(message_of_open(options_in(wanted)), "data directory " + wanted + " is not writable: Not a directory");
}

TEST(SqliteOpen, The_files_are_for_the_owner_alone_and_the_log_is_gone_after_closing) {
  TempDirectory directory;
  const std::string path = directory.path() + "/a/b";
  {
    const auto database = *SqliteDatabase::open(options_in(path));
    ASSERT_TRUE(database->catalog().put_definition_text("h", "t"));
    for (const char* name : {"/foehn.db", "/foehn.db-wal", "/foehn.db-shm", "/lock"})
      EXPECT_EQ(std::filesystem::status(path + name).permissions(),
                std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
          << name;
  }
  EXPECT_FALSE(std::filesystem::exists(path + "/foehn.db-wal"));
}

TEST(SqliteOpen, A_file_that_is_no_database_is_refused_and_left_alone) {
  TempDirectory directory;
  const std::string path = directory.path() + "/foehn.db";
  std::ofstream(path) << std::string(5'000, 'x');
  EXPECT_EQ(message_of_open(options_in(directory.path())),
            path + " is not a database: it is damaged or another program's file");
  EXPECT_EQ(std::filesystem::file_size(path), 5'000U);
}

TEST(SqliteOpen, Another_programs_database_is_refused) {
  TempDirectory directory;
  const std::string path = directory.path() + "/foehn.db";
  ASSERT_TRUE((*Connection::open({path}))->execute("CREATE TABLE theirs (x)"));
  EXPECT_EQ(message_of_open(options_in(directory.path())), path + " is a database of another program");
}

TEST(SqliteOpen, A_newer_schema_is_refused) {
  TempDirectory directory;
  const std::string path = directory.path() + "/foehn.db";
  ASSERT_EQ(message_of_open(options_in(directory.path())), "ok");
  ASSERT_TRUE((*Connection::open({path}))->execute("INSERT INTO schema_version VALUES (99, 'later', 0)"));
  EXPECT_EQ(message_of_open(options_in(directory.path())),
            path + " was written by a newer foehn: its schema is 99, this one knows " +
                std::to_string(schema_files().size()) + "; install the newer foehn");
}

TEST(SqliteOpen, A_damaged_page_is_an_error_of_the_read_and_found_by_check) {
  TempDirectory directory;
  const std::string path = directory.path() + "/foehn.db";
  {
    const auto database = *SqliteDatabase::open(options_in(directory.path()));
    Subject subject(nth<ExecutionId>(1));
    for (int i = 0; i < 200; ++i) subject.add_task("t" + std::to_string(i)).published = {{"x", std::string(300, 'x')}};
    commit(database->store(), subject);
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const auto pages = std::filesystem::file_size(path) / 4'096;
    for (std::uint64_t page = 60; page < pages; ++page) {
      file.seekp(static_cast<std::streamoff>(page * 4'096));
      file << std::string(4'096, '\xff');
    }
  }
  const auto database = SqliteDatabase::open(options_in(directory.path()));
  ASSERT_TRUE(database) << database.error().message;
  const auto loaded = (*database)->store().load(nth<ExecutionId>(1));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, path + " is damaged (database disk image is malformed): restore it from a backup");
  const auto faults = (*database)->check();
  EXPECT_TRUE(!faults || !faults->empty());
}

TEST(SqliteOpen, A_value_that_is_not_json_is_reported_with_the_file) {
  TempDirectory directory;
  const std::string path = directory.path() + "/foehn.db";
  {
    const auto database = *SqliteDatabase::open(options_in(directory.path()));
    Subject subject(nth<ExecutionId>(1));
    commit(database->store(), subject);
  }
  ASSERT_TRUE((*Connection::open({path}))->execute("UPDATE execution_values SET input = '{'"));
  const auto database = *SqliteDatabase::open(options_in(directory.path()));
  EXPECT_THAT(database->store().load(nth<ExecutionId>(1)).error().message,
              HasSubstr("the database " + path + " holds a damaged value: "));
}

TEST(SqliteOpen, What_no_task_sees_after_a_rerun_is_removed_when_the_execution_ends) {
  TempDirectory directory;
  const std::string path = directory.path() + "/foehn.db";
  const core::Context shared = core::Context().with({{"shared", std::string(1'000, 's')}});
  const core::Context late = shared.with({{"late", std::string(1'000, 'l')}});
  Subject subject(nth<ExecutionId>(1));
  {
    const auto database = *SqliteDatabase::open(options_in(directory.path()));
    const TaskId first = subject.add_task("first").id;
    const TaskId second_one = subject.add_task("second").id;
    subject.state().change_task(first).in_context = shared.with({{"early", std::string(1'000, 'e')}});
    subject.state().change_task(second_one).in_context = shared;
    commit(database->store(), subject);
    core::Task& again = subject.state().change_task(first);
    again.in_context = late;
    again.attempt = 2;
    commit(database->store(), subject);
    const auto reader = *Connection::open({path});
    EXPECT_EQ(*reader->number_of("SELECT count(*) FROM contexts"), 3);
    subject.state().change_execution().state = core::State::kError;
    commit(database->store(), subject);
    EXPECT_EQ(*reader->number_of("SELECT count(*) FROM contexts"), 2);
    EXPECT_EQ(*reader->number_of("SELECT count(*) FROM context_values"), 2);
  }
  const auto database = *SqliteDatabase::open(options_in(directory.path()));
  const Subject back = load(database->store(), subject.id());
  EXPECT_EQ(back.state().tasks_named("first").front()->in_context.flatten(), late.flatten());
}

// ---- migrations

EmbeddedFile file_of(const char* name, const std::string& text) {
  return {name, text.data(), text.data() + text.size()};
}

TEST(SqliteMigrate, Files_are_applied_in_order_once_and_the_old_state_is_kept_aside) {
  TempDirectory directory;
  const std::string path = directory.path() + "/x.db";
  const std::string first = "CREATE TABLE a (x); INSERT INTO a VALUES (1);";
  const std::string next = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1;";
  const EmbeddedFile files[] = {file_of("001_a.sql", first), file_of("002_b.sql", next)};
  const auto connection = *Connection::open({path});
  ASSERT_TRUE(migrate(*connection, {files, 1}, second(1)));
  ASSERT_TRUE(migrate(*connection, {files, 1}, second(2)));
  EXPECT_FALSE(std::filesystem::exists(path + ".before-2"));
  ASSERT_TRUE(migrate(*connection, files, second(3)));
  EXPECT_EQ(*connection->number_of("SELECT y FROM a"), 2);
  EXPECT_EQ(*connection->number_of("SELECT max(version) FROM schema_version"), 2);
  const auto copy = *Connection::open({path + ".before-2"});
  EXPECT_EQ(*copy->number_of("SELECT max(version) FROM schema_version"), 1);
  EXPECT_EQ(*copy->number_of("SELECT count(*) FROM a"), 1);
}

TEST(SqliteMigrate, A_file_that_fails_changes_nothing) {
  TempDirectory directory;
  const std::string first = "CREATE TABLE a (x);";
  const std::string bad = "INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1);";
  const EmbeddedFile files[] = {file_of("001_a.sql", first), file_of("002_bad.sql", bad)};
  const auto connection = *Connection::open({directory.path() + "/x.db"});
  const Status status = migrate(*connection, files, second(1));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "while applying 002_bad.sql: SQLite: no such table: nowhere (1) on " + directory.path() + "/x.db");
  EXPECT_EQ(*connection->number_of("SELECT count(*) FROM a"), 0);
  EXPECT_EQ(*connection->number_of("SELECT max(version) FROM schema_version"), 1);
}

// ---- group commit

class Groups : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(writer_->execute("CREATE TABLE t (x INTEGER PRIMARY KEY)")); }
  static Status insert(Connection& writer, std::int64_t x) {
    return writer.prepare("INSERT INTO t VALUES (?)").add(x).run();
  }
  std::int64_t committed(const std::string& sql) { return *reader_->number_of(sql); }
  // The first work holds the lead until `count` works are queued.
  void wait_for_queue(std::size_t count) {
    while (groups_.waiting() < count) std::this_thread::yield();
  }

  TempDirectory directory_;
  std::unique_ptr<Connection> writer_ = *Connection::open({directory_.path() + "/x.db"});
  std::unique_ptr<Connection> reader_ = *Connection::open({directory_.path() + "/x.db", true});
  GroupCommit groups_{*writer_, {1'000, 1'000'000}};
};

TEST_F(Groups, Works_that_gather_share_a_transaction_and_a_failing_one_undoes_only_itself) {
  std::vector<std::int64_t> seen_by_reader(3, -1);
  Status statuses[3];
  std::thread leader([&] {
    EXPECT_TRUE(groups_.run(10, [&](Connection& writer) {
      wait_for_queue(4);
      return insert(writer, 100);
    }));
  });
  wait_for_queue(1);
  std::vector<std::thread> others;
  for (std::size_t i = 0; i < 3; ++i) {
    others.emplace_back([&, i] {
      statuses[i] = groups_.run(10, [&, i](Connection& writer) -> Status {
        FOEHN_CHECK_OK(insert(writer, static_cast<std::int64_t>(i)));
        seen_by_reader[i] = committed("SELECT count(*) FROM t");
        if (i == 1) return fail(ErrorCode::kConflict, "mine alone");
        return {};
      });
    });
    if (i < 2) wait_for_queue(i + 2);  // for the last one the leader waits, and may be through before anybody looks
  }
  leader.join();
  for (std::thread& other : others) other.join();
  EXPECT_THAT(seen_by_reader, ElementsAre(1, 1, 1));  // none of the three was committed before the others were done
  EXPECT_TRUE(statuses[0]);
  ASSERT_FALSE(statuses[1]);
  EXPECT_EQ(statuses[1].error().message, "mine alone");
  EXPECT_TRUE(statuses[2]);
  EXPECT_EQ(committed("SELECT count(*) FROM t"), 3);
  EXPECT_EQ(committed("SELECT count(*) FROM t WHERE x = 1"), 0);
}

TEST_F(Groups, A_group_takes_no_more_bytes_than_its_bound) {
  std::int64_t seen = -1;
  std::thread leader([&] {
    EXPECT_TRUE(groups_.run(10, [&](Connection& writer) {
      wait_for_queue(3);
      return insert(writer, 100);
    }));
  });
  wait_for_queue(1);
  std::thread large([&] { EXPECT_TRUE(groups_.run(900, [&](Connection& writer) { return insert(writer, 1); })); });
  wait_for_queue(2);
  std::thread next([&] {
    EXPECT_TRUE(groups_.run(200, [&](Connection& writer) {
      seen = committed("SELECT count(*) FROM t");
      return insert(writer, 2);
    }));
  });
  for (std::thread* thread : {&leader, &large, &next}) thread->join();
  EXPECT_EQ(seen, 2);
}

TEST_F(Groups, One_work_that_fills_the_disk_does_not_spoil_the_others) {
  const std::int64_t pages = *writer_->number_of("PRAGMA page_count");
  ASSERT_TRUE(writer_->execute("PRAGMA max_page_count=" + std::to_string(pages + 20)));
  ASSERT_TRUE(writer_->execute("CREATE TABLE bulk (x)"));
  Status small;
  Status huge;
  std::thread leader([&] {
    EXPECT_TRUE(groups_.run(10, [&](Connection& writer) {
      wait_for_queue(3);
      return insert(writer, 100);
    }));
  });
  wait_for_queue(1);
  std::thread first([&] { small = groups_.run(10, [&](Connection& writer) { return insert(writer, 1); }); });
  wait_for_queue(2);
  std::thread second_one([&] {
    huge = groups_.run(10,
                       [](Connection& writer) { return writer.execute("INSERT INTO bulk VALUES (zeroblob(400000))"); });
  });
  for (std::thread* thread : {&leader, &first, &second_one}) thread->join();
  EXPECT_TRUE(small);
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().message, "disk full: " + directory_.path() + "/x.db cannot grow");
  EXPECT_EQ(committed("SELECT count(*) FROM t"), 2);
}

TEST_F(Groups, The_log_is_moved_into_the_database_when_it_has_grown) {
  const auto wal_bytes = [&] { return std::filesystem::file_size(directory_.path() + "/x.db-wal"); };
  ASSERT_TRUE(writer_->execute("CREATE TABLE bulk (x)"));
  for (int i = 0; i < 60; ++i)
    ASSERT_TRUE(groups_.run(
        1, [](Connection& writer) { return writer.execute("INSERT INTO bulk VALUES (zeroblob(100000))"); }));
  EXPECT_LT(wal_bytes(), 2'500'000U);  // 6 MB were written through a log of 1 MB
}

TEST(SqliteThreads, Definitions_and_executions_are_written_by_four_threads_at_once) {
  TempDirectory directory;
  const auto database = *SqliteDatabase::open(options_in(directory.path()));
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      Subject subject(nth<ExecutionId>(thread));
      for (std::uint64_t i = 0; i < 25; ++i) {
        subject.add_task("t");
        commit(database->store(), subject);
        // The same 25 keys in every thread: exactly one gets each.
        const ResourceRow row = resource_row(1'000 + thread * 100 + i, "box", "b" + std::to_string(i));
        if (database->catalog().create_resource(row)) ++taken;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(taken, 25);
  EXPECT_EQ(database->catalog().resources("box", "")->size(), 25U);
  for (std::uint64_t thread = 0; thread < 4; ++thread)
    EXPECT_EQ(load(database->store(), nth<ExecutionId>(thread)).state().tasks().size(), 25U);
}

}  // namespace
}  // namespace foehn::store
