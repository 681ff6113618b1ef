// Whole documents: workflow lists, action lists, workbooks (dsl.md §0, §1, §11, §12).
#include "dsl/parse/tables.h"
#include "dsl/parse/words.h"
#include "engine/base/limits.h"

namespace foehn::dsl {

// What a workbook's table fills; items keep their nodes until the workbook's name is known.
struct WorkbookParts {
  std::string name;
  const YamlNode* workflows = nullptr;
  const YamlNode* actions = nullptr;
};

namespace {

constexpr Mark kDocumentMark{1, 1};

void store_version(ParseContext& context, Field& field, WorkbookParts&) {
  // Mistral fails on an unquoted 2.0; it is the same version to us.
  const bool text = field.value.is_string() && field.value.get_ref<const std::string&>() == "2.0";
  const bool number = field.value.is_number() && field.value.get<double>() == 2.0;
  if (text || number) return;
  context.error("E212", field.mark, "Unsupported DSL version: " + to_python_str(field.value).substr(0, 80),
                "Write version: '2.0'.");
}

void store_items(ParseContext& context, const Field& field, const YamlNode*& items) {
  if (accept_mapping(context, *field.node, field.place)) items = field.node;
}

// Of the workbook: its name begins those of all items.
void store_book_name(ParseContext& context, Field& field, WorkbookParts& parts) {
  parts.name = field.text();
  const std::string shown = "'" + parts.name.substr(0, 300) + "'";
  if (parts.name.find(' ') != std::string::npos) {
    context.error("E207", field.mark, "Name " + shown + " must not contain spaces", "Use _ or - instead.");
  } else if (text_length(parts.name) > limits::kNameLengthMax) {
    context.error("E207", field.mark,
                  "The length of the workbook name " + shown + " must not exceed " +
                      std::to_string(limits::kNameLengthMax) + " symbols",
                  "Give it a shorter name.");
  }
}

constexpr Attribute<WorkbookParts> kWorkbookTable[] = {
    {{"version", Form::kVersion, "'2.0'.", {}, FlowScope::kBoth, true}, store_version},
    {{"name", Form::kText, "The prefix of the names of all items.", {}, FlowScope::kBoth, true}, store_book_name},
    {{"description", Form::kText, "What the workbook is for."}},
    {{"tags", Form::kTags, "Words to find the workbook by."}},
    {{"actions", Form::kNode, "Ad-hoc actions by name.", "a mapping with at least one entry"},
     [](ParseContext& context, Field& field, WorkbookParts& parts) { store_items(context, field, parts.actions); }},
    {{"workflows", Form::kNode, "Workflows by name.", "a mapping with at least one entry"},
     [](ParseContext& context, Field& field, WorkbookParts& parts) { store_items(context, field, parts.workflows); }},
};

bool accept_root(ParseContext& context, const YamlNode& root) {
  if (root.is_mapping()) return true;
  const Value value = to_value(root);
  if (value.is_null()) return true;  // an empty document is {}
  context.error("E203", root.mark, shown(value) + " is not of type 'object'",
                "A document is a mapping: version, and one key per workflow.");
  return false;
}

void check_version(ParseContext& context, const YamlNode& root, ParsedDocument& document) {
  const Place place{"document", {}, "version", kDocumentMark};
  const YamlEntry* entry = root.find("version");
  if (!entry) {
    context.error("E201", kDocumentMark, "'version' is a required property", "Begin the document with version: '2.0'.");
    return;
  }
  document.version = to_value(entry->value);
  const AttributeRow row{"version", Form::kVersion, {}};
  const Field field{"version", entry->key_mark, entry->value.mark, &entry->value, document.version, place, place};
  accept_form(context, row, field);
}

bool is_list_item(const YamlEntry& entry) { return entry.key != "version"; }

// Names inside a workbook: ^(?!version$)[\w-]+$.
bool accept_item_name(ParseContext& context, const YamlEntry& entry) {
  for (const char c : entry.key) {
    if (is_word(c) || c == '-') continue;
    context.error("E207", entry.key_mark,
                  "Invalid DSL: " + shown_text(entry.key) +
                      " does not match any of the regexes: '^(?!version$)[\\\\w-]+$', '^version$'",
                  "Inside a workbook a name has letters, digits, _ and - only.");
    return false;
  }
  return true;
}

// A workbook sent as a list of workflows: one clear error instead of one per key.
bool accept_no_workbook(ParseContext& context, const YamlNode& root) {
  const YamlEntry* name = root.find("name");
  if (!name || !name->value.is_scalar() || (!root.find("workflows") && !root.find("actions"))) return true;
  context.error("E203", name->value.mark, shown(to_value(name->value)) + " is not of type 'object' (workflow 'name')",
                "This is a workbook, not a list of workflows; send it as a workbook.");
  return false;
}

// Items are stored as `<workbook>.<item>`. What is too long alone was told.
void check_full_name(ParseContext& context, const YamlEntry& entry, const std::string& prefix, std::string_view kind) {
  const std::size_t own = text_length(entry.key);
  const std::size_t book = text_length(prefix);
  if (own > limits::kNameLengthMax || book > limits::kNameLengthMax + 1) return;
  if (book + own <= limits::kNameLengthMax) return;
  const std::string shown = (prefix + std::string(entry.key)).substr(0, 300);
  context.error("E207", entry.key_mark,
                "The length of the " + std::string(kind) + " name '" + shown + "' must not exceed " +
                    std::to_string(limits::kNameLengthMax) + " symbols",
                "It is stored under the names of workbook and item with a dot between them; give one a shorter name.");
}

void check_not_empty(ParseContext& context, const YamlNode& root, bool any) {
  if (any) return;
  context.error("E213", root.mark.line ? root.mark : kDocumentMark,
                "At least one item must be in the list [data=" + shown(to_value(root)) + "]",
                "Below version, add one key per item.");
}

}  // namespace

AttributeTable<WorkbookParts> workbook_table() { return kWorkbookTable; }

std::vector<ObjectDescription> describe_language() {
  return {
      describe_table("workflow", workflow_table()),
      describe_table("task", task_table()),
      describe_table("task-defaults", task_defaults_table()),
      describe_table("retry", retry_table()),
      describe_table("on-clause", clause_table()),
      describe_table("publish", publish_table()),
      describe_table("action", action_table()),
      describe_table("workbook", workbook_table()),
  };
}

ParsedDocument parse_workflow_list(ParseContext& context, const YamlNode& root) {
  ParsedDocument document;
  if (!accept_root(context, root) || !accept_no_workbook(context, root)) return document;
  check_version(context, root, document);
  bool any = false;
  for (const auto& entry : root.entries()) {
    if (!is_list_item(entry) || context.full()) continue;
    any = true;
    ParsedWorkflow& workflow = document.workflows.emplace_back(ParsedWorkflow{{}, &entry.value});
    parse_workflow(context, entry, workflow.spec);
    workflow.edges = context.take_edges();
  }
  if (root.find("version")) check_not_empty(context, root, any);
  return document;
}

ParsedDocument parse_action_list(ParseContext& context, const YamlNode& root) {
  ParsedDocument document;
  if (!accept_root(context, root)) return document;
  check_version(context, root, document);
  bool any = false;
  for (const auto& entry : root.entries()) {
    if (!is_list_item(entry) || context.full()) continue;
    any = true;
    document.action_bodies.push_back(&entry.value);
    parse_action(context, entry, document.actions.emplace_back());
  }
  if (root.find("version")) check_not_empty(context, root, any);
  return document;
}

ParsedDocument parse_workbook(ParseContext& context, const YamlNode& root) {
  ParsedDocument document;
  if (!accept_root(context, root)) return document;
  document.version = "2.0";
  WorkbookParts parts;
  const Place place{"workbook", {}, {}, kDocumentMark};
  parse_object(context, root, workbook_table(), {}, place, parts);
  const std::string prefix = parts.name + ".";
  if (parts.actions) {
    for (const auto& entry : parts.actions->entries()) {
      if (!is_list_item(entry) || context.full() || !accept_item_name(context, entry)) continue;
      document.action_bodies.push_back(&entry.value);
      auto& action = document.actions.emplace_back();
      check_full_name(context, entry, prefix, "action");
      parse_action(context, entry, action);
      action.name.insert(0, prefix);
    }
  }
  if (!parts.workflows) return document;
  for (const auto& entry : parts.workflows->entries()) {
    if (!is_list_item(entry) || context.full() || !accept_item_name(context, entry)) continue;
    ParsedWorkflow& parsed = document.workflows.emplace_back(ParsedWorkflow{{}, &entry.value});
    WorkflowSpec& workflow = parsed.spec;
    context.take_edges();  // what actions lost
    check_full_name(context, entry, prefix, "workflow");
    parse_workflow(context, entry, workflow);
    parsed.edges = context.take_edges();
    workflow.name.insert(0, prefix);
    if (workflow.raw.is_object()) workflow.raw["name"] = workflow.name;
  }
  return document;
}

}  // namespace foehn::dsl
