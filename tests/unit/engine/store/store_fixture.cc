#include "tests/unit/engine/store/store_fixture.h"

#include <cstdlib>
#include <filesystem>

#include "dsl/definition.h"

namespace foehn::store {
namespace {

class MemBackend final : public Backend {
 public:
  Store& store() override { return store_; }
  Catalog& catalog() override { return store_; }
  Query& query() override { return store_; }
  void reopen() override {}

 private:
  MemStore store_;
};

class SqliteBackend final : public Backend {
 public:
  SqliteBackend() { reopen(); }
  Store& store() override { return database_->store(); }
  Catalog& catalog() override { return database_->catalog(); }
  Query& query() override { return database_->query(); }
  void reopen() override {
    database_.reset();
    StoreOptions options;
    options.directory = directory_.path() + "/data";
    auto opened = SqliteDatabase::open(options);
    if (!opened) throw std::runtime_error(opened.error().message);
    database_ = std::move(*opened);
  }

 private:
  TempDirectory directory_;
  std::unique_ptr<SqliteDatabase> database_;
};

dsl::DefinitionPtr definition(const std::string& workflow) {
  auto made = std::make_shared<dsl::Definition>();
  made->source = "text of " + workflow;
  made->hash = "hash of " + workflow;
  return made;
}

template <class T>
std::string text(const std::optional<T>& value) {
  return value ? to_string(*value) : "-";
}
std::string text(const std::optional<std::string>& value) { return value ? "'" + *value + "'" : "-"; }
std::string text(const std::optional<WallTime>& time) { return time ? std::to_string(time->us) : "-"; }
std::string text(const std::optional<core::State>& state) { return state ? std::string(core::to_string(*state)) : "-"; }
std::string text(bool flag) { return flag ? "yes" : "no"; }

// "name=value " for each pair.
class Line {
 public:
  template <class T>
  Line& add(const char* name, const T& value) {
    line_ += name;
    line_ += '=';
    if constexpr (std::is_same_v<T, Value>)
      line_ += to_json(value);
    else if constexpr (std::is_same_v<T, bool>)
      line_ += text(value);
    else if constexpr (std::is_arithmetic_v<T>)
      line_ += std::to_string(value);
    else if constexpr (std::is_enum_v<T>)
      line_ += std::to_string(static_cast<int>(value));
    else if constexpr (std::is_same_v<T, WallTime>)
      line_ += std::to_string(value.us);
    else if constexpr (std::is_same_v<T, std::string>)
      line_ += "'" + value + "'";
    else if constexpr (requires { to_string(value); })
      line_ += to_string(value);
    else
      line_ += text(value);
    line_ += ' ';
    return *this;
  }
  std::string take() { return std::move(line_) + "\n"; }

 private:
  std::string line_;
};

template <class Row>
std::string show_all(const std::vector<Row>& rows) {
  std::string all;
  for (const Row& row : rows) all += show(row);
  return all;
}

}  // namespace

TempDirectory::TempDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "foehn-store-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
  path_ = name;
}
TempDirectory::~TempDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<Backend> make_backend(const std::string& name) {
  if (name == "mem") return std::make_unique<MemBackend>();
  return std::make_unique<SqliteBackend>();
}

Subject::Subject(ExecutionId id, const std::string& workflow) {
  core::ExecutionRows rows;
  rows.execution.id = id;
  rows.execution.workflow_id = nth<DefinitionId>(1);
  rows.execution.workflow_name = workflow;
  rows.execution.project_id = "p";
  rows.execution.definition_hash = "hash of " + workflow;
  rows.execution.state = core::State::kRunning;
  rows.execution.input = {{"who", "you"}};
  rows.execution.created_at = second(0);
  state_ = std::make_unique<core::ExecutionState>(definition(workflow), std::move(rows));
  state_->change_execution();
}

void Subject::go_on_by(const std::string& workflow) { state_->change_definition(definition(workflow)); }

Subject::Subject(StoredExecution stored) {
  version_ = stored.rows.execution.version;
  const std::string workflow = stored.rows.execution.workflow_name;
  state_ = std::make_unique<core::ExecutionState>(definition(workflow), std::move(stored.rows));
}

core::Task& Subject::add_task(const std::string& name) {
  core::Task task;
  task.id = derive_id<TaskId>(id(), state_->next_serial());
  task.execution_id = id();
  task.name = name;
  task.created_at = second(static_cast<std::int64_t>(state_->tasks().size()));
  return state_->add_task(std::move(task));
}

core::ActionRun& Subject::add_run(TaskId task, std::uint32_t index) {
  core::ActionRun run;
  run.id = derive_id<ActionRunId>(id(), state_->next_serial());
  run.task_id = task;
  run.execution_id = id();
  run.name = "std.echo";
  run.index = index;
  run.created_at = second(static_cast<std::int64_t>(state_->runs().size()));
  return state_->add_run(std::move(run));
}

core::Timer Subject::add_timer(TaskId task, WallTime due_at) {
  const core::Timer timer{
      derive_id<TimerId>(id(), state_->next_serial()), id(), task, core::TimerKind::kRetry, 3, due_at};
  state_->add_timer(timer);
  return timer;
}

CommitMember Subject::member() {
  CommitMember member;
  member.state = state_.get();
  member.delta = state_->take_delta();
  member.expected_version = version_;
  member.new_version = version_ + 1;
  return member;
}

CommitOutcome commit_member(Store& store, CommitMember member) {
  CommitBatch batch;
  batch.members.push_back(std::move(member));
  const auto outcomes = store.commit(batch);
  if (!outcomes) throw std::runtime_error(outcomes.error().message);
  return outcomes->at(0);
}

void commit(Store& store, Subject& subject) {
  ASSERT_EQ(commit_member(store, subject.member()), CommitOutcome::kApplied);
  subject.was_committed();
}

Subject load(Store& store, ExecutionId id) {
  auto stored = store.load(id);
  if (!stored || !*stored) throw std::runtime_error("the execution is not there");
  return Subject(std::move(**stored));
}

std::string show(const core::Execution& e) {
  Line line;
  line.add("execution", e.id).add("workflow_id", e.workflow_id).add("name", e.workflow_name);
  line.add("namespace", e.workflow_namespace).add("hash", e.definition_hash).add("project", e.project_id);
  line.add("description", e.description).add("tags", Value(e.tags)).add("root", e.root_id);
  if (e.parent) line.add("parent", e.parent->execution_id).add("task", e.parent->task_id).add("index", e.parent->index);
  line.add("source", e.source_id).add("state", e.state).add("info", e.state_info).add("input", e.input);
  line.add("params", e.params).add("output", e.output).add("vars", e.vars).add("globals", e.globals);
  for (const core::BacklogItem& item : e.backlog)
    line.add("kept", item.target).add("event", item.event).add("message", item.message).add("from", item.from);
  line.add("depth", e.depth).add("serial", e.next_serial).add("version", e.version);
  return line.add("created", e.created_at).add("updated", e.updated_at).take();
}

std::string show(const core::Task& t) {
  Line line;
  line.add("task", t.id).add("execution", t.execution_id).add("name", t.name).add("type", t.type);
  line.add("state", t.state).add("info", t.state_info).add("context", t.in_context.to_value());
  line.add("published", t.published).add("global", t.published_global);
  for (const core::NextTask& next : t.next_tasks) line.add("next", next.name).add("event", next.event);
  line.add("has_next", t.has_next_tasks).add("handled", t.error_handled).add("processed", t.processed);
  line.add("tags", Value(t.tags)).add("join", t.is_join).add("again", t.triggered_again);
  for (const core::TriggeredBy& cause : t.triggered_by) line.add("by", cause.task_id).add("event", cause.event).add("attempt", cause.attempt);
  line.add("override", t.input_override).add("superseded", t.superseded);
  if (t.with_items) {
    const core::WithItemsState& items = *t.with_items;
    line.add("count", items.count).add("scheduled", items.scheduled).add("concurrency", items.concurrency);
    line.add("active", items.active).add("completed", items.completed).add("failed", items.failed);
    line.add("keeps", items.keeps_results);
  }
  if (t.items) line.add("items", Value(t.items->collections)).add("items_bytes", t.items->size_bytes);
  line.add("delay", t.delay).add("held", t.held_state).add("held_info", t.held_info).add("retries", t.retry_count);
  line.add("retrying", t.retrying).add("paused_before", t.paused_before).add("attempt", t.attempt);
  line.add("policies", t.policy_values).add("created", t.created_at).add("updated", t.updated_at);
  return line.add("started", t.started_at).add("finished", t.finished_at).take();
}

std::string show(const core::ActionRun& r) {
  Line line;
  line.add("run", r.id).add("task", r.task_id).add("execution", r.execution_id).add("kind", r.kind);
  line.add("name", r.name).add("state", r.state).add("info", r.state_info).add("accepted", r.accepted);
  if (r.adhoc) line.add("base", r.adhoc->base).add("given", r.adhoc->input).add("outputs", Value(r.adhoc->outputs));
  line.add("index", r.index).add("attempt", r.attempt).add("task_attempt", r.task_attempt).add("input", r.input);
  line.add("output", r.output).add("sync", r.is_sync).add("safe", r.safe_rerun).add("recovered", r.recovered);
  line.add("timeout", r.timeout_ms).add("target", r.target).add("created", r.created_at);
  return line.add("updated", r.updated_at).take();
}

std::string show(const core::Timer& t) {
  return Line()
      .add("timer", t.id)
      .add("execution", t.execution_id)
      .add("task", t.task_id)
      .add("kind", t.kind)
      .add("attempt", t.attempt)
      .add("due", t.due_at)
      .take();
}

std::string show(const core::ExecutionRows& rows) {
  return show(rows.execution) + show_all(rows.tasks) + show_all(rows.runs) + show_all(rows.timers);
}

std::string show(const StoredExecution& stored) {
  std::string all = show(stored.rows);
  for (const InboxItem& item : stored.inbox)
    all += Line().add("item", item.id).add("to", item.execution_id).add("event", item.event).take();
  return all;
}

std::string show(const WorkflowRow& w) {
  Line line;
  line.add("workflow", w.id).add("name", w.name).add("namespace", w.workflow_namespace).add("project", w.project_id);
  line.add("scope", w.scope).add("definition", w.definition).add("hash", w.hash).add("input", w.input);
  line.add("interface", w.interface_).add("tags", Value(w.tags)).add("workbook", w.workbook_name);
  return line.add("system", w.is_system).add("created", w.created_at).add("updated", w.updated_at).take();
}

std::string show(const ResourceRow& r) {
  Line line;
  line.add("resource", r.id).add("kind", r.kind).add("key", r.key).add("owner", r.owner).add("state", r.state);
  line.add("body", r.body).add("revision", r.revision).add("created", r.created_at);
  return line.add("updated", r.updated_at).take();
}

std::string show(const TaskRow& r) {
  return show(r.task) + Line()
                            .add("of", r.workflow_name)
                            .add("namespace", r.workflow_namespace)
                            .add("id", r.workflow_id)
                            .add("project", r.project_id)
                            .take();
}

std::string show(const RunRow& r) {
  return show(r.run) + Line()
                           .add("of", r.task_name)
                           .add("workflow", r.workflow_name)
                           .add("namespace", r.workflow_namespace)
                           .add("project", r.project_id)
                           .take();
}

WorkflowRow workflow_row(std::uint64_t number, const std::string& name) {
  WorkflowRow row;
  row.id = nth<DefinitionId>(number);
  row.name = name;
  row.project_id = "p";
  row.definition = "text of " + name;
  row.hash = "hash of " + name;
  row.input = "who, n=\"1\"";
  row.interface_ = {{"input", Value::array({"who", {{"n", "1"}}})}, {"output", Value::array()}};
  row.created_at = second(static_cast<std::int64_t>(number));
  return row;
}

ResourceRow resource_row(std::uint64_t number, const std::string& kind, const std::string& key) {
  ResourceRow row;
  row.id = nth<ResourceId>(number);
  row.kind = kind;
  row.key = key;
  row.state = "CREATING";
  row.body = {{"size", 3}};
  row.created_at = second(static_cast<std::int64_t>(number));
  return row;
}

core::PinnedItemsPtr pinned(std::vector<Value> collections) {
  auto items = std::make_shared<core::PinnedItems>();
  for (const Value& collection : collections) items->size_bytes += size_bytes(collection);
  items->collections = std::move(collections);
  return items;
}

core::Task full_task(const core::Execution& execution) {
  core::Task task;
  task.id = derive_id<TaskId>(execution.id, 900);
  task.execution_id = execution.id;
  task.name = "tâche";
  task.type = core::TaskType::kWorkflow;
  task.state = core::State::kDelayed;
  task.state_info = "";
  const core::Context left = core::Context().with({{"a", 1}, {"o", {{"x", 1}, {"y", 2}}}}).with({{"a", 2}});
  const core::Context right = core::Context().with({{"o", {{"x", 3}}}}).with({{"o", {{"x", 4}}}});
  task.in_context = left.merged(right).with({{"long", std::string(5'000, 'z')}});
  task.published = {{"answer", {{"deep", Value::array({1, 2.5, nullptr, true})}}}};
  task.published_global = {{"g", "\x01 \" \\ ü"}};
  task.next_tasks = {{"t2", "on-success"}, {"t3", "on-complete"}};
  task.has_next_tasks = task.error_handled = task.processed = task.is_join = task.triggered_again = true;
  task.triggered_by = {{nth<TaskId>(5), "on-error", 2}, {nth<TaskId>(6), ""}};
  task.input_override = {{"port", 1}};
  task.superseded = true;
  task.with_items = core::WithItemsState{7, 6, 5, 4, 3, 2, true};
  task.tags = {"a", "ü \"quoted\""};
  task.items = pinned({Value::array({1, "ü", nullptr}), Value::array({{{"x", 1.5}}, false, Value::array()})});
  task.delay = core::DelayReason::kWaitAfter;
  task.held_state = core::State::kError;
  task.held_info = "";
  task.retry_count = 3;
  task.retrying = task.paused_before = true;
  task.attempt = 9;
  task.policy_values = {{"retry", {{"count", 3}}}};
  task.created_at = second(1);
  task.updated_at = WallTime{0};
  task.started_at = second(2);
  task.finished_at = second(3);
  return task;
}

core::ActionRun full_run(const core::Execution& execution, TaskId task) {
  core::ActionRun run;
  run.id = derive_id<ActionRunId>(execution.id, 901);
  run.task_id = task;
  run.execution_id = execution.id;
  run.kind = core::RunKind::kWorkflow;
  run.name = "sub";
  run.adhoc = core::AdhocCall{"std.echo", {{"output", 1.5}}, {Value("<% $ %>"), Value{{"a", nullptr}}, Value()}};
  run.state = core::State::kError;
  run.state_info = "why";
  run.accepted = true;
  run.index = 4'000'000'000;
  run.attempt = 2;
  run.task_attempt = 3;
  run.input = {{"i", -9'223'372'036'854'775'807}};
  run.output = {{"result", 18'446'744'073'709'551'615U}};
  run.is_sync = false;
  run.safe_rerun = run.recovered = true;
  run.timeout_ms = 5;
  run.target = "host";
  run.created_at = second(1);
  run.updated_at = second(2);
  return run;
}

void change_at_random(Subject& subject, Prng& prng) {
  core::ExecutionState& state = subject.state();
  constexpr core::State kStates[] = {core::State::kIdle,  core::State::kWaiting, core::State::kRunning,
                                     core::State::kError, core::State::kSuccess, core::State::kPaused};
  constexpr core::State kRunStates[] = {core::State::kScheduled, core::State::kRunning, core::State::kSuccess,
                                        core::State::kError, core::State::kCancelled};
  const auto any_task = [&]() { return state.tasks()[prng.below(state.tasks().size())]->id; };
  for (std::uint64_t i = prng.below(3); i > 0; --i) {
    core::Task& task = subject.add_task("t" + std::to_string(prng.below(5)));
    if (state.tasks().size() > 1 && prng.chance(80)) {
      const core::Task& cause = *state.task(any_task());
      task.triggered_by.push_back({cause.id, "on-success"});
      task.in_context = cause.in_context.with(cause.published);
      if (prng.chance(20)) task.in_context = task.in_context.merged(state.task(any_task())->in_context);
    }
  }
  if (!state.tasks().empty() && prng.chance(80)) {
    core::Task& task = state.change_task(any_task());
    state.set_task_state(task, kStates[prng.below(std::size(kStates))]);
    const std::size_t length = prng.chance(30) ? 400 : 3;
    task.published["v" + std::to_string(prng.below(4))] = {{"n", prng.below(100)}, {"s", std::string(length, 'x')}};
    task.processed = prng.chance(50);
    task.updated_at = second(static_cast<std::int64_t>(prng.below(1'000)));
    task.attempt += prng.chance(10) ? 1 : 0;
    if (prng.chance(20)) {
      ++task.attempt;  // items belong to an attempt
      task.with_items.emplace().count = 2;
      task.items = pinned({Value::array({prng.below(100), std::string(length, 'i')})});
    } else if (prng.chance(20)) {
      task.items.reset();
    }
  }
  if (!state.tasks().empty() && prng.chance(60)) subject.add_run(any_task(), static_cast<std::uint32_t>(prng.below(4)));
  if (!state.runs().empty() && prng.chance(70)) {
    core::ActionRun& run = state.change_run(state.runs()[prng.below(state.runs().size())]->id);
    run.state = kRunStates[prng.below(std::size(kRunStates))];
    if (core::is_complete(run.state)) run.output = {{"result", prng.below(1'000)}};
    run.accepted = prng.chance(50);
  }
  if (prng.chance(5)) subject.go_on_by("flow" + std::to_string(prng.below(3)));
  if (!state.tasks().empty() && prng.chance(30))
    subject.add_timer(any_task(), second(static_cast<std::int64_t>(prng.below(50))));
  if (!state.timers().empty() && prng.chance(30)) state.remove_timer(state.timers().begin()->first);
  if (prng.chance(20)) {
    core::Execution& execution = state.change_execution();
    execution.state = kStates[prng.below(std::size(kStates))];
    execution.globals["g"] = prng.below(10);
    execution.updated_at = second(static_cast<std::int64_t>(prng.below(1'000)));
    if (prng.chance(50)) execution.output = {{"o", prng.below(5)}};
    if (prng.chance(30)) execution.state_info = "why " + std::to_string(prng.below(3));
  }
}

}  // namespace foehn::store
