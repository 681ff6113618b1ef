// Values that only YAQL has: regular expressions, dates and spans of time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dsl/expr/datum.h"

namespace re2 {
class RE2;
}

namespace foehn::yaql {

// A compiled regular expression.
class PatternObject final : public expr::OpaqueObject {
 public:
  PatternObject(std::string written, std::unique_ptr<re2::RE2> compiled);
  ~PatternObject() override;
  std::string_view type() const override { return "regular expression"; }
  std::string text() const override;
  const re2::RE2& pattern() const { return *compiled_; }

 private:
  const std::string written_;
  const std::unique_ptr<re2::RE2> compiled_;
};

// A point in time with the offset it is shown in.
class DateTimeObject final : public expr::OpaqueObject {
 public:
  DateTimeObject(std::int64_t micros, std::int32_t offset_minutes) : micros_utc(micros), offset(offset_minutes) {}
  std::string_view type() const override { return "datetime"; }
  std::string text() const override;  // 2020-01-02 03:04:05.000006+00:00
  bool has_text() const override { return true; }
  const std::int64_t micros_utc;
  const std::int32_t offset;
};

class TimeSpanObject final : public expr::OpaqueObject {
 public:
  explicit TimeSpanObject(std::int64_t span_micros) : micros(span_micros) {}
  std::string_view type() const override { return "timespan"; }
  std::string text() const override;  // 1 day, 2:03:04
  bool has_text() const override { return true; }
  const std::int64_t micros;
};

}  // namespace foehn::yaql
