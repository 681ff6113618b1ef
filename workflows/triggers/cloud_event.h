// CloudEvents 1.0 as event triggers take them: out of JSON (structured and batched mode) or out of headers and a body
// (binary mode), and out of the notifications that OpenStack services send. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::triggers {

// `event` has every attribute and `data` (or `data_base64`) as in the JSON form of CloudEvents.
struct CloudEvent {
  std::string id;
  std::string source;
  std::string type;
  // What Mistral's triggers match: the attributes `exchange` and `topic`, else source and subject.
  std::string exchange;
  std::string topic;
  Value event = Value::object();
};

// Exchange and topic that the request names beside the event; they win.
struct EventAddress {
  std::string exchange;
  std::string topic;
};

// All errors are kInvalidArgument and say which attribute is wrong.
// The JSON form of one event, or an OpenStack notification: an object with event_type and without specversion.
Result<CloudEvent> event_from_json(const Value& value, const EventAddress& address);
// Binary mode: attributes as in headers without their "ce-".
Result<CloudEvent> event_from_binary(const std::vector<std::pair<std::string, std::string>>& attributes,
                                     std::string_view content_type, const std::string& body,
                                     const EventAddress& address);
// "%20" and the like in header values (CloudEvents HTTP binding §3.1.3.2); nullopt when it is malformed.
std::optional<std::string> decode_header_value(std::string_view text);

}  // namespace foehn::triggers
