// Branching, conversions between types and questions about types.
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

Datum fn_bool(Call& call) { return Datum::boolean(expr::truthy(call[0])); }

template <std::uint32_t kTypes>
Datum fn_is(Call& call) {
  return Datum::boolean((type_of(call[0]) & kTypes) != 0);
}

// Evaluates variadic lambda `index` where it was written.
Datum branch(Call& call, std::size_t index) { return Lambda(call.rest[index], call.frame)(call.evaluation); }

Datum fn_switch(Call& call) {
  for (const Datum& rule : call.rest) {
    const Node& node = *static_cast<const Node*>(rule.code());
    const Datum chosen = evaluate_node(call.evaluation, *node.children[0], call.frame);
    if (chosen.failed()) return chosen;
    if (expr::truthy(chosen)) return evaluate_node(call.evaluation, *node.children[1], call.frame);
  }
  return {};
}

Datum fn_select_case(Call& call) {
  std::size_t index = 0;
  for (; index < call.rest.size(); ++index) {
    const Datum chosen = branch(call, index);
    if (chosen.failed()) return chosen;
    if (expr::truthy(chosen)) break;
  }
  return Datum::integer(index);
}

// examine() gives the truth of each case, selectAllCases() the numbers of the true ones.
template <bool kNumbers>
Datum fn_cases(Call& call) {
  return lazy(call.evaluation, deepest(call),
              [cases = call.rest, frame = call.frame, at = std::size_t{0}](Evaluation& evaluation, Datum& out) mutable {
                while (at < cases.size()) {
                  const Datum chosen = Lambda(cases[at++], frame)(evaluation);
                  if (chosen.failed()) return false;
                  const bool holds = expr::truthy(chosen);
                  out = kNumbers ? Datum::integer(at - 1) : Datum::boolean(holds);
                  if (holds || !kNumbers) return true;
                }
                return false;
              });
}

Datum fn_switch_case(Call& call) {
  if (call.rest.empty()) return {};
  const std::int64_t chosen = call[0].integer();
  const auto count = static_cast<std::int64_t>(call.rest.size());
  return branch(call, static_cast<std::size_t>(chosen >= 0 && chosen < count ? chosen : count - 1));
}

Datum fn_coalesce(Call& call) {
  for (std::size_t i = 0; i < call.rest.size(); ++i) {
    Datum value = branch(call, i);
    if (!value.is_null()) return value;
  }
  return {};
}

constexpr Overload kTable[] = {
    function("bool", fn_bool, {{"value", kAnyArg}}),
    function("isBoolean", fn_is<kBooleanType>, {{"value", kAnyArg}}),
    function("isInteger", fn_is<kIntegerType>, {{"value", kAnyArg}}),
    function("isNumber", fn_is<kNumberArg>, {{"value", kAnyArg}}),
    function("isString", fn_is<kTextType>, {{"arg", kAnyArg}}),
    function("isList", fn_is<kListType>, {{"arg", kAnyArg}}),
    function("isDict", fn_is<kDictType>, {{"arg", kAnyArg}}),
    function("isSet", fn_is<kAnySetArg>, {{"arg", kAnyArg}}),
    function("isIterable", fn_is<kIterableArg>, {{"value", kAnyArg}}),
    function("isRegex", fn_is<kPatternType>, {{"value", kAnyArg}}),
    function("isDatetime", fn_is<kDateTimeType>, {{"value", kAnyArg}}),
    function("isTimespan", fn_is<kTimeSpanType>, {{"value", kAnyArg}}),
    without_keywords(function("switch", fn_switch, {{"args", kRuleType | kVariadic}})),
    function("selectCase", fn_select_case, {{"args", kLambdaArg | kVariadic}}),
    function("selectAllCases", fn_cases<true>, {{"args", kLambdaArg | kVariadic}}),
    function("examine", fn_cases<false>, {{"args", kLambdaArg | kVariadic}}),
    method("switchCase", fn_switch_case, {{"case", kIntegerArg}, {"args", kLambdaArg | kVariadic}}),
    function("coalesce", fn_coalesce, {{"args", kLambdaArg | kVariadic}}),
};

}  // namespace

std::span<const Overload> common_table() { return kTable; }

}  // namespace foehn::yaql
