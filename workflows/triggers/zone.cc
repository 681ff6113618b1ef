#include "workflows/triggers/zone.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "engine/base/limits.h"

namespace foehn::triggers {
namespace {

constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
constexpr char kDatabase[] = "/usr/share/zoneinfo/";
constexpr int kRuleYearLast = 2200;  // the rule in the footer is written out as transitions until then

// Big-endian numbers out of the file, all bounds checked.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::int64_t number(std::size_t size) {
    const std::string_view taken = take(size);
    if (taken.empty()) return 0;
    std::uint64_t value = (static_cast<unsigned char>(taken[0]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (const char c : taken) value = value << 8 | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
  }
  std::string_view rest() const { return rest_; }
  bool failed() const { return failed_; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// The counts of a header, RFC 8536 §3.1.
struct Header {
  std::size_t utc_count, standard_count, leap_count, time_count, type_count, char_count;
  std::size_t body_bytes(std::size_t time_bytes) const {
    return time_count * (time_bytes + 1) + type_count * 6 + char_count + leap_count * (time_bytes + 4) +
           standard_count + utc_count;
  }
};

std::optional<Header> read_header(Bytes& bytes, char& version) {
  const std::string_view magic = bytes.take(4);
  const std::string_view kind = bytes.take(1);
  bytes.take(15);
  std::array<std::size_t, 6> counts{};
  for (std::size_t& count : counts) {
    const std::int64_t number = bytes.number(4);
    if (number < 0 || number > 100'000) return std::nullopt;
    count = static_cast<std::size_t>(number);
  }
  if (bytes.failed() || magic != "TZif") return std::nullopt;
  version = kind[0];
  return Header{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
}

struct Change {
  std::int64_t at;
  std::int64_t offset;
};

// "CET-1CEST,M3.5.0,M10.5.0/3": the rule for all times after the table (POSIX.1-2017 §8.3, with RFC 8536's hours).
class Rule {
 public:
  struct Date {
    char form = 'M';  // 'M' month.week.day, 'J' day without 29 February, 'n' day of the year from 0
    int month = 0, week = 0, day = 0;
    std::int64_t time = 7200;
  };

  static std::optional<Rule> parse(std::string_view text) {
    Rule rule;
    Reader reader{text};
    if (!reader.name() || !reader.seconds(rule.standard_)) return std::nullopt;
    rule.standard_ = -rule.standard_;
    rule.summer_ = rule.standard_;
    if (reader.text.empty()) return rule;
    rule.changes_ = true;
    rule.summer_ = rule.standard_ + 3600;
    if (!reader.name()) return std::nullopt;
    if (!reader.text.starts_with(',')) {
      if (!reader.seconds(rule.summer_)) return std::nullopt;
      rule.summer_ = -rule.summer_;
    }
    if (!reader.date(rule.begin_) || !reader.date(rule.end_) || !reader.text.empty()) return std::nullopt;
    return rule;
  }

  std::int64_t standard() const { return standard_; }
  // The year's changes in order.
  std::vector<Change> changes(int year) const {
    if (!changes_) return {};
    std::vector<Change> both{{day_of(begin_, year) * 86'400 + begin_.time - standard_, summer_},
                             {day_of(end_, year) * 86'400 + end_.time - summer_, standard_}};
    if (both[1].at < both[0].at) std::swap(both[0], both[1]);
    return both;
  }

 private:
  struct Reader {
    std::string_view text;
    bool name() {
      std::size_t length = 0;
      if (text.starts_with('<')) {
        length = text.find('>') + 1;  // npos + 1 = 0
      } else {
        while (length < text.size() && std::isalpha(static_cast<unsigned char>(text[length])) != 0) ++length;
      }
      text.remove_prefix(length);
      return length > 0;
    }
    std::optional<int> number() {
      int value = 0;
      std::size_t length = 0;
      while (length < text.size() && length < 4 && std::isdigit(static_cast<unsigned char>(text[length])) != 0)
        value = value * 10 + (text[length++] - '0');
      text.remove_prefix(length);
      return length > 0 ? std::optional(value) : std::nullopt;
    }
    bool skip(char c) {
      if (!text.starts_with(c)) return false;
      text.remove_prefix(1);
      return true;
    }
    bool seconds(std::int64_t& out) {
      const bool negative = skip('-');
      if (!negative) skip('+');
      out = 0;
      std::int64_t unit = 3600;
      do {
        const auto part = number();
        if (!part) return false;
        out += *part * unit;
        unit /= 60;
      } while (unit > 0 && skip(':'));
      if (negative) out = -out;
      return true;
    }
    bool date(Date& out) {
      if (!skip(',')) return false;
      if (skip('M')) {
        const auto month = number();
        const auto week = skip('.') ? number() : std::nullopt;
        const auto day = skip('.') ? number() : std::nullopt;
        if (!month || !week || !day || *month < 1 || *month > 12 || *week < 1 || *week > 5 || *day > 6) return false;
        out.month = *month;
        out.week = *week;
        out.day = *day;
      } else {
        out.form = skip('J') ? 'J' : 'n';
        const auto day = number();
        if (!day) return false;
        out.day = *day;
      }
      return !skip('/') || seconds(out.time);
    }
  };

  static std::int64_t day_of(const Date& date, int year_number) {
    using namespace std::chrono;
    const year y(year_number);
    const auto first = local_days(y / 1 / 1).time_since_epoch().count();
    if (date.form == 'n') return first + date.day;
    if (date.form == 'J') return first + date.day - 1 + (y.is_leap() && date.day >= 60 ? 1 : 0);
    const auto month_number = month(static_cast<unsigned>(date.month));
    const weekday day(static_cast<unsigned>(date.day));
    if (date.week == 5) return local_days(y / month_number / day[last]).time_since_epoch().count();
    return local_days(y / month_number / day[static_cast<unsigned>(date.week)]).time_since_epoch().count();
  }

  std::int64_t standard_ = 0, summer_ = 0;
  bool changes_ = false;
  Date begin_, end_;
};

int year_of(std::int64_t utc) {
  using namespace std::chrono;
  return static_cast<int>(year_month_day(floor<days>(local_seconds(seconds(utc)))).year());
}

struct Table {
  std::int64_t first_offset = 0;
  std::vector<Change> changes;
};

std::optional<Table> read_table(Bytes& bytes, const Header& header) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < header.time_count; ++i) times.push_back(bytes.number(8));
  const std::string_view kinds = bytes.take(header.time_count);
  std::vector<std::int64_t> offsets;
  for (std::size_t i = 0; i < header.type_count; ++i) {
    offsets.push_back(bytes.number(4));
    bytes.take(2);
  }
  bytes.take(header.char_count + header.leap_count * 12 + header.standard_count + header.utc_count);
  if (bytes.failed() || offsets.empty()) return std::nullopt;
  Table table{offsets.front(), {}};
  for (std::size_t i = 0; i < times.size(); ++i) {
    const std::size_t kind = static_cast<unsigned char>(kinds[i]);
    if (kind >= offsets.size() || (i > 0 && times[i] <= times[i - 1])) return std::nullopt;
    table.changes.push_back({times[i], offsets[kind]});
  }
  return table;
}

bool extend(Table& table, std::string_view footer) {
  if (footer.empty()) return true;
  const auto rule = Rule::parse(footer);
  if (!rule) return false;
  if (table.changes.empty()) table.first_offset = rule->standard();
  const std::int64_t last = table.changes.empty() ? 0 : table.changes.back().at;
  for (int year = year_of(std::clamp<std::int64_t>(last, 0, 4'000'000'000)); year <= kRuleYearLast; ++year)
    for (const Change& change : rule->changes(year))
      if (table.changes.empty() || change.at > table.changes.back().at) table.changes.push_back(change);
  return true;
}

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > 100 || name.front() == '/') return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
  });
}

}  // namespace

std::shared_ptr<const Zone> Zone::utc() {
  auto zone = std::make_shared<Zone>();
  zone->periods_.push_back({kEver, kForever, 0});
  return zone;
}

Result<std::shared_ptr<const Zone>> Zone::parse(std::string_view text) {
  const auto bad = fail(ErrorCode::kInvalidArgument, "not a time zone file");
  Bytes bytes(text);
  char version = 0;
  const auto old = read_header(bytes, version);
  if (!old || version < '2') return bad;  // version 1 ends in 2038 and is not made any more
  bytes.take(old->body_bytes(4));
  const auto header = read_header(bytes, version);
  if (!header) return bad;
  auto table = read_table(bytes, *header);
  if (!table) return bad;
  std::string_view footer = bytes.rest();
  if (!footer.starts_with('\n')) return bad;
  footer.remove_prefix(1);
  if (!extend(*table, footer.substr(0, footer.find('\n')))) return bad;
  auto zone = std::make_shared<Zone>();
  Period period{kEver, kForever, table->first_offset};
  for (const Change& change : table->changes) {
    if (change.offset == period.offset) continue;
    period.end = change.at;
    zone->periods_.push_back(period);
    period = {change.at, kForever, change.offset};
  }
  zone->periods_.push_back(period);
  return std::shared_ptr<const Zone>(std::move(zone));
}

Result<std::shared_ptr<const Zone>> Zone::load(std::string_view name) {
  if (name.empty() || name == "UTC") return utc();
  const auto unknown = fail(ErrorCode::kInvalidArgument, "There is no time zone '" + std::string(name) +
                                                             "'. Zones are named as in Europe/Vienna.");
  if (!is_name(name)) return unknown;
  std::ifstream file(kDatabase + std::string(name), std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  auto zone = parse(text.str());
  if (!zone) return unknown;
  return zone;
}

Zone::Period Zone::at(std::int64_t utc) const {
  const auto found = std::upper_bound(periods_.begin(), periods_.end(), utc,
                                      [](std::int64_t time, const Period& period) { return time < period.end; });
  return found == periods_.end() ? periods_.back() : *found;
}

}  // namespace foehn::triggers
