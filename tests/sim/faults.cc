#include "tests/sim/faults.h"

#include <algorithm>
#include <utility>

#include "tests/sim/workload.h"

namespace foehn::sim {

Result<std::optional<store::StoredExecution>> FaultyStore::load(ExecutionId id) {
  if (fault_ == Fault::kLoadFails) {
    fault_ = Fault::kNone;
    return fail(ErrorCode::kIo, "simulated read error");
  }
  return below_.load(id);
}

Result<std::vector<store::CommitOutcome>> FaultyStore::commit(const store::CommitBatch& batch) {
  const Fault fault = std::exchange(fault_, Fault::kNone);
  switch (fault) {
    case Fault::kCrashBefore: throw Crash{"before commit"};
    case Fault::kFails: return fail(ErrorCode::kIo, "simulated: no space left on device");
    case Fault::kUnknownLost:
      return std::vector<store::CommitOutcome>(batch.members.size(), store::CommitOutcome::kUnknown);
    default: break;
  }
  auto outcomes = below_.commit(batch);
  applied_ = true;
  for (const store::CommitOutcome outcome : *outcomes) {
    if (outcome == store::CommitOutcome::kStale) throw Violation{"a commit was stale with one engine alone"};
  }
  if (fault == Fault::kCrashAfter) throw Crash{"after commit"};
  if (fault == Fault::kUnknownApplied) {
    std::fill(outcomes->begin(), outcomes->end(), store::CommitOutcome::kUnknown);
  }
  return outcomes;
}

SimActions::SimActions(Prng& prng, store::MemStore& store, std::uint64_t seed)
    : prng_(prng), store_(store), seed_(seed), bound_(1 + prng.below(8)), host_bound_(1 + prng.below(3)) {}

std::optional<ports::ActionTraits> SimActions::traits(std::string_view action) const {
  if (action == "sim.run") return ports::ActionTraits{true, false, false};
  if (action == "sim.safe") return ports::ActionTraits{true, false, true};
  if (action == "sim.async") return ports::ActionTraits{false, false, false};
  if (action == "std.noop" || action == "std.fail") return ports::ActionTraits{true, true, true};
  return std::nullopt;
}

Status SimActions::check_input(std::string_view, const Value&) const { return {}; }

std::string SimActions::capacity_key(std::string_view, const Value& input) const { return text_or(input, "host"); }

std::size_t SimActions::capacity(const std::string& key) const {
  const auto count = [&](const std::string& of) {
    const auto found = running_.find(of);
    return found == running_.end() ? std::size_t{0} : found->second;
  };
  const std::size_t all = bound_ - count("");
  if (key.empty()) return all;
  return std::min(all, host_bound_ - count(key));
}

void SimActions::check_start(const ports::ActionRequest& request, const std::string& key) {
  const std::string who =
      request.task_name + " run " + to_string(request.run_id) + " attempt " + std::to_string(request.attempt);
  if (capacity(key) == 0) throw Violation{"started without capacity: " + who};
  const auto row = store_.run(request.run_id);
  if (!row || !*row) throw Violation{"started before its row was committed: " + who};
  if ((*row)->run.state != core::State::kRunning) throw Violation{"started while its row was not RUNNING: " + who};
  if (!started_.emplace(request.run_id, request.attempt).second) throw Violation{"attempt started twice: " + who};
  const bool again = !runs_.insert(request.run_id).second;
  const auto known = traits(request.name);
  if (again && !known->safe_rerun && !request.safe_rerun) {
    throw Violation{"a run that is not safe was started a second time: " + who};
  }
  if (again && !request.recovered) throw Violation{"a second attempt does not say that it is one: " + who};
}

void SimActions::start(ports::ActionRequest request, const std::string& key) {
  if (crash_countdown_ >= 0 && crash_countdown_-- == 0) throw Crash{"between commands"};
  check_start(request, key);
  ++running_[""];
  if (!key.empty()) ++running_[key];
  pending_.push_back({request.execution_id, request.run_id, request.attempt, key, outcome_of(request), false});
}

ports::ActionOutcome SimActions::outcome_of(const ports::ActionRequest& request) {
  const Value* item_value = find(request.input, "item");
  const int item = item_value != nullptr && item_value->is_number_integer() ? item_value->get<int>() : 0;
  auto& rounds = rounds_[{request.task_id, item}];
  auto round = std::find(rounds.begin(), rounds.end(), request.run_id);
  if (round == rounds.end()) round = rounds.insert(rounds.end(), request.run_id);
  const int nth = static_cast<int>(round - rounds.begin());
  const Value* percent = find(request.input, "fail_percent");
  const unsigned fail_percent = percent != nullptr ? percent->get<unsigned>() : 0;
  if (run_fails(seed_, request.workflow_name, request.task_name, item, nth, fail_percent)) {
    return ports::ActionOutcome::error("simulated failure");
  }
  return ports::ActionOutcome::success(run_result(request.task_name, item, nth));
}

ports::ActionOutcome SimActions::run_pure(const ports::ActionRequest& request) {
  if (request.name == "std.fail") return ports::ActionOutcome::error("Fail action expected exception.");
  return ports::ActionOutcome::success(Value());
}

void SimActions::release(const Pending& pending) {
  if (pending.zombie) return;
  --running_[""];
  if (!pending.key.empty()) --running_[pending.key];
}

void SimActions::cancel(ActionRunId run_id) {
  for (Pending& pending : pending_) {
    if (pending.run_id == run_id && prng_.chance(50)) pending.outcome = ports::ActionOutcome::cancelled();
  }
}

void SimActions::deliver(std::size_t index, runtime::Engine& engine) {
  Pending pending = std::move(pending_[index]);
  pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(index));
  release(pending);
  if (prng_.chance(duplicate_percent_)) {
    Pending again = pending;
    again.zombie = true;
    pending_.push_back(std::move(again));
  }
  engine.action_finished(pending.execution_id, pending.run_id, pending.attempt, std::move(pending.outcome));
}

void SimActions::crashed() {
  running_.clear();
  crash_countdown_ = -1;
  std::erase_if(pending_, [&](const Pending&) { return prng_.chance(70); });
  for (Pending& pending : pending_) pending.zombie = true;
}

}  // namespace foehn::sim
