#include "dsl/compile.h"

#include <algorithm>

#include "dsl/analysis.h"
#include "dsl/checksum.h"
#include "dsl/diagnostic_codes.h"
#include "dsl/parse/tables.h"
#include "dsl/validate/validate.h"
#include "dsl/yaml/reader.h"
#include "dsl/yaml/scalar.h"
#include "dsl/yaml/writer.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

ParsedDocument parse(ParseContext& context, const YamlNode& root, DocumentKind kind) {
  switch (kind) {
    case DocumentKind::kWorkflows: return parse_workflow_list(context, root);
    case DocumentKind::kActions: return parse_action_list(context, root);
    case DocumentKind::kWorkbook: return parse_workbook(context, root);
  }
  return {};
}

// The text of one workflow: the document itself when it holds nothing else, so that users get back what they wrote.
std::string source_of(const ParsedWorkflow& workflow, const Value& version) {
  Value document = Value::object();
  document["version"] = version;
  document[workflow.spec.name] = to_value(*workflow.body);
  return write_yaml(document);
}

void check(std::vector<ParsedWorkflow>& workflows, std::vector<WorkflowGraph>& graphs, ParseContext& context) {
  for (auto& workflow : workflows) {
    if (context.full()) return;
    Diagnostics found;
    graphs.push_back(build_graph(workflow.spec, found));
    const bool sound = workflow.edges == Edges::kAll;
    for (auto& diagnostic : found) {
      if (!sound && diagnostic.code != "E301") continue;
      if (diagnostic.code == "E306") workflow.edges = Edges::kLost;
      context.error(diagnostic.code, diagnostic.mark, std::move(diagnostic.message), std::move(diagnostic.hint));
    }
    if (sound && !has_errors(found)) check_reachable(workflow.spec, graphs.back(), context);
  }
}

}  // namespace

void arrange(Diagnostics& diagnostics) {
  const auto is_error = [](const Diagnostic& d) { return d.severity == Severity::kError; };
  const auto before = [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column);
  };
  std::stable_partition(diagnostics.begin(), diagnostics.end(), is_error);
  if (diagnostics.size() > limits::kDiagnosticsMax) diagnostics.resize(limits::kDiagnosticsMax);
  std::stable_sort(diagnostics.begin(), diagnostics.end(), before);
}

Analysis analyze(std::string_view source, DocumentKind kind, const ActionCatalog* catalog,
                 const DocumentBounds& bounds) {
  Analysis analysis;
  analysis.yaml = read_yaml(source, analysis.diagnostics);
  if (!analysis.yaml) return analysis;
  ParseContext context(analysis.diagnostics, source);
  if (!accept_size(analysis.yaml->root(), kind, bounds, context)) return analysis;
  analysis.document = parse(context, analysis.yaml->root(), kind);
  check_action_chains(analysis.document.actions, context);
  check(analysis.document.workflows, analysis.graphs, context);
  if (catalog) check_actions(analysis.document, *catalog, context);
  analysis.dropped = std::move(context.dropped());
  return analysis;
}

Compiled compile(std::string_view source, DocumentKind kind, const ActionCatalog* catalog,
                 const DocumentBounds& bounds) {
  Analysis analysis = analyze(source, kind, catalog, bounds);
  Compiled compiled;
  compiled.diagnostics = std::move(analysis.diagnostics);
  arrange(compiled.diagnostics);
  if (!analysis.yaml || has_errors(compiled.diagnostics)) return compiled;
  ParsedDocument& document = analysis.document;
  std::vector<WorkflowGraph>& graphs = analysis.graphs;
  const bool alone = kind == DocumentKind::kWorkflows && document.workflows.size() == 1;
  for (std::size_t i = 0; i < document.workflows.size(); ++i) {
    Definition definition;
    definition.source = alone ? std::string(source) : source_of(document.workflows[i], document.version);
    definition.hash = md5_hex(definition.source);
    definition.spec = std::move(document.workflows[i].spec);
    definition.graph = std::move(graphs[i]);
    compiled.workflows.push_back(std::make_shared<const Definition>(std::move(definition)));
  }
  compiled.actions = std::move(document.actions);
  return compiled;
}

std::string fault_text(const Compiled& compiled, std::string_view source) {
  std::string text;
  for (const auto& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity != Severity::kError) continue;
    const DiagnosticCode* code = find_diagnostic_code(diagnostic.code);
    if (code && code->invalid_dsl) text.append("Invalid DSL: ");
    text.append(diagnostic.message).append("\n\n");
    break;
  }
  return text + render(compiled.diagnostics, source, {});
}

}  // namespace foehn::dsl
