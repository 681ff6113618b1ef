#include "actions/process/manifest.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "dsl/yaml/reader.h"
#include "dsl/yaml/to_value.h"

namespace foehn::actions {
namespace {

using dsl::YamlEntry;
using dsl::YamlNode;

class Reader {
 public:
  Reader(Manifest& manifest, Diagnostics& diagnostics) : manifest_(manifest), diagnostics_(diagnostics) {}

  void read(const YamlNode& root) {
    if (!root.is_mapping()) return wrong(root.mark, "a manifest is a mapping with at least name and command");
    for (const YamlEntry& entry : root.entries()) read(entry);
    if (manifest_.spec.name.empty()) wrong(root.mark, "name is missing");
    if (manifest_.command.empty()) wrong(root.mark, "command is missing");
  }

 private:
  void read(const YamlEntry& entry) {
    const YamlNode& value = entry.value;
    if (entry.key == "name") return read_name(value);
    if (entry.key == "description") return text(value, "description", manifest_.spec.description);
    if (entry.key == "input") return read_inputs(value);
    if (entry.key == "command") return read_command(value);
    if (entry.key == "timeout") return read_timeout(value);
    if (entry.key == "safe_rerun" || entry.key == "safe-rerun") return read_flag(value);
    if (entry.key == "env") return read_env(value);
    if (entry.key == "limits") return read_limits(value);
    unknown(entry, {"name", "description", "input", "command", "timeout", "safe_rerun", "env", "limits"});
  }

  void read_name(const YamlNode& value) {
    text(value, "name", manifest_.spec.name);
    const std::string& name = manifest_.spec.name;
    const bool odd = std::any_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) <= ' ' || c == '/' || c == '"' || c == '\'';
    });
    if (odd || name.size() > limits::kNameLengthMax)
      wrong(value.mark, "name must be a word of at most " + std::to_string(limits::kNameLengthMax) +
                            " bytes without blanks, quotes and slashes");
  }

  // `- host` is required, `- port: 22` has a default; the form of `input` in workflows.
  void read_inputs(const YamlNode& value) {
    if (!value.is_sequence()) return wrong(value.mark, "input is a list of names and name: default");
    for (const YamlNode& item : value.items()) {
      if (item.is_scalar() && !item.text.empty()) {
        add_input(item.mark, {.name = std::string(item.text), .required = true});
      } else if (item.is_mapping() && item.count == 1) {
        const YamlEntry& entry = item.entries().front();
        const Value given = dsl::to_value(entry.value);
        add_input(item.mark, {.name = std::string(entry.key), .default_text = to_python_json(given)});
        manifest_.defaults[std::string(entry.key)] = given;
      } else {
        wrong(item.mark, "an input is a name or one name: default");
      }
    }
  }
  void add_input(Mark mark, InputSpec input) {
    for (const InputSpec& other : manifest_.spec.inputs)
      if (other.name == input.name) return wrong(mark, "input '" + input.name + "' is there twice");
    manifest_.spec.inputs.push_back(std::move(input));
  }

  void read_command(const YamlNode& value) {
    if (!value.is_sequence() || value.count == 0)
      return wrong(value.mark, "command is a list: the program and its arguments");
    for (const YamlNode& item : value.items()) {
      if (!item.is_scalar() || item.text.find('\0') != std::string_view::npos)
        return wrong(item.mark, "command is a list of texts");
      manifest_.command.emplace_back(item.text);
    }
    // ./program and bin/program stand beside the manifest; a plain word is looked for in PATH.
    std::string& program = manifest_.command.front();
    if (program.find('/') != std::string::npos && !program.starts_with('/'))
      program = (std::filesystem::path(manifest_.folder) / program).lexically_normal().string();
    if (program.empty()) return wrong(value.mark, "command has no program");
    std::error_code error;
    if (program.starts_with('/') && !std::filesystem::is_regular_file(program, error))
      wrong(value.mark, "there is no program " + program);
  }

  void read_timeout(const YamlNode& value) {
    if (const auto seconds = whole(value, "timeout", "seconds", limits::kPolicySecondsMax))
      manifest_.timeout_ms = static_cast<std::int64_t>(*seconds) * 1000;
  }

  void read_flag(const YamlNode& value) {
    const Value given = dsl::to_value(value);
    if (!given.is_boolean()) return wrong(value.mark, "safe_rerun is true or false");
    manifest_.spec.safe_rerun = given.get<bool>();
  }

  void read_env(const YamlNode& value) {
    if (!value.is_mapping()) return wrong(value.mark, "env is a mapping of names and texts");
    for (const YamlEntry& entry : value.entries()) {
      const bool name_is_bad =
          entry.key.empty() || entry.key.find_first_of(std::string_view("=\0", 2)) != std::string_view::npos;
      if (name_is_bad || !entry.value.is_scalar() || entry.value.text.find('\0') != std::string_view::npos) {
        wrong(entry.key_mark, "env is a mapping of names and texts");
      } else {
        manifest_.env[std::string(entry.key)] = std::string(entry.value.text);
      }
    }
  }

  void read_limits(const YamlNode& value) {
    if (!value.is_mapping()) return wrong(value.mark, "limits is a mapping");
    for (const YamlEntry& entry : value.entries()) {
      if (entry.key == "memory") {
        manifest_.memory_bytes = bytes(entry.value, "memory", UINT64_MAX >> 1).value_or(0);
      } else if (entry.key == "cpu") {
        manifest_.cpu_seconds = whole(entry.value, "cpu", "seconds", limits::kPolicySecondsMax).value_or(0);
      } else if (entry.key == "output") {
        manifest_.output_bytes = bytes(entry.value, "output", limits::kProcessOutputBytesTop).value_or(1);
      } else {
        unknown(entry, {"memory", "cpu", "output"});
      }
    }
  }

  void text(const YamlNode& value, const char* key, std::string& to) {
    if (!value.is_scalar()) return wrong(value.mark, std::string(key) + " is a text");
    to = std::string(value.text);
  }

  std::optional<std::uint64_t> whole(const YamlNode& value, const char* key, const char* unit, std::int64_t most) {
    const Value given = value.is_scalar() ? dsl::to_value(value) : Value();
    if (given.is_number_integer() && given.get<std::int64_t>() > 0 && given.get<std::int64_t>() <= most)
      return given.get<std::uint64_t>();
    wrong(value.mark, std::string(key) + " is a whole number of " + unit + ", at least 1");
    return std::nullopt;
  }

  // 1048576, 512K, 64M, 2G
  std::optional<std::uint64_t> bytes(const YamlNode& value, const char* key, std::uint64_t most) {
    std::string_view digits = value.is_scalar() ? value.text : std::string_view();
    unsigned shift = 0;
    if (!digits.empty()) {
      const auto unit = std::string_view("KMG").find(digits.back());
      if (unit != std::string_view::npos) {
        shift = 10 * (static_cast<unsigned>(unit) + 1);
        digits.remove_suffix(1);
      }
    }
    const bool good = !digits.empty() && digits.size() <= 12 &&
                      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    const std::uint64_t number = good ? std::stoull(std::string(digits)) : 0;
    if (number > 0 && number <= most >> shift) return number << shift;
    wrong(value.mark, std::string(key) + " is a number of bytes from 1 to " + std::to_string(most) +
                          ", with K, M or G if you like");
    return std::nullopt;
  }

  void unknown(const YamlEntry& entry, const std::vector<std::string>& known) {
    const std::string near = nearest_name(entry.key, known);
    wrong(entry.key_mark, "there is no '" + std::string(entry.key) + "'" +
                              (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  void wrong(Mark mark, std::string message) {
    if (diagnostics_.size() < limits::kDiagnosticsMax)
      diagnostics_.push_back({"", Severity::kError, mark, std::move(message), ""});
  }

  Manifest& manifest_;
  Diagnostics& diagnostics_;
};

std::string at(const std::string& file, Mark mark, const std::string& message) {
  return file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column) + ": " + message + "\n";
}

// Adds the manifest of one file, or the text of what is wrong with it.
void read_file(const std::filesystem::path& path, std::vector<Manifest>& manifests, std::string& mistakes) {
  std::ifstream file(path, std::ios::binary);
  std::string text(limits::kManifestBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, file.gcount())));
  if (file.bad() || (text.empty() && !file.eof())) {
    mistakes += path.string() + ": cannot be read\n";
    return;
  }
  if (text.size() > limits::kManifestBytesMax) {
    mistakes += path.string() + ": is larger than " + std::to_string(limits::kManifestBytesMax) + " bytes\n";
    return;
  }
  Diagnostics diagnostics;
  Manifest manifest = read_manifest(text, path.parent_path().string(), diagnostics);
  for (const Manifest& other : manifests)
    if (!manifest.spec.name.empty() && other.spec.name == manifest.spec.name)
      diagnostics.push_back({"", Severity::kError, {1, 1}, "there is another action named " + manifest.spec.name, ""});
  for (const Diagnostic& diagnostic : diagnostics) mistakes += at(path.string(), diagnostic.mark, diagnostic.message);
  if (diagnostics.empty()) manifests.push_back(std::move(manifest));
}

}  // namespace

Manifest read_manifest(std::string_view text, const std::string& folder, Diagnostics& diagnostics) {
  Manifest manifest;
  manifest.folder = folder;
  const auto document = dsl::read_yaml(text, diagnostics);
  if (document) Reader(manifest, diagnostics).read(document->root());
  manifest.spec.class_name = manifest.spec.name;
  manifest.spec.capacity_group = "process";
  return manifest;
}

Result<std::vector<Manifest>> read_manifests(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(folder, error).lexically_normal();
  std::filesystem::directory_iterator entries(whole, error);
  if (error) return fail(ErrorCode::kNotFound, "cannot read the folder of actions " + folder + ": " + error.message());
  std::vector<std::filesystem::path> files;
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".action.yaml") || name.ends_with(".action.yml")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.size() > limits::kManifestsMax)
    return fail(ErrorCode::kInvalidArgument,
                folder + " has more than " + std::to_string(limits::kManifestsMax) + " manifests");
  std::vector<Manifest> manifests;
  std::string mistakes;
  for (const auto& file : files) read_file(file, manifests, mistakes);
  if (mistakes.empty()) return manifests;
  mistakes.pop_back();
  return fail(ErrorCode::kInvalidArgument, std::move(mistakes));
}

}  // namespace foehn::actions
