// Forward declaration of Value for headers that only pass it by reference.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace foehn {
template <class Key, class T, class Less, class Allocator>
class OrderedMap;
using Value = nlohmann::basic_json<OrderedMap>;
}  // namespace foehn
