// What is told of a transition: Mistral's event names and data, publishers out of an execution's `notify`, and
// CloudEvents for subscriptions. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/core/notice.h"
#include "engine/store/query.h"
#include "engine/store/records.h"

namespace foehn::triggers {

inline constexpr char kSubscriptionKind[] = "subscription";

// One entry of params.notify or of the server's own list, or a subscription.
struct Publisher {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> event_types;  // empty = all
  std::string workflow_name;             // of a subscription; "" = all
  std::string secret{};                  // signs what is sent; "" = unsigned
  bool wants(std::string_view event, std::string_view workflow) const;
};

// Mistral's name of a transition ("WORKFLOW_SUCCEEDED"); "" for those that have none (DELAYED, IDLE, WAITING).
std::string event_name(const core::Notice& notice);
bool is_event_name(std::string_view name);

// The usable webhooks of params.notify; entries that Mistral would not understand either are left out.
std::vector<Publisher> publishers_in(const Value& params);
Publisher publisher_of(const store::RecordRow& subscription);

// The list that an operator gives for the whole server (`serve --notify`): JSON in the form of params.notify, with
// `secret` beside `headers`. kInvalidArgument: "FILE: entry N: …", for whoever wrote it reads no log of deliveries.
Result<std::vector<Publisher>> read_publishers(std::string_view json, const std::string& file);

// RFC 9110 §5.1, §5.5: names that are tokens, values of one line. kInvalidArgument: "headers: …".
Status check_headers(const Value& headers);
// kInvalidArgument: "event_types: …".
Status check_event_types(const Value& types);

// The value of X-Hub-Signature-256, as GitHub's webhooks have it: "sha256=" and the HMAC of the body in hex.
std::string signature_of(std::string_view secret, std::string_view body);

// Mistral: mistral/notifiers, the data of an event: the row, with the state of the notice.
Value workflow_data(const core::Execution& execution, const core::Notice& notice);
Value task_data(const store::TaskRow& row, const core::Notice& notice);

// The notice that a row would give now: what a subscription is told after it has missed some.
core::Notice notice_of(const core::Execution& execution);
core::Notice notice_of(const store::TaskRow& row);

// The JSON form of CloudEvents 1.0. Its id is the same whenever the same transition is told again.
Value cloud_event(const core::Notice& notice, const std::string& event, Value data);

}  // namespace foehn::triggers
