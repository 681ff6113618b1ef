// Leaving the evaluation: Datum → JSON, and Python's repr() and str().
#include "dsl/expr/datum.h"
#include "dsl/expr/evaluation.h"
#include "engine/base/limits.h"

namespace foehn::expr {
namespace {

// What a text, a member of an object, and an object or list of JSON take beside their content, at most.
constexpr std::size_t kTextBytes = sizeof(std::string) + 2 * kBlockBytes;
constexpr std::size_t kMemberBytes = 3 * sizeof(Value::object_t::value_type) + 10 * sizeof(std::uint32_t);
constexpr std::size_t kContainerBytes = sizeof(Value::object_t) + 2 * kBlockBytes;

// Python's json.dumps on keys that are no texts.
std::string key_text(Evaluation& evaluation, const Datum& key) {
  switch (key.kind()) {
    case Kind::kText:
      return std::string(key.text());
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return key.boolean() ? "true" : "false";
    default:
      return str(evaluation, key);
  }
}

bool convert(Evaluation& evaluation, const Datum& datum, Value& out, std::size_t level);

bool convert_list(Evaluation& evaluation, const Datum& datum, Value& out, std::size_t level) {
  out = Value::array();
  auto& array = out.get_ref<Value::array_t&>();
  Items items(evaluation, datum);
  Datum item;
  while (items.next(item)) {
    array.emplace_back();
    if (!convert(evaluation, item, array.back(), level + 1)) return false;
  }
  return !evaluation.failed();
}

bool convert_dict(Evaluation& evaluation, const Datum& datum, Value& out, std::size_t level) {
  out = Value::object();
  Members members(datum);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    if (!evaluation.step()) return false;
    std::string name = key_text(evaluation, key);
    if (!evaluation.charge(name.size() + kMemberBytes)) return false;
    if (!convert(evaluation, value, out[std::move(name)], level + 1)) return false;
  }
  return true;
}

bool convert(Evaluation& evaluation, const Datum& datum, Value& out, std::size_t level) {
  if (level > limits::kJsonDepthMax) {
    evaluation.fail("the result is nested deeper than " + std::to_string(limits::kJsonDepthMax) + " levels",
                    ErrorCode::kResourceExhausted);
    return false;
  }
  if (!evaluation.charge(kItemBytes)) return false;
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
      return true;
    case Kind::kText: {
      const std::string_view text = datum.text();
      if (!evaluation.charge(text.size() + kTextBytes)) return false;
      out = std::string(text);
      return true;
    }
    case Kind::kList:
    case Kind::kSet:
    case Kind::kDict:
      break;
    case Kind::kObject:
      if (const auto* opaque = datum.as<OpaqueObject>(); opaque && opaque->has_text()) {
        out = opaque->text();
        return true;
      } else if (opaque && !opaque->complaint().empty()) {
        evaluation.fail(opaque->complaint());
        return false;
      }
      [[fallthrough]];
    default:
      evaluation.fail("the result is " + a_name_of(datum) + ", which is no data");
      return false;
  }
  if (const Value* value = datum.value()) {
    if (!evaluation.charge(copy_bytes(*value, evaluation.bytes_left() + 1))) return false;
    out = *value;
    return true;
  }
  if (!evaluation.charge(kContainerBytes)) return false;
  return datum.kind() == Kind::kDict ? convert_dict(evaluation, datum, out, level)
                                     : convert_list(evaluation, datum, out, level);
}

void append_items(Evaluation& evaluation, const Datum& datum, std::string& out) {
  Items items(evaluation, datum);
  Datum item;
  for (bool first = true; items.next(item) && !evaluation.failed(); first = false) {
    if (!first) evaluation.append(out, ", ");
    append_repr(evaluation, item, out);
  }
}

void append_dict(Evaluation& evaluation, const Datum& datum, std::string& out) {
  out.push_back('{');
  Members members(datum);
  Datum key;
  Datum value;
  for (bool first = true; members.next(key, value) && !evaluation.failed(); first = false) {
    if (!first) evaluation.append(out, ", ");
    append_repr(evaluation, key, out);
    evaluation.append(out, ": ");
    append_repr(evaluation, value, out);
  }
  out.push_back('}');
}

// Sets of YAQL are frozensets.
void append_set(Evaluation& evaluation, const Datum& datum, std::string& out) {
  const bool frozen = evaluation.tuples();
  if (frozen || length(datum) == 0) out += frozen ? "frozenset(" : "set(";
  if (length(datum) != 0) {
    out.push_back('{');
    append_items(evaluation, datum, out);
    out.push_back('}');
  }
  if (frozen || length(datum) == 0) out.push_back(')');
}

}  // namespace

Result<Value> to_value(Evaluation& evaluation, const Datum& datum) {
  Value out;
  if (datum.failed() || !convert(evaluation, datum, out, 0)) return fail(evaluation.error());
  return out;
}

std::size_t copy_bytes(const Value& value, std::size_t enough) {
  constexpr std::size_t kShort = 15;  // bytes that a string holds without a block of its own
  constexpr std::size_t kCopiedMemberBytes = sizeof(Value::object_t::value_type) + 6 * sizeof(std::uint32_t);
  const auto beside = [](const std::string& text) { return text.size() > kShort ? text.size() + kBlockBytes : 0; };
  std::size_t bytes = sizeof(Value);
  if (value.is_string())
    return bytes + sizeof(std::string) + kBlockBytes + beside(value.get_ref<const std::string&>());
  if (!value.is_structured()) return bytes;
  bytes += kContainerBytes;
  if (value.is_object()) {
    for (const auto& [key, member] : value.get_ref<const Value::object_t&>()) {
      if (bytes > enough) break;
      bytes += kCopiedMemberBytes - sizeof(Value) + beside(key) + copy_bytes(member, enough);
    }
  } else {
    for (const Value& item : value) {
      if (bytes > enough) break;
      bytes += copy_bytes(item, enough);
    }
  }
  return bytes;
}

// A byte may become four, and the text is copied and grows while it is written.
void append_text_repr(Evaluation& evaluation, std::string_view text, std::string& out) {
  constexpr std::size_t kBytesPerByte = 14;
  if (evaluation.affords(kBytesPerByte, text.size()))
    evaluation.append(out, to_python_repr(Value(std::string(text))));
}

void append_repr(Evaluation& evaluation, const Datum& datum, std::string& out) {
  switch (datum.kind()) {
    case Kind::kNull:
      evaluation.append(out, "None");
      return;
    case Kind::kBoolean:
      evaluation.append(out, datum.boolean() ? "True" : "False");
      return;
    case Kind::kInteger:
      evaluation.append(out, std::to_string(datum.integer()));
      return;
    case Kind::kNumber:
      evaluation.append(out, to_python_repr(Value(datum.number())));
      return;
    case Kind::kText:
      append_text_repr(evaluation, datum.text(), out);
      return;
    case Kind::kList: {
      const bool tuple = style_of(datum) == (evaluation.tuples() ? ListStyle::kContext : ListStyle::kOther);
      evaluation.append(out, tuple ? "(" : "[");
      append_items(evaluation, datum, out);
      if (tuple && length(datum) == 1) out.push_back(',');
      out.push_back(tuple ? ')' : ']');
      return;
    }
    case Kind::kSet:
      return append_set(evaluation, datum, out);
    case Kind::kDict:
      append_dict(evaluation, datum, out);
      return;
    default:
      if (const auto* opaque = datum.as<OpaqueObject>()) {
        if (!opaque->complaint().empty()) evaluation.fail(opaque->complaint());
        evaluation.append(out, opaque->repr());
      }
  }
}

std::string repr(Evaluation& evaluation, const Datum& datum) {
  std::string out;
  append_repr(evaluation, datum, out);
  return out;
}

std::string str(Evaluation& evaluation, const Datum& datum) {
  if (datum.is_text()) return evaluation.affords(1, datum.text().size()) ? std::string(datum.text()) : std::string();
  if (const auto* opaque = datum.as<OpaqueObject>(); opaque && opaque->complaint().empty()) return opaque->text();
  return repr(evaluation, datum);
}

std::string a_name_of(const Datum& datum) {
  const std::string_view name = name_of(datum);
  const bool vowel = std::string_view("aeiou").find(name[0]) != std::string_view::npos;
  return (vowel ? "an " : name == "null" || name == "nothing" ? "" : "a ") + std::string(name);
}

std::string_view name_of(const Datum& datum) {
  switch (datum.kind()) {
    case Kind::kNull:
      return "null";
    case Kind::kBoolean:
      return "boolean";
    case Kind::kInteger:
      return "integer";
    case Kind::kNumber:
      return "number";
    case Kind::kText:
      return "string";
    case Kind::kList:
      return style_of(datum) == ListStyle::kIterator ? "iterator" : "list";
    case Kind::kDict:
      return "object";
    case Kind::kSet:
      return "set";
    case Kind::kObject:
      if (const auto* opaque = datum.as<OpaqueObject>()) return opaque->type();
      return "context";
    case Kind::kCode:
      return "expression";
    default:
      return "nothing";
  }
}

}  // namespace foehn::expr
