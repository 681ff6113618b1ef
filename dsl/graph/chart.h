// Chart: what a drawing of one workflow shows, free of any format; and the formats. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/definition.h"

namespace foehn::dsl {

// Why one task follows another. In a reverse workflow edges lead from what is required to what requires it.
enum class EdgeKind : std::uint8_t { kSuccess, kError, kComplete, kSkip, kRequires };
inline constexpr std::size_t kEdgeKindCount = 5;
std::string_view to_string(EdgeKind kind);  // "on-success", …, "requires"

enum class ChartNodeKind : std::uint8_t { kTask, kSubworkflow, kCommand };

struct ChartNode {
  std::string name;    // of the task, or the command's word
  std::string detail;  // action or workflow
  std::string marks;   // "join all · each host · retry 3×"
  std::string about;   // for the tooltip: description and more
  std::string state;   // of an execution, or ""
  ChartNodeKind kind = ChartNodeKind::kTask;
  bool start = false;
  bool join = false;
  bool with_items = false;
};

struct ChartEdge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  EdgeKind kind = EdgeKind::kSuccess;
  std::string condition;  // without delimiters, or ""
};

struct Chart {
  std::string name;
  std::string about;  // "direct · input: name, greeting"
  std::vector<ChartNode> nodes;
  std::vector<ChartEdge> edges;
};

// The tasks in document order, then one node per task and engine command it can end in.
Chart make_chart(const Definition& definition);
// Shows how far an execution is: task name → state.
void mark_states(Chart& chart, const std::map<std::string, std::string, std::less<>>& states);

// The chart of the sub-workflow that `node` of charts[caller] calls – beside it in its workbook, else by its name – or
// charts.size() when it is not among them.
std::size_t called_chart(std::span<const Chart> charts, std::size_t caller, const ChartNode& node);

// Self-contained SVG, readable on light and dark ground, without script; charts one below the other.
std::string to_svg(std::span<const Chart> charts);
std::string to_dot(std::span<const Chart> charts);      // Graphviz
std::string to_mermaid(std::span<const Chart> charts);  // Mermaid flowchart

}  // namespace foehn::dsl
