// jsonpath and template as kubectl means them, as whole texts; what is wrong is refused before anything is asked.
#include "api/cli/print_template.h"

#include <gtest/gtest.h>

namespace foehn::cli {
namespace {

const Value& answer() {
  static const Value value = *parse_json(
      R"({"next":null,"count":2,"rows":[{"id":"a","state":"ERROR","tags":["x","y"],"took":3},)"
      R"({"id":"b","state":"SUCCESS","tags":[],"took":10}],"a.b":{"c d":true}})");
  return value;
}

std::string by_path(std::string_view text) {
  const auto parsed = PrintTemplate::jsonpath(text);
  if (!parsed) return "refused: " + parsed.error().message;
  const auto out = parsed->apply(answer());
  return out ? *out : "failed: " + out.error().message;
}

std::string by_template(std::string_view text) {
  const auto parsed = PrintTemplate::go_template(text);
  if (!parsed) return "refused: " + parsed.error().message;
  const auto out = parsed->apply(answer());
  return out ? *out : "failed: " + out.error().message;
}

TEST(PrintTemplate, FollowsPaths) {
  EXPECT_EQ(by_path("{.count}"), "2");
  EXPECT_EQ(by_path(".rows[0].id"), "a");
  EXPECT_EQ(by_path("{.rows[-1].id}"), "b");
  EXPECT_EQ(by_path("{$.rows[*].id}"), "a b");
  EXPECT_EQ(by_path("{.rows[*].tags[*]}"), "x y");
  EXPECT_EQ(by_path("{.rows[0].tags}"), R"(["x","y"])");
  EXPECT_EQ(by_path("{['a.b'].*}"), "true");
  EXPECT_EQ(by_path("{.a\\.b}"), "refused: '\\.b' is not understood in '.a\\.b'");
  EXPECT_EQ(by_path("{['a.b']['c d']}"), "true");
  EXPECT_EQ(by_path("{.next}|{.missing}|{.rows[0].none.deep}"), "null||");
  EXPECT_EQ(by_path("{.rows[2].id}"), "failed: [2] is beyond the end of a list of 2");
}

TEST(PrintTemplate, SelectsElements) {
  EXPECT_EQ(by_path("{.rows[?(@.state==\"ERROR\")].id}"), "a");
  EXPECT_EQ(by_path("{.rows[?(@.state!='ERROR')].id}"), "b");
  EXPECT_EQ(by_path("{.rows[?(@.took >= 10)].id}"), "b");
  EXPECT_EQ(by_path("{.rows[?(@.took<\"10\")].id}"), "") << "a number is not compared with a text";
  EXPECT_EQ(by_path("{.rows[?(@.none)].id}"), "");
}

TEST(PrintTemplate, Ranges) {
  EXPECT_EQ(by_path("{range .rows[*]}{.id}{\"\\t\"}{.state}{'\\n'}{end}"), "a\tERROR\nb\tSUCCESS\n");
  EXPECT_EQ(by_path("{range .rows[*]}{range .tags[*]}{$.count}{@},{end};{end}"), "2x,2y,;;");
  EXPECT_EQ(by_template("{{range .rows}}{{.id}} {{$.count}}\n{{end}}"), "a 2\nb 2\n");
  EXPECT_EQ(by_template("{{range .rows}}{{range .tags}}{{.}}{{else}}none{{end}};{{end}}"), "xy;none;");
  EXPECT_EQ(by_template("{{if .next}}more{{else}}all{{end}}{{if .count}} of {{.count}}{{end}}"), "all of 2");
  EXPECT_EQ(by_template("a {{- /* nothing */ -}} b {{\"}}\"}} {{.none}} {{.next}}"), "ab }} <no value> <no value>");
}

TEST(PrintTemplate, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(by_path(""), "refused: it is empty");
  EXPECT_EQ(by_path("{.a"), "refused: } is missing");
  EXPECT_EQ(by_path("{..a}"), "refused: '.a' is not understood in '..a'");
  EXPECT_EQ(by_path("{.rows[0:1]}"), "refused: ':1]' is not understood in '.rows[0:1]'");
  EXPECT_EQ(by_path("{.rows[?(@.a=~'x')]}"), "refused: '=~'x')]' is not understood in '.rows[?(@.a=~'x')]'");
  EXPECT_EQ(by_path("{range .rows[*]}{.id}"), "refused: {end} is missing");
  EXPECT_EQ(by_path("{.id}{end}"), "refused: 'end' has no beginning");
  EXPECT_EQ(by_path("{\"open}"), "refused: } is missing");
  EXPECT_EQ(by_template("{{len .rows}}"), "refused: 'len .rows' is not understood in 'len .rows'");
  EXPECT_EQ(by_template("{{.a | json}}"), "refused: '| json' is not understood in '.a | json'");
  EXPECT_EQ(by_template("{{if .a}}x"), "refused: {{end}} is missing");
  EXPECT_EQ(by_template("{{else}}"), "refused: 'else' has no beginning");
}

TEST(PrintTemplate, IsBounded) {
  std::string nested;
  for (int i = 0; i < 20; ++i) nested += "{range .rows[*]}";
  EXPECT_EQ(by_path(nested), "refused: more than 16 ranges in each other");
  EXPECT_EQ(by_path(std::string(200'000, 'x')), "refused: it is longer than 100000 bytes");
  Value many = Value::array();
  for (int i = 0; i < 1'000; ++i) many.push_back(i);
  std::string product;
  std::string ends;
  for (int i = 0; i < 4; ++i) {
    product += "{range $[*]}";
    ends += "{end}";
  }
  const auto parsed = PrintTemplate::jsonpath(product + "x" + ends);
  ASSERT_TRUE(parsed);
  const auto out = parsed->apply(many);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().message, "the template looks at more than 2000000 values");
}

}  // namespace
}  // namespace foehn::cli
