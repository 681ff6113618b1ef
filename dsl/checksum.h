// MD5 in hexadecimal: Mistral's checksum of a definition, and the key of the cache of compiled ones. Not for security.
#pragma once

#include <string>
#include <string_view>

namespace foehn::dsl {

std::string md5_hex(std::string_view text);

}  // namespace foehn::dsl
