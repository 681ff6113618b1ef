// Python's operations on values: attributes, items, order, iteration.
#include <algorithm>
#include <charconv>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/jinja/globals.h"
#include "dsl/expr/text.h"
#include "engine/base/diagnostic.h"

namespace foehn::jinja {

using expr::ListStyle;

bool is_undefined(const Datum& datum) { return datum.as<UndefinedObject>() != nullptr; }

Datum undefined(Evaluation& evaluation, std::string reason) {
  if (!evaluation.charge(sizeof(UndefinedObject) + reason.size())) return Datum::failure();
  return Datum::of(new UndefinedObject(std::move(reason)));
}

bool usable(Evaluation& evaluation, const Datum& datum) {
  if (datum.failed()) return false;
  const auto* missing = datum.as<UndefinedObject>();
  if (missing) evaluation.fail(missing->complaint());
  return !missing;
}

Datum MethodObject::call(Arguments& arguments) const { return method_.run(arguments, receiver_); }

namespace {

std::string_view python_name(const Datum& datum) {
  switch (datum.kind()) {
    case Kind::kDict:
      return "dict object";
    case Kind::kList:
      return "list object";
    case Kind::kText:
      return "str object";
    case Kind::kInteger:
      return "int object";
    case Kind::kNumber:
      return "float object";
    case Kind::kBoolean:
      return "bool object";
    case Kind::kNull:
      return "None";
    default:
      return "object";
  }
}

Datum no_attribute(Evaluation& evaluation, const Datum& receiver, const std::string& name) {
  std::string near;
  if (receiver.kind() == Kind::kDict) {
    constexpr std::size_t kKeysMax = 1000;
    std::vector<std::string> keys;
    expr::Members members(receiver);
    Datum key;
    Datum value;
    while (keys.size() < kKeysMax && members.next(key, value))
      if (key.is_text()) keys.emplace_back(key.text());
    near = nearest_name(name, keys);
  }
  const std::string has = receiver.is_null() ? " has no attribute '" : "' has no attribute '";
  return undefined(evaluation, (receiver.is_null() ? "" : "'") + std::string(python_name(receiver)) + has + name + "'" +
                                   (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

// The item of a list or text at `index`, counted from the end when negative.
bool at_index(Evaluation& evaluation, const Datum& receiver, std::int64_t index, Datum& out) {
  if (receiver.is_text()) {
    const auto count = static_cast<std::int64_t>(expr::count_points(receiver.text()));
    if (index < 0) index += count;
    if (index < 0 || index >= count) return false;
    out = evaluation.text(std::string(expr::slice(receiver.text(), index, index + 1)));
    return true;
  }
  if (const Value* value = receiver.value()) {
    const auto count = static_cast<std::int64_t>(value->size());
    if (index < 0) index += count;
    if (index < 0 || index >= count) return false;
    out = Datum::of((*value)[static_cast<std::size_t>(index)]);
    return true;
  }
  auto* list = receiver.as<expr::ListObject>();
  if (!list) return false;
  if (index < 0) {
    list->reaches(evaluation, static_cast<std::size_t>(-1));
    index += static_cast<std::int64_t>(list->items.size());
  }
  if (index < 0 || !list->reaches(evaluation, static_cast<std::size_t>(index))) return false;
  out = list->items[static_cast<std::size_t>(index)];
  return true;
}

}  // namespace

Datum attribute(Evaluation& evaluation, const Datum& receiver, const std::string& name) {
  if (!usable(evaluation, receiver)) return Datum::failure();
  Datum value;
  if (receiver.kind() == Kind::kDict && !find_method(receiver, name) && expr::lookup(receiver, name, value))
    return value;
  if (const auto* loop = receiver.as<LoopObject>()) value = loop->get(evaluation, name);
  if (receiver.as<LoopObject>() && !value.is_missing() && !find_method(receiver, name)) return value;
  if (const auto* space = receiver.as<NamespaceObject>(); space && expr::lookup(space->values(), name, value))
    return value;
  if (const Method* method = find_method(receiver, name)) {
    if (!evaluation.charge(sizeof(MethodObject))) return Datum::failure();
    return Datum::of(new MethodObject(receiver, *method));
  }
  return no_attribute(evaluation, receiver, name);
}

Datum item(Evaluation& evaluation, const Datum& receiver, const Datum& key) {
  if (!usable(evaluation, receiver) || !usable(evaluation, key)) return Datum::failure();
  Datum value;
  if (receiver.kind() == Kind::kDict && expr::lookup(receiver, key, value)) return value;
  const bool indexed = receiver.kind() == Kind::kList || receiver.is_text();
  if (indexed && (key.is_integer() || key.kind() == Kind::kBoolean)) {
    if (at_index(evaluation, receiver, key.integer(), value)) return value;
    if (evaluation.failed()) return Datum::failure();
    return undefined(evaluation,
                     "'" + std::string(python_name(receiver)) + "' has no element " + std::to_string(key.integer()));
  }
  if (key.is_text()) return attribute(evaluation, receiver, std::string(key.text()));
  return undefined(evaluation,
                   "'" + std::string(python_name(receiver)) + "' has no element " + expr::repr(evaluation, key));
}

Datum path(Evaluation& evaluation, const Datum& receiver, const Datum& attribute_path) {
  if (!attribute_path.is_text()) return item(evaluation, receiver, attribute_path);
  Datum value = receiver;
  const std::string_view dot = ".";
  for (const std::string_view part : expr::split(attribute_path.text(), &dot, -1)) {
    std::int64_t index = 0;
    const bool number = !part.empty() &&
                        std::from_chars(part.data(), part.data() + part.size(), index).ptr == part.data() + part.size();
    if (number) {
      value = item(evaluation, value, Datum::integer(index));
    } else {
      const Datum name = evaluation.text(std::string(part));
      Datum found;
      const bool direct = value.kind() == Kind::kDict && expr::lookup(value, name, found);
      value = direct ? found : item(evaluation, value, name);
    }
    if (value.failed()) return value;
  }
  return value;
}

bool order(Evaluation& evaluation, const Datum& left, const Datum& right, int& result) {
  if (!usable(evaluation, left) || !usable(evaluation, right)) return false;
  if (expr::compare(left, right, result)) return true;
  evaluation.fail("'<' not supported between " + std::string(expr::name_of(left)) + " and " +
                  std::string(expr::name_of(right)));
  return false;
}

Datum contains(Evaluation& evaluation, const Datum& part, const Datum& whole) {
  if (!usable(evaluation, part) || !usable(evaluation, whole)) return Datum::failure();
  if (whole.is_text()) {
    if (part.is_text()) return Datum::boolean(whole.text().find(part.text()) != std::string_view::npos);
    return evaluation.fail("'in <string>' requires string as left operand, not " + std::string(expr::name_of(part)));
  }
  Datum found;
  if (whole.kind() == Kind::kDict) return Datum::boolean(expr::lookup(whole, part, found));
  if (!whole.is_sequence())
    return evaluation.fail("argument of type '" + std::string(expr::name_of(whole)) + "' is not iterable");
  expr::Items items(evaluation, whole);
  while (items.next(found))
    if (expr::equal(found, part)) return Datum::boolean(true);
  return evaluation.failed() ? Datum::failure() : Datum::boolean(false);
}

bool iterate(Evaluation& evaluation, const Datum& collection, std::vector<Datum>& out) {
  if (!usable(evaluation, collection)) return false;
  if (collection.is_text()) {
    for (const std::string_view point : expr::points(collection.text())) {
      if (!evaluation.step()) return false;
      out.push_back(evaluation.text(std::string(point)));
    }
    return !evaluation.failed();
  }
  if (!collection.is_sequence() && collection.kind() != Kind::kDict) {
    evaluation.fail("'" + std::string(expr::name_of(collection)) + "' object is not iterable");
    return false;
  }
  expr::Items items(evaluation, collection);
  Datum item;
  while (items.next(item)) {
    if (!evaluation.charge(sizeof(Datum))) return false;
    out.push_back(item);
  }
  return !evaluation.failed();
}

}  // namespace foehn::jinja
