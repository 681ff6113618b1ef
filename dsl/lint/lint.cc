#include "dsl/lint/lint.h"

#include "dsl/lint/subject.h"
#include "dsl/yaml/reader.h"

namespace foehn::dsl {
namespace {

using namespace lint_detail;

// The actions of the catalog and the ad-hoc ones of all documents.
class JoinedCatalog final : public ActionCatalog {
 public:
  explicit JoinedCatalog(const ActionCatalog& base) : base_(base) {}
  void add(const AdhocActionSpec& action) {
    ActionSignature signature;
    for (const InputSpec& input : action.input)
      signature.parameters.push_back({input.name, !input.default_value.has_value()});
    own_[action.name] = std::move(signature);
    names_.push_back(action.name);
  }
  std::optional<ActionSignature> signature(std::string_view action) const override {
    const auto own = own_.find(std::string(action));
    return own != own_.end() ? own->second : base_.signature(action);
  }
  std::vector<std::string> action_names() const override {
    std::vector<std::string> names = base_.action_names();
    names.insert(names.end(), names_.begin(), names_.end());
    return names;
  }

 private:
  const ActionCatalog& base_;
  std::unordered_map<std::string, ActionSignature> own_;
  std::vector<std::string> names_;
};

void check_workflow(const ParsedWorkflow& workflow, const WorkflowGraph& graph, const Workflows& all,
                    const std::unordered_set<std::string>& elsewhere, Reporter& reporter) {
  if (!workflow.body || !workflow.body->is_mapping()) return;
  const Subject subject = make_subject(workflow, graph);
  check_variables(subject, reporter);
  check_names(subject, reporter);
  check_joins(subject, reporter);
  check_loops(subject, reporter);
  check_habits(subject, reporter);
  check_calls(subject, all, elsewhere, reporter);
}

// By name: the path of the first document that has it.
using Homes = std::unordered_map<std::string, const std::string*>;

// Workflows that another document has, too, and ad-hoc actions with the name of another action.
void check_shared_names(const ParsedDocument& document, const std::string& path, const Homes& homes,
                        const ActionCatalog* catalog, Reporter& reporter) {
  for (const ParsedWorkflow& workflow : document.workflows) {
    const auto home = homes.find(workflow.spec.name);
    if (home == homes.end() || *home->second == path) continue;
    reporter.warn("W334", workflow.spec.mark,
                  "the workflow '" + workflow.spec.name.substr(0, 80) + "' is defined in " + *home->second + ", too",
                  "Only one of them can be stored in a namespace: rename one, or keep them in two namespaces.");
  }
  for (std::size_t i = 0; catalog && i < document.actions.size(); ++i)
    if (catalog->signature(document.actions[i].name))
      reporter.warn("W334", document.action_bodies[i]->mark,
                    "the ad-hoc action '" + document.actions[i].name.substr(0, 80) +
                        "' has the name of a built-in action",
                    "Give it another name.");
}

}  // namespace

bool is_definition(std::string_view text) {
  constexpr std::string_view kKey = "version:";
  for (std::size_t at = text.find(kKey); at != text.npos; at = text.find(kKey, at + 1)) {
    const bool quoted = at > 0 && (text[at - 1] == '\'' || text[at - 1] == '"');
    const std::size_t begin = quoted ? at - 1 : at;
    if (begin == 0 || text[begin - 1] == '\n' || text.substr(0, begin) == "\xEF\xBB\xBF") return true;
  }
  return text.starts_with("{");
}

DocumentKind detect_kind(std::string_view text) {
  Diagnostics ignored;
  const auto yaml = read_yaml(text, ignored);
  if (!yaml) return DocumentKind::kWorkflows;
  const YamlNode& root = yaml->root();
  const YamlEntry* name = root.find("name");
  if (name && name->value.is_scalar() && (root.find("workflows") || root.find("actions")))
    return DocumentKind::kWorkbook;
  for (const YamlEntry& entry : root.entries())
    if (entry.value.find("base") && !entry.value.find("tasks")) return DocumentKind::kActions;
  return DocumentKind::kWorkflows;
}

std::vector<LintFindings> lint(const LintInput& input) {
  std::vector<LintFindings> findings;
  std::vector<Analysis> analyses;
  std::optional<JoinedCatalog> catalog;
  if (input.catalog) catalog.emplace(*input.catalog);
  for (const LintDocument& document : input.documents) {
    findings.push_back({detect_kind(document.text), {}});
    if (!catalog || findings.back().kind == DocumentKind::kWorkflows) continue;
    // With its mistakes: an action that cannot be read is there all the same.
    const Analysis analysis = analyze(document.text, findings.back().kind, nullptr, kStoredBounds);
    for (const AdhocActionSpec& action : analysis.document.actions) catalog->add(action);
  }
  for (std::size_t i = 0; i < input.documents.size(); ++i)
    analyses.push_back(
        analyze(input.documents[i].text, findings[i].kind, catalog ? &*catalog : nullptr, kStoredBounds));

  Workflows workflows;
  Homes homes;
  for (std::size_t k = 0; k < analyses.size(); ++k) {
    const Analysis& analysis = analyses[k];
    for (std::size_t i = 0; i < analysis.document.workflows.size() && i < analysis.graphs.size(); ++i) {
      const WorkflowSpec& spec = analysis.document.workflows[i].spec;
      workflows.emplace(spec.name, KnownWorkflow{&spec, &analysis.graphs[i]});
      homes.emplace(spec.name, &input.documents[k].path);
    }
  }
  const std::unordered_set<std::string> elsewhere(input.known_workflows.begin(), input.known_workflows.end());
  for (std::size_t i = 0; i < analyses.size(); ++i) {
    const Analysis& analysis = analyses[i];
    Diagnostics found = analysis.diagnostics;
    if (analysis.yaml) {
      Reporter reporter(found, input.documents[i].text, analysis.dropped);
      check_texts(analysis.yaml->root(), reporter);
      check_shared_names(analysis.document, input.documents[i].path, homes, input.catalog, reporter);
      check_adhoc_actions(analysis.document, reporter);
      for (std::size_t k = 0; k < analysis.graphs.size(); ++k)
        if (analysis.document.workflows[k].edges != Edges::kLost)
          check_workflow(analysis.document.workflows[k], analysis.graphs[k], workflows, elsewhere, reporter);
    }
    arrange(found);
    findings[i].diagnostics = std::move(found);
  }
  return findings;
}

}  // namespace foehn::dsl
