// Goal: this server answers as a real Mistral 15 did. Method: testdata/mistral_exchanges.jsonl holds exchanges recorded
// from one (long validator texts are cut at "…"); each request is repeated here in order and status and body are
// compared. Ids are matched up by first appearance, times only by form. Every difference that is left must stand, with
// our value and its reason, in testdata/differences.md, and nothing else may stand there.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

constexpr char kFolder[] = "tests/unit/api/rest/testdata/";
const std::regex kUuid("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
const std::regex kTime("[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}");

// Recorded ids and ours.
class Ids {
 public:
  // `recorded` with our ids; ids met for the first time are paired with those of `ours` by position.
  std::string translate(const std::string& recorded, const std::string& ours) {
    std::sregex_iterator mine(ours.begin(), ours.end(), kUuid);
    for (std::sregex_iterator at(recorded.begin(), recorded.end(), kUuid), end; at != end && mine != end;
         ++at, ++mine)
      ids_.emplace(at->str(), mine->str());
    return translate(recorded);
  }
  std::string translate(const std::string& recorded) const {
    std::string text;
    std::size_t done = 0;
    for (std::sregex_iterator at(recorded.begin(), recorded.end(), kUuid), end; at != end; ++at) {
      const auto found = ids_.find(at->str());
      text += recorded.substr(done, static_cast<std::size_t>(at->position()) - done);
      text += found == ids_.end() ? at->str() : found->second;
      done = static_cast<std::size_t>(at->position() + at->length());
    }
    return text + recorded.substr(done);
  }

 private:
  std::map<std::string, std::string> ids_;
};

class Comparison {
 public:
  explicit Comparison(Ids& ids) : ids_(ids) {}

  void compare(const std::string& path, const Value& recorded, const Value& ours) {
    if (recorded.is_string() && ours.is_string()) return compare_texts(path, recorded, ours);
    if (recorded.is_object() && ours.is_object()) {
      for (const auto& [key, value] : recorded.items()) {
        const Value* found = find(ours, key);
        if (found) {
          compare(path + "." + key, value, *found);
        } else {
          note(path + ".-" + key, value, Value());
        }
      }
      for (const auto& [key, value] : ours.items())
        if (!find(recorded, key)) note(path + ".+" + key, Value(), value);
      return;
    }
    if (recorded.is_array() && ours.is_array() && recorded.size() == ours.size()) {
      for (std::size_t i = 0; i < recorded.size(); ++i)
        compare(path + "[" + std::to_string(i) + "]", recorded[i], ours[i]);
      return;
    }
    if (recorded != ours) note(path, recorded, ours);
  }
  void note(const std::string& path, const Value& recorded, const Value& ours) {
    found_[path] = {to_json(recorded), to_json(ours)};
  }
  struct Texts {
    std::string recorded, ours;  // JSON
  };
  const std::map<std::string, Texts>& found() const { return found_; }

 private:
  static bool is_json_text(const std::string& text) {
    return text.starts_with("{") || text.starts_with("[");
  }
  void compare_texts(const std::string& path, const std::string& recorded, const std::string& ours) {
    if (is_json_text(recorded) && is_json_text(ours)) {
      const auto left = parse_json(recorded), right = parse_json(ours);
      if (left && right) return compare(path, *left, *right);
    }
    const std::string expected = std::regex_replace(ids_.translate(recorded, ours), kTime, "<time>");
    const std::string actual = std::regex_replace(ours, kTime, "<time>");
    constexpr std::string_view kCut = "…";
    if (expected.ends_with(kCut) && actual.starts_with(expected.substr(0, expected.size() - kCut.size()))) return;
    if (expected == actual) return;
    // Our diagnostics follow Mistral's text.
    const bool extended = actual.starts_with(expected + "\n\n");
    note(extended ? path + ".+rendered" : path, expected, actual);
  }

  Ids& ids_;
  std::map<std::string, Texts> found_;
};

std::string read_text(const std::string& name) {
  std::ifstream file(kFolder + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A line "* `path` in `exchange` is `value`: reason". The value is our JSON, in which any id is <id> and any time <time>.
struct Difference {
  std::string exchange, path, value;
};

// The exchange `everywhere` stands for all, its path for a field of that name and its value for a form: what Mistral's
// answers never have.
std::vector<Difference> documented() {
  std::vector<Difference> rows;
  std::stringstream lines(read_text("differences.md"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("* ")) continue;
    constexpr std::string_view kIn = "` in `", kIs = "` is `", kWhy = "`: ";
    const std::size_t in = line.find(kIn), is = line.find(kIs, in), why = line.rfind(kWhy);
    if (!line.starts_with("* `") || why == std::string::npos || is == std::string::npos || is + kIs.size() > why) {
      ADD_FAILURE() << "differences.md: a line is * `path` in `exchange` is `value`: reason, not " << line;
      continue;
    }
    const std::size_t exchange = in + kIn.size(), value = is + kIs.size();
    rows.push_back({line.substr(exchange, is - exchange), line.substr(3, in - 3), line.substr(value, why - value)});
  }
  return rows;
}

std::string in_general(const std::string& json) {
  return std::regex_replace(std::regex_replace(json, kUuid, "<id>"), kTime, "<time>");
}

bool has_form(const std::string& form, const std::string& json) {
  if (form == "a checksum") return std::regex_match(json, std::regex("\"[0-9a-f]{32}\""));
  if (form == "diagnostics") return json.starts_with(R"([{"code":")");
  return form == "a text with a caret" && json.find("^") != std::string::npos;
}

bool describes(const Difference& row, const std::string& exchange, const std::string& path, const std::string& ours) {
  if (row.exchange == "everywhere") return path.ends_with("." + row.path) && has_form(row.value, ours);
  return row.exchange == exchange && row.path == path && row.value == in_general(ours);
}

// A start is repeated with the recorded id, so that ids derived from it are the same in every run of this test.
std::string with_recorded_id(const Value& exchange, const Ids& ids) {
  const std::string body = ids.translate(text_or(exchange, "body"));
  const Value* response = find(exchange, "response");
  if (text_or(exchange, "method") != "POST" || text_or(exchange, "target") != "/v2/executions" ||
      exchange["status"] != 201)
    return body;
  auto parsed = parse_json(body);
  if (!parsed) return body;
  (*parsed)["id"] = text_or(*response, "id");
  return to_json(*parsed);
}

TEST(ReplayTest, AnswersAsRecordedFromMistral) {
  Harness harness;
  Ids ids;
  const std::vector<Difference> known = documented();
  std::vector<bool> seen(known.size());
  std::stringstream lines(read_text("mistral_exchanges.jsonl"));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto exchange = parse_json(line);
    ASSERT_TRUE(exchange) << line;
    const std::string name = text_or(*exchange, "name");
    const http::Response response =
        harness.ask(text_or(*exchange, "method"), ids.translate(text_or(*exchange, "target")),
                    with_recorded_id(*exchange, ids), text_or(*exchange, "content_type"));
    Comparison comparison(ids);
    const Value& status = (*exchange)["status"];
    const Value& recorded = (*exchange)["response"];
    const auto parsed = parse_json(response.body);
    const Value ours = parsed ? *parsed : Value();
    if (status != response.status) {
      // One of them is an error: field by field says nothing.
      comparison.note("status", status, response.status);
      comparison.note("$", recorded, ours);
    } else if (!recorded.is_null()) {
      comparison.compare("$", recorded, ours);
    }
    for (const auto& [path, texts] : comparison.found()) {
      const auto row = std::find_if(known.begin(), known.end(), [&](const Difference& one) {
        return describes(one, name, path, texts.ours);
      });
      if (row != known.end()) {
        seen[static_cast<std::size_t>(row - known.begin())] = true;
      } else {
        ADD_FAILURE() << "recorded " << texts.recorded << "\n* `" << path << "` in `" << name << "` is `"
                      << in_general(texts.ours) << "`: …";
      }
    }
  }
  EXPECT_EQ(count, 195);
  for (std::size_t i = 0; i < known.size(); ++i)
    EXPECT_TRUE(seen[i]) << "not a difference any more: `" << known[i].path << "` in `" << known[i].exchange << "`";
}

}  // namespace
}  // namespace foehn::test
