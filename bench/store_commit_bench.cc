// Durable commits a second at several batch sizes (SQLite, WAL, synchronous=FULL), and what a commit of 100 task rows
// and a load of 1,000 tasks take. The directory is $FOEHN_BENCH_DIR or the temporary one: choose a real disk.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>

#include "dsl/definition.h"
#include "engine/store/sqlite/sqlite_database.h"

namespace foehn::store {
namespace {

std::string fresh_directory() {
  const char* wanted = std::getenv("FOEHN_BENCH_DIR");
  const std::string base = wanted ? wanted : std::filesystem::temp_directory_path().string();
  std::string name = base + "/foehn-bench-XXXXXX";
  return mkdtemp(name.data());
}

class Disk {
 public:
  Disk() : directory_(fresh_directory()) {
    StoreOptions options;
    options.directory = directory_;
    database_ = std::move(*SqliteDatabase::open(options));
  }
  ~Disk() {
    database_.reset();
    std::filesystem::remove_all(directory_);
  }
  Store& store() { return database_->store(); }

 private:
  std::string directory_;
  std::unique_ptr<SqliteDatabase> database_;
};

// One execution: `grow` adds a finished task with its run.
class Grower {
 public:
  explicit Grower(std::uint64_t number) {
    auto definition = std::make_shared<dsl::Definition>();
    definition->source = "text";
    definition->hash = "hash";
    core::ExecutionRows rows;
    rows.execution.id = ExecutionId{derive_uuid(Uuid(), number)};
    rows.execution.definition_hash = "hash";
    rows.execution.workflow_name = "flow";
    state_ = std::make_unique<core::ExecutionState>(std::move(definition), std::move(rows));
    state_->change_execution();
  }
  void grow() {
    const ExecutionId id = state_->execution().id;
    core::Task task;
    task.id = derive_id<TaskId>(id, state_->next_serial());
    task.execution_id = id;
    task.name = "task" + std::to_string(state_->tasks().size());
    task.state = core::State::kSuccess;
    task.created_at = {1'700'000'000'000'000 + 100 * next_time_++};
    if (!state_->tasks().empty()) {
      const core::Task& cause = *state_->tasks().back();
      task.triggered_by.push_back({cause.id, "on-success"});
      task.in_context = cause.in_context.with(cause.published);
    }
    task.published = {{"answer", state_->tasks().size()}};
    core::ActionRun run;
    run.id = derive_id<ActionRunId>(id, state_->next_serial());
    run.task_id = task.id;
    run.execution_id = id;
    run.name = "std.echo";
    run.created_at = task.created_at;
    run.state = core::State::kSuccess;
    run.input = {{"output", "hello"}};
    run.output = {{"result", "hello"}};
    state_->add_task(std::move(task));
    state_->add_run(std::move(run));
  }
  CommitMember member() {
    CommitMember member;
    member.state = state_.get();
    member.delta = state_->take_delta();
    member.expected_version = version_;
    member.new_version = ++version_;
    return member;
  }
  ExecutionId id() const { return state_->execution().id; }

 private:
  std::unique_ptr<core::ExecutionState> state_;
  std::uint64_t version_ = 0;
  static inline std::int64_t next_time_ = 0;
};

// `range(0)` executions advance by one task in every commit.
void commit_members(benchmark::State& bench) {
  Disk disk;
  std::vector<Grower> executions;
  for (std::int64_t i = 0; i < bench.range(0); ++i) executions.emplace_back(static_cast<std::uint64_t>(i));
  for (auto _ : bench) {
    CommitBatch batch;
    for (Grower& execution : executions) {
      execution.grow();
      batch.members.push_back(execution.member());
    }
    if (!disk.store().commit(batch)) return bench.SkipWithError("the commit failed");
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0));
}
BENCHMARK(commit_members)->Arg(1)->Arg(10)->Arg(100)->UseRealTime()->Unit(benchmark::kMicrosecond);

// One execution gains `range(0)` tasks, each with a run, in one commit: the CPU time is what the rows cost.
void commit_tasks(benchmark::State& bench) {
  Disk disk;
  std::uint64_t number = 0;
  for (auto _ : bench) {
    bench.PauseTiming();
    Grower execution(number++);
    for (std::int64_t i = 0; i < bench.range(0); ++i) execution.grow();
    CommitBatch batch;
    batch.members.push_back(execution.member());
    bench.ResumeTiming();
    if (!disk.store().commit(batch)) return bench.SkipWithError("the commit failed");
  }
  bench.SetItemsProcessed(bench.iterations() * bench.range(0));
}
BENCHMARK(commit_tasks)->Arg(1)->Arg(100)->Arg(1'000)->Unit(benchmark::kMicrosecond);

void load_tasks(benchmark::State& bench) {
  Disk disk;
  Grower execution(1);
  for (std::int64_t i = 0; i < bench.range(0); ++i) execution.grow();
  CommitBatch batch;
  batch.members.push_back(execution.member());
  if (!disk.store().commit(batch)) return bench.SkipWithError("the commit failed");
  for (auto _ : bench) benchmark::DoNotOptimize(disk.store().load(execution.id()));
  bench.SetItemsProcessed(bench.iterations() * bench.range(0));
}
BENCHMARK(load_tasks)->Arg(10)->Arg(1'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace foehn::store

BENCHMARK_MAIN();
