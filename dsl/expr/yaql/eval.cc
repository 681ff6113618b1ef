#include "dsl/expr/yaql/eval.h"

#include "dsl/expr/yaql/call.h"
#include "dsl/expr/yaql/functions.h"
#include "dsl/expr/yaql/operators.h"
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

using expr::Kind;
using expr::Ref;

// Keeps the count of nested evaluations.
class Level {
 public:
  explicit Level(Evaluation& evaluation) : evaluation_(evaluation), entered_(evaluation.enter()) {}
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  ~Level() { evaluation_.leave(); }
  bool ok() const { return entered_; }

 private:
  Evaluation& evaluation_;
  bool entered_;
};

Datum variable(Evaluation& evaluation, const Node& node, const Frame& frame) {
  if (const Datum* found = frame.find(node.text)) return *found;
  const bool root = node.text.empty() || node.text == "1";
  return root ? evaluation.root() : Datum();
}

// `$.name` where `$` is the context itself: asks the scope, so that the layers need not be merged.
const Value* context_member(Evaluation& evaluation, const Node& receiver, const std::string& name, const Frame& frame) {
  return frame.find(receiver.text) ? nullptr : evaluation.scope().variable(name);
}

Datum eval_member(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  if (node.of_root) {
    const Value* found = context_member(evaluation, *node.children[0], node.text, *frame);
    if (found) return Datum::of(*found);
  }
  const Datum receiver = evaluate_node(evaluation, *node.children[0], frame);
  if (receiver.failed()) return receiver;
  if (node.safe && receiver.is_null()) return receiver;
  return member(evaluation, receiver, node.text);
}

Datum eval_method(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  if (node.of_root && node.text == "get" && node.children.size() > 1 && node.children[1]->kind == NodeKind::kKeyword) {
    const auto& key = node.children[1]->literal.get_ref<const std::string&>();
    const Value* found = context_member(evaluation, *node.children[0], key, *frame);
    if (found) return Datum::of(*found);
  }
  const Datum receiver = evaluate_node(evaluation, *node.children[0], frame);
  if (receiver.failed()) return receiver;
  if (node.safe && receiver.is_null()) return receiver;
  return call_method(evaluation, node, receiver, frame);
}

// word, 'a', 3 or -1: what a message may quote.
bool is_written(const Node& node) {
  const NodeKind kind = node.kind == NodeKind::kUnary ? node.children[0]->kind : node.kind;
  return kind == NodeKind::kLiteral || kind == NodeKind::kKeyword;
}

Datum eval_index(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  const Datum receiver = evaluate_node(evaluation, *node.children[0], frame);
  if (receiver.failed()) return receiver;
  std::array<Datum, 2> keys;
  if (node.children.size() < 2 || node.children.size() > 3)
    return evaluation.fail("an index takes one key, or a key and a default");
  for (std::size_t i = 1; i < node.children.size(); ++i) {
    keys[i - 1] = evaluate_node(evaluation, *node.children[i], frame);
    if (keys[i - 1].failed()) return keys[i - 1];
  }
  const bool written = is_written(*node.children[1]);
  return index(evaluation, receiver, keys[0], node.children.size() == 3 ? &keys[1] : nullptr, written);
}

Datum eval_list(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  std::vector<Datum> items;
  items.reserve(node.children.size());
  for (const auto& child : node.children) {
    Datum item = evaluate_node(evaluation, *child, frame);
    if (item.failed()) return item;
    items.push_back(std::move(item));
  }
  return evaluation.list(std::move(items));
}

Datum eval_dict(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  auto* made = new expr::DictObject();
  const Datum dict = Datum::of(made);
  for (const auto& rule : node.children) {
    if (rule->kind != NodeKind::kRule) return evaluation.fail("a dict literal is written {key => value}");
    const Datum key = evaluate_node(evaluation, *rule->children[0], frame);
    if (key.failed()) return key;
    Datum value = evaluate_node(evaluation, *rule->children[1], frame);
    if (value.failed()) return value;
    if (!put(evaluation, *made, key, value)) return Datum::failure();
  }
  return dict;
}

Datum eval_binary(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  Datum left = evaluate_node(evaluation, *node.children[0], frame);
  if (left.failed()) return left;
  switch (node.op) {
    case Operator::kAnd: return expr::truthy(left) ? evaluate_node(evaluation, *node.children[1], frame) : left;
    case Operator::kOr: return expr::truthy(left) ? left : evaluate_node(evaluation, *node.children[1], frame);
    case Operator::kSend: {
      Frame* context = left.as<Frame>();
      if (!context)
        return evaluation.fail("the left side of -> must be let(…), with(…) or def(…), not " +
                               std::string(expr::name_of(left)));
      return evaluate_node(evaluation, *node.children[1], Ref<Frame>(context));
    }
    default: break;
  }
  const Datum right = evaluate_node(evaluation, *node.children[1], frame);
  if (right.failed()) return right;
  return binary(evaluation, static_cast<int>(node.op), left, right);
}

Datum eval_unary(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  const Datum inner = evaluate_node(evaluation, *node.children[0], frame);
  if (inner.failed()) return inner;
  if (node.op == Operator::kNot) return Datum::boolean(!expr::truthy(inner));
  return sign(evaluation, node.op == Operator::kSubtract, inner);
}

Datum evaluate_composed(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  switch (node.kind) {
    case NodeKind::kMember: return eval_member(evaluation, node, frame);
    case NodeKind::kMethod: return eval_method(evaluation, node, frame);
    case NodeKind::kCall: return call_function(evaluation, node, frame);
    case NodeKind::kUnary: return eval_unary(evaluation, node, frame);
    case NodeKind::kBinary: return eval_binary(evaluation, node, frame);
    case NodeKind::kIndex: return eval_index(evaluation, node, frame);
    case NodeKind::kList: return eval_list(evaluation, node, frame);
    case NodeKind::kDict: return eval_dict(evaluation, node, frame);
    case NodeKind::kDot: {
      const Datum receiver = evaluate_node(evaluation, *node.children[0], frame);
      if (receiver.failed() || (node.safe && receiver.is_null())) return receiver;
      return evaluation.fail(
          "No function \"#operator_.\" matches supplied arguments: behind the dot must be a name or a "
          "call");
    }
    case NodeKind::kRule: return evaluation.fail("a => b has a meaning only as an argument");
    default: return evaluation.fail("an argument is missing between two commas");
  }
}

// What a lazy list cannot do shows when it is read: it then fails here.
void place_lazy(const Datum& result, const Node& node) {
  auto* object = result.object();
  if (!object || object->kind != expr::Kind::kList) return;
  auto* list = static_cast<expr::ListObject*>(object);
  if (list->source && !list->place) list->place = node.offset;
}

}  // namespace

Datum evaluate_node(Evaluation& evaluation, const Node& node, const Ref<Frame>& frame) {
  if (!evaluation.step()) return Datum::failure();
  switch (node.kind) {
    case NodeKind::kLiteral:
    case NodeKind::kKeyword: return Datum::literal(node.literal);
    case NodeKind::kVariable: return variable(evaluation, node, *frame);
    default: break;
  }
  const Level level(evaluation);
  Datum result = level.ok() ? evaluate_composed(evaluation, node, frame) : Datum::failure();
  if (result.failed()) {
    evaluation.place(node.offset);
  } else {
    place_lazy(result, node);
  }
  return result;
}

Datum evaluate(Evaluation& evaluation, const Node& root) {
  evaluation.use_tuples();
  const Ref<Frame> frame(new Frame({}));
  return evaluate_node(evaluation, root, frame);
}

}  // namespace foehn::yaql
