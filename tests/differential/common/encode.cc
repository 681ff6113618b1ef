#include "tests/differential/common/encode.h"

namespace foehn::differential {
namespace {

using expr::Datum;
using expr::Kind;

Value items_of(expr::Evaluation& evaluation, const Datum& datum) {
  Value list = Value::array();
  expr::Items items(evaluation, datum);
  Datum item;
  while (items.next(item)) {
    if (!evaluation.charge(sizeof(Value))) break;
    list.push_back(encode(evaluation, item));
  }
  return list;
}

Value members_of(expr::Evaluation& evaluation, const Datum& datum) {
  Value pairs = Value::array();
  expr::Members members(datum);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    Value pair = Value::array();
    pair.push_back(encode(evaluation, key));
    pair.push_back(encode(evaluation, value));
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

Value tagged(const char* tag, Value content) {
  Value made = Value::object();
  made[tag] = std::move(content);
  return made;
}

}  // namespace

Value encode(expr::Evaluation& evaluation, const Datum& datum) {
  switch (datum.kind()) {
    case Kind::kNull: return nullptr;
    case Kind::kBoolean: return datum.boolean();
    case Kind::kInteger: return datum.integer();
    case Kind::kNumber: return tagged("f", to_python_repr(Value(datum.number())));
    case Kind::kText: return std::string(datum.text());
    case Kind::kList: return items_of(evaluation, datum);
    case Kind::kSet: return tagged("s", items_of(evaluation, datum));
    case Kind::kDict: return tagged("d", members_of(evaluation, datum));
    default: {
      Value made = tagged("o", std::string(expr::name_of(datum)));
      if (const auto* opaque = datum.as<expr::OpaqueObject>()) made["t"] = opaque->text();
      return made;
    }
  }
}

Value encode(const Value& value) {
  if (value.is_number_float()) return tagged("f", to_python_repr(value));
  if (value.is_array()) {
    Value list = Value::array();
    for (const Value& item : value) list.push_back(encode(item));
    return list;
  }
  if (!value.is_object()) return value;
  Value pairs = Value::array();
  for (const auto& [key, item] : value.get_ref<const Value::object_t&>())
    pairs.push_back(Value::array({key, encode(item)}));
  return tagged("d", std::move(pairs));
}

}  // namespace foehn::differential
