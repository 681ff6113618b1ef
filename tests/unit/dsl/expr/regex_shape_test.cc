// Goal: what finding all matches costs is never thought to be less than it is, and patterns as people write them are
// known to be cheap. Method: tables of patterns; the dear answer is always safe, so the cheap ones are what matters.
#include "dsl/expr/yaql/regex_shape.h"

#include <gtest/gtest.h>

#include "dsl/expr/yaql/regex_text.h"

namespace foehn {
namespace {

yaql::Shape shape(const std::string& pattern) { return yaql::shape_of(yaql::to_re2(pattern)); }

TEST(RegexShape, RowsOfRepeatedCharactersAreSteady) {
  for (const std::string pattern :
       {"", "a", "[0-9]+", "a.*b", "(\\w+)@(\\w+)\\.com", "^\\s*(#.*)?$", "a|b", "(?:a|bc){1,3}d*", "(?P<name>a+)=(?P<v>b*)",
        "(?i)error: .*", "x{2,}y?", "(a+b){3}", "[]a]+", "[^]]*", "\\[.*\\]", "a{,3}b+", "{", "a{x}+"})
    EXPECT_EQ(shape(pattern).steady, pattern != "^\\s*(#.*)?$") << pattern;
  for (const std::string pattern : {"a(.*x)?", "(.*x|a)", "a|.*x", "(?:ab)+", "(a*)*", "(a+,)*", "(a+){0,2}", "(a+b?){,2}",
                                    "((a*))?", "(?:(?:a+|b))", "a+|b"})
    EXPECT_FALSE(shape(pattern).steady) << pattern;
}

TEST(RegexShape, CountsLoopsAndWhatMayFollowAChoice) {
  EXPECT_EQ(shape("[0-9]+-[0-9]*").loops, 2U);
  EXPECT_EQ(shape("(a+b){3}").loops, 3U);
  EXPECT_EQ(shape("abc").ahead, 0U);
  EXPECT_EQ(shape("a{5}b").ahead, 0U);
  EXPECT_EQ(shape("abc*de").ahead, 2U);
  EXPECT_EQ(shape("a?b{10}").ahead, 11U);
  EXPECT_EQ(shape("a(?:b{10}|c)[d]").ahead, 15U);
  EXPECT_EQ(shape("(?:a?b{10}){3}").ahead, 33U);
}

TEST(RegexShape, KnowsWhatStaysWithinALine) {
  for (const std::string pattern : {"a.*b", "[0-9]+", "\\w+ \\d+", "[\\w.-]+@[\\w.]+", "\\S+", "[^\\s]+", "[^\\n]*x",
                                    "(?i)error|warn: .*", "^.*$", "\\bab\\B", "\\[[a-z]\\]", "[]a]", "\\.\\*"})
    EXPECT_TRUE(shape(pattern).within_line) << pattern;
  for (const std::string pattern :
       {"(?s)a.*b", "\\s+", "[^\"]*", "a\nb", "a\\nb", "[\\s,]", "\\W", "\\D+", "[^\\w]", "[\t-z]", "[\\x00-z]", "[\\n]",
        "\\x0a", "\\012", "\\pZ", "(?:a|\\n)", "[^a\\\\n]", "[\\t-\\r]", "(?i:(?s:.))", "[\\W]"})
    EXPECT_FALSE(shape(pattern).within_line) << pattern;
}

}  // namespace
}  // namespace foehn
