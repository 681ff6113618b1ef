// Dates and spans of time, in microseconds; the calendar is the proleptic Gregorian one.
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kMicrosMax = 253'402'300'800 * kSecond;  // year 10000

struct Civil {
  std::int64_t year = 1970;
  std::int64_t month = 1;
  std::int64_t day = 1;
  std::int64_t micros = 0;  // of the day
};

// Days since 1970-01-01; the year is taken to begin in March.
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month <= 2) --year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

Civil civil_of(std::int64_t micros) {
  std::int64_t days = micros / kDay;
  if (micros % kDay < 0) --days;
  Civil civil;
  civil.micros = micros - days * kDay;
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t of_era = days - era * 146'097;
  const std::int64_t year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t shifted = (5 * of_year + 2) / 153;
  civil.day = of_year - (153 * shifted + 2) / 5 + 1;
  civil.month = shifted < 10 ? shifted + 3 : shifted - 9;
  civil.year = year + era * 400 + (civil.month <= 2 ? 1 : 0);
  return civil;
}

std::int64_t local_micros(const DateTimeObject& time) { return time.micros_utc + time.offset * kMinute; }
std::int64_t weekday_of(const DateTimeObject& time) {
  std::int64_t days = local_micros(time) / kDay;
  if (local_micros(time) % kDay < 0) --days;
  return ((days + 3) % 7 + 7) % 7;  // Monday is 0
}

std::string padded(std::int64_t number, std::size_t width) {
  std::string digits = std::to_string(std::llabs(number));
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return number < 0 ? "-" + digits : digits;
}

std::string clock_text(std::int64_t micros, std::size_t hour_width) {
  std::string out = padded(micros / kHour, hour_width) + ":" + padded(micros / kMinute % 60, 2) + ":" +
                    padded(micros / kSecond % 60, 2);
  if (micros % kSecond != 0) out += "." + padded(micros % kSecond, 6);
  return out;
}

std::string offset_text(std::int32_t offset, std::string_view colon) {
  return (offset < 0 ? "-" : "+") + padded(std::abs(offset) / 60, 2) + std::string(colon) +
         padded(std::abs(offset) % 60, 2);
}

Datum make_time(Evaluation& evaluation, std::int64_t micros_utc, std::int64_t offset_micros) {
  if (std::llabs(micros_utc) > kMicrosMax) return evaluation.fail("the date is out of range");
  if (std::llabs(offset_micros) >= kDay) return evaluation.fail("the offset of a date must be less than a day");
  if (!evaluation.charge(sizeof(DateTimeObject))) return Datum::failure();
  return Datum::of(new DateTimeObject(micros_utc, static_cast<std::int32_t>(offset_micros / kMinute)));
}

Datum make_span(Evaluation& evaluation, double micros) {
  if (!(std::fabs(micros) < 9e18)) return evaluation.fail("the timespan is out of range");
  if (!evaluation.charge(sizeof(TimeSpanObject))) return Datum::failure();
  return Datum::of(new TimeSpanObject(static_cast<std::int64_t>(std::llround(micros))));
}
Datum make_span(Evaluation& evaluation, std::int64_t micros) {
  if (!evaluation.charge(sizeof(TimeSpanObject))) return Datum::failure();
  return Datum::of(new TimeSpanObject(micros));
}

std::int64_t span_or_zero(const Call& call, std::size_t index) {
  return call.has(index) ? call[index].as<TimeSpanObject>()->micros : 0;
}

Datum from_civil(Evaluation& evaluation, const std::array<std::int64_t, 7>& f, std::int64_t offset_micros) {
  static constexpr std::array<std::int64_t, 12> kDays = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (f[0] % 4 == 0 && f[0] % 100 != 0) || f[0] % 400 == 0;
  bool ok = f[0] >= 1 && f[0] <= 9999 && f[1] >= 1 && f[1] <= 12 && f[2] >= 1;
  ok = ok && f[2] <= kDays[static_cast<std::size_t>(f[1] - 1)] - (f[1] == 2 && !leap ? 1 : 0);
  ok = ok && f[3] >= 0 && f[3] < 24 && f[4] >= 0 && f[4] < 60 && f[5] >= 0 && f[5] < 60 && f[6] >= 0 && f[6] < kSecond;
  if (!ok) return evaluation.fail("there is no such date or time of day");
  const std::int64_t local = days_of(f[0], f[1], f[2]) * kDay + f[3] * kHour + f[4] * kMinute + f[5] * kSecond + f[6];
  return make_time(evaluation, local - offset_micros, offset_micros);
}

Datum fn_datetime(Call& call) {
  std::array<std::int64_t, 7> fields{};
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i] = call.integer_or(i, 0);
  return from_civil(call.evaluation, fields, span_or_zero(call, 7));
}

Datum fn_from_timestamp(Call& call) {
  const double micros = call[0].number() * static_cast<double>(kSecond);
  if (!(std::fabs(micros) < static_cast<double>(kMicrosMax))) return call.fail("the date is out of range");
  return make_time(call.evaluation, static_cast<std::int64_t>(std::llround(micros)), span_or_zero(call, 1));
}

// Reads digits into `field`, after one of `before` when that is not empty.
bool take_field(std::string_view& text, std::string_view before, std::int64_t& field) {
  if (!before.empty()) {
    if (text.empty() || before.find(text[0]) == std::string_view::npos) return false;
    text.remove_prefix(1);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), field);
  if (error != std::errc() || field < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// ISO 8601: 2020-01-02[T03:04[:05[.000006]]][Z|+01:00].
Datum fn_from_text(Call& call) {
  std::string_view text = call[0].text();
  std::array<std::int64_t, 7> fields{};
  const auto bad = [&] { return call.fail("datetime() reads ISO 8601 texts such as 2020-01-31T23:59:00Z"); };
  if (!take_field(text, "", fields[0]) || !take_field(text, "-", fields[1]) || !take_field(text, "-", fields[2]))
    return bad();
  if (!text.empty()) {
    if (!take_field(text, "T ", fields[3]) || !take_field(text, ":", fields[4])) return bad();
    if (text.starts_with(':') && !take_field(text, ":", fields[5])) return bad();
    if (text.starts_with('.')) {
      const std::size_t before = text.size();
      if (!take_field(text, ".", fields[6])) return bad();
      for (std::size_t digits = before - text.size() - 1; digits != 6; digits += digits < 6 ? 1 : std::size_t(-1))
        fields[6] = digits < 6 ? fields[6] * 10 : fields[6] / 10;
    }
  }
  std::int64_t offset = 0;
  if (text == "Z") {
    text = {};
  } else if (text.starts_with('+') || text.starts_with('-')) {
    const std::int64_t direction = text[0] == '-' ? -1 : 1;
    std::int64_t hours = 0;
    std::int64_t minutes = 0;
    if (!take_field(text, "+-", hours)) return bad();
    if (text.starts_with(':') && !take_field(text, ":", minutes)) return bad();
    if (hours >= 100) {  // +0130
      minutes = hours % 100;
      hours /= 100;
    }
    offset = direction * (hours * kHour + minutes * kMinute);
  }
  return text.empty() ? from_civil(call.evaluation, fields, offset) : bad();
}

Datum fn_timespan(Call& call) {
  static constexpr std::array<std::int64_t, 6> kUnits = {kDay, kHour, kMinute, kSecond, 1000, 1};
  double micros = 0;
  for (std::size_t i = 0; i < kUnits.size(); ++i)
    if (call.has(i)) micros += call[i].number() * static_cast<double>(kUnits[i]);
  return make_span(call.evaluation, micros);
}

// The host's clock, so that a replayed step sees the same time: microseconds since 1970.
Datum fn_now(Call& call) {
  const auto now = call.evaluation.scope().call("now", {});
  if (!now || !now->is_number_integer()) return call.fail("now() is not available here");
  return make_time(call.evaluation, now->get<std::int64_t>(), span_or_zero(call, 0));
}

Datum fn_utc(Call& call) { return make_span(call.evaluation, std::int64_t{0}); }

// strftime, the directives that do not depend on a locale.
Datum fn_format(Call& call) {
  static constexpr std::array<std::string_view, 7> kWeekdays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                                "Friday", "Saturday", "Sunday"};
  static constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                               "May",       "June",     "July",     "August",
                                                               "September", "October",  "November", "December"};
  const auto& time = *call[0].as<DateTimeObject>();
  const Civil civil = civil_of(local_micros(time));
  const std::string_view format = call[1].text();
  std::string out;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%' || at + 1 == format.size()) {
      out.push_back(format[at]);
      continue;
    }
    const std::int64_t hour = civil.micros / kHour;
    const std::string_view weekday = kWeekdays[static_cast<std::size_t>(weekday_of(time))];
    const std::string_view month = kMonths[static_cast<std::size_t>(civil.month - 1)];
    switch (format[++at]) {
      case 'Y': out += std::to_string(civil.year); break;
      case 'y': out += padded(civil.year % 100, 2); break;
      case 'm': out += padded(civil.month, 2); break;
      case 'd': out += padded(civil.day, 2); break;
      case 'H': out += padded(hour, 2); break;
      case 'I': out += padded(hour % 12 == 0 ? 12 : hour % 12, 2); break;
      case 'p': out += hour < 12 ? "AM" : "PM"; break;
      case 'M': out += padded(civil.micros / kMinute % 60, 2); break;
      case 'S': out += padded(civil.micros / kSecond % 60, 2); break;
      case 'f': out += padded(civil.micros % kSecond, 6); break;
      case 'j': out += padded(days_of(civil.year, civil.month, civil.day) - days_of(civil.year, 1, 1) + 1, 3); break;
      case 'w': out += std::to_string((weekday_of(time) + 1) % 7); break;
      case 'A': out += weekday; break;
      case 'a': out += weekday.substr(0, 3); break;
      case 'B': out += month; break;
      case 'b': out += month.substr(0, 3); break;
      case 'z': out += offset_text(time.offset, ""); break;
      case 'Z': out += time.offset == 0 ? "UTC" : ""; break;
      case '%': out.push_back('%'); break;
      default: return call.fail("format() of a date does not know %" + std::string(1, format[at]));
    }
  }
  return call.evaluation.text(std::move(out));
}

Datum time_of_day_property(Evaluation& evaluation, const DateTimeObject& time, std::string_view name) {
  const Civil civil = civil_of(local_micros(time));
  if (name == "year") return Datum::integer(civil.year);
  if (name == "month") return Datum::integer(civil.month);
  if (name == "day") return Datum::integer(civil.day);
  if (name == "hour") return Datum::integer(civil.micros / kHour);
  if (name == "minute") return Datum::integer(civil.micros / kMinute % 60);
  if (name == "second") return Datum::integer(civil.micros / kSecond % 60);
  if (name == "microsecond") return Datum::integer(civil.micros % kSecond);
  if (name == "weekday") return Datum::integer(weekday_of(time));
  if (name == "date") return make_time(evaluation, time.micros_utc - civil.micros, time.offset * kMinute);
  if (name == "time") return make_span(evaluation, civil.micros);
  if (name == "utc") return make_time(evaluation, time.micros_utc - time.offset * kMinute, time.offset * kMinute);
  if (name == "offset") return make_span(evaluation, time.offset * kMinute);
  // YAQL takes the offset off twice; workflows that run there get the same number here.
  if (name == "timestamp")
    return Datum::number(static_cast<double>(time.micros_utc - time.offset * kMinute) / static_cast<double>(kSecond));
  return Datum::missing();
}

Datum ordered(Operator op, std::int64_t left, std::int64_t right) {
  switch (op) {
    case Operator::kEqual: return Datum::boolean(left == right);
    case Operator::kNotEqual: return Datum::boolean(left != right);
    case Operator::kLess: return Datum::boolean(left < right);
    case Operator::kLessEqual: return Datum::boolean(left <= right);
    case Operator::kGreater: return Datum::boolean(left > right);
    case Operator::kGreaterEqual: return Datum::boolean(left >= right);
    default: return Datum::missing();
  }
}

Datum scaled(Evaluation& evaluation, Operator op, const TimeSpanObject& span, double factor) {
  if (op == Operator::kDivide && factor == 0) return evaluation.fail("division by zero");
  const auto micros = static_cast<double>(span.micros);
  return make_span(evaluation, op == Operator::kDivide ? micros / factor : micros * factor);
}

constexpr std::uint32_t kPart = kIntegerArg | kOptional;
constexpr std::uint32_t kAmount = kNumberArg | kOptional;
constexpr Parameter kOffset{"offset", kTimeSpanType | kOptional};

constexpr Overload kTable[] = {
    function("datetime", fn_datetime,
             {{"year", kIntegerArg},
              {"month", kIntegerArg},
              {"day", kIntegerArg},
              {"hour", kPart},
              {"minute", kPart},
              {"second", kPart},
              {"microsecond", kPart},
              kOffset}),
    function("datetime", fn_from_timestamp, {{"timestamp", kNumberArg}, kOffset}),
    function("datetime", fn_from_text, {{"string", kTextArg}}),
    function("timespan", fn_timespan,
             {{"days", kAmount},
              {"hours", kAmount},
              {"minutes", kAmount},
              {"seconds", kAmount},
              {"milliseconds", kAmount},
              {"microseconds", kAmount}}),
    function("now", fn_now, {kOffset}),
    function("utctz", fn_utc, {}),
    function("localtz", fn_utc, {}),
    method("format", fn_format, {{"dt", kDateTimeType}, {"format", kTextArg}}),
};

}  // namespace

std::string DateTimeObject::text() const {
  const Civil civil = civil_of(local_micros(*this));
  return padded(civil.year, 4) + "-" + padded(civil.month, 2) + "-" + padded(civil.day, 2) + " " +
         clock_text(civil.micros, 2) + offset_text(offset, ":");
}

std::string TimeSpanObject::text() const {
  std::int64_t days = micros / kDay;
  if (micros % kDay < 0) --days;
  const std::string clock = clock_text(micros - days * kDay, 1);
  if (days == 0) return clock;
  return std::to_string(days) + (days == 1 || days == -1 ? " day, " : " days, ") + clock;
}

Datum time_operator(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  if (!left.object() && !right.object()) return Datum::missing();
  const auto* left_time = left.as<DateTimeObject>();
  const auto* right_time = right.as<DateTimeObject>();
  const auto* left_span = left.as<TimeSpanObject>();
  const auto* right_span = right.as<TimeSpanObject>();
  if (left_time && right_time) {
    if (op == Operator::kSubtract) return make_span(evaluation, left_time->micros_utc - right_time->micros_utc);
    return ordered(op, left_time->micros_utc, right_time->micros_utc);
  }
  if (left_span && right_span) {
    const auto a = static_cast<double>(left_span->micros);
    const auto b = static_cast<double>(right_span->micros);
    if (op == Operator::kDivide) return b == 0 ? evaluation.fail("float division by zero") : Datum::number(a / b);
    if (op != Operator::kAdd && op != Operator::kSubtract) return ordered(op, left_span->micros, right_span->micros);
    if (std::fabs(a) + std::fabs(b) > 9e18) return evaluation.fail("the timespan is out of range");
    return make_span(evaluation, op == Operator::kAdd ? left_span->micros + right_span->micros
                                                      : left_span->micros - right_span->micros);
  }
  const bool shifts = (left_time && right_span && (op == Operator::kAdd || op == Operator::kSubtract)) ||
                      (left_span && right_time && op == Operator::kAdd);
  if (shifts) {
    const DateTimeObject& time = left_time ? *left_time : *right_time;
    const std::int64_t span = left_span ? left_span->micros : right_span->micros;
    if (std::llabs(span) > 2 * kMicrosMax) return evaluation.fail("the date is out of range");
    return make_time(evaluation, op == Operator::kAdd ? time.micros_utc + span : time.micros_utc - span,
                     time.offset * kMinute);
  }
  if (left_span && right.is_number() && (op == Operator::kMultiply || op == Operator::kDivide))
    return scaled(evaluation, op, *left_span, right.number());
  if (right_span && left.is_number() && op == Operator::kMultiply)
    return scaled(evaluation, op, *right_span, left.number());
  return Datum::missing();
}

Datum time_property(Evaluation& evaluation, const Datum& value, std::string_view name) {
  if (const auto* time = value.as<DateTimeObject>()) return time_of_day_property(evaluation, *time, name);
  const auto* span = value.as<TimeSpanObject>();
  if (!span) return Datum::missing();
  if (name == "microseconds") return Datum::integer(span->micros);
  const std::array<std::pair<std::string_view, std::int64_t>, 5> units = {
      {{"milliseconds", 1000}, {"seconds", kSecond}, {"minutes", kMinute}, {"hours", kHour}, {"days", kDay}}};
  for (const auto& [unit, micros] : units)
    if (unit == name) return Datum::number(static_cast<double>(span->micros) / static_cast<double>(micros));
  return Datum::missing();
}

std::span<const Overload> datetime_table() { return kTable; }

}  // namespace foehn::yaql
