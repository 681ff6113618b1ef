#include "dsl/expr/yaql/tables.h"

namespace foehn::yaql {

std::span<const Overload> query_table() { return {}; }

}  // namespace foehn::yaql
