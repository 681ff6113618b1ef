#include "dsl/expr/jinja/eval.h"

#include <algorithm>
#include <cmath>

#include "dsl/expr/format.h"
#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/jinja/globals.h"
#include "dsl/expr/std_functions.h"
#include "dsl/expr/text.h"
#include "engine/base/diagnostic.h"

namespace foehn::jinja {
namespace {

using expr::ListStyle;

// Variables set by `for` and `set`, innermost last.
class Renderer {
 public:
  explicit Renderer(Evaluation& evaluation) : evaluation_(evaluation) {}

  Datum eval(const Node& node);
  bool exec(const Node& node, std::string& out);

 private:
  Datum name(const Node& node);
  Datum attribute_of(const Node& node);
  Datum slice(const Node& node);
  Datum call(const Node& node);
  Datum call_named(const Node& node, const std::string& function);
  Datum filter(const Node& node);
  Datum test(const Node& node);
  Datum unary(const Node& node);
  Datum binary_op(const Node& node);
  Datum compare(const Node& node);
  Datum collection(const Node& node);
  Datum dict(const Node& node);
  bool arguments(const Node& node, std::size_t from, Arguments& out);
  bool put_out(const Datum& value, std::string& out);
  bool exec_if(const Node& node, std::string& out);
  bool exec_for(const Node& node, std::string& out);
  bool assign(const Node& node, const Datum& value);
  bool bind(const std::vector<std::string>& names, const Datum& value);
  void set(const std::string& variable, Datum value) { variables_.emplace_back(variable, std::move(value)); }
  const Datum* find_variable(const std::string& variable) const {
    for (auto at = variables_.rbegin(); at != variables_.rend(); ++at)
      if (at->first == variable) return &at->second;
    return nullptr;
  }
  Datum truth(const Datum& value) {
    return usable(evaluation_, value) ? Datum::boolean(expr::truthy(value)) : Datum::failure();
  }

  Evaluation& evaluation_;
  std::vector<std::pair<std::string, Datum>> variables_;
};

Datum Renderer::name(const Node& node) {
  if (const Datum* found = find_variable(node.text)) return *found;
  if (node.text == "_") return Datum::of(evaluation_.root());
  if (const Datum global = global_function(node.text); !global.is_missing()) return global;
  const std::vector<std::string> names = expr::shared_names(evaluation_);
  const std::string near = nearest_name(node.text, names);
  return undefined(evaluation_,
                   "'" + node.text + "' is undefined" + (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

Datum Renderer::attribute_of(const Node& node) {
  const Node& receiver = *node.children[0];
  if (receiver.kind == NodeKind::kName && receiver.text == "_" && !find_variable("_")) {
    const Value* found = evaluation_.scope().variable(node.text);
    static const Value kDictProbe = Value::object();
    if (found && !find_method(Datum::of(kDictProbe), node.text)) return Datum::of(*found);
  }
  return attribute(evaluation_, eval(receiver), node.text);
}

Datum Renderer::slice(const Node& node) {
  const Datum receiver = eval(*node.children[0]);
  if (!usable(evaluation_, receiver)) return Datum::failure();
  std::int64_t bounds[3] = {0, 0, 1};
  bool given[3] = {false, false, false};
  for (std::size_t i = 0; i < 3; ++i) {
    if (!node.children[i + 1]) continue;
    const Datum bound = eval(*node.children[i + 1]);
    if (!usable(evaluation_, bound)) return Datum::failure();
    if (bound.is_null()) continue;
    if (!bound.is_integer()) return evaluation_.fail("slice indices must be integers or None");
    bounds[i] = bound.integer();
    given[i] = true;
  }
  std::vector<Datum> items;
  if (receiver.kind() == Kind::kDict || !iterate(evaluation_, receiver, items))
    return evaluation_.fail("a " + std::string(expr::name_of(receiver)) + " cannot be sliced");
  const std::int64_t step = bounds[2];
  if (step == 0) return evaluation_.fail("slice step cannot be zero");
  const auto count = static_cast<std::int64_t>(items.size());
  const auto clamp = [&](std::int64_t bound) {
    if (bound < 0) bound += count;
    return std::clamp<std::int64_t>(bound, step < 0 ? -1 : 0, step < 0 ? count - 1 : count);
  };
  std::int64_t at = given[0] ? clamp(bounds[0]) : step < 0 ? count - 1 : 0;
  const std::int64_t end = given[1] ? clamp(bounds[1]) : step < 0 ? -1 : count;
  std::vector<Datum> out;
  std::string text;
  for (; step > 0 ? at < end : at > end; at += std::clamp<std::int64_t>(step, -count - 1, count + 1)) {
    out.push_back(items[static_cast<std::size_t>(at)]);
    if (receiver.is_text()) text += out.back().text();
  }
  return receiver.is_text() ? evaluation_.text(std::move(text))
                            : evaluation_.list(std::move(out), expr::style_of(receiver));
}

bool Renderer::arguments(const Node& node, std::size_t from, Arguments& out) {
  for (std::size_t i = from; i < node.children.size(); ++i) {
    const Node& child = *node.children[i];
    const bool keyword = child.kind == NodeKind::kKeyword;
    Datum value = eval(keyword ? *child.children[0] : child);
    if (value.failed()) return false;
    if (keyword) {
      out.keywords.emplace_back(child.text, std::move(value));
    } else {
      out.positional.push_back(std::move(value));
    }
  }
  return true;
}

// A function of the host or of std_functions, with what follows the subject or the callee as its arguments.
Datum Renderer::call_named(const Node& node, const std::string& function) {
  Arguments given{evaluation_, {}, {}};
  if (!arguments(node, 1, given)) return Datum::failure();
  dsl::CallArguments values;
  for (const Datum& argument : given.positional) {
    auto value = expr::to_value(evaluation_, argument);
    if (!value) return evaluation_.fail(value.error().message, value.error().code);
    values.positional.push_back(std::move(*value));
  }
  for (const auto& [keyword, argument] : given.keywords) {
    auto value = expr::to_value(evaluation_, argument);
    if (!value) return evaluation_.fail(value.error().message, value.error().code);
    values.keywords.emplace_back(keyword, std::move(*value));
  }
  auto result = expr::call_shared(evaluation_, function, values);
  if (result) return Datum::of(evaluation_.keep(std::move(*result)));
  if (result.error().code != ErrorCode::kNotFound || !result.error().message.empty())
    return evaluation_.fail(result.error().message, result.error().code);
  return Datum::missing();
}

Datum Renderer::call(const Node& node) {
  const Node& callee = *node.children[0];
  if (callee.kind == NodeKind::kName && !find_variable(callee.text) && global_function(callee.text).is_missing()) {
    const Datum result = call_named(node, callee.text);
    if (!result.is_missing()) return result;
    const Datum unknown = name(callee);
    usable(evaluation_, unknown);
    return evaluation_.failed() ? Datum::failure() : evaluation_.fail("'" + callee.text + "' is not callable");
  }
  const Datum target = eval(callee);
  if (!usable(evaluation_, target)) return Datum::failure();
  Arguments given{evaluation_, {}, {}};
  if (!arguments(node, 1, given)) return Datum::failure();
  if (const auto* method = target.as<MethodObject>()) {
    for (const Datum& argument : given.positional)
      if (!usable(evaluation_, argument)) return Datum::failure();
    return method->call(given);
  }
  if (const auto* function = target.as<CallableObject>()) return function->call(given);
  return evaluation_.fail("'" + std::string(expr::name_of(target)) + "' object is not callable");
}

Datum Renderer::filter(const Node& node) {
  if (!node.filter) {  // Mistral's functions are filters too; what stands left of them is the context and is not used
    const Datum result = call_named(node, node.text);
    if (!result.is_missing()) return result;
    const std::string near = nearest_name(node.text, filter_names());
    return evaluation_.fail("No filter named '" + node.text + "'." +
                            (near.empty() ? "" : " Did you mean '" + near + "'?"));
  }
  const Datum subject = eval(*node.children[0]);
  if (subject.failed() || (!node.filter->undefined && !usable(evaluation_, subject))) return Datum::failure();
  Arguments given{evaluation_, {}, {}};
  if (!arguments(node, 1, given)) return Datum::failure();
  return node.filter->run(given, subject);
}

Datum Renderer::test(const Node& node) {
  const Datum subject = eval(*node.children[0]);
  if (subject.failed() || (!node.test->undefined && !usable(evaluation_, subject))) return Datum::failure();
  Arguments given{evaluation_, {}, {}};
  if (!arguments(node, 1, given)) return Datum::failure();
  const Datum holds = node.test->run(given, subject);
  return holds.failed() ? holds : Datum::boolean(expr::truthy(holds) != node.negated);
}

Datum Renderer::unary(const Node& node) {
  const Datum inner = eval(*node.children[0]);
  if (!usable(evaluation_, inner)) return Datum::failure();
  if (node.op == Operator::kNot) return Datum::boolean(!expr::truthy(inner));
  if (inner.kind() == Kind::kNumber) return node.op == Operator::kSubtract ? Datum::number(-inner.number()) : inner;
  if (!inner.is_integer() && inner.kind() != Kind::kBoolean)
    return evaluation_.fail("bad operand type for unary " + std::string(symbol_of(node.op)) + ": " +
                            std::string(expr::name_of(inner)));
  if (inner.integer() == INT64_MIN) return evaluation_.fail("the result does not fit into a 64-bit integer");
  return Datum::integer(node.op == Operator::kSubtract ? -inner.integer() : inner.integer());
}

Datum Renderer::binary_op(const Node& node) {
  const Datum left = eval(*node.children[0]);
  if (!usable(evaluation_, left)) return Datum::failure();
  if (node.op == Operator::kAnd) return expr::truthy(left) ? eval(*node.children[1]) : left;
  if (node.op == Operator::kOr) return expr::truthy(left) ? left : eval(*node.children[1]);
  const Datum right = eval(*node.children[1]);
  if (!usable(evaluation_, right)) return Datum::failure();
  return arithmetic(evaluation_, node.op, left, right);
}

Datum Renderer::compare(const Node& node) {
  Datum left = eval(*node.children[0]);
  for (std::size_t i = 0; i < node.ops.size(); ++i) {
    const Datum right = left.failed() ? left : eval(*node.children[i + 1]);
    if (!usable(evaluation_, left) || !usable(evaluation_, right)) return Datum::failure();
    bool holds = false;
    int relation = 0;
    switch (node.ops[i]) {
      case Operator::kEqual:
        holds = expr::equal(left, right);
        break;
      case Operator::kNotEqual:
        holds = !expr::equal(left, right);
        break;
      case Operator::kIn:
      case Operator::kNotIn: {
        const Datum found = contains(evaluation_, left, right);
        if (found.failed()) return found;
        holds = found.boolean() == (node.ops[i] == Operator::kIn);
        break;
      }
      default:
        if (!order(evaluation_, left, right, relation)) return Datum::failure();
        holds = node.ops[i] == Operator::kLess        ? relation < 0
                : node.ops[i] == Operator::kLessEqual ? relation <= 0
                : node.ops[i] == Operator::kGreater   ? relation > 0
                                                      : relation >= 0;
    }
    if (!holds) return Datum::boolean(false);
    left = right;
  }
  return Datum::boolean(true);
}

Datum Renderer::collection(const Node& node) {
  std::vector<Datum> items;
  for (const auto& child : node.children) {
    items.push_back(eval(*child));
    if (items.back().failed()) return Datum::failure();
  }
  return evaluation_.list(std::move(items), node.kind == NodeKind::kTuple ? ListStyle::kOther : ListStyle::kContext);
}

Datum Renderer::dict(const Node& node) {
  auto* made = new expr::DictObject();
  const Datum result = Datum::of(made);
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Datum key = eval(*node.children[i]);
    if (!usable(evaluation_, key)) return Datum::failure();
    Datum value = eval(*node.children[i + 1]);
    if (value.failed() || !evaluation_.charge(4 * sizeof(Datum)) || !evaluation_.nest(*made, value))
      return Datum::failure();
    made->set(key, std::move(value));
  }
  return result;
}

Datum Renderer::eval(const Node& node) {
  if (!evaluation_.step()) return Datum::failure();
  switch (node.kind) {
    case NodeKind::kLiteral:
      return Datum::of(node.literal);
    case NodeKind::kName:
      return name(node);
    case NodeKind::kAttribute:
      return attribute_of(node);
    case NodeKind::kItem: {
      const Datum receiver = eval(*node.children[0]);
      if (!usable(evaluation_, receiver)) return Datum::failure();
      return item(evaluation_, receiver, eval(*node.children[1]));
    }
    case NodeKind::kSlice:
      return slice(node);
    case NodeKind::kCall:
      return call(node);
    case NodeKind::kFilter:
      return filter(node);
    case NodeKind::kTest:
      return test(node);
    case NodeKind::kUnary:
      return unary(node);
    case NodeKind::kBinary:
      return binary_op(node);
    case NodeKind::kCompare:
      return compare(node);
    case NodeKind::kConditional: {
      const Datum chosen = truth(eval(*node.children[1]));
      if (chosen.failed()) return chosen;
      if (chosen.boolean()) return eval(*node.children[0]);
      if (node.children[2]) return eval(*node.children[2]);
      return evaluation_.text("");  // Jinja2: an undefined value that prints as nothing
    }
    case NodeKind::kList:
    case NodeKind::kTuple:
      return collection(node);
    case NodeKind::kDict:
      return dict(node);
    default:
      return evaluation_.fail("this is no expression");
  }
}

bool Renderer::put_out(const Datum& value, std::string& out) {
  if (!usable(evaluation_, value)) return false;
  const std::size_t before = out.size();
  if (value.is_text()) {
    out += value.text();
  } else {
    expr::append_repr(evaluation_, value, out);
  }
  return evaluation_.charge(out.size() - before) && !evaluation_.failed();
}

bool Renderer::exec(const Node& node, std::string& out) {
  if (!evaluation_.step()) return false;
  switch (node.kind) {
    case NodeKind::kText:
      out += node.text;
      return evaluation_.charge(node.text.size());
    case NodeKind::kPrint:
      return put_out(eval(*node.children[0]), out);
    case NodeKind::kIf:
      return exec_if(node, out);
    case NodeKind::kFor:
      return exec_for(node, out);
    case NodeKind::kSet: {
      const Datum value = eval(*node.children[0]);
      return !value.failed() && assign(node, value);
    }
    case NodeKind::kSetBlock: {
      std::string text;
      if (!exec(*node.children[0], text)) return false;
      const Datum value = evaluation_.text(std::move(text));
      return !value.failed() && assign(node, value);
    }
    case NodeKind::kSequence:
      return std::all_of(node.children.begin(), node.children.end(),
                         [&](const NodePtr& child) { return exec(*child, out); });
    default:
      return put_out(eval(node), out);
  }
}

bool Renderer::exec_if(const Node& node, std::string& out) {
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Datum chosen = truth(eval(*node.children[i]));
    if (chosen.failed()) return false;
    if (chosen.boolean()) return exec(*node.children[i + 1], out);
  }
  return node.children.size() % 2 == 0 || exec(*node.children.back(), out);
}

bool Renderer::bind(const std::vector<std::string>& names, const Datum& value) {
  if (names.size() == 1) {
    set(names[0], value);
    return true;
  }
  std::vector<Datum> parts;
  if (!iterate(evaluation_, value, parts)) return false;
  if (parts.size() != names.size()) {
    evaluation_.fail("cannot unpack " + std::to_string(parts.size()) + " values into " + std::to_string(names.size()) +
                     " names");
    return false;
  }
  for (std::size_t i = 0; i < names.size(); ++i) set(names[i], parts[i]);
  return true;
}

bool Renderer::assign(const Node& node, const Datum& value) {
  const std::size_t dot = node.names[0].find('.');
  if (node.names.size() > 1 || dot == std::string::npos) {
    return bind(node.names, value);
  }
  const Datum* space = find_variable(node.names[0].substr(0, dot));
  auto* made = space ? space->as<NamespaceObject>() : nullptr;
  if (!made) {
    evaluation_.fail("cannot assign attribute on non-namespace object");
    return false;
  }
  if (!evaluation_.charge(4 * sizeof(Datum)) || !evaluation_.nest(*made, value)) return false;
  made->set(evaluation_, node.names[0].substr(dot + 1), value);
  return !evaluation_.failed();
}

bool Renderer::exec_for(const Node& node, std::string& out) {
  std::vector<Datum> all;
  if (!iterate(evaluation_, eval(*node.children[0]), all)) return false;
  const std::size_t outer = variables_.size();
  std::vector<Datum> chosen;
  for (const Datum& item : all) {
    bool keep = true;
    if (node.children[1]) {
      if (!bind(node.names, item)) return false;
      const Datum fits = truth(eval(*node.children[1]));
      if (fits.failed()) return false;
      keep = fits.boolean();
      variables_.resize(outer);
    }
    if (keep) chosen.push_back(item);
  }
  if (chosen.empty()) return !node.children[3] || exec(*node.children[3], out);
  const Datum loop = evaluation_.list(chosen);
  if (loop.failed() || !evaluation_.enter()) return false;
  bool ok = true;
  for (std::size_t i = 0; ok && i < chosen.size(); ++i) {
    set("loop", Datum::of(new LoopObject(loop, i)));
    ok = evaluation_.charge(sizeof(LoopObject)) && bind(node.names, chosen[i]) && exec(*node.children[2], out);
    variables_.resize(outer);
  }
  evaluation_.leave();
  return ok;
}

}  // namespace

Datum evaluate_expression(Evaluation& evaluation, const Node& node) {
  Datum value = Renderer(evaluation).eval(node);
  return usable(evaluation, value) ? value : Datum::failure();
}

std::string render(Evaluation& evaluation, const Node& node) {
  std::string out;
  Renderer(evaluation).exec(node, out);
  return out;
}

}  // namespace foehn::jinja
