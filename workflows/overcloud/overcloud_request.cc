#include "workflows/overcloud/overcloud_request.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "engine/base/limits.h"
#include "workflows/overcloud/overcloud_options.h"

namespace foehn::workflows {
namespace {

constexpr std::int64_t kConcurrencyMax = 64;
const std::vector<std::string> kMembers = {"provider",   "number",   "size",    "name",   "tenant",
                                           "on_failure", "workflow", "profile", "policy", "concurrency",
                                           "labels",     "wait",     "timeout"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// An integer given as a number or as text (the original API wants text), within [low, high].
Result<std::int64_t> integer_member(const Value& body, const char* name, std::int64_t low, std::int64_t high) {
  const Value& value = *find(body, name);
  std::int64_t number = low - 1;
  if (value.is_number_integer()) {
    // Beyond int64 the value is unsigned and surely out of range.
    number =
        value.is_number_unsigned() && value.get<std::uint64_t>() > 1'000'000'000 ? high + 1 : value.get<std::int64_t>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) number = low - 1;
  }
  if (number < low || number > high)
    return fail(ErrorCode::kInvalidArgument, std::string(name) + " must be an integer from " + std::to_string(low) +
                                                 " to " + std::to_string(high) + ", not " + shown_value(value));
  return number;
}

Result<std::string> choice_member(const Value& body, const char* name, const std::vector<std::string>& choices,
                                  const std::string& otherwise) {
  const Value* value = find(body, name);
  if (!value || value->is_null()) return otherwise;
  if (value->is_string() && std::find(choices.begin(), choices.end(), value->get<std::string>()) != choices.end())
    return value->get<std::string>();
  return fail(ErrorCode::kInvalidArgument,
              std::string(name) + " must be one of " + join_names(choices) + ", not " + shown_value(*value));
}

Status text_member(const Value& body, const char* name, std::string& into) {
  const Value* value = find(body, name);
  if (!value || value->is_null()) return {};
  if (!value->is_string() || value->get_ref<const std::string&>().size() > limits::kNameLengthMax)
    return fail(ErrorCode::kInvalidArgument,
                std::string(name) + " must be a text of at most 255 bytes, not " + shown_value(*value));
  into = value->get<std::string>();
  return {};
}

Status object_member(const Value& body, const char* name, Value& into) {
  const Value* value = find(body, name);
  if (!value || value->is_null()) return {};
  if (!value->is_object())
    return fail(ErrorCode::kInvalidArgument, std::string(name) + " must be an object, not " + shown_value(*value));
  into = *value;
  return {};
}

Status check_members(const Value& body) {
  if (!body.is_object()) return fail(ErrorCode::kInvalidArgument, "the request must be a JSON object");
  for (const auto& [name, value] : body.get_ref<const Value::object_t&>()) {
    if (std::find(kMembers.begin(), kMembers.end(), name) != kMembers.end()) continue;
    return fail(ErrorCode::kInvalidArgument, unknown_name("member", name, kMembers));
  }
  for (const char* name : {"provider", "number", "size"})
    if (!find(body, name) || find(body, name)->is_null())
      return fail(ErrorCode::kInvalidArgument,
                  std::string("'") + name + "' is missing; required: provider, number, size");
  return {};
}

const ProviderInfo* find_provider(const std::vector<ProviderInfo>& providers, const std::string& name) {
  for (const auto& provider : providers)
    if (lower(provider.name) == lower(name)) return &provider;
  return nullptr;
}

}  // namespace

Result<OvercloudRequest> parse_overcloud_request(const Value& body, const std::vector<ProviderInfo>& providers) {
  FOEHN_CHECK_OK(check_members(body));
  OvercloudRequest request;
  FOEHN_CHECK_OK(text_member(body, "provider", request.provider_as_given));
  const ProviderInfo* provider = find_provider(providers, request.provider_as_given);
  if (!provider) {
    std::vector<std::string> names;
    for (const auto& known : providers) names.push_back(known.name);
    return fail(ErrorCode::kInvalidArgument,
                "unknown provider " + shown_value(*find(body, "provider")) + "; providers: " + join_names(names));
  }
  request.provider = provider->name;
  request.notes = provider->notes;
  FOEHN_TRY(request.number, integer_member(body, "number", 1, limits::kOvercloudBoxesMax));
  FOEHN_CHECK_OK(text_member(body, "size", request.size));
  if (std::find(provider->sizes.begin(), provider->sizes.end(), request.size) == provider->sizes.end())
    return fail(ErrorCode::kInvalidArgument, "unknown size " + shown_value(*find(body, "size")) + " of provider " +
                                                 provider->name + "; sizes: " + join_names(provider->sizes));
  FOEHN_CHECK_OK(text_member(body, "name", request.name));
  FOEHN_CHECK_OK(text_member(body, "tenant", request.tenant));
  FOEHN_TRY(request.on_failure, choice_member(body, "on_failure", {"keep", "rollback"}, "keep"));
  FOEHN_TRY(request.workflow, choice_member(body, "workflow", {"direct", "reverse"}, "direct"));
  if (const Value* given = find(body, "concurrency"); given && !given->is_null()) {
    FOEHN_TRY(request.concurrency, integer_member(body, "concurrency", 1, kConcurrencyMax));
  }
  FOEHN_CHECK_OK(object_member(body, "profile", request.profile));
  FOEHN_CHECK_OK(check_profile(request.profile, provider->sizes));
  FOEHN_CHECK_OK(object_member(body, "policy", request.policy));
  FOEHN_CHECK_OK(check_policy(request.policy));
  FOEHN_CHECK_OK(object_member(body, "labels", request.labels));
  return request;
}

}  // namespace foehn::workflows
