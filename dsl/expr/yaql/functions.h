// The function library of YAQL: how a function is described, how it receives its arguments, and the tables, one per
// subject (fn_*.cc). Names are resolved when an expression is parsed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/expr/evaluation.h"
#include "dsl/expr/yaql/frame.h"

namespace foehn::yaql {

using expr::Datum;
using expr::Evaluation;

// Types of parameters, as a set.
enum Type : std::uint32_t {
  kNullType = 1u << 0,
  kBooleanType = 1u << 1,
  kIntegerType = 1u << 2,
  kFloatType = 1u << 3,
  kTextType = 1u << 4,
  kListType = 1u << 5,
  kIteratorType = 1u << 6,
  kDictType = 1u << 7,
  kSetType = 1u << 8,
  kPatternType = 1u << 9,
  kDateTimeType = 1u << 10,
  kTimeSpanType = 1u << 11,
  kContextType = 1u << 12,
  kLambdaType = 1u << 13,  // not evaluated before the call
  kRuleType = 1u << 14,    // a => b, not evaluated before the call
  kViewType = 1u << 15,     // dict.values(): has items, is no list
  kOrderedType = 1u << 16,  // what orderBy() gives
  kSetViewType = 1u << 17,  // dict.keys(), dict.items(): sets without the methods of sets
};
inline constexpr std::uint32_t kIntegerArg = kIntegerType | kBooleanType;  // Python: bool is an int
inline constexpr std::uint32_t kNumberArg = kIntegerType | kFloatType;
inline constexpr std::uint32_t kTextArg = kTextType;
inline constexpr std::uint32_t kSequenceArg = kListType;
inline constexpr std::uint32_t kAnySetArg = kSetType | kSetViewType;
inline constexpr std::uint32_t kIterableArg = kListType | kIteratorType | kAnySetArg | kViewType | kOrderedType;
inline constexpr std::uint32_t kDictArg = kDictType;
inline constexpr std::uint32_t kSetArg = kSetType;
inline constexpr std::uint32_t kAnyArg = (kLambdaType - 1) | kViewType | kOrderedType | kSetViewType;
inline constexpr std::uint32_t kLambdaArg = kLambdaType;
inline constexpr std::uint32_t kOptional = 1u << 30;
inline constexpr std::uint32_t kVariadic = 1u << 31;  // the last parameter; gathers the rest

std::uint32_t type_of(const Datum& datum);

struct Parameter {
  std::string_view name;
  std::uint32_t type = 0;  // 0: no parameter
};

class Call;
using Native = Datum (*)(Call& call);

enum Form : std::uint8_t { kFunction = 1, kMethod = 2, kBoth = 3 };

inline constexpr std::size_t kParametersMax = 13;

struct Overload {
  std::string_view name;
  Form form;
  Native native;
  std::array<Parameter, kParametersMax> parameters;
  bool no_keywords = false;   // `a => b` is an argument itself: dict(a => b)
  bool any_keywords = false;  // takes keywords it has no parameter for: format(a => 1)
};

// All forms of one name, the most special first.
struct Overloads {
  std::vector<const Overload*> items;
};

// Of the library; nullptr when there is none. Frames may define more, and the scope has the host's.
const Overloads* find_function(std::string_view name);
const Overloads* find_method(std::string_view name);
std::vector<std::string> function_names();
std::vector<std::string> method_names();

// One call in progress: arguments in the order of the parameters.
class Call {
 public:
  Call(Evaluation& evaluation_in, const expr::Ref<Frame>& frame_in, const Overload& overload_in)
      : evaluation(evaluation_in), frame(frame_in), overload(overload_in) {}
  Evaluation& evaluation;
  const expr::Ref<Frame>& frame;
  const Overload& overload;
  std::array<Datum, kParametersMax> arguments;  // kMissing when not given
  std::vector<Datum> rest;                      // of the variadic parameter
  std::vector<std::pair<std::string_view, Datum>> keywords;

  const Datum& operator[](std::size_t index) const { return arguments[index]; }
  bool has(std::size_t index) const { return !arguments[index].is_missing(); }
  std::int64_t integer_or(std::size_t index, std::int64_t otherwise) const {
    return has(index) ? arguments[index].integer() : otherwise;
  }
  bool flag(std::size_t index) const { return has(index) && expr::truthy(arguments[index]); }
  Datum fail(std::string message) const { return evaluation.fail(std::move(message)); }
};

// A lambda argument, callable many times; keeps its surroundings alive and may outlive the call.
class Lambda {
 public:
  Lambda() = default;
  Lambda(const Datum& code, const expr::Ref<Frame>& surroundings);
  explicit operator bool() const { return node_ != nullptr || !constant_.is_missing(); }
  Datum operator()(Evaluation& evaluation) { return run(evaluation, {}); }
  Datum operator()(Evaluation& evaluation, const Datum& a) { return run(evaluation, {&a, 1}); }
  Datum operator()(Evaluation& evaluation, const Datum& a, const Datum& b) {
    const std::array<Datum, 2> both{a, b};
    return run(evaluation, both);
  }
  Datum run(Evaluation& evaluation, std::span<const Datum> arguments);
  std::uint32_t depth() const { return surroundings_ ? surroundings_->depth : 0; }

 private:
  const Node* node_ = nullptr;
  Datum constant_ = Datum::missing();  // call() gives a value where code is expected
  expr::Ref<Frame> surroundings_;
  expr::Ref<Frame> frame_;  // reused while nobody else keeps it
};

// The function or method `name` on evaluated arguments, for call(); `receiver` may be null.
Datum call_by_name(Call& call, const Datum& name, const Datum& positional, const Datum& keywords,
                   const Datum* receiver);
// The evaluator, for functions that evaluate what they were given.
Datum evaluate_node(Evaluation& evaluation, const Node& node, const expr::Ref<Frame>& frame);
// An argument that is code where it was written, or a value that call() gave.
inline Datum evaluate_code(Evaluation& evaluation, const Datum& code, const expr::Ref<Frame>& frame) {
  return code.kind() == expr::Kind::kCode ? evaluate_node(evaluation, *static_cast<const Node*>(code.code()), frame)
                                          : code;
}
// An operator on two values; `op` is an Operator (ast.h).
Datum binary(Evaluation& evaluation, int op, const Datum& left, const Datum& right);
// `receiver.name`, as the operator does.
Datum member(Evaluation& evaluation, const Datum& receiver, const std::string& name);

}  // namespace foehn::yaql
