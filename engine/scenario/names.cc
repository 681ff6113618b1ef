#include "engine/scenario/names.h"

#include <set>

namespace foehn::scenario {
namespace {

class Names {
 public:
  Names(const Program& program, const dsl::ActionCatalog& catalog) : catalog_(catalog) {
    for (const dsl::Compiled& document : program.documents) {
      for (const dsl::DefinitionPtr& definition : document.workflows)
        for (const dsl::TaskSpec& task : definition->spec.tasks) add_task(definition->spec.name, task);
      for (const dsl::AdhocActionSpec& action : document.actions) {
        actions_.insert(action.name);
        add_call(action.base);
      }
    }
  }

  Diagnostics check(const Suite& suite) {
    check_scripts(suite.given);
    for (const Case& one : suite.cases) {
      check_scripts(one.given);
      for (const NeverTask& task : one.never) check_task("'never'", task.name, task.mark);
    }
    return std::move(diagnostics_);
  }

 private:
  void add_task(const std::string& workflow, const dsl::TaskSpec& task) {
    tasks_.insert(task.name);
    tasks_.insert(workflow + "." + task.name);
    if (task.action) add_call(*task.action);
  }

  void add_call(const dsl::CallSpec& call) {
    if (call.name.is_literal() && call.name.source().is_string()) {
      actions_.insert(call.name.source().get<std::string>());
    } else {
      computed_ = true;
    }
  }

  void check_scripts(const Scripts& scripts) {
    for (const auto& [name, script] : scripts.tasks) check_task("'given'", name, script.mark);
    for (const auto& [name, script] : scripts.actions) {
      // A computed name may be any.
      if (computed_ || actions_.contains(name) || catalog_.signature(name)) continue;
      std::vector<std::string> known = catalog_.action_names();
      known.insert(known.end(), actions_.begin(), actions_.end());
      report("'given' names the action '" + name + "', which no workflow of this file calls", name, known, script.mark);
    }
  }

  void check_task(const std::string& where, const std::string& name, Mark mark) {
    if (!tasks_.contains(name))
      report(where + " names the task '" + name + "', which no workflow of this file has", name,
             {tasks_.begin(), tasks_.end()}, mark);
  }

  void report(std::string message, const std::string& name, const std::vector<std::string>& known, Mark mark) {
    const std::string near = nearest_name(name, known);
    diagnostics_.push_back({"T105", Severity::kError, mark, std::move(message),
                            near.empty() ? "Check the spelling." : "Did you mean '" + near + "'?"});
  }

  std::set<std::string> tasks_;
  std::set<std::string> actions_;
  bool computed_ = false;  // some action's name is an expression
  const dsl::ActionCatalog& catalog_;
  Diagnostics diagnostics_;
};

}  // namespace

Diagnostics check_names(const Suite& suite, const Program& program, const dsl::ActionCatalog& catalog) {
  return Names(program, catalog).check(suite);
}

}  // namespace foehn::scenario
