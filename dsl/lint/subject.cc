#include "dsl/lint/subject.h"

#include "engine/base/limits.h"

namespace foehn::dsl::lint_detail {
namespace {

struct AttributeMoment {
  std::string_view attribute;
  Moment moment;
};

constexpr AttributeMoment kTaskMoments[] = {
    {"action", Moment::kItem},
    {"workflow", Moment::kItem},
    {"input", Moment::kItem},
    {"target", Moment::kItem},
    {"with-items", Moment::kStart},
    {"wait-before", Moment::kStart},
    {"wait-after", Moment::kStart},
    {"timeout", Moment::kStart},
    {"pause-before", Moment::kStart},
    {"concurrency", Moment::kStart},
    {"fail-on", Moment::kEnd},
    {"retry", Moment::kEnd},
    {"publish", Moment::kPublish},
    {"publish-on-error", Moment::kPublish},
    {"publish-on-skip", Moment::kPublish},
    {"on-success", Moment::kOnSuccess},
    {"on-error", Moment::kOnError},
    {"on-complete", Moment::kOnComplete},
    {"on-skip", Moment::kOnSkip},
};

class Collector {
 public:
  explicit Collector(Subject& subject) : subject_(subject) {}

  void collect() {
    for (const YamlEntry& entry : subject_.body.entries()) {
      if (entry.key == "vars") add(entry.value, Moment::kVars, kNoTask, entry.key);
      if (entry.key == "output" || entry.key == "output-on-error")
        add(entry.value, Moment::kOutput, kNoTask, entry.key);
      if (entry.key == "task-defaults") add(entry.value, Moment::kAnyTask, kNoTask, entry.key);
    }
    const YamlNode* tasks = child(&subject_.body, "tasks");
    if (!tasks) return;
    std::unordered_map<std::string_view, const YamlNode*> nodes;
    for (const YamlEntry& entry : tasks->entries()) nodes.emplace(entry.key, &entry.value);
    for (std::size_t i = 0; i < subject_.spec.tasks.size(); ++i) {
      const auto found = nodes.find(subject_.spec.tasks[i].name);
      subject_.tasks.push_back(found == nodes.end() || !found->second->is_mapping() ? nullptr : found->second);
      if (subject_.tasks.back()) add_task(*subject_.tasks.back(), i);
    }
  }

 private:
  void add_task(const YamlNode& node, std::size_t task) {
    for (const YamlEntry& entry : node.entries()) {
      for (const auto& [attribute, moment] : kTaskMoments) {
        if (entry.key != attribute) continue;
        const bool advanced = entry.value.find("next") || entry.value.find("publish");
        if (attribute.starts_with("on-") && advanced) {
          if (const YamlNode* next = child(&entry.value, "next")) add(*next, moment, task, attribute);
          if (const YamlNode* publish = child(&entry.value, "publish"))
            add(*publish, Moment::kPublish, task, attribute);
        } else {
          add(entry.value, moment, task, attribute);
        }
      }
    }
  }

  void add(const YamlNode& node, Moment moment, std::size_t task, std::string_view attribute) {
    if (node.is_scalar()) {
      if (!has_expression(node.text)) return;
      subject_.sites.push_back({&node, moment, task, attribute, find_mentions(node.text)});
      return;
    }
    for (const YamlNode& item : node.items()) add(item, moment, task, attribute);
    for (const YamlEntry& entry : node.entries()) {
      const bool unused = attribute.starts_with("on-") && entry.key == "atomic";  // never evaluated
      if (!unused) add(entry.value, moment, task, attribute);
    }
  }

  Subject& subject_;
};

}  // namespace

std::string_view Reporter::line(std::uint32_t number) const {
  std::size_t begin = number == 0 ? std::string_view::npos : 0;
  while (begin != std::string_view::npos && --number > 0) {
    begin = source_.find('\n', begin);
    if (begin != std::string_view::npos) ++begin;
  }
  if (begin == std::string_view::npos) return {};
  return source_.substr(begin, source_.find('\n', begin) - begin);
}

void Reporter::warn(std::string_view code, Mark mark, std::string message, std::string hint) {
  if (++count_ > limits::kDiagnosticsMax) return;
  for (const Diagnostic& known : diagnostics_)
    if (known.code == code && known.mark == mark && known.message == message) return;
  diagnostics_.push_back({std::string(code), Severity::kWarning, mark, std::move(message), std::move(hint)});
}

const YamlNode* child(const YamlNode* node, std::string_view key) {
  const YamlEntry* entry = node ? node->find(key) : nullptr;
  return entry ? &entry->value : nullptr;
}

void scalars_below(const YamlNode& node, std::vector<const YamlNode*>& out) {
  if (node.is_scalar()) out.push_back(&node);
  for (const YamlNode& item : node.items()) scalars_below(item, out);
  for (const YamlEntry& entry : node.entries()) scalars_below(entry.value, out);
}

Subject make_subject(const ParsedWorkflow& workflow, const WorkflowGraph& graph) {
  Subject subject{workflow.spec, graph, *workflow.body, {}, {}};
  Collector(subject).collect();
  return subject;
}

}  // namespace foehn::dsl::lint_detail
