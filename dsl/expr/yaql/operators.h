// Operators of YAQL on values.
#pragma once

#include "dsl/expr/yaql/ast.h"
#include "dsl/expr/yaql/functions.h"

namespace foehn::yaql {

inline Datum binary(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  return binary(evaluation, static_cast<int>(op), left, right);
}
// Unary + and -.
Datum sign(Evaluation& evaluation, bool negative, const Datum& operand);
// receiver[key] and receiver[key, otherwise].
Datum index(Evaluation& evaluation, const Datum& receiver, const Datum& key, const Datum* otherwise,
            bool written);
// For sorting and min/max: -1, 0, 1; false when failed.
bool order(Evaluation& evaluation, const Datum& left, const Datum& right, int& result);

}  // namespace foehn::yaql
