#include "workflows/triggers/expiry_service.h"

#include <algorithm>

#include "engine/base/limits.h"

namespace foehn::triggers {

using core::State;

store::ListQuery ExpiryService::finished(bool newest_first) const {
  store::Filter states{"state", store::FilterOp::kIn, {}};
  for (const State state : {State::kSuccess, State::kError, State::kCancelled})
    if (std::find(options_.ignored_states.begin(), options_.ignored_states.end(), state) ==
        options_.ignored_states.end())
      states.values.emplace_back(core::to_string(state));
  store::ListQuery query;
  query.filters = {{"task_execution_id", store::FilterOp::kIsNull, {}}, std::move(states)};
  query.sort = {{"updated_at", newest_first}};
  query.with_output = false;
  return query;
}

// As the filter's resolution is a second, one that is too old by less than that waits for it.
Result<std::vector<ExecutionId>> ExpiryService::too_old() const {
  std::vector<ExecutionId> found;
  if (!options_.older_than_ms) return found;
  store::ListQuery query = finished(false);
  const WallTime limit = clock_.wall().plus_ms(-*options_.older_than_ms);
  query.filters.push_back({"updated_at", store::FilterOp::kLt, {to_mistral_time(limit)}});
  query.limit = static_cast<std::uint32_t>(limits::kExpiryBatchMax + refused_.size());
  FOEHN_TRY(const auto page, query_.executions(query));
  for (const store::ExecutionRow& row : page.rows) found.push_back(row.execution.id);
  return found;
}

Result<std::vector<ExecutionId>> ExpiryService::too_many() const {
  std::vector<ExecutionId> found;
  if (!options_.keep) return found;
  store::ListQuery query = finished(true);
  query.limit = limits::kPageMax;
  std::size_t kept = 0;
  for (;;) {
    FOEHN_TRY(const auto page, query_.executions(query));
    for (const store::ExecutionRow& row : page.rows)
      if (kept++ >= *options_.keep) found.push_back(row.execution.id);
    if (!page.more || page.rows.empty() || found.size() >= limits::kExpiryBatchMax + refused_.size()) return found;
    query.marker = to_string(page.rows.back().execution.id);
  }
}

std::optional<WallTime> ExpiryService::run() {
  if (!options_.enabled() || finished(false).filters[1].values.empty()) return std::nullopt;
  const WallTime again = clock_.wall().plus_ms(limits::kExpiryIntervalMs);
  auto expired = too_old();
  if (expired && expired->empty()) expired = too_many();
  if (!expired) {
    log_.warning("expiration_failed", {{"error", expired.error().message}});
    return again;
  }
  std::size_t removed = 0;
  for (const ExecutionId id : *expired) {
    if (removed >= limits::kExpiryBatchMax) break;
    if (refused_.contains(id.uuid)) continue;
    const Status done = remove_(id);
    if (done || done.error().code == ErrorCode::kNotFound) {
      ++removed;
      continue;
    }
    if (done.error().code == ErrorCode::kUnavailable) return again;
    refused_.insert(id.uuid);
    log_.debug("expiration_refused", {{"execution", to_string(id)}, {"error", done.error().message}});
  }
  if (removed > 0) {
    log_.info("executions_expired", {{"count", std::to_string(removed)}});
    return clock_.wall();  // there may be more
  }
  refused_.clear();
  return again;
}

}  // namespace foehn::triggers
