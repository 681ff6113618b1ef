#include "engine/runtime/unstored_runs.h"

#include <chrono>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/runtime/step_runner.h"

namespace foehn::runtime {
namespace {

constexpr auto kLookForStop = std::chrono::milliseconds(200);

// Mistral names a run that has no row "None" in its texts.
void forget_id(core::ActionOutcome& outcome, ActionRunId run_id) {
  if (!outcome.data.is_string()) return;
  auto& text = outcome.data.get_ref<std::string&>();
  const std::string id = "action_ex_id=" + to_string(run_id);
  if (const auto at = text.find(id); at != std::string::npos) text.replace(at, id.size(), "action_ex_id=None");
}

}  // namespace

// What expressions of an ad-hoc action may ask for when there is no execution.
class UnstoredRuns::Lookup final : public core::Lookup {
 public:
  explicit Lookup(UnstoredRuns& runs) : runs_(runs) {}
  void set_project(std::string project_id) { project_id_ = std::move(project_id); }

  Result<core::AdhocSpecPtr> adhoc_action(std::string_view name, std::string_view workflow_name,
                                          std::string_view action_namespace) const override {
    return runs_.definitions_.adhoc(name, workflow_name, action_namespace, project_id_);
  }
  std::optional<core::ActionTraits> action_traits(std::string_view action) const override {
    return runs_.actions_->traits(action);
  }
  Status check_action_input(std::string_view action, const Value& input) const override {
    return runs_.actions_->check_input(action, input);
  }
  Result<Value> executions(const Value&) const override { return refused("executions()"); }
  Result<Value> tasks(const Value&) const override { return refused("tasks()"); }

 private:
  static Result<Value> refused(const char* what) {
    return fail(ErrorCode::kInvalidArgument,
                std::string(what) + " is not available in an action that is run without save_result");
  }
  UnstoredRuns& runs_;
  std::string project_id_;
};

UnstoredRuns::UnstoredRuns(const Clock& clock, store::Catalog& catalog, const dsl::ActionCatalog& actions)
    : clock_(clock), definitions_(catalog, actions), lookup_(std::make_unique<Lookup>(*this)) {}

UnstoredRuns::~UnstoredRuns() = default;

core::StepInput UnstoredRuns::step_input() {
  core::StepInput input;
  input.now = clock_.wall();
  input.lookup = lookup_.get();
  return input;
}

// Callers hold definitions_mutex_.
Result<core::Started> UnstoredRuns::start(const core::StartAction& event) {
  FOEHN_CHECK(actions_ != nullptr);
  lookup_->set_project(event.project_id);
  return core::start_action(event, step_input());
}

Result<core::ActionRun> UnstoredRuns::check(const core::StartAction& event) {
  const std::lock_guard lock(definitions_mutex_);
  FOEHN_TRY(const core::Started started, start(event));
  return core::direct_run(*started.state);
}

Result<core::ActionRun> UnstoredRuns::run(const core::StartAction& event, const std::atomic<bool>& stopping) {
  std::unique_ptr<core::ExecutionState> state;
  {
    const std::lock_guard lock(definitions_mutex_);
    FOEHN_TRY(core::Started started, start(event));
    state = std::move(started.state);
    const ActionRunId id = core::direct_run(*state).id;
    FOEHN_CHECK_OK(core::step(*state, core::ActionAdmitted{id}, step_input()).status);
  }
  const core::ActionRun& run = core::direct_run(*state);
  const std::string key = actions_->capacity_key(core::action_of(run), core::input_of(run));
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= static_cast<std::size_t>(limits::kDirectRunsWaitingMax) || actions_->capacity(key) == 0)
      return fail(ErrorCode::kUnavailable, "Too many requests wait for an action; save_result does not wait");
    waiting_[run.id.uuid];
  }
  actions_->start(make_request(*state, run), key);
  FOEHN_TRY(core::ActionOutcome outcome, wait_for(run.id, stopping));
  forget_id(outcome, run.id);
  const std::lock_guard lock(definitions_mutex_);  // `output` of an ad-hoc action may look things up
  const core::ActionFinished finished{run.id, run.attempt, std::move(outcome), {}};
  FOEHN_CHECK_OK(core::step(*state, finished, step_input()).status);
  return core::direct_run(*state);
}

Result<core::ActionOutcome> UnstoredRuns::wait_for(ActionRunId run_id, const std::atomic<bool>& stopping) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(limits::kDirectRunWaitMs);
  std::unique_lock lock(mutex_);
  std::optional<core::ActionOutcome>& outcome = waiting_[run_id.uuid];
  while (!outcome && !stopping && std::chrono::steady_clock::now() < until) ended_.wait_for(lock, kLookForStop);
  std::optional<core::ActionOutcome> taken = std::move(outcome);
  waiting_.erase(run_id.uuid);
  if (taken) return std::move(*taken);
  lock.unlock();
  actions_->cancel(run_id);
  if (stopping) return fail(ErrorCode::kUnavailable, "The server is shutting down");
  // Mistral: oslo.messaging's rpc_response_timeout.
  return fail(ErrorCode::kTimeout, "This rpc call \"start_action\" took longer than configured " +
                                       std::to_string(limits::kDirectRunWaitMs / 1000) + " seconds.");
}

void UnstoredRuns::action_finished(ExecutionId, ActionRunId run_id, std::uint32_t, core::ActionOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(run_id.uuid);
    if (found == waiting_.end()) return;  // nobody waits any more
    found->second = std::move(outcome);
  }
  ended_.notify_all();
}

}  // namespace foehn::runtime
