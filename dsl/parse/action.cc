// Ad-hoc actions (dsl.md §11).
#include "dsl/parse/shorthand.h"
#include "dsl/parse/tables.h"

namespace foehn::dsl {
namespace {

constexpr Attribute<AdhocActionSpec> kActionTable[] = {
    {{"name", Form::kAny, "Ignored; the key of the action is its name."}},
    {{"version", Form::kAny, "Ignored; the version of the document counts."}},
    {{"base", Form::kText, "The action to run, with inline parameters.", {}, FlowScope::kBoth, true},
     [](ParseContext& context, Field& field, AdhocActionSpec& action) {
       if (auto call = parse_call(context, {field.node->text, field.mark, field.node}, field.place))
         action.base = std::move(*call);
     }},
    {{"base-input", Form::kDict, "Parameters of the base action; inline ones win."},
     [](ParseContext& context, Field& field, AdhocActionSpec& action) { action.base_input = field.compile(context); }},
    {{"input", Form::kInputs, "Parameters: names, and {name: default}."},
     [](ParseContext&, Field& field, AdhocActionSpec& action) { action.input = parse_inputs(field); }},
    {{"output", Form::kAny, "What to make of the result of the base action."},
     [](ParseContext& context, Field& field, AdhocActionSpec& action) {
       if (!field.value.is_null()) action.output = field.compile(context);
     }},
    {{"description", Form::kText, "What the action is for."},
     [](ParseContext&, Field& field, AdhocActionSpec& action) { action.description = field.text(); }},
    {{"tags", Form::kTags, "Words to find the action by."},
     [](ParseContext&, Field& field, AdhocActionSpec& action) { action.tags = to_texts(field.value); }},
};

}  // namespace

AttributeTable<AdhocActionSpec> action_table() { return kActionTable; }

void parse_action(ParseContext& context, const YamlEntry& entry, AdhocActionSpec& action) {
  action.name = std::string(entry.key);
  accept_name(context, entry, "action");
  const Place place{"action", entry.key, {}, entry.key_mark};
  if (!entry.value.is_mapping() || entry.value.count == 0) {
    accept_mapping(context, entry.value, place);
    return;
  }
  parse_object(context, entry.value, action_table(), {}, place, action);
  action.raw = to_value(entry.value);
  action.raw["name"] = action.name;
  action.raw["version"] = "2.0";
}

}  // namespace foehn::dsl
