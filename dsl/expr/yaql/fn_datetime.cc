// Dates and spans of time.
#include "dsl/expr/yaql/tables.h"

namespace foehn::yaql {

std::string DateTimeObject::text() const { return ""; }
std::string TimeSpanObject::text() const { return ""; }

Datum time_operator(Evaluation&, Operator, const Datum&, const Datum&) { return Datum::missing(); }
Datum time_property(Evaluation&, const Datum&, std::string_view) { return Datum::missing(); }

std::span<const Overload> datetime_table() { return {}; }

}  // namespace foehn::yaql
