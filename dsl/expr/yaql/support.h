// What the function tables share: rows, gathering of collections, lazy lists made of a function.
#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/yaql/functions.h"
#include "dsl/expr/yaql/operators.h"
#include "dsl/expr/yaql/tables.h"

namespace foehn::yaql {

using expr::Items;
using expr::Kind;
using expr::ListStyle;
using expr::Members;

constexpr Overload row(Form form, std::string_view name, Native native, std::initializer_list<Parameter> parameters) {
  Overload made{name, form, native, {}};
  std::size_t at = 0;
  for (const Parameter& parameter : parameters) made.parameters[at++] = parameter;
  return made;
}
constexpr Overload function(std::string_view name, Native native, std::initializer_list<Parameter> parameters) {
  return row(kFunction, name, native, parameters);
}
constexpr Overload method(std::string_view name, Native native, std::initializer_list<Parameter> parameters) {
  return row(kMethod, name, native, parameters);
}
constexpr Overload both(std::string_view name, Native native, std::initializer_list<Parameter> parameters) {
  return row(kBoth, name, native, parameters);
}
constexpr Overload without_keywords(Overload overload) {
  overload.no_keywords = true;
  return overload;
}

// All items; false when failed.
inline bool gather(Evaluation& evaluation, const Datum& collection, std::vector<Datum>& out) {
  Items items(evaluation, collection);
  Datum item;
  while (items.next(item)) {
    if (!evaluation.charge(expr::kItemBytes)) return false;
    out.push_back(item);
  }
  return !evaluation.failed();
}

template <class Next>
class NextSource final : public expr::Source {
 public:
  explicit NextSource(Next next) : next_(std::move(next)) {}
  bool next(Evaluation& evaluation, Datum& item) override { return next_(evaluation, item); }

 private:
  Next next_;
};

// A list made item by item by `next(evaluation, item)`, which returns false at the end. `depth`: of what it holds.
template <class Next>
Datum lazy(Evaluation& evaluation, std::uint32_t depth, Next next) {
  return evaluation.lazy(std::make_unique<NextSource<Next>>(std::move(next)), depth, sizeof(NextSource<Next>));
}

inline std::uint32_t deepest(const Call& call) {
  std::uint32_t depth = call.frame->depth;
  for (const Datum& argument : call.arguments) depth = std::max(depth, expr::depth_of(argument));
  for (const Datum& argument : call.rest) depth = std::max(depth, expr::depth_of(argument));
  return depth;
}

// The failure of using `key` as a key, as Python has it.
inline Datum no_hash(Evaluation& evaluation, const Datum& key) {
  return evaluation.fail("unhashable type: a " + std::string(expr::name_of(key)) +
                         " that was made here cannot be a key or be in a set");
}

// Whether `key` can be looked up or remembered; takes the steps of hashing it.
inline bool can_hash(Evaluation& evaluation, const Datum& key) {
  if (!evaluation.weigh(key)) return false;
  if (expr::hashable(key)) return true;
  no_hash(evaluation, key);
  return false;
}
// Compares within the budget; check Evaluation::failed().
inline bool same(Evaluation& evaluation, const Datum& left, const Datum& right) {
  return evaluation.weigh(left, right) && expr::equal(left, right);
}

// A set or dict with one entry added.
inline bool put(Evaluation& evaluation, expr::DictObject& dict, const Datum& key, const Datum& value) {
  if (!can_hash(evaluation, key)) return false;
  if (!evaluation.charge(expr::kEntryBytes) || !evaluation.nest(dict, value) || !evaluation.nest(dict, key))
    return false;
  dict.set(key, value);
  return true;
}
inline expr::Ref<expr::DictObject> new_dict(Kind kind = Kind::kDict) {
  return expr::Ref<expr::DictObject>(new expr::DictObject(kind));
}
// A dict of the kind Python cannot hash.
inline expr::Ref<expr::DictObject> new_plain_dict() {
  auto made = new_dict();
  made->is_mutable = true;
  return made;
}

// The items of the collections, one collection after the other.
Datum chain(Evaluation& evaluation, std::uint32_t depth, std::vector<Datum> collections);

// YAQL's str(): Python's, but null, true and false.
std::string yaql_str(Evaluation& evaluation, const Datum& datum);

}  // namespace foehn::yaql
