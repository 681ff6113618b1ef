// Names inside of expressions (W313, W314, W335), conditions that are none (W317), results that are forgotten (W327),
// names that are hard to use (W332) or in each other's way (W334; of workflows and actions: lint.cc).
#include <algorithm>

#include "dsl/expr/parts.h"
#include "dsl/lint/subject.h"
#include "dsl/parse/words.h"
#include "dsl/yaml/to_value.h"

namespace foehn::dsl::lint_detail {
namespace {

bool is_condition(const Site& site) {
  constexpr std::string_view kConditions[] = {"on-success", "on-error",     "on-complete", "on-skip",
                                              "fail-on",    "pause-before", "retry"};
  const bool listed =
      std::find(std::begin(kConditions), std::end(kConditions), site.attribute) != std::end(kConditions);
  return listed && site.moment != Moment::kPublish && is_whole_expression(site.node->text);
}

// `<% a %> and <% b %>`: passes for one expression, and is a text.
bool joins_texts(std::string_view text) {
  if (expr::language_of(text) == expr::Language::kYaql) return expr::split_yaql(text).size() > 1;
  return expr::language_of(text) == expr::Language::kJinja && text.find("{%") == text.npos &&
         text.find("}}") != text.size() - 2 && expr::whole_jinja(text).empty();
}

std::string where(const Subject& subject, const Site& site) {
  std::string text = " ('" + std::string(site.attribute) + "'";
  if (site.task != kNoTask) text += " of task '" + subject.spec.tasks[site.task].name.substr(0, 80) + "'";
  return text + ")";
}

void check_task_names(const Subject& subject, const Site& site, const std::vector<std::string>& names,
                      Reporter& reporter) {
  for (const Mention& mention : site.mentions.tasks) {
    if (subject.graph.find(mention.name)) continue;
    const std::string nearest = nearest_name(mention.name, names);
    reporter.warn(
        "W314", reporter.place(*site.node, mention.offset),
        "task() names '" + mention.name.substr(0, 80) + "', and this workflow has no such task" + where(subject, site),
        nearest.empty() ? "task() without a name means the task itself." : "Did you mean '" + nearest + "'?");
  }
}

void check_results(const Subject& subject, const Site& site, Reporter& reporter) {
  for (const Mention& mention : site.mentions.results) {
    const auto task = subject.graph.find(mention.name);
    if (!task || subject.spec.tasks[*task].keep_result || subject.spec.tasks[*task].workflow) continue;
    // The task's own `publish` still sees it: the result is destroyed afterwards.
    if (site.task == *task && (site.moment == Moment::kPublish || site.moment == Moment::kEnd)) continue;
    reporter.warn("W327", reporter.place(*site.node, mention.offset),
                  "the result of task '" + mention.name + "' is null here, because it has 'keep-result: false'" +
                      where(subject, site),
                  "Publish what is needed in that task, or remove 'keep-result'.");
  }
}

// Mistral accepts them, and then hardly anything can refer to them.
void check_spelling(const Subject& subject, Reporter& reporter) {
  for (const TaskSpec& task : subject.spec.tasks) {
    if (task.name.empty()) {
      reporter.warn("W332", task.mark, "a task has an empty name", "Give it one that says what the task does.");
    } else if (has_space(task.name) && subject.spec.type == WorkflowType::kDirect) {
      reporter.warn("W332", task.mark, "the task name " + shown_text(task.name) + " has blanks",
                    "On-clauses cannot name it: write it with _ or -.");
    }
  }
  check_input_names(subject.spec.input, reporter);
}

// What a condition of one word may mean.
std::string word_hint(const std::string& word) {
  if (word == "True" || word == "False") return "Write it in small letters: <% true %>, <% false %>.";
  if (word == "None") return "YAQL calls it null: <% $.name = null %>.";
  return "Variables begin with $: write <% $." + word.substr(0, 80) + " %>.";
}

bool reads(const YamlNode& node, std::string_view name) {
  std::vector<const YamlNode*> scalars;
  scalars_below(node, scalars);
  for (const YamlNode* scalar : scalars) {
    if (!has_expression(scalar->text)) continue;
    const Mentions mentions = find_mentions(scalar->text);
    for (const auto* list : {&mentions.reads, &mentions.lookups})
      for (const Mention& mention : *list)
        if (mention.name == name) return true;
  }
  return false;
}

// Vars hide inputs. One that is made of the input of its name is meant to.
void check_vars(const Subject& subject, Reporter& reporter) {
  const YamlNode* vars = child(&subject.body, "vars");
  if (!vars || subject.spec.input.empty()) return;
  std::unordered_set<std::string_view> inputs;
  for (const InputSpec& input : subject.spec.input) inputs.insert(input.name);
  for (const YamlEntry& entry : vars->entries())
    if (inputs.contains(entry.key) && !reads(entry.value, entry.key))
      reporter.warn("W334", entry.key_mark,
                    "the var '" + std::string(entry.key.substr(0, 80)) + "' takes the place of the input of that name",
                    "Give the var another name: what callers give for the input is lost.");
}

}  // namespace

void check_input_names(const std::vector<InputSpec>& inputs, Reporter& reporter) {
  for (const InputSpec& input : inputs) {
    if (!has_space(input.name)) continue;
    const std::size_t equals = input.name.find('=');
    const std::string_view name = trimmed(std::string_view(input.name).substr(0, std::min(equals, input.name.size())));
    const bool with_default = equals != std::string::npos && !name.empty() && !has_space(name);
    reporter.warn("W332", input.mark, "the input is called " + shown_text(input.name) + ", a name with blanks",
                  with_default ? "A default is written with a colon: '" + std::string(name.substr(0, 80)) + ": …'."
                               : "Expressions read it as $.name: write it with _.");
  }
}

void check_names(const Subject& subject, Reporter& reporter) {
  std::vector<std::string> names;
  for (const TaskSpec& task : subject.spec.tasks) names.push_back(task.name);
  check_spelling(subject, reporter);
  check_vars(subject, reporter);
  for (const Site& site : subject.sites) {
    for (const Mention& mention : site.mentions.functions)
      reporter.warn("W313", reporter.place(*site.node, mention.offset),
                    function_message(mention) + where(subject, site), function_hint(mention));
    for (const Mention& mention : site.mentions.members)
      reporter.warn("W335", reporter.place(*site.node, mention.offset),
                    "there is no " + mention.name.substr(0, 80) + where(subject, site), mention.hint);
    for (const Mention& mention : site.mentions.capitals)
      reporter.warn("W317", reporter.place(*site.node, mention.offset),
                    "'" + mention.name + "' is a text here, not a constant" + where(subject, site), mention.hint);
    check_task_names(subject, site, names, reporter);
    check_results(subject, site, reporter);
    if (!is_condition(site)) continue;
    // With a blank behind it, it is a text with an expression in it (dsl.md, conditions), and no text is false.
    if (has_space(site.node->text.substr(site.node->text.size() - 1))) {
      reporter.warn("W317", reporter.place(*site.node, site.node->text.size() - 1),
                    "the condition is a text, because a blank follows the expression, and always true" +
                        where(subject, site),
                    "Remove the blank behind it.");
      continue;
    }
    if (joins_texts(site.node->text)) {
      reporter.warn("W317", site.node->text_mark(),
                    "the condition is a text with expressions in it, and always true" + where(subject, site),
                    "Write one expression: <% … and … %>.");
      continue;
    }
    for (const Mention& mention : site.mentions.constants) {
      const bool always = mention.name != "false";
      const bool policy = site.attribute == "pause-before";
      const std::string fate = policy ? "', and 'pause-before' fails without a boolean" : "' and always true";
      reporter.warn("W317", reporter.place(*site.node, mention.offset),
                    always ? "the condition is the text '" + mention.name.substr(0, 80) + fate + where(subject, site)
                           : "the condition is always false" + where(subject, site),
                    always ? word_hint(mention.name)
                           : "Remove the entry, or write the condition that is meant.");
    }
  }
}

}  // namespace foehn::dsl::lint_detail
