// Differences in words: each line names the place, what was expected and what was got.
#include "engine/scenario/compare.h"

#include <gtest/gtest.h>

namespace foehn::scenario {
namespace {

std::vector<std::string> differences(const char* expected, const char* actual, bool subset = false) {
  std::vector<std::string> lines;
  compare_values("output", *parse_json(expected), *parse_json(actual), subset, lines);
  return lines;
}
using Lines = std::vector<std::string>;

TEST(Compare, SaysNothingOfEqualValues) {
  EXPECT_EQ(differences(R"({"a": [1, {"b": null}], "c": "x"})", R"({"c": "x", "a": [1, {"b": null}]})"), Lines{});
}

TEST(Compare, NamesThePlaceOfEachDifference) {
  EXPECT_EQ(differences(R"({"a": {"b": 1}, "list": [1, 2], "gone": 0, "two words": "x"})",
                        R"({"a": {"b": 2}, "list": [1, 3, 4], "more": true, "two words": 1})"),
            (Lines{"output.a.b: expected 1, got 2", "output.list: expected 2 elements, got 3: [1,3,4]",
                   "output.list[1]: expected 2, got 3", "output.gone: expected 0, is missing",
                   "output[\"two words\"]: expected \"x\", got 1", "output.more: not expected, is true"}));
}

TEST(Compare, LeavesOutWhatASubsetDoesNotName) {
  EXPECT_EQ(differences(R"({"a": {"b": 1}})", R"({"a": {"b": 1, "c": 2}, "d": 3})", true), Lines{});
  EXPECT_EQ(differences(R"({"a": {"b": 1}})", R"({"a": {"b": 2, "c": 2}})", true),
            (Lines{"output.a.b: expected 1, got 2"}));
}

TEST(Compare, StopsAfterManyLines) {
  Value expected = Value::object();
  for (int i = 0; i < 100; ++i) expected["k" + std::to_string(i)] = i;
  Lines lines;
  compare_values("x", expected, Value::object(), false, lines);
  EXPECT_EQ(lines.size(), kDifferencesMax);
}

TEST(Compare, CutsLongValues) {
  const std::string text = shown(Value(std::string(1'000, 'x')));
  EXPECT_EQ(text, "\"" + std::string(299, 'x') + "… (1002 bytes)");
}

TEST(Compare, SearchesTextsForParts) {
  Lines lines;
  compare_text_has("state_info", Value::array({"bad", "gone"}), "a bad thing", lines);
  EXPECT_EQ(lines, (Lines{"state_info: expected to have \"gone\", is \"a bad thing\""}));
}

TEST(Compare, AllowsOthersInBetweenAnOrder) {
  Lines lines;
  compare_order(Value::array({"a", "c"}), {"a", "b", "c"}, lines);
  EXPECT_EQ(lines, Lines{});
  compare_order(Value::array({"c", "a"}), {"a", "b", "c"}, lines);
  compare_order(Value::array({"x"}), {"a"}, lines);
  EXPECT_EQ(lines, (Lines{"order: 'a' started too early; tasks started: a, b, c",
                          "order: 'x' never started; tasks started: a"}));
}

}  // namespace
}  // namespace foehn::scenario
