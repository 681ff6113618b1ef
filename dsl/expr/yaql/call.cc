#include "dsl/expr/yaql/call.h"

#include <algorithm>
#include <deque>

#include "dsl/expr/std_functions.h"
#include "engine/base/diagnostic.h"

namespace foehn::yaql {
namespace {

using expr::Ref;

// An argument as written; positional ones have no name.
struct Argument {
  const Node* node = nullptr;  // null: evaluated already, as the receiver is
  std::string_view name;
  Datum value = Datum::missing();  // once evaluated
};
using Arguments = std::vector<Argument>;

bool skipped(const Argument& argument) { return argument.node && argument.node->kind == NodeKind::kSkipped; }

bool lazy(const Parameter& parameter) { return (parameter.type & (kLambdaType | kRuleType)) != 0; }

// Which parameter argument `index` is meant for; nullptr when the overload has no place for it.
const Parameter* place_of(const Overload& overload, const Arguments& arguments, std::size_t index) {
  const Argument& argument = arguments[index];
  std::size_t position = 0;
  for (const Parameter& parameter : overload.parameters) {
    if (parameter.type == 0) break;
    const bool variadic = (parameter.type & kVariadic) != 0;
    if (argument.name.empty() ? (variadic || position == index) : (!variadic && parameter.name == argument.name)) {
      // Not twice: f(1, a => 2) where the first parameter is a; nor where it was left out.
      const bool taken = !argument.name.empty() && position < arguments.size() && arguments[position].name.empty();
      return taken ? nullptr : &parameter;
    }
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
      bool given = position < arguments.size() && arguments[position].name.empty() && !skipped(arguments[position]);
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
    if (skipped(argument)) {
      if ((parameter->type & kVariadic) != 0) return false;
      continue;
    }
    const Datum value = lazy(*parameter) && argument.node ? Datum::code(argument.node) : argument.value;
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

// Of what was not evaluated only a literal's type is known.
std::string_view type_of_argument(const Argument& argument) {
  if (!argument.value.is_missing()) return expr::name_of(argument.value);
  const bool literal = argument.node->kind == NodeKind::kLiteral || argument.node->kind == NodeKind::kKeyword;
  return literal ? expr::name_of(Datum::of(argument.node->literal)) : "expression";
}

std::string describe(const Arguments& arguments, bool method) {
  std::string out;
  for (std::size_t i = method ? 1 : 0; i < arguments.size(); ++i) {
    if (i != (method ? 1u : 0u)) out += ", ";
    // The names that call() is given come from a dict; those that are written belong to a node.
    if (!arguments[i].name.empty()) out += (arguments[i].node ? std::string(arguments[i].name) : "keyword") + " => ";
    out += type_of_argument(arguments[i]);
  }
  return "(" + out + ")";
}

std::string type_text(std::uint32_t type) {
  type &= ~(kOptional | kVariadic);
  if ((type & kLambdaType) != 0) return "expression";
  if ((type & kRuleType) != 0) return "key => value";
  if ((type & kAnyArg) == kAnyArg) return {};
  static constexpr std::pair<std::uint32_t, std::string_view> kNames[] = {
      {kTextType, "string"},        {kFloatType, "number"},      {kIntegerType, "integer"},
      {kBooleanType, "boolean"},    {kListType, "list"},         {kDictType, "object"},
      {kSetType, "set"},            {kPatternType, "regular expression"}, {kDateTimeType, "datetime"},
      {kTimeSpanType, "timespan"},  {kOrderedType, "orderBy()"}, {kContextType, "context"}};
  if ((type & kFloatType) != 0) type &= ~static_cast<std::uint32_t>(kIntegerType);
  if ((type & kIntegerType) != 0) type &= ~static_cast<std::uint32_t>(kBooleanType);  // Python: a boolean is an integer
  if ((type & kListType) != 0) type &= ~kIterableArg | kListType;
  std::string out;
  for (const auto& [bit, name] : kNames)
    if ((type & bit) != 0) out += (out.empty() ? "" : " or ") + std::string(name);
  return out;
}

// "list.limit(count: integer)": what one form of a function or method takes.
std::string signature_text(const Overload& overload, bool method) {
  std::string receiver = method ? type_text(overload.parameters[0].type) : std::string();
  if (method && receiver.empty()) receiver = "anything";
  if (receiver.find(' ') != std::string::npos) receiver = "(" + receiver + ")";
  std::string out;
  for (std::size_t i = method ? 1 : 0; i < kParametersMax && overload.parameters[i].type != 0; ++i) {
    const Parameter& parameter = overload.parameters[i];
    const std::string type = type_text(parameter.type);
    std::string shown = std::string(parameter.name) + (type.empty() ? "" : ": " + type);
    if ((parameter.type & kVariadic) != 0) shown += ", …";
    if ((parameter.type & kOptional) != 0) shown = "[" + shown + "]";
    out += (out.empty() ? "" : ", ") + shown;
  }
  return receiver + (method ? "." : "") + std::string(overload.name) + "(" + out + ")";
}

std::string taken(const Overloads& overloads, bool method) {
  constexpr std::size_t kShownMax = 3;
  std::vector<std::string> shown;
  for (const Overload* overload : overloads.items) {
    std::string text = signature_text(*overload, method);
    if (shown.size() < kShownMax && std::find(shown.begin(), shown.end(), text) == shown.end())
      shown.push_back(std::move(text));
  }
  std::string out = "; there is ";
  for (std::size_t i = 0; i < shown.size(); ++i) out += (i == 0 ? "" : " or ") + shown[i];
  return out;
}

Datum no_match(Evaluation& evaluation, const Overloads& overloads, const Arguments& arguments, bool method) {
  const std::string name(overloads.items.front()->name);
  const std::string tail = describe(arguments, method) + taken(overloads, method);
  if (method)
    return evaluation.fail("No method \"" + name + "\" for receiver of type " +
                           std::string(expr::name_of(arguments[0].value)) + " matches supplied arguments " + tail);
  return evaluation.fail("No function \"" + name + "\" matches supplied arguments " + tail);
}

Datum value_of(Evaluation& evaluation, const Argument& argument, const Ref<Frame>& frame) {
  if (!argument.node || evaluation.failed()) return argument.node ? Datum::failure() : argument.value;
  return argument.node->kind == NodeKind::kSkipped ? Datum() : evaluate_node(evaluation, *argument.node, frame);
}

// `home` is where the function was defined: its body sees the variables there, not those of the caller.
Datum call_defined(Evaluation& evaluation, const Arguments& arguments, const Node& body, const Ref<Frame>& home,
                   const Ref<Frame>& frame) {
  if (!evaluation.charge(sizeof(Frame) + expr::kBlockBytes)) return Datum::failure();
  const Ref<Frame> inner(new Frame(home));
  std::size_t position = 1;
  for (const Argument& argument : arguments) {
    Datum value = value_of(evaluation, argument, frame);
    if (value.failed() || !evaluation.nest(*inner.get(), value)) return Datum::failure();
    inner->set(argument.name.empty() ? std::to_string(position++) : std::string(argument.name), std::move(value));
  }
  return evaluate_node(evaluation, body, inner);
}

// `written`: the name stands in the expression, so that a message may show it.
Datum call_host(Evaluation& evaluation, const std::string& name, const Arguments& arguments, const Ref<Frame>& frame,
                bool written) {
  dsl::CallArguments values;
  for (const Argument& argument : arguments) {
    auto value = expr::to_value(evaluation, value_of(evaluation, argument, frame));
    if (!value) return evaluation.fail(value.error().message, value.error().code);
    if (argument.name.empty()) {
      values.positional.push_back(std::move(*value));
    } else {
      values.keywords.emplace_back(argument.name, std::move(*value));
    }
  }
  auto result = expr::call_shared(evaluation, name, values);
  if (result) return evaluation.keep_given(std::move(*result));
  if (result.error().code != ErrorCode::kNotFound || !result.error().message.empty())
    return evaluation.fail(result.error().message, result.error().code);
  std::vector<std::string> names = function_names();
  for (std::string& known : expr::shared_names(evaluation)) names.push_back(std::move(known));
  if (!written) return evaluation.fail("Unknown function");
  const std::string near = nearest_name(name, names);
  return evaluation.fail("Unknown function \"" + name + "\"" +
                         (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

// Functions look at their texts byte by byte.
bool reads_texts(const Call& call) {
  constexpr std::size_t kBytesPerFunctionStep = 64;
  std::size_t bytes = 0;
  const auto add = [&bytes](const Datum& datum) { bytes += datum.is_text() ? datum.text().size() : 0; };
  for (std::size_t i = 0; i < kParametersMax && call.overload.parameters[i].type != 0; ++i) add(call.arguments[i]);
  for (const Datum& datum : call.rest) add(datum);
  return bytes < kBytesPerFunctionStep || call.evaluation.step(bytes / kBytesPerFunctionStep);
}

// Calls the first form that takes these arguments.
Datum call_form(Evaluation& evaluation, const Overloads& overloads, Arguments& arguments, bool method,
                const Ref<Frame>& frame) {
  bool evaluated = false;
  for (const Overload* overload : overloads.items) {
    if (!fits(*overload, arguments)) continue;
    if (!evaluated && !evaluate_arguments(evaluation, *overload, arguments, frame)) return Datum::failure();
    evaluated = true;
    Call call(evaluation, frame, *overload);
    if (bind_arguments(call, arguments)) return reads_texts(call) ? overload->native(call) : Datum::failure();
  }
  return no_match(evaluation, overloads, arguments, method);
}

Datum unknown_method(Evaluation& evaluation, const std::string& name, const Datum& receiver) {
  const std::string near = nearest_name(name, method_names());
  return evaluation.fail("Unknown method \"" + name + "\" for receiver of type " +
                         std::string(expr::name_of(receiver)) +
                         (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

}  // namespace

Datum call_method(Evaluation& evaluation, const Node& node, const Datum& receiver, const Ref<Frame>& frame) {
  if (!node.overloads) return unknown_method(evaluation, node.text, receiver);
  Arguments arguments = gather(evaluation, node, &receiver, !node.overloads->items.front()->no_keywords);
  if (evaluation.failed()) return Datum::failure();
  return call_form(evaluation, *node.overloads, arguments, true, frame);
}

Datum call_function(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  Ref<Frame> home;
  const Node* body = frame->defines_functions() ? frame->function(node.text, home) : nullptr;
  Arguments arguments =
      gather(evaluation, node, nullptr, body || !node.overloads || !node.overloads->items.front()->no_keywords);
  if (evaluation.failed()) return Datum::failure();
  if (body) return call_defined(evaluation, arguments, *body, home, frame);
  if (node.overloads) return call_form(evaluation, *node.overloads, arguments, false, frame);
  return call_host(evaluation, node.text, arguments, frame, true);
}

Datum call_by_name(Call& call, const Datum& named, const Datum& positional, const Datum& keywords,
                   const Datum* receiver) {
  Evaluation& evaluation = call.evaluation;
  const std::string name(named.text());
  Arguments arguments;
  if (receiver) arguments.push_back({nullptr, {}, *receiver});
  expr::Items items(evaluation, positional);
  for (Datum item; items.next(item);) arguments.push_back({nullptr, {}, item});
  expr::Members members(keywords);
  Datum key;
  Datum value;
  std::deque<Datum> names;  // texts may be inside the datum
  while (members.next(key, value)) {
    if (!key.is_text()) return evaluation.fail("the name of a keyword argument must be a string");
    arguments.push_back({nullptr, names.emplace_back(key).text(), value});
  }
  if (evaluation.failed()) return Datum::failure();
  const Overloads* overloads = receiver ? find_method(name) : find_function(name);
  if (receiver && !overloads)
    return named.is_literal() ? unknown_method(evaluation, name, *receiver) : evaluation.fail("Unknown method");
  Ref<Frame> home;
  const Node* body = receiver ? nullptr : call.frame->function(name, home);
  if (body) return call_defined(evaluation, arguments, *body, home, call.frame);
  if (!overloads) return call_host(evaluation, name, arguments, call.frame, named.is_literal());
  if (overloads->items.front()->no_keywords && expr::length(keywords) != 0)
    return no_match(evaluation, *overloads, arguments, receiver != nullptr);
  return call_form(evaluation, *overloads, arguments, receiver != nullptr, call.frame);
}

}  // namespace foehn::yaql
