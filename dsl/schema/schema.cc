#include "dsl/schema/schema.h"

#include <string>
#include <vector>

#include "dsl/parse/attribute.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

// is_whole_expression() as a pattern that JavaScript, Python and Go read alike.
constexpr const char* kWholeExpression = R"(^(<%.*?%>|\{\{.*?\}\})\s*$)";
// A task, or an engine command with its parameters (parse/clause.cc).
constexpr const char* kTransition = R"(^(\S+|\w+ \w+=[\s\S]*|\w+\(\w+=[\s\S]*\))$)";
constexpr const char* kWithItems = R"(^\s*[^\s.:,;/<>{}()\[\]]+\s*in\s*(\[.+\]|\{\{.*?\}\}|<%.*?%>))";
constexpr const char* kUuid = R"(^[{]*([0-9a-fA-F][-{}]*){32}$)";
constexpr const char* kItemName = R"(^[^\s.:/<>{}()\[\],;'"`~!@#$%^&*+=|\\?]+$)";

Value object() { return Value::object(); }
Value list(std::initializer_list<Value> items) {
  Value out = Value::array();
  for (const Value& item : items) out.push_back(item);
  return out;
}
Value reference(const std::string& name) { return Value{{"$ref", "#/$defs/" + name}}; }
Value text() { return Value{{"type", "string"}, {"minLength", 1}}; }
Value dict() { return Value{{"type", "object"}, {"minProperties", 1}}; }
Value any_of(std::initializer_list<Value> items) { return Value{{"anyOf", list(items)}}; }
Value expression() {
  return Value{{"type", "string"},
               {"title", "expression"},
               {"description", "One whole expression: <% YAQL %> or {{ Jinja2 }}."},
               {"pattern", kWholeExpression}};
}
Value distinct(Value items) {
  return Value{{"type", "array"}, {"minItems", 1}, {"uniqueItems", true}, {"items", std::move(items)}};
}

Value form_schema(Form form) {
  switch (form) {
    case Form::kAny:
    case Form::kNode: return object();
    case Form::kText: return text();
    case Form::kDict: return dict();
    case Form::kDictOrText: return any_of({dict(), text()});
    case Form::kTags: return distinct(text());
    case Form::kNames: return any_of({text(), distinct(text())});
    case Form::kInputs:
      return distinct(any_of({text(), Value{{"type", "object"}, {"minProperties", 1}, {"maxProperties", 1}}}));
    case Form::kBoolean: return any_of({Value{{"type", "boolean"}}, reference("expression")});
    case Form::kCount: return any_of({Value{{"type", "integer"}, {"minimum", 0}}, reference("expression")});
    case Form::kExpression: return reference("expression");
    case Form::kJoin:
      return any_of({Value{{"enum", list({"all", "one"})}}, Value{{"type", "integer"}, {"minimum", 0}}});
    case Form::kWorkflowType: return Value{{"enum", list({"direct", "reverse"})}};
    case Form::kVersion: return any_of({text(), Value{{"type", "number"}, {"minimum", 0}}});
  }
  return object();
}

Value mapping_of(const std::string& name) {
  Value schema = dict();
  schema["propertyNames"] = Value{{"minLength", 1}, {"maxLength", limits::kNameLengthMax}};
  schema["additionalProperties"] = reference(name);
  return schema;
}

// Items of a workbook, beside a version that is no item.
Value book_items(const std::string& name) {
  Value schema = mapping_of(name);
  schema["propertyNames"]["pattern"] = kItemName;
  schema["properties"] = Value{{"version", object()}};
  return schema;
}

// Attributes with a parser of their own.
Value node_schema(std::string_view kind, const AttributeRow& row, bool reverse) {
  const std::string_view name = row.name;
  if (name == "retry") return any_of({reference("retry"), text()});
  if (name.starts_with("on-")) return reference("on-clause");
  if (name == "next") return reference("next");
  if (name == "publish" && kind == "on-clause") return reference("publish");
  if (name == "task-defaults") return reference("task-defaults");
  if (name == "tasks") return mapping_of(reverse ? "reverse-task" : "task");
  if (name == "workflows") return book_items("workflow");
  if (name == "actions") return book_items("action");
  return object();
}

Value attribute_schema(std::string_view kind, const AttributeRow& row, bool reverse) {
  Value schema = row.form == Form::kNode ? node_schema(kind, row, reverse) : form_schema(row.form);
  if (row.name == "with-items")
    for (Value* one : {&schema["anyOf"][0], &schema["anyOf"][1]["items"]}) (*one)["pattern"] = kWithItems;
  schema["title"] = row.name;
  schema["description"] = row.doc;
  if (row.doc.starts_with("Ignored") || row.doc.starts_with("Accepted and ignored")) schema["deprecated"] = true;
  return schema;
}

// An object out of its table. `flow`: attributes of the other type of workflow do not belong to it.
Value object_schema(const ObjectDescription& table, WorkflowType flow, bool open) {
  Value schema = dict();
  schema["title"] = table.kind;
  Value properties = object(), required = Value::array();
  for (const AttributeRow& row : table.rows) {
    if (!applies(row, flow)) continue;
    properties[std::string(row.name)] = attribute_schema(table.kind, row, flow == WorkflowType::kReverse);
    if (row.required) required.push_back(row.name);
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = open;
  return schema;
}

Value transition_text() {
  Value schema = text();
  schema["pattern"] = kTransition;
  schema["description"] = "A task, or an engine command: noop, fail, succeed, pause; fail msg=\"…\".";
  return schema;
}

Value conditional() {
  return Value{{"type", "object"},
               {"description", "{task: condition}"},
               {"minProperties", 1},
               {"maxProperties", 1},
               {"propertyNames", Value{{"pattern", kTransition}}},
               {"additionalProperties", reference("expression")}};
}

class Maker {
 public:
  Maker() {
    for (ObjectDescription& table : describe_language()) tables_.push_back(std::move(table));
  }

  Value make(SchemaKind kind) {
    Value schema = Value{{"$schema", "https://json-schema.org/draft/2020-12/schema"}};
    if (kind == SchemaKind::kWorkbook) {
      describe(schema, "urn:foehn:schema:workbook", "Mistral workbook, version 2");
      schema.update(workbook());
    } else {
      const bool workflow = kind == SchemaKind::kWorkflow;
      describe(schema, workflow ? "urn:foehn:schema:workflow" : "urn:foehn:schema:action",
               workflow ? "Mistral workflows, version 2" : "Mistral ad-hoc actions, version 2");
      schema.update(item_list(workflow ? "workflow" : "action"));
    }
    schema["$defs"] = definitions(kind);
    return schema;
  }

 private:
  static void describe(Value& schema, const char* id, const char* title) {
    schema["$id"] = id;
    schema["title"] = title;
  }

  const ObjectDescription& table(std::string_view kind) const {
    for (const ObjectDescription& one : tables_)
      if (one.kind == kind) return one;
    static const ObjectDescription none;
    return none;
  }

  // `version` and one key per item.
  static Value item_list(const std::string& item) {
    Value version = form_schema(Form::kVersion);
    version["title"] = "version";
    version["description"] = "Version of the language: '2.0'.";
    Value names = Value{{"minLength", 1}, {"maxLength", limits::kNameLengthMax}};
    if (item == "workflow") {
      names["pattern"] = "^[^ ]*$";
      names["not"] = Value{{"pattern", kUuid}};
    }
    return Value{{"type", "object"},
                 {"required", list({"version"})},
                 {"minProperties", 2},
                 {"properties", Value{{"version", std::move(version)}}},
                 {"propertyNames", std::move(names)},
                 {"additionalProperties", reference(item)}};
  }

  Value workbook() const {
    Value schema = object_schema(table("workbook"), WorkflowType::kDirect, false);
    schema["properties"]["version"]["enum"] = list({"2.0", 2.0});
    schema.erase("title");
    return schema;
  }

  // The type of a workflow decides which attributes its tasks have.
  Value workflow() const {
    Value schema = object_schema(table("workflow"), WorkflowType::kDirect, true);
    const Value direct = schema["properties"]["tasks"];
    Value reverse = direct;
    reverse["additionalProperties"] = reference("reverse-task");
    schema["properties"].erase("tasks");
    const auto with_tasks = [](Value tasks) { return Value{{"properties", Value{{"tasks", std::move(tasks)}}}}; };
    schema["if"] = Value{{"properties", Value{{"type", Value{{"const", "reverse"}}}}}, {"required", list({"type"})}};
    schema["then"] = with_tasks(std::move(reverse));
    schema["else"] = with_tasks(direct);
    return schema;
  }

  Value task(WorkflowType flow) const {
    Value schema = object_schema(table("task"), flow, false);
    schema["not"] = Value{{"required", list({"action", "workflow"})}};
    return schema;
  }

  Value scopes() const {
    Value schema = object_schema(table("publish"), WorkflowType::kDirect, false);
    Value scopes = Value::array();
    for (const AttributeRow& row : table("publish").rows)
      if (row.form == Form::kDict) scopes.push_back(Value{{"required", list({row.name})}});
    schema["anyOf"] = std::move(scopes);
    return schema;
  }

  Value clause() const {
    Value advanced = object_schema(table("on-clause"), WorkflowType::kDirect, false);
    Value bare = conditional();
    bare["deprecated"] = true;
    bare["description"] = "Makes no transition: put it into a list.";
    bare["not"] = any_of({Value{{"required", list({"next"})}}, Value{{"required", list({"publish"})}}});
    return any_of({transition_text(), distinct(reference("transition")), std::move(advanced), std::move(bare)});
  }

  Value definitions(SchemaKind kind) const {
    Value defs = object();
    defs["expression"] = expression();
    if (kind != SchemaKind::kWorkflow) defs["action"] = object_schema(table("action"), WorkflowType::kDirect, false);
    if (kind == SchemaKind::kAction) return defs;
    defs["workflow"] = workflow();
    defs["task"] = task(WorkflowType::kDirect);
    defs["reverse-task"] = task(WorkflowType::kReverse);
    defs["task-defaults"] = object_schema(table("task-defaults"), WorkflowType::kDirect, false);
    defs["retry"] = object_schema(table("retry"), WorkflowType::kDirect, false);
    defs["on-clause"] = clause();
    defs["transition"] = any_of({transition_text(), conditional()});
    defs["next"] = any_of({transition_text(), distinct(reference("transition")), conditional()});
    defs["publish"] = scopes();
    return defs;
  }

  std::vector<ObjectDescription> tables_;
};

}  // namespace

std::optional<SchemaKind> schema_kind(std::string_view word) {
  if (word == "workflow" || word == "wf") return SchemaKind::kWorkflow;
  if (word == "workbook" || word == "wb") return SchemaKind::kWorkbook;
  if (word == "action") return SchemaKind::kAction;
  return std::nullopt;
}

Value make_schema(SchemaKind kind) { return Maker().make(kind); }

}  // namespace foehn::dsl
