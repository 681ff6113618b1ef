// Goal: YAQL gives what the real YAQL gives. Method: yaql_cases.jsonl holds the results of yaql 2.0 for every line of
// yaql_inputs.txt (made by yaql_oracle.py); every value must be equal, every failure must be a failure of the same
// kind.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "dsl/expr/template.h"
#include "dsl/expr/yaql/ast.h"
#include "dsl/expr/yaql/eval.h"
#include "dsl/expr/yaql/parser.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace foehn {
namespace {

struct Outcome {
  bool syntax = false;
  Result<Value> value = Value();
};

Outcome run(const std::string& expression, const Value& data) {
  const auto parsed = yaql::parse(expression);
  if (!parsed) return {true, Value(parsed.error().message)};
  test::FakeScope scope(data);
  scope.reply("now", 1'700'000'000'000'000);
  expr::Evaluation evaluation(scope, dsl::Budget{});
  return {false, expr::to_value(evaluation, yaql::evaluate(evaluation, **parsed))};
}

// 1 and 1.0 are different results, 1 and true too.
bool identical(const Value& a, const Value& b) {
  return a == b && to_python_json(a).size() == to_python_json(b).size();
}

// Where we deliberately give a value though YAQL fails, for a reason that is an accident of its Python.
const std::set<std::string> kMoreLenient = {"$.b.items()", "$.b.d.items()"};

TEST(YaqlOracle, SameResultsAsYaql) {
  std::ifstream file("tests/unit/dsl/expr/yaql_cases.jsonl");
  ASSERT_TRUE(file.is_open());
  std::size_t count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const Value row = *parse_json(line);
    const auto expression = row["expression"].get<std::string>();
    const Outcome outcome = run(expression, row["data"]);
    if (row.contains("syntax")) {
      EXPECT_TRUE(outcome.syntax) << expression << " should not parse: " << row["syntax"];
      continue;
    }
    if (row.contains("error")) {
      const bool ok = !outcome.syntax && (!outcome.value || kMoreLenient.contains(expression));
      EXPECT_TRUE(ok) << expression << "\n  gives    " << (outcome.value ? to_json(*outcome.value) : "")
                      << (outcome.syntax ? " (syntax)" : "") << "\n  not error " << row["error"];
      continue;
    }
    ASSERT_FALSE(outcome.syntax) << expression << "\n  " << to_json(*outcome.value);
    if (!outcome.value) {
      ADD_FAILURE() << expression << "\n  fails    " << outcome.value.error().message << "\n  expected "
                    << to_json(row["value"]);
      continue;
    }
    EXPECT_TRUE(identical(*outcome.value, row["value"]))
        << expression << "\n  gives    " << to_json(*outcome.value) << "\n  expected " << to_json(row["value"]);
  }
  EXPECT_GE(count, 400u);
}

TEST(YaqlText, PrintedExpressionsParseToTheSameTree) {
  std::ifstream file("tests/unit/dsl/expr/yaql_cases.jsonl");
  for (std::string line; std::getline(file, line);) {
    const auto expression = (*parse_json(line))["expression"].get<std::string>();
    const auto first = yaql::parse(expression);
    if (!first) continue;
    const std::string printed = yaql::to_text(**first);
    const auto second = yaql::parse(printed);
    ASSERT_TRUE(second) << expression << " → " << printed << ": " << second.error().message;
    EXPECT_TRUE(yaql::equal(**first, **second)) << expression << " → " << printed;
  }
}

}  // namespace
}  // namespace foehn
