// Workflows and the document that lists them (dsl.md §1).
#include <cctype>
#include <unordered_map>

#include "dsl/parse/tables.h"
#include "dsl/parse/words.h"
#include "dsl/yaml/scalar.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

constexpr std::string_view kLanguageVersion = "2.0";

// 8-4-4-4-12 hexadecimal digits, dashes and braces optional: what Python's uuid.UUID() accepts.
bool looks_like_uuid(std::string_view name) {
  std::size_t digits = 0;
  for (const char c : name) {
    if (c == '-' || c == '{' || c == '}') continue;
    if (!std::isxdigit(static_cast<unsigned char>(c))) return false;
    ++digits;
  }
  return digits == 32;
}

std::string with_article(std::string_view kind) { return (kind == "action" ? "an " : "a ") + std::string(kind); }

bool is_text_key(const YamlEntry& entry) { return !entry.plain_key || resolve_key(entry.key, true) == entry.key; }

void parse_tasks(ParseContext& context, Field& field, WorkflowSpec& workflow) {
  if (!accept_mapping(context, *field.node, field.place)) return;
  workflow.tasks.reserve(field.node->count);
  for (const auto& entry : field.node->entries()) {
    if (context.full()) return;
    if (!is_text_key(entry)) {
      context.error("E207", entry.key_mark,
                    "YAML reads the task name " + std::string(entry.key.substr(0, 80)) + " as " +
                        std::string(type_name(resolve_plain(entry.key))),
                    "Put it in quotes.");
      continue;
    }
    parse_task(context, entry, workflow.type, workflow.tasks.emplace_back());
  }
}

template <std::optional<Template> WorkflowSpec::*kMember>
void store_template(ParseContext& context, Field& field, WorkflowSpec& workflow) {
  workflow.*kMember = field.compile(context);
}

constexpr Attribute<WorkflowSpec> kWorkflowTable[] = {
    {{"name", Form::kAny, "Ignored; the key of the workflow is its name."}},
    {{"version", Form::kAny, "Ignored; the version of the document counts."}},
    {{"type", Form::kWorkflowType, "direct (default) or reverse."}},  // read first, see parse_workflow()
    {{"description", Form::kAny, "What the workflow is for."},
     [](ParseContext&, Field& field, WorkflowSpec& workflow) {
       workflow.description = field.value.is_null() ? std::string() : to_python_str(field.value);
     }},
    {{"tags", Form::kTags, "Words to find the workflow and its executions by."},
     [](ParseContext&, Field& field, WorkflowSpec& workflow) { workflow.tags = to_texts(field.value); }},
    {{"input", Form::kInputs, "Parameters: names, and {name: default}."},
     [](ParseContext&, Field& field, WorkflowSpec& workflow) { workflow.input = parse_inputs(field); }},
    {{"output", Form::kDict, "The result of a success."}, store_template<&WorkflowSpec::output>},
    {{"output-on-error", Form::kDict, "Added to the result of an error."},
     store_template<&WorkflowSpec::output_on_error>},
    {{"vars", Form::kDict, "Variables set at the start."}, store_template<&WorkflowSpec::vars>},
    {{"task-defaults", Form::kNode, "Attributes of all tasks.", "a mapping with at least one entry"},
     [](ParseContext& context, Field& field, WorkflowSpec& workflow) {
       parse_task_defaults(context, field, workflow.task_defaults);
     }},
    {{"tasks", Form::kNode, "The tasks by name.", "a mapping with at least one entry", FlowScope::kBoth, true},
     parse_tasks},
};

// The document's dict with the keys that Mistral adds (dsl.md §0.3).
Value with_injected_keys(Value body, const WorkflowSpec& workflow) {
  const std::string_view type = workflow.type == WorkflowType::kDirect ? "direct" : "reverse";
  body["name"] = workflow.name;
  body["version"] = kLanguageVersion;
  const auto tasks = body.find("tasks");
  if (tasks == body.end() || !tasks->is_object()) return body;
  for (auto& [name, task] : tasks->get_ref<Value::object_t&>()) {
    if (!task.is_object()) continue;
    task["name"] = name;
    task["version"] = kLanguageVersion;
    task["type"] = type;
  }
  return body;
}

}  // namespace

AttributeTable<WorkflowSpec> workflow_table() { return kWorkflowTable; }

std::vector<std::string> to_texts(const Value& value) {
  if (value.is_string()) return {value.get<std::string>()};
  std::vector<std::string> texts;
  texts.reserve(value.size());
  for (const auto& item : value) texts.push_back(item.get<std::string>());
  return texts;
}

std::vector<InputSpec> parse_inputs(const Field& field) {
  std::vector<InputSpec> inputs;
  std::unordered_map<std::string, std::size_t> places;
  std::size_t number = 0;
  for (const auto& node : field.node->items()) {
    const Value& item = field.value[number++];
    InputSpec input;
    input.mark = node.text_mark();
    if (item.is_string()) {
      input.name = item.get<std::string>();
    } else {
      const auto& [name, value] = *item.get_ref<const Value::object_t&>().begin();
      input.name = name;
      input.default_value = value;
    }
    const auto [known, fresh] = places.emplace(input.name, inputs.size());
    if (fresh) {
      inputs.push_back(std::move(input));
    } else {
      inputs[known->second] = std::move(input);  // Mistral keeps a dict: the later wins
    }
  }
  return inputs;
}

bool accept_name(ParseContext& context, const YamlEntry& entry, std::string_view kind) {
  const std::string name(entry.key.substr(0, 300));
  const bool workflow = kind == "workflow";
  if (workflow && looks_like_uuid(entry.key)) {
    context.error("E207", entry.key_mark, "Workflow name cannot be in the format of UUID.",
                  "Executions can be started by the id or the name of a workflow; choose another name.");
    return false;
  }
  if (entry.key.find(' ') != std::string_view::npos) {
    context.error("E207", entry.key_mark, "Name '" + name + "' must not contain spaces", "Use _ or - instead.");
    return false;
  }
  if (text_length(entry.key) > limits::kNameLengthMax || entry.key.empty()) {
    context.error("E207", entry.key_mark,
                  entry.key.empty() ? "The name of " + with_article(kind) + " must not be empty"
                                    : "The length of the " + std::string(kind) + " name '" + name +
                                          "' must not exceed " + std::to_string(limits::kNameLengthMax) + " symbols",
                  entry.key.empty() ? "Give it a name." : "Give it a shorter name.");
    return false;
  }
  if (is_text_key(entry)) return true;
  context.error("E207", entry.key_mark,
                "YAML reads the " + std::string(kind) + " name " + name + " as " +
                    std::string(type_name(resolve_plain(entry.key))),
                "Put it in quotes.");
  return false;
}

void parse_workflow(ParseContext& context, const YamlEntry& entry, WorkflowSpec& workflow) {
  workflow.name = std::string(entry.key);
  workflow.mark = entry.key_mark;
  accept_name(context, entry, "workflow");
  const Place place{"workflow", entry.key, {}, entry.key_mark};
  if (!entry.value.is_mapping() || entry.value.count == 0) {
    accept_mapping(context, entry.value, place);
    return;
  }
  // The type decides which attributes the tasks may have, wherever it stands.
  const YamlEntry* type = entry.value.find("type");
  if (type && type->value.text == "reverse") workflow.type = WorkflowType::kReverse;
  parse_object(context, entry.value, workflow_table(), {workflow.type, true}, place, workflow);
  workflow.raw = with_injected_keys(to_value(entry.value), workflow);
}

}  // namespace foehn::dsl
