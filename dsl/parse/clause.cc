// on-success, on-error, on-complete, on-skip and publish (dsl.md §3).
#include <algorithm>
#include <unordered_set>

#include "dsl/parse/shorthand.h"
#include "dsl/parse/tables.h"
#include "dsl/parse/words.h"

namespace foehn::dsl {
namespace {

constexpr std::string_view kTransitionHint =
    "An entry is a task name, `fail msg=\"…\"`, or a one-key mapping {task: <% condition %>}.";

// ^\w+\(\w+=(.*)\)$ — the length of the name, or 0.
std::size_t function_name_length(std::string_view text) {
  std::size_t name = 0;
  while (name < text.size() && is_word(text[name])) ++name;
  if (name == 0 || name >= text.size() || text[name] != '(' || text.back() != ')') return 0;
  std::size_t parameter = name + 1;
  while (parameter < text.size() && is_word(text[parameter])) ++parameter;
  return parameter > name + 1 && parameter < text.size() && text[parameter] == '=' ? name : 0;
}

// ^\w+ \w+=(.*)$ — the length of the name, or 0.
std::size_t spaced_name_length(std::string_view text) {
  std::size_t name = 0;
  while (name < text.size() && is_word(text[name])) ++name;
  if (name == 0 || name >= text.size() || text[name] != ' ') return 0;
  std::size_t parameter = name + 1;
  while (parameter < text.size() && is_word(text[parameter])) ++parameter;
  return parameter > name + 1 && parameter < text.size() && text[parameter] == '=' ? name : 0;
}

void add_message(ParseContext& context, Shorthand& call, const Line& line, const Place& place,
                 TransitionSpec& transition) {
  std::string leftover = call.leftover();
  for (auto& parameter : call.parameters) {
    if (parameter.name == "msg") {
      const bool quoted = line.text[parameter.offset] == '"' || line.text[parameter.offset] == '\'';
      transition.message = line.compile(context, parameter.value, parameter.offset + (quoted ? 1 : 0), 0);
    } else {
      if (!leftover.empty()) leftover.append(" ");
      leftover.append(parameter.name);
    }
  }
  if (leftover.empty()) return;
  context.warning("W223", line.mark, shown_text(leftover) + " is ignored (" + place.describe() + ")",
                  "An engine command takes msg=\"text\" or msg=<% expression %>, nothing else.");
}

// Mistral rejects `fail(msg='x')` without a space inside because two of its patterns match; it is accepted here.
std::optional<TransitionSpec> parse_target(ParseContext& context, const Line& line, const Place& place) {
  const std::string_view text = line.text;
  TransitionSpec transition;
  transition.mark = line.mark;
  std::size_t name = function_name_length(text);
  const bool function = name != 0;
  if (!function) name = spaced_name_length(text);
  if (name == 0) {
    if (text.empty() || has_space(text)) return std::nullopt;
    transition.target = std::string(text);
  } else {
    transition.target = std::string(text.substr(0, name));
    // The brackets of the function form are neither name nor parameter.
    const std::string_view arguments = function ? text.substr(0, text.size() - 1) : text;
    Shorthand call = parse_parameters(arguments, text.substr(0, name + (function ? 1 : 0)));
    add_message(context, call, line, place, transition);
  }
  transition.command = engine_command(transition.target);
  return transition;
}

void reject(ParseContext& context, const YamlNode& node, const Place& place, std::string hint = {}) {
  const Value value = to_value(node);
  if (hint.empty() && node.is_scalar() && node.plain && !value.is_string() && !node.text.empty())
    hint = "YAML reads " + std::string(node.text.substr(0, 40)) + " as " + std::string(type_name(value)) +
           "; put it in quotes.";
  context.lose_edges(Edges::kLost);
  context.error("E211", node.mark,
                shown(value) + " is not valid under any of the given schemas (" + place.describe() + ")",
                hint.empty() ? std::string(kTransitionHint) : hint);
}

void parse_conditional(ParseContext& context, const YamlEntry& entry, const Place& place,
                       std::vector<TransitionSpec>& out) {
  auto transition = parse_target(context, {entry.key, entry.key_mark}, place);
  if (!transition) {
    context.lose_edges(Edges::kLost);
    context.error("E211", entry.key_mark,
                  shown_text(entry.key) + " is not valid under any of the given schemas (" + place.describe() + ")",
                  std::string(kTransitionHint));
    return;
  }
  const Value condition = to_value(entry.value);
  if (!condition.is_string() || !is_whole_expression(condition.get_ref<const std::string&>())) {
    reject(context, entry.value, place,
           "A condition is one whole expression, <% … %> or {{ … }}, with nothing around it.");
    return;
  }
  transition->condition = context.compile(entry.value, condition);
  out.push_back(std::move(*transition));
}

void parse_entry(ParseContext& context, const YamlNode& node, const Place& place, std::vector<TransitionSpec>& out) {
  if (node.is_mapping() && node.count == 1) {
    parse_conditional(context, node.entries()[0], place, out);
    return;
  }
  if (node.is_scalar()) {
    const Value value = to_value(node);
    if (value.is_string()) {
      auto transition = parse_target(context, {node.text, node.text_mark(), &node}, place);
      if (transition) {
        out.push_back(std::move(*transition));
        return;
      }
      if (has_expression(node.text)) {
        reject(context, node, place, "The name of the next task cannot be an expression.");
        return;
      }
    }
  }
  reject(context, node, place);
}

void parse_list(ParseContext& context, const YamlNode& node, const Place& place, std::vector<TransitionSpec>& out) {
  if (node.count == 0) {
    reject(context, node, place);
    return;
  }
  out.reserve(node.count);
  std::unordered_set<std::string> seen;
  for (const auto& item : node.items()) {
    if (context.full()) return;
    if (node.count > 1 && !seen.insert(to_json(to_value(item))).second) {
      context.lose_edges(Edges::kLost);
      context.error("E205", item.mark,
                    shown(to_value(node)) + " is not valid under any of the given schemas: " + shown(to_value(item)) +
                        " stands here twice (" + place.describe() + ")",
                    "Remove one of them.");
      return;
    }
    parse_entry(context, item, place, out);
  }
}

// `next` of the advanced form. Mistral iterates a mapping by its keys, which drops the condition.
void parse_next(ParseContext& context, Field& field, ClauseSpec& clause) {
  const YamlNode& node = *field.node;
  if (node.is_sequence()) {
    parse_list(context, node, field.place, clause.next);
    return;
  }
  parse_entry(context, node, field.place, clause.next);
  if (!node.is_mapping() || clause.next.empty()) return;
  clause.next.back().condition.reset();
  context.warning(
      "W221", node.entries()[0].value.mark,
      "the condition is ignored, as in Mistral: the task is always started (" + field.place.describe() + ")",
      "Make it a list: next: [{" + std::string(node.entries()[0].key.substr(0, 80)) + ": …}].");
}

void parse_scopes(ParseContext& context, Field& field, ClauseSpec& clause) {
  if (!accept_mapping(context, *field.node, field.place)) return;
  parse_object(context, *field.node, publish_table(), {}, field.place, clause.publish);
  for (const auto& entry : field.node->entries()) {
    const auto table = publish_table();
    const auto known = std::find_if(table.begin(), table.end(),
                                    [&](const auto& attribute) { return attribute.row.name == entry.key; });
    if (known == table.end() || known->row.form == Form::kDict) return;  // reported, or a scope
  }
  context.error(
      "E203", field.node->mark,
      shown(to_value(*field.node)) + " is not valid under any of the given schemas (" + field.place.describe() + ")",
      "Put the variables below a scope: branch or global.");
}

// {t2: <% condition %>} outside of a list: passes Mistral's schema and then makes no transition.
void parse_bare_mapping(ParseContext& context, const YamlNode& node, const Place& place) {
  std::vector<TransitionSpec> ignored;
  parse_conditional(context, node.entries()[0], place, ignored);
  if (ignored.empty()) return;
  context.warning("W222", node.mark, "a mapping here makes no transition, as in Mistral (" + place.describe() + ")",
                  "Make it a list: " + std::string(place.attribute) + ": [{" +
                      std::string(node.entries()[0].key.substr(0, 80)) + ": …}].");
}

constexpr AttributeRow ignored_row(std::string_view name) { return {name, Form::kAny, "Accepted and ignored."}; }

constexpr Attribute<PublishSpec> kPublishTable[] = {
    {{"branch", Form::kDict, "Variables that the tasks after this one see."},
     [](ParseContext& context, Field& field, PublishSpec& spec) { spec.branch = parse_publish(context, field); }},
    {{"global", Form::kDict, "Variables that all tasks see."},
     [](ParseContext& context, Field& field, PublishSpec& spec) { spec.global = parse_publish(context, field); }},
    {{"atomic", Form::kDict, "Accepted and ignored, as in Mistral; only its syntax counts."},
     [](ParseContext& context, Field& field, PublishSpec&) { (void)parse_publish(context, field); }},
    {ignored_row("name")},
    {ignored_row("version")},
    {ignored_row("description")},
    {ignored_row("tags")},
};

constexpr Attribute<ClauseSpec> kClauseTable[] = {
    {{"next", Form::kNode, "The tasks or commands to go on with.",
      "a task name, a command, or a list of names and {name: condition}"},
     parse_next},
    {{"publish", Form::kNode, "Variables to publish, by scope.", "a mapping of branch and global"}, parse_scopes},
};

}  // namespace

AttributeTable<PublishSpec> publish_table() { return kPublishTable; }
AttributeTable<ClauseSpec> clause_table() { return kClauseTable; }

EngineCommand engine_command(std::string_view word) {
  if (word == "noop") return EngineCommand::kNoop;
  if (word == "fail") return EngineCommand::kFail;
  if (word == "succeed") return EngineCommand::kSucceed;
  if (word == "pause") return EngineCommand::kPause;
  return EngineCommand::kNone;
}

std::vector<std::pair<std::string, Template>> parse_publish(ParseContext& context, const Field& field) {
  std::vector<std::pair<std::string, Template>> variables;
  variables.reserve(field.value.size());
  // The value's members are the node's entries unless two keys became one (1 and "1").
  const auto entries = field.node->entries();
  const bool parallel = entries.size() == field.value.size();
  std::size_t number = 0;
  for (const auto& [name, value] : field.value.get_ref<const Value::object_t&>()) {
    variables.emplace_back(
        name, parallel ? context.compile(entries[number].value, value, 1) : context.compile(value, field.mark, 1));
    ++number;
  }
  return variables;
}

void parse_clause(ParseContext& context, const YamlNode& node, const Place& place, ClauseSpec& clause) {
  clause.declared = true;
  if (node.is_sequence()) {
    parse_list(context, node, place, clause.next);
  } else if (!node.is_mapping()) {
    parse_entry(context, node, place, clause.next);
  } else if (node.find("next") || node.find("publish")) {
    parse_object(context, node, clause_table(), {}, place, clause);
  } else if (node.count == 1) {
    parse_bare_mapping(context, node, place);
  } else {
    reject(context, node, place);
  }
}

}  // namespace foehn::dsl
