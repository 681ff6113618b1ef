// Dates and spans of time, in microseconds.
#include <cmath>
#include <cstdlib>

#include "dsl/expr/yaql/support.h"
#include "dsl/expr/yaql/time_text.h"

namespace foehn::yaql {
namespace {

using calendar::Fields;
using calendar::kDay;
using calendar::kHour;
using calendar::kMinute;
using calendar::kSecond;

__extension__ typedef __int128 Wide;

constexpr std::uint64_t kParseSteps = 50;  // reading a text compiles a regular expression

std::int64_t local_of(const DateTimeObject& time) { return time.micros_utc + time.offset; }

Datum make_time(Evaluation& evaluation, Wide local, std::int64_t offset) {
  if (local < calendar::kLocalMin || local >= calendar::kLocalEnd)
    return evaluation.fail("the date is out of range: years go from 1 to 9999");
  if (std::llabs(offset) >= kDay) return evaluation.fail("the offset of a date must be less than a day");
  if (!evaluation.charge(sizeof(DateTimeObject) + expr::kBlockBytes)) return Datum::failure();
  return Datum::of(new DateTimeObject(static_cast<std::int64_t>(local) - offset, offset));
}

Datum make_span(Evaluation& evaluation, Wide micros) {
  if (micros > INT64_MAX || micros < INT64_MIN + kDay)
    return evaluation.fail("the timespan does not fit into a 64-bit number of microseconds");
  if (!evaluation.charge(sizeof(TimeSpanObject) + expr::kBlockBytes)) return Datum::failure();
  return Datum::of(new TimeSpanObject(static_cast<std::int64_t>(micros)));
}

Datum make_span_of(Evaluation& evaluation, double micros) {
  if (!(std::fabs(micros) < 9.2e18))
    return evaluation.fail("the timespan does not fit into a 64-bit number of microseconds");
  return make_span(evaluation, static_cast<Wide>(std::nearbyint(micros)));  // a half to the even side
}

std::int64_t span_or_zero(const Call& call, std::size_t index) {
  return call.has(index) ? call[index].as<TimeSpanObject>()->micros : 0;
}

Datum from_fields(Evaluation& evaluation, const Fields& fields, std::int64_t offset) {
  const auto local = calendar::local_micros(fields);
  return local ? make_time(evaluation, *local, offset) : evaluation.fail("there is no such date or time of day");
}

Datum fn_datetime(Call& call) {
  Fields fields{};
  for (std::size_t i = 0; i < fields.size(); ++i) fields[i] = call.integer_or(i, 0);
  return from_fields(call.evaluation, fields, span_or_zero(call, 7));
}

Datum fn_from_timestamp(Call& call) {
  const double seconds = call[0].number();
  if (!(std::fabs(seconds) < 3e11)) return call.fail("the date is out of range: years go from 1 to 9999");
  double whole = 0;
  const double fraction = std::nearbyint(std::modf(seconds, &whole) * 1e6);
  const std::int64_t micros = static_cast<std::int64_t>(whole) * kSecond + static_cast<std::int64_t>(fraction);
  const std::int64_t offset = span_or_zero(call, 1);
  return make_time(call.evaluation, static_cast<Wide>(micros) + offset, offset);
}

Datum fn_from_text(Call& call) {
  if (!call.evaluation.step(kParseSteps)) return Datum::failure();
  const bool free = !call.has(1) || call[1].is_null() || call[1].text().empty();
  const auto moment = free ? calendar::parse_iso(call[0].text()) : calendar::parse(call[0].text(), call[1].text());
  if (moment) return make_time(call.evaluation, moment->local, moment->offset);
  return call.fail(free ? "datetime() reads ISO 8601 texts such as 2020-01-31T23:59:00Z; give a format for others"
                        : "the string does not match the format of datetime(), or the format is not supported");
}

Datum fn_timespan(Call& call) {
  static constexpr std::array<std::int64_t, 6> kUnits = {kDay, kHour, kMinute, kSecond, 1000, 1};
  Wide micros = 0;
  for (std::size_t i = 0; i < kUnits.size(); ++i)
    if (call.has(i)) micros += static_cast<Wide>(call[i].integer()) * kUnits[i];
  return make_span(call.evaluation, micros);
}

// The host's clock, so that a replayed step sees the same time: microseconds since 1970.
Datum fn_now(Call& call) {
  const auto now = call.evaluation.scope().call("now", {});
  if (!now || !now->made.is_number_integer()) return call.fail("now() is not available here");
  const std::int64_t offset = call.has(0) && call[0].is_null() ? 0 : span_or_zero(call, 0);
  return make_time(call.evaluation, static_cast<Wide>(now->made.get<std::int64_t>()) + offset, offset);
}

Datum fn_utc(Call& call) { return make_span(call.evaluation, 0); }

Datum fn_format(Call& call) {
  const auto& time = *call[0].as<DateTimeObject>();
  auto text = calendar::format(call[1].text(), local_of(time), time.offset);
  return text ? call.evaluation.text(std::move(*text)) : call.fail("format() of a date does not know that directive");
}

Datum fn_replace(Call& call) {
  const auto& time = *call[0].as<DateTimeObject>();
  Fields fields = calendar::fields_of(local_of(time));
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (call.has(i + 1) && !call[i + 1].is_null()) fields[i] = call[i + 1].integer();
  const bool moved = call.has(8) && !call[8].is_null();
  return from_fields(call.evaluation, fields, moved ? span_or_zero(call, 8) : time.offset);
}

Datum property_of_time(Evaluation& evaluation, const DateTimeObject& time, std::string_view name) {
  static constexpr std::array<std::string_view, 7> kFields = {"year",   "month",  "day",        "hour",
                                                              "minute", "second", "microsecond"};
  const std::int64_t local = local_of(time);
  const Fields fields = calendar::fields_of(local);
  for (std::size_t i = 0; i < kFields.size(); ++i)
    if (kFields[i] == name) return Datum::integer(fields[i]);
  const std::int64_t of_day = fields[3] * kHour + fields[4] * kMinute + fields[5] * kSecond + fields[6];
  if (name == "weekday") return Datum::integer(calendar::weekday_of(local));
  if (name == "date") return make_time(evaluation, static_cast<Wide>(local) - of_day, time.offset);
  if (name == "time") return make_span(evaluation, of_day);
  if (name == "utc") return make_time(evaluation, time.micros_utc, time.offset);
  if (name == "offset") return make_span(evaluation, time.offset);
  if (name != "timestamp") return Datum::missing();
  // YAQL takes the offset off twice; workflows that run there get the same number here.
  const std::int64_t shifted = time.micros_utc - time.offset;
  if (time.micros_utc < calendar::kLocalMin || time.micros_utc >= calendar::kLocalEnd)
    return evaluation.fail("the date is out of range: years go from 1 to 9999");
  return Datum::number(static_cast<double>(shifted) / static_cast<double>(kSecond));
}

Datum ordered(Operator op, std::int64_t left, std::int64_t right) {
  switch (op) {
    case Operator::kLess: return Datum::boolean(left < right);
    case Operator::kLessEqual: return Datum::boolean(left <= right);
    case Operator::kGreater: return Datum::boolean(left > right);
    case Operator::kGreaterEqual: return Datum::boolean(left >= right);
    default: return Datum::missing();
  }
}

Datum scaled(Evaluation& evaluation, Operator op, const TimeSpanObject& span, const Datum& factor) {
  if (op == Operator::kMultiply && factor.is_integer())
    return make_span(evaluation, static_cast<Wide>(span.micros) * factor.integer());
  if (op == Operator::kDivide && factor.number() == 0) return evaluation.fail("division by zero");
  const auto micros = static_cast<double>(span.micros);
  return make_span_of(evaluation, op == Operator::kDivide ? micros / factor.number() : micros * factor.number());
}

Datum of_spans(Evaluation& evaluation, Operator op, std::int64_t left, std::int64_t right) {
  if (op == Operator::kAdd) return make_span(evaluation, static_cast<Wide>(left) + right);
  if (op == Operator::kSubtract) return make_span(evaluation, static_cast<Wide>(left) - right);
  if (op != Operator::kDivide) return ordered(op, left, right);
  if (right == 0) return evaluation.fail("float division by zero");
  return Datum::number(static_cast<double>(left) / static_cast<double>(right));
}

constexpr std::uint32_t kPart = kIntegerArg | kOptional;
constexpr std::uint32_t kWhole = kIntegerType | kOptional;
constexpr std::uint32_t kField = kIntegerArg | kNullType | kOptional;
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
    function("datetime", fn_from_text, {{"string", kTextArg}, {"format", kTextArg | kNullType | kOptional}}),
    function("timespan", fn_timespan,
             {{"days", kPart},
              {"hours", kPart},
              {"minutes", kPart},
              {"seconds", kWhole},
              {"milliseconds", kWhole},
              {"microseconds", kWhole}}),
    function("now", fn_now, {{"offset", kTimeSpanType | kNullType | kOptional}}),
    function("utctz", fn_utc, {}),
    function("localtz", fn_utc, {}),
    method("format", fn_format, {{"dt", kDateTimeType}, {"format", kTextArg}}),
    method("replace", fn_replace,
           {{"dt", kDateTimeType},
            {"year", kField},
            {"month", kField},
            {"day", kField},
            {"hour", kField},
            {"minute", kField},
            {"second", kField},
            {"microsecond", kField},
            {"offset", kTimeSpanType | kNullType | kOptional}}),
};

}  // namespace

std::string DateTimeObject::text() const {
  const std::int64_t local = micros_utc + offset;
  const Fields fields = calendar::fields_of(local);
  std::string out = std::to_string(10'000 + fields[0]).substr(1);
  for (std::size_t i = 1; i < 3; ++i) out += "-" + std::to_string(100 + fields[i]).substr(1);
  const std::int64_t of_day = local - calendar::days_of(fields[0], fields[1], fields[2]) * kDay;
  return out + " " + calendar::clock_text(of_day, 2) + calendar::offset_text(offset, ":");
}

std::string DateTimeObject::repr() const {
  const Fields fields = calendar::fields_of(micros_utc + offset);
  std::string out = "datetime.datetime(";
  const std::size_t shown = fields[6] != 0 ? 7 : fields[5] != 0 ? 6 : 5;
  for (std::size_t i = 0; i < shown; ++i) out += std::to_string(fields[i]) + ", ";
  return out + "tzinfo=" + (offset == 0 ? "tzutc()" : "tzoffset(None, " + std::to_string(offset / kSecond) + ")") + ")";
}

bool DateTimeObject::equals(const OpaqueObject& other) const {
  const auto* time = dynamic_cast<const DateTimeObject*>(&other);
  return time && time->micros_utc == micros_utc;
}

std::string TimeSpanObject::text() const {
  const std::int64_t days = micros / kDay - (micros % kDay < 0 ? 1 : 0);
  const std::string clock = calendar::clock_text(micros - days * kDay, 1);
  if (days == 0) return clock;
  return std::to_string(days) + (days == 1 || days == -1 ? " day, " : " days, ") + clock;
}

std::string TimeSpanObject::repr() const {
  const std::int64_t days = micros / kDay - (micros % kDay < 0 ? 1 : 0);
  const std::int64_t of_day = micros - days * kDay;
  std::string out;
  for (const auto& [name, value] :
       {std::pair{"days", days}, {"seconds", of_day / kSecond}, {"microseconds", of_day % kSecond}})
    if (value != 0) out += (out.empty() ? "" : ", ") + std::string(name) + "=" + std::to_string(value);
  return "datetime.timedelta(" + (out.empty() ? "0" : out) + ")";
}

bool TimeSpanObject::equals(const OpaqueObject& other) const {
  const auto* span = dynamic_cast<const TimeSpanObject*>(&other);
  return span && span->micros == micros;
}

Datum time_operator(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right) {
  if (!left.object() && !right.object()) return Datum::missing();
  const auto* left_time = left.as<DateTimeObject>();
  const auto* right_time = right.as<DateTimeObject>();
  const auto* left_span = left.as<TimeSpanObject>();
  const auto* right_span = right.as<TimeSpanObject>();
  if (left_time && right_time) {
    if (op == Operator::kSubtract)
      return make_span(evaluation, static_cast<Wide>(left_time->micros_utc) - right_time->micros_utc);
    return ordered(op, left_time->micros_utc, right_time->micros_utc);
  }
  if (left_span && right_span) return of_spans(evaluation, op, left_span->micros, right_span->micros);
  if (left_time && right_span && (op == Operator::kAdd || op == Operator::kSubtract)) {
    const Wide shift = op == Operator::kAdd ? right_span->micros : -right_span->micros;
    return make_time(evaluation, local_of(*left_time) + shift, left_time->offset);
  }
  if (left_span && right_time && op == Operator::kAdd)
    return make_time(evaluation, static_cast<Wide>(local_of(*right_time)) + left_span->micros, right_time->offset);
  if (left_span && right.is_number() && (op == Operator::kMultiply || op == Operator::kDivide))
    return scaled(evaluation, op, *left_span, right);
  if (right_span && left.is_number() && op == Operator::kMultiply) return scaled(evaluation, op, *right_span, left);
  return Datum::missing();
}

Datum time_property(Evaluation& evaluation, const Datum& value, std::string_view name) {
  if (const auto* time = value.as<DateTimeObject>()) return property_of_time(evaluation, *time, name);
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
