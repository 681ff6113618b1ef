// ExpiryService: removes finished executions that are too old or too many, with everything below them – never a
// sub-workflow of its own, never one that is not finished (the engine decides that again). In bounded batches, so that
// the engine's thread has its turn. Called by one thread (worker.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/store/query.h"

namespace foehn::triggers {

// Mistral: [execution_expiration_policy] older_than, max_finished_executions, ignored_states.
struct ExpiryOptions {
  std::optional<std::int64_t> older_than_ms;  // since their last change
  std::optional<std::size_t> keep;            // the newest so many finished ones
  std::vector<core::State> ignored_states;    // these are neither removed nor counted
  bool enabled() const { return older_than_ms || keep; }
};

class ExpiryService {
 public:
  using Remove = std::function<Status(ExecutionId)>;  // kFailedPrecondition when it is not finished (any more)
  ExpiryService(ExpiryOptions options, store::Query& query, Remove remove, const Clock& clock, Log& log)
      : options_(std::move(options)), query_(query), remove_(std::move(remove)), clock_(clock), log_(log) {}

  // Removes one batch; when to call again.
  std::optional<WallTime> run();

 private:
  store::ListQuery finished(bool newest_first) const;
  Result<std::vector<ExecutionId>> too_old() const;
  Result<std::vector<ExecutionId>> too_many() const;

  const ExpiryOptions options_;
  store::Query& query_;
  Remove remove_;
  const Clock& clock_;
  Log& log_;
  std::set<Uuid> refused_;  // of this round: not tried again in it
};

}  // namespace foehn::triggers
