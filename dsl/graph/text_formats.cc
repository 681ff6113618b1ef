// Charts → Graphviz and Mermaid. Nodes are numbered: names may hold anything, labels carry them.
#include "dsl/graph/chart.h"

namespace foehn::dsl {
namespace {

constexpr std::string_view kColours[] = {"#16794a", "#c22f3a", "#43618a", "#986000", "#43618a"};

std::string node_id(std::size_t chart, std::size_t node) {
  return "w" + std::to_string(chart) + "n" + std::to_string(node);
}

// The lines of a node: name, action, marks, state.
std::vector<std::string> lines_of(const ChartNode& node) {
  std::vector<std::string> lines{node.name};
  for (const std::string* line : {&node.detail, &node.marks, &node.state})
    if (!line->empty()) lines.push_back(*line);
  return lines;
}

// ---- Graphviz

std::string dot_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (c == '\n') {
      out.append("\\n");
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out.push_back(c);
    }
  }
  return out;
}

std::string dot_node(const std::string& id, const ChartNode& node) {
  std::string label;
  for (const std::string& line : lines_of(node)) label += (label.empty() ? "" : "\\n") + dot_text(line);
  std::string out = "    " + id + " [label=\"" + label + "\"";
  if (node.kind == ChartNodeKind::kCommand) out += ", shape=oval, style=filled, fillcolor=\"#eef1f5\"";
  if (node.kind == ChartNodeKind::kSubworkflow) out += ", peripheries=2";
  if (node.with_items) out += ", shape=box3d";
  if (node.join) out += ", penwidth=2.5";
  if (!node.about.empty()) out += ", tooltip=\"" + dot_text(node.about) + "\"";
  return out + "];\n";
}

std::string dot_edge(std::size_t chart, const ChartEdge& edge) {
  constexpr std::string_view kStyles[] = {"solid", "dashed", "bold", "dotted", "solid"};
  const auto kind = static_cast<std::size_t>(edge.kind);
  std::string out = "    " + node_id(chart, edge.from) + " -> " + node_id(chart, edge.to) + " [color=\"" +
                    std::string(kColours[kind]) + "\", style=" + std::string(kStyles[kind]) + ", tooltip=\"" +
                    std::string(to_string(edge.kind)) + "\"";
  if (!edge.condition.empty()) out += ", label=\"" + dot_text(edge.condition) + "\"";
  return out + "];\n";
}

// ---- Mermaid

// Inside quotes Mermaid knows entity codes (#35; is #) and takes the rest as HTML.
std::string mermaid_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\"#<>&`|[]{}").find(c) != std::string_view::npos) {
      out += "#" + std::to_string(static_cast<int>(c)) + ";";
    } else if (c == '\n') {
      out += "<br/>";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out.push_back(c);
    }
  }
  return out;
}

std::string mermaid_node(const std::string& id, const ChartNode& node) {
  std::string label;
  for (const std::string& line : lines_of(node)) label += (label.empty() ? "" : "<br/>") + mermaid_text(line);
  const bool command = node.kind == ChartNodeKind::kCommand, below = node.kind == ChartNodeKind::kSubworkflow;
  const std::string_view open = command ? "([" : below ? "[[" : "[", close = command ? "])" : below ? "]]" : "]";
  return "    " + id + std::string(open) + "\"" + label + "\"" + std::string(close) + "\n";
}

std::string mermaid_edge(std::size_t chart, const ChartEdge& edge) {
  constexpr std::string_view kArrows[] = {"-->", "-.->", "==>", "-.->", "-->"};
  const auto kind = static_cast<std::size_t>(edge.kind);
  std::string label;
  if (edge.kind != EdgeKind::kSuccess && edge.kind != EdgeKind::kRequires) label = to_string(edge.kind);
  if (!edge.condition.empty()) label += (label.empty() ? "" : ": ") + mermaid_text(edge.condition);
  return "    " + node_id(chart, edge.from) + " " + std::string(kArrows[kind]) +
         (label.empty() ? "" : "|\"" + label + "\"|") + " " + node_id(chart, edge.to) + "\n";
}

}  // namespace

std::string to_dot(std::span<const Chart> charts) {
  std::string out =
      "digraph workflow {\n  compound=true;\n  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n"
      "  edge [fontname=\"sans-serif\", fontsize=9];\n";
  for (std::size_t chart = 0; chart < charts.size(); ++chart) {
    out += "  subgraph cluster_" + std::to_string(chart) + " {\n    label=\"" + dot_text(charts[chart].name) + "\";\n";
    for (std::size_t node = 0; node < charts[chart].nodes.size(); ++node)
      out += dot_node(node_id(chart, node), charts[chart].nodes[node]);
    for (const ChartEdge& edge : charts[chart].edges) out += dot_edge(chart, edge);
    out += "  }\n";
  }
  for (std::size_t chart = 0; chart < charts.size(); ++chart) {
    for (std::size_t node = 0; node < charts[chart].nodes.size(); ++node) {
      const std::size_t target = called_chart(charts, chart, charts[chart].nodes[node]);
      if (target < charts.size() && target != chart && !charts[target].nodes.empty())
        out += "  " + node_id(chart, node) + " -> " + node_id(target, 0) +
               " [style=dotted, arrowhead=open, lhead=cluster_" + std::to_string(target) +
               ", tooltip=\"sub-workflow\"];\n";
    }
  }
  return out + "}\n";
}

std::string to_mermaid(std::span<const Chart> charts) {
  std::string out = "flowchart TD\n", styles[kEdgeKindCount];
  std::size_t links = 0;
  for (std::size_t chart = 0; chart < charts.size(); ++chart) {
    out += "  subgraph w" + std::to_string(chart) + "[\"" + mermaid_text(charts[chart].name) + "\"]\n";
    for (std::size_t node = 0; node < charts[chart].nodes.size(); ++node)
      out += mermaid_node(node_id(chart, node), charts[chart].nodes[node]);
    for (const ChartEdge& edge : charts[chart].edges) {
      out += mermaid_edge(chart, edge);
      std::string& style = styles[static_cast<std::size_t>(edge.kind)];
      style += (style.empty() ? "" : ",") + std::to_string(links++);
    }
    out += "  end\n";
  }
  for (std::size_t chart = 0; chart < charts.size(); ++chart) {
    for (std::size_t node = 0; node < charts[chart].nodes.size(); ++node) {
      const std::size_t target = called_chart(charts, chart, charts[chart].nodes[node]);
      if (target < charts.size() && target != chart && !charts[target].nodes.empty())
        out += "  " + node_id(chart, node) + " -.-o w" + std::to_string(target) + "\n";
    }
  }
  for (std::size_t kind = 0; kind < kEdgeKindCount; ++kind)
    if (!styles[kind].empty()) out += "  linkStyle " + styles[kind] + " stroke:" + std::string(kColours[kind]) + "\n";
  return out;
}

}  // namespace foehn::dsl
