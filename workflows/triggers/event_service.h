// Event triggers: which of them an event fits, and the start of their workflows – at most once per trigger and event
// (source and id name an event). Nothing is kept but the triggers' records: an event is answered when the starts are
// committed, so a sender that got no answer sends it again. Any thread; calls block.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/log.h"
#include "engine/store/records.h"
#include "workflows/triggers/cloud_event.h"
#include "workflows/triggers/starter.h"

namespace foehn::triggers {

inline constexpr char kEventTriggerKind[] = "event_trigger";

// What one trigger made of an event.
struct Fired {
  store::RecordId trigger;
  std::string trigger_name;
  ExecutionId execution;
  bool existed = false;        // the event had come before
  std::optional<Error> error;  // nothing was started
};

class EventService {
 public:
  EventService(store::Records& records, Starter start, Log& log)
      : records_(records), start_(std::move(start)), log_(log) {}

  // Triggers of `project_id` and public ones. Expressions in a trigger's input and params are evaluated with the event
  // as `$`. Errors: the store's; kUnavailable when a start was refused for now: the sender is to try again.
  Result<std::vector<Fired>> take(const CloudEvent& event, std::string_view project_id);

  static ExecutionId execution_id(store::RecordId trigger, const CloudEvent& event);
  // `pattern` with * (any text) and ? (any character).
  static bool matches(std::string_view pattern, std::string_view text);

 private:
  Fired fire(const store::RecordRow& trigger, const CloudEvent& event);

  store::Records& records_;
  Starter start_;
  Log& log_;
};

}  // namespace foehn::triggers
