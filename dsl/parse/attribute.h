// Attribute tables: per kind of object the single list of its attributes — name, accepted forms, where the value goes,
// and a line of documentation. Parsers, JSON Schema, editor help and the manual derive from it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/parse/context.h"
#include "dsl/spec/workflow_spec.h"
#include "dsl/yaml/to_value.h"

namespace foehn::dsl {

// The forms of values. kNode: the attribute has a parser of its own, which sees the YAML node.
enum class Form : std::uint8_t {
  kAny,
  kText,          // non-empty string
  kDict,          // non-empty mapping
  kDictOrText,    // either of the above
  kTags,          // list of distinct non-empty strings
  kNames,         // non-empty string, or list of distinct ones
  kInputs,        // list of names and one-key mappings {name: default}
  kBoolean,       // true, false or an expression
  kCount,         // integer ≥ 0 or an expression
  kExpression,    // one expression
  kJoin,          // all, one or an integer ≥ 0
  kWorkflowType,  // direct or reverse
  kVersion,       // non-empty string or number ≥ 0
  kNode,
};

std::string_view describe(Form form);  // "a non-empty string"

struct FormProblem {
  std::string_view code;
  std::string text;      // in the words of Mistral's schema check
  std::size_t item = 0;  // of a list: its element, from 1; 0 = the whole value
};
std::optional<FormProblem> check_form(Form form, const Value& value);

enum class FlowScope : std::uint8_t { kBoth, kDirectOnly, kReverseOnly };

struct AttributeRow {
  std::string_view name;
  Form form = Form::kAny;
  std::string_view doc;
  std::string_view accepts = {};  // kNode only: the accepted forms in words
  FlowScope flows = FlowScope::kBoth;
  bool required = false;
};

// One attribute as met in a document.
struct Field {
  std::string_view name;
  Mark key_mark;
  Mark mark;                       // of the value's text
  const YamlNode* node = nullptr;  // absent for values out of one-line texts
  Value value;                     // empty for Form::kNode
  Place place;                     // of this attribute
  Place owner;                     // of the mapping it stands in

  Template compile(ParseContext& context, int level = 0) const {
    return node ? context.compile(*node, value, level) : context.compile(value, mark, level);
  }
  std::string text() const { return value.is_string() ? value.get<std::string>() : std::string(); }
};

template <class Spec>
struct Attribute {
  AttributeRow row;
  void (*store)(ParseContext&, Field&, Spec&) = nullptr;  // absent: accepted and ignored
};
template <class Spec>
using AttributeTable = std::span<const Attribute<Spec>>;

// Which rows count, and what happens to keys outside of the table.
struct ObjectRules {
  WorkflowType flow = WorkflowType::kDirect;
  bool open = false;  // unknown keys are accepted with warning W225
};

inline bool applies(const AttributeRow& row, WorkflowType flow) {
  if (row.flows == FlowScope::kBoth) return true;
  return (row.flows == FlowScope::kDirectOnly) == (flow == WorkflowType::kDirect);
}

// Reports a value of a wrong form; false when it is wrong.
bool accept_form(ParseContext& context, const AttributeRow& row, const Field& field);
void report_unknown(ParseContext& context, const Field& field, std::span<const AttributeRow> rows, ObjectRules rules);
void report_missing(ParseContext& context, const AttributeRow& row, const Place& place);

template <class Spec>
void parse_field(ParseContext& context, Field& field, AttributeTable<Spec> table, ObjectRules rules, Spec& spec) {
  for (const auto& attribute : table) {
    if (attribute.row.name != field.name || !applies(attribute.row, rules.flow)) continue;
    if (attribute.row.form != Form::kNode) {
      if (field.node) field.value = to_value(*field.node);
      if (!accept_form(context, attribute.row, field)) return;
    }
    if (attribute.store) attribute.store(context, field, spec);
    return;
  }
  std::vector<AttributeRow> rows;
  for (const auto& attribute : table) rows.push_back(attribute.row);
  report_unknown(context, field, rows, rules);
}

// Every entry of a mapping through the table; then the required ones that are missing.
template <class Spec>
void parse_object(ParseContext& context, const YamlNode& node, AttributeTable<Spec> table, ObjectRules rules,
                  const Place& place, Spec& spec) {
  for (const auto& entry : node.entries()) {
    if (context.full()) return;
    Field field{entry.key, entry.key_mark, entry.value.text_mark(), &entry.value, {}, place.at(entry.key), place};
    parse_field(context, field, table, rules, spec);
  }
  for (const auto& attribute : table) {
    if (attribute.row.required && !node.find(attribute.row.name)) report_missing(context, attribute.row, place);
  }
}

std::string missing_hint(const AttributeRow& row);

// "a non-empty mapping" or the report why not.
bool accept_mapping(ParseContext& context, const YamlNode& node, const Place& place);

// All tables with their kinds, for schema and manual.
struct ObjectDescription {
  std::string_view kind;
  std::vector<AttributeRow> rows;
};
std::vector<ObjectDescription> describe_language();

template <class Spec>
ObjectDescription describe_table(std::string_view kind, AttributeTable<Spec> table) {
  ObjectDescription description{kind, {}};
  for (const auto& attribute : table) description.rows.push_back(attribute.row);
  return description;
}

}  // namespace foehn::dsl
