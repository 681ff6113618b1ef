// The syntax tree of YAQL. Built once by the parser, then const and shared by threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/value.h"

namespace foehn::yaql {

struct Overloads;

enum class NodeKind : std::uint8_t {
  kLiteral,   // literal
  kKeyword,   // a bare word; its text is in literal
  kVariable,  // text without `$`
  kMember,    // children[0].text
  kDot,       // children[0].children[1], which is no name and no call: it parses, but means nothing
  kMethod,    // children[0].text(children[1…])
  kCall,      // text(children…)
  kUnary,     // op children[0]
  kBinary,    // children[0] op children[1]
  kIndex,     // children[0][children[1…]]
  kList,      // [children…]
  kDict,      // {children…}: each a kRule
  kRule,      // children[0] => children[1]
  kSkipped,   // an argument left out: f(, 1)
};

enum class Operator : std::uint8_t {
  kNone,
  kSend,
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
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kMatches,
  kMatchesNot
};

struct Node {
  NodeKind kind = NodeKind::kLiteral;
  Operator op = Operator::kNone;
  bool safe = false;     // `?.`
  bool of_root = false;  // kMember, kMethod: children[0] is `$`
  std::uint32_t depth = 1;
  std::uint32_t offset = 0;  // of its name, operator or first token: bytes; not part of what the tree says
  std::string text;
  Value literal;
  std::vector<std::unique_ptr<const Node>> children;
  const Overloads* overloads = nullptr;  // kMethod, kCall: the library's function, or null
};

using NodePtr = std::unique_ptr<const Node>;

std::string_view symbol_of(Operator op);
// Text that parses to an equal tree; operands that are operations stand in parentheses.
std::string to_text(const Node& node);
bool equal(const Node& left, const Node& right);

}  // namespace foehn::yaql
