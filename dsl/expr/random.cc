#include "dsl/expr/random.h"

#include "engine/base/prng.h"

namespace foehn::dsl {

Result<Value> random_number(const Uuid& drawn, const CallArguments& arguments) {
  std::uint64_t bits = 0;
  for (const std::uint8_t byte : drawn.bytes) bits = Prng::mix(bits ^ byte);
  const Value* from = arguments.get(0, "from");
  const Value* to = arguments.get(1, "to");
  if (from == nullptr || from->is_null()) return Value(static_cast<double>(bits >> 11) * 0x1.0p-53);
  const bool integers = from->is_number_integer() && to != nullptr && to->is_number_integer();
  if (!integers || to->get<std::int64_t>() < from->get<std::int64_t>())
    return fail(ErrorCode::kInvalidArgument, "random() needs two integers, the smaller one first");
  const auto low = static_cast<std::uint64_t>(from->get<std::int64_t>());
  const std::uint64_t range = static_cast<std::uint64_t>(to->get<std::int64_t>()) - low;
  const std::uint64_t offset = range == UINT64_MAX ? bits : bits % (range + 1);
  return Value(static_cast<std::int64_t>(low + offset));
}

}  // namespace foehn::dsl
