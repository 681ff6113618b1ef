// Evaluates many expressions in one process, for the differential tests. Lines of JSON on stdin:
//   {"context": DATA}       one more context, numbered from 0; no answer
//   {"c": 0, "e": "text"}   an expression over context 0; one line of answer:
//     {"v": VALUE}  its value (encode.h)    {"s": "…"}  it does not parse    {"x": "…"}  its evaluation failed
//     and a member "p" when the answer itself shows a mistake: what is printed does not parse to the same tree
// One thread; the host's functions answer as tests/unit/dsl/expr/fake_scope.h says.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "engine/base/value.h"

namespace foehn::differential {

// What one language says about an expression.
struct Reply {
  enum class Kind { kValue, kSyntax, kError };
  Kind kind = Kind::kValue;
  Value value;          // kValue: encoded
  std::string message;  // otherwise
  std::string problem;  // what is wrong here, whatever the other side says; usually nothing
};

using Evaluate = std::function<Reply(const std::string& expression, const Value& context)>;

// Until the end of `in`; 0, or 2 when a line is not understood.
int serve(std::istream& in, std::ostream& out, const Evaluate& evaluate);

}  // namespace foehn::differential
