// Definitions of a folder against those of a server: `foehn wf diff FILE` and `foehn sync DIR`.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>

#include "api/cli/deletion.h"
#include "api/cli/line_diff.h"
#include "api/cli/operations.h"
#include "api/cli/output.h"
#include "dsl/compile.h"
#include "dsl/lint/lint.h"
#include "dsl/yaml/to_value.h"
#include "dsl/yaml/writer.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kPagesMax = 1'000;
constexpr const char* kShipped = "overcloud.";  // workflows of the server itself; nobody else can change them

// One definition that a file holds, with the text that the server is to have of it.
struct Defined {
  std::string plural;  // "workflows", "workbooks", "actions": the path of the API
  std::string name;
  std::string text;
  std::string file;
};

const char* noun(const std::string& plural) {
  return plural == "workflows" ? "workflow" : plural == "workbooks" ? "workbook" : "action";
}

// As the server cuts an action out of a document of several (engine/store/definition_service.cc).
std::string text_alone(const dsl::AdhocActionSpec& action, const std::string& document, bool alone) {
  if (alone) return document;
  Value body = Value::object();
  for (const auto& [key, value] : action.raw.items())
    if (key != "name" && key != "version") body[key] = value;
  Value out = Value::object();
  out["version"] = "2.0";
  out[action.name] = std::move(body);
  return dsl::write_yaml(out);
}

// kInvalidArgument: mistakes, which are printed.
Result<std::vector<Defined>> definitions_of(const std::string& file, const std::string& text) {
  const dsl::DocumentKind kind = dsl::detect_kind(text);
  const dsl::Compiled compiled = dsl::compile(text, kind, nullptr);
  if (!compiled.ok()) {
    std::fprintf(stderr, "%s", render(compiled.diagnostics, text, file).c_str());
    return fail(ErrorCode::kInvalidArgument, file + " has mistakes; nothing was changed");
  }
  std::vector<Defined> found;
  if (kind == dsl::DocumentKind::kWorkbook) {
    found.push_back({"workbooks", text_or(dsl::parse_yaml(text).value_or(Value()), "name"), text, file});
  } else if (kind == dsl::DocumentKind::kActions) {
    for (const auto& action : compiled.actions)
      found.push_back({"actions", action.name, text_alone(action, text, compiled.actions.size() == 1), file});
  } else {
    for (const auto& workflow : compiled.workflows)
      found.push_back({"workflows", workflow->spec.name, workflow->source, file});
  }
  return found;
}

// The text that the server has; nothing when there is no such definition.
Result<std::optional<std::string>> stored_text(Api& api, const Defined& defined, const std::string& name_space) {
  const auto row = request(api, "GET", in_namespace("/v2/" + defined.plural + "/" + encode(defined.name), name_space));
  if (!row && row.error().code == ErrorCode::kNotFound) return std::optional<std::string>();
  if (!row) return fail(row.error());
  return std::optional(text_or(*row, "definition"));
}

struct Change {
  Defined defined;
  std::string verb;  // "create", "update", "delete", "" = nothing
};

Result<std::vector<Change>> compare(Api& api, const std::string& folder) {
  FOEHN_TRY(const auto files, definition_files({folder}));
  std::vector<Change> changes;
  std::map<std::pair<std::string, std::string>, std::string> seen;
  for (const std::string& file : files) {
    FOEHN_TRY(const std::string text, read_file(file));
    if (!dsl::is_definition(text)) continue;
    FOEHN_TRY(auto definitions, definitions_of(file, text));
    for (Defined& defined : definitions) {
      const auto [place, first] = seen.emplace(std::pair(defined.plural, defined.name), file);
      if (!first)
        return fail(ErrorCode::kInvalidArgument, std::string(noun(defined.plural)) + " " + defined.name + " is in " +
                                                     place->second + " and in " + file);
      FOEHN_TRY(const auto stored, stored_text(api, defined, ""));
      const char* verb = !stored ? "create" : *stored == defined.text ? "" : "update";
      changes.push_back({std::move(defined), verb});
    }
  }
  // What others use comes first.
  const auto rank = [](const Change& one) {
    return one.defined.plural == "actions" ? 0 : one.defined.plural == "workbooks" ? 1 : 2;
  };
  std::stable_sort(changes.begin(), changes.end(),
                   [&](const Change& left, const Change& right) { return rank(left) < rank(right); });
  return changes;
}

Result<std::vector<Value>> all_rows(Api& api, const std::string& plural) {
  std::vector<Value> rows;
  std::string path = "/v2/" + plural + "?limit=1000&sort_keys=name";
  for (std::size_t page = 0; page < kPagesMax && !path.empty(); ++page) {
    FOEHN_TRY(const Value list, request(api, "GET", path));
    for (const Value& row : list.value(plural, Value::array())) rows.push_back(row);
    const std::string next = text_or(list, "next");
    const std::size_t begin = next.find("/v2/");
    path = begin == std::string::npos ? "" : next.substr(begin);
  }
  return rows;
}

// What the server has and no file defines: neither shipped with it nor part of a workbook nor in a namespace nor of
// another project.
Status add_deletions(Api& api, std::vector<Change>& changes) {
  std::set<std::pair<std::string, std::string>> wanted;
  for (const Change& change : changes) wanted.emplace(change.defined.plural, change.defined.name);
  std::vector<std::string> books;
  for (const char* plural : {"workbooks", "workflows", "actions"}) {
    FOEHN_TRY(const auto rows, all_rows(api, plural));
    for (const Value& row : rows) {
      const std::string name = text_or(row, "name");
      if (plural == std::string_view("workbooks")) books.push_back(name + ".");
      const bool in_book = std::any_of(books.begin(), books.end(), [&](const std::string& book) {
        return plural != std::string_view("workbooks") && name.starts_with(book);
      });
      const bool shipped = name.starts_with(kShipped) || text_or(row, "definition").empty();  // built-in actions
      if (in_book || shipped || !text_or(row, "namespace").empty() || wanted.contains({plural, name})) continue;
      changes.push_back({{plural, name, "", "-"}, "delete"});
    }
  }
  return {};
}

Status apply(Api& api, const Change& change) {
  const Defined& defined = change.defined;
  const std::string path = "/v2/" + defined.plural;
  if (change.verb == "delete") {
    FOEHN_TRY(const Value gone, request(api, "DELETE", path + "/" + encode(defined.name)));
    return {};
  }
  FOEHN_TRY(const Value stored, request_text(api, change.verb == "create" ? "POST" : "PUT", path, defined.text));
  return {};
}

void print_changes(const Global& global, const std::vector<Change>& changes, const std::vector<std::string>& outcomes) {
  Value rows = Value::array();
  for (std::size_t i = 0; i < changes.size(); ++i)
    rows.push_back({{"change", outcomes[i]},
                    {"kind", noun(changes[i].defined.plural)},
                    {"name", changes[i].defined.name},
                    {"file", changes[i].defined.file}});
  print_list(global, Value{{"changes", rows}}, rows,
             {"name",
              "name",
              {{"CHANGE", text_of("change")}, {"KIND", text_of("kind")}, {"NAME", text_of("name")},
               {"FILE", text_of("file")}}});
}

}  // namespace

int definition_diff(const Global& global, const std::string& file, const std::string& name_space) {
  const auto text = read_file(file);
  if (!text) return report(text.error());
  const auto definitions = definitions_of(file, *text);
  if (!definitions) return report(definitions.error());
  const auto api = make_http_api(global.server);
  for (const Defined& defined : *definitions) {
    const auto stored = stored_text(*api, defined, name_space);
    if (!stored) return report(stored.error());
    const auto lines = line_diff(stored->value_or(""), defined.text);
    if (!lines) return report(lines.error());
    const char* remark = !*stored ? "is new" : lines->empty() ? "is the same" : "differs";
    std::fprintf(stderr, "%s %s %s\n", noun(defined.plural), defined.name.c_str(), remark);
    if (*stored) std::fputs(lines->c_str(), stdout);
  }
  return kExitOk;
}

int sync_definitions(const Global& global, const SyncOptions& options) {
  const auto api = make_http_api(global.server);
  auto changes = compare(*api, options.folder);
  if (!changes) return report(changes.error());
  if (options.prune)
    if (const Status added = add_deletions(*api, *changes); !added) return report(added.error());
  std::vector<std::string> outcomes;
  for (const Change& change : *changes) outcomes.push_back(change.verb.empty() ? "unchanged" : change.verb);
  const bool deletes = std::any_of(changes->begin(), changes->end(),
                                   [](const Change& change) { return change.verb == "delete"; });
  if (options.plan) {
    print_changes(global, *changes, outcomes);
    return kExitOk;
  }
  if (deletes && !options.yes) {
    if (can_ask(global)) print_changes(global, *changes, outcomes);
    const auto yes = confirmed(global, "delete what no file defines?", "--plan");
    if (!yes) return report(yes.error());
    if (!*yes) return kExitOk;
  }
  int code = kExitOk;
  for (std::size_t i = 0; i < changes->size(); ++i) {
    if ((*changes)[i].verb.empty()) continue;
    const Status done = apply(*api, (*changes)[i]);
    outcomes[i] = done ? (*changes)[i].verb + "d" : "refused";
    if (done) continue;
    const int refused = report({done.error().code, (*changes)[i].defined.name + ": " + done.error().message});
    if (code == kExitOk) code = refused;
  }
  print_changes(global, *changes, outcomes);
  return code;
}

}  // namespace foehn::cli
