#include "dsl/expr/yaql/call.h"

#include "dsl/expr/std_functions.h"
#include "engine/base/diagnostic.h"

namespace foehn::yaql {
namespace {

using expr::Ref;

// An argument as written; positional ones have no name.
struct Argument {
  const Node* node = nullptr;  // null: the receiver
  std::string_view name;
  Datum value = Datum::missing();  // once evaluated
};
using Arguments = std::vector<Argument>;

bool lazy(const Parameter& parameter) { return (parameter.type & (kLambdaType | kRuleType)) != 0; }

// Which parameter argument `index` is meant for; nullptr when the overload has no place for it.
const Parameter* place_of(const Overload& overload, const Arguments& arguments, std::size_t index) {
  const Argument& argument = arguments[index];
  std::size_t position = 0;
  for (const Parameter& parameter : overload.parameters) {
    if (parameter.type == 0) break;
    const bool variadic = (parameter.type & kVariadic) != 0;
    if (argument.name.empty() ? (variadic || position == index) : (!variadic && parameter.name == argument.name))
      return &parameter;
    ++position;
  }
  return nullptr;
}

// Whether the overload has a place for every argument and every required parameter is given.
bool fits(const Overload& overload, const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Parameter* parameter = place_of(overload, arguments, i);
    if (!parameter && (arguments[i].name.empty() || !overload.any_keywords)) return false;
    if (!parameter) continue;
    const bool rule = arguments[i].node && arguments[i].node->kind == NodeKind::kRule && arguments[i].name.empty();
    if (rule != ((parameter->type & kRuleType) != 0)) return false;
  }
  std::size_t position = 0;
  for (const Parameter& parameter : overload.parameters) {
    if (parameter.type == 0) break;
    if ((parameter.type & (kOptional | kVariadic)) == 0) {
      bool given = position < arguments.size() && arguments[position].name.empty();
      if (given && arguments[position].node) given = arguments[position].node->kind != NodeKind::kSkipped;
      for (const Argument& argument : arguments) given = given || argument.name == parameter.name;
      if (!given) return false;
    }
    ++position;
  }
  return true;
}

// Evaluates what is not evaluated yet and not lazy for `overload`.
bool evaluate_arguments(Evaluation& evaluation, const Overload& overload, Arguments& arguments,
                        const Ref<Frame>& frame) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Argument& argument = arguments[i];
    if (!argument.value.is_missing() || !argument.node || argument.node->kind == NodeKind::kSkipped) continue;
    const Parameter* parameter = place_of(overload, arguments, i);
    if (parameter && lazy(*parameter)) continue;
    argument.value = evaluate_node(evaluation, *argument.node, frame);
    if (argument.value.failed()) return false;
  }
  return true;
}

// Puts the arguments where they belong; false when a type does not match (nothing failed then).
bool bind_arguments(Call& call, const Arguments& arguments) {
  call.arguments.fill(Datum::missing());
  call.rest.clear();
  call.keywords.clear();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Argument& argument = arguments[i];
    const Parameter* parameter = place_of(call.overload, arguments, i);
    if (!parameter) {
      call.keywords.emplace_back(argument.name, argument.value);
      continue;
    }
    if (argument.node && argument.node->kind == NodeKind::kSkipped) continue;
    const Datum value = lazy(*parameter) ? Datum::code(argument.node) : argument.value;
    if (!lazy(*parameter) && (type_of(value) & parameter->type) == 0) return false;
    if ((parameter->type & kVariadic) != 0) {
      call.rest.push_back(value);
    } else {
      call.arguments[static_cast<std::size_t>(parameter - call.overload.parameters.data())] = value;
    }
  }
  return true;
}

Arguments gather(Evaluation& evaluation, const Node& node, const Datum* receiver, bool keywords) {
  Arguments arguments;
  arguments.reserve(node.children.size());
  if (receiver) arguments.push_back({nullptr, {}, *receiver});
  for (std::size_t i = receiver ? 1 : 0; i < node.children.size(); ++i) {
    const Node* child = node.children[i].get();
    Argument argument{child, {}, Datum::missing()};
    if (keywords && child->kind == NodeKind::kRule) {
      if (child->children[0]->kind != NodeKind::kKeyword) {
        evaluation.fail("the name of a keyword argument must be a bare word");
        return arguments;
      }
      argument.name = child->children[0]->literal.get_ref<const std::string&>();
      argument.node = child->children[1].get();
    }
    arguments.push_back(argument);
  }
  return arguments;
}

std::string describe(const Arguments& arguments, bool method) {
  std::string out;
  for (std::size_t i = method ? 1 : 0; i < arguments.size(); ++i) {
    if (i != (method ? 1u : 0u)) out += ", ";
    if (!arguments[i].name.empty()) out += std::string(arguments[i].name) + " => ";
    out += arguments[i].value.is_missing() ? "expression" : expr::name_of(arguments[i].value);
  }
  return "(" + out + ")";
}

Datum no_match(Evaluation& evaluation, const Node& node, const Arguments& arguments, bool method) {
  if (method)
    return evaluation.fail("No method \"" + node.text + "\" for receiver of type " +
                           std::string(expr::name_of(arguments[0].value)) + " matches supplied arguments " +
                           describe(arguments, true));
  return evaluation.fail("No function \"" + node.text + "\" matches supplied arguments " + describe(arguments, false));
}

Datum call_defined(Evaluation& evaluation, const Node& node, const Node& body, const Ref<Frame>& frame) {
  Arguments arguments = gather(evaluation, node, nullptr, true);
  const Ref<Frame> inner(new Frame(frame));
  if (inner->depth >= Evaluation::kNestingMax)
    return evaluation.fail(
        "\"" + node.text + "\" calls itself more than " + std::to_string(Evaluation::kNestingMax) + " levels deep",
        ErrorCode::kResourceExhausted);
  std::size_t position = 1;
  for (const Argument& argument : arguments) {
    Datum value = evaluation.failed() ? Datum::failure() : evaluate_node(evaluation, *argument.node, frame);
    if (value.failed() || !evaluation.nest(*inner.get(), value)) return Datum::failure();
    inner->set(argument.name.empty() ? std::to_string(position++) : std::string(argument.name), std::move(value));
  }
  return evaluate_node(evaluation, body, inner);
}

Datum call_host(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  dsl::CallArguments values;
  for (const Argument& argument : gather(evaluation, node, nullptr, true)) {
    if (evaluation.failed()) return Datum::failure();
    if (argument.node->kind == NodeKind::kSkipped) {
      values.positional.emplace_back();
      continue;
    }
    auto value = expr::to_value(evaluation, evaluate_node(evaluation, *argument.node, frame));
    if (!value) return evaluation.fail(value.error().message, value.error().code);
    if (argument.name.empty()) {
      values.positional.push_back(std::move(*value));
    } else {
      values.keywords.emplace_back(argument.name, std::move(*value));
    }
  }
  auto result = expr::call_shared(evaluation, node.text, values);
  if (result) return Datum::of(evaluation.keep(std::move(*result)));
  if (result.error().code != ErrorCode::kNotFound || !result.error().message.empty())
    return evaluation.fail(result.error().message, result.error().code);
  std::vector<std::string> names = function_names();
  for (std::string& name : expr::shared_names(evaluation)) names.push_back(std::move(name));
  const std::string near = nearest_name(node.text, names);
  return evaluation.fail("Unknown function \"" + node.text + "\"" +
                         (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

}  // namespace

Datum call_overloads(Evaluation& evaluation, const Node& node, const Overloads& overloads, const Datum* receiver,
                     const Ref<Frame>& frame) {
  const bool keywords = !overloads.items.front()->no_keywords;
  Arguments arguments = gather(evaluation, node, receiver, keywords);
  if (evaluation.failed()) return Datum::failure();
  bool evaluated = false;
  for (const Overload* overload : overloads.items) {
    if (!fits(*overload, arguments)) continue;
    if (!evaluated && !evaluate_arguments(evaluation, *overload, arguments, frame)) return Datum::failure();
    evaluated = true;
    Call call(evaluation, frame, *overload);
    if (bind_arguments(call, arguments)) return overload->native(call);
  }
  return no_match(evaluation, node, arguments, receiver != nullptr);
}

Datum call_function(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  if (frame->defines_functions())
    if (const Node* body = frame->function(node.text)) return call_defined(evaluation, node, *body, frame);
  if (node.overloads) return call_overloads(evaluation, node, *node.overloads, nullptr, frame);
  return call_host(evaluation, node, frame);
}

}  // namespace foehn::yaql
