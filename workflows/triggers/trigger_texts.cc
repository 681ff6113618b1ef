#include "workflows/triggers/trigger_texts.h"

namespace foehn::triggers {

Value time_or_null(const std::optional<WallTime>& time) { return time ? Value(to_mistral_time(*time)) : Value(); }

std::string start_description(std::string_view kind, const std::string& id, const std::string& name) {
  const std::string word(kind);
  Value text = Value::object();
  text["description"] = "Workflow execution created by " + word + " trigger '(" + id + ")'.";
  text["triggered_by"] = Value{{"type", word + "_trigger"}, {"id", id}, {"name", name}};
  return to_python_json(text);
}

}  // namespace foehn::triggers
