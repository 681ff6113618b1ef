#include "engine/base/clock.h"

#include <ctime>

#include <array>
#include <cstdio>

namespace foehn {
namespace {

std::int64_t read_us(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

std::tm split(WallTime time, std::int64_t& fraction_us) {
  std::int64_t seconds = time.us / 1'000'000;
  fraction_us = time.us % 1'000'000;
  if (fraction_us < 0) {
    fraction_us += 1'000'000;
    seconds -= 1;
  }
  const std::time_t value = seconds;
  std::tm parts{};
  gmtime_r(&value, &parts);
  return parts;
}

}  // namespace

WallTime SystemClock::wall() const { return {read_us(CLOCK_REALTIME)}; }
MonoTime SystemClock::mono() const { return {read_us(CLOCK_MONOTONIC)}; }

std::string to_mistral_time(WallTime time) {
  std::int64_t fraction = 0;
  const std::tm parts = split(time, fraction);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
  return {text.data(), length};
}

std::string to_rfc3339(WallTime time) {
  std::int64_t fraction = 0;
  const std::tm parts = split(time, fraction);
  std::array<char, 48> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> tail{};
  std::snprintf(tail.data(), tail.size(), ".%03dZ", static_cast<int>(fraction / 1000));
  return std::string(text.data(), length) + tail.data();
}

std::optional<WallTime> parse_time(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  int consumed = 0;
  char separator = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%c%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &separator, &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &consumed) != 7)
    return std::nullopt;
  if (separator != ' ' && separator != 'T') return std::nullopt;
  if (parts.tm_mon < 1 || parts.tm_mon > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_hour > 23 ||
      parts.tm_min > 59 || parts.tm_sec > 60)
    return std::nullopt;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  std::int64_t us = static_cast<std::int64_t>(timegm(&parts)) * 1'000'000;
  std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(consumed));
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    std::int64_t scale = 100'000;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      us += (rest.front() - '0') * scale;
      scale /= 10;
      rest.remove_prefix(1);
    }
  }
  if (rest == "Z" || rest.empty()) return WallTime{us};
  return std::nullopt;
}

}  // namespace foehn
