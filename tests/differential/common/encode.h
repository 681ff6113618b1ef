// A result with its exact type, as JSON: null, booleans, integers, texts and lists are themselves;
//   {"f": "1.5"} a float   {"d": [[key, value], …]} a dict   {"s": […]} a set
//   {"o": "type", "t": "text"} anything else (a date, a span of time, a pattern)
// The same as encode() in differential.py.
#pragma once

#include "dsl/expr/evaluation.h"

namespace foehn::differential {

// Null when the evaluation failed on the way (a lazy list is read to its end).
Value encode(expr::Evaluation& evaluation, const expr::Datum& datum);
// The same of plain JSON.
Value encode(const Value& value);

}  // namespace foehn::differential
