// The expressions of ad-hoc actions: inputs that are not there (W310), unknown functions (W313) and members (W335), and
// inputs with blanks in their names (W332) or that nothing reads (W333). `base` and `base-input` see the inputs,
// `output` sees the result of the base alone.
#include "dsl/lint/subject.h"
#include "dsl/parse/words.h"

namespace foehn::dsl::lint_detail {
namespace {

// What the texts of one action may read: their words; everything, if one takes all variables at once – `$` or `_`
// without a name, or a method of `$` such as `$.keys()`.
class Words {
 public:
  void add(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '$') all_ = all_ || !names_one(text, at + 1);
      if (!is_word(text[at])) continue;
      const std::size_t begin = at;
      while (at + 1 < text.size() && is_word(text[at + 1])) ++at;
      const std::string_view word = text.substr(begin, at + 1 - begin);
      if (word == "_") all_ = all_ || !names_one(text, at + 1);
      words_.emplace(word);
    }
  }
  bool contains(const std::string& name) const { return all_ || words_.contains(name); }

 private:
  // Whether `.name` or `.get(name…)` stands at `at`, or a word: `$item` is no input.
  static bool names_one(std::string_view text, std::size_t at) {
    if (at < text.size() && is_word(text[at])) return true;
    if (at >= text.size() || text[at] != '.') return false;
    std::size_t end = at + 1;
    while (end < text.size() && is_word(text[end])) ++end;
    return end > at + 1 && (end == text.size() || text[end] != '(' || text.substr(at + 1, end - at - 1) == "get");
  }

  std::unordered_set<std::string> words_;
  bool all_ = false;
};

class AdhocAction {
 public:
  AdhocAction(const AdhocActionSpec& action, const YamlNode& body, Reporter& reporter)
      : action_(action), body_(body), reporter_(reporter) {
    std::vector<std::string> names;
    for (const InputSpec& input : action.input) names.push_back(input.name);
    names_.insert(names.begin(), names.end());
    nearest_ = Suggester(std::move(names));
  }

  void check() {
    for (const YamlEntry& entry : body_.entries()) {
      if (entry.key != "base" && entry.key != "base-input" && entry.key != "output") continue;
      std::vector<const YamlNode*> scalars;
      scalars_below(entry.value, scalars);
      for (const YamlNode* scalar : scalars)
        if (has_expression(scalar->text)) check_text(*scalar, entry.key);
    }
    check_input_names(action_.input, reporter_);
    for (const InputSpec& input : action_.input) check_used(input);
  }

 private:
  std::string where(std::string_view attribute) const {
    return " ('" + std::string(attribute) + "' of action '" + action_.name.substr(0, 80) + "')";
  }

  void check_text(const YamlNode& scalar, std::string_view attribute) {
    const Mentions mentions = find_mentions(scalar.text);
    for (const Mention& mention : mentions.functions)
      reporter_.warn("W313", reporter_.place(scalar, mention.offset), function_message(mention) + where(attribute),
                     function_hint(mention));
    for (const Mention& mention : mentions.members)
      reporter_.warn("W335", reporter_.place(scalar, mention.offset),
                     "there is no " + mention.name.substr(0, 80) + where(attribute), mention.hint);
    if (attribute == "output") return;
    words_.add(scalar.text);
    for (const Mention& mention : mentions.reads) {
      if (names_.contains(mention.name) || mention.name.starts_with("__") || mention.name == "openstack") continue;
      const std::string hint = nearest_.suggest(mention.name);
      words_.add(hint);  // the input that is meant has its reader
      reporter_.warn("W310", reporter_.place(scalar, mention.offset),
                     "the variable '" + mention.name.substr(0, 80) + "' is no input of the action" + where(attribute),
                     hint.empty() ? "Declare it under 'input'; else it is there only if the calling task has it."
                                  : hint);
    }
  }

  void check_used(const InputSpec& input) {
    if (has_space(input.name) || words_.contains(input.name)) return;  // W332 tells of blanks
    reporter_.warn("W333", input.mark,
                   "nothing reads the input '" + input.name.substr(0, 80) + "' (action '" +
                       action_.name.substr(0, 80) + "')",
                   "Pass it on under 'base-input', or remove it.");
  }

  const AdhocActionSpec& action_;
  const YamlNode& body_;
  Reporter& reporter_;
  std::unordered_set<std::string> names_;
  Suggester nearest_{{}};
  Words words_;  // of the texts that see the inputs
};

}  // namespace

void check_adhoc_actions(const ParsedDocument& document, Reporter& reporter) {
  for (std::size_t i = 0; i < document.actions.size() && !reporter.full(); ++i)
    AdhocAction(document.actions[i], *document.action_bodies[i], reporter).check();
}

}  // namespace foehn::dsl::lint_detail
