// foehn graph, foehn schema
#include <cstdio>

#include "api/cli/author.h"
#include "api/cli/output.h"
#include "dsl/compile.h"
#include "dsl/graph/chart.h"
#include "dsl/lint/lint.h"
#include "dsl/schema/schema.h"

namespace foehn::cli {
namespace {

using States = std::map<std::string, std::string, std::less<>>;

std::string names_of(const std::vector<dsl::DefinitionPtr>& workflows) {
  std::string names;
  for (const auto& workflow : workflows) names += (names.empty() ? "" : ", ") + workflow->spec.name;
  return names;
}

// The charts of a text's workflows, or of the one that is named.
Result<std::vector<dsl::Chart>> charts_of(const std::string& text, const std::string& file, const std::string& wanted) {
  const auto compiled = dsl::compile(text, dsl::detect_kind(text), nullptr);
  if (!compiled.ok()) {
    std::fprintf(stderr, "%s", render(compiled.diagnostics, text, file).c_str());
    return fail(ErrorCode::kInvalidArgument, file + " has mistakes: nothing is drawn");
  }
  std::vector<dsl::Chart> charts;
  for (const auto& workflow : compiled.workflows) {
    const std::string& name = workflow->spec.name;
    const bool suffix = name.size() > wanted.size() && name.ends_with("." + wanted);
    if (wanted.empty() || name == wanted || suffix) charts.push_back(dsl::make_chart(*workflow));
  }
  if (!charts.empty()) return charts;
  if (compiled.workflows.empty()) return fail(ErrorCode::kInvalidArgument, file + " has no workflow");
  return fail(ErrorCode::kInvalidArgument,
              "no workflow '" + wanted + "' in " + file + "; there are: " + names_of(compiled.workflows));
}

struct Drawn {
  std::string text;      // of the definition
  std::string workflow;  // its name
  States states;         // of its tasks; the last one of a name counts
};

Result<Drawn> load_execution(const Global& global, const std::string& wanted) {
  const auto api = make_http_api(global.server);
  FOEHN_TRY(const std::string id, resolve_execution(*api, wanted));
  FOEHN_TRY(const Value row, request(*api, "GET", "/v2/executions/" + id));
  Drawn drawn;
  drawn.workflow = text_or(row, "workflow_name");
  FOEHN_TRY(const Value workflow, request(*api, "GET", "/v2/workflows/" + encode(text_or(row, "workflow_id"))));
  drawn.text = text_or(workflow, "definition");
  FOEHN_TRY(const Value tasks, request(*api, "GET", "/v2/executions/" + id + "/tasks?sort_keys=created_at"));
  for (const Value& task : tasks.value("tasks", Value::array()))
    drawn.states[text_or(task, "name")] = text_or(task, "state");
  return drawn;
}

Result<std::vector<dsl::Chart>> load_charts(const Global& global, const GraphOptions& options) {
  if (options.execution.empty()) {
    if (options.file.empty()) return fail(ErrorCode::kInvalidArgument, "graph needs a file or --execution");
    FOEHN_TRY(const std::string text, read_file(options.file));
    return charts_of(text, options.file, options.workflow);
  }
  FOEHN_TRY(const Drawn drawn, load_execution(global, options.execution));
  // A stored workflow of a workbook is a document of its own, under its name without the workbook's.
  FOEHN_TRY(auto charts, charts_of(drawn.text, drawn.workflow, ""));
  for (auto& chart : charts) dsl::mark_states(chart, drawn.states);
  return charts;
}

}  // namespace

int draw_graph(const Global& global, const GraphOptions& options) {
  const auto charts = load_charts(global, options);
  if (!charts) return report(charts.error());
  const std::string out = options.dot       ? dsl::to_dot(*charts)
                          : options.mermaid ? dsl::to_mermaid(*charts)
                                            : dsl::to_svg(*charts);
  std::fwrite(out.data(), 1, out.size(), stdout);
  return kExitOk;
}

int print_schema(const std::string& kind) {
  const auto known = dsl::schema_kind(kind);
  if (!known) return report_usage("no schema '" + kind + "': workflow, workbook or action");
  std::printf("%s\n", pretty(dsl::make_schema(*known)).c_str());
  return kExitOk;
}

}  // namespace foehn::cli
