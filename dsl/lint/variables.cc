// Variables that are read but not there (W310–W312), item variables in the way of others (W319).
#include <algorithm>

#include "dsl/lint/subject.h"

namespace foehn::dsl::lint_detail {
namespace {

using Published = std::vector<std::pair<std::string, Template>>;

constexpr std::size_t kNamedMax = 3;  // tasks named in a hint

class Variables {
 public:
  Variables(const Subject& subject, Reporter& reporter) : subject_(subject), reporter_(reporter), spec_(subject.spec) {}

  void check() {
    collect();
    const std::size_t bits = numbers_.size();
    facts_ = follow_facts(subject_, bits, gains());
    for (const Site& site : subject_.sites) {
      for (const Mention& mention : site.mentions.reads) check_read(site, mention);
    }
    for (std::size_t i = 0; i < spec_.tasks.size(); ++i) check_items(i);
  }

 private:
  void collect() {
    for (const InputSpec& input : spec_.input) inputs_.insert(input.name);
    if (spec_.vars && spec_.vars->source().is_object())
      for (const auto& member : spec_.vars->source().get_ref<const Value::object_t&>()) fixed_.insert(member.first);
    for (const TaskSpec& task : spec_.tasks) {
      add_published(task, task.publish);
      add_published(task, task.publish_on_error);
      add_published(task, task.publish_on_skip);
      for (const ClauseSpec& clause : task.clauses) {
        add_published(task, clause.publish.branch);
        for (const auto& variable : clause.publish.global) fixed_.insert(variable.first);
      }
      for (const WithItemsSpec& items : task.with_items) item_names_.insert(items.variable);
    }
    for (const InputSpec& input : spec_.input) names_.push_back(input.name);
    names_.insert(names_.end(), fixed_.begin(), fixed_.end());
    for (const auto& [name, publishers] : publishers_) names_.push_back(name);
    std::sort(names_.begin(), names_.end());
  }

  void add_published(const TaskSpec& task, const Published& variables) {
    for (const auto& variable : variables) {
      numbers_.emplace(variable.first, numbers_.size());
      auto& publishers = publishers_[variable.first];
      if (publishers.empty() || publishers.back() != task.name) publishers.push_back(task.name);
    }
  }

  Bits bits_of(std::initializer_list<const Published*> lists) const {
    Bits bits(numbers_.size() / 64 + 1, 0);
    for (const Published* list : lists)
      for (const auto& variable : *list) set(bits, numbers_.at(variable.first));
    return bits;
  }

  static Bits both(Bits left, const Bits& right, bool either) {
    for (std::size_t i = 0; i < left.size(); ++i) left[i] = either ? left[i] | right[i] : left[i] & right[i];
    return left;
  }

  // dsl.md §3.5: what each outcome publishes.
  std::vector<std::array<Gains, kClauseCount>> gains() {
    const bool many = numbers_.size() / 64 * spec_.tasks.size() > 4'000'000;  // follow_facts() refuses it, too
    if (many) return {};
    for (const TaskSpec& task : spec_.tasks) {
      const auto branch = [&](Clause clause) { return &task.clauses[static_cast<std::size_t>(clause)].publish.branch; };
      const Bits success = bits_of({&task.publish, branch(Clause::kSuccess), branch(Clause::kComplete)});
      const Bits error = bits_of({&task.publish_on_error, branch(Clause::kError), branch(Clause::kComplete)});
      const Bits skip = bits_of({&task.publish_on_skip, branch(Clause::kSkip)});
      std::array<Gains, kClauseCount> all;
      all[static_cast<std::size_t>(Clause::kSuccess)] = {success, success};
      all[static_cast<std::size_t>(Clause::kError)] = {error, error};
      all[static_cast<std::size_t>(Clause::kComplete)] = {both(success, error, false), both(success, error, true)};
      all[static_cast<std::size_t>(Clause::kSkip)] = {skip, skip};
      gains_.push_back(std::move(all));
    }
    return gains_;
  }

  void check_read(const Site& site, const Mention& mention) {
    const std::string& name = mention.name;
    if (name.starts_with("__") || name == "openstack" || inputs_.contains(name)) return;
    if (site.moment == Moment::kVars) {
      if (fixed_.contains(name))
        report("W311", site, mention, "the variable '" + name + "' is not there yet",
               "Vars are computed all at once and see inputs only; compute it from the inputs.");
    } else if (fixed_.contains(name)) {
      return;
    }
    if (site.moment == Moment::kItem && is_item(site.task, name)) return;
    const auto number = numbers_.find(name);
    if (number == numbers_.end() || site.moment == Moment::kVars) {
      if (!fixed_.contains(name)) report_undefined(site, mention);
      return;
    }
    if (site.task != kNoTask && facts_.complete) check_path(site, mention, number->second);
  }

  bool is_item(std::size_t task, const std::string& name) const {
    const auto& items = spec_.tasks[task].with_items;
    return std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.variable == name; });
  }

  void report_undefined(const Site& site, const Mention& mention) {
    const std::string nearest = nearest_name(mention.name, names_);
    std::string hint = nearest.empty() ? "Declare it under 'input' or 'vars', or let a task publish it."
                                       : "Did you mean '" + nearest + "'?";
    const auto is_named = [&](const TaskSpec& task) { return task.name == mention.name; };
    if (std::any_of(spec_.tasks.begin(), spec_.tasks.end(), is_named))
      hint = "It is a task: its result is task(" + mention.name + ").result.";
    if (item_names_.contains(mention.name))
      hint = "It is a variable of 'with-items': only action, workflow, input and target of that task see it.";
    if (numbers_.contains(mention.name)) hint = "Only a task publishes it, and vars are computed before any task runs.";
    report("W310", site, mention,
           "the variable '" + mention.name + "' is defined nowhere: it is no input, no var, and no task publishes it",
           std::move(hint));
  }

  // What the text sees besides what was there when the task started.
  const Gains* own_gains(const Site& site) const {
    const auto of = [&](Clause clause) { return &gains_[site.task][static_cast<std::size_t>(clause)]; };
    switch (site.moment) {
      case Moment::kOnSuccess: return of(Clause::kSuccess);
      case Moment::kOnError: return of(Clause::kError);
      case Moment::kOnComplete:
      case Moment::kEnd: return of(Clause::kComplete);
      case Moment::kOnSkip: return of(Clause::kSkip);
      default: return nullptr;
    }
  }

  void check_path(const Site& site, const Mention& mention, std::size_t number) {
    const Gains* own = own_gains(site);
    const bool may = lint_detail::test(facts_.may[site.task], number) || (own && lint_detail::test(own->may, number));
    const bool lenient = site.moment == Moment::kEnd && own && lint_detail::test(own->may, number);
    const bool must =
        lint_detail::test(facts_.must[site.task], number) || (own && lint_detail::test(own->must, number)) || lenient;
    if (must) return;
    const std::string who = publishers(mention.name);
    const bool itself =
        publishers_.at(mention.name).size() == 1 && publishers_.at(mention.name)[0] == spec_.tasks[site.task].name;
    if (!may) {
      report("W311", site, mention, "the variable '" + mention.name + "' never reaches this place",
             itself ? "The task publishes it itself, but only when it ends, and not for this."
                    : "It is published by " + who + ", and no way leads from there to here" +
                          (spec_.type == WorkflowType::kReverse ? "; add that task to 'requires'." : "."));
      return;
    }
    report("W312", site, mention, "the variable '" + mention.name + "' is not there on every way to this place",
           "It is published by " + who + "; publish it on the other ways as well, set it in 'vars', or read it with " +
               "$.get(" + mention.name + ", null).");
  }

  std::string publishers(const std::string& name) const {
    const auto& tasks = publishers_.at(name);
    std::string text;
    for (std::size_t i = 0; i < tasks.size() && i < kNamedMax; ++i)
      text.append(i == 0 ? "" : ", ").append("'").append(tasks[i].substr(0, 80)).append("'");
    return tasks.size() > kNamedMax ? text + " and others" : text;
  }

  void report(std::string_view code, const Site& site, const Mention& mention, std::string message, std::string hint) {
    std::string where = " ('" + std::string(site.attribute) + "'";
    if (site.task != kNoTask) where += " of task '" + spec_.tasks[site.task].name.substr(0, 80) + "'";
    reporter_.warn(code, reporter_.place(*site.node, mention.offset), std::move(message) + where + ")",
                   std::move(hint));
  }

  void check_items(std::size_t task) {
    for (const WithItemsSpec& items : spec_.tasks[task].with_items) {
      const auto number = numbers_.find(items.variable);
      const bool overwritten =
          number != numbers_.end() && facts_.complete && lint_detail::test(facts_.may[task], number->second);
      const bool hides = inputs_.contains(items.variable) || fixed_.contains(items.variable);
      if (!overwritten && !hides) continue;
      const YamlNode* node = child(subject_.tasks[task], "with-items");
      reporter_.warn("W319", node ? node->text_mark() : spec_.tasks[task].mark,
                     overwritten
                         ? "the published variable '" + items.variable +
                               "' takes the place of the item variable of the same name (task '" +
                               spec_.tasks[task].name + "')"
                         : "the item variable '" + items.variable +
                               "' hides the input or var of the same name (task '" + spec_.tasks[task].name + "')",
                     "Give the item variable another name.");
    }
  }

  const Subject& subject_;
  Reporter& reporter_;
  const WorkflowSpec& spec_;
  std::unordered_set<std::string> inputs_;
  std::unordered_set<std::string> fixed_;  // vars and globals: there from some moment on, for every task
  std::unordered_set<std::string> item_names_;
  std::unordered_map<std::string, std::size_t> numbers_;  // of published variables
  std::unordered_map<std::string, std::vector<std::string>> publishers_;
  std::vector<std::string> names_;
  std::vector<std::array<Gains, kClauseCount>> gains_;
  Facts facts_;
};

}  // namespace

void check_variables(const Subject& subject, Reporter& reporter) { Variables(subject, reporter).check(); }

}  // namespace foehn::dsl::lint_detail
