// What the store tests share: a temporary directory, the backends behind one face, an execution that is changed and
// committed step by step, and rows as text, so that a difference is readable.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/base/prng.h"
#include "engine/store/mem/mem_store.h"
#include "engine/store/sqlite/sqlite_database.h"

namespace foehn::store {

class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual Store& store() = 0;
  virtual Catalog& catalog() = 0;
  virtual Query& query() = 0;
  virtual void reopen() = 0;  // what is not durable is lost
};
std::unique_ptr<Backend> make_backend(const std::string& name);  // "mem", "sqlite"

// The n-th id of its kind.
template <class SomeId>
SomeId nth(std::uint64_t number) {
  return SomeId{derive_uuid(Uuid(), number)};
}
inline WallTime second(std::int64_t number) { return {1'700'000'000'000'000 + number * 1'000'000}; }

// An execution as the engine holds it, with the version that is stored.
class Subject {
 public:
  explicit Subject(ExecutionId id, const std::string& workflow = "flow");
  explicit Subject(StoredExecution stored);

  core::ExecutionState& state() { return *state_; }
  const core::ExecutionState& state() const { return *state_; }
  ExecutionId id() const { return state_->execution().id; }
  core::Task& add_task(const std::string& name);
  core::ActionRun& add_run(TaskId task, std::uint32_t index = 0);
  core::Timer add_timer(TaskId task, WallTime due_at);
  void go_on_by(const std::string& workflow);  // another definition
  // The changes since the last call, as part of a batch.
  CommitMember member();
  void was_committed() { ++version_; }
  std::uint64_t version() const { return version_; }

 private:
  std::unique_ptr<core::ExecutionState> state_;
  std::uint64_t version_ = 0;
};

// The value of a result that must be one. By value: fit for range-for.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// Commits the changes of one execution alone; fails the test unless they are applied.
void commit(Store& store, Subject& subject);
CommitOutcome commit_member(Store& store, CommitMember member);
Subject load(Store& store, ExecutionId id);

std::string show(const core::Execution& execution);
std::string show(const core::Task& task);
std::string show(const core::ActionRun& run);
std::string show(const core::Timer& timer);
std::string show(const core::ExecutionRows& rows);
std::string show(const StoredExecution& stored);
std::string show(const WorkflowRow& row);
std::string show(const ResourceRow& row);
std::string show(const TaskRow& row);
std::string show(const RunRow& row);

WorkflowRow workflow_row(std::uint64_t number, const std::string& name);
ResourceRow resource_row(std::uint64_t number, const std::string& kind, const std::string& key);

core::PinnedItemsPtr pinned(std::vector<Value> collections);
// A row with no member left at its usual value.
core::Task full_task(const core::Execution& execution);
core::ActionRun full_run(const core::Execution& execution, TaskId task);

// One random change of the subject: rows added and changed, timers, contexts.
void change_at_random(Subject& subject, Prng& prng);

}  // namespace foehn::store
