#include "api/server/run_logs.h"

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/base/text.h"

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
    if (const std::uint64_t end = entry.begin + whole_characters(entry.text); end > entry.told) {
      table.pieces.push_back({table.next_piece++, run_id, entry.told, end, clock_.wall()});
      entry.told = end;
      if (table.pieces.size() > limits::kLogPiecesKept) table.pieces.pop_front();
    }
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

std::vector<RunLogs::Piece> RunLogs::pieces(std::uint64_t number, std::size_t count) const {
  return table_.with([&](const Table& table) {
    std::vector<Piece> found;
    if (table.pieces.empty() || number >= table.next_piece) return found;
    const std::uint64_t first = table.pieces.front().number;
    const auto begin = static_cast<std::size_t>(number - std::min(number, first));
    const std::size_t end = std::min(table.pieces.size(), begin + count);
    for (std::size_t i = begin; i < end; ++i) found.push_back(table.pieces[i]);
    return found;
  });
}

std::uint64_t RunLogs::next_piece() const {
  return table_.with([](const Table& table) { return table.next_piece; });
}

}  // namespace foehn::server
