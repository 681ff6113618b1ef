// The product's version, as `foehn version` prints it.
#pragma once

namespace foehn::server {
inline constexpr char kVersion[] = "0.1.0";
}
