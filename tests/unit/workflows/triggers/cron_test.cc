// Goal: a pattern fires exactly when it says. Method: tables; minute stepping as a second, slower truth over random
// patterns; the system's time zones across clock changes. croniter is asked in tests/differential/cron_test.py.
#include "workflows/triggers/cron.h"

#include <gtest/gtest.h>

#include "engine/base/prng.h"
#include "workflows/triggers/schedule.h"

namespace foehn::triggers {
namespace {

std::string next(const char* pattern, const char* after, const char* zone = "") {
  const auto schedule = Schedule::make(pattern, zone);
  if (!schedule) return schedule.error().message;
  const auto time = schedule->next(*parse_time(after));
  return time ? to_mistral_time(*time) : "never";
}

TEST(Cron, FiresWhenItSays) {
  struct {
    const char* pattern;
    const char* after;
    const char* expected;
  } const rows[] = {
      {"* * * * *", "2026-11-21 10:00:00", "2026-11-21 10:01:00"},
      {"* * * * *", "2026-11-21 10:00:59", "2026-11-21 10:01:00"},
      {"*/15 * * * *", "2026-11-21 10:46:00", "2026-11-21 11:00:00"},
      {"10/20 * * * *", "2026-11-21 10:11:00", "2026-11-21 10:30:00"},
      {"0 3 * * *", "2026-11-21 03:00:00", "2026-11-22 03:00:00"},
      {"0 0 29 2 *", "2026-11-21 00:00:00", "2028-02-29 00:00:00"},
      {"0 0 13 * fri", "2026-11-21 00:00:00", "2026-11-27 00:00:00"},
      {"0 0 13 * */2", "2026-11-12 00:00:00", "2026-11-13 00:00:00"},
      {"0 0 1-31 * mon", "2026-11-21 00:00:00", "2026-11-23 00:00:00"},
      {"0 0 l * *", "2026-02-01 00:00:00", "2026-02-28 00:00:00"},
      {"0 0 * * fri#2", "2026-11-01 00:00:00", "2026-11-13 00:00:00"},
      {"0 0 * * l5", "2026-11-01 00:00:00", "2026-11-27 00:00:00"},
      {"0 0 * * 7", "2026-11-21 00:00:00", "2026-11-22 00:00:00"},
      {"0 0 * * fri-sun", "2026-11-22 00:00:00", "2026-11-27 00:00:00"},
      {"0 0 * JAN,mar *", "2026-11-21 00:00:00", "2027-01-01 00:00:00"},
      {"* * * * * */10", "2026-11-21 10:00:01", "2026-11-21 10:00:10"},
      {"59 23 31 12 * 59", "2026-11-21 00:00:00", "2026-12-31 23:59:59"},
      {"@hourly", "2026-11-21 10:30:00", "2026-11-21 11:00:00"},
      {"@yearly", "2026-11-21 10:30:00", "2027-01-01 00:00:00"},
      {"0 0 30 2 *", "2026-11-21 00:00:00", "never"},
      {"0 0 30 2 0", "2026-11-21 00:00:00", "2027-02-07 00:00:00"},
  };
  for (const auto& row : rows) EXPECT_EQ(next(row.pattern, row.after), row.expected) << row.pattern;
}

TEST(Cron, RefusesWhatIsNoPattern) {
  for (const char* pattern :
       {"", "x", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *",
        "* * * * 8", "5-1 * * * *", "*/0 * * * *", "-1 * * * *", "1,,2 * * * *", "* * * * fri#6", "* * * * mon,fri#2",
        "h * * * *", "? * * * *", "@reboot", "1-2-3 * * * *", "* * * foo *", "99999999999 * * * *", "* * * * l9"})
    EXPECT_EQ(next(pattern, "2026-11-21 00:00:00"), "The specified pattern is not valid: " + std::string(pattern));
  EXPECT_EQ(next("@daily", "2026-11-21 00:00:00", "Mars/Olympus"),
            "There is no time zone 'Mars/Olympus'. Zones are named as in Europe/Vienna.");
  EXPECT_EQ(next("@daily", "2026-11-21 00:00:00", "../../etc/passwd"),
            "There is no time zone '../../etc/passwd'. Zones are named as in Europe/Vienna.");
}

// A field of small random lists, ranges and steps, and the values it stands for.
struct RandomField {
  std::string text;
  std::vector<bool> values;
};
RandomField random_field(Prng& random, unsigned low, unsigned high) {
  RandomField field{"", std::vector<bool>(high + 1)};
  if (random.below(3) == 0) return {"*", std::vector<bool>(high + 1, true)};
  for (std::uint64_t i = 0, n = 1 + random.below(3); i < n; ++i) {
    const auto from = low + static_cast<unsigned>(random.below(high - low + 1));
    const auto to = from + static_cast<unsigned>(random.below(high - from + 1));
    const auto step = 1 + static_cast<unsigned>(random.below(9));
    field.text += (i ? "," : "") + std::to_string(from) + "-" + std::to_string(to) + "/" + std::to_string(step);
    for (unsigned value = from; value <= to; value += step) field.values[value] = true;
  }
  return field;
}

TEST(Cron, NextIsTheFirstMinuteThatFits) {
  Prng random(20261121);
  for (int round = 0; round < 600; ++round) {
    const RandomField minute = random_field(random, 0, 59), hour = random_field(random, 0, 23),
                      day = random_field(random, 1, 31), month = random_field(random, 1, 12),
                      weekday = random_field(random, 0, 6);
    const std::string text = minute.text + " " + hour.text + " " + day.text + " " + month.text + " " + weekday.text;
    const auto pattern = CronPattern::parse(text);
    ASSERT_TRUE(pattern) << text;
    const auto all = [](const RandomField& field, unsigned from) {
      for (std::size_t i = from; i < field.values.size(); ++i)
        if (!field.values[i]) return false;
      return true;
    };
    const bool any_day = all(day, 1), any_weekday = all(weekday, 0);
    const std::int64_t start = 1'700'000'000 + static_cast<std::int64_t>(random.below(400'000'000));
    std::int64_t expected = -1;
    for (std::int64_t t = (start / 60 + 1) * 60; t < start + 45 * 86'400; t += 60) {
      using namespace std::chrono;
      const auto midnight = local_days(days(t / 86'400));
      const year_month_day date(midnight);
      const bool by_day = day.values[static_cast<unsigned>(date.day())];
      const bool by_weekday = weekday.values[std::chrono::weekday(midnight).c_encoding()];
      const bool fits = any_day || any_weekday ? by_day && by_weekday : by_day || by_weekday;
      if (!month.values[static_cast<unsigned>(date.month())] || !fits) {
        t = (t / 86'400 + 1) * 86'400 - 60;
        continue;
      }
      if (!hour.values[static_cast<std::size_t>(t / 3600 % 24)] || !minute.values[static_cast<std::size_t>(t / 60 % 60)])
        continue;
      expected = t;
      break;
    }
    const auto found = pattern->next(start);
    if (expected >= 0) {
      ASSERT_EQ(found, expected) << text << " after " << start;
    } else {
      ASSERT_TRUE(!found || *found >= start + 45 * 86'400 - 60) << text << " after " << start;
    }
  }
}

TEST(Zone, ClocksGoForwardAndBack) {
  // Vienna: 2027-03-28 02:00 → 03:00 and 2026-10-25 03:00 → 02:00.
  EXPECT_EQ(next("0 3 * * *", "2026-11-21 00:00:00", "Europe/Vienna"), "2026-11-21 02:00:00");
  EXPECT_EQ(next("30 2 * * *", "2027-03-27 12:00:00", "Europe/Vienna"), "2027-03-28 01:00:00") << "at the gap's end";
  EXPECT_EQ(next("30 2 * * *", "2027-03-28 01:00:00", "Europe/Vienna"), "2027-03-29 00:30:00") << "once";
  EXPECT_EQ(next("30 2 * * *", "2026-10-24 12:00:00", "Europe/Vienna"), "2026-10-25 00:30:00") << "the first of two";
  EXPECT_EQ(next("30 2 * * *", "2026-10-25 00:30:00", "Europe/Vienna"), "2026-10-26 01:30:00") << "once";
  EXPECT_EQ(next("30 2 * * *", "2026-10-25 01:10:00", "Europe/Vienna"), "2026-10-26 01:30:00")
      << "asked in the second of the equal hours";
  EXPECT_EQ(next("*/30 * * * *", "2026-10-25 00:30:00", "Europe/Vienna"), "2026-10-25 01:00:00") << "elapsed time";
  EXPECT_EQ(next("*/30 * * * *", "2026-10-25 01:00:00", "Europe/Vienna"), "2026-10-25 01:30:00");
  EXPECT_EQ(next("*/30 * * * *", "2027-03-28 00:30:00", "Europe/Vienna"), "2027-03-28 01:00:00");
  EXPECT_EQ(next("0 12 1 7 *", "2090-01-01 00:00:00", "Europe/Vienna"), "2090-07-01 10:00:00") << "by the rule";
  EXPECT_EQ(next("0 0 1 1 *", "2060-06-01 00:00:00", "Asia/Kolkata"), "2060-12-31 18:30:00");
}

TEST(Zone, RefusesBrokenFiles) {
  EXPECT_FALSE(Zone::parse(""));
  EXPECT_FALSE(Zone::parse("TZif"));
  EXPECT_FALSE(Zone::parse(std::string("TZif2") + std::string(39, '\xff')));
  EXPECT_FALSE(Zone::parse(std::string("TZif2") + std::string(39, '\0') + "TZif2" + std::string(39, '\0') + "\nX\n"));
}

}  // namespace
}  // namespace foehn::triggers
