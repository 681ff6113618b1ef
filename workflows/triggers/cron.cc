#include "workflows/triggers/cron.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <vector>

#include "engine/base/limits.h"

namespace foehn::triggers {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::year_month_day;

constexpr std::int64_t kDay = 86'400;

struct FieldRange {
  int low;
  int high;
};
enum Field { kMinute, kHour, kDayOfMonth, kMonth, kWeekday, kSecond };
constexpr std::array<FieldRange, 6> kRanges = {{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 7}, {0, 59}}};
constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
struct Alias {
  std::string_view name;
  std::string_view pattern;
};
constexpr std::array<Alias, 7> kAliases = {{{"@midnight", "0 0 * * *"},
                                            {"@hourly", "0 * * * *"},
                                            {"@daily", "0 0 * * *"},
                                            {"@weekly", "0 0 * * 0"},
                                            {"@monthly", "0 0 1 * *"},
                                            {"@yearly", "0 0 1 1 *"},
                                            {"@annually", "0 0 1 1 *"}}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text[0] == '-' || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <std::size_t n>
std::optional<int> name_in(const std::array<std::string_view, n>& names, std::string_view text, int first) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin()) + first;
}

std::optional<int> value_of(Field field, std::string_view text) {
  if (const auto number = number_in(text)) return number;
  if (field == kMonth) return name_in(kMonths, text, 1);
  if (field == kWeekday) return name_in(kWeekdays, text, 0);
  return std::nullopt;
}

unsigned days_in(int year, unsigned month) {
  const std::chrono::month_day_last end{std::chrono::month(month)};
  return static_cast<unsigned>(std::chrono::year_month_day_last(std::chrono::year(year), end).day());
}

// The first set bit at or after `from`.
template <std::size_t n>
std::optional<std::int64_t> first_set(const std::bitset<n>& bits, std::int64_t from) {
  for (std::size_t i = static_cast<std::size_t>(from); i < n; ++i)
    if (bits[i]) return static_cast<std::int64_t>(i);
  return std::nullopt;
}

}  // namespace

class CronParser {
 public:
  std::optional<CronPattern> parse(std::string_view text) {
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const Alias& alias : kAliases)
      if (lowered == alias.name) lowered = alias.pattern;
    std::vector<std::string_view> fields = split(lowered, " \t\n");
    std::erase_if(fields, [](std::string_view field) { return field.empty(); });
    if (fields.size() != 5 && fields.size() != 6) return std::nullopt;
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (!read_field(static_cast<Field>(i), fields[i])) return std::nullopt;
    if (fields.size() == 5) pattern_.seconds_.set(0);
    return finish() ? std::optional(pattern_) : std::nullopt;
  }

 private:
  bool read_field(Field field, std::string_view text) {
    for (const std::string_view item : split(text, ","))
      if (!read_item(field, item)) return false;
    return true;
  }

  bool read_item(Field field, std::string_view item) {
    if (item == "*") return add_range(field, kRanges[field].low, kRanges[field].high, 1);
    if (field == kDayOfMonth && item == "l") return pattern_.last_day_ = true;
    if (field == kWeekday && item.size() == 2 && item[0] == 'l') {
      const auto weekday = number_in(item.substr(1));
      if (!weekday || *weekday > 7) return false;
      pattern_.last_.set(static_cast<std::size_t>(*weekday % 7));
      return true;
    }
    if (const std::size_t hash = item.find('#'); field == kWeekday && hash != std::string_view::npos)
      return add_nth(item.substr(0, hash), item.substr(hash + 1));
    int step = 1;
    const std::size_t slash = item.find('/');
    if (slash != std::string_view::npos) {
      const auto given = number_in(item.substr(slash + 1));
      if (!given || *given == 0) return false;
      step = *given;
    }
    return read_range(field, item.substr(0, slash), slash != std::string_view::npos, step);
  }

  bool read_range(Field field, std::string_view text, bool stepped, int step) {
    const FieldRange range = kRanges[field];
    if (text == "*") return stepped && add_range(field, range.low, range.high, step);
    const std::size_t dash = text.find('-');
    const auto low = value_of(field, text.substr(0, dash));
    if (!low) return false;
    if (dash == std::string_view::npos) return add_range(field, *low, stepped ? range.high : *low, step);
    const std::string_view end = text.substr(dash + 1);
    auto high = field == kDayOfMonth && end == "l" ? std::optional(range.high) : value_of(field, end);
    if (high && field == kWeekday && *high == 0 && *low > 0) high = 7;  // "fri-sun"
    return high && add_range(field, *low, *high, step);
  }

  bool add_range(Field field, int low, int high, int step) {
    const FieldRange range = kRanges[field];
    if (low < range.low || high > range.high || low > high) return false;
    for (int value = low; value <= high; value += std::min(step, 60)) {
      const auto bit = static_cast<std::size_t>(value);
      if (field == kMinute) pattern_.minutes_.set(bit);
      if (field == kHour) pattern_.hours_.set(bit);
      if (field == kDayOfMonth) pattern_.days_.set(bit);
      if (field == kMonth) pattern_.months_.set(bit);
      if (field == kWeekday) pattern_.weekdays_.set(bit % 7);
      if (field == kSecond) pattern_.seconds_.set(bit);
    }
    return true;
  }

  bool add_nth(std::string_view weekday, std::string_view nth) {
    const auto day = value_of(kWeekday, weekday);
    const auto number = number_in(nth);
    if (!day || *day > 7 || !number || *number < 1 || *number > 5) return false;
    pattern_.nth_.set(static_cast<std::size_t>(*day % 7 * 5 + *number - 1));
    return true;
  }

  // croniter: a field that lists every value is '*'; plain weekdays do not go with "fri#2" and "l5".
  bool finish() {
    const bool special = pattern_.nth_.any() || pattern_.last_.any();
    if (special && pattern_.weekdays_.any() && !pattern_.weekdays_.all()) return false;
    pattern_.any_day_ = pattern_.days_.count() == 31;
    pattern_.any_weekday_ = pattern_.weekdays_.all();
    return true;
  }

  CronPattern pattern_;
};

Result<CronPattern> CronPattern::parse(std::string_view text) {
  if (auto pattern = CronParser().parse(text)) return std::move(*pattern);
  return fail(ErrorCode::kInvalidArgument, "The specified pattern is not valid: " + std::string(text));
}

// cron(8): a day fits when either of day-of-month and day-of-week fits, if both are given.
bool CronPattern::day_matches(int year, unsigned month, unsigned day) const {
  const unsigned length = days_in(year, month);
  const bool by_day = any_day_ || days_[day] || (last_day_ && day == length);
  const year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  const unsigned weekday = std::chrono::weekday(local_days(date)).c_encoding();
  const bool by_weekday = any_weekday_ || weekdays_[weekday] || nth_[weekday * 5 + (day - 1) / 7] ||
                          (last_[weekday] && day + 7 > length);
  if (any_day_ || any_weekday_) return by_day && by_weekday;
  return by_day || by_weekday;
}

std::optional<std::int64_t> CronPattern::next(std::int64_t after) const {
  const std::int64_t start = after + 1;
  std::int64_t number = start >= 0 ? start / kDay : (start - kDay + 1) / kDay;  // of the day
  std::int64_t in_day = start - number * kDay;
  const std::int64_t last = number + limits::kCronYearsMax * 366;
  for (; number <= last; ++number, in_day = 0) {
    const year_month_day date{local_days(days(number))};
    const auto month = static_cast<unsigned>(date.month());
    if (!months_[month]) {  // straight to the last day of this month
      number += days_in(static_cast<int>(date.year()), month) - static_cast<unsigned>(date.day());
      continue;
    }
    if (!day_matches(static_cast<int>(date.year()), month, static_cast<unsigned>(date.day()))) continue;
    std::int64_t from_minute = in_day / 60 % 60, from_second = in_day % 60;
    for (auto hour = first_set(hours_, in_day / 3600); hour; hour = first_set(hours_, *hour + 1)) {
      if (*hour != in_day / 3600) from_minute = from_second = 0;
      for (auto minute = first_set(minutes_, from_minute); minute; minute = first_set(minutes_, *minute + 1)) {
        if (*minute != from_minute) from_second = 0;
        if (const auto second = first_set(seconds_, from_second))
          return number * kDay + *hour * 3600 + *minute * 60 + *second;
        from_second = 0;
      }
      from_minute = from_second = 0;
    }
  }
  return std::nullopt;
}

}  // namespace foehn::triggers
