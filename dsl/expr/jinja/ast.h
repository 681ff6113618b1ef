// The syntax tree of Jinja2: expressions and statements. Built once, then const and shared by threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/value.h"

namespace foehn::jinja {

struct Filter;
struct Test;

enum class NodeKind : std::uint8_t {
  // Expressions.
  kLiteral,      // literal
  kName,         // text
  kAttribute,    // children[0].text
  kItem,         // children[0][children[1]]
  kSlice,        // children[0][children[1]:children[2]:children[3]], absent ones null
  kCall,         // children[0](children[1…])
  kKeyword,      // text=children[0], in argument lists
  kFilter,       // children[0]|text(children[1…])
  kTest,         // children[0] is text(children[1…]); negated
  kUnary,        // op children[0]
  kBinary,       // children[0] op children[1]
  kCompare,      // children[0] ops[0] children[1] ops[1] children[2] …
  kConditional,  // children[0] if children[1] else children[2] (may be null)
  kList,
  kTuple,
  kDict,  // keys and values in turn
  // Statements.
  kText,      // text, put out as it is
  kPrint,     // {{ children[0] }}
  kIf,        // condition, body, condition, body, …, and perhaps a last body for else
  kFor,       // for names in children[0] if children[1]: children[2] else children[3]; absent ones null
  kSet,       // set names = children[0]
  kSetBlock,  // set names: children[0] rendered
  kSequence,  // children one after the other
};

enum class Operator : std::uint8_t {
  kNone,
  kOr,
  kAnd,
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
  kAdd,
  kSubtract,
  kConcat,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower
};

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  Operator op = Operator::kNone;
  bool negated = false;
  std::uint32_t depth = 1;
  std::string text;
  Value literal;
  std::vector<std::unique_ptr<const Node>> children;
  std::vector<Operator> ops;
  std::vector<std::string> names;  // "x", or "ns.x" for an attribute of a namespace
  const Filter* filter = nullptr;  // null: one of the host's functions
  const Test* test = nullptr;
};

using NodePtr = std::unique_ptr<const Node>;

std::string_view symbol_of(Operator op);
// Text that parses to an equal tree; of expressions only.
std::string to_text(const Node& node);
bool equal(const Node& left, const Node& right);

}  // namespace foehn::jinja
