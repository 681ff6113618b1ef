// Definition → Chart.
#include "dsl/graph/chart.h"

#include <algorithm>

#include "dsl/parse/words.h"

namespace foehn::dsl {
namespace {

constexpr std::string_view kSeparator = " · ";

void append(std::string& text, std::string_view part, std::string_view separator = kSeparator) {
  if (part.empty()) return;
  if (!text.empty()) text.append(separator);
  text.append(part);
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : trimmed(text)) {
    if (!is_space(c)) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  return line;
}

std::string text_of(const Template& source) {
  return one_line(source.source().is_string() ? source.source().get<std::string>() : to_json(source.source()));
}

// What stands between the delimiters of a whole expression.
std::string inner(const Template& source) {
  std::string text = text_of(source);
  if (text.size() >= 4 && (text.starts_with("<%") || text.starts_with("{{")))
    text = std::string(trimmed(std::string_view(text).substr(2, text.size() - 4)));
  return text;
}

// "retry 3×", or "retry" when the figure is known only at run time.
void append_policy(std::string& marks, std::string_view word, const std::optional<Template>& value,
                   std::string_view unit) {
  if (!value) return;
  std::string text(word);
  if (value->is_literal()) text.append(" ").append(text_of(*value)).append(unit);
  append(marks, text);
}

std::string join_text(const JoinSpec& join) {
  if (join.kind == JoinSpec::Kind::kNone) return {};
  if (join.kind == JoinSpec::Kind::kAll) return "join all";
  return join.count == 1 ? "join one" : "join " + std::to_string(join.count);
}

const std::optional<Template>& own_or(const std::optional<Template>& own, const std::optional<Template>& otherwise) {
  return own ? own : otherwise;
}

std::string marks_of(const TaskSpec& task, const TaskDefaultsSpec& defaults) {
  std::string marks = join_text(task.join);
  std::string variables;
  for (const WithItemsSpec& items : task.with_items) append(variables, items.variable, ", ");
  if (!variables.empty()) append(marks, "each " + variables);
  const PolicySpec &own = task.policies, &base = defaults.policies;
  if (const auto& bound = own_or(own.concurrency, base.concurrency))
    append(marks, bound->is_literal() ? text_of(*bound) + " at once" : "bounded");
  if (own_or(own.pause_before, base.pause_before)) append(marks, "pause before");
  append_policy(marks, "wait", own_or(own.wait_before, base.wait_before), " s");
  const std::optional<RetrySpec>& retry = own.retry ? own.retry : base.retry;
  if (retry) append_policy(marks, "retry", retry->count, "×");
  append_policy(marks, "timeout", own_or(own.timeout, base.timeout), " s");
  if (own_or(own.fail_on, base.fail_on)) append(marks, "fail-on");
  return marks;
}

ChartNode node_of(const TaskSpec& task, const TaskDefaultsSpec& defaults) {
  ChartNode node;
  node.name = task.name;
  const std::optional<CallSpec>& call = task.action ? task.action : task.workflow;
  node.detail = call ? text_of(call->name) : "std.noop";
  node.kind = task.workflow ? ChartNodeKind::kSubworkflow : ChartNodeKind::kTask;
  node.marks = marks_of(task, defaults);
  node.join = task.join.kind != JoinSpec::Kind::kNone;
  node.with_items = !task.with_items.empty();
  node.about = one_line(task.description);
  for (const WithItemsSpec& items : task.with_items)
    append(node.about, "with-items: " + items.variable + " in " + text_of(items.collection), "\n");
  if (task.target) append(node.about, "target: " + text_of(*task.target), "\n");
  return node;
}

class Maker {
 public:
  explicit Maker(const Definition& definition) : definition_(definition) {}

  Chart make() {
    const WorkflowSpec& spec = definition_.spec;
    chart_.name = spec.name;
    chart_.about = spec.type == WorkflowType::kReverse ? "reverse" : "direct";
    std::string inputs;
    for (const InputSpec& input : spec.input) append(inputs, input.name, ", ");
    if (!inputs.empty()) append(chart_.about, "input: " + inputs);
    for (const TaskSpec& task : spec.tasks) chart_.nodes.push_back(node_of(task, spec.task_defaults));
    const auto& nodes = definition_.graph.nodes;
    for (TaskIndex task = 0; task < nodes.size(); ++task) {
      if (spec.type == WorkflowType::kReverse) {
        chart_.nodes[task].start = nodes[task].requires_.empty();
        for (const TaskIndex required : nodes[task].requires_)
          chart_.edges.push_back({required, task, EdgeKind::kRequires, {}});
      } else {
        chart_.nodes[task].start = nodes[task].is_start;
        add_transitions(task);
      }
    }
    return std::move(chart_);
  }

 private:
  void add_transitions(TaskIndex task) {
    constexpr EdgeKind kKinds[] = {EdgeKind::kSuccess, EdgeKind::kError, EdgeKind::kComplete, EdgeKind::kSkip};
    std::vector<std::pair<std::string, std::uint32_t>> commands;
    for (std::size_t clause = 0; clause < kClauseCount; ++clause) {
      for (const TransitionSpec& next : definition_.graph.nodes[task].effective[clause].next) {
        ChartEdge edge{task, 0, kKinds[clause], next.condition ? inner(*next.condition) : std::string()};
        if (const auto target = definition_.graph.find(next.target)) {
          edge.to = *target;
        } else {
          edge.to = command_node(next, commands);
        }
        chart_.edges.push_back(std::move(edge));
      }
    }
  }

  std::uint32_t command_node(const TransitionSpec& next, std::vector<std::pair<std::string, std::uint32_t>>& known) {
    for (const auto& [word, number] : known)
      if (word == next.target) return number;
    ChartNode node;
    node.name = next.target;
    node.kind = ChartNodeKind::kCommand;
    if (next.message) node.about = text_of(*next.message);
    chart_.nodes.push_back(std::move(node));
    known.emplace_back(next.target, static_cast<std::uint32_t>(chart_.nodes.size() - 1));
    return known.back().second;
  }

  const Definition& definition_;
  Chart chart_;
};

}  // namespace

std::string_view to_string(EdgeKind kind) {
  constexpr std::string_view kNames[] = {"on-success", "on-error", "on-complete", "on-skip", "requires"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::size_t called_chart(std::span<const Chart> charts, std::size_t caller, const ChartNode& node) {
  if (node.kind != ChartNodeKind::kSubworkflow) return charts.size();
  const std::string& name = charts[caller].name;
  const std::size_t dot = name.find('.');
  const std::string in_book = dot == std::string::npos ? node.detail : name.substr(0, dot + 1) + node.detail;
  for (const std::string& wanted : {in_book, node.detail})
    for (std::size_t i = 0; i < charts.size(); ++i)
      if (charts[i].name == wanted) return i;
  return charts.size();
}

Chart make_chart(const Definition& definition) { return Maker(definition).make(); }

void mark_states(Chart& chart, const std::map<std::string, std::string, std::less<>>& states) {
  for (ChartNode& node : chart.nodes) {
    if (node.kind == ChartNodeKind::kCommand) continue;
    const auto found = states.find(node.name);
    node.state = found == states.end() ? "" : found->second;
  }
}

}  // namespace foehn::dsl
