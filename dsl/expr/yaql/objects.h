// Values that only YAQL has: regular expressions, dates and spans of time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dsl/expr/datum.h"
#include "dsl/expr/yaql/regex_shape.h"

namespace re2 {
class RE2;
}

namespace foehn::yaql {

// A compiled regular expression.
class PatternObject final : public expr::OpaqueObject {
 public:
  // `flags`: as Python shows them, " | re.DOTALL".
  PatternObject(std::string written, std::string flags, std::unique_ptr<re2::RE2> compiled);
  ~PatternObject() override;
  std::string_view type() const override { return "regular expression"; }
  std::string text() const override;
  bool equals(const OpaqueObject& other) const override;
  std::size_t hash() const override;
  const re2::RE2& pattern() const { return *compiled_; }
  const Shape& shape() const { return shape_; }
  bool is(std::string_view written, std::string_view flags) const { return written_ == written && flags_ == flags; }
  // Steps of searching `bytes` of a text: what makes too many states for the automaton is searched with all its
  // positions at once.
  std::uint64_t search_steps(std::size_t bytes) const {
    return bytes / kSearchedPerStep + (positions_ <= kFewPositions ? 0 : bytes * positions_ / kPositionsPerStep);
  }
  // How much memory a match in a text of this size may newly take, at most; to be charged before matching.
  std::size_t grow(std::size_t subject_bytes);

 private:
  const std::string written_;
  const std::string flags_;
  const std::unique_ptr<re2::RE2> compiled_;
  const Shape shape_;
  static constexpr std::size_t kSearchedPerStep = 64;
  static constexpr std::size_t kFewPositions = 24;
  static constexpr std::size_t kPositionsPerStep = 150;  // measured: up to 5 ns for each
  const std::size_t positions_;  // of the pattern, classes of characters counted once
  std::size_t grown_ = 0;
};

// A point in time with the offset it is shown in.
class DateTimeObject final : public expr::OpaqueObject {
 public:
  DateTimeObject(std::int64_t micros, std::int64_t offset_micros) : micros_utc(micros), offset(offset_micros) {}
  std::string_view type() const override { return "datetime"; }
  std::string text() const override;  // 2020-01-02 03:04:05.000006+00:00
  std::string repr() const override;
  bool has_text() const override { return true; }
  bool equals(const OpaqueObject& other) const override;
  std::size_t hash() const override { return static_cast<std::size_t>(micros_utc); }
  const std::int64_t micros_utc;
  const std::int64_t offset;  // microseconds
};

class TimeSpanObject final : public expr::OpaqueObject {
 public:
  explicit TimeSpanObject(std::int64_t span_micros) : micros(span_micros) {}
  std::string_view type() const override { return "timespan"; }
  std::string text() const override;  // 1 day, 2:03:04
  std::string repr() const override;
  bool has_text() const override { return true; }
  bool truth() const override { return micros != 0; }
  bool equals(const OpaqueObject& other) const override;
  std::size_t hash() const override { return static_cast<std::size_t>(micros); }
  const std::int64_t micros;
};

}  // namespace foehn::yaql
