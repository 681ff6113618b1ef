#include "engine/core/event_codec.h"

#include <limits>

#include "engine/base/limits.h"

namespace foehn::core {
namespace {

template <class Tag>
void put(Value& to, const char* key, const Id<Tag>& id) {
  to[key] = to_string(id);
}
void put(Value& to, const char* key, const std::string& text) {
  if (!text.empty()) to[key] = text;
}
void put(Value& to, const char* key, std::uint32_t number) {
  if (number != 0) to[key] = number;
}
void put(Value& to, const char* key, bool flag) {
  if (flag) to[key] = true;
}
void put(Value& to, const char* key, State state) { to[key] = std::string(to_string(state)); }
void put(Value& to, const char* key, const Value& value) {
  if (!value.is_null()) to[key] = value;
}
template <class T>
void put(Value& to, const char* key, const std::optional<T>& value) {
  if (value) put(to, key, *value);
}
// A present text stays present when it is empty.
void put(Value& to, const char* key, const std::optional<std::string>& text) {
  if (text) to[key] = *text;
}

std::string_view word_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kSuccess: return "success";
    case OutcomeKind::kError: return "error";
    case OutcomeKind::kCancelled: return "cancelled";
  }
  return "error";
}

void write(const StartExecution& event, Value& to) {
  put(to, "id", event.id);
  put(to, "workflow_id", event.workflow_id);
  put(to, "workflow_namespace", event.workflow_namespace);
  put(to, "project_id", event.project_id);
  put(to, "description", event.description);
  put(to, "input", event.input);
  put(to, "params", event.params);
  if (event.parent) {
    Value parent = Value::object();
    put(parent, "execution_id", event.parent->execution_id);
    put(parent, "task_id", event.parent->task_id);
    put(parent, "index", event.parent->index);
    to["parent"] = std::move(parent);
  }
  put(to, "root_id", event.root_id);
  put(to, "source_id", event.source_id);
  put(to, "depth", event.depth);
}
void write(const ActionAdmitted& event, Value& to) { put(to, "run_id", event.run_id); }
void write(const ActionFinished& event, Value& to) {
  put(to, "run_id", event.run_id);
  put(to, "attempt", event.attempt);
  to["outcome"] = std::string(word_of(event.outcome.kind));
  put(to, "data", event.outcome.data);
  put(to, "reason", event.reason);
}
void write(const ActionUpdated& event, Value& to) {
  put(to, "run_id", event.run_id);
  put(to, "state", event.state);
}
void write(const ActionLost& event, Value& to) {
  put(to, "run_id", event.run_id);
  put(to, "attempt", event.attempt);
}
void write(const TimerFired& event, Value& to) { put(to, "timer_id", event.timer_id); }
void write(const ChildChanged& event, Value& to) {
  put(to, "run_id", event.run_id);
  put(to, "state", event.state);
  put(to, "state_info", event.state_info);
  put(to, "output", event.output);
  put(to, "by_parent", event.by_parent);
}
void write(const PauseExecution& event, Value& to) { put(to, "from_parent", event.from_parent); }
void write(const ResumeExecution& event, Value& to) {
  put(to, "env", event.env);
  put(to, "from_parent", event.from_parent);
}
void write(const StopExecution& event, Value& to) {
  put(to, "state", event.state);
  put(to, "message", event.message);
  put(to, "from_parent", event.from_parent);
}
void write(const RerunTask& event, Value& to) {
  put(to, "task_id", event.task_id);
  put(to, "reset", event.reset);
  put(to, "env", event.env);
}
void write(const SkipTask& event, Value& to) {
  put(to, "task_id", event.task_id);
  put(to, "env", event.env);
}
void write(const RerunTasks& event, Value& to) {
  for (const TaskId id : event.task_ids) to["task_ids"].push_back(to_string(id));
  put(to, "reset", event.reset);
  put(to, "downstream", event.downstream);
  put(to, "all", event.all);
  for (const std::uint32_t item : event.items) to["items"].push_back(item);
  put(to, "env", event.env);
  put(to, "input", event.input);
  put(to, "definition_hash", event.definition_hash);
  for (const RerunBelow& below : event.below) {
    Value one = Value::object();
    for (const ActionRunId id : below.path) one["path"].push_back(to_string(id));
    for (const TaskId id : below.task_ids) one["task_ids"].push_back(to_string(id));
    to["below"].push_back(std::move(one));
  }
  put(to, "from_parent", event.from_parent);
}
void write(const UpdateExecution& event, Value& to) {
  put(to, "description", event.description);
  put(to, "env", event.env);
}

// Reads members; the first one that is missing or of the wrong type is kept as the error.
class Reader {
 public:
  explicit Reader(const Value& from) : from_(from) {}

  template <class Tag>
  void id(const char* key, Id<Tag>& to) {
    std::optional<Id<Tag>> read;
    id(key, read);
    if (!read) return bad(key);
    to = *read;
  }
  template <class Tag>
  void id(const char* key, std::optional<Id<Tag>>& to) {
    const Value* value = find(from_, key);
    if (!value) return;
    if (!value->is_string()) return bad(key);
    to = Id<Tag>::parse(value->get_ref<const std::string&>());
    if (!to) bad(key);
  }
  void text(const char* key, std::string& to) {
    const Value* value = find(from_, key);
    if (!value) return;
    if (!value->is_string()) return bad(key);
    to = value->get<std::string>();
  }
  void text(const char* key, std::optional<std::string>& to) {
    if (!find(from_, key)) return;
    to.emplace();
    text(key, *to);
  }
  void number(const char* key, std::uint32_t& to) {
    const Value* value = find(from_, key);
    if (!value) return;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
      return bad(key);
    to = value->get<std::uint32_t>();
  }
  // An absent flag is false: defaults in the structs are for new events.
  void flag(const char* key, bool& to) {
    const Value* value = find(from_, key);
    to = value && value->is_boolean() && value->get<bool>();
  }
  void state(const char* key, State& to) {
    const Value* value = find(from_, key);
    const auto state = value && value->is_string() ? parse_state(value->get_ref<const std::string&>()) : std::nullopt;
    if (!state) return bad(key);
    to = *state;
  }
  void any(const char* key, Value& to) {
    const Value* value = find(from_, key);
    to = value ? *value : Value();
  }
  void outcome(ActionOutcome& to) {
    const std::string word = text_or(from_, "outcome");
    for (const OutcomeKind kind : {OutcomeKind::kSuccess, OutcomeKind::kError, OutcomeKind::kCancelled}) {
      if (word != word_of(kind)) continue;
      to.kind = kind;
      return any("data", to.data);
    }
    bad("outcome");
  }
  // Calls `read` with every member of a list.
  template <class Read>
  void list(const char* key, Read read) {
    const Value* value = find(from_, key);
    if (!value) return;
    if (!value->is_array()) return bad(key);
    for (const Value& item : *value)
      if (!read(item)) return bad(key);
  }
  template <class Tag>
  void ids(const char* key, std::vector<Id<Tag>>& to) {
    list(key, [&](const Value& item) {
      const auto id = item.is_string() ? Id<Tag>::parse(item.get_ref<const std::string&>()) : std::nullopt;
      if (id) to.push_back(*id);
      return id.has_value();
    });
  }
  const Value* object(const char* key) const { return find(from_, key); }
  void bad(const char* key) {
    if (bad_.empty()) bad_ = key;
  }
  const std::string& bad() const { return bad_; }

 private:
  const Value& from_;
  std::string bad_;
};

void read(Reader& from, StartExecution& event) {
  from.id("id", event.id);
  from.id("workflow_id", event.workflow_id);
  from.text("workflow_namespace", event.workflow_namespace);
  from.text("project_id", event.project_id);
  from.text("description", event.description);
  from.any("input", event.input);
  from.any("params", event.params);
  if (const Value* parent = from.object("parent")) {
    Reader link(*parent);
    event.parent.emplace();
    link.id("execution_id", event.parent->execution_id);
    link.id("task_id", event.parent->task_id);
    link.number("index", event.parent->index);
    if (!link.bad().empty()) from.bad("parent");
  }
  from.id("root_id", event.root_id);
  from.id("source_id", event.source_id);
  from.number("depth", event.depth);
}
void read(Reader& from, ActionAdmitted& event) { from.id("run_id", event.run_id); }
void read(Reader& from, ActionFinished& event) {
  from.id("run_id", event.run_id);
  from.number("attempt", event.attempt);
  from.outcome(event.outcome);
  from.text("reason", event.reason);
}
void read(Reader& from, ActionUpdated& event) {
  from.id("run_id", event.run_id);
  from.state("state", event.state);
}
void read(Reader& from, ActionLost& event) {
  from.id("run_id", event.run_id);
  event.attempt = 0;
  from.number("attempt", event.attempt);
}
void read(Reader& from, TimerFired& event) { from.id("timer_id", event.timer_id); }
void read(Reader& from, ChildChanged& event) {
  from.id("run_id", event.run_id);
  from.state("state", event.state);
  from.text("state_info", event.state_info);
  from.any("output", event.output);
  from.flag("by_parent", event.by_parent);
}
void read(Reader& from, PauseExecution& event) { from.flag("from_parent", event.from_parent); }
void read(Reader& from, ResumeExecution& event) {
  from.any("env", event.env);
  from.flag("from_parent", event.from_parent);
}
void read(Reader& from, StopExecution& event) {
  from.state("state", event.state);
  from.text("message", event.message);
  from.flag("from_parent", event.from_parent);
}
void read(Reader& from, RerunTask& event) {
  from.id("task_id", event.task_id);
  from.flag("reset", event.reset);
  from.any("env", event.env);
}
void read(Reader& from, SkipTask& event) {
  from.id("task_id", event.task_id);
  from.any("env", event.env);
}
void read(Reader& from, RerunTasks& event) {
  from.ids("task_ids", event.task_ids);
  from.flag("reset", event.reset);
  from.flag("downstream", event.downstream);
  from.flag("all", event.all);
  from.list("items", [&](const Value& item) {
    const bool good = item.is_number_unsigned() && item.get<std::uint64_t>() < limits::kWithItemsMax;
    if (good) event.items.push_back(item.get<std::uint32_t>());
    return good;
  });
  from.any("env", event.env);
  from.any("input", event.input);
  from.text("definition_hash", event.definition_hash);
  from.list("below", [&](const Value& item) {
    Reader below(item);
    below.ids("path", event.below.emplace_back().path);
    below.ids("task_ids", event.below.back().task_ids);
    return below.bad().empty() && !event.below.back().path.empty();
  });
  from.flag("from_parent", event.from_parent);
}
void read(Reader& from, UpdateExecution& event) {
  from.text("description", event.description);
  from.any("env", event.env);
}

// Reads the alternative whose name is `type`.
template <std::size_t index = 0>
Result<Event> read_named(std::string_view type, const Value& stored) {
  if constexpr (index == std::variant_size_v<Event>) {
    return fail(ErrorCode::kInvalidArgument, "a stored event has the unknown type '" + std::string(type) + "'");
  } else {
    Event event{std::in_place_index<index>};
    if (name_of(event) != type) return read_named<index + 1>(type, stored);
    Reader reader(stored);
    read(reader, std::get<index>(event));
    if (!reader.bad().empty())
      return fail(ErrorCode::kInvalidArgument,
                  "a stored " + std::string(type) + " event has no good '" + reader.bad() + "'");
    return event;
  }
}

}  // namespace

Value to_value(const Event& event) {
  Value stored = Value::object();
  stored["type"] = std::string(name_of(event));
  std::visit([&](const auto& alternative) { write(alternative, stored); }, event);
  return stored;
}

Result<Event> event_from_value(const Value& stored) {
  const std::string type = text_or(stored, "type");
  if (type.empty()) return fail(ErrorCode::kInvalidArgument, "a stored event has no type");
  return read_named(type, stored);
}

}  // namespace foehn::core
