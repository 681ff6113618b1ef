#include "engine/store/row_details.h"

#include <limits>

#include "engine/base/check.h"

namespace foehn::store {
namespace {

using core::DelayReason;
using core::State;
using core::TimerKind;

// Each codec below takes the struct apart by all its members: a member that is added does not compile until somebody
// has decided here whether it is a column or a detail.
template <class... Members>
void all_members_are_known(const Members&...) {}

constexpr std::pair<DelayReason, std::string_view> kDelays[] = {{DelayReason::kNone, "none"},
                                                                {DelayReason::kWaitBefore, "wait-before"},
                                                                {DelayReason::kWaitAfter, "wait-after"},
                                                                {DelayReason::kRetry, "retry"}};
constexpr std::pair<TimerKind, std::string_view> kTimerKinds[] = {{TimerKind::kWaitBefore, "wait-before"},
                                                                  {TimerKind::kWaitAfter, "wait-after"},
                                                                  {TimerKind::kRetry, "retry"},
                                                                  {TimerKind::kTaskTimeout, "timeout"}};

void put(Value& to, const char* key, bool flag, bool usual = false) {
  if (flag != usual) to[key] = flag;
}
void put(Value& to, const char* key, std::uint32_t number, std::uint32_t usual = 0) {
  if (number != usual) to[key] = number;
}
void put(Value& to, const char* key, const std::string& text) {
  if (!text.empty()) to[key] = text;
}

class Reader {
 public:
  explicit Reader(const Value& from) : from_(from) {
    if (!from.is_object()) bad_ = "details";
  }

  void flag(const char* key, bool& to) {
    if (const Value* value = member(key, &Value::is_boolean)) to = value->get<bool>();
  }
  void number(const char* key, std::uint32_t& to) {
    const Value* value = member(key, &Value::is_number_unsigned);
    if (!value) return;
    if (value->get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) return bad(key);
    to = value->get<std::uint32_t>();
  }
  void number(const char* key, std::int64_t& to) {
    if (const Value* value = member(key, &Value::is_number_integer)) to = value->get<std::int64_t>();
  }
  void text(const char* key, std::string& to) {
    if (const Value* value = member(key, &Value::is_string)) to = value->get<std::string>();
  }
  void texts(const char* key, std::vector<std::string>& to) {
    const Value* values = member(key, &Value::is_array);
    if (!values) return;
    for (const Value& item : *values) {
      if (!item.is_string()) return bad(key);
      to.push_back(item.get<std::string>());
    }
  }
  void value(const char* key, Value& to) {
    if (const Value* value = find(from_, key)) to = *value;
  }
  template <class T, class Read>
  void list(const char* key, std::vector<T>& to, Read read) {
    const Value* values = member(key, &Value::is_array);
    if (!values) return;
    for (const Value& item : *values) {
      Reader reader(item);
      read(reader, to.emplace_back());
      if (!reader.bad_.empty()) bad(key);
    }
  }
  template <class Tag>
  void id(const char* key, Id<Tag>& to) {
    const auto id = Id<Tag>::parse(text_or(from_, key));
    if (!id) return bad(key);
    to = *id;
  }
  const Value* find_member(const char* key) const { return find(from_, key); }
  void bad(const char* key) {
    if (bad_.empty()) bad_ = key;
  }
  Status status() const {
    if (bad_.empty()) return {};
    return fail(ErrorCode::kInternal, "a stored row has no good '" + bad_ + "'");
  }

 private:
  // The member if it is there and of the type; being of another type is an error, being absent is not.
  const Value* member(const char* key, bool (Value::*is_type)() const noexcept) {
    const Value* value = find(from_, key);
    if (!value || (value->*is_type)()) return value;
    bad(key);
    return nullptr;
  }

  const Value& from_;
  std::string bad_;
};

Value to_value(const core::WithItemsState& items) {
  const auto& [count, scheduled, concurrency, active, completed, failed, keeps_results] = items;
  Value value = Value::object();
  put(value, "count", count);
  put(value, "scheduled", scheduled);
  put(value, "concurrency", concurrency);
  put(value, "active", active);
  put(value, "completed", completed);
  put(value, "failed", failed);
  put(value, "keeps_results", keeps_results);
  return value;
}

void read(Reader& reader, core::WithItemsState& items) {
  reader.number("count", items.count);
  reader.number("scheduled", items.scheduled);
  reader.number("concurrency", items.concurrency);
  reader.number("active", items.active);
  reader.number("completed", items.completed);
  reader.number("failed", items.failed);
  reader.flag("keeps_results", items.keeps_results);
}

// next_tasks and triggered_by.
void put_flow(Value& to, const core::Task& task) {
  for (const core::NextTask& next : task.next_tasks) {
    const auto& [name, event] = next;
    to["next_tasks"].push_back({{"name", name}, {"event", event}});
  }
  for (const core::TriggeredBy& cause : task.triggered_by) {
    const auto& [task_id, event, attempt] = cause;
    Value item = {{"task_id", to_string(task_id)}, {"event", event}};
    put(item, "attempt", attempt);
    to["triggered_by"].push_back(std::move(item));
  }
}

void read_flow(Reader& reader, core::Task& task) {
  reader.list("next_tasks", task.next_tasks, [](Reader& item, core::NextTask& next) {
    item.text("name", next.name);
    item.text("event", next.event);
  });
  reader.list("triggered_by", task.triggered_by, [](Reader& item, core::TriggeredBy& cause) {
    item.id("task_id", cause.task_id);
    item.text("event", cause.event);
    item.number("attempt", cause.attempt);
  });
}

// What a delayed task waits with.
void put_hold(Value& to, const core::Task& task) {
  for (const auto& [delay, word] : kDelays)
    if (task.delay == delay && delay != DelayReason::kNone) to["delay"] = std::string(word);
  if (task.held_state) to["held_state"] = std::string(core::to_string(*task.held_state));
  if (task.held_info) to["held_info"] = *task.held_info;
}

void read_hold(Reader& reader, core::Task& task) {
  std::string word;
  reader.text("delay", word);
  for (const auto& [delay, name] : kDelays)
    if (word == name) task.delay = delay;
  if (!word.empty() && task.delay == DelayReason::kNone) reader.bad("delay");
  word.clear();
  reader.text("held_state", word);
  if (!word.empty()) {
    task.held_state = core::parse_state(word);
    if (!task.held_state) reader.bad("held_state");
  }
  if (reader.find_member("held_info")) reader.text("held_info", task.held_info.emplace());
}

}  // namespace

Value details_of(const core::Execution& execution) {
  const auto& [id, workflow_id, workflow_name, workflow_namespace, definition_hash, project_id, description, tags,
               root_id, parent, source_id, state, state_info, input, params, output, vars, globals, backlog, depth,
               next_serial, version, created_at, updated_at] = execution;
  all_members_are_known(id, workflow_id, workflow_name, workflow_namespace, definition_hash, project_id, description,
                        tags, root_id, parent, source_id, state, state_info, input, params, output, vars, globals,
                        next_serial, version, created_at, updated_at);
  Value details = Value::object();
  put(details, "depth", depth);
  for (const core::BacklogItem& kept : backlog) {
    const auto& [target, event, message, from] = kept;
    Value item = Value::object();
    put(item, "target", target);
    put(item, "event", event);
    if (!message.is_null()) item["message"] = message;
    if (from) item["from"] = to_string(*from);
    details["backlog"].push_back(std::move(item));
  }
  return details;
}

Status read_details(const Value& details, core::Execution& execution) {
  Reader reader(details);
  reader.number("depth", execution.depth);
  reader.list("backlog", execution.backlog, [](Reader& item, core::BacklogItem& kept) {
    item.text("target", kept.target);
    item.text("event", kept.event);
    item.value("message", kept.message);
    if (item.find_member("from")) item.id("from", kept.from.emplace());
  });
  return reader.status();
}

Value details_of(const core::Task& task) {
  const auto& [id, execution_id, name, type, tags, state, state_info, in_context, published, published_global,
               next_tasks, has_next_tasks, error_handled, processed, is_join, triggered_again, triggered_by, with_items,
               items, delay, held_state, held_info, retry_count, retrying, paused_before, attempt, policy_values,
               input_override, superseded, created_at, updated_at, started_at, finished_at] = task;
  all_members_are_known(id, execution_id, name, type, state, state_info, in_context, published, published_global,
                        next_tasks, processed, triggered_by, items, delay, held_state, held_info, created_at,
                        updated_at, started_at, finished_at);
  Value details = Value::object();
  if (!tags.empty()) details["tags"] = tags;
  put_flow(details, task);
  put_hold(details, task);
  put(details, "has_next_tasks", has_next_tasks);
  put(details, "error_handled", error_handled);
  put(details, "is_join", is_join);
  put(details, "triggered_again", triggered_again);
  if (with_items) details["with_items"] = to_value(*with_items);
  put(details, "retry_count", retry_count);
  put(details, "retrying", retrying);
  put(details, "paused_before", paused_before);
  put(details, "attempt", attempt, 1);
  if (!(policy_values.is_object() && policy_values.empty())) details["policy_values"] = policy_values;
  if (!input_override.is_null()) details["input_override"] = input_override;
  put(details, "superseded", superseded);
  return details;
}

Status read_details(const Value& details, core::Task& task) {
  Reader reader(details);
  reader.texts("tags", task.tags);
  read_flow(reader, task);
  read_hold(reader, task);
  reader.flag("has_next_tasks", task.has_next_tasks);
  reader.flag("error_handled", task.error_handled);
  reader.flag("is_join", task.is_join);
  reader.flag("triggered_again", task.triggered_again);
  if (const Value* items = reader.find_member("with_items")) {
    Reader inner(*items);
    read(inner, task.with_items.emplace());
    if (!inner.status()) reader.bad("with_items");
  }
  reader.number("retry_count", task.retry_count);
  reader.flag("retrying", task.retrying);
  reader.flag("paused_before", task.paused_before);
  reader.number("attempt", task.attempt);
  reader.value("policy_values", task.policy_values);
  reader.value("input_override", task.input_override);
  reader.flag("superseded", task.superseded);
  return reader.status();
}

Value details_of(const core::ActionRun& run) {
  const auto& [id, task_id, execution_id, kind, name, adhoc, state, state_info, accepted, index, attempt, task_attempt,
               input, output, is_sync, safe_rerun, recovered, timeout_ms, target, created_at, updated_at] = run;
  all_members_are_known(id, task_id, execution_id, kind, name, state, state_info, accepted, index, attempt, input,
                        output, is_sync, created_at, updated_at);
  Value details = Value::object();
  put(details, "task_attempt", task_attempt, 1);
  put(details, "safe_rerun", safe_rerun);
  put(details, "recovered", recovered);
  if (timeout_ms != 0) details["timeout_ms"] = timeout_ms;
  put(details, "target", target);
  if (adhoc) {
    const auto& [base, base_input, outputs] = *adhoc;
    details["adhoc"] = {{"base", base}, {"input", base_input}, {"outputs", Value(outputs)}};
  }
  return details;
}

Status read_details(const Value& details, core::ActionRun& run) {
  Reader reader(details);
  reader.number("task_attempt", run.task_attempt);
  reader.flag("safe_rerun", run.safe_rerun);
  reader.flag("recovered", run.recovered);
  reader.number("timeout_ms", run.timeout_ms);
  reader.text("target", run.target);
  if (const Value* adhoc = reader.find_member("adhoc")) {
    Reader inner(*adhoc);
    inner.text("base", run.adhoc.emplace().base);
    inner.value("input", run.adhoc->input);
    if (const Value* outputs = find(*adhoc, "outputs"))
      for (const Value& output : *outputs) run.adhoc->outputs.push_back(output);
    if (!inner.status()) reader.bad("adhoc");
  }
  return reader.status();
}

std::string_view to_string(TimerKind kind) {
  for (const auto& [known, word] : kTimerKinds)
    if (known == kind) return word;
  FOEHN_UNREACHABLE();
}

std::optional<TimerKind> parse_timer_kind(std::string_view text) {
  for (const auto& [kind, word] : kTimerKinds)
    if (word == text) return kind;
  return std::nullopt;
}

}  // namespace foehn::store
