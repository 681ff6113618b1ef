#include "engine/scenario/compare.h"

#include <algorithm>

namespace foehn::scenario {
namespace {

constexpr std::size_t kShownBytes = 300;

bool is_plain_name(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string member(const std::string& where, const std::string& key) {
  return where + (is_plain_name(key) ? "." + key : "[" + to_json(Value(key)) + "]");
}

void add(std::vector<std::string>& differences, std::string text) {
  if (differences.size() < kDifferencesMax) differences.push_back(std::move(text));
}

void compare_objects(const std::string& where, const Value& expected, const Value& actual, bool subset,
                     std::vector<std::string>& differences) {
  for (auto item = expected.begin(); item != expected.end(); ++item) {
    const Value* own = find(actual, item.key());
    if (own == nullptr) {
      add(differences, member(where, item.key()) + ": expected " + shown(item.value()) + ", is missing");
    } else {
      compare_values(member(where, item.key()), item.value(), *own, subset, differences);
    }
  }
  if (subset) return;
  for (auto item = actual.begin(); item != actual.end(); ++item)
    if (find(expected, item.key()) == nullptr)
      add(differences, member(where, item.key()) + ": not expected, is " + shown(item.value()));
}

void compare_lists(const std::string& where, const Value& expected, const Value& actual, bool subset,
                   std::vector<std::string>& differences) {
  if (expected.size() != actual.size())
    add(differences, where + ": expected " + std::to_string(expected.size()) + " elements, got " +
                         std::to_string(actual.size()) + ": " + shown(actual));
  for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i)
    compare_values(where + "[" + std::to_string(i) + "]", expected[i], actual[i], subset, differences);
}

}  // namespace

std::string shown(const Value& value) {
  std::string text = to_json(value);
  if (text.size() <= kShownBytes) return text;
  std::size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "… (" + std::to_string(text.size()) + " bytes)";
}

void compare_values(const std::string& where, const Value& expected, const Value& actual, bool subset,
                    std::vector<std::string>& differences) {
  if (differences.size() >= kDifferencesMax || (!subset && expected == actual)) return;
  if (expected.is_object() && actual.is_object()) {
    compare_objects(where, expected, actual, subset, differences);
  } else if (expected.is_array() && actual.is_array()) {
    compare_lists(where, expected, actual, subset, differences);
  } else if (expected != actual) {
    add(differences, where + ": expected " + shown(expected) + ", got " + shown(actual));
  }
}

void compare_text_has(const std::string& where, const Value& parts, const std::string& actual,
                      std::vector<std::string>& differences) {
  const Value list = parts.is_array() ? parts : Value::array({parts});
  for (const Value& part : list) {
    const std::string text = part.is_string() ? part.get<std::string>() : to_json(part);
    if (actual.find(text) == std::string::npos)
      add(differences, where + ": expected to have " + to_json(Value(text)) + ", is " + shown(Value(actual)));
  }
}

void compare_order(const Value& expected, const std::vector<std::string>& actual,
                   std::vector<std::string>& differences) {
  std::size_t at = 0;
  for (const Value& name : expected) {
    const std::string text = name.is_string() ? name.get<std::string>() : to_json(name);
    const auto found = std::find(actual.begin() + static_cast<std::ptrdiff_t>(at), actual.end(), text);
    if (found == actual.end()) {
      std::string order;
      for (const std::string& one : actual) order += (order.empty() ? "" : ", ") + one;
      const bool earlier = std::find(actual.begin(), actual.end(), text) != actual.end();
      add(differences, "order: '" + text + "' " + (earlier ? "started too early" : "never started") +
                           "; tasks started: " + (order.empty() ? "none" : order));
      return;
    }
    at = static_cast<std::size_t>(found - actual.begin()) + 1;
  }
}

}  // namespace foehn::scenario
