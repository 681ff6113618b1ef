// Attributes that do not do what they seem to do: concurrency without items (W324), `atomic` (W325), a default that
// cannot be switched off (W326).
#include "dsl/lint/subject.h"
#include "dsl/yaml/to_value.h"

namespace foehn::dsl::lint_detail {
namespace {

constexpr std::string_view kClauses[] = {"on-success", "on-error", "on-complete", "on-skip"};
constexpr std::string_view kPolicies[] = {"wait-before",  "wait-after",  "timeout",
                                          "pause-before", "concurrency", "fail-on"};

// Mark of an entry's key.
Mark key_mark(const YamlNode& mapping, std::string_view key) {
  const YamlEntry* entry = mapping.find(key);
  return entry ? entry->key_mark : mapping.mark;
}

void check_defaults(const YamlNode& task, const YamlNode& defaults, const std::string& where, Reporter& reporter) {
  for (const std::string_view policy : kPolicies) {
    const YamlEntry* own = task.find(policy);
    const YamlEntry* given = defaults.find(policy);
    if (!own || !given || !own->value.is_scalar() || !own->value.plain) continue;
    const Value value = to_value(own->value);
    const bool off = (value.is_boolean() && value == false) || (value.is_number() && value == 0);
    if (!off) continue;
    reporter.warn("W326", own->key_mark,
                  "'" + std::string(policy) + ": " + std::string(own->value.text) +
                      "' does not switch off the one of 'task-defaults' (line " + std::to_string(given->key_mark.line) +
                      ")" + where,
                  "As in Mistral, 0 and false count as not given. Take it out of 'task-defaults' and give it to the "
                  "tasks that need it.");
  }
}

void check_task(const Subject& subject, std::size_t number, const YamlNode* defaults, Reporter& reporter) {
  const YamlNode& node = *subject.tasks[number];
  const std::string where = " (task '" + subject.spec.tasks[number].name.substr(0, 80) + "')";
  if (node.find("concurrency") && !node.find("with-items"))
    reporter.warn("W324", key_mark(node, "concurrency"), "'concurrency' means nothing without 'with-items'" + where,
                  "It says how many items run at the same time; remove it, or add 'with-items'.");
  for (const std::string_view clause : kClauses) {
    const YamlNode* publish = child(child(&node, clause), "publish");
    if (!publish || !publish->find("atomic")) continue;
    reporter.warn("W325", key_mark(*publish, "atomic"),
                  "'atomic' is accepted, as in Mistral, and never evaluated: its variables do not exist" + where,
                  "Use 'global' or 'branch'.");
  }
  if (defaults) check_defaults(node, *defaults, where, reporter);
}

}  // namespace

void check_habits(const Subject& subject, Reporter& reporter) {
  const YamlNode* defaults = child(&subject.body, "task-defaults");
  for (std::size_t i = 0; i < subject.tasks.size(); ++i)
    if (subject.tasks[i]) check_task(subject, i, defaults, reporter);
}

}  // namespace foehn::dsl::lint_detail
