#include "workflows/overcloud/overcloud_options.h"

#include <algorithm>
#include <charconv>

#include "engine/base/diagnostic.h"
#include "engine/base/limits.h"

namespace foehn::workflows {
namespace {

constexpr std::int64_t kStepSecondsMax = 86'400;
constexpr std::int64_t kStepRetriesMax = 100;
constexpr std::int64_t kStepDelayMax = 3'600;
constexpr std::size_t kEnvBytesMax = 4'096;
constexpr std::size_t kShownBytes = 60;

const std::vector<std::string> kSteps = {
    "auth",      "slice",     "box_create", "ssh_wait",    "box_prepare", "runtime_install", "kube_install",
    "kube_init", "kube_join", "network",    "nodes_ready", "datalake",    "datalake_health", "fabric",
    "repo"};

tl::unexpected<Error> refused(const std::string& place, const std::string& wanted, const Value& value) {
  return fail(ErrorCode::kInvalidArgument, place + " must be " + wanted + ", not " + shown_value(value));
}

Status check_object(const std::string& place, const Value& value, const std::string& members) {
  if (value.is_object()) return {};
  return refused(place, "an object {" + members + "}", value);
}

Status check_integer(const std::string& place, const Value& value, std::int64_t low, std::int64_t high) {
  // Beyond int64 the value is unsigned and surely out of range.
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > 1'000'000'000;
  if (value.is_number_integer() && !huge) {
    const auto number = value.get<std::int64_t>();
    if (number >= low && number <= high) return {};
  }
  return refused(place, "an integer from " + std::to_string(low) + " to " + std::to_string(high), value);
}

bool is_number_below(std::string_view text, int limit) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0 && number < limit;
}

// "10.244.0.0/16"
bool is_ipv4_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_number_below(text.substr(slash + 1), 33)) return false;
  text = text.substr(0, slash);
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || !is_number_below(text.substr(0, dot), 256)) return false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return text.empty();
}

// "1.36" or "1.36.4"
bool is_version(std::string_view text) {
  const auto dots = std::count(text.begin(), text.end(), '.');
  if (dots < 1 || dots > 2) return false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('.'), text.size());
    if (!is_number_below(text.substr(0, end), 100'000)) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

// As a shell variable of the scripts; the shipped ones are written this way.
bool is_environment_name(std::string_view name) {
  if (name.empty() || name.size() > limits::kNameLengthMax || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

enum class Kind { kSwitch, kCount, kNetwork, kVersion, kPlugin, kTopology };
struct Field {
  const char* section;
  const char* name;
  Kind kind;
};
constexpr Field kFields[] = {{"kubernetes", "version", Kind::kVersion}, {"network", "plugin", Kind::kPlugin},
                             {"network", "pod_cidr", Kind::kNetwork},   {"network", "service_cidr", Kind::kNetwork},
                             {"datalake", "enabled", Kind::kSwitch},    {"datalake", "replicas", Kind::kCount},
                             {"fabric", "prometheus", Kind::kSwitch},   {"fabric", "grafana", Kind::kSwitch},
                             {"fabric", "topology", Kind::kTopology},   {"fabric", "influxdb", Kind::kSwitch},
                             {"fabric", "telegraf", Kind::kSwitch}};

Status check_choice(const std::string& place, const Value& value, const std::vector<std::string>& choices) {
  if (value.is_string() && std::find(choices.begin(), choices.end(), value.get<std::string>()) != choices.end())
    return {};
  const std::string nearest = value.is_string() ? nearest_name(value.get_ref<const std::string&>(), choices) : "";
  return fail(ErrorCode::kInvalidArgument, place + " must be one of " + join_names(choices) + ", not " +
                                               shown_value(value) +
                                               (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)"));
}

Status check_field(const std::string& place, const Value& value, Kind kind) {
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  switch (kind) {
    case Kind::kSwitch:
      if (!value.is_boolean()) return refused(place, "true or false", value);
      return {};
    case Kind::kCount: return check_integer(place, value, 1, limits::kOvercloudBoxesMax);
    case Kind::kNetwork:
      if (!is_ipv4_network(text)) return refused(place, "an IPv4 network like \"10.244.0.0/16\"", value);
      return {};
    case Kind::kVersion:  // text: the number 1.30 would arrive as 1.3
      if (!is_version(text)) return refused(place, "a text like \"1.36\" or \"1.36.4\"", value);
      return {};
    case Kind::kPlugin: return check_choice(place, value, {"flannel", "none"});
    case Kind::kTopology: return check_choice(place, value, {"builtin", "none"});
  }
  return {};
}

Status check_section(const std::string& section, const Value& value) {
  std::vector<std::string> known;
  for (const Field& field : kFields)
    if (section == field.section) known.emplace_back(field.name);
  const std::string place = "profile." + section;
  FOEHN_CHECK_OK(check_object(place, value, join_names(known)));
  for (const auto& [name, inner] : value.get_ref<const Value::object_t&>()) {
    const auto field = std::find_if(std::begin(kFields), std::end(kFields),
                                    [&](const Field& row) { return section == row.section && name == row.name; });
    if (field == std::end(kFields))
      return fail(ErrorCode::kInvalidArgument, place + ": " + unknown_name("key", name, known));
    FOEHN_CHECK_OK(check_field(place + "." + name, inner, field->kind));
  }
  return {};
}

Status check_env(const Value& env) {
  FOEHN_CHECK_OK(check_object("profile.env", env, "NAME: value"));
  for (const auto& [name, value] : env.get_ref<const Value::object_t&>()) {
    if (!is_environment_name(name))
      return fail(ErrorCode::kInvalidArgument, "profile.env: '" + name +
                                                   "' is no name of a variable: capital letters, digits and '_', not "
                                                   "beginning with a digit");
    if (!value.is_string() && !value.is_number() && !value.is_boolean())
      return refused("profile.env." + name, "a text, a number or true/false", value);
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    if (text.size() > kEnvBytesMax || text.find('\0') != std::string::npos)
      return fail(ErrorCode::kInvalidArgument,
                  "profile.env." + name + " must have at most " + std::to_string(kEnvBytesMax) + " bytes and no NUL");
  }
  return {};
}

}  // namespace

std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string shown_value(const Value& value) {
  std::string text = to_json(value);
  if (text.size() > kShownBytes) text = text.substr(0, kShownBytes - 3) + "...";
  return text;
}

std::string unknown_name(const std::string& what, const std::string& name, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(name, known);
  return "unknown " + what + " '" + name + "'" + (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)") + "; " +
         what + "s: " + join_names(known);
}

Status check_policy(const Value& policy) {
  static const std::vector<std::string> kKeys = {"timeout", "retries", "delay"};
  for (const auto& [step, entry] : policy.get_ref<const Value::object_t&>()) {
    if (std::find(kSteps.begin(), kSteps.end(), step) == kSteps.end())
      return fail(ErrorCode::kInvalidArgument, "policy: " + unknown_name("step", step, kSteps));
    const std::string place = "policy." + step;
    FOEHN_CHECK_OK(check_object(place, entry, join_names(kKeys)));
    for (const auto& [key, value] : entry.get_ref<const Value::object_t&>()) {
      if (key == "timeout") {
        FOEHN_CHECK_OK(check_integer(place + ".timeout", value, 1, kStepSecondsMax));
      } else if (key == "retries") {
        FOEHN_CHECK_OK(check_integer(place + ".retries", value, 0, kStepRetriesMax));
      } else if (key == "delay") {
        FOEHN_CHECK_OK(check_integer(place + ".delay", value, 0, kStepDelayMax));
      } else {
        return fail(ErrorCode::kInvalidArgument, place + ": " + unknown_name("key", key, kKeys));
      }
    }
  }
  return {};
}

Status check_profile(const Value& profile, const std::vector<std::string>& sizes) {
  static const std::vector<std::string> kKeys = {"kubernetes", "network", "datalake", "fabric", "post_size", "env"};
  for (const auto& [key, value] : profile.get_ref<const Value::object_t&>()) {
    if (key == "env") {
      FOEHN_CHECK_OK(check_env(value));
    } else if (key == "post_size") {
      FOEHN_CHECK_OK(check_choice("profile.post_size", value, sizes));
    } else if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) {
      FOEHN_CHECK_OK(check_section(key, value));
    } else {
      return fail(ErrorCode::kInvalidArgument, "profile: " + unknown_name("key", key, kKeys));
    }
  }
  return {};
}

}  // namespace foehn::workflows
