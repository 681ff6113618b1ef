#include "api/server/action_meter.h"

namespace foehn::server {
namespace {

constexpr std::size_t kActionsCountedMax = 1'000;  // more names are counted as "other": a scrape stays small

void count(rest::ActionCounts& counts, ports::OutcomeKind kind) {
  if (kind == ports::OutcomeKind::kSuccess) {
    ++counts.succeeded;
  } else if (kind == ports::OutcomeKind::kCancelled) {
    ++counts.cancelled;
  } else {
    ++counts.failed;
  }
}

}  // namespace

rest::ActionCounts& ActionMeter::of(Table& table, const std::string& action) {
  const auto found = table.by_action.find(action);
  if (found != table.by_action.end()) return found->second;
  const std::string name = table.by_action.size() < kActionsCountedMax ? action : "other";
  rest::ActionCounts& counts = table.by_action[name];
  counts.action = name;
  return counts;
}

void ActionMeter::start(ports::ActionRequest request, const std::string& capacity_key) {
  table_.with([&](Table& table) {
    rest::ActionCounts& counts = of(table, request.name);
    if (table.running.try_emplace(request.run_id, &counts).second) ++counts.running;
  });
  port_.start(std::move(request), capacity_key);
}

ports::ActionOutcome ActionMeter::run_pure(const ports::ActionRequest& request) {
  ports::ActionOutcome outcome = port_.run_pure(request);
  table_.with([&](Table& table) { count(of(table, request.name), outcome.kind); });
  return outcome;
}

void ActionMeter::finished(ActionRunId run_id, ports::OutcomeKind kind) {
  table_.with([&](Table& table) {
    const auto found = table.running.find(run_id);
    if (found == table.running.end()) return;
    --found->second->running;
    count(*found->second, kind);
    table.running.erase(found);
  });
}

std::vector<rest::ActionCounts> ActionMeter::counts() const {
  return table_.with([](const Table& table) {
    std::vector<rest::ActionCounts> counts;
    for (const auto& [name, one] : table.by_action) counts.push_back(one);
    return counts;
  });
}

}  // namespace foehn::server
