// Runs Jinja2's statements.
#include <algorithm>

#include "dsl/expr/jinja/renderer.h"

namespace foehn::jinja {

bool Renderer::put_out(const Datum& value, std::string& out) {
  if (!autoescape_ || is_markup(value)) return append_str(evaluation_, value, out);
  const std::string text = escaped(evaluation_, python_str(evaluation_, value));
  return !evaluation_.failed() && evaluation_.append(out, text);
}

ScopeRef Renderer::inner_scope() { return ScopeRef(new VariableScope(scope_)); }

Datum Renderer::rendered(std::string text) {
  return autoescape_ ? markup(evaluation_, std::move(text)) : evaluation_.text(std::move(text));
}

bool Renderer::exec_in(const ScopeRef& scope, const Node& body, std::string& out) {
  const ScopeRef outer = std::exchange(scope_, scope);
  const bool ok = evaluation_.charge(sizeof(VariableScope) + expr::kBlockBytes) && exec(body, out);
  scope_ = outer;
  return ok;
}

bool Renderer::exec(const Node& node, std::string& out) {
  if (!evaluation_.step() || !evaluation_.enter()) return false;
  const bool ok = run_statement(node, out) && !evaluation_.failed();
  evaluation_.leave();
  const bool print = node.kind == NodeKind::kPrint;
  if (!ok) evaluation_.place(print ? node.children[0]->offset : node.offset);
  return ok;
}

bool Renderer::run_statement(const Node& node, std::string& out) {
  switch (node.kind) {
    case NodeKind::kText:
      return evaluation_.append(out, node.text);
    case NodeKind::kPrint:
      return put_out(eval(*node.children[0]), out);
    case NodeKind::kIf:
      return exec_if(node, out);
    case NodeKind::kFor:
      return exec_for(node, out);
    case NodeKind::kSet:
      return assign(*node.children[0], eval(*node.children[1]));
    case NodeKind::kSetBlock:
      return exec_set_block(node);
    case NodeKind::kWith:
      return exec_with(node, out);
    case NodeKind::kMacro: {
      Datum macro;
      if (!define_macro(node, macro)) return false;
      scope_->set(node.text, std::move(macro));
      return true;
    }
    case NodeKind::kCallBlock:
      return exec_call_block(node, out);
    case NodeKind::kFilterBlock:
      return exec_filter_block(node, out);
    case NodeKind::kBlock:
      return exec_block(node, out);
    case NodeKind::kAutoescape:
      return exec_autoescape(node, out);
    case NodeKind::kLoader:
      return exec_loader(node);
    case NodeKind::kSequence:
      return std::all_of(node.children.begin(), node.children.end(),
                         [&](const NodePtr& child) { return exec(*child, out); });
    default:
      return put_out(eval(node), out);
  }
}

bool Renderer::exec_if(const Node& node, std::string& out) {
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const auto chosen = truth(evaluation_, eval(*node.children[i]));
    if (!chosen) return false;
    if (*chosen) return exec(*node.children[i + 1], out);
  }
  return node.children.size() % 2 == 0 || exec(*node.children.back(), out);
}

bool Renderer::assign(const Node& target, const Datum& value) {
  if (value.failed()) return false;
  if (target.kind == NodeKind::kName) {
    scope_->set(target.text, value);
    return evaluation_.charge(expr::kItemBytes);
  }
  if (target.kind == NodeKind::kNamespaceSet) {
    const Datum* space = find_variable(target.text);
    if (!space || !is_a(*space, ObjectType::kNamespace)) {
      evaluation_.fail("cannot assign attribute on non-namespace object");
      return false;
    }
    auto* made = static_cast<NamespaceObject*>(object_of(*space));
    if (!evaluation_.deepen(*made, value) || !touch(*space)) return false;
    return put(evaluation_, *made->values, Datum::of(target.names[0]), value);
  }
  std::vector<Datum> parts;
  if (!usable(evaluation_, value) || !iterate(evaluation_, value, parts)) return false;
  if (parts.size() != target.children.size()) {
    evaluation_.fail("cannot unpack " + std::to_string(parts.size()) + " values into " +
                     std::to_string(target.children.size()) + " names");
    return false;
  }
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (!assign(*target.children[i], parts[i])) return false;
  return true;
}

bool Renderer::exec_for(const Node& node, std::string& out) {
  const Datum collection = eval(*node.children[1]);
  return !collection.failed() && run_loop(node, collection, 0, out);
}

// The items that the loop's condition takes.
bool Renderer::choose(const Node& node, const Datum& collection, std::vector<Datum>& chosen) {
  Iterator items(evaluation_, collection);
  Datum item;
  while (items.next(item)) {
    if (!evaluation_.charge(expr::kItemBytes)) return false;
    if (node.children[2]) {
      const ScopeRef outer = std::exchange(scope_, inner_scope());
      const auto fits = assign(*node.children[0], item) ? truth(evaluation_, eval(*node.children[2])) : std::nullopt;
      scope_ = outer;
      if (!fits) return false;
      if (!*fits) continue;
    }
    chosen.push_back(item);
  }
  return !evaluation_.failed();
}

bool Renderer::run_loop(const Node& node, const Datum& collection, std::size_t level, std::string& out) {
  std::vector<Datum> chosen;
  if (!choose(node, collection, chosen)) return false;
  if (chosen.empty()) return !node.children[4] || exec_in(inner_scope(), *node.children[4], out);
  if (node.recursive) captured_.push_back(scope_);
  const Datum all = evaluation_.list(std::move(chosen));
  if (all.failed() || !evaluation_.charge(sizeof(LoopObject) + expr::kBlockBytes)) return false;
  auto* loop = new LoopObject(all, level, node.recursive ? &node : nullptr);
  const Datum held = Datum::of(loop);
  loop->changed = Datum::missing();
  const ScopeRef outer = scope_;
  bool ok = true;
  for (; ok && loop->index < loop->count(); ++loop->index) {
    scope_ = ScopeRef(new VariableScope(outer));
    scope_->set("loop", held);
    ok = evaluation_.charge(sizeof(VariableScope) + 4 * sizeof(Datum)) &&
         assign(*node.children[0], loop->at(loop->index)) && exec(*node.children[3], out);
  }
  scope_ = outer;
  return ok;
}

// loop(items) in a recursive loop.
Datum Renderer::recurse(const LoopObject& loop, Arguments& given) {
  if (!given.bind("iterable!", "loop()")) return Datum::failure();
  if (!loop.node) return given.fail("The loop must have the 'recursive' marker to be called recursively.");
  if (!usable(evaluation_, given.positional[0])) return Datum::failure();
  // The variables around the loop: those that hold `loop` itself are the inner ones.
  ScopeRef around = scope_;
  for (const VariableScope* at = scope_.get(); at; at = at->outer.get()) {
    const Datum* found = at->find("loop");
    if (found && found->object() == static_cast<const expr::Object*>(&loop)) {
      around = at->outer;
      break;
    }
  }
  if (!evaluation_.enter()) return Datum::failure();
  const ScopeRef outer = std::exchange(scope_, around);
  std::string text;
  const bool ok = run_loop(*static_cast<const Node*>(loop.node), given.positional[0], loop.level + 1, text);
  scope_ = outer;
  evaluation_.leave();
  return ok ? rendered(std::move(text)) : Datum::failure();
}

bool Renderer::exec_set_block(const Node& node) {
  std::string text;
  const ScopeRef inner = inner_scope();
  if (!exec_in(inner, *node.children[1], text)) return false;
  Datum value = rendered(std::move(text));
  if (!value.failed() && node.children[2]) value = filter(*node.children[2], &value);
  return assign(*node.children[0], value);
}

bool Renderer::exec_with(const Node& node, std::string& out) {
  const ScopeRef inner = inner_scope();
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Datum value = eval(*node.children[i + 1]);  // outside: the variables of one `with` do not see each other
    const ScopeRef outer = std::exchange(scope_, inner);
    const bool ok = assign(*node.children[i], value);
    scope_ = outer;
    if (!ok) return false;
  }
  return exec_in(inner, *node.children.back(), out);
}

bool Renderer::exec_filter_block(const Node& node, std::string& out) {
  std::string text;
  if (!exec_in(inner_scope(), *node.children[1], text)) return false;
  const Datum value = rendered(std::move(text));
  const Datum filtered = value.failed() ? value : filter(*node.children[0], &value);
  if (filtered.is_text()) return put_out(filtered, out);
  if (usable(evaluation_, filtered))
    evaluation_.fail("a filter block must give a string, not " + std::string(expr::name_of(filtered)));
  return false;
}

bool Renderer::define_macro(const Node& node, Datum& out) {
  if (captured_.empty() || captured_.back().get() != scope_.get()) captured_.push_back(scope_);
  if (!evaluation_.charge(sizeof(MacroObject) + sizeof(ScopeRef))) return false;
  out = Datum::of(new MacroObject(node, scope_));
  return true;
}

bool Renderer::exec_call_block(const Node& node, std::string& out) {
  Datum caller;
  if (!define_macro(*node.children[0], caller)) return false;
  return put_out(call_node(*node.children[1], &caller), out);
}

bool Renderer::exec_block(const Node& node, std::string& out) {
  if (node.negated) {
    evaluation_.fail("Required block '" + node.text + "' not found");
    return false;
  }
  // A block that is not `scoped` sees the template's own variables only.
  return exec_in(ScopeRef(new VariableScope(node.recursive ? scope_ : top_)), *node.children[0], out);
}

bool Renderer::exec_autoescape(const Node& node, std::string& out) {
  const auto on = truth(evaluation_, eval(*node.children[0]));
  if (!on) return false;
  const bool outer = std::exchange(autoescape_, *on);
  const bool ok = exec_in(inner_scope(), *node.children[1], out);
  autoescape_ = outer;
  return ok;
}

bool Renderer::exec_loader(const Node& node) {
  if (!eval(*node.children[0]).failed())
    evaluation_.fail("no loader for this environment specified: '" + node.text + "' has no other templates to read");
  return false;
}

// ---- Macros.

bool Renderer::bind_macro(const MacroObject& macro, Arguments& given, VariableScope& inner) {
  const Node& node = macro.node;
  const std::size_t count = node.names.size();
  bool caller_bound = given.positional.size() >= count &&
                      std::find(node.names.begin(), node.names.end(), "caller") != node.names.end();
  for (std::size_t i = 0; i < count; ++i) {
    if (i < given.positional.size()) {
      inner.set(node.names[i], given.positional[i]);
      continue;
    }
    if (node.names[i] == "caller") caller_bound = true;
    const auto found = std::find_if(given.keywords.begin(), given.keywords.end(),
                                    [&](const auto& keyword) { return keyword.first == node.names[i]; });
    if (found == given.keywords.end()) continue;  // the default, once all others are known
    inner.set(node.names[i], found->second);
    given.keywords.erase(found);
  }
  if (node.calls_back && !caller_bound) {
    const auto found = std::find_if(given.keywords.begin(), given.keywords.end(),
                                    [](const auto& keyword) { return keyword.first == "caller"; });
    const bool known = found != given.keywords.end() && !found->second.is_null();
    inner.set("caller", known ? found->second : undefined(evaluation_, "No caller defined"));
    if (found != given.keywords.end()) given.keywords.erase(found);
  }
  const std::string shown = "macro '" + node.text + "'";
  if (node.catches_keys) {
    const expr::Ref<expr::DictObject> rest(new expr::DictObject());
    for (const auto& [name, value] : given.keywords)
      if (!put(evaluation_, *rest, text_of(evaluation_, name), value)) return false;
    inner.set("kwargs", Datum::of(rest));
  } else if (!given.keywords.empty()) {
    evaluation_.fail(shown + " takes no keyword argument" + given.shown(given.keywords[0].first));
    return false;
  }
  if (node.catches_rest) {
    std::vector<Datum> rest;
    for (std::size_t i = count; i < given.positional.size(); ++i) rest.push_back(given.positional[i]);
    inner.set("varargs", tuple(evaluation_, std::move(rest)));
  } else if (given.positional.size() > count) {
    evaluation_.fail(shown + " takes not more than " + std::to_string(count) + " argument(s)");
    return false;
  }
  return !evaluation_.failed();
}

Datum Renderer::call_macro(const MacroObject& macro, Arguments& given) {
  const Node& node = macro.node;
  const ScopeRef inner(new VariableScope(macro.scope));
  if (!evaluation_.charge(sizeof(VariableScope) + node.names.size() * 2 * sizeof(Datum))) return Datum::failure();
  if (!bind_macro(macro, given, *inner) || !evaluation_.enter()) return Datum::failure();
  const ScopeRef outer = std::exchange(scope_, inner);
  const std::size_t first_default = node.names.size() - (node.children.size() - 1);
  bool ok = true;
  for (std::size_t i = 0; ok && i < node.names.size(); ++i) {
    if (inner->find(node.names[i])) continue;
    const Datum value = i < first_default
                            ? undefined(evaluation_, "parameter '" + node.names[i] + "' was not provided")
                            : eval(*node.children[1 + i - first_default]);
    ok = !value.failed();
    inner->set(node.names[i], value);
  }
  std::string text;
  ok = ok && exec(*node.children[0], text);
  scope_ = outer;
  evaluation_.leave();
  return ok ? rendered(std::move(text)) : Datum::failure();
}

}  // namespace foehn::jinja
