// SHA-256 and HMAC-SHA-256 as lower-case hex, and random tokens. Pure but for the last; any thread.
#pragma once

#include <string>
#include <string_view>

namespace foehn {

std::string sha256_hex(std::string_view bytes);
// RFC 2104.
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
// 32 bytes of the operating system's randomness as 64 hex digits.
std::string random_token();

}  // namespace foehn
