// Leaving the evaluation: Datum → JSON, and Python's repr() and str().
#include "dsl/expr/datum.h"
#include "dsl/expr/evaluation.h"
#include "dsl/expr/result.h"

namespace foehn::expr {
namespace {

// What YAQL gives.
class PlainResult final : public ResultMaker {
 public:
  using ResultMaker::ResultMaker;

 private:
  bool list(const Datum& datum, Value& out, std::size_t level) override {
    return fill(Items(evaluation(), datum), out, level);
  }
  bool key(const Datum& datum, std::string& out) override {
    out = str(evaluation(), datum);
    return !evaluation().failed();
  }
  bool number(double) override { return true; }
  bool object(const Datum& datum, Value& out, std::size_t level) override {
    if (datum.kind() == Kind::kSet) return list(datum, out, level);
    const auto* opaque = datum.as<OpaqueObject>();
    if (opaque && opaque->has_text()) {
      out = opaque->text();
      return true;
    }
    return refuse(opaque && !opaque->complaint().empty() ? std::string(opaque->complaint())
                                                         : "the result is " + a_name_of(datum) + ", which is no data");
  }
};

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
  return PlainResult(evaluation).run(datum);
}

std::size_t copy_bytes(const Value& value, std::size_t enough) {
  constexpr std::size_t kShort = 15;  // bytes that a string holds without a block of its own
  constexpr std::size_t kContainerBytes = sizeof(Value::object_t) + 2 * kBlockBytes;
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
      const bool plain = evaluation.tuples() && is_given(datum);
      const bool tuple = !plain && style_of(datum) == (evaluation.tuples() ? ListStyle::kContext : ListStyle::kOther);
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
