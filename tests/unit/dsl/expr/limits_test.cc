// Goal: no expression, however large, deep or random, crashes, hangs or eats memory; it ends with a clean error.
// Method: the known bombs with their whole error texts, and seeded random token soup for both languages.
#include <gtest/gtest.h>

#include <array>

#include "dsl/expr/template.h"
#include "dsl/expr/text.h"
#include "engine/base/prng.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace foehn {
namespace {

using dsl::Template;
using test::FakeScope;

std::string failure_of(const std::string& text, const Value& data = Value::object()) {
  Diagnostics diagnostics;
  const Template made = Template::compile(Value(text), {1, 1}, diagnostics);
  const auto value = made.evaluate(FakeScope(data));
  return value ? "value " + to_json(*value).substr(0, 100) : value.error().message;
}

// The message of `language` for `expression`, which ran out of something at this column.
std::string ran_out(const std::string& language, const std::string& expression, std::string_view reason,
                    std::size_t column) {
  return "Can not evaluate " + language + " expression [expression=" + expression + ", error=" + std::string(reason) +
         ", at column " + std::to_string(column) + "]\n    " + expression + "\n    " + std::string(column - 1, ' ') + "^";
}

constexpr std::string_view kMemory = "the expression takes more than 64000000 bytes of memory";
constexpr std::string_view kSteps = "the expression takes more than 1000000 steps";

TEST(ExpressionLimits, MemoryBombsEndWithAnError) {
  for (const std::string bomb :
       {"[0] * 2000000000", "'ab' * 2000000000", "('ab' * 10000000) * 1000", "'a'.repeat(1000000000).toList()",
        "('a' * 1000000).replace('a', 'b' * 1000000)", "'{0:>9999}'.format(1) * 100000"}) {
    const std::string text = failure_of("<% " + bomb + " %>");
    EXPECT_TRUE(text.find(kMemory) != std::string::npos || text.find(kSteps) != std::string::npos)
        << bomb << ": " << text;
  }
  for (const auto& [bomb, column] : std::initializer_list<std::pair<std::string, std::size_t>>{
           {"[0] * 2000000000", 5}, {"'ab' * 2000000000", 6}, {"('a' * 1000000)|replace('a', 'b' * 1000000)", 17}})
    EXPECT_EQ(failure_of("{{ " + bomb + " }}"), ran_out("Jinja", bomb, kMemory, column));
}

TEST(ExpressionLimits, EndlessSequencesEndWithAnError) {
  for (const auto& [bomb, column] : std::initializer_list<std::pair<std::string, std::size_t>>{
           {"range(1000000000)", 1},
           {"range(1000000000).len()", 19},
           {"sequence().toList()", 12},
           {"sequence().where(false).first()", 12},
           {"[1].cycle().len()", 5},
           {"generate(0, true, $ + 1).last()", 21},
           {"range(2000).select(range(2000).sum())", 32},
           {"x.repeat().select($).toSet()", 22},
           {"sequence().sum()", 12},
           {"1000000000 in sequence(0, -1)", 12}})
    EXPECT_EQ(failure_of("<% " + bomb + " %>"), ran_out("YAQL", bomb, kSteps, column));
  EXPECT_EQ(failure_of("x{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}")
                    .find(kSteps) == std::string::npos,
            false);
}

TEST(ExpressionLimits, DeepNestingIsRefused) {
  const std::string deep = "the expression is nested deeper than 200 levels";
  for (const auto& [open, close] : {std::pair{"(", ")"}, {"[", "]"}, {"f(", ")"}, {"not ", ""}, {"- ", ""}}) {
    std::string yaql;
    std::string jinja;
    for (int i = 0; i < 5000; ++i) yaql += open;
    yaql += "1";
    for (int i = 0; i < 5000; ++i) yaql += close;
    jinja = "{{ " + yaql + " }}";
    EXPECT_NE(failure_of("<% " + yaql + " %>").find(deep), std::string::npos) << open;
    EXPECT_NE(failure_of(jinja).find(deep), std::string::npos) << open;
  }
  std::string sum = "1";
  for (int i = 0; i < 20'000; ++i) sum += "+ 1";
  EXPECT_NE(failure_of("<% " + sum + " %>").find(deep), std::string::npos);
  EXPECT_NE(failure_of("{{ " + sum + " }}").find(deep), std::string::npos);
  std::string ifs;
  for (int i = 0; i < 3000; ++i) ifs += "{% if a %}";
  EXPECT_NE(failure_of(ifs + "{{ 1 }}").find(deep), std::string::npos);
}

TEST(ExpressionLimits, RecursionAndNestedValuesAreBounded) {
  EXPECT_EQ(failure_of("<% def(f, f($ + 1)) -> f(1) %>"),
            ran_out("YAQL", "def(f, f($ + 1)) -> f(1)",
                    "the expression calls itself too deeply (more than 1000 levels)", 12));
  EXPECT_NE(failure_of("<% range(100000).aggregate([$1], []) %>").find("a value is nested deeper than 400 levels"),
            std::string::npos);
  EXPECT_NE(
      failure_of("<% range(100000).aggregate($1.select($), []) %>").find("a value is nested deeper than 400 levels"),
      std::string::npos);
  EXPECT_NE(failure_of("<% range(300).aggregate([$1], []) %>").find("the result is nested deeper than 200 levels"),
            std::string::npos);
}

// What is shared is small in memory and endless to look at; long texts are dear to every function.
TEST(ExpressionLimits, LookingAtValuesTakesSteps) {
  const std::string shared = "range(40).aggregate([$1, $1], [1])";
  const auto out_of_steps = [](const std::string& expression) {
    const std::string message = failure_of("<% " + expression + " %>");
    EXPECT_EQ(message.substr(0, message.find(", at column ")),
              "Can not evaluate YAQL expression [expression=" + expression + ", error=" + std::string(kSteps));
    EXPECT_TRUE(message.ends_with("^")) << message;
  };
  const std::string text = "let(s => ' ' * 3000000, t => ' ' * 3000000) -> range(100000).select(";
  for (const std::string& bomb : {shared + " = " + shared,
                                  "set(" + shared + ").len()",
                                  "[" + shared + "].distinct().len()",
                                  shared + " in [" + shared + "]",
                                  "[" + shared + "].indexOf(" + shared + ")",
                                  "[" + shared + ", 2].groupBy($).toList().len()",
                                  "{a => " + shared + "}.containsValue(" + shared + ")",
                                  text + "$s.trim()).toList().len()",
                                  text + "$s = $t).toList().len()",
                                  text + "x in $s).toList().len()",
                                  text + "$s.substring(5, 1)).toList().len()",
                                  std::string("range(100000).select(datetime('2020-01-02')).toList().len()")})
    out_of_steps(bomb);
  EXPECT_EQ(failure_of("<% range(10000).select(regex('a{1000}x' + str($))).len() %>"),
            ran_out("YAQL", "range(10000).select(regex('a{1000}x' + str($))).len()", kMemory, 21));
}

// Comparing and hashing take steps for all that they look at, also inside of what the context holds.
TEST(ExpressionLimits, ComparingDataOfTheContextTakesSteps) {
  Value rows = Value::array();
  for (int i = 0; i < 20'000; ++i) rows.push_back(Value{{"id", i}, {"name", "server-" + std::to_string(i)}});
  Value data = Value::object();
  data["rows"] = rows;
  rows.back()["id"] = 0;
  data["other"] = rows;
  const std::string let = "let(a => $.rows, b => $.other) -> ";
  for (const std::string bomb : {"range(1000).select([$a] = [$b]).toList()", "range(1000).select($a = $b).toList()",
                                 "range(1000).select(set([$a])).toList()", "range(1000).select([[$a]] != [[$b]]).toList()"})
    EXPECT_NE(failure_of("<% " + let + bomb + " %>", data).find(std::string(kSteps) + ", at column "), std::string::npos)
        << bomb;
  EXPECT_EQ(failure_of("<% " + let + "range(20000).select($a = [1]).distinct().toList() %>", data), "value [false]");
  EXPECT_EQ(failure_of("<% " + let + "$a = $b %>", data), "value false");
  EXPECT_EQ(failure_of("<% " + let + "[$a] = [$a] and set([$a]) = set([$a]) %>", data), "value true");
}

// RE2 is linear in the text, but each byte may take as long as the pattern is large: these took minutes.
TEST(ExpressionLimits, LargeRegularExpressionsOnLongTextsEndWithAnError) {
  for (const std::string bomb :
       {"regex('(?:[a-z]{0,100}){10}x').matches('abc' * 1000000)", "('abc' * 1000000).matches('(?:[a-z]{0,100}){10}x')",
        "regex('(?:[a-z]{0,100}){10}x').search('abc' * 1000000)",
        "regex('(?:[a-z]{0,100}){10}x').searchAll('abc' * 1000000)",
        "regex('(?:[a-z]{0,100}){10}x').split('abc' * 1000000)",
        "regex('(?:[a-z]{0,100}){10}x').replace('abc' * 1000000, '')",
        "('abc' * 1000000) =~ '(?:[a-z]{0,100}){10}x'", "range(1000).select(('abc' * 1000) =~ '(a|b|c){500}x').toList()",
        "('a' * 1000000) !~ 'a{1000}c'"})
    EXPECT_NE(failure_of("<% " + bomb + " %>").find(std::string(kSteps) + ", at column "), std::string::npos) << bomb;
}

TEST(ExpressionLimits, UsefulRegularExpressionsOnLongTextsWork) {
  std::string log;
  Value lines = Value::array();
  for (int i = 0; i < 10'000; ++i) {
    const std::string line = "2026-01-01T00:00:00.123 INFO [compute.manager] instance " + std::to_string(i) +
                             " of the group is up and answers since 12 ms";
    lines.push_back(line);
    log += line + "\n";
  }
  Value data = Value::object();
  data["log"] = log + "2026-01-01T00:00:01.5 ERROR [a.b] it failed after 77 ms";
  data["lines"] = lines;
  const std::string pattern =
      "regex('([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9:.]+) +(ERROR|WARN) +.([a-z.]+). +.*failed.*after ([0-9]+) ms')";
  EXPECT_EQ(failure_of("<% " + pattern + ".search($.log, $8.value) %>", data), "value \"77\"");
  EXPECT_EQ(failure_of("<% " + pattern + ".searchAll($.log).len() %>", data), "value 1");
  EXPECT_EQ(failure_of("<% let(p => " + pattern + ") -> $.lines.where($p.matches($)).len() %>", data), "value 0");
  // A pattern that is written as a text is compiled once.
  EXPECT_EQ(failure_of("<% $.lines.where($ =~ 'instance [0-9]+5 of').len() %>", data), "value 999");
  EXPECT_EQ(failure_of("<% $.lines.where($ !~ 'instance [0-9]+5 of').len() %>", data), "value 9001");
  EXPECT_EQ(failure_of("<% $.lines.where($.matches('ERROR|instance [0-9]*77 ')).len() %>", data), "value 100");
  EXPECT_EQ(failure_of("<% $.lines.where($.len() > 0 and $ =~ '^2026-.*(up|down)' and $ =~ 'is up').len() %>", data),
            "value 10000");
  EXPECT_EQ(failure_of("<% $.lines.select(regex('instance ([0-9]+)').search($, $2.value)).last() %>", data),
            "value \"9999\"");
}

// Ten thousand matches in a megabyte: what is between them is read once, not once for each.
TEST(ExpressionLimits, ManyMatchesInOneTextWork) {
  std::string row;
  std::string lines;
  for (int i = 0; i < 10'000; ++i) {
    const std::string line = "of the group " + std::to_string(i) + " it is said that <all> ä, " + std::string(70, '-');
    row += line;
    lines += line + "\n";
  }
  const Value data = {{"row", row}, {"lines", lines}};
  ASSERT_GT(row.size(), 1'000'000U);
  const auto size = [&](const std::string& expression) { return failure_of("<% " + expression + " %>", data); };
  const std::string plain = std::to_string(expr::count_points(row));
  // 38,890 digits are in the numbers below 10,000.
  const std::string shorter = std::to_string(expr::count_points(row) - 38'890 + 10'000);
  EXPECT_EQ(size("regex('[0-9]+').replace($.row, '#').len()"), "value " + shorter);
  EXPECT_EQ(size("regex('group ([0-9]+) it').replace($.row, 'group # it').len()"), "value " + shorter);
  EXPECT_EQ(size("regex('group ([0-9]+) it').replaceBy($.row, 'group # it').len()"), "value " + shorter);
  EXPECT_EQ(size("regex('[0-9]+').split($.row).len()"), "value 10001");
  EXPECT_EQ(size("regex('group [0-9]+').searchAll($.row).len()"), "value 10000");
  EXPECT_EQ(size("regex('<(\\w+)>').searchAll($.row, $2.start).last() < " + plain), "value true");
  // Alternatives that may be long are read to the end of their line at most.
  EXPECT_EQ(size("regex('group (?:[0-9]+ it|.*it)').searchAll($.lines).len()"), "value 10000");
  EXPECT_EQ(size("regex('(?:a(?:.*x)?)').searchAll($.lines).len() > 10000"), "value true");
}

// RE2 reads on behind each of these matches to see whether the longer one is there: a megabyte, a million times.
TEST(ExpressionLimits, MatchesThatLookFarAheadEndWithAnError) {
  for (const std::string pattern : {"a(?:.*x)?", "a|.*x", "(?:.*x|a)", "a(?:[ab]*x)*", "(?s)a(?:.*x)?", "(a|b.*x)*?a(?:.*x)?"})
    EXPECT_NE(failure_of("<% regex('" + pattern + "').searchAll('a' * 500000).len() %>").find(kSteps), std::string::npos)
        << pattern;
}

TEST(ExpressionLimits, LongRegularExpressionsAreRefused) {
  EXPECT_EQ(failure_of("<% 'x'.matches('(a|b)' * 20000) %>"),
            "Can not evaluate YAQL expression [expression='x'.matches('(a|b)' * 20000), error=a regular expression of "
            "100000 bytes; at most 65536 are allowed, at column 5]\n    'x'.matches('(a|b)' * 20000)\n        ^");
}

TEST(ExpressionLimits, LongTextsAreRefused) {
  EXPECT_EQ(failure_of("<% '" + std::string(100'000, 'x') + "' %>"), "The expression is longer than 100000 bytes.");
  EXPECT_EQ(failure_of("{{ '" + std::string(100'000, 'x') + "' }}"), "The expression is longer than 100000 bytes.");
}

// Random sequences of words; most do not parse, many evaluate to something.
template <std::size_t kCount>
void run_soup(const std::array<const char*, kCount>& words, const std::string& open, const std::string& close,
              std::uint64_t seed) {
  const Value data = *parse_json(R"({"a": [1, 2, {"b": null}], "b": {"c": "text", "d": 1.5}, "n": null, "s": "äb c"})");
  Prng random(seed);
  std::size_t parsed = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text = open;
    const std::size_t length = 1 + random.below(12);
    for (std::size_t at = 0; at < length; ++at) text += words[random.below(kCount)];
    text += close;
    Diagnostics diagnostics;
    const Template made = Template::compile(Value(text), {1, 1}, diagnostics);
    parsed += diagnostics.empty();
    const auto value = made.evaluate(FakeScope(data));
    EXPECT_EQ(value || !value.error().message.empty(), true) << text;
  }
  EXPECT_GT(parsed, 50u);
}

TEST(ExpressionSoup, RandomYaqlNeverCrashes) {
  run_soup(std::array{"$",    ".a",     ".b",          ".c",          "[0]",        "[",          "]",
                      "(",    ")",      " + ",         " - ",         " * ",        " and ",      " in ",
                      "1",    "'x'",    "abc",         "null",        ".where(",    ".select(",   "$.a",
                      "$.s",  ".len()", ".first()",    ", ",          " => ",       "{",          "}",
                      "let(", " -> ",   "range(3)",    ".sum()",      ".join(",     "regex('.')", ".split(",
                      " =~ ", "not ",   ".orderBy($)", ".groupBy($)", ".toDict($)", "?.b"},
           "<% ", " %>", 1);
}

TEST(ExpressionSoup, RandomJinjaNeverCrashes) {
  run_soup(std::array{"_",     ".a",       ".b",      ".c",       "[0]",     "[",      "]",    "(",      ")",
                      " + ",   " - ",      " * ",     " and ",    " in ",    "1",      "'x'",  "abc",    "none",
                      "|map(", "|select(", "_.a",     "_.s",      "|length", "|first", ", ",   ": ",     "{",
                      "}",     " is ",     "defined", "range(3)", "|sum",    "|join(", " if ", " else ", ".upper()",
                      "not ",  "|sort",    "|list",   "|tojson",  " ~ "},
           "{{ ", " }}", 2);
}

TEST(ExpressionSoup, RandomTemplatesNeverCrash) {
  run_soup(std::array{"{% if _.a %}", "{% else %}", "{% endif %}", "{% for x in _.a %}", "{% endfor %}", "{{ x }}",
                      "{{ _.s }}", "text ", "\n", "{% set x = 1 %}", "{# c #}", "{%- if 1 -%}", "{{", "}}", "{%", "%}",
                      "{{ loop.index }}", "{% raw %}", "{% endraw %}"},
           "", "{{ 1 }}", 3);
}

}  // namespace
}  // namespace foehn
