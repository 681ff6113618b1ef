// retry in both its forms (dsl.md §4); the other policies are plain rows of the task's table.
#include "dsl/parse/shorthand.h"
#include "dsl/parse/tables.h"

namespace foehn::dsl {
namespace {

constexpr Attribute<RetrySpec> kRetryTable[] = {
    {{"count", Form::kCount, "How often to try again after the first time.", {}, FlowScope::kBoth, true},
     [](ParseContext& context, Field& field, RetrySpec& spec) { spec.count = field.compile(context); }},
    {{"delay", Form::kCount, "Seconds between two tries.", {}, FlowScope::kBoth, true},
     [](ParseContext& context, Field& field, RetrySpec& spec) { spec.delay = field.compile(context); }},
    {{"break-on", Form::kExpression, "Stop trying when true."},
     [](ParseContext& context, Field& field, RetrySpec& spec) { spec.break_on = field.compile(context); }},
    {{"continue-on", Form::kExpression, "Try again after a success as long as this is true."},
     [](ParseContext& context, Field& field, RetrySpec& spec) { spec.continue_on = field.compile(context); }},
};

void parse_one_line(ParseContext& context, const Field& field, RetrySpec& retry) {
  const auto& text = field.value.get_ref<const std::string&>();
  const Line line{text, field.mark, field.node};
  Shorthand call = parse_parameters(text, {});
  for (auto& parameter : call.parameters) {
    const Mark mark = line.at(context, parameter.offset);
    Field part{parameter.name, mark, mark, nullptr, std::move(parameter.value), field.place, field.place};
    parse_field(context, part, retry_table(), {}, retry);
  }
  if (!call.gaps.empty()) {
    context.warning("W220", line.at(context, call.gaps[0].offset),
                    shown_text(call.leftover()) + " is ignored (" + field.place.describe() + ")",
                    "Write count=3 delay=5 break-on=<% … %>.");
  }
  Place place = field.place;
  place.mark = field.mark;
  for (const std::string_view name : {"delay", "count"}) {
    bool given = false;
    for (const auto& parameter : call.parameters) given = given || parameter.name == name;
    if (given) continue;
    context.error("E201", field.mark, shown_text(name) + " is a required property (" + field.place.describe() + ")",
                  "Write count=3 delay=5.");
  }
}

}  // namespace

AttributeTable<RetrySpec> retry_table() { return kRetryTable; }

void parse_retry(ParseContext& context, const Field& field, std::optional<RetrySpec>& retry) {
  const YamlNode& node = *field.node;
  RetrySpec spec;
  if (node.is_mapping()) {
    Place place = field.place;
    place.mark = field.key_mark;
    for (const auto& entry : node.entries()) {
      Field part{entry.key, entry.key_mark, entry.value.text_mark(), &entry.value, {}, place, place};
      parse_field(context, part, retry_table(), {}, spec);
    }
    for (const auto& attribute : retry_table()) {
      if (!attribute.row.required || node.find(attribute.row.name)) continue;
      context.error("E201", field.key_mark,
                    shown_text(attribute.row.name) + " is a required property (" + place.describe() + ")",
                    missing_hint(attribute.row));
    }
  } else {
    Field text = field;
    text.value = to_value(node);
    if (!text.value.is_string() || text.value.get_ref<const std::string&>().empty()) {
      context.error("E203", node.mark,
                    shown(text.value) + " is not valid under any of the given schemas (" + field.place.describe() + ")",
                    "It must be a mapping of count, delay, break-on and continue-on, or a line of them.");
      return;
    }
    parse_one_line(context, text, spec);
  }
  retry = std::move(spec);
}

}  // namespace foehn::dsl
