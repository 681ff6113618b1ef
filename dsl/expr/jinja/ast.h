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
  kUnpack,       // *children[0], in argument lists
  kUnpackKeys,   // **children[0], in argument lists
  kFilter,       // children[0]|text(children[1…]); children[0] is null in {% filter %} and {% set x | … %}
  kTest,         // children[0] is text(children[1…]); negated
  kUnary,        // op children[0]
  kBinary,       // children[0] op children[1]
  kCompare,      // children[0] ops[0] children[1] ops[1] children[2] …
  kConditional,  // children[0] if children[1] else children[2] (may be null)
  kList,
  kTuple,
  kDict,         // keys and values in turn
  kNamespaceSet,  // text.names[0], as the target of set
  // Statements.
  kText,         // text, put out as it is
  kPrint,        // {{ children[0] }}
  kIf,           // condition, body, condition, body, …, and perhaps a last body for else
  kFor,          // for children[0] in children[1] if children[2]: children[3] else children[4]; absent ones null
  kSet,          // set children[0] = children[1]
  kSetBlock,     // set children[0]: children[1] rendered, through children[2] (filters, may be null)
  kWith,         // children: targets and values in turn, then the body
  kMacro,        // macro text(names…): children[0] the body, then the defaults of the last parameters
  kCallBlock,    // call(names…) children[1]: children[0] a macro without a name
  kFilterBlock,  // children[0] the filters, children[1] the body
  kBlock,        // block text: children[0]
  kAutoescape,   // autoescape children[0]: children[1]
  kLoader,       // include, import, from, extends: text the tag, children[0] the template's name
  kSequence,     // children one after the other
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
  bool recursive = false;     // kFor
  bool catches_keys = false;  // kMacro, kCallBlock: the body uses `kwargs`
  bool catches_rest = false;  // … `varargs`
  bool calls_back = false;    // … `caller`
  std::uint32_t depth = 1;
  std::uint32_t offset = 0;  // in the source, bytes; not part of what the tree says
  std::string text;
  Value literal;
  std::vector<std::unique_ptr<const Node>> children;
  std::vector<Operator> ops;
  std::vector<std::string> names;
  const Filter* filter = nullptr;  // null: one of the host's functions, or unknown
  const Test* test = nullptr;      // null: unknown
};

using NodePtr = std::unique_ptr<const Node>;

// A filter or test that Jinja2 looks for before it evaluates anything (one outside of `if`).
struct Needed {
  std::string name;
  bool filter = true;
  std::uint32_t offset = 0;
};

struct Tree {
  NodePtr root;
  std::vector<Needed> needed;  // unknown here; the host's functions are filters, too
};

std::string_view symbol_of(Operator op);
// Text that parses to an equal tree: of a template's root with parse_template(), else with parse_expression().
std::string to_text(const Node& node);
std::string statement_text(const Node& node);  // its part in statement_text.cc
// Whether two trees say the same, wherever they stand.
bool equal(const Node& left, const Node& right);

}  // namespace foehn::jinja
