#include "dsl/expr/result.h"

#include "engine/base/limits.h"

namespace foehn::expr {
namespace {

// What a text, a member of an object, and an object or list of JSON take beside their content, at most.
constexpr std::size_t kTextBytes = sizeof(std::string) + 2 * kBlockBytes;
constexpr std::size_t kMemberBytes = 3 * sizeof(Value::object_t::value_type) + 10 * sizeof(std::uint32_t);
constexpr std::size_t kContainerBytes = sizeof(Value::object_t) + 2 * kBlockBytes;

}  // namespace

Result<Value> ResultMaker::run(const Datum& datum) {
  Value out;
  if (datum.failed() || !make(datum, out, 0) || evaluation_.failed()) return fail(evaluation_.error());
  return out;
}

bool ResultMaker::begin_list(Value& out) const {
  out = Value::array();
  return evaluation_.charge(kContainerBytes);
}

bool ResultMaker::make_dict(const Datum& datum, Value& out, std::size_t level) {
  if (!evaluation_.charge(kContainerBytes)) return false;
  out = Value::object();
  Members members(datum);
  Datum name;
  Datum value;
  std::string text;
  while (members.next(name, value)) {
    if (!evaluation_.step()) return false;
    if (name.is_text()) {
      text = std::string(name.text());
    } else if (name.is_null()) {
      text = "null";
    } else if (name.kind() == Kind::kBoolean) {
      text = name.boolean() ? "true" : "false";
    } else if (!key(name, text)) {
      return false;
    }
    if (!evaluation_.charge(text.size() + kMemberBytes) || !make(value, out[text], level + 1)) return false;
  }
  return true;
}

bool ResultMaker::make(const Datum& datum, Value& out, std::size_t level) {
  if (level > limits::kJsonDepthMax) {
    evaluation_.fail("the result is nested deeper than " + std::to_string(limits::kJsonDepthMax) + " levels",
                     ErrorCode::kResourceExhausted);
    return false;
  }
  if (datum.failed() || !evaluation_.charge(kItemBytes)) return false;
  if (const Value* value = datum.value()) {
    if (!evaluation_.charge(copy_bytes(*value, evaluation_.bytes_left() + 1))) return false;
    out = *value;
    return true;
  }
  switch (datum.kind()) {
    case Kind::kNull:
      out = nullptr;
      return true;
    case Kind::kBoolean:
      out = datum.boolean();
      return true;
    case Kind::kInteger:
      out = datum.integer();
      return true;
    case Kind::kNumber:
      out = datum.number();
      return number(datum.number());
    case Kind::kText:
      if (!evaluation_.charge(datum.text().size() + kTextBytes)) return false;
      out = std::string(datum.text());
      return true;
    case Kind::kList:
      return list(datum, out, level);
    case Kind::kDict:
      return make_dict(datum, out, level);
    default:
      return object(datum, out, level);
  }
}

}  // namespace foehn::expr
