#include "dsl/parse/attribute.h"

#include <cmath>
#include <unordered_set>

#include "dsl/parse/tables.h"

namespace foehn::dsl {
namespace {

using Problem = std::optional<FormProblem>;

Problem wrong_type(const Value& value, std::string_view type) {
  const std::string_view code = "E203";
  return FormProblem{code, shown(value) + " is not of type '" + std::string(type) + "'", 0};
}
Problem empty_value(const Value& value) { return FormProblem{"E204", shown(value) + " should be non-empty", 0}; }
Problem no_schema(const Value& value) {
  return FormProblem{"E203", shown(value) + " is not valid under any of the given schemas", 0};
}

Problem check_text(const Value& value) {
  if (!value.is_string()) return wrong_type(value, "string");
  if (value.get_ref<const std::string&>().empty()) return empty_value(value);
  return std::nullopt;
}

Problem check_dict(const Value& value) {
  if (!value.is_object()) return wrong_type(value, "object");
  if (value.empty()) return empty_value(value);
  return std::nullopt;
}

Problem check_list(const Value& value) {
  if (!value.is_array()) return wrong_type(value, "array");
  if (value.empty()) return empty_value(value);
  return std::nullopt;
}

Problem check_distinct(const Value& list) {
  std::unordered_set<std::string> seen;
  std::size_t number = 0;
  for (const auto& item : list) {
    ++number;
    if (!seen.insert(to_json(item)).second)
      return FormProblem{"E205", shown(list) + " has non-unique elements", number};
  }
  return std::nullopt;
}

Problem check_texts(const Value& value) {
  if (auto problem = check_list(value)) return problem;
  std::size_t number = 0;
  for (const auto& item : value) {
    ++number;
    auto problem = check_text(item);
    if (!problem) continue;
    problem->item = number;
    return problem;
  }
  return check_distinct(value);
}

Problem check_inputs(const Value& value) {
  if (auto problem = check_list(value)) return problem;
  std::size_t number = 0;
  for (const auto& item : value) {
    ++number;
    const bool name = item.is_string() && !item.get_ref<const std::string&>().empty();
    const bool with_default = item.is_object() && item.size() == 1;
    if (name || with_default) continue;
    auto problem = no_schema(item);
    problem->item = number;
    return problem;
  }
  return check_distinct(value);
}

bool is_expression_text(const Value& value) {
  return value.is_string() && is_whole_expression(value.get_ref<const std::string&>());
}

// As JSON Schema has it, 3.0 is an integer. Larger floats may be integers of more than 64 bits, which YAML cut.
bool is_count(const Value& value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond, a double does not tell its neighbours apart
  if (value.is_number_float()) {
    const auto number = value.get<double>();
    return number >= 0 && number <= kExact && std::trunc(number) == number;
  }
  return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

Problem check_count(const Value& value) {
  if (is_expression_text(value) || is_count(value)) return std::nullopt;
  return no_schema(value);
}

Problem check_join(const Value& value) {
  if (is_count(value) || (value.is_string() && (value == "all" || value == "one"))) return std::nullopt;
  return no_schema(value);
}

Problem check_type(const Value& value) {
  if (value.is_string() && (value == "direct" || value == "reverse")) return std::nullopt;
  return FormProblem{"E206", shown(value) + " is not one of ['reverse', 'direct']", 0};
}

Problem check_version(const Value& value) {
  const bool text = value.is_string() && !value.get_ref<const std::string&>().empty();
  const bool number = value.is_number() && value.get<double>() >= 0;
  if (text || number) return std::nullopt;
  return no_schema(value);
}

bool is_plain_boolean(const YamlNode* node) {
  return node && node->is_scalar() && node->plain && to_value(*node).is_boolean();
}

bool is_ignored(const AttributeRow& row) {
  return row.doc.starts_with("Ignored") || row.doc.starts_with("Accepted and ignored");
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

constexpr std::size_t kQuotedBytesMax = 60;  // of the writer's text in a hint

// What people write where a number, a condition or a mapping is wanted. Empty: nothing that is known.
std::string likely_hint(Form form, const Value& value) {
  if (form == Form::kDict && value.is_array()) return "Leave out the dashes: it must be a mapping, not a list.";
  const bool evaluated = form == Form::kCount || form == Form::kBoolean || form == Form::kExpression;
  if (!evaluated || !value.is_string()) return {};
  const std::string& text = value.get_ref<const std::string&>();
  if (text.empty() || text.size() > kQuotedBytesMax) return {};
  if (text[0] == '$') return "An expression stands between <% and %>: <% " + text + " %>.";
  if (text.starts_with("_.")) return "An expression stands between {{ and }}: '{{ " + text + " }}'.";
  if (form == Form::kBoolean && (text == "true" || text == "false" || text == "True" || text == "False" ||
                                 text == "yes" || text == "no"))
    return "Write it without quotes, true or false.";
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (form != Form::kCount || digits == 0) return {};
  const bool unit = digits != text.npos && text.find_first_not_of("smhinecdouratys ", digits) == text.npos;
  if (digits == text.npos) return "Write it without quotes: " + text + ".";
  return unit ? "Write the number without a unit: times are seconds." : "";
}

// The word that is meant, of a form that has words.
std::string word_hint(Form form, const Value& value) {
  if (!value.is_string()) return {};
  const std::string& text = value.get_ref<const std::string&>();
  if (form == Form::kJoin) return Suggester({"all", "one"}).suggest(text);
  return form == Form::kWorkflowType ? Suggester({"direct", "reverse"}).suggest(text) : std::string();
}

std::string form_hint(const AttributeRow& row, const Field& field) {
  if (std::string likely = likely_hint(row.form, field.value); !likely.empty()) return likely;
  if (std::string word = word_hint(row.form, field.value); !word.empty()) return word;
  const bool text =
      row.form == Form::kText || row.form == Form::kDictOrText || row.form == Form::kNames || row.form == Form::kTags;
  if (text && is_plain_boolean(field.node)) {
    return "YAML reads " + std::string(field.node->text) + " as a boolean; put it in quotes.";
  }
  if (row.form == Form::kCount && field.value.is_number_float() && field.node && field.node->text.size() > 18)
    return "Integers have at most 64 bits here.";
  return "It must be " + std::string(row.form == Form::kNode ? row.accepts : describe(row.form)) + ".";
}

}  // namespace

std::string_view describe(Form form) {
  switch (form) {
    case Form::kAny: return "any value";
    case Form::kText: return "a non-empty string";
    case Form::kDict: return "a mapping with at least one entry";
    case Form::kDictOrText: return "a mapping with at least one entry, or an expression";
    case Form::kTags: return "a list of distinct non-empty strings";
    case Form::kNames: return "a non-empty string or a list of distinct ones";
    case Form::kInputs: return "a list of names and of one-key mappings {name: default}";
    case Form::kBoolean: return "true, false, or one expression";
    case Form::kCount: return "an integer of at least 0, or one expression";
    case Form::kExpression: return "one expression, <% … %> or {{ … }}";
    case Form::kJoin: return "all, one, or an integer of at least 0 without quotes";
    case Form::kWorkflowType: return "direct or reverse";
    case Form::kVersion: return "'2.0'";
    case Form::kNode: return "";
  }
  return "";
}

std::optional<FormProblem> check_form(Form form, const Value& value) {
  switch (form) {
    case Form::kAny:
    case Form::kNode: return std::nullopt;
    case Form::kText: return check_text(value);
    case Form::kDict: return check_dict(value);
    case Form::kDictOrText:
      if (!check_dict(value) || !check_text(value)) return std::nullopt;
      return no_schema(value);
    case Form::kTags: return check_texts(value);
    case Form::kNames:
      if (!check_text(value) || !check_texts(value)) return std::nullopt;
      return no_schema(value);
    case Form::kInputs: return check_inputs(value);
    case Form::kBoolean:
      if (value.is_boolean() || is_expression_text(value)) return std::nullopt;
      return no_schema(value);
    case Form::kCount: return check_count(value);
    case Form::kExpression:
      if (is_expression_text(value)) return std::nullopt;
      return no_schema(value);
    case Form::kJoin: return check_join(value);
    case Form::kWorkflowType: return check_type(value);
    case Form::kVersion: return check_version(value);
  }
  return std::nullopt;
}

bool accept_form(ParseContext& context, const AttributeRow& row, const Field& field) {
  auto problem = check_form(row.form, field.value);
  if (!problem) return true;
  const bool edges = row.form == Form::kNames || row.form == Form::kJoin || row.form == Form::kWorkflowType;
  if (edges) context.lose_edges(Edges::kDoubtful);
  // A number as it stands there: one of more than 64 bits would look like another one.
  const bool number = field.node && field.node->is_scalar() && field.value.is_number();
  const std::string printed = shown(field.value);
  if (number && problem->text.starts_with(printed))
    problem->text.replace(0, printed.size(),
                          std::string(field.node->text.substr(0, 80)) + (field.node->text.size() > 80 ? "…" : ""));
  Mark mark = field.node ? field.node->mark : field.mark;
  if (problem->item != 0 && field.node && problem->item <= field.node->items().size())
    mark = field.node->items()[problem->item - 1].mark;
  context.error(problem->code, mark, problem->text + " (" + field.place.describe() + ")", form_hint(row, field));
  return false;
}

namespace {

// Words that other systems have for an attribute, and what to do here.
struct Habit {
  std::string_view word;
  std::string_view attribute;  // only where this one is allowed
  std::string_view hint;
};

constexpr std::string_view kOrder = "In a direct workflow the task before names the next one under 'on-success'.";
constexpr std::string_view kWhen = "A condition stands where the task is named: on-success: [{task: <% … %>}].";
constexpr std::string_view kLater = "Values for later tasks go under 'publish'.";
constexpr Habit kHabits[] = {
    {"depends-on", "requires", "Did you mean 'requires'?"},
    {"depends_on", "requires", "Did you mean 'requires'?"},
    {"needs", "requires", "Did you mean 'requires'?"},
    {"depends-on", "on-success", kOrder},
    {"depends_on", "on-success", kOrder},
    {"needs", "on-success", kOrder},
    {"when", "on-success", kWhen},
    {"if", "on-success", kWhen},
    {"next", "on-success", "Did you mean 'on-success'?"},
    {"loop", "with-items", "Did you mean 'with-items'?"},
    {"for-each", "with-items", "Did you mean 'with-items'?"},
    {"foreach", "with-items", "Did you mean 'with-items'?"},
    {"args", "input", "Did you mean 'input'?"},
    {"arguments", "input", "Did you mean 'input'?"},
    {"params", "input", "Did you mean 'input'?"},
    {"parameters", "input", "Did you mean 'input'?"},
    {"output", "publish", kLater},
    {"outputs", "publish", kLater},
    {"register", "publish", kLater},
    {"run", "action", "Did you mean 'action'?"},
    {"uses", "action", "Did you mean 'action'?"},
};

std::string habit_hint(std::string_view word, const std::vector<std::string>& names) {
  for (const Habit& habit : kHabits)
    if (habit.word == word && std::find(names.begin(), names.end(), habit.attribute) != names.end())
      return std::string(habit.hint);
  return {};
}

// An attribute of a workflow that is one of tasks, or nearly.
std::string task_hint(std::string_view word, WorkflowType flow) {
  std::vector<std::string> names;
  for (const auto& attribute : task_table())
    if (applies(attribute.row, flow) && !is_ignored(attribute.row)) names.emplace_back(attribute.row.name);
  const bool exact = std::find(names.begin(), names.end(), word) != names.end();
  const std::string near = exact ? std::string(word) : nearest_name(std::string(word), names);
  if (near.empty()) return {};
  bool in_defaults = false;
  for (const auto& attribute : task_defaults_table()) in_defaults = in_defaults || attribute.row.name == near;
  return (exact ? "It" : "Did you mean '" + near + "'? It") + " belongs to a task" +
         (in_defaults ? ", or under 'task-defaults' for all tasks." : ".");
}

// An unknown attribute that names, or may have been meant to name, other tasks.
bool may_mean_edges(const Place& owner, std::string_view name, const std::string& hint) {
  if (owner.kind != "task" && owner.kind != "task-defaults") return true;
  const auto about = [&](std::string_view word) { return hint.find(word) != hint.npos; };
  return name.starts_with("on") || name == "requires" || name == "join" || about("mean 'on-") ||
         about("mean 'requires'") || about("mean 'join'") || about("'on-success'.") || about("on-success: [");
}

}  // namespace

void report_unknown(ParseContext& context, const Field& field, std::span<const AttributeRow> rows, ObjectRules rules) {
  const bool direct = rules.flow == WorkflowType::kDirect;
  const std::string other = std::string("It belongs to ") + (direct ? "reverse" : "direct") +
                            " workflows; this one is " + (direct ? "direct" : "reverse") + ".";
  std::vector<std::string> names;
  std::vector<std::string> of_other_type;
  std::string hint;
  for (const auto& row : rows) {
    if (row.name == field.name) {
      hint = other;
    } else if (applies(row, rules.flow) && !is_ignored(row)) {
      names.emplace_back(row.name);
    } else if (!is_ignored(row)) {
      of_other_type.emplace_back(row.name);
    }
  }
  if (hint.empty()) hint = habit_hint(field.name, names);
  if (hint.empty()) hint = Suggester(names).suggest(field.name);
  if (hint.empty() && field.owner.kind == "workflow") hint = task_hint(field.name, rules.flow);
  if (hint.empty() && !(hint = Suggester(std::move(of_other_type)).suggest(field.name)).empty()) hint += " " + other;
  if (hint.empty()) hint = "It may have: " + joined(names) + ".";
  const Place& owner = field.owner;
  if (rules.open) {
    context.warning("W225", field.key_mark,
                    shown_text(field.name) + " is no attribute of a " + std::string(owner.kind) + " and is ignored (" +
                        owner.describe() + ")",
                    hint);
    return;
  }
  if (may_mean_edges(owner, field.name, hint)) context.lose_edges(Edges::kDoubtful);
  context.error("E202", field.key_mark,
                "Additional properties are not allowed (" + shown_text(field.name) + " was unexpected) (" +
                    owner.describe() + ")",
                hint);
}

std::string missing_hint(const AttributeRow& row) {
  return "Add '" + std::string(row.name) + "': " + std::string(row.doc);
}

void report_missing(ParseContext& context, const AttributeRow& row, const Place& place) {
  context.error("E201", place.mark, shown_text(row.name) + " is a required property (" + place.at({}).describe() + ")",
                missing_hint(row));
}

bool accept_mapping(ParseContext& context, const YamlNode& node, const Place& place) {
  if (node.is_mapping() && node.count != 0) return true;
  const Value value = to_value(node);
  const auto problem = check_form(Form::kDict, value);
  context.lose_edges(Edges::kDoubtful);
  context.error(problem ? problem->code : "E203", node.mark,
                (problem ? problem->text : shown(value)) + " (" + place.describe() + ")",
                value.is_array() ? likely_hint(Form::kDict, value) : "It must be a mapping with at least one entry.");
  return false;
}

}  // namespace foehn::dsl
