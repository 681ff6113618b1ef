// Goal: reading parts of long texts costs what is read, not what lies before it, and gives the same.
// Method: TextIndex against the plain slice() on seeded random texts; loops over a text of megabytes within one budget.
#include "dsl/expr/text_index.h"

#include <gtest/gtest.h>

#include "dsl/expr/template.h"
#include "dsl/expr/text.h"
#include "engine/base/prng.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace foehn {
namespace {

TEST(TextIndex, SlicesAsThePlainFunctionDoes) {
  Prng random(7);
  for (int round = 0; round < 40; ++round) {
    std::string text;
    const std::uint64_t size = random.below(3'000);
    const bool ascii = round % 3 == 0;
    for (std::uint64_t i = 0; i < size; ++i)
      expr::append_point(text, static_cast<char32_t>(ascii ? 'a' + random.below(20) : 1 + random.below(0xD000)));
    const expr::TextIndex index(text);
    EXPECT_EQ(index.points(), size);
    for (int i = 0; i < 200; ++i) {
      const auto place = [&] { return static_cast<std::int64_t>(random.below(2 * size + 10) - size); };
      const std::int64_t start = place();
      const std::int64_t end = place();
      ASSERT_EQ(index.slice(start, end), expr::slice(text, start, end)) << size << " " << start << " " << end;
    }
  }
}

std::string evaluated(const std::string& text) {
  Diagnostics diagnostics;
  const dsl::Template made = dsl::Template::compile(Value(text), {1, 1}, diagnostics);
  const auto value = made.evaluate(test::FakeScope(Value::object()));
  return value ? value->is_string() ? value->get<std::string>() : to_json(*value) : value.error().message;
}

TEST(TextIndex, LoopsOverLongTextsFitIntoTheBudget) {
  for (const std::string letter : {"a", "ä"}) {
    const std::string set = "{% set t = '" + letter + "' * 1500000 ~ 'z' %}";
    EXPECT_EQ(evaluated(set + "{% for i in range(50000) %}{{ t[-1] }}{% endfor %}"), std::string(50'000, 'z'));
    EXPECT_EQ(evaluated(set + "{% for i in range(2) %}{{ t[1499998:][1:] }}{% endfor %}"), letter + "z" + letter + "z");
    const std::string let = "let(t => '" + letter + "' * 1500000 + z) -> ";
    EXPECT_EQ(evaluated("<% " + let + "range(9).select($t.substring(-1)).distinct().toList() %>"), "[\"z\"]");
  }
}

}  // namespace
}  // namespace foehn
