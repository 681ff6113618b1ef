#include "workflows/triggers/cloud_event.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "engine/base/clock.h"
#include "engine/base/limits.h"

namespace foehn::triggers {
namespace {

constexpr std::string_view kVersion = "1.0";

tl::unexpected<Error> bad(const std::string& message) { return fail(ErrorCode::kInvalidArgument, message); }

bool is_data(std::string_view name) { return name == "data" || name == "data_base64"; }

// CloudEvents §3: lower-case letters and digits.
bool is_attribute_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

// RFC 3339 date-time.
bool is_timestamp(const std::string& text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) return false;
  if (!parse_time(text.substr(0, 10) + "T" + text.substr(11, 8))) return false;
  std::size_t at = 19;
  if (text[at] == '.') {
    const std::size_t begin = ++at;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) ++at;
    if (at == begin) return false;
  }
  const std::string_view zone = std::string_view(text).substr(at);
  if (zone == "Z" || zone == "z") return true;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return false;
  for (const std::size_t i : {1U, 2U, 4U, 5U})
    if (std::isdigit(static_cast<unsigned char>(zone[i])) == 0) return false;
  return true;
}

Status check_attribute(const std::string& name, const Value& value) {
  if (!is_attribute_name(name))
    return bad("CloudEvents attribute '" + name + "': names consist of lower-case letters and digits.");
  if (value.is_array() || value.is_object() || value.is_number_float())
    return bad("CloudEvents attribute '" + name + "': values are texts, integers or booleans.");
  if (value.is_string() && value.get_ref<const std::string&>().size() > limits::kEventAttributeBytesMax)
    return bad("CloudEvents attribute '" + name + "' has more than " +
               std::to_string(limits::kEventAttributeBytesMax) + " bytes.");
  return {};
}

Result<std::string> required(const Value& event, std::string_view name) {
  const Value* value = find(event, name);
  if (!value || value->is_null())
    return bad("The CloudEvents attribute '" + std::string(name) + "' is required.");
  if (!value->is_string() || value->get_ref<const std::string&>().empty())
    return bad("The CloudEvents attribute '" + std::string(name) + "' must be a text that is not empty.");
  return value->get<std::string>();
}

Status check_optional(const Value& event) {
  for (const std::string_view name : {"subject", "time", "datacontenttype", "dataschema"}) {
    const Value* value = find(event, name);
    if (!value) continue;
    if (!value->is_string() || value->get_ref<const std::string&>().empty())
      return bad("The CloudEvents attribute '" + std::string(name) + "' must be a text that is not empty.");
    if (name == "time" && !is_timestamp(value->get<std::string>()))
      return bad("The CloudEvents attribute 'time' must be as in 2026-11-21T04:00:00Z, not '" +
                 value->get<std::string>() + "'.");
  }
  return {};
}

// Checks the attributes of `event`, whose nulls are gone, and takes out what is looked for.
Result<CloudEvent> finish(Value event, const EventAddress& address) {
  CloudEvent taken;
  FOEHN_TRY(const std::string version, required(event, "specversion"));
  if (version != kVersion)
    return bad("CloudEvents specversion '" + version + "' is not supported; 1.0 is.");
  FOEHN_TRY(taken.id, required(event, "id"));
  FOEHN_TRY(taken.source, required(event, "source"));
  FOEHN_TRY(taken.type, required(event, "type"));
  if (has_blank_or_control(taken.source))
    return bad("The CloudEvents attribute 'source' must be a URI reference, not '" + taken.source + "'.");
  FOEHN_CHECK_OK(check_optional(event));
  for (const auto& [name, value] : event.items())
    if (!is_data(name)) FOEHN_CHECK_OK(check_attribute(name, value));
  if (event.contains("data") && event.contains("data_base64"))
    return bad("A CloudEvent has either 'data' or 'data_base64'.");
  taken.exchange = address.exchange.empty() ? text_or(event, "exchange", taken.source) : address.exchange;
  taken.topic = address.topic.empty() ? text_or(event, "topic", text_or(event, "subject")) : address.topic;
  taken.event = std::move(event);
  return taken;
}

// oslo.messaging's notification: message_id, publisher_id, event_type, timestamp, priority, payload.
Result<CloudEvent> from_notification(const Value& notification, const EventAddress& address) {
  for (const std::string_view name : {"message_id", "event_type"})
    if (text_or(notification, name).empty())
      return bad("A notification needs '" + std::string(name) + "', a text that is not empty.");
  Value event = Value::object();
  event["specversion"] = kVersion;
  event["id"] = text_or(notification, "message_id");
  event["source"] = text_or(notification, "publisher_id", "/");
  event["type"] = text_or(notification, "event_type");
  if (const Value* priority = find(notification, "priority")) event["priority"] = *priority;
  if (const Value* payload = find(notification, "payload")) event["data"] = *payload;
  FOEHN_TRY(CloudEvent taken, finish(std::move(event), address));
  // The properties that Mistral's event definitions give by default.
  taken.event["service"] = taken.source;
  taken.event["timestamp"] = text_or(notification, "timestamp");
  if (const Value* context = find(notification, "context"); context && context->is_object())
    for (const std::string_view name : {"project_id", "user_id"})
      if (const Value* value = find(*context, name)) taken.event[std::string(name)] = *value;
  return taken;
}

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) text += j <= count ? kLetters[group >> (18 - 6 * j) & 63U] : '=';
  }
  return text;
}

bool is_json_type(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return type.empty() || type.ends_with("/json") || type.ends_with("+json");
}

}  // namespace

std::optional<std::string> decode_header_value(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const std::string digits(text.substr(i + 1, 2));
    if (digits.size() != 2 || std::isxdigit(static_cast<unsigned char>(digits[0])) == 0 ||
        std::isxdigit(static_cast<unsigned char>(digits[1])) == 0)
      return std::nullopt;
    decoded += static_cast<char>(std::stoi(digits, nullptr, 16));
    i += 2;
  }
  return decoded;
}

Result<CloudEvent> event_from_json(const Value& value, const EventAddress& address) {
  if (!value.is_object()) return bad("A CloudEvent is a JSON object, not " + std::string(type_name(value)) + ".");
  if (value.contains("event_type") && !value.contains("specversion")) return from_notification(value, address);
  Value event = Value::object();
  for (const auto& [name, member] : value.items())
    if (name == "data" || !member.is_null()) event[name] = member;
  return finish(std::move(event), address);
}

Result<CloudEvent> event_from_binary(const std::vector<std::pair<std::string, std::string>>& attributes,
                                     std::string_view content_type, const std::string& body,
                                     const EventAddress& address) {
  Value event = Value::object();
  for (const auto& [name, text] : attributes) {
    const auto decoded = decode_header_value(text);
    // A value that is no UTF-8 would not survive as JSON.
    if (!decoded || !parse_json(to_json(Value(*decoded))))
      return bad("The CloudEvents attribute '" + name + "' is not percent-encoded UTF-8.");
    event[name] = *decoded;
  }
  if (!content_type.empty()) event["datacontenttype"] = content_type;
  if (!body.empty() && is_json_type(content_type)) {
    auto data = parse_json(body);
    if (!data) return bad("The event's data is not valid JSON: " + data.error().message);
    event["data"] = std::move(*data);
  } else if (!body.empty()) {
    const bool text = parse_json(to_json(Value(body))).has_value() && content_type.starts_with("text/");
    event[text ? "data" : "data_base64"] = text ? body : base64_of(body);
  }
  return finish(std::move(event), address);
}

}  // namespace foehn::triggers
