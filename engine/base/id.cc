#include "engine/base/id.h"

#include <sys/random.h>

#include "engine/base/check.h"
#include "engine/base/prng.h"

namespace foehn {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void set_version(Uuid& uuid, std::uint8_t version) {
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | (version << 4));
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
}

}  // namespace

std::string to_string(const Uuid& uuid) {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kHex[uuid.bytes[i] >> 4]);
    text.push_back(kHex[uuid.bytes[i] & 15]);
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      if (text[at++] != '-') return std::nullopt;
    }
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return uuid;
}

Uuid derive_uuid(const Uuid& parent, std::uint64_t counter) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, parent.bytes.data(), 8);
  std::memcpy(&low, parent.bytes.data() + 8, 8);
  Prng prng(high ^ Prng::mix(counter + 0x9e3779b97f4a7c15ULL));
  const std::uint64_t first = prng.next() ^ Prng::mix(low + counter);
  const std::uint64_t second = prng.next() ^ Prng::mix(first + low);
  Uuid uuid;
  std::memcpy(uuid.bytes.data(), &first, 8);
  std::memcpy(uuid.bytes.data() + 8, &second, 8);
  set_version(uuid, 8);
  return uuid;
}

Uuid random_uuid() {
  Uuid uuid;
  FOEHN_CHECK(getrandom(uuid.bytes.data(), uuid.bytes.size(), 0) == 16);
  set_version(uuid, 4);
  return uuid;
}

}  // namespace foehn
