// Dicts.
#include "dsl/expr/text.h"
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

expr::Ref<expr::DictObject> copy_of(Evaluation& evaluation, const Datum& dict) {
  auto made = new_dict();
  Members members(dict);
  Datum key;
  Datum value;
  while (members.next(key, value))
    if (!evaluation.step() || !put(evaluation, *made, key, value)) break;
  return made;
}

Datum done(Evaluation& evaluation, const expr::Ref<expr::DictObject>& dict) {
  return evaluation.failed() ? Datum::failure() : Datum::of(dict);
}

// Adds the rules `key => value` as written.
bool put_rules(Call& call, expr::DictObject& dict) {
  for (const Datum& rule : call.rest) {
    const Node& node = *static_cast<const Node*>(rule.code());
    const Datum key = evaluate_node(call.evaluation, *node.children[0], call.frame);
    if (key.failed()) return false;
    const Datum value = evaluate_node(call.evaluation, *node.children[1], call.frame);
    if (value.failed() || !put(call.evaluation, dict, key, value)) return false;
  }
  return true;
}

Datum fn_dict_of_rules(Call& call) {
  const auto made = new_dict();
  return put_rules(call, *made) ? Datum::of(made) : Datum::failure();
}

// The first two items of whatever has items; a text has its characters.
bool take_pair(Call& call, const Datum& pair, Datum& key, Datum& value) {
  if (pair.is_text()) {
    std::size_t at = 0;
    const std::string_view first = pair.text().empty() ? std::string_view() : expr::next_point(pair.text(), at);
    if (at >= pair.text().size()) return false;
    key = call.evaluation.text(std::string(first));
    value = call.evaluation.text(std::string(expr::next_point(pair.text(), at)));
    return !value.failed();
  }
  if (!pair.is_sequence() && pair.kind() != Kind::kDict) return false;
  Items parts(call.evaluation, pair);
  return parts.next(key) && parts.next(value);
}

Datum fn_dict_of_pairs(Call& call) {
  const auto made = new_dict();
  Items items(call.evaluation, call[0]);
  Datum pair;
  while (items.next(pair)) {
    Datum key;
    Datum value;
    if (!take_pair(call, pair, key, value)) {
      if (!call.evaluation.failed()) call.fail("dict() takes a list of [key, value] pairs");
      return Datum::failure();
    }
    if (!put(call.evaluation, *made, key, value)) return Datum::failure();
  }
  return done(call.evaluation, made);
}

Datum fn_to_dict(Call& call) {
  Lambda key_of(call[1], call.frame);
  Lambda value_of = call.has(2) ? Lambda(call[2], call.frame) : Lambda();
  const auto made = new_plain_dict();
  Items items(call.evaluation, call[0]);
  Datum item;
  while (items.next(item)) {
    const Datum key = key_of(call.evaluation, item);
    if (key.failed()) return key;
    const Datum value = value_of ? value_of(call.evaluation, item) : item;
    if (value.failed() || !put(call.evaluation, *made, key, value)) return Datum::failure();
  }
  return done(call.evaluation, made);
}

Datum fn_get(Call& call) {
  Datum value;
  if (!can_hash(call.evaluation, call[1])) return Datum::failure();
  if (expr::lookup(call[0], call[1], value)) return value;
  return call.has(2) ? call[2] : Datum();
}

Datum fn_set(Call& call) {
  const auto made = copy_of(call.evaluation, call[0]);
  if (!call.evaluation.failed()) put(call.evaluation, *made, call[1], call[2]);
  return done(call.evaluation, made);
}

Datum fn_set_many(Call& call) { return binary(call.evaluation, Operator::kAdd, call[0], call[1]); }

Datum fn_set_rules(Call& call) {
  const auto made = copy_of(call.evaluation, call[0]);
  if (!call.evaluation.failed()) put_rules(call, *made);
  return done(call.evaluation, made);
}

enum class Side { kKeys, kValues, kItems };

// Python's views: keys() and items() are sets, values() is only something with items.
template <Side kSide>
Datum fn_sides(Call& call) {
  std::vector<Datum> values;
  const expr::Ref<expr::DictObject> view(new expr::DictObject(Kind::kSet, true));
  Members members(call[0]);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    if (!call.evaluation.step() || !call.evaluation.charge(expr::kEntryBytes)) return Datum::failure();
    if constexpr (kSide == Side::kValues) {
      values.push_back(value);
    } else {
      const Datum item = kSide == Side::kKeys ? key : call.evaluation.list({key, value});
      if (item.failed() || !call.evaluation.weigh(item) || !call.evaluation.nest(*view, item)) return Datum::failure();
      view->set(item, {});
    }
  }
  return kSide == Side::kValues ? call.evaluation.list(std::move(values), ListStyle::kView) : Datum::of(view);
}

Datum fn_contains_key(Call& call) {
  Datum value;
  if (!can_hash(call.evaluation, call[1])) return Datum::failure();
  return Datum::boolean(expr::lookup(call[0], call[1], value));
}

Datum fn_contains_value(Call& call) {
  Members members(call[0]);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    if (same(call.evaluation, value, call[1])) return Datum::boolean(true);
    if (call.evaluation.failed()) return Datum::failure();
  }
  return Datum::boolean(false);
}

Datum without(Call& call, const std::vector<Datum>& keys) {
  if (expr::length(call[0]) == 0) return Datum::of(new_plain_dict());
  const auto gone = new_dict(Kind::kSet);
  for (const Datum& key : keys)
    if (!put(call.evaluation, *gone, key, {})) return Datum::failure();
  const auto made = new_plain_dict();
  Members members(call[0]);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    if (gone->find(key)) continue;
    if (!call.evaluation.step() || !put(call.evaluation, *made, key, value)) return Datum::failure();
  }
  return Datum::of(made);
}

Datum fn_delete(Call& call) { return without(call, call.rest); }
Datum fn_delete_all(Call& call) {
  std::vector<Datum> keys;
  return gather(call.evaluation, call[1], keys) ? without(call, keys) : Datum::failure();
}

// The three mergers of mergeWith, and the bound of its recursion.
struct Merge {
  Call& call;
  Lambda lists;
  Lambda items;
  Datum dicts(const Datum& left, const Datum& right, std::int64_t levels);
  Datum values(const Datum& left, const Datum& right, std::int64_t levels);
  Datum join_lists(const Datum& left, const Datum& right);
};

Datum Merge::join_lists(const Datum& left, const Datum& right) {
  if (lists) return lists(call.evaluation, left, right);
  if (expr::style_of(left) != expr::style_of(right)) return call.fail("can only concatenate lists of one kind");
  const auto seen = new_dict(Kind::kSet);
  std::vector<Datum> out;
  for (const Datum* side : {&left, &right}) {
    Items each(call.evaluation, *side);
    Datum item;
    while (each.next(item)) {
      if (!call.evaluation.charge(expr::kEntryBytes)) return Datum::failure();
      if (!can_hash(call.evaluation, item)) return Datum::failure();
      if (seen->set(item, {})) out.push_back(item);
    }
  }
  return call.evaluation.failed() ? Datum::failure() : call.evaluation.list(std::move(out));
}

Datum Merge::values(const Datum& left, const Datum& right, std::int64_t levels) {
  const bool deeper = levels != 1;
  if (deeper && right.kind() == Kind::kDict) {
    if (left.kind() != Kind::kDict)
      return call.fail("Cannot merge " + std::string(expr::name_of(left)) + " with object");
    return dicts(left, right, levels == 0 ? 0 : levels - 1);
  }
  if (deeper && type_of(right) == kListType) {
    if (type_of(left) != kListType) return call.fail("Cannot merge " + std::string(expr::name_of(left)) + " with list");
    return join_lists(left, right);
  }
  return items ? items(call.evaluation, left, right) : right;
}

Datum Merge::dicts(const Datum& left, const Datum& right, std::int64_t levels) {
  const auto made = new_plain_dict();
  Datum key;
  Datum value;
  Datum other;
  Members mine(left);
  while (mine.next(key, value)) {
    if (!call.evaluation.step()) return Datum::failure();
    if (expr::lookup(right, key, other)) value = values(value, other, levels);
    if (value.failed() || !put(call.evaluation, *made, key, value)) return Datum::failure();
  }
  Members theirs(right);
  while (theirs.next(key, value))
    if (!call.evaluation.step() || (!made->find(key) && !put(call.evaluation, *made, key, value)))
      return Datum::failure();
  return Datum::of(made);
}

Datum fn_merge_with(Call& call) {
  Merge merge{call, call.has(2) ? Lambda(call[2], call.frame) : Lambda(),
              call.has(3) ? Lambda(call[3], call.frame) : Lambda()};
  return merge.dicts(call[0], call[1], call.integer_or(4, 0));
}

constexpr Overload kTable[] = {
    without_keywords(function("dict", fn_dict_of_pairs, {{"items", kIterableArg}})),
    without_keywords(function("dict", fn_dict_of_rules, {{"args", kRuleType | kVariadic}})),
    method("toDict", fn_to_dict,
           {{"collection", kIterableArg}, {"keySelector", kLambdaArg}, {"valueSelector", kLambdaArg | kOptional}}),
    method("get", fn_get, {{"dict", kDictArg}, {"key", kAnyArg}, {"default", kAnyArg | kOptional}}),
    without_keywords(method("set", fn_set, {{"dict", kDictArg}, {"key", kAnyArg}, {"value", kAnyArg}})),
    without_keywords(method("set", fn_set_many, {{"dict", kDictArg}, {"replacements", kDictArg}})),
    without_keywords(method("set", fn_set_rules, {{"dict", kDictArg}, {"args", kRuleType | kVariadic}})),
    method("keys", fn_sides<Side::kKeys>, {{"dict", kDictArg}}),
    method("values", fn_sides<Side::kValues>, {{"dict", kDictArg}}),
    method("items", fn_sides<Side::kItems>, {{"dict", kDictArg}}),
    method("containsKey", fn_contains_key, {{"dict", kDictArg}, {"key", kAnyArg}}),
    method("containsValue", fn_contains_value, {{"dict", kDictArg}, {"value", kAnyArg}}),
    method("delete", fn_delete, {{"dict", kDictArg}, {"keys", kAnyArg | kVariadic}}),
    method("deleteAll", fn_delete_all, {{"dict", kDictArg}, {"keys", kIterableArg}}),
    method("mergeWith", fn_merge_with,
           {{"dict", kDictArg},
            {"another", kDictArg},
            {"listMerger", kLambdaArg | kOptional},
            {"itemMerger", kLambdaArg | kOptional},
            {"maxLevels", kIntegerArg | kOptional}}),
};

}  // namespace

std::span<const Overload> dict_table() { return kTable; }

}  // namespace foehn::yaql
