// Python's truth, equality, order and membership.
#include <algorithm>
#include <cmath>

#include "dsl/expr/jinja/python.h"
#include "dsl/expr/text.h"

namespace foehn::jinja {

using expr::ListStyle;

bool is_undefined(const Datum& datum) { return is_a(datum, ObjectType::kUndefined); }

Datum undefined(Evaluation& evaluation, std::string reason) {
  if (!evaluation.charge(sizeof(UndefinedObject) + reason.size())) return Datum::failure();
  return Datum::of(new UndefinedObject(std::move(reason), true));
}

// Always false. The place is that of what is missing, not of what needs it.
static bool complain(Evaluation& evaluation, const UndefinedObject& missing) {
  const bool first = !evaluation.failed();
  evaluation.fail(missing.complaint());
  if (first && missing.place) evaluation.place(*missing.place);
  return false;
}

bool usable(Evaluation& evaluation, const Datum& datum) {
  if (datum.failed()) return false;
  if (datum.kind() != Kind::kObject || !is_undefined(datum)) return true;
  return complain(evaluation, static_cast<const UndefinedObject&>(*object_of(datum)));
}

bool scan(Evaluation& evaluation, std::size_t bytes) { return bytes < 256 || evaluation.step(bytes / 256); }

bool scan(Evaluation& evaluation, const Datum& datum) {
  return !datum.is_text() || scan(evaluation, datum.text().size());
}

bool is_tuple(const Datum& datum) { return datum.kind() == Kind::kList && expr::style_of(datum) == ListStyle::kOther; }
bool is_list(const Datum& datum) { return datum.kind() == Kind::kList && expr::style_of(datum) == ListStyle::kContext; }

bool as_index(const Datum& datum, std::int64_t& out) {
  if (!datum.is_integer() && datum.kind() != Kind::kBoolean) return false;
  out = datum.integer();
  return true;
}

bool is_markup(const Datum& datum) {
  const auto* text = datum.as<expr::TextObject>();
  return text && text->markup;
}

namespace {

bool numeric(const Datum& datum) { return datum.is_number() || datum.kind() == Kind::kBoolean; }

// The strict undefined one of two values; comparing it is an error.
bool fails_as_undefined(Evaluation& evaluation, const Datum& datum) {
  const auto* missing = is_undefined(datum) ? static_cast<const UndefinedObject*>(object_of(datum)) : nullptr;
  if (!missing || !missing->strict) return false;
  return !complain(evaluation, *missing);
}

Datum sequence_at(const Datum& list, std::size_t index) {
  if (const Value* value = list.value()) return Datum::of((*value)[index]);
  return list.as<expr::ListObject>()->items[index];
}

bool same_object(const Datum& left, const Datum& right) {
  return (left.object() && left.object() == right.object()) || (left.value() && left.value() == right.value());
}

}  // namespace

std::optional<bool> same_or_equal(Evaluation& evaluation, const Datum& left, const Datum& right) {
  if (same_object(left, right)) return true;
  return equals(evaluation, left, right);
}

namespace {

std::optional<bool> equal_lists(Evaluation& evaluation, const Datum& left, const Datum& right) {
  const std::size_t count = expr::length(left);
  if (expr::style_of(left) != expr::style_of(right) || count != expr::length(right)) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto same = same_or_equal(evaluation, sequence_at(left, i), sequence_at(right, i));
    if (!same || !*same) return same;
  }
  return true;
}

std::optional<bool> equal_dicts(Evaluation& evaluation, const Datum& left, const Datum& right) {
  if (expr::length(left) != expr::length(right)) return false;
  expr::Members members(left);
  Datum key;
  Datum mine;
  Datum other;
  while (members.next(key, mine)) {
    if (!expr::lookup(right, key, other)) return false;
    const auto same = same_or_equal(evaluation, mine, other);
    if (!same || !*same) return same;
  }
  return true;
}

bool equal_ranges(const RangeObject& left, const RangeObject& right) {
  if (left.length != right.length) return false;
  return left.length == 0 || (left.start == right.start && (left.length == 1 || left.step == right.step));
}

// Views of keys and items are equal as sets.
std::optional<bool> equal_views(Evaluation& evaluation, const Datum& left, const Datum& right) {
  const auto* a = static_cast<const ViewObject*>(object_of(left));
  const auto* b = static_cast<const ViewObject*>(object_of(right));
  if (a == b) return true;
  if (a->what_part == ViewObject::What::kValues || b->what_part == ViewObject::What::kValues) return false;
  if (expr::length(a->dict) != expr::length(b->dict)) return false;
  Iterator items(evaluation, left);
  Datum item;
  while (items.next(item)) {
    const auto found = contains(evaluation, item, right);
    if (!found || !*found) return found;
  }
  return evaluation.failed() ? std::nullopt : std::optional(true);
}

std::optional<bool> equal_objects(Evaluation& evaluation, const Datum& left, const Datum& right) {
  if (fails_as_undefined(evaluation, left) || fails_as_undefined(evaluation, right)) return std::nullopt;
  const PythonObject* a = object_of(left);
  const PythonObject* b = object_of(right);
  if (!a || !b) return false;
  if (a->what == b->what && a->what == ObjectType::kUndefined) return true;
  if (a->what == b->what && a->what == ObjectType::kRange)
    return equal_ranges(static_cast<const RangeObject&>(*a), static_cast<const RangeObject&>(*b));
  if (a->what == b->what && a->what == ObjectType::kView) return equal_views(evaluation, left, right);
  return a == b;
}

std::optional<bool> by_sign(Operator op, int order) {
  switch (op) {
    case Operator::kLess: return order < 0;
    case Operator::kLessEqual: return order <= 0;
    case Operator::kGreater: return order > 0;
    default: return order >= 0;
  }
}

std::optional<bool> relate_numbers(Operator op, const Datum& left, const Datum& right) {
  if (left.kind() != Kind::kNumber && right.kind() != Kind::kNumber)
    return by_sign(op, left.integer() < right.integer() ? -1 : left.integer() > right.integer());
  const double a = left.number();
  const double b = right.number();
  if (std::isnan(a) || std::isnan(b)) return false;
  return by_sign(op, a < b ? -1 : a > b);
}

}  // namespace

std::optional<bool> truth(Evaluation& evaluation, const Datum& datum) {
  if (datum.failed()) return std::nullopt;
  const PythonObject* object = object_of(datum);
  if (!object) return expr::truthy(datum);
  switch (object->what) {
    case ObjectType::kUndefined:
      if (fails_as_undefined(evaluation, datum)) return std::nullopt;
      return false;
    case ObjectType::kRange: return static_cast<const RangeObject*>(object)->length != 0;
    case ObjectType::kView: return expr::length(static_cast<const ViewObject*>(object)->dict) != 0;
    default: return true;
  }
}

std::optional<bool> equals(Evaluation& evaluation, const Datum& left, const Datum& right) {
  if (left.failed() || right.failed() || !evaluation.step()) return std::nullopt;
  const Kind a = left.kind();
  const Kind b = right.kind();
  if (a == Kind::kObject || b == Kind::kObject) return equal_objects(evaluation, left, right);
  if (a != b) return numeric(left) && numeric(right) && expr::equal(left, right);
  switch (a) {
    case Kind::kText:
      if (left.text().size() == right.text().size() && !scan(evaluation, left)) return std::nullopt;
      return left.text() == right.text();
    case Kind::kList: return same_object(left, right) ? std::optional(true) : equal_lists(evaluation, left, right);
    case Kind::kDict: return same_object(left, right) ? std::optional(true) : equal_dicts(evaluation, left, right);
    default: return expr::equal(left, right);
  }
}

std::optional<bool> relate(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  if (!usable(evaluation, left) || !usable(evaluation, right) || !evaluation.step()) return std::nullopt;
  if (numeric(left) && numeric(right)) return relate_numbers(op, left, right);
  if (left.is_text() && right.is_text()) {
    if (!scan(evaluation, std::min(left.text().size(), right.text().size()))) return std::nullopt;
    return by_sign(op, left.text().compare(right.text()));
  }
  const bool lists = (is_list(left) && is_list(right)) || (is_tuple(left) && is_tuple(right));
  if (!lists) {
    evaluation.fail("'" + std::string(symbol_of(op)) + "' not supported between " + std::string(expr::name_of(left)) +
                    " and " + std::string(expr::name_of(right)));
    return std::nullopt;
  }
  const std::size_t common = std::min(expr::length(left), expr::length(right));
  for (std::size_t i = 0; i < common; ++i) {
    const Datum x = sequence_at(left, i);
    const Datum y = sequence_at(right, i);
    const auto same = same_or_equal(evaluation, x, y);
    if (!same) return std::nullopt;
    if (!*same) return relate(evaluation, op, x, y);
  }
  const std::size_t a = expr::length(left);
  const std::size_t b = expr::length(right);
  return by_sign(op, a < b ? -1 : a > b);
}

bool hashable(Evaluation& evaluation, const Datum& datum) {
  if (datum.failed() || !evaluation.step() || !scan(evaluation, datum)) return false;
  if (fails_as_undefined(evaluation, datum)) return false;
  const bool plain_list = datum.kind() == Kind::kList && !is_tuple(datum);
  const bool view = is_a(datum, ObjectType::kView) &&
                    static_cast<ViewObject*>(object_of(datum))->what_part != ViewObject::What::kValues;
  if (plain_list || view || datum.kind() == Kind::kDict) {
    evaluation.fail("unhashable type: " + std::string(expr::name_of(datum)));
    return false;
  }
  if (!is_tuple(datum)) return true;
  const auto& items = datum.as<expr::ListObject>()->items;
  return std::all_of(items.begin(), items.end(), [&](const Datum& item) { return hashable(evaluation, item); });
}

namespace {

std::optional<bool> contains_item(Evaluation& evaluation, const Datum& part, const Datum& whole) {
  Iterator items(evaluation, whole);
  Datum item;
  while (items.next(item)) {
    const auto same = same_or_equal(evaluation, item, part);
    if (!same || *same) return same;
  }
  return evaluation.failed() ? std::nullopt : std::optional(false);
}

std::optional<bool> contains_object(Evaluation& evaluation, const Datum& part, const Datum& whole) {
  const PythonObject* object = object_of(whole);
  if (object->what != ObjectType::kView) return contains_item(evaluation, part, whole);
  const auto* view = static_cast<const ViewObject*>(object);
  Datum found;
  switch (view->what_part) {
    case ViewObject::What::kKeys:
      return hashable(evaluation, part) ? std::optional(expr::lookup(view->dict, part, found)) : std::nullopt;
    case ViewObject::What::kItems: {
      if (!is_tuple(part) || expr::length(part) != 2) return false;
      const auto& pair = part.as<expr::ListObject>()->items;
      if (!hashable(evaluation, pair[0])) return std::nullopt;
      if (!expr::lookup(view->dict, pair[0], found)) return false;
      return same_or_equal(evaluation, found, pair[1]);
    }
    default: return contains_item(evaluation, part, whole);
  }
}

}  // namespace

std::optional<bool> contains(Evaluation& evaluation, const Datum& part, const Datum& whole) {
  if (part.failed() || whole.failed() || fails_as_undefined(evaluation, whole)) return std::nullopt;
  switch (whole.kind()) {
    case Kind::kText:
      if (!usable(evaluation, part) || !scan(evaluation, whole)) return std::nullopt;
      if (part.is_text()) return whole.text().find(part.text()) != std::string_view::npos;
      evaluation.fail("'in <string>' requires string as left operand, not " + std::string(expr::name_of(part)));
      return std::nullopt;
    case Kind::kDict: {
      Datum found;
      return hashable(evaluation, part) ? std::optional(expr::lookup(whole, part, found)) : std::nullopt;
    }
    case Kind::kObject: return contains_object(evaluation, part, whole);
    case Kind::kList: return contains_item(evaluation, part, whole);
    default:
      evaluation.fail("argument of type '" + std::string(expr::name_of(whole)) + "' is not iterable");
      return std::nullopt;
  }
}

bool has_length(const Datum& datum) {
  const PythonObject* object = object_of(datum);
  if (!object) return datum.is_text() || datum.kind() == Kind::kList || datum.kind() == Kind::kDict;
  return object->what == ObjectType::kRange || object->what == ObjectType::kView || object->what == ObjectType::kLoop ||
         object->what == ObjectType::kUndefined;
}

namespace {

// Long texts are counted once.
std::size_t text_length(Evaluation& evaluation, const Datum& text) {
  constexpr std::size_t kLongBytes = 1'000;
  return text.text().size() < kLongBytes ? expr::length(text) : evaluation.index_of(text).points();
}

}  // namespace

std::optional<std::size_t> length_of(Evaluation& evaluation, const Datum& datum) {
  if (datum.failed() || fails_as_undefined(evaluation, datum)) return std::nullopt;
  if (datum.is_text()) {
    const std::size_t points = text_length(evaluation, datum);
    return evaluation.failed() ? std::nullopt : std::optional(points);
  }
  if (!has_length(datum)) {
    evaluation.fail("object of type '" + std::string(expr::name_of(datum)) + "' has no len()");
    return std::nullopt;
  }
  const PythonObject* object = object_of(datum);
  if (!object) return expr::length(datum);
  switch (object->what) {
    case ObjectType::kRange: return static_cast<std::size_t>(static_cast<const RangeObject*>(object)->length);
    case ObjectType::kView: return expr::length(static_cast<const ViewObject*>(object)->dict);
    case ObjectType::kLoop: return static_cast<const LoopObject*>(object)->count();
    default: return 0;
  }
}

}  // namespace foehn::jinja
