// The calendar, and texts of dates: what fn_datetime.cc computes with. Local micros are those of the clock on the wall,
// counted from 1970-01-01 as if it were UTC; the calendar is the proleptic Gregorian one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace foehn::yaql::calendar {

inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;
inline constexpr std::int64_t kLocalMin = -62'135'596'800 * kSecond;  // year 1
inline constexpr std::int64_t kLocalEnd = 253'402'300'800 * kSecond;  // year 10000

// Year, month, day, hour, minute, second, microsecond.
using Fields = std::array<std::int64_t, 7>;

std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day);  // since 1970-01-01
Fields fields_of(std::int64_t local_micros);
std::optional<std::int64_t> local_micros(const Fields& fields);  // nothing: there is no such date or time of day
std::int64_t weekday_of(std::int64_t local_micros);              // Monday is 0

std::string clock_text(std::int64_t micros, std::size_t hour_width);  // 03:04:05.000006
std::string offset_text(std::int64_t offset, std::string_view colon);

// strftime as Python has it; nothing when `format` asks for what it cannot.
std::optional<std::string> format(std::string_view format, std::int64_t local_micros, std::int64_t offset);

struct Moment {
  std::int64_t local = 0;
  std::int64_t offset = 0;
};
// strptime of Python.
std::optional<Moment> parse(std::string_view text, std::string_view format);
// ISO 8601 and what comes near it: 2020-01-02[T03:04[:05[.000006]]][Z|+01:00], 20200102T030405, 2020/1/2.
std::optional<Moment> parse_iso(std::string_view text);

}  // namespace foehn::yaql::calendar
