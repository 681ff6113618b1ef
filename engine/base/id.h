// Identities: 128-bit UUIDs with a distinct type per kind. New ids inside the core come from derive_id(), so that a
// replayed step yields the same ids; only the edge (REST, CLI) draws random ones.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace foehn {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  bool is_nil() const { return *this == Uuid{}; }
};

std::string to_string(const Uuid& uuid);                       // 8-4-4-4-12 lower case
std::optional<Uuid> parse_uuid(std::string_view text);         // the same form, any case
Uuid derive_uuid(const Uuid& parent, std::uint64_t counter);   // deterministic, version-8 layout
Uuid random_uuid();                                            // operating system's randomness, version 4; any thread

template <class Tag>
struct Id {
  Uuid uuid;
  auto operator<=>(const Id&) const = default;
  bool is_nil() const { return uuid.is_nil(); }
  static std::optional<Id> parse(std::string_view text) {
    const auto uuid = parse_uuid(text);
    if (!uuid) return std::nullopt;
    return Id{*uuid};
  }
  static Id random() { return Id{random_uuid()}; }
};
template <class Tag>
std::string to_string(const Id<Tag>& id) {
  return to_string(id.uuid);
}

using ExecutionId = Id<struct ExecutionTag>;
using TaskId = Id<struct TaskTag>;
using ActionRunId = Id<struct ActionRunTag>;
using TimerId = Id<struct TimerTag>;
using DefinitionId = Id<struct DefinitionTag>;
using ResourceId = Id<struct ResourceTag>;

template <class To, class Tag>
To derive_id(const Id<Tag>& parent, std::uint64_t counter) {
  return To{derive_uuid(parent.uuid, counter)};
}

}  // namespace foehn

template <>
struct std::hash<foehn::Uuid> {
  std::size_t operator()(const foehn::Uuid& uuid) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, uuid.bytes.data(), sizeof value);
    return value;
  }
};
template <class Tag>
struct std::hash<foehn::Id<Tag>> {
  std::size_t operator()(const foehn::Id<Tag>& id) const noexcept { return std::hash<foehn::Uuid>{}(id.uuid); }
};
