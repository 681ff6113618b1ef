#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/output.h"
#include "api/cli/resources.h"

namespace foehn::cli {
namespace {

std::string path_of(DefinitionKind kind, const std::string& name, const std::string& name_space) {
  std::string path = std::string("/v2/") + kind.plural;
  if (!name.empty()) path += "/" + encode(name);
  return in_namespace(std::move(path), name_space);
}

std::string tags_of(const Value& row) {
  const Value* tags = find(row, "tags");
  std::string text;
  if (tags && tags->is_array())
    for (const Value& tag : *tags) text += (text.empty() ? "" : ",") + cell(tag);
  return text;
}

// "created NAME ID", or what -q and -o ask for.
void print_stored(const Global& global, const Value& answer, const Value& rows, bool update) {
  const bool names = global.quiet || global.output == "name";
  if (!names && print_object(global, answer)) return;
  for (const Value& row : rows)
    if (names)
      std::printf("%s\n", text_or(row, "name").c_str());
    else
      std::printf("%s %s %s\n", update ? "updated" : "created", text_or(row, "name").c_str(),
                  text_or(row, "id").c_str());
}

}  // namespace

int workbook_list(const Global& global) {
  const auto api = make_http_api(global.server);
  const auto list = request(*api, "GET", "/v2/workbooks?sort_keys=name");
  if (!list) return report(list.error());
  print_list(global, *list, list->value("workbooks", Value::array()),
             {"name",
              "name",
              {{"NAME", text_of("name")},
               {"NAMESPACE", text_of("namespace")},
               {"TAGS", tags_of},
               {"SCOPE", text_of("scope")},
               {"CREATED", time_of(global, "created_at")},
               {"ID", text_of("id")}}});
  return kExitOk;
}

int definition_get(const Global& global, DefinitionKind kind, const DefinitionOptions& options) {
  const auto api = make_http_api(global.server);
  const auto row = request(*api, "GET", path_of(kind, options.name, options.name_space));
  if (!row) return report(row.error());
  if (options.definition) {
    std::printf("%s", text_or(*row, "definition").c_str());
    return kExitOk;
  }
  if (!print_object(global, *row, "name")) print_record(global, *row, "definition");
  return kExitOk;
}

int definition_put(const Global& global, DefinitionKind kind, const DefinitionOptions& options, bool update) {
  const auto text = read_file(options.name);
  if (!text) return report(text.error());
  const auto api = make_http_api(global.server);
  const auto stored = request_text(*api, update ? "PUT" : "POST", path_of(kind, "", options.name_space), *text);
  if (!stored) return report(stored.error());
  const Value* rows = find(*stored, kind.plural);
  print_stored(global, *stored, rows ? *rows : Value::array({*stored}), update);
  return kExitOk;
}

int definition_delete(const Global& global, DefinitionKind kind, const DefinitionOptions& options) {
  return delete_named(global, path_of(kind, options.name, options.name_space), options.name, options.deletion);
}

int definition_validate(const Global& global, DefinitionKind kind, const DefinitionOptions& options) {
  const auto text = read_file(options.name);
  if (!text) return report(text.error());
  const auto api = make_http_api(global.server);
  const auto answer = request_text(*api, "POST", path_of(kind, "validate", options.name_space), *text);
  if (!answer) return report(answer.error());
  const Value* valid = find(*answer, "valid");
  const bool ok = valid && is_truthy(*valid);
  if (print_object(global, *answer)) return ok ? kExitOk : kExitFindings;
  if (ok)
    std::printf("%s: valid\n", options.name.c_str());
  else
    std::printf("%s: %s\n", options.name.c_str(), text_or(*answer, "error").c_str());
  return ok ? kExitOk : kExitFindings;
}

int environment_list(const Global& global) {
  const auto api = make_http_api(global.server);
  const auto list = request(*api, "GET", "/v2/environments?sort_keys=name");
  if (!list) return report(list.error());
  const auto description = [](const Value& row) { return one_line(text_or(row, "description")); };
  print_list(global, *list, list->value("environments", Value::array()),
             {"name",
              "name",
              {{"NAME", text_of("name")},
               {"DESCRIPTION", description},
               {"SCOPE", text_of("scope")},
               {"CREATED", time_of(global, "created_at")},
               {"UPDATED", time_of(global, "updated_at")}}});
  return kExitOk;
}

int environment_get(const Global& global, const std::string& name) {
  const auto api = make_http_api(global.server);
  auto row = request(*api, "GET", "/v2/environments/" + encode(name));
  if (!row) return report(row.error());
  if (print_object(global, *row, "name")) return kExitOk;
  (*row)["variables"] = pretty(json_field(*row, "variables"));
  print_record(global, *row);
  return kExitOk;
}

int environment_put(const Global& global, const EnvironmentOptions& options, bool update) {
  const auto variables = parse_inputs(options.variables);
  if (!variables) return report(variables.error());
  Value body = Value::object();
  body["name"] = options.name;
  if (!update || !options.variables.empty()) body["variables"] = *variables;
  if (!options.description.empty()) body["description"] = options.description;
  const auto api = make_http_api(global.server);
  const auto stored = request_json(*api, update ? "PUT" : "POST", "/v2/environments", body);
  if (!stored) return report(stored.error());
  print_stored(global, *stored, Value::array({*stored}), update);
  return kExitOk;
}

int environment_delete(const Global& global, const EnvironmentOptions& options) {
  return delete_named(global, "/v2/environments/" + encode(options.name), options.name, options.deletion);
}

}  // namespace foehn::cli
