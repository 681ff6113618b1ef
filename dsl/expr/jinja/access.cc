// Python's iteration, attributes, items and slices, with Jinja2's rules for what is not there.
#include <algorithm>
#include <charconv>

#include "dsl/expr/jinja/renderer.h"
#include "dsl/expr/text.h"
#include "engine/base/diagnostic.h"

namespace foehn::jinja {

using expr::ListStyle;

Iterator::Iterator(Evaluation& evaluation, Datum collection)
    : evaluation_(evaluation), collection_(std::move(collection)) {
  switch (collection_.kind()) {
    case Kind::kText: way_ = Way::kText; return;
    case Kind::kList: way_ = Way::kList; return;
    case Kind::kDict: way_ = Way::kDict; return;
    case Kind::kFailed: return;
    default: break;
  }
  const PythonObject* object = object_of(collection_);
  if (object && object->what == ObjectType::kRange) way_ = Way::kRange;
  if (object && object->what == ObjectType::kView) way_ = Way::kView;
  if (object && object->what == ObjectType::kGenerator) way_ = Way::kGenerator;
  if (way_ != Way::kNone) return;
  if (is_undefined(collection_)) {
    if (collection_.as<UndefinedObject>()->strict) usable(evaluation_, collection_);
    return;
  }
  evaluation_.fail("'" + std::string(expr::name_of(collection_)) + "' object is not iterable");
}

namespace {

// Member `position` of a dict.
bool member_at(const Datum& dict, std::size_t position, Datum& key, Datum& value) {
  if (const Value* json = dict.value()) {
    const auto& members = json->get_ref<const Value::object_t&>();
    if (position >= members.size()) return false;
    const auto& member = *(members.begin() + static_cast<std::ptrdiff_t>(position));
    key = Datum::of(member.first);
    value = Datum::of(member.second);
    return true;
  }
  const auto& entries = dict.as<expr::DictObject>()->entries();
  if (position >= entries.size()) return false;
  key = entries[position].first;
  value = entries[position].second;
  return true;
}

bool list_at(const Datum& list, std::size_t position, Datum& item) {
  if (position >= expr::length(list)) return false;
  item = list.value() ? Datum::of((*list.value())[position]) : list.as<expr::ListObject>()->items[position];
  return true;
}

std::size_t width_at(std::string_view text, std::size_t at) {
  std::size_t size = 1;
  while (at + size < text.size() && (static_cast<unsigned char>(text[at + size]) & 0xC0) == 0x80) ++size;
  return size;
}

bool view_at(Evaluation& evaluation, const ViewObject& view, std::size_t position, Datum& item) {
  Datum key;
  Datum value;
  if (!member_at(view.dict, position, key, value)) return false;
  if (view.what_part == ViewObject::What::kItems) {
    item = tuple(evaluation, {key, value});
  } else {
    item = view.what_part == ViewObject::What::kKeys ? key : value;
  }
  return !item.failed();
}

}  // namespace

bool Iterator::next(Datum& item) {
  if (way_ == Way::kNone || evaluation_.failed() || !evaluation_.step()) return false;
  switch (way_) {
    case Way::kText: {
      const std::string_view text = collection_.text();
      if (position_ >= text.size()) return false;
      const std::size_t size = width_at(text, position_);
      item = text_of(evaluation_, text.substr(position_, size));
      position_ += size;
      return !item.failed();
    }
    case Way::kList: return list_at(collection_, position_++, item);
    case Way::kDict: {
      Datum value;
      return member_at(collection_, position_++, item, value);
    }
    case Way::kRange: {
      const auto* range = static_cast<const RangeObject*>(object_of(collection_));
      if (static_cast<std::int64_t>(position_) >= range->length) return false;
      item = Datum::integer(range->at(static_cast<std::int64_t>(position_++)));
      return true;
    }
    case Way::kView:
      return view_at(evaluation_, static_cast<const ViewObject&>(*object_of(collection_)), position_++, item);
    default:
      return next_of(static_cast<GeneratorObject&>(*object_of(collection_)), item);
  }
}

bool Iterator::next_of(GeneratorObject& generator, Datum& item) {
  if (generator.next(evaluation_, item) && !evaluation_.failed()) return true;
  if (evaluation_.failed() && generator.place) evaluation_.place(*generator.place);
  return false;
}

bool is_iterable(const Datum& datum) {
  const PythonObject* object = object_of(datum);
  if (!object) return datum.is_text() || datum.kind() == Kind::kList || datum.kind() == Kind::kDict;
  return object->what == ObjectType::kRange || object->what == ObjectType::kView ||
         object->what == ObjectType::kGenerator || object->what == ObjectType::kLoop;
}

bool iterate(Evaluation& evaluation, const Datum& collection, std::vector<Datum>& out) {
  Iterator items(evaluation, collection);
  Datum item;
  while (items.next(item)) {
    if (!evaluation.charge(expr::kItemBytes)) return false;
    out.push_back(std::move(item));
  }
  return !evaluation.failed();
}

namespace {

std::string_view python_name(const Datum& datum) {
  switch (datum.kind()) {
    case Kind::kDict: return "dict object";
    case Kind::kList: return is_tuple(datum) ? "tuple object" : "list object";
    case Kind::kText: return "str object";
    case Kind::kInteger: return "int object";
    case Kind::kNumber: return "float object";
    case Kind::kBoolean: return "bool object";
    case Kind::kNull: return "None";
    default: return expr::name_of(datum);
  }
}

std::string nearest_key(const Datum& dict, const std::string& name) {
  constexpr std::size_t kKeysMax = 1000;
  std::vector<std::string> keys;
  expr::Members members(dict);
  Datum key;
  Datum value;
  while (keys.size() < kKeysMax && members.next(key, value))
    if (key.is_text() && key.text().size() < 100) keys.emplace_back(key.text());
  return nearest_name(name, keys);
}

// "'dict object' has no attribute 'nmae'; did you mean 'name'?"
Datum no_attribute(Evaluation& evaluation, const Datum& receiver, const std::string& name, bool literal) {
  const std::string quote = receiver.is_null() ? "" : "'";
  const std::string has = quote + std::string(python_name(receiver)) + quote + " has no ";
  if (!literal) return undefined(evaluation, has + "such attribute");
  std::string near = receiver.kind() == Kind::kDict ? nearest_key(receiver, name) : "";
  if (near.empty()) near = nearest_name(name, method_names(receiver));
  return undefined(evaluation,
                   has + "attribute '" + name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

Datum no_element(Evaluation& evaluation, const Datum& receiver, const Datum& key, bool literal) {
  const std::string which = !literal ? "with that " + std::string(expr::name_of(key)) : python_repr(evaluation, key);
  return undefined(evaluation, "'" + std::string(python_name(receiver)) + "' has no element " + which);
}

Datum loop_attribute(Evaluation& evaluation, const LoopObject& loop, std::string_view name) {
  const std::size_t index = loop.index;
  const std::size_t count = loop.count();
  if (name == "index") return Datum::integer(index + 1);
  if (name == "index0") return Datum::integer(index);
  if (name == "revindex") return Datum::integer(count - index);
  if (name == "revindex0") return Datum::integer(count - index - 1);
  if (name == "first") return Datum::boolean(index == 0);
  if (name == "last") return Datum::boolean(index + 1 == count);
  if (name == "length") return Datum::integer(count);
  if (name == "depth") return Datum::integer(loop.level + 1);
  if (name == "depth0") return Datum::integer(loop.level);
  if (name == "previtem") return index > 0 ? loop.at(index - 1) : undefined(evaluation, "there is no previous item");
  if (name == "nextitem")
    return index + 1 < count ? loop.at(index + 1) : undefined(evaluation, "there is no next item");
  return Datum::missing();
}

Datum macro_attribute(Evaluation& evaluation, const Node& macro, std::string_view name) {
  if (name == "name") return macro.text.empty() ? Datum() : Datum::of(macro.text);
  if (name == "catch_kwargs") return Datum::boolean(macro.catches_keys);
  if (name == "catch_varargs") return Datum::boolean(macro.catches_rest);
  if (name == "caller") return Datum::boolean(macro.calls_back);
  if (name != "arguments") return Datum::missing();
  std::vector<Datum> names;
  for (const std::string& parameter : macro.names) names.push_back(Datum::of(parameter));
  return evaluation.list(std::move(names));
}

// Attributes that are no methods; kMissing when there is none of that name.
Datum plain_attribute(Evaluation& evaluation, const Datum& receiver, std::string_view name) {
  if (receiver.is_integer() || receiver.kind() == Kind::kBoolean) {
    if (name == "real" || name == "numerator") return Datum::integer(receiver.integer());
    if (name == "imag") return Datum::integer(std::int64_t{0});
    if (name == "denominator") return Datum::integer(std::int64_t{1});
  }
  if (receiver.kind() == Kind::kNumber) {
    if (name == "real") return receiver;
    if (name == "imag") return Datum::number(0);
  }
  if (const auto* list = receiver.as<expr::ListObject>(); list && list->grouped && list->items.size() == 2) {
    if (name == "grouper") return list->items[0];
    if (name == "list") return list->items[1];
  }
  PythonObject* object = object_of(receiver);
  if (!object) return Datum::missing();
  switch (object->what) {
    case ObjectType::kLoop: return loop_attribute(evaluation, static_cast<const LoopObject&>(*object), name);
    case ObjectType::kRange: {
      const auto& range = static_cast<const RangeObject&>(*object);
      if (name == "start") return Datum::integer(range.start);
      if (name == "stop") return Datum::integer(range.stop);
      if (name == "step") return Datum::integer(range.step);
      break;
    }
    case ObjectType::kCycler: {
      const auto& cycler = static_cast<const CyclerObject&>(*object);
      if (name == "current") return cycler.current();
      if (name == "pos") return Datum::integer(cycler.position);
      if (name == "items") return cycler.items;
      break;
    }
    case ObjectType::kJoiner: {
      const auto& joiner = static_cast<const JoinerObject&>(*object);
      if (name == "sep") return joiner.separator;
      if (name == "used") return Datum::boolean(joiner.used);
      break;
    }
    case ObjectType::kMacro: return macro_attribute(evaluation, static_cast<const MacroObject&>(*object).node, name);
    case ObjectType::kNamespace: {
      Datum value;
      const Datum values = Datum::of(static_cast<const NamespaceObject&>(*object).values);
      if (expr::lookup(values, text_of(evaluation, name), value)) return value;
      break;
    }
    default: break;
  }
  return Datum::missing();
}

}  // namespace

Datum attribute(Evaluation& evaluation, const Datum& receiver, const std::string& name, bool literal) {
  if (!usable(evaluation, receiver)) return Datum::failure();
  const Datum plain = plain_attribute(evaluation, receiver, name);
  if (!plain.is_missing()) return plain;
  if (const Method* method = find_method(receiver, name)) {
    if (!evaluation.charge(sizeof(MethodObject) + expr::kBlockBytes)) return Datum::failure();
    auto* made = new MethodObject(receiver, *method);
    const Datum result = Datum::of(made);
    return evaluation.nest(*made, receiver) ? result : Datum::failure();
  }
  Datum value;
  if (receiver.kind() == Kind::kDict && !(name.starts_with("__") && name.ends_with("__")) &&
      expr::lookup(receiver, name, value))
    return value;
  return no_attribute(evaluation, receiver, name, literal);
}

namespace {

// The item of a sequence at `index`, counted from the end when negative; false when there is none.
bool at_index(Evaluation& evaluation, const Datum& receiver, std::int64_t index, Datum& out) {
  const auto counted = length_of(evaluation, receiver);
  if (!counted) return false;
  const auto count = static_cast<std::int64_t>(*counted);
  if (index < 0) index += count;
  if (index < 0 || index >= count) return false;
  if (receiver.is_text()) {
    const expr::TextIndex& text = evaluation.index_of(receiver);
    out = text_like(evaluation, receiver, std::string(text.slice(index, index + 1)));
    return !out.failed();
  }
  if (is_a(receiver, ObjectType::kRange)) {
    out = Datum::integer(static_cast<const RangeObject*>(object_of(receiver))->at(index));
    return true;
  }
  return list_at(receiver, static_cast<std::size_t>(index), out);
}

}  // namespace

Datum item(Evaluation& evaluation, const Datum& receiver, const Datum& key, bool literal) {
  if (!usable(evaluation, receiver) || key.failed()) return Datum::failure();
  Datum value;
  std::int64_t index = 0;
  if (receiver.kind() == Kind::kDict) {
    // Python: an unhashable key is a TypeError, which Jinja2 takes for "not there"; an undefined one fails.
    if (is_undefined(key) && !usable(evaluation, key)) return Datum::failure();
    const bool possible = key.kind() != Kind::kDict && !is_list(key);
    if (possible && hashable(evaluation, key) && expr::lookup(receiver, key, value)) return value;
    if (evaluation.failed()) return Datum::failure();
  } else if (receiver.kind() == Kind::kList || receiver.is_text() || is_a(receiver, ObjectType::kRange)) {
    if (as_index(key, index) && at_index(evaluation, receiver, index, value)) return value;
    if (evaluation.failed()) return Datum::failure();
  }
  if (!key.is_text()) return no_element(evaluation, receiver, key, literal);
  const std::string name(key.text());
  const Datum plain = plain_attribute(evaluation, receiver, name);
  if (!plain.is_missing()) return plain;
  if (find_method(receiver, name)) return attribute(evaluation, receiver, name);
  return literal ? no_attribute(evaluation, receiver, name, true) : no_element(evaluation, receiver, key, false);
}

namespace {

struct Bounds {
  std::int64_t start = 0;
  std::int64_t stop = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

// Python: slice.indices(); false when failed.
bool resolve(Evaluation& evaluation, const Datum (&given)[3], std::int64_t length, Bounds& out) {
  std::int64_t numbers[3] = {0, 0, 1};
  for (std::size_t i = 0; i < 3; ++i) {
    if (!given[i].is_null() && !as_index(given[i], numbers[i])) {
      evaluation.fail("slice indices must be integers or None");
      return false;
    }
  }
  const std::int64_t step = std::max(numbers[2], -INT64_MAX);
  if (step == 0) {
    evaluation.fail("slice step cannot be zero");
    return false;
  }
  const std::int64_t low = step < 0 ? -1 : 0;
  const std::int64_t high = step < 0 ? length - 1 : length;
  const auto clamp = [&](std::int64_t bound) { return std::clamp(bound < 0 ? bound + length : bound, low, high); };
  const std::int64_t start = given[0].is_null() ? (step < 0 ? high : low) : clamp(numbers[0]);
  const std::int64_t stop = given[1].is_null() ? (step < 0 ? low : high) : clamp(numbers[1]);
  const std::int64_t span = step < 0 ? start - stop : stop - start;
  const std::int64_t stride = step < 0 ? -step : step;
  out = {start, stop, step, span <= 0 ? 0 : (span - 1) / stride + 1};
  return true;
}

// No range is longer, so that a larger step means the same.
constexpr std::int64_t kRangeStepMax = 1'000'000;

Datum text_of_slice(Evaluation& evaluation, const Datum& receiver, const Bounds& bounds) {
  const std::string_view part = evaluation.index_of(receiver).slice(bounds.start, bounds.start + bounds.count);
  if (!scan(evaluation, part.size()) || !evaluation.affords(1, part.size())) return Datum::failure();
  return text_like(evaluation, receiver, std::string(part));
}

Datum slice_text(Evaluation& evaluation, const Datum& receiver, const Bounds& bounds) {
  if (bounds.step == 1)
    return text_of_slice(evaluation, receiver, bounds);
  if (!evaluation.affords(24, receiver.text().size())) return Datum::failure();
  const std::vector<std::string_view> points = expr::points(receiver.text());
  std::string out;
  for (std::int64_t i = 0; i < bounds.count; ++i)
    out += points[static_cast<std::size_t>(bounds.start + (i == 0 ? 0 : i * bounds.step))];
  return text_like(evaluation, receiver, std::move(out));
}

}  // namespace

Datum slice(Evaluation& evaluation, const Datum& receiver, const Datum (&bounds)[3]) {
  if (!usable(evaluation, receiver)) return Datum::failure();
  for (const Datum& bound : bounds)
    if (!usable(evaluation, bound)) return Datum::failure();
  const bool range = is_a(receiver, ObjectType::kRange);
  if (receiver.kind() != Kind::kList && !receiver.is_text() && !range)
    return evaluation.fail(expr::a_name_of(receiver) + " cannot be sliced");
  const auto length = length_of(evaluation, receiver);
  Bounds found;
  if (!length || !resolve(evaluation, bounds, static_cast<std::int64_t>(*length), found)) return Datum::failure();
  if (receiver.is_text()) return slice_text(evaluation, receiver, found);
  if (range) {
    const auto* whole = static_cast<const RangeObject*>(object_of(receiver));
    const std::int64_t step = std::clamp(found.step, -kRangeStepMax, kRangeStepMax) * whole->step;
    return Datum::of(new RangeObject(whole->at(found.start), whole->at(found.stop), step, found.count));
  }
  const auto count = static_cast<std::size_t>(found.count);
  if (!evaluation.step(count) || !evaluation.affords(count, sizeof(Datum))) return Datum::failure();
  std::vector<Datum> items(count);
  for (std::size_t i = 0; i < count; ++i)
    list_at(receiver, static_cast<std::size_t>(found.start + (i == 0 ? 0 : static_cast<std::int64_t>(i) * found.step)),
            items[i]);
  return evaluation.list(std::move(items), expr::style_of(receiver));
}

AttributePath::AttributePath(Evaluation& evaluation, const Datum& written, bool literal)
    : evaluation_(evaluation), literal_(written.is_text() && (literal || written.is_literal())) {
  if (written.is_null()) return;
  if (!written.is_text()) {
    parts_.push_back(written);
    return;
  }
  const std::string_view dot = ".";
  for (const std::string_view part : expr::split(written.text(), &dot, -1)) {
    std::int64_t index = 0;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool number = !part.empty() && std::all_of(part.begin(), part.end(), is_digit) &&
                        std::from_chars(part.data(), part.data() + part.size(), index).ec == std::errc();
    if (!evaluation.charge(expr::kItemBytes)) return;
    parts_.push_back(number ? Datum::integer(index) : text_of(evaluation, part));
  }
}

Datum AttributePath::of(const Datum& receiver, const Datum* fallback) const {
  if (evaluation_.failed()) return Datum::failure();
  Datum value = receiver;
  for (const Datum& part : parts_) {
    value = item(evaluation_, value, part, literal_);
    if (fallback && !fallback->is_null() && is_undefined(value)) value = *fallback;
    if (value.failed()) return value;
  }
  return value;
}

}  // namespace foehn::jinja
