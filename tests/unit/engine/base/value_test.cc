// Goal: Value keeps insertion order, compares without it, and is written as Python and JSON write it.
// Method: literal cases, and a model test of OrderedMap against std::map plus an order list.
#include "engine/base/value.h"

#include <gtest/gtest.h>

#include "engine/base/limits.h"
#include "engine/base/prng.h"

namespace foehn {
namespace {

TEST(Value, KeepsInsertionOrder) {
  const Value value = *parse_json(R"({"z": 1, "a": {"y": 2, "b": 3}})");
  EXPECT_EQ(to_json(value), R"({"z":1,"a":{"y":2,"b":3}})");
}

TEST(Value, EqualityIgnoresOrder) {
  EXPECT_EQ(*parse_json(R"({"a":1,"b":2})"), *parse_json(R"({"b":2,"a":1})"));
  EXPECT_NE(*parse_json(R"({"a":1,"b":2})"), *parse_json(R"({"b":2,"a":3})"));
  EXPECT_NE(*parse_json(R"({"a":1})"), *parse_json(R"({"a":1,"b":2})"));
}

TEST(Value, PythonTexts) {
  const Value value = *parse_json(R"({"a": [1, 2.0, null, true, "it's"], "b": "é\n"})");
  EXPECT_EQ(to_python_json(value), R"({"a": [1, 2.0, null, true, "it's"], "b": "\u00e9\n"})");
  EXPECT_EQ(to_python_repr(value), R"({'a': [1, 2.0, None, True, "it's"], 'b': 'é\n'})");
  EXPECT_EQ(to_python_str(Value("plain")), "plain");
  EXPECT_EQ(to_python_repr(Value(1e16)), "1e+16");
  EXPECT_EQ(to_python_repr(Value(0.1)), "0.1");
}

TEST(Value, ParseErrorsAreResultsNotExceptions) {
  for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "nul", "\"\xff\"", "1e999x"}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(parsed.error().message.rfind("invalid JSON: ", 0), 0u) << parsed.error().message;
  }
}

TEST(Value, HostileNestingIsRefusedBeforeItIsBuilt) {
  const std::string deep(1'000'000, '[');
  const auto parsed = parse_json(deep);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "JSON is nested deeper than 200 levels");
}

TEST(Value, Truthiness) {
  for (const char* text : {"null", "false", "0", "0.0", "\"\"", "[]", "{}"}) EXPECT_FALSE(is_truthy(*parse_json(text))) << text;
  for (const char* text : {"true", "1", "-0.5", "\"0\"", "[0]", "{\"a\":0}"}) EXPECT_TRUE(is_truthy(*parse_json(text))) << text;
}

TEST(Value, MergeAndPatch) {
  Value left = *parse_json(R"({"a": {"x": 1}, "b": 1})");
  merge_into(left, *parse_json(R"({"a": {"y": 2}, "b": {"c": 1}})"));
  EXPECT_EQ(left, *parse_json(R"({"a": {"x": 1, "y": 2}, "b": {"c": 1}})"));
  apply_merge_patch(left, *parse_json(R"({"a": null, "b": {"c": null, "d": 2}})"));
  EXPECT_EQ(left, *parse_json(R"({"b": {"d": 2}})"));
}

TEST(OrderedMap, AgreesWithAModelThroughGrowthAndErase) {
  Prng prng(7);
  Value::object_t map;
  std::map<std::string, int> model;
  std::vector<std::string> order;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "k" + std::to_string(prng.below(300));
    if (prng.chance(80)) {
      const bool added = map.emplace(key, i).second;
      EXPECT_EQ(added, model.emplace(key, i).second);
      if (added) order.push_back(key);
    } else {
      EXPECT_EQ(map.erase(key), model.erase(key));
      std::erase(order, key);
    }
    ASSERT_EQ(map.size(), model.size());
    const auto found = map.find(key);
    ASSERT_EQ(found != map.end(), model.count(key) == 1);
    if (found != map.end()) { ASSERT_EQ(found->second.get<int>(), model[key]); }
  }
  std::vector<std::string> seen;
  for (const auto& [key, value] : map) seen.push_back(key);
  EXPECT_EQ(seen, order);
}

}  // namespace
}  // namespace foehn
