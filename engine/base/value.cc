#include "engine/base/value.h"

#include "engine/base/limits.h"

namespace foehn {
namespace {

// nlohmann's parser recurses nowhere, but its destructor and our walkers do: check nesting on the text first.
bool nests_too_deep(std::string_view text) {
  std::size_t level = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++level > limits::kJsonDepthMax) return true;
    } else if (c == ']' || c == '}') {
      if (level > 0) --level;
    }
  }
  return false;
}

}  // namespace

Result<Value> parse_json(std::string_view text) {
  if (nests_too_deep(text))
    return fail(ErrorCode::kInvalidArgument,
                "JSON is nested deeper than " + std::to_string(limits::kJsonDepthMax) + " levels");
  try {
    return Value::parse(text.begin(), text.end());
  } catch (const nlohmann::json::exception& e) {
    std::string message = e.what();
    const std::size_t bracket = message.find("] ");
    if (bracket != std::string::npos) message = message.substr(bracket + 2);
    if (message.size() > 300) message.resize(300);
    return fail(ErrorCode::kInvalidArgument, "invalid JSON: " + message);
  }
}

std::string to_json(const Value& value) {
  return value.dump(-1, ' ', false, Value::error_handler_t::replace);
}

bool is_truthy(const Value& value) {
  switch (value.type()) {
    case Value::value_t::null: return false;
    case Value::value_t::boolean: return value.get<bool>();
    case Value::value_t::number_integer: return value.get<std::int64_t>() != 0;
    case Value::value_t::number_unsigned: return value.get<std::uint64_t>() != 0;
    case Value::value_t::number_float: return value.get<double>() != 0.0;
    case Value::value_t::string: return !value.get_ref<const std::string&>().empty();
    default: return !value.empty();
  }
}

std::string_view type_name(const Value& value) {
  switch (value.type()) {
    case Value::value_t::null: return "null";
    case Value::value_t::boolean: return "boolean";
    case Value::value_t::number_integer:
    case Value::value_t::number_unsigned: return "integer";
    case Value::value_t::number_float: return "number";
    case Value::value_t::string: return "string";
    case Value::value_t::array: return "list";
    default: return "object";
  }
}

std::size_t size_bytes(const Value& value, std::size_t stop_at) {
  std::size_t total = 16;
  if (value.is_string()) return total + value.get_ref<const std::string&>().size();
  if (value.is_object()) {
    for (const auto& [key, member] : value.get_ref<const Value::object_t&>()) {
      total += key.size() + 24 + size_bytes(member, stop_at);
      if (total > stop_at) return total;
    }
  } else if (value.is_array()) {
    for (const auto& item : value) {
      total += size_bytes(item, stop_at);
      if (total > stop_at) return total;
    }
  }
  return total;
}

std::size_t depth(const Value& value, std::size_t stop_at) {
  if (!value.is_structured() || stop_at == 0) return 0;
  std::size_t deepest = 0;
  for (const auto& item : value) deepest = std::max(deepest, depth(item, stop_at - 1));
  return deepest + 1;
}

const Value* find(const Value& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto& members = object.get_ref<const Value::object_t&>();
  const auto found = members.find(key);
  return found == members.end() ? nullptr : &found->second;
}

std::string text_or(const Value& object, std::string_view key, std::string_view otherwise) {
  const Value* member = find(object, key);
  return member && member->is_string() ? member->get<std::string>() : std::string(otherwise);
}

void merge_into(Value& left, const Value& right) {
  if (!right.is_object()) return;
  if (!left.is_object()) left = Value::object();
  for (const auto& [key, member] : right.get_ref<const Value::object_t&>()) {
    Value& mine = left[key];
    if (mine.is_object() && member.is_object()) {
      merge_into(mine, member);
    } else {
      mine = member;
    }
  }
}

void apply_merge_patch(Value& target, const Value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Value::object();
  for (const auto& [key, member] : patch.get_ref<const Value::object_t&>()) {
    if (member.is_null()) {
      target.erase(key);
    } else {
      apply_merge_patch(target[key], member);
    }
  }
}

}  // namespace foehn
