#include "dsl/expr/yaql/tables.h"

namespace foehn::yaql {

std::span<const Overload> system_table() { return {}; }

}  // namespace foehn::yaql
