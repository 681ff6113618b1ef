#include "dsl/expr/yaql/tables.h"

namespace foehn::yaql {

std::span<const Overload> collection_table() { return {}; }

}  // namespace foehn::yaql
