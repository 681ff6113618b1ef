#include "dsl/checksum.h"

#include <openssl/evp.h>

#include <memory>

#include "engine/base/check.h"

namespace foehn::dsl {

std::string md5_hex(std::string_view text) {
  // "-fips": the checksum is wanted on machines in FIPS mode, too.
  const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> md5(EVP_MD_fetch(nullptr, "MD5", "-fips"), &EVP_MD_free);
  FOEHN_CHECK(md5 != nullptr);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  FOEHN_CHECK(EVP_Digest(text.data(), text.size(), digest, &length, md5.get(), nullptr) == 1);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(2U * length);
  for (unsigned int i = 0; i < length; ++i) {
    hex.push_back(kDigits[digest[i] >> 4U]);
    hex.push_back(kDigits[digest[i] & 0xFU]);
  }
  return hex;
}

}  // namespace foehn::dsl
