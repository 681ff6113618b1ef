#include "dsl/expr/scope.h"

namespace foehn::dsl {

const Value* CallArguments::get(std::size_t index, std::string_view name) const {
  if (index < positional.size()) return &positional[index];
  for (const auto& [keyword, value] : keywords)
    if (keyword == name) return &value;
  return nullptr;
}

}  // namespace foehn::dsl
