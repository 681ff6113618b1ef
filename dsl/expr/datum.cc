#include "dsl/expr/datum.h"

#include <algorithm>
#include <functional>

#include "dsl/expr/evaluation.h"

namespace foehn::expr {

Datum Datum::of(const Value& value) {
  switch (value.type()) {
    case Value::value_t::null:
      return Datum();
    case Value::value_t::boolean:
      return boolean(value.get<bool>());
    case Value::value_t::number_integer:
      return integer(value.get<std::int64_t>());
    case Value::value_t::number_unsigned: {
      const auto wide = value.get<std::uint64_t>();
      // Beyond 63 bits it goes on as a floating number: exact integers that large do not occur in documents.
      return wide > static_cast<std::uint64_t>(INT64_MAX) ? number(static_cast<double>(wide))
                                                          : integer(static_cast<std::int64_t>(wide));
    }
    case Value::value_t::number_float:
      return number(value.get<double>());
    case Value::value_t::string:
      return of(value.get_ref<const std::string&>());
    default: {
      Datum datum(Tag::kValue, 0);
      datum.value_ = &value;
      return datum;
    }
  }
}

std::string_view Datum::text() const {
  return tag_ == Tag::kObject ? std::string_view(static_cast<TextObject*>(object_)->text) : std::string_view(*text_);
}

bool ListObject::pull(Evaluation& evaluation, std::size_t index) {
  Ref<ListObject> alive(this);
  while (items.size() <= index) {
    if (evaluation.failed() || !evaluation.step() || !evaluation.charge(kItemBytes)) return false;
    Datum item;
    if (!source || !source->next(evaluation, item)) {
      if (!evaluation.failed()) {
        source.reset();
      } else if (place) {
        evaluation.place(*place);
      }
      return false;
    }
    if (!evaluation.nest(*this, item)) return false;
    items.push_back(std::move(item));
  }
  return true;
}

bool DictObject::set(const Datum& key, Datum value) {
  const std::size_t at = position(key, slots_.empty() ? 0 : hash_of(key));
  if (at < entries_.size()) {
    entries_[at].second = std::move(value);
    return false;
  }
  entries_.emplace_back(key, std::move(value));
  if (entries_.size() >= 16) rebuild();
  return true;
}

const Datum* DictObject::find(const Datum& key) const {
  const std::size_t at = position(key, slots_.empty() ? 0 : hash_of(key));
  return at < entries_.size() ? &entries_[at].second : nullptr;
}

void DictObject::erase(const Datum& key) {
  const std::size_t at = position(key, slots_.empty() ? 0 : hash_of(key));
  if (at >= entries_.size()) return;
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(at));
  slots_.clear();
  rebuild();
}

std::size_t DictObject::position(const Datum& key, std::size_t hash) const {
  if (slots_.empty()) {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (equal(entries_[i].first, key)) return i;
    return entries_.size();
  }
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    if (slots_[at] == 0) return entries_.size();
    if (equal(entries_[slots_[at] - 1].first, key)) return slots_[at] - 1;
  }
}

// Adds the last entry to the index, or builds the index anew when it is too small.
void DictObject::rebuild() {
  constexpr std::size_t kIndexFrom = 16;
  if (entries_.size() < kIndexFrom) return;
  std::size_t from = entries_.size() - 1;
  if (slots_.size() < entries_.size() * 2) {
    std::size_t capacity = 64;
    while (capacity < entries_.size() * 3) capacity *= 2;
    slots_.assign(capacity, 0);
    from = 0;
  }
  const std::size_t mask = slots_.size() - 1;
  for (; from < entries_.size(); ++from) {
    std::size_t at = hash_of(entries_[from].first) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(from + 1);
  }
}

Items::Items(Evaluation& evaluation, Datum collection)
    : evaluation_(evaluation), collection_(std::move(collection)), value_(collection_.value()) {
  if (value_) return;
  list_ = collection_.as<ListObject>();
  if (!list_) dict_ = collection_.as<DictObject>();
}

bool Items::next(Datum& item) {
  if (!evaluation_.step()) return false;
  if (list_) {
    if (!list_->reaches(evaluation_, index_)) return false;
    item = list_->items[index_++];
    return true;
  }
  if (dict_) {
    if (index_ >= dict_->entries().size()) return false;
    item = dict_->entries()[index_++].first;
    return true;
  }
  if (!value_ || index_ >= value_->size()) return false;
  if (value_->is_array()) {
    item = collection_.part((*value_)[index_++]);
  } else {
    const auto& members = value_->get_ref<const Value::object_t&>();
    item = Datum::of((members.begin() + static_cast<std::ptrdiff_t>(index_++))->first);
  }
  return true;
}

Members::Members(const Datum& dict) : json_(dict.value() ? dict : Datum()) {
  if (const Value* value = dict.value()) {
    if (value->is_object()) members_ = &value->get_ref<const Value::object_t&>();
  } else {
    dict_ = dict.as<DictObject>();
  }
}

bool Members::next(Datum& key, Datum& value) {
  if (members_) {
    if (index_ >= members_->size()) return false;
    const auto& member = *(members_->begin() + static_cast<std::ptrdiff_t>(index_++));
    key = Datum::of(member.first);
    value = json_.part(member.second);
    return true;
  }
  if (!dict_ || index_ >= dict_->entries().size()) return false;
  const auto& [k, v] = dict_->entries()[index_++];
  key = k;
  value = v;
  return true;
}

bool lookup(const Datum& dict, const std::string& key, Datum& value) {
  if (const Value* json = dict.value()) {
    const Value* member = find(*json, key);
    if (member) value = dict.part(*member);
    return member != nullptr;
  }
  return lookup(dict, Datum::of(key), value);
}

bool lookup(const Datum& dict, const Datum& key, Datum& value) {
  if (const Value* json = dict.value()) {
    const Value* member = key.is_text() ? find(*json, key.text()) : nullptr;
    if (member) value = dict.part(*member);
    return member != nullptr;
  }
  const auto* object = dict.as<DictObject>();
  const Datum* member = object ? object->find(key) : nullptr;
  if (member) value = *member;
  return member != nullptr;
}

std::size_t length(const Datum& datum) {
  if (datum.is_text()) {
    std::size_t count = 0;
    for (const char c : datum.text()) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
  }
  if (const Value* value = datum.value()) return value->size();
  if (const auto* list = datum.as<ListObject>()) return list->items.size();
  if (const auto* dict = datum.as<DictObject>()) return dict->entries().size();
  return 0;
}

ListStyle style_of(const Datum& list) {
  const auto* object = list.as<ListObject>();
  return object ? object->style : ListStyle::kContext;
}

bool is_given(const Datum& list) {
  const auto* object = list.as<ListObject>();
  return object ? object->given : list.points_at_given();
}

bool truthy(const Datum& datum) {
  switch (datum.kind()) {
    case Kind::kNull:
      return false;
    case Kind::kBoolean:
    case Kind::kInteger:
      return datum.integer() != 0;
    case Kind::kNumber:
      return datum.number() != 0;
    case Kind::kText:
      return !datum.text().empty();
    case Kind::kList:
      if (style_of(datum) == ListStyle::kIterator || style_of(datum) == ListStyle::kOrdered) return true;
      [[fallthrough]];
    case Kind::kDict:
    case Kind::kSet:
      return length(datum) != 0;
    case Kind::kObject:
      if (const auto* opaque = datum.as<OpaqueObject>()) return opaque->truth();
      return true;
    default:
      return true;
  }
}

namespace {

// Wide enough for every integer and every number, so that comparing them is exact, as in Python.
long double exact(const Datum& datum) {
  return datum.kind() == Kind::kNumber ? static_cast<long double>(datum.number())
                                       : static_cast<long double>(datum.integer());
}

bool numeric(Kind kind) { return kind == Kind::kInteger || kind == Kind::kNumber || kind == Kind::kBoolean; }

// Item of a list that is not lazy.
Datum item_at(const Datum& list, std::size_t index) {
  if (const Value* value = list.value()) return list.part((*value)[index]);
  return list.as<ListObject>()->items[index];
}

bool equal_lists(const Datum& left, const Datum& right) {
  if (left.object() && left.object() == right.object()) return true;
  if (left.value() && left.value() == right.value()) return true;
  // Tuples and lists differ in Python, iterators are equal only to themselves.
  if (style_of(left) != style_of(right) || style_of(left) >= ListStyle::kIterator) return false;
  const std::size_t count = length(left);
  if (count != length(right)) return false;
  for (std::size_t i = 0; i < count; ++i)
    if (!equal(item_at(left, i), item_at(right, i))) return false;
  return true;
}

bool equal_dicts(const Datum& left, const Datum& right) {
  if (left.object() && left.object() == right.object()) return true;
  if (left.value() && left.value() == right.value()) return true;
  if (length(left) != length(right)) return false;
  Members members(left);
  Datum key;
  Datum mine;
  Datum other;
  while (members.next(key, mine))
    if (!lookup(right, key, other) || !equal(mine, other)) return false;
  return true;
}

}  // namespace

bool equal(const Datum& left, const Datum& right) {
  const Kind a = left.kind();
  const Kind b = right.kind();
  if (numeric(a) && numeric(b)) {
    if (a != Kind::kNumber && b != Kind::kNumber) return left.integer() == right.integer();
    return exact(left) == exact(right);
  }
  if (a != b) return false;
  switch (a) {
    case Kind::kNull:
      return true;
    case Kind::kText:
      return left.text() == right.text();
    case Kind::kList:
      return equal_lists(left, right);
    case Kind::kDict:
    case Kind::kSet:
      return equal_dicts(left, right);
    default: {
      if (left.object() == right.object()) return true;
      const auto* one = left.as<OpaqueObject>();
      const auto* other = right.as<OpaqueObject>();
      return one && other && one->equals(*other);
    }
  }
}

namespace {

void count_values(const Value& value, std::uint64_t enough, std::uint64_t& count) {
  count += 1 + (value.is_string() ? value.get_ref<const std::string&>().size() / kBytesPerStep : 0);
  if (!value.is_structured()) return;
  for (const Value& item : value) {
    if (count >= enough) return;
    count_values(item, enough, count);
  }
}

// `level`: values that hold each other in circles are endless.
void count_datums(const Datum& datum, std::uint64_t enough, std::uint64_t& count, std::uint32_t level) {
  if (level > Evaluation::kNestingMax) count = enough;
  if (datum.value()) return count_values(*datum.value(), enough, count);
  count += 1 + (datum.is_text() ? datum.text().size() / kBytesPerStep : 0);
  if (const auto* list = datum.as<ListObject>()) {
    for (const Datum& item : list->items) {
      if (count >= enough) return;
      count_datums(item, enough, count, level + 1);
    }
  } else if (const auto* dict = datum.as<DictObject>()) {
    for (const auto& [key, value] : dict->entries()) {
      if (count >= enough) return;
      count_datums(key, enough, count, level + 1);
      count_datums(value, enough, count, level + 1);
    }
  }
}

}  // namespace

std::uint64_t weight_of(const Datum& datum, std::uint64_t enough) {
  std::uint64_t count = 0;
  count_datums(datum, enough, count, 0);
  return std::min(count, enough);
}

bool hashable(const Datum& datum) {
  if (!datum.object()) return true;
  if (const auto* list = datum.as<ListObject>()) {
    if (list->style != ListStyle::kContext) return list->style != ListStyle::kOther;
    return std::all_of(list->items.begin(), list->items.end(), [](const Datum& item) { return hashable(item); });
  }
  const auto* dict = datum.as<DictObject>();
  if (!dict || (dict->kind == Kind::kSet && !dict->is_view)) return true;
  if (dict->is_view || dict->is_mutable) return false;
  return std::all_of(dict->entries().begin(), dict->entries().end(),
                     [](const auto& entry) { return hashable(entry.first) && hashable(entry.second); });
}

std::size_t hash_of(const Datum& datum) {
  constexpr std::size_t kMix = 0x9E3779B97F4A7C15u;
  switch (datum.kind()) {
    case Kind::kBoolean:
    case Kind::kInteger:
      return std::hash<double>{}(static_cast<double>(datum.integer())) * kMix;
    case Kind::kNumber:
      return std::hash<double>{}(datum.number()) * kMix;
    case Kind::kText:
      return std::hash<std::string_view>{}(datum.text());
    case Kind::kList: {
      if (style_of(datum) >= ListStyle::kIterator) return std::hash<const void*>{}(datum.object());
      std::size_t hash = 7;
      for (std::size_t i = 0; i < length(datum); ++i) hash = (hash ^ hash_of(item_at(datum, i))) * kMix;
      return hash;
    }
    case Kind::kDict:
    case Kind::kSet: {
      std::size_t hash = 11;
      Members members(datum);
      Datum key;
      Datum value;
      while (members.next(key, value)) hash += hash_of(key) * kMix + hash_of(value);
      return hash;
    }
    case Kind::kNull:
      return 3;
    case Kind::kObject:
      if (const auto* opaque = datum.as<OpaqueObject>()) return opaque->hash() * kMix;
      [[fallthrough]];
    default:
      return std::hash<const void*>{}(datum.object());
  }
}

bool compare(const Datum& left, const Datum& right, int& order) {
  const Kind a = left.kind();
  const Kind b = right.kind();
  if (numeric(a) && numeric(b)) {
    if (a != Kind::kNumber && b != Kind::kNumber) {
      order = left.integer() < right.integer() ? -1 : left.integer() > right.integer();
    } else {
      order = exact(left) < exact(right) ? -1 : exact(left) > exact(right);
    }
    return true;
  }
  if (a != b) return false;
  if (a == Kind::kText) {
    order = left.text().compare(right.text());
    return true;
  }
  if (a != Kind::kList || style_of(left) != style_of(right) || style_of(left) >= ListStyle::kIterator) return false;
  const std::size_t common = std::min(length(left), length(right));
  for (std::size_t i = 0; i < common; ++i) {
    const Datum x = item_at(left, i);
    const Datum y = item_at(right, i);
    if (equal(x, y)) continue;
    return compare(x, y, order);
  }
  order = length(left) < length(right) ? -1 : length(left) > length(right);
  return true;
}

}  // namespace foehn::expr
