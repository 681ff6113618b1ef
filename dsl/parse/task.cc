// Tasks and task-defaults (dsl.md §2, §4–§6).
#include <algorithm>

#include "dsl/parse/shorthand.h"
#include "dsl/parse/tables.h"
#include "dsl/parse/words.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

constexpr std::string_view kWithItemsHint = "Write `var in <% list %>` or `var in [1, 2, \"a\"]`.";
constexpr std::size_t kShownBytesMax = 120;

// "host in $.hosts" lacks the delimiters only: the whole line as it should be.
std::string with_items_hint(std::string_view text) {
  constexpr std::string_view kIn = " in ";
  const std::size_t in = text.find(kIn);
  if (in == std::string_view::npos || text.size() > kShownBytesMax) return std::string(kWithItemsHint);
  const std::string head(text.substr(0, in + kIn.size()));
  const std::string_view collection = text.substr(in + kIn.size());
  if (collection.starts_with("$")) return "Write `" + head + "<% " + std::string(collection) + " %>`.";
  if (collection.starts_with("_.")) return "Write `" + head + "{{ " + std::string(collection) + " }}`.";
  const bool word = !collection.empty() && std::all_of(collection.begin(), collection.end(), is_word);
  if (word) return "Write `" + head + "<% $." + std::string(collection) + " %>` when it is a variable.";
  return std::string(kWithItemsHint);
}

void report_with_items(ParseContext& context, const Field& field, std::string_view text) {
  context.error("E210", field.mark,
                "Wrong format of 'with-items' property. Please use format 'var in {[some, list] | <% "
                "$.array %> }: " +
                    shown_text(text) + " (" + field.place.describe() + ")",
                with_items_hint(text));
}

// (\[.+\]|{{(.*?)}}|<%.*?%>) at `at`, on one line: its length, or 0. What follows it is ignored, as in Mistral.
std::size_t collection_length(std::string_view text, std::size_t at) {
  const std::string_view line = text.substr(at, text.find('\n', at) - at);
  if (line.substr(0, 1) == "[") {
    const std::size_t end = line.rfind(']');
    return end == std::string_view::npos || end < 2 ? 0 : end + 1;
  }
  const bool jinja = line.substr(0, 2) == "{{";
  if (!jinja && line.substr(0, 2) != "<%") return 0;
  const std::size_t end = line.find(jinja ? "}}" : "%>", 2);
  return end == std::string_view::npos ? 0 : end + 2;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// \s*([\w\d_\-]+)\s*in\s*(…): the word gives back letters until `in` fits, as the regular expression does.
bool split_with_items(std::string_view text, std::string_view& variable, std::size_t& collection) {
  const std::size_t begin = skip_space(text, 0);
  std::size_t end = begin;
  while (end < text.size() && (is_word(text[end]) || text[end] == '-')) ++end;
  const std::size_t last = end > begin + 3 ? end - 3 : begin;  // "in" can only reach two letters back
  for (; end > begin && end >= last; --end) {
    const std::size_t word = skip_space(text, end);
    if (text.substr(word, 2) != "in") continue;
    collection = skip_space(text, word + 2);
    if (collection_length(text, collection) == 0) continue;
    variable = text.substr(begin, end - begin);
    return true;
  }
  return false;
}

void parse_with_items(ParseContext& context, const Field& field, const YamlNode& node, TaskSpec& task) {
  const std::string_view text = node.text;
  const Mark mark = node.text_mark();
  std::string_view variable;
  std::size_t at = 0;
  if (!split_with_items(text, variable, at)) {
    Field part = field;
    part.mark = mark;
    report_with_items(context, part, text);
    return;
  }
  const std::string_view collection = text.substr(at, collection_length(text, at));
  Value value(std::string{collection});
  if (collection.front() == '[') {
    auto list = parse_json(collection);
    if (!list) {
      context.error("E210", context.place(node, at),
                    "Invalid array in 'with-items' clause: " + std::string(collection.substr(0, 120)) +
                        ", error: " + list.error().message + " (" + field.place.describe() + ")",
                    "The list must be JSON: texts in double quotes.");
      return;
    }
    value = std::move(*list);
  }
  task.with_items.push_back({std::string(variable), Line{text, mark, &node}.compile(context, value, at, 0)});
}

void store_with_items(ParseContext& context, Field& field, TaskSpec& task) {
  if (field.value.is_string()) {
    parse_with_items(context, field, *field.node, task);
    return;
  }
  for (const auto& item : field.node->items()) parse_with_items(context, field, item, task);
}

void store_call(ParseContext& context, Field& field, std::optional<CallSpec>& call) {
  call = parse_call(context, {field.node->text, field.mark, field.node}, field.place);
}

void store_join(ParseContext&, Field& field, TaskSpec& task) {
  if (field.value == "all") {
    task.join = {JoinSpec::Kind::kAll, 0};
  } else if (field.value == "one") {
    task.join = {JoinSpec::Kind::kCount, 1};
  } else if (const auto count = field.value.get<std::uint64_t>(); count != 0) {
    const std::uint64_t most = 0xFFFFFFFFU;
    task.join = {JoinSpec::Kind::kCount, static_cast<std::uint32_t>(std::min(count, most))};
  }
}

// Mistral never evaluates keep-result and safe-rerun: any expression counts as true.
bool raw_boolean(ParseContext& context, const Field& field) {
  if (field.value.is_boolean()) return field.value.get<bool>();
  field.compile(context);
  context.warning(
      "W224", field.mark,
      "the expression is never evaluated and counts as true, as in Mistral (" + field.place.describe() + ")",
      "Write true or false.");
  return true;
}

template <std::optional<Template> PolicySpec::*kMember, class Spec>
void store_policy(ParseContext& context, Field& field, Spec& spec) {
  spec.policies.*kMember = field.compile(context);
}

template <class Spec>
void store_retry(ParseContext& context, Field& field, Spec& spec) {
  parse_retry(context, field, spec.policies.retry);
}

template <Clause kClause, class Spec>
void store_clause(ParseContext& context, Field& field, Spec& spec) {
  parse_clause(context, *field.node, field.place, spec.clauses[static_cast<std::size_t>(kClause)]);
}

template <class Spec>
void store_requires(ParseContext&, Field& field, Spec& spec) {
  spec.requires_ = to_texts(field.value);
  spec.requires_marks.clear();
  for (const auto& item : field.node->items()) spec.requires_marks.push_back(item.text_mark());
  if (field.node->is_scalar()) spec.requires_marks.push_back(field.mark);
}

template <class Spec>
void store_safe_rerun(ParseContext& context, Field& field, Spec& spec) {
  spec.safe_rerun = raw_boolean(context, field);
}

constexpr std::string_view kClauseForms =
    "a task name, a command, a list of names and {name: condition}, "
    "or a mapping of next and publish";
constexpr std::string_view kRetryForms = "a mapping of count, delay, break-on and continue-on, or a line of them";

template <class Spec>
constexpr Attribute<Spec> clause_row(std::string_view name, std::string_view doc, FlowScope flows,
                                     void (*store)(ParseContext&, Field&, Spec&)) {
  return {{name, Form::kNode, doc, kClauseForms, flows}, store};
}

constexpr Attribute<TaskSpec> kTaskTable[] = {
    {{"name", Form::kAny, "Ignored; the key of the task is its name."}},
    {{"version", Form::kAny, "Ignored."}},
    {{"type", Form::kAny, "Ignored; the type of the workflow counts."}},
    {{"description", Form::kText, "What the task is for."},
     [](ParseContext&, Field& field, TaskSpec& task) { task.description = field.text(); }},
    {{"tags", Form::kTags, "Words to find the task's executions by."},
     [](ParseContext&, Field& field, TaskSpec& task) { task.tags = to_texts(field.value); }},
    {{"action", Form::kText, "The action to run, with inline parameters; std.noop when absent."},
     [](ParseContext& context, Field& field, TaskSpec& task) { store_call(context, field, task.action); }},
    {{"workflow", Form::kText, "The workflow to run, with inline parameters."},
     [](ParseContext& context, Field& field, TaskSpec& task) { store_call(context, field, task.workflow); }},
    {{"input", Form::kDictOrText, "Parameters of the action or workflow."},
     [](ParseContext& context, Field& field, TaskSpec& task) { task.input = field.compile(context); }},
    {{"with-items", Form::kNames, "Run once per item: `var in <% list %>`, or a list of such texts."},
     store_with_items},
    {{"publish", Form::kDict, "Variables set when the task succeeds."},
     [](ParseContext& context, Field& field, TaskSpec& task) { task.publish = parse_publish(context, field); }},
    {{"publish-on-error", Form::kDict, "Variables set when the task fails."},
     [](ParseContext& context, Field& field, TaskSpec& task) {
       task.publish_on_error = parse_publish(context, field);
     }},
    {{"publish-on-skip", Form::kDict, "Variables set when the task is skipped."},
     [](ParseContext& context, Field& field, TaskSpec& task) { task.publish_on_skip = parse_publish(context, field); }},
    {{"keep-result", Form::kBoolean, "false: forget the result after publishing."},
     [](ParseContext& context, Field& field, TaskSpec& task) { task.keep_result = raw_boolean(context, field); }},
    {{"target", Form::kText, "The host that runs the action."},
     [](ParseContext& context, Field& field, TaskSpec& task) { task.target = field.compile(context); }},
    {{"safe-rerun", Form::kBoolean, "true: the action may be run again after a crash."}, store_safe_rerun<TaskSpec>},
    {{"retry", Form::kNode, "Try again after an error.", kRetryForms}, store_retry<TaskSpec>},
    {{"wait-before", Form::kCount, "Seconds to wait before the task starts."},
     store_policy<&PolicySpec::wait_before, TaskSpec>},
    {{"wait-after", Form::kCount, "Seconds to wait after the task ends."},
     store_policy<&PolicySpec::wait_after, TaskSpec>},
    {{"timeout", Form::kCount, "Seconds after which the task fails."}, store_policy<&PolicySpec::timeout, TaskSpec>},
    {{"pause-before", Form::kBoolean, "Pause the workflow before the task starts."},
     store_policy<&PolicySpec::pause_before, TaskSpec>},
    {{"concurrency", Form::kCount, "How many items of with-items run at the same time."},
     store_policy<&PolicySpec::concurrency, TaskSpec>},
    {{"fail-on", Form::kBoolean, "Make a success an error when true."}, store_policy<&PolicySpec::fail_on, TaskSpec>},
    {{"join", Form::kJoin, "Start once all, one or N of the inbound tasks are done.", {}, FlowScope::kDirectOnly},
     store_join},
    clause_row<TaskSpec>("on-success", "What follows a success.", FlowScope::kDirectOnly,
                         store_clause<Clause::kSuccess, TaskSpec>),
    clause_row<TaskSpec>("on-error", "What follows an error.", FlowScope::kDirectOnly,
                         store_clause<Clause::kError, TaskSpec>),
    clause_row<TaskSpec>("on-complete", "What follows in any case.", FlowScope::kDirectOnly,
                         store_clause<Clause::kComplete, TaskSpec>),
    clause_row<TaskSpec>("on-skip", "What follows when the task is skipped.", FlowScope::kDirectOnly,
                         store_clause<Clause::kSkip, TaskSpec>),
    {{"requires", Form::kNames, "The tasks that must succeed before.", {}, FlowScope::kReverseOnly},
     store_requires<TaskSpec>},
};

constexpr Attribute<TaskDefaultsSpec> kTaskDefaultsTable[] = {
    {{"name", Form::kAny, "Ignored."}},
    {{"version", Form::kAny, "Ignored."}},
    {{"description", Form::kAny, "Ignored."}},
    {{"tags", Form::kAny, "Ignored."}},
    {{"retry", Form::kNode, "As in a task.", kRetryForms}, store_retry<TaskDefaultsSpec>},
    {{"wait-before", Form::kCount, "As in a task."}, store_policy<&PolicySpec::wait_before, TaskDefaultsSpec>},
    {{"wait-after", Form::kCount, "As in a task."}, store_policy<&PolicySpec::wait_after, TaskDefaultsSpec>},
    {{"timeout", Form::kCount, "As in a task."}, store_policy<&PolicySpec::timeout, TaskDefaultsSpec>},
    {{"pause-before", Form::kBoolean, "As in a task."}, store_policy<&PolicySpec::pause_before, TaskDefaultsSpec>},
    {{"concurrency", Form::kCount, "As in a task."}, store_policy<&PolicySpec::concurrency, TaskDefaultsSpec>},
    {{"fail-on", Form::kBoolean, "As in a task."}, store_policy<&PolicySpec::fail_on, TaskDefaultsSpec>},
    clause_row<TaskDefaultsSpec>("on-success", "For tasks without an own one.", FlowScope::kBoth,
                                 store_clause<Clause::kSuccess, TaskDefaultsSpec>),
    clause_row<TaskDefaultsSpec>("on-error", "For tasks without an own one.", FlowScope::kBoth,
                                 store_clause<Clause::kError, TaskDefaultsSpec>),
    clause_row<TaskDefaultsSpec>("on-complete", "For tasks without an own one.", FlowScope::kBoth,
                                 store_clause<Clause::kComplete, TaskDefaultsSpec>),
    clause_row<TaskDefaultsSpec>("on-skip", "For tasks without an own one.", FlowScope::kBoth,
                                 store_clause<Clause::kSkip, TaskDefaultsSpec>),
    {{"safe-rerun", Form::kBoolean, "As in a task."}, store_safe_rerun<TaskDefaultsSpec>},
    {{"requires", Form::kNames, "Added to the requires of every task."}, store_requires<TaskDefaultsSpec>},
};

void check_name_length(ParseContext& context, const TaskSpec& task) {
  const bool join = task.join.kind != JoinSpec::Kind::kNone;
  const std::size_t most = join ? limits::kJoinNameLengthMax : limits::kNameLengthMax;
  if (text_length(task.name) <= most) return;
  context.error("E207", task.mark,
                "The length of a '" + task.name.substr(0, 300) + "' " + (join ? "join " : "") +
                    "task name must not exceed " + std::to_string(most) + " symbols",
                "Give it a shorter name; what it does can stand in 'description'.");
}

void check_inline_input(ParseContext& context, const TaskSpec& task) {
  const auto& call = task.action ? task.action : task.workflow;
  if (!call || !task.input || !task.input->source().is_object()) return;
  for (const auto& [name, value] : call->inline_input) {
    if (!find(task.input->source(), name)) continue;
    context.warning(
        "W226", call->mark,
        "'" + name + "' is given inline and under 'input'; the inline value counts (task '" + task.name + "')",
        "Remove one of them.");
  }
}

}  // namespace

std::string_view to_string(Clause clause) {
  switch (clause) {
    case Clause::kSuccess: return "on-success";
    case Clause::kError: return "on-error";
    case Clause::kComplete: return "on-complete";
    case Clause::kSkip: return "on-skip";
  }
  return "";
}

AttributeTable<TaskSpec> task_table() { return kTaskTable; }
AttributeTable<TaskDefaultsSpec> task_defaults_table() { return kTaskDefaultsTable; }

void parse_task(ParseContext& context, const YamlEntry& entry, WorkflowType flow, TaskSpec& task) {
  task.name = std::string(entry.key);
  task.mark = entry.key_mark;
  const Place place{"task", entry.key, {}, entry.key_mark};
  if (!entry.value.is_mapping() || entry.value.count == 0) {
    accept_mapping(context, entry.value, place);
    return;
  }
  parse_object(context, entry.value, task_table(), {flow, false}, place, task);
  if (task.action && task.workflow) {
    context.error("E208", task.mark,
                  shown(to_value(entry.value)) +
                      " is valid under each of {'type': 'object', 'required': ['workflow']}, "
                      "{'type': 'object', 'required': ['action']} (" +
                      place.describe() + ")",
                  "A task runs an action or a workflow, not both.");
  }
  check_name_length(context, task);
  check_inline_input(context, task);
}

void parse_task_defaults(ParseContext& context, const Field& field, TaskDefaultsSpec& defaults) {
  if (!accept_mapping(context, *field.node, field.place)) return;
  const Place place{"task-defaults", {}, {}, field.key_mark};
  parse_object(context, *field.node, task_defaults_table(), {}, place, defaults);
}

}  // namespace foehn::dsl
