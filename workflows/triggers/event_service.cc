#include "workflows/triggers/event_service.h"

#include <utility>

#include "dsl/checksum.h"
#include "dsl/expr/template.h"
#include "engine/base/limits.h"
#include "workflows/triggers/trigger_texts.h"

namespace foehn::triggers {
namespace {

// `$` is the event; there are no host functions, for nothing runs yet.
class EventScope final : public dsl::Scope {
 public:
  explicit EventScope(const Value& event) : event_(event) {}
  const Value* variable(std::string_view name) const override { return find(event_, name); }
  dsl::HostValue root() const override { return dsl::HostValue::hold(event_); }
  Result<dsl::HostValue> call(std::string_view, const dsl::CallArguments&) const override {
    return fail(ErrorCode::kNotFound, "");
  }
  std::vector<std::string> function_names() const override { return {}; }

 private:
  const Value& event_;
};

Value event_value(const CloudEvent& event) {
  Value value = event.event;
  value["exchange"] = event.exchange;
  value["topic"] = event.topic;
  value["event"] = event.type;
  return value;
}

Result<Value> evaluate(const Value& body, const char* key, const Value& event) {
  const Value* source = find(body, key);
  if (!source || !source->is_object()) return Value::object();
  Diagnostics diagnostics;
  const dsl::Template compiled = dsl::Template::compile(*source, Mark{}, diagnostics);
  if (compiled.is_literal()) return *source;
  return compiled.evaluate(EventScope(event));
}

Result<runtime::StartRequest> request_of(const store::RecordRow& trigger, const CloudEvent& event) {
  const Value value = event_value(event);
  runtime::StartRequest request;
  request.id = EventService::execution_id(trigger.id, event);
  request.workflow_id = DefinitionId::parse(text_or(trigger.body, "workflow_id"));
  request.project_id = trigger.project_id;
  request.description = start_description("event", to_string(trigger.id), text_or(trigger.body, "name"));
  FOEHN_TRY(request.input, evaluate(trigger.body, "workflow_input", value));
  FOEHN_TRY(request.params, evaluate(trigger.body, "workflow_params", value));
  request.params["event_params"] = value;
  return request;
}

}  // namespace

// Greedy with one point to come back to: linear in practice, never worse than the product of the lengths.
bool EventService::matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

ExecutionId EventService::execution_id(store::RecordId trigger, const CloudEvent& event) {
  // The lengths keep ("ab", "c") and ("a", "bc") apart.
  const std::string digest =
      dsl::md5_hex(std::to_string(event.source.size()) + ":" + event.source + event.id);
  const std::uint64_t high = std::stoull(digest.substr(0, 16), nullptr, 16);
  const std::uint64_t low = std::stoull(digest.substr(16), nullptr, 16);
  return ExecutionId{derive_uuid(derive_uuid(trigger.uuid, high), low)};
}

Result<std::vector<Fired>> EventService::take(const CloudEvent& event, std::string_view project_id) {
  std::vector<Fired> fired;
  store::ListQuery query;
  query.limit = limits::kPageMax;
  for (std::size_t seen = 0; seen < limits::kEventTriggersMax;) {
    FOEHN_TRY(const auto page, records_.records(kEventTriggerKind, query));
    for (const store::RecordRow& trigger : page.rows) {
      if (trigger.project_id != project_id && trigger.scope != "public") continue;
      if (!matches(text_or(trigger.body, "exchange"), event.exchange) ||
          !matches(text_or(trigger.body, "topic"), event.topic) ||
          !matches(text_or(trigger.body, "event"), event.type))
        continue;
      fired.push_back(fire(trigger, event));
      if (fired.back().error && is_temporary(*fired.back().error))
        return fail(ErrorCode::kUnavailable, fired.back().error->message);
    }
    if (!page.more || page.rows.empty()) break;
    seen += page.rows.size();
    query.marker = to_string(page.rows.back().id);
  }
  return fired;
}

Fired EventService::fire(const store::RecordRow& trigger, const CloudEvent& event) {
  Fired fired{trigger.id, text_or(trigger.body, "name"), execution_id(trigger.id, event), false, std::nullopt};
  const auto request = request_of(trigger, event);
  const Result<bool> started = request ? start_(*request) : Result<bool>(fail(request.error()));
  if (started) {
    fired.existed = *started;
    return fired;
  }
  fired.error = started.error();
  log_.warning("event_trigger_failed", {{"trigger", to_string(trigger.id)},
                                        {"event", event.type},
                                        {"error", started.error().message}});
  return fired;
}

}  // namespace foehn::triggers
