// Charts → SVG. Kinds of edges differ by dashes as well as by colour; everything that is cut has its full text in a
// <title>, which browsers show as a tooltip.
#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "dsl/graph/chart.h"
#include "dsl/graph/layout.h"
#include "dsl/graph/svg_text.h"

namespace foehn::dsl {
namespace {

constexpr double kMargin = 28;
constexpr double kTitleSize = 13.5, kDetailSize = 11.5, kHeadSize = 19;
constexpr double kBoxWidthMin = 112, kBoxWidthMax = 300, kBoxPadding = 16;
constexpr double kHeadHeight = 62;
constexpr double kLabelWidthMax = 190;
constexpr std::size_t kLabelledEdgesMax = 400;  // conditions of larger drawings stand in the tooltips only

constexpr std::string_view kStyle = R"(
svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","DejaVu Sans",sans-serif}
.bg,.lb{fill:#fcfdfe}.n{fill:#fff;stroke:#b4bdca;stroke-width:1.3}.k{fill:#eef1f5;stroke:#8f9bab;stroke-width:1.2}
.t{fill:#18202b;font-size:13.5px;font-weight:600;text-anchor:middle}.d{fill:#566172;font-size:11.5px;text-anchor:middle}
.m{fill:#2f5fa8;font-size:11.5px;text-anchor:middle}.h{fill:#18202b;font-size:19px;font-weight:700}
.a{fill:#566172;font-size:12.5px}.c{fill:#18202b;font-size:12px;font-weight:600;text-anchor:middle}
.g{fill:#566172;font-size:11.5px}.w{fill:none;stroke:#b4bdca;stroke-width:1.3}.o{fill:#18202b}
.j{stroke:#2f5fa8;stroke-width:4;stroke-linecap:round}.r{stroke:#dfe4ea;stroke-width:1}
.e{fill:none;stroke-width:1.7}.l{font-size:11px;text-anchor:middle}
.e0{stroke:#16794a}.f0{fill:#16794a}.e1{stroke:#c22f3a;stroke-dasharray:7 4}.f1{fill:#c22f3a}
.e2{stroke:#43618a;stroke-dasharray:12 3 2 3}.f2{fill:#43618a}.e3{stroke:#986000;stroke-dasharray:2 4}.f3{fill:#986000}
.e4{stroke:#43618a}.f4{fill:#43618a}
.sSUCCESS{fill:#e4f5ec;stroke:#16794a}.sERROR{fill:#fdeaea;stroke:#c22f3a}.sRUNNING{fill:#e6f0fc;stroke:#2f5fa8}
.sother{fill:#fbf3e0;stroke:#986000}a:hover .n{stroke-width:2.4}
@media (prefers-color-scheme:dark){
.bg,.lb{fill:#12161c}.n{fill:#1d242e;stroke:#4c5869}.k{fill:#2a323e;stroke:#6b788a}
.t,.c,.h,.o{fill:#e8ecf2}.d,.a,.g{fill:#a0abba}.m{fill:#8db7f5}.w{stroke:#4c5869}.j{stroke:#8db7f5}.r{stroke:#2b3440}
.e0{stroke:#52c98c}.f0{fill:#52c98c}.e1{stroke:#ff7d82}.f1{fill:#ff7d82}.e2,.e4{stroke:#92add0}.f2,.f4{fill:#92add0}
.e3{stroke:#e2a940}.f3{fill:#e2a940}
.sSUCCESS{fill:#153326;stroke:#52c98c}.sERROR{fill:#3b1d20;stroke:#ff7d82}.sRUNNING{fill:#182b45;stroke:#8db7f5}
.sother{fill:#362b14;stroke:#e2a940}}
)";

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string_view view(text);
  if (view.ends_with(".0")) view.remove_suffix(2);
  return std::string(view == "-0" ? "0" : view);
}

struct Element {
  std::string text;
  explicit Element(std::string_view name) : text("<" + std::string(name)) {}
  Element& with(std::string_view name, std::string_view value) {
    text.append(" ").append(name).append("=\"").append(value).append("\"");
    return *this;
  }
  Element& with(std::string_view name, double value) { return with(name, number(value)); }
  std::string closed() { return text + "/>"; }
  std::string around(std::string_view content) {
    const std::string name = text.substr(1, text.find(' ') - 1);
    return text + ">" + std::string(content) + "</" + name + ">";
  }
};

std::string text_at(std::string_view style, double x, double y, std::string_view content) {
  return Element("text").with("class", style).with("x", x).with("y", y).around(escape_xml(content));
}

std::string title(std::string_view content) { return "<title>" + escape_xml(content) + "</title>"; }

struct Box {
  double width = 0, height = 0;
  double below = 0;                 // room for the second sheet of with-items
  std::string name, detail, marks;  // as they fit
};

Box box_of(const ChartNode& node) {
  Box box;
  if (node.kind == ChartNodeKind::kCommand) {
    box.name = node.name;
    box.width = text_width(node.name, 12, true) + 26;
    box.height = 24;
    return box;
  }
  const double room = kBoxWidthMax - 2 * kBoxPadding;
  box.name = fit_text(node.name, kTitleSize, true, room);
  box.detail = fit_text(node.detail, kDetailSize, false, room);
  std::string marks = node.marks;
  if (!node.state.empty()) marks = node.state + (marks.empty() ? "" : " · " + marks);
  box.marks = fit_text(marks, kDetailSize, false, room);
  const double widest = std::max({text_width(box.name, kTitleSize, true), text_width(box.detail, kDetailSize, false),
                                  text_width(box.marks, kDetailSize, false)});
  box.width = std::max(kBoxWidthMin, widest + 2 * kBoxPadding);
  box.height = box.marks.empty() ? 46 : 62;
  box.below = node.with_items ? 5 : 0;
  return box;
}

class ChartDrawing {
 public:
  ChartDrawing(std::span<const Chart> charts, std::size_t which)
      : charts_(charts), which_(which), chart_(charts[which]) {
    LayoutInput input;
    for (const ChartNode& node : chart_.nodes) {
      boxes_.push_back(box_of(node));
      input.nodes.push_back({boxes_.back().width, boxes_.back().height + boxes_.back().below});
    }
    const bool labelled = chart_.edges.size() <= kLabelledEdgesMax;
    for (const ChartEdge& edge : chart_.edges) {
      const bool label = labelled && !edge.condition.empty();
      labels_.push_back(label ? fit_text(edge.condition, 11, false, kLabelWidthMax) : "");
      const double width = label ? text_width(labels_.back(), 11, false) + 8 : 0;
      input.edges.push_back({edge.from, edge.to, width, static_cast<std::uint32_t>(edge.kind)});
    }
    layout_ = lay_out(input);
  }

  double width() const {
    return std::max({layout_.width, text_width(chart_.name, kHeadSize, true), text_width(chart_.about, 12.5, false)});
  }
  double height() const { return kHeadHeight + layout_.height; }

  std::string draw(double x, double y) const {
    std::string out = Element("g").with("id", "wf-" + std::to_string(which_)).text + ">\n";
    out += text_at("h", x, y + 18, chart_.name) + text_at("a", x, y + 37, chart_.about) + "\n";
    const double left = x, top = y + kHeadHeight;
    out += Element("g").with("transform", "translate(" + number(left) + " " + number(top) + ")").text + ">\n";
    std::set<std::string> drawn;
    for (std::size_t edge = 0; edge < chart_.edges.size(); ++edge) out += draw_edge(edge, drawn);
    for (std::size_t node = 0; node < chart_.nodes.size(); ++node) out += draw_node(node);
    for (std::size_t edge = 0; edge < chart_.edges.size(); ++edge) out += draw_label(edge);
    return out + "</g>\n</g>\n";
  }

 private:
  std::string edge_title(const ChartEdge& edge) const {
    std::string text =
        chart_.nodes[edge.from].name + " → " + chart_.nodes[edge.to].name + "\n" + std::string(to_string(edge.kind));
    if (!edge.condition.empty()) text += " when " + edge.condition;
    return text;
  }

  // Where edges run together the first one draws the common way, up to the arrow: dashes drawn twice are no dashes.
  std::string draw_edge(std::size_t number_of_edge, std::set<std::string>& drawn) const {
    const ChartEdge& edge = chart_.edges[number_of_edge];
    const auto& points = layout_.routes[number_of_edge].points;
    const std::string kind = std::to_string(static_cast<int>(edge.kind));
    std::string path = "M" + number(points[0].x) + " " + number(points[0].y);
    bool whole = true;
    if (edge.from == edge.to) {
      const double out = points[0].x + 30;
      path += "C" + number(out) + " " + number(points[0].y + 6) + " " + number(out) + " " + number(points[1].y - 6) +
              " " + number(points[1].x) + " " + number(points[1].y);
    } else {
      for (std::size_t i = 1; i < points.size() && whole; ++i) {
        const std::string next = piece(points[i - 1], points[i]);
        whole = drawn.insert(kind + "M" + number(points[i - 1].x) + " " + number(points[i - 1].y) + next).second;
        if (whole || i == 1) path += next;
      }
    }
    Element element("path");
    element.with("class", "e e" + kind);
    if (whole) element.with("marker-end", "url(#a" + kind + ")");
    return element.with("d", path).around(title(edge_title(edge))) + "\n";
  }

  static std::string piece(const Point& from, const Point& to) {
    if (number(from.x) == number(to.x)) return "V" + number(to.y);
    const std::string middle = number((from.y + to.y) / 2);
    return "C" + number(from.x) + " " + middle + " " + number(to.x) + " " + middle + " " + number(to.x) + " " +
           number(to.y);
  }

  std::string draw_label(std::size_t number_of_edge) const {
    const Route& route = layout_.routes[number_of_edge];
    const std::string& text = labels_[number_of_edge];
    if (text.empty() || !route.label) return {};
    const double width = text_width(text, 11, false) + 6;
    const ChartEdge& edge = chart_.edges[number_of_edge];
    const std::string kind = std::to_string(static_cast<int>(edge.kind));
    const std::string ground = Element("rect")
                                   .with("class", "lb")
                                   .with("x", route.label->x - width / 2)
                                   .with("y", route.label->y - 8)
                                   .with("width", width)
                                   .with("height", 16.0)
                                   .with("rx", 3.0)
                                   .closed();
    return "<g>" + title(edge_title(edge)) + ground + text_at("l f" + kind, route.label->x, route.label->y + 4, text) +
           "</g>\n";
  }

  static std::string rectangle(std::string_view style, double x, double y, const Box& box, double radius) {
    return Element("rect")
        .with("class", style)
        .with("x", x)
        .with("y", y)
        .with("width", box.width)
        .with("height", box.height)
        .with("rx", radius)
        .closed();
  }

  static std::string line(std::string_view style, double x1, double y1, double x2, double y2) {
    return Element("line").with("class", style).with("x1", x1).with("y1", y1).with("x2", x2).with("y2", y2).closed();
  }

  static std::string node_title(const ChartNode& node) {
    std::string text = node.name;
    if (!node.detail.empty()) text += "\n" + node.detail;
    if (!node.marks.empty()) text += "\n" + node.marks;
    if (!node.about.empty()) text += "\n" + node.about;
    if (!node.state.empty()) text += "\n" + node.state;
    return text;
  }

  static std::string state_style(const ChartNode& node) {
    if (node.state.empty()) return "n";
    const bool known = node.state == "SUCCESS" || node.state == "ERROR" || node.state == "RUNNING";
    return "n s" + (known ? node.state : std::string("other"));
  }

  std::string draw_node(std::size_t number_of_node) const {
    const ChartNode& node = chart_.nodes[number_of_node];
    const Box& box = boxes_[number_of_node];
    const Point at = layout_.nodes[number_of_node].center;
    const double x = at.x - box.width / 2, y = at.y - (box.height + box.below) / 2;
    std::string out = title(node_title(node));
    if (node.kind == ChartNodeKind::kCommand) {
      out += rectangle("k", x, y, box, 12) + text_at("c", at.x, at.y + 4, box.name);
      return "<g>" + out + "</g>\n";
    }
    if (node.with_items) out += rectangle("n", x + 4, y + 4, box, 8);
    out += rectangle(state_style(node), x, y, box, 8);
    if (node.kind == ChartNodeKind::kSubworkflow)
      out += line("w", x + 6, y + 1, x + 6, y + box.height - 1) +
             line("w", x + box.width - 6, y + 1, x + box.width - 6, y + box.height - 1);
    if (node.join) out += line("j", x + 10, y, x + box.width - 10, y);
    if (node.start)
      out += Element("circle").with("class", "o").with("cx", at.x).with("cy", y - 10).with("r", 3.6).closed() +
             line("w", at.x, y - 7, at.x, y);
    out += text_at("t", at.x, y + 19.5, box.name) + text_at("d", at.x, y + 36, box.detail);
    if (!box.marks.empty()) out += text_at("m", at.x, y + 52, box.marks);
    const std::size_t called = called_chart(charts_, which_, node);
    if (called == charts_.size()) return "<g>" + out + "</g>\n";
    return Element("a").with("href", "#wf-" + std::to_string(called)).around(out) + "\n";
  }

  std::span<const Chart> charts_;
  std::size_t which_;
  const Chart& chart_;
  std::vector<Box> boxes_;
  std::vector<std::string> labels_;
  Layout layout_;
};

// What the drawing's lines and signs mean, as far as they occur.
class Legend {
 public:
  explicit Legend(std::span<const Chart> charts) {
    for (const Chart& chart : charts) {
      for (const ChartEdge& edge : chart.edges) kinds_[static_cast<std::size_t>(edge.kind)] = true;
      for (const ChartNode& node : chart.nodes) {
        signs_[0] = signs_[0] || node.start;
        signs_[1] = signs_[1] || node.join;
        signs_[2] = signs_[2] || node.with_items;
        signs_[3] = signs_[3] || node.kind == ChartNodeKind::kSubworkflow;
      }
    }
  }

  // Draws from (x, y) on, within `width`; `y` is below it afterwards.
  std::string draw(double left, double& y, double width) const {
    std::string out;
    double x = left;
    const auto entry = [&](const std::string& sign, std::string_view word) {
      const double wide = 36 + text_width(word, 11.5, false) + 22;
      if (x > left && x + wide > left + width) {
        x = left;
        y += 22;
      }
      out += Element("g")
                 .with("transform", "translate(" + number(x) + " " + number(y) + ")")
                 .around(sign + text_at("g", 36, 4, word)) +
             "\n";
      x += wide;
    };
    for (std::size_t kind = 0; kind < kEdgeKindCount; ++kind) {
      const std::string name = std::to_string(kind);
      if (kinds_[kind])
        entry(Element("path")
                  .with("class", "e e" + name)
                  .with("marker-end", "url(#a" + name + ")")
                  .with("d", "M0 0H29")
                  .closed(),
              to_string(static_cast<EdgeKind>(kind)));
    }
    constexpr std::string_view kSigns[] = {
        R"(<circle class="o" cx="20" cy="0" r="3.6"/>)", R"(<line class="j" x1="8" y1="0" x2="28" y2="0"/>)",
        R"(<rect class="n" x="11" y="-4" width="18" height="11" rx="3"/>)"
        R"(<rect class="n" x="7" y="-8" width="18" height="11" rx="3"/>)",
        R"(<rect class="n" x="7" y="-7" width="22" height="14" rx="3"/><path class="w" d="M11 -7V7M25 -7V7"/>)"};
    constexpr std::string_view kWords[] = {"start", "join", "with-items", "sub-workflow"};
    for (std::size_t sign = 0; sign < 4; ++sign)
      if (signs_[sign]) entry(std::string(kSigns[sign]), kWords[sign]);
    y += 14;
    return out;
  }

 private:
  std::array<bool, kEdgeKindCount> kinds_{};
  std::array<bool, 4> signs_{};
};

std::string arrow_heads() {
  std::string out = "<defs>";
  for (std::size_t kind = 0; kind < kEdgeKindCount; ++kind) {
    const std::string name = std::to_string(kind);
    out += R"(<marker id="a)" + name + R"(" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9")" +
           R"( markerUnits="userSpaceOnUse" orient="auto"><path class="f)" + name +
           R"(" d="M0 1L9.5 5L0 9Z"/></marker>)";
  }
  return out + "</defs>\n";
}

}  // namespace

std::string to_svg(std::span<const Chart> charts) {
  std::vector<ChartDrawing> drawings;
  double width = 240;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    drawings.emplace_back(charts, i);
    width = std::max(width, drawings.back().width());
  }
  std::string body;
  double y = kMargin;
  for (std::size_t i = 0; i < drawings.size(); ++i) {
    if (i > 0) {
      body += Element("line")
                  .with("class", "r")
                  .with("x1", kMargin)
                  .with("y1", y)
                  .with("x2", kMargin + width)
                  .with("y2", y)
                  .closed() +
              "\n";
      y += kMargin;
    }
    body += drawings[i].draw(kMargin, y);
    y += drawings[i].height() + kMargin;
  }
  y += 6;
  body += Legend(charts).draw(kMargin, y, width);
  const double height = y + kMargin / 2;
  width += 2 * kMargin;
  std::string out = Element("svg")
                        .with("xmlns", "http://www.w3.org/2000/svg")
                        .with("width", width)
                        .with("height", height)
                        .with("viewBox", "0 0 " + number(width) + " " + number(height))
                        .with("role", "img")
                        .text +
                    ">\n";
  if (!charts.empty()) out += title("Workflow " + charts[0].name) + "\n";
  out += "<style>" + std::string(kStyle) + "</style>\n" + arrow_heads();
  out += R"(<rect class="bg" width="100%" height="100%"/>)"
         "\n";
  return out + body + "</svg>\n";
}

}  // namespace foehn::dsl
