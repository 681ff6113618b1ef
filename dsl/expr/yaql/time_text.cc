#include "dsl/expr/yaql/time_text.h"

#include <charconv>
#include <cstdlib>
#include <ctime>

#include "dsl/expr/text.h"
#include "dsl/expr/yaql/tables.h"

namespace foehn::yaql::calendar {
namespace {

std::int64_t floor_days(std::int64_t micros) { return micros / kDay - (micros % kDay < 0 ? 1 : 0); }

std::string padded(std::int64_t number, std::size_t width) {
  std::string digits = std::to_string(number);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

}  // namespace

// The year is taken to begin in March.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month <= 2) --year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

Fields fields_of(std::int64_t local_micros) {
  std::int64_t days = floor_days(local_micros);
  const std::int64_t micros = local_micros - days * kDay;
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t of_era = days - era * 146'097;
  const std::int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t shifted = (5 * of_year + 2) / 153;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year + era * 400 + (month <= 2 ? 1 : 0),
          month,
          of_year - (153 * shifted + 2) / 5 + 1,
          micros / kHour,
          micros / kMinute % 60,
          micros / kSecond % 60,
          micros % kSecond};
}

std::optional<std::int64_t> local_micros(const Fields& f) {
  static constexpr std::array<std::int64_t, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (f[0] % 4 == 0 && f[0] % 100 != 0) || f[0] % 400 == 0;
  bool ok = f[0] >= 1 && f[0] <= 9999 && f[1] >= 1 && f[1] <= 12 && f[2] >= 1;
  ok = ok && f[2] <= kDays[static_cast<std::size_t>(f[1] - 1)] - (f[1] == 2 && !leap ? 1 : 0);
  ok = ok && f[3] >= 0 && f[3] < 24 && f[4] >= 0 && f[4] < 60 && f[5] >= 0 && f[5] < 60 && f[6] >= 0 && f[6] < kSecond;
  if (!ok) return std::nullopt;
  return days_of(f[0], f[1], f[2]) * kDay + f[3] * kHour + f[4] * kMinute + f[5] * kSecond + f[6];
}

std::int64_t weekday_of(std::int64_t local_micros) { return ((floor_days(local_micros) + 3) % 7 + 7) % 7; }

std::string clock_text(std::int64_t micros, std::size_t hour_width) {
  std::string out = padded(micros / kHour, hour_width) + ":" + padded(micros / kMinute % 60, 2) + ":" +
                    padded(micros / kSecond % 60, 2);
  if (micros % kSecond != 0) out += "." + padded(micros % kSecond, 6);
  return out;
}

std::string offset_text(std::int64_t offset, std::string_view colon) {
  const std::int64_t size = std::llabs(offset);
  std::string out = offset < 0 ? "-" : "+";
  out += padded(size / kHour, 2) + std::string(colon) + padded(size / kMinute % 60, 2);
  if (size % kMinute != 0) out += std::string(colon) + padded(size / kSecond % 60, 2);
  if (size % kSecond != 0) out += "." + padded(size % kSecond, 6);
  return out;
}

std::optional<std::string> format(std::string_view format, std::int64_t local_micros, std::int64_t offset) {
  constexpr std::size_t kDirectiveMax = 6;  // flags and width of glibc; wider ones are mistakes
  const Fields f = fields_of(local_micros);
  std::tm tm{};
  tm.tm_year = static_cast<int>(f[0] - 1900);
  tm.tm_mon = static_cast<int>(f[1] - 1);
  tm.tm_mday = static_cast<int>(f[2]);
  tm.tm_hour = static_cast<int>(f[3]);
  tm.tm_min = static_cast<int>(f[4]);
  tm.tm_sec = static_cast<int>(f[5]);
  tm.tm_wday = static_cast<int>((weekday_of(local_micros) + 1) % 7);
  tm.tm_yday = static_cast<int>(days_of(f[0], f[1], f[2]) - days_of(f[0], 1, 1));
  std::string out;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') {
      out.push_back(format[at]);
      continue;
    }
    const std::size_t end = format.find_first_not_of("-_0^#123456789EO", at + 1);
    if (end == std::string_view::npos) {
      out += format.substr(at);
      break;
    }
    const std::string directive(format.substr(at, end - at + 1));
    at = end;
    if (directive == "%f") {
      out += padded(f[6], 6);
    } else if (directive == "%z") {
      out += offset_text(offset, "");
    } else if (directive == "%Z") {
      out += offset == 0 ? "UTC" : "";
    } else if (directive.size() > kDirectiveMax || directive.back() == 's') {
      return std::nullopt;
    } else {
      std::array<char, 1200> buffer{};
      out.append(buffer.data(), std::strftime(buffer.data(), buffer.size(), directive.c_str(), &tm));
    }
  }
  return out;
}

namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                       "friday", "saturday", "sunday"};
constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};

template <std::size_t kCount>
std::string any_of(const std::array<std::string_view, kCount>& names, std::size_t length) {
  std::string out;
  for (const std::string_view name : names) out += (out.empty() ? "" : "|") + std::string(name.substr(0, length));
  return out;
}

template <std::size_t kCount>
std::int64_t position_of(const std::array<std::string_view, kCount>& names, std::string_view text) {
  for (std::size_t i = 0; i < kCount; ++i)
    if (names[i].starts_with(text)) return static_cast<std::int64_t>(i);
  return -1;
}

// What a directive matches (CPython: Lib/_strptime.py); empty when it is not supported.
std::string pattern_of(char directive) {
  switch (directive) {
    case 'd': return "3[0-1]|[1-2]\\d|0[1-9]|[1-9]| [1-9]";
    case 'f': return "[0-9]{1,6}";
    case 'H': return "2[0-3]|[0-1]\\d|\\d";
    case 'I': return "1[0-2]|0[1-9]|[1-9]";
    case 'j': return "36[0-6]|3[0-5]\\d|[1-2]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9]";
    case 'm': return "1[0-2]|0[1-9]|[1-9]";
    case 'M': return "[0-5]\\d|\\d";
    case 'S': return "6[0-1]|[0-5]\\d|\\d";
    case 'w': return "[0-6]";
    case 'y': return "\\d\\d";
    case 'Y': return "\\d\\d\\d\\d";
    case 'z': return "[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d(?:\\.\\d{1,6})?)?|Z";
    case 'Z': return "utc|gmt";
    case 'A': return any_of(kWeekdays, 20);
    case 'a': return any_of(kWeekdays, 3);
    case 'B': return any_of(kMonths, 20);
    case 'b': return any_of(kMonths, 3);
    case 'p': return "am|pm";
    default: return "";
  }
}

std::optional<std::string> regex_of(std::string_view format) {
  std::string out = "(?i)";
  std::string seen;
  for (std::size_t at = 0; at < format.size(); ++at) {
    const char c = format[at];
    if (expr::is_space(static_cast<unsigned char>(c)) && c != '\xA0') {
      while (at + 1 < format.size() && static_cast<unsigned char>(format[at + 1]) < 0x80 &&
             expr::is_space(static_cast<unsigned char>(format[at + 1])))
        ++at;
      out += "\\s+";
    } else if (c != '%') {
      if (std::string_view("\\.^$*+?{}()[]|").find(c) != std::string_view::npos) out.push_back('\\');
      out.push_back(c);
    } else if (++at < format.size() && format[at] == '%') {
      out.push_back('%');
    } else {
      const std::string pattern = at < format.size() ? pattern_of(format[at]) : "";
      if (pattern.empty() || seen.find(format[at]) != std::string::npos) return std::nullopt;
      seen.push_back(format[at]);
      out += "(?P<" + std::string(1, format[at]) + ">" + pattern + ")";
    }
  }
  return out;
}

std::int64_t number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// +HH[:]MM[[:]SS[.f]] or Z
std::int64_t read_offset(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return 0;
  std::string digits;
  std::string fraction;
  bool behind = false;
  for (const char c : text.substr(1)) {
    if (c == '.') behind = true;
    if (c >= '0' && c <= '9') (behind ? fraction : digits).push_back(c);
  }
  fraction.resize(6, '0');
  digits.resize(6, '0');
  const std::string_view d = digits;
  const std::int64_t size = number(d.substr(0, 2)) * kHour + number(d.substr(2, 2)) * kMinute +
                            number(d.substr(4)) * kSecond + number(fraction);
  return text[0] == '-' ? -size : size;
}

}  // namespace

std::optional<Moment> parse(std::string_view text, std::string_view format) {
  const auto pattern = regex_of(format);
  if (!pattern) return std::nullopt;
  const auto groups = match_whole(*pattern, text);
  if (!groups) return std::nullopt;
  const auto has = [&](const char* name) { return groups->contains(name); };
  const auto value = [&](const char* name, std::int64_t otherwise) {
    return has(name) ? number(groups->at(name)) : otherwise;
  };
  const auto word = [&](const char* name) { return expr::to_lower(groups->at(name)); };
  Fields f = {value("Y", 1900), value("m", 1), value("d", 1), value("H", 0), value("M", 0), value("S", 0), 0};
  if (has("y")) f[0] = value("y", 0) + (value("y", 0) <= 68 ? 2000 : 1900);
  if (has("b")) f[1] = position_of(kMonths, word("b")) + 1;
  if (has("B")) f[1] = position_of(kMonths, word("B")) + 1;
  if (has("I")) f[3] = value("I", 0) % 12 + (has("p") && word("p") == "pm" ? 12 : 0);
  if (has("f")) {
    std::string digits = groups->at("f");
    digits.resize(6, '0');
    f[6] = number(digits);
  }
  if (has("j") && !has("m") && !has("b") && !has("B")) {
    const Fields day = fields_of((days_of(f[0], 1, 1) + value("j", 1) - 1) * kDay);
    f[0] = day[0];
    f[1] = day[1];
    f[2] = day[2];
  }
  const auto local = local_micros(f);
  if (!local) return std::nullopt;
  return Moment{*local, has("z") ? read_offset(groups->at("z")) : 0};
}

std::optional<Moment> parse_iso(std::string_view text) {
  static const std::string kForm =
      "\\s*(?:(?P<Y>\\d{4})(?:-(?P<m>\\d{1,2})-(?P<d>\\d{1,2})|/(?P<m2>\\d{1,2})/(?P<d2>\\d{1,2})|"
      "\\.(?P<m3>\\d{1,2})\\.(?P<d3>\\d{1,2}))|(?P<Y4>\\d{4})(?P<m4>\\d{2})(?P<d4>\\d{2}))"
      "(?:(?:[Tt]|\\s+)(?:(?P<H>\\d{1,2}):(?P<M>\\d{2})(?::(?P<S>\\d{2})(?:[.,](?P<f>\\d{1,9}))?)?|"
      "(?P<H2>\\d{2})(?P<M2>\\d{2})(?P<S2>\\d{2})?)\\s*(?P<z>Z|z|UTC|GMT|[+-]\\d{2}(?::?\\d{2})?)?)?\\s*";
  const auto groups = match_whole(kForm, text);
  if (!groups) return std::nullopt;
  const auto first = [&](std::initializer_list<const char*> names) {
    for (const char* name : names)
      if (const auto found = groups->find(name); found != groups->end()) return number(found->second);
    return std::int64_t{0};
  };
  Fields f = {first({"Y", "Y4"}),
              first({"m", "m2", "m3", "m4"}),
              first({"d", "d2", "d3", "d4"}),
              first({"H", "H2"}),
              first({"M", "M2"}),
              first({"S", "S2"}),
              0};
  if (f[1] > 12) std::swap(f[1], f[2]);  // a month cannot be that large: the day came first
  if (groups->contains("f")) {
    std::string digits = groups->at("f");
    digits.resize(6, '0');
    f[6] = number(digits);
  }
  const auto local = local_micros(f);
  if (!local) return std::nullopt;
  const bool named = groups->contains("z") && (groups->at("z")[0] == 'U' || groups->at("z")[0] == 'G');
  return Moment{*local, groups->contains("z") && !named ? read_offset(groups->at("z")) : 0};
}

}  // namespace foehn::yaql::calendar
