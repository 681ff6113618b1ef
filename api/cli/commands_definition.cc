// Workflow definitions and the helpers shared by the command files.
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "api/cli/commands.h"
#include "api/cli/output.h"
#include "engine/base/limits.h"

namespace foehn::cli {
namespace {

// A file that cannot be read is wrong use, not a failure of ours.
Error cannot_read(const std::string& path) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(path, error);
  return {ErrorCode::kInvalidArgument, "cannot read " + path + (folder ? ": it is a folder" : "")};
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return fail(cannot_read(path));
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return fail(cannot_read(path));
  }
  // Part by part: a pipe or a device may have no end.
  std::istream& in = path == "-" ? std::cin : file;
  std::string content;
  std::array<char, 65'536> part{};
  while (in.read(part.data(), part.size()), in.gcount() > 0) {
    content.append(part.data(), static_cast<std::size_t>(in.gcount()));
    if (content.size() > limits::kDefinitionBytesMax)
      return fail(ErrorCode::kInvalidArgument, path + " is larger than 5 MB");
  }
  if (in.bad()) return fail(cannot_read(path));
  return content;
}

Result<Value> parse_inputs(const std::vector<std::string>& inputs) {
  Value result = Value::object();
  for (const auto& input : inputs) {
    const std::size_t equals = input.find('=');
    if (input.starts_with('@') || input.starts_with('{')) {
      std::string text = input;
      if (input.starts_with('@')) {
        FOEHN_TRY(text, read_file(input.substr(1)));
      }
      FOEHN_TRY(const Value object, parse_json(text));
      if (!object.is_object()) return fail(ErrorCode::kInvalidArgument, input + " does not hold a JSON object");
      merge_into(result, object);
      continue;
    }
    if (equals == std::string::npos || equals == 0)
      return fail(ErrorCode::kInvalidArgument, "'" + input + "' is not name=value, @file.json or a JSON object");
    std::string text = input.substr(equals + 1);
    if (text.starts_with('@')) {
      FOEHN_TRY(text, read_file(text.substr(1)));
      result[input.substr(0, equals)] = text;
      continue;
    }
    const auto value = parse_json(text);
    result[input.substr(0, equals)] = value ? *value : Value(text);
  }
  return result;
}

int workflow_list(const Global& global) {
  const auto api = make_http_api(global.server);
  const auto list = request(*api, "GET", "/v2/workflows?sort_keys=name");
  if (!list) return report(list.error());
  const auto tags = [](const Value& row) {
    std::string text;
    for (const auto& tag : row.value("tags", Value::array())) text += (text.empty() ? "" : ",") + cell(tag);
    return text;
  };
  const auto input = [&global](const Value& row) { return fitted(global, one_line(text_or(row, "input")), 60); };
  print_list(global, *list, list->value("workflows", Value::array()),
             {"name",
              "name",
              {{"NAME", text_of("name")},
               {"NAMESPACE", text_of("namespace")},
               {"INPUT", input},
               {"TAGS", tags},
               {"SCOPE", text_of("scope"), true},
               {"CREATED", time_of(global, "created_at")},
               {"UPDATED", time_of(global, "updated_at"), true},
               {"ID", text_of("id")}}});
  return kExitOk;
}

std::string in_namespace(std::string path, const std::string& name_space) {
  if (!name_space.empty()) path += "?namespace=" + encode(name_space);
  return path;
}

int workflow_get(const Global& global, const std::string& name, const std::string& name_space, bool definition) {
  const auto api = make_http_api(global.server);
  const auto row = request(*api, "GET", in_namespace("/v2/workflows/" + encode(name), name_space));
  if (!row) return report(row.error());
  if (definition) {
    std::printf("%s", text_or(*row, "definition").c_str());
    return kExitOk;
  }
  if (!print_object(global, *row, "name")) print_record(global, *row, "definition");
  return kExitOk;
}

int workflow_put(const Global& global, const std::string& file, const std::string& name_space, bool update) {
  const auto text = read_file(file);
  if (!text) return report(text.error());
  const auto api = make_http_api(global.server);
  const auto stored = request_text(*api, update ? "PUT" : "POST", in_namespace("/v2/workflows", name_space), *text);
  if (!stored) return report(stored.error());
  const bool ids = global.quiet || global.output == "name";
  if (!ids && print_object(global, *stored)) return kExitOk;
  for (const auto& row : stored->value("workflows", Value::array()))
    if (ids)
      std::printf("%s\n", text_or(row, "name").c_str());
    else
      std::printf("%s %s %s\n", update ? "updated" : "created", text_or(row, "name").c_str(),
                  text_or(row, "id").c_str());
  return kExitOk;
}

int delete_named(const Global& global, const std::string& path, const std::string& name, const Deletion& deletion) {
  if (!deletion.dry_run && !deletion.yes) {
    const auto yes = confirmed(global, "delete " + name + "?", "--dry-run");
    if (!yes) return report(yes.error());
    if (!*yes) return kExitOk;
  }
  const auto api = make_http_api(global.server);
  const auto done = request(*api, deletion.dry_run ? "GET" : "DELETE", path);
  if (!done) return report(done.error());
  if (!global.quiet) std::printf(deletion.dry_run ? "would delete " : "deleted ");
  std::printf("%s\n", name.c_str());
  return kExitOk;
}

}  // namespace foehn::cli
