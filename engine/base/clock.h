// Time as two types that cannot be mixed: WallTime is stored and shown, MonoTime measures intervals.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace foehn {

struct WallTime {
  std::int64_t us = 0;  // microseconds since 1970-01-01 UTC
  auto operator<=>(const WallTime&) const = default;
  WallTime plus_ms(std::int64_t ms) const { return {us + ms * 1000}; }
};

struct MonoTime {
  std::int64_t us = 0;  // microseconds since an arbitrary start
  auto operator<=>(const MonoTime&) const = default;
  MonoTime plus_ms(std::int64_t ms) const { return {us + ms * 1000}; }
};

// "YYYY-MM-DD HH:MM:SS" UTC, as Mistral's API shows times.
std::string to_mistral_time(WallTime time);
// RFC 3339 with milliseconds, "2026-11-21T04:00:00.123Z".
std::string to_rfc3339(WallTime time);
// "YYYY-MM-DD HH:MM:SS[.ffffff]" or the same with 'T' and optional 'Z'; UTC.
std::optional<WallTime> parse_time(std::string_view text);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual MonoTime mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  MonoTime mono() const override;
};

}  // namespace foehn
