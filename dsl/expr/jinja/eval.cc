// Evaluates Jinja2's expressions.
#include <algorithm>

#include "dsl/expr/jinja/renderer.h"
#include "dsl/expr/std_functions.h"
#include "engine/base/diagnostic.h"

namespace foehn::jinja {

using expr::ListStyle;

Renderer::Renderer(Evaluation& evaluation)
    : evaluation_(evaluation), scope_(new VariableScope(ScopeRef())), top_(scope_) {}

Renderer::~Renderer() {
  // Macros and changed containers may hold each other in circles.
  for (const ScopeRef& scope : captured_) scope->variables.clear();
  for (const Datum& datum : touched_) {
    if (auto* list = datum.as<expr::ListObject>()) list->items.clear();
    if (auto* dict = datum.as<expr::DictObject>()) dict->clear();
    if (is_a(datum, ObjectType::kNamespace)) static_cast<NamespaceObject*>(object_of(datum))->values->clear();
    if (is_a(datum, ObjectType::kLoop)) static_cast<LoopObject*>(object_of(datum))->changed = Datum();
  }
}

bool Renderer::touch(const Datum& container) {
  if (!touched_.empty() && touched_.back().object() == container.object()) return true;
  if (!evaluation_.charge(expr::kItemBytes)) return false;
  touched_.push_back(container);
  return true;
}

const Datum* Renderer::find_variable(std::string_view variable) const {
  for (const VariableScope* scope = scope_.get(); scope; scope = scope->outer.get())
    if (const Datum* found = scope->find(variable)) return found;
  return nullptr;
}

bool Renderer::is_host_function(const std::string& name) {
  const std::vector<std::string> names = expr::shared_names(evaluation_);
  return std::find(names.begin(), names.end(), name) != names.end();
}

Datum Renderer::name(const Node& node) {
  if (const Datum* found = find_variable(node.text)) return *found;
  if (node.text == "_") return evaluation_.root();
  if (const Datum global = global_function(evaluation_, node.text); !global.is_missing()) return global;
  std::vector<std::string> names = expr::shared_names(evaluation_);
  for (std::string& known : global_names()) names.push_back(std::move(known));
  for (const VariableScope* scope = scope_.get(); scope; scope = scope->outer.get())
    for (const auto& variable : scope->variables) names.emplace_back(variable.first);
  std::string hint = nearest_name(node.text, names);
  if (!hint.empty()) hint = "; did you mean '" + hint + "'?";
  if (hint.empty() && evaluation_.scope().variable(node.text)) hint = "; did you mean '_." + node.text + "'?";
  return undefined(evaluation_, "'" + node.text + "' is undefined" + hint);
}

Datum Renderer::attribute_of(const Node& node) {
  const Node& receiver = *node.children[0];
  if (receiver.kind == NodeKind::kName && receiver.text == "_" && !find_variable("_")) {
    static const Value kDictProbe = Value::object();
    const Value* found =
        find_method(Datum::of(kDictProbe), node.text) ? nullptr : evaluation_.scope().variable(node.text);
    if (found) return Datum::of(*found);
  }
  return attribute(evaluation_, eval(receiver), node.text);
}

// 'a', 3 or -1: what a message may quote.
static bool is_written(const Node& node) {
  const bool negative = node.kind == NodeKind::kUnary && node.op == Operator::kSubtract;
  return (negative ? *node.children[0] : node).kind == NodeKind::kLiteral;
}

Datum Renderer::item_of(const Node& node) {
  const Datum receiver = eval(*node.children[0]);
  if (!usable(evaluation_, receiver)) return Datum::failure();
  return item(evaluation_, receiver, eval(*node.children[1]), is_written(*node.children[1]));
}

Datum Renderer::slice_of(const Node& node) {
  const Datum receiver = eval(*node.children[0]);
  if (receiver.failed()) return receiver;
  Datum bounds[3];
  for (std::size_t i = 0; i < 3; ++i) {
    if (!node.children[i + 1]) continue;
    bounds[i] = eval(*node.children[i + 1]);
    if (bounds[i].failed()) return Datum::failure();
  }
  return slice(evaluation_, receiver, bounds);
}

bool Renderer::unpack(const Datum& value, Arguments& out) {
  return usable(evaluation_, value) && iterate(evaluation_, value, out.positional);
}

bool Renderer::unpack_keys(const Datum& value, Arguments& out) {
  if (value.kind() != Kind::kDict) {
    if (usable(evaluation_, value)) evaluation_.fail("** needs a dict, not " + std::string(expr::name_of(value)));
    return false;
  }
  expr::Members members(value);
  Datum key;
  Datum member;
  while (members.next(key, member)) {
    if (!key.is_text() || out.keyword(key.text())) {
      evaluation_.fail(key.is_text() ? "a keyword argument is given twice" : "keywords must be strings");
      return false;
    }
    if (!evaluation_.step() || !evaluation_.charge(key.text().size() + sizeof(Datum))) return false;
    out.keywords.emplace_back(key.text(), member);
    out.unpacked = true;
  }
  return true;
}

bool Renderer::arguments(const Node& node, std::size_t from, Arguments& out) {
  for (std::size_t i = from; i < node.children.size(); ++i) {
    const Node& child = *node.children[i];
    const bool wrapped =
        child.kind == NodeKind::kKeyword || child.kind == NodeKind::kUnpack || child.kind == NodeKind::kUnpackKeys;
    Datum value = eval(wrapped ? *child.children[0] : child);
    if (value.failed()) return false;
    if (child.kind == NodeKind::kKeyword) {
      out.keywords.emplace_back(child.text, std::move(value));
    } else if (child.kind == NodeKind::kUnpack) {
      if (!unpack(value, out)) return false;
    } else if (child.kind == NodeKind::kUnpackKeys) {
      if (!unpack_keys(value, out)) return false;
    } else {
      out.positional.push_back(std::move(value));
    }
  }
  return true;
}

Datum Renderer::call_named(Arguments& given, const std::string& function) {
  dsl::CallArguments values;
  for (const Datum& argument : given.positional) {
    auto value = to_result(evaluation_, argument);
    if (!value) return Datum::failure();
    values.positional.push_back(std::move(*value));
  }
  for (const auto& [keyword, argument] : given.keywords) {
    auto value = to_result(evaluation_, argument);
    if (!value) return Datum::failure();
    values.keywords.emplace_back(keyword, std::move(*value));
  }
  auto result = expr::call_shared(evaluation_, function, values);
  if (result) return evaluation_.keep(std::move(*result));
  if (result.error().code != ErrorCode::kNotFound || !result.error().message.empty())
    return evaluation_.fail(result.error().message, result.error().code);
  return Datum::missing();
}

Datum Renderer::call_node(const Node& node, const Datum* caller) {
  const Node& callee = *node.children[0];
  Arguments given{evaluation_, *this, {}, {}};
  const bool host = callee.kind == NodeKind::kName && callee.text != "_" && !find_variable(callee.text) &&
                    global_function(evaluation_, callee.text).is_missing();
  Datum target;
  if (!host) {
    target = eval(callee);
    if (target.failed()) return target;
  }
  if (!arguments(node, 1, given)) return Datum::failure();
  if (caller) given.keywords.emplace_back("caller", *caller);
  if (host) {
    const Datum result = call_named(given, callee.text);
    if (!result.is_missing()) return result;
    return usable(evaluation_, name(callee)) ? evaluation_.fail("'" + callee.text + "' is not callable")
                                             : Datum::failure();
  }
  return call(target, given);
}

Datum Renderer::call_of(const Node& node) { return call_node(node, nullptr); }

Datum Renderer::call(const Datum& target, Arguments& given) {
  if (!usable(evaluation_, target)) return Datum::failure();
  PythonObject* object = object_of(target);
  if (!object) return evaluation_.fail(expr::a_name_of(target) + " is not callable");
  switch (object->what) {
    case ObjectType::kMethod: return run_method(given, static_cast<const MethodObject&>(*object));
    case ObjectType::kFunction: return static_cast<const FunctionObject&>(*object).run(given);
    case ObjectType::kMacro: return call_macro(static_cast<const MacroObject&>(*object), given);
    case ObjectType::kLoop: return recurse(static_cast<const LoopObject&>(*object), given);
    case ObjectType::kJoiner: {
      auto& joiner = static_cast<JoinerObject&>(*object);
      if (!given.bind("", "joiner()")) return Datum::failure();
      return std::exchange(joiner.used, true) ? joiner.separator : evaluation_.text("");
    }
    default: return evaluation_.fail(expr::a_name_of(target) + " is not callable");
  }
}

Datum Renderer::filter(const Node& node, const Datum* given_subject) {
  Arguments given{evaluation_, *this, {}, {}};
  if (!node.filter) {  // Mistral's functions are filters too; what stands left of them is the context and is not used
    if (!arguments(node, 1, given)) return Datum::failure();
    const Datum result = call_named(given, node.text);
    if (!result.is_missing()) return result;
    const std::string near = nearest_name(node.text, filter_names());
    return evaluation_.fail("No filter named '" + node.text + "'." +
                            (near.empty() ? "" : " Did you mean '" + near + "'?"));
  }
  Datum subject;
  if (given_subject && !node.children[0]) {
    subject = *given_subject;
  } else if (given_subject) {
    subject = filter(*node.children[0], given_subject);
  } else {
    subject = eval(*node.children[0]);
  }
  if (subject.failed() || !arguments(node, 1, given)) return Datum::failure();
  if (!given.bind(node.filter->signature, node.text)) return Datum::failure();
  return workable(evaluation_, subject) ? node.filter->run(given, subject) : Datum::failure();
}

Datum Renderer::test(const Node& node) {
  const Datum subject = eval(*node.children[0]);
  if (subject.failed()) return subject;
  if (!node.test) {
    const std::string near = nearest_name(node.text, test_names());
    return evaluation_.fail("No test named '" + node.text + "'." +
                            (near.empty() ? "" : " Did you mean '" + near + "'?"));
  }
  Arguments given{evaluation_, *this, {}, {}};
  if (!arguments(node, 1, given) || !given.bind(node.test->signature, node.text)) return Datum::failure();
  const Datum result = scan(evaluation_, subject) ? node.test->run(given, subject) : Datum::failure();
  if (result.failed() || !node.negated) return result;
  const auto yes = truth(evaluation_, result);
  return yes ? Datum::boolean(!*yes) : Datum::failure();
}

Datum Renderer::unary(const Node& node) {
  const Datum inner = eval(*node.children[0]);
  if (node.op != Operator::kNot) return negate(evaluation_, node.op, inner);
  const auto yes = truth(evaluation_, inner);
  return yes ? Datum::boolean(!*yes) : Datum::failure();
}

Datum Renderer::binary(const Node& node) {
  const Datum left = eval(*node.children[0]);
  if (left.failed()) return left;
  if (node.op == Operator::kAnd || node.op == Operator::kOr) {
    const auto yes = truth(evaluation_, left);
    if (!yes) return Datum::failure();
    return *yes == (node.op == Operator::kAnd) ? eval(*node.children[1]) : left;
  }
  const Datum right = eval(*node.children[1]);
  return right.failed() ? right : arithmetic(evaluation_, node.op, left, right);
}

std::optional<bool> Renderer::holds(Operator op, const Datum& left, const Datum& right) {
  switch (op) {
    case Operator::kEqual: return equals(evaluation_, left, right);
    case Operator::kNotEqual: {
      const auto same = equals(evaluation_, left, right);
      return same ? std::optional(!*same) : same;
    }
    case Operator::kIn: return contains(evaluation_, left, right);
    case Operator::kNotIn: {
      const auto found = contains(evaluation_, left, right);
      return found ? std::optional(!*found) : found;
    }
    default: return relate(evaluation_, op, left, right);
  }
}

Datum Renderer::compare(const Node& node) {
  Datum left = eval(*node.children[0]);
  for (std::size_t i = 0; i < node.ops.size(); ++i) {
    if (left.failed()) return left;
    const Datum right = eval(*node.children[i + 1]);
    if (right.failed()) return right;
    const auto yes = holds(node.ops[i], left, right);
    if (!yes) return Datum::failure();
    if (!*yes) return Datum::boolean(false);
    left = right;
  }
  return Datum::boolean(true);
}

Datum Renderer::conditional(const Node& node) {
  const auto chosen = truth(evaluation_, eval(*node.children[1]));
  if (!chosen) return Datum::failure();
  if (*chosen) return eval(*node.children[0]);
  if (node.children[2]) return eval(*node.children[2]);
  if (!evaluation_.charge(sizeof(UndefinedObject) + expr::kBlockBytes)) return Datum::failure();
  return Datum::of(new UndefinedObject("the inline if-expression was false and has no else", false));
}

Datum Renderer::collection(const Node& node) {
  std::vector<Datum> items;
  items.reserve(node.children.size());
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
    if (key.failed()) return key;
    const Datum value = eval(*node.children[i + 1]);
    if (!put(evaluation_, *made, key, value)) return Datum::failure();
  }
  return evaluation_.charge(sizeof(expr::DictObject)) ? result : Datum::failure();
}

Datum Renderer::dispatch(const Node& node) {
  switch (node.kind) {
    case NodeKind::kLiteral: return Datum::literal(node.literal);
    case NodeKind::kName: return name(node);
    case NodeKind::kAttribute: return attribute_of(node);
    case NodeKind::kItem: return item_of(node);
    case NodeKind::kSlice: return slice_of(node);
    case NodeKind::kCall: return call_of(node);
    case NodeKind::kFilter: return filter(node, nullptr);
    case NodeKind::kTest: return test(node);
    case NodeKind::kUnary: return unary(node);
    case NodeKind::kBinary: return binary(node);
    case NodeKind::kCompare: return compare(node);
    case NodeKind::kConditional: return conditional(node);
    case NodeKind::kList:
    case NodeKind::kTuple: return collection(node);
    case NodeKind::kDict: return dict(node);
    default: return evaluation_.fail("this is no expression");
  }
}

// What is not there and what is made item by item fail when they are used, perhaps far from here.
static void place_later(const Datum& made, std::uint32_t offset) {
  PythonObject* object = object_of(made);
  if (!object) return;
  if (object->what == ObjectType::kUndefined) {
    auto& missing = static_cast<UndefinedObject&>(*object);
    if (!missing.place) missing.place = offset;
  } else if (object->what == ObjectType::kGenerator) {
    auto& generator = static_cast<GeneratorObject&>(*object);
    if (!generator.place) generator.place = offset;
  }
}

Datum Renderer::eval(const Node& node) {
  if (!evaluation_.step() || !evaluation_.enter()) return Datum::failure();
  Datum result = dispatch(node);
  evaluation_.leave();
  if (evaluation_.failed()) {
    evaluation_.place(node.offset);
    return Datum::failure();
  }
  if (result.object()) place_later(result, node.offset);
  return result;
}

}  // namespace foehn::jinja
