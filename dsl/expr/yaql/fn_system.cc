// Variables and contexts: let, with, def, unpack, assert, call.
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

using expr::Ref;

Datum fn_let(Call& call) {
  const Ref<Frame> frame(new Frame(call.frame));
  std::size_t position = 1;
  for (const Datum& value : call.rest) {
    if (!call.evaluation.nest(*frame.get(), value)) return Datum::failure();
    frame->set(std::to_string(position++), value);
  }
  for (const auto& [name, value] : call.keywords) {
    if (!call.evaluation.nest(*frame.get(), value)) return Datum::failure();
    frame->set(name, value);
  }
  return Datum::of(frame);
}

Datum fn_def(Call& call) {
  if (call[1].kind() != Kind::kCode) return call.fail("def() needs an expression");
  const Ref<Frame> frame(new Frame(call.frame));
  frame->define(call[0].text(), static_cast<const Node*>(call[1].code()));
  return Datum::of(frame);
}

Datum fn_unpack(Call& call) {
  std::vector<Datum> items;
  Items each(call.evaluation, call[0]);
  // One more than there are names is enough to see that they are too many.
  for (Datum item; (call.rest.empty() || items.size() <= call.rest.size()) && each.next(item);) items.push_back(item);
  if (call.evaluation.failed()) return Datum::failure();
  if (!call.rest.empty() && call.rest.size() != items.size())
    return call.fail("Cannot unpack " + std::to_string(items.size()) + " elements into " +
                     std::to_string(call.rest.size()));
  const Ref<Frame> frame(new Frame(call.frame));
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!call.evaluation.nest(*frame.get(), items[i])) return Datum::failure();
    frame->set(call.rest.empty() ? std::to_string(i + 1) : std::string(call.rest[i].text()), items[i]);
  }
  return Datum::of(frame);
}

// A text as it stands in the expression. A computed one may hold values, and errors show none.
std::string assertion_text(const Call& call) {
  if (!call.has(2)) return "Assertion failed";
  const Node* node = call[2].kind() == Kind::kCode ? static_cast<const Node*>(call[2].code()) : nullptr;
  const bool word = node && (node->kind == NodeKind::kLiteral || node->kind == NodeKind::kKeyword);
  if (word && node->literal.is_string()) return node->literal.get<std::string>();
  return "Assertion failed (only a message in quotes is shown; this one is computed)";
}

Datum fn_assert(Call& call) {
  const Datum holds = Lambda(call[1], call.frame)(call.evaluation, call[0]);
  if (holds.failed()) return holds;
  if (expr::truthy(holds)) return call[0];
  return call.fail(assertion_text(call));
}

// call(name, [arguments], {keywords}, receiver)
Datum fn_call(Call& call) {
  const Datum* receiver = call.has(3) ? &call[3] : nullptr;
  return call_by_name(call, call[0], call[1], call[2], receiver);
}

constexpr Overload any_keywords(Overload overload) {
  overload.any_keywords = true;
  return overload;
}

constexpr Overload kTable[] = {
    any_keywords(function("let", fn_let, {{"args", kAnyArg | kVariadic}})),
    function("with", fn_let, {{"args", kAnyArg | kVariadic}}),
    function("def", fn_def, {{"name", kTextArg}, {"func", kLambdaArg}}),
    function("call", fn_call,
             {{"name", kTextArg}, {"args", kListType}, {"kwargs", kDictArg}, {"receiver", kAnyArg | kOptional}}),
    method("unpack", fn_unpack, {{"sequence", kIterableArg}, {"args", kTextArg | kVariadic}}),
    method("assert", fn_assert, {{"obj", kAnyArg}, {"condition", kLambdaArg}, {"message", kLambdaArg | kOptional}}),
};

}  // namespace

std::span<const Overload> system_table() { return kTable; }

}  // namespace foehn::yaql
