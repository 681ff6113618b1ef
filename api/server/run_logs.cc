#include "api/server/run_logs.h"

#include <algorithm>

#include "engine/base/limits.h"

namespace foehn::server {

void RunLogs::append(ActionRunId run_id, std::string_view text) {
  table_.with([&](Table& table) {
    const auto [found, added] = table.entries.try_emplace(run_id);
    if (added) {
      table.order.push_back(run_id);
      if (table.order.size() > limits::kRunLogsMax) {
        table.entries.erase(table.order.front());
        table.order.pop_front();
      }
    }
    Entry& entry = found->second;
    entry.text.append(text);
    // Cut with some slack, so that a chatty run does not move its whole log at every line.
    if (entry.text.size() > limits::kRunLogBytesMax * 5 / 4) {
      const std::size_t gone = entry.text.size() - limits::kRunLogBytesMax;
      entry.text.erase(0, gone);
      entry.begin += gone;
    }
  });
}

RunLogs::Chunk RunLogs::read(ActionRunId run_id, std::uint64_t offset) const {
  return table_.with([&](const Table& table) -> Chunk {
    const auto found = table.entries.find(run_id);
    if (found == table.entries.end()) return {offset, offset, ""};
    const Entry& entry = found->second;
    const std::uint64_t end = entry.begin + entry.text.size();
    const std::uint64_t from = std::min(std::max(offset, entry.begin), end);
    return {from, end, entry.text.substr(static_cast<std::size_t>(from - entry.begin))};
  });
}

std::string RunLogs::last_line(ActionRunId run_id) const {
  return table_.with([&](const Table& table) -> std::string {
    const auto found = table.entries.find(run_id);
    if (found == table.entries.end()) return {};
    std::string_view text = found->second.text;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    const std::size_t newline = text.rfind('\n');
    return std::string(newline == std::string_view::npos ? text : text.substr(newline + 1));
  });
}

}  // namespace foehn::server
