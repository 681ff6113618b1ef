#include "dsl/validate/validate.h"

namespace foehn::dsl {
namespace {

std::string too_many(std::size_t count, std::string_view what, std::size_t most) {
  return "the document holds " + std::to_string(count) + " " + std::string(what) + ", and at most " +
         std::to_string(most) + " are stored at once";
}

// Adds what `list` defines to `count`; false after a report about the first one beyond the bound.
bool accept_definitions(const YamlNode& list, std::size_t most, std::size_t& count, ParseContext& context) {
  for (const YamlEntry& entry : list.entries()) {
    if (entry.key == "version" || ++count <= most) continue;
    const auto more = static_cast<std::size_t>(&list.entries().back() - &entry);
    context.error("E108", entry.key_mark, too_many(count + more, "definitions", most),
                  "Send them in several texts.");
    return false;
  }
  return true;
}

bool accept_tasks(const YamlNode& list, std::size_t most, ParseContext& context) {
  std::size_t count = 0;
  for (const YamlEntry& entry : list.entries()) {
    const YamlEntry* tasks = entry.value.find("tasks");
    if (!tasks || !tasks->value.is_mapping()) continue;
    count += tasks->value.count;
    if (count <= most) continue;
    context.error("E109", tasks->key_mark, too_many(count, "tasks up to this workflow", most),
                  "Give parts of the work to sub-workflows, and send those in texts of their own.");
    return false;
  }
  return true;
}

}  // namespace

// Mistral has no such bounds. Cheap: entries are counted, nothing is parsed.
bool accept_size(const YamlNode& root, DocumentKind kind, const DocumentBounds& bounds, ParseContext& context) {
  std::size_t definitions = 0;
  const auto accept = [&](const YamlNode& list, bool workflows) {
    return accept_definitions(list, bounds.definitions_max, definitions, context) &&
           (!workflows || accept_tasks(list, bounds.tasks_max, context));
  };
  if (kind != DocumentKind::kWorkbook) return accept(root, kind == DocumentKind::kWorkflows);
  const YamlEntry* actions = root.find("actions");
  const YamlEntry* workflows = root.find("workflows");
  return (!actions || accept(actions->value, false)) && (!workflows || accept(workflows->value, true));
}

}  // namespace foehn::dsl
