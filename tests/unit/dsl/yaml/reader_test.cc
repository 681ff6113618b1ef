// Goal: the reader gives the values that Mistral's loader gives, the place of every key and value, and refuses what it
// must with a clear message. Method: small texts; trees written out as text.
#include "dsl/yaml/reader.h"

#include <gtest/gtest.h>

#include "dsl/yaml/to_value.h"
#include "engine/base/limits.h"
#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

std::string json(std::string_view text) {
  const auto value = parse_yaml(text);
  return value ? to_json(*value) : value.error().message;
}

std::string problem(std::string_view text) {
  Diagnostics diagnostics;
  const auto document = read_yaml(text, diagnostics);
  return (document ? "accepted " : "") + listed(diagnostics);
}

void write_places(const YamlNode& node, std::string& out) {
  const auto mark = [&](Mark at) { out += std::to_string(at.line) + ":" + std::to_string(at.column) + " "; };
  mark(node.mark);
  if (node.is_scalar()) out += std::string(node.text) + "\n";
  if (node.is_sequence()) out += "[\n";
  if (node.is_mapping()) out += "{\n";
  for (const auto& item : node.items()) write_places(item, out);
  for (const auto& entry : node.entries()) {
    mark(entry.key_mark);
    out += std::string(entry.key) + ": ";
    write_places(entry.value, out);
  }
}

std::string places(std::string_view text) {
  Diagnostics diagnostics;
  const auto document = read_yaml(text, diagnostics);
  std::string out;
  if (document) write_places(document->root(), out);
  return out;
}

TEST(Reader, Values) {
  EXPECT_EQ(json("a: 1\nb: [x, 'y', \"z\"]\nc: {d: ~, e: yes}"),
            R"({"a":1,"b":["x","y","z"],"c":{"d":null,"e":true}})");
  EXPECT_EQ(json(""), "null");
  EXPECT_EQ(json("# only a comment\n"), "null");
  EXPECT_EQ(json("---\na: 1\n"), R"({"a":1})");
  EXPECT_EQ(json("\xEF\xBB\xBF"
                 "a: 1\r\nb: 2\r\n"),
            R"({"a":1,"b":2})");
  EXPECT_EQ(json("a: |\n  x\n  y\nb: >-\n  x\n  y\n"), R"({"a":"x\ny\n","b":"x y"})");
  EXPECT_EQ(json("a: '1'\nb: !!str 1\nc: !!int 1\n"), R"({"a":"1","b":"1","c":1})");
}

// yaml-cpp's own bytes for these two are no UTF-8.
TEST(Reader, EscapesOfOneLetterAreUtf8) {
  EXPECT_EQ(json(R"(a: "\N|\_|\L|\P|é\_")"), "{\"a\":\"\u0085|\u00a0|\u2028|\u2029|\u00e9\u00a0\"}");
  EXPECT_EQ(json(R"(a: ! "x\N")"), "{\"a\":\"x\u0085\"}");
  EXPECT_EQ(json(R"(a: !!str "x\_é")"), "{\"a\":\"x\u00a0\u00e9\"}");
}

// Mistral's loader knows neither anchors nor aliases.
TEST(Reader, AnchorsAndAliasesArePlainText) {
  EXPECT_EQ(json("on-success: &a [t2]"), R"({"on-success":"&a [t2]"})");
  EXPECT_EQ(json("a: *x\n*k: 1\n&k: 2\n@k: @v"), R"({"a":"*x","*k":1,"&k":2,"@k":"@v"})");
  EXPECT_EQ(json("[&a, *b, @c]"), R"(["&a","*b","@c"])");
  EXPECT_EQ(json("{a: *x, b: &y z}"), R"({"a":"*x","b":"&y z"})");
  EXPECT_EQ(json("a: <% * %>\nb: {{ * }}\n"),
            "Definition could not be parsed: found unhashable key: a key must be a scalar (line 2, column 5)");
  EXPECT_EQ(json("a: <% $.a * 2 %> & x@y\n"), R"json({"a":"<% $.a * 2 %> & x@y"})json");
  EXPECT_EQ(json("a: &a\n  b\n"), R"({"a":"&a b"})");
  EXPECT_EQ(json("'&a *b @c': \"&a *b @c\"\n"), R"({"&a *b @c":"&a *b @c"})");
  EXPECT_EQ(json("a: |\n  &a *b @c\n# &x *y @z\n"), R"({"a":"&a *b @c\n"})");
}

// The reader hides those signs behind control characters; an escape may give the same characters.
TEST(Reader, EscapedControlCharactersSurviveTheHiding) {
  EXPECT_EQ(json(R"(a: "&\x01*\x02@\x03\u0001&\U00000002\\x01")"),
            R"({"a":"&\u0001*\u0002@\u0003\u0001&\u0002\\x01"})");
  EXPECT_EQ(json("a: \"\\x01\"\n"), R"({"a":"\u0001"})");
  EXPECT_EQ(json("a: '\\x01&'\n"), R"({"a":"\\x01&"})");
}

TEST(Reader, Places) {
  EXPECT_EQ(places("a: 1\nbé:\n  - x\n  - {k: 'v'}\n"),
            "1:1 {\n1:1 a: 1:4 1\n2:1 bé: 3:3 [\n3:5 x\n4:5 {\n4:6 k: 4:9 v\n");
  EXPECT_EQ(places("é: {ü: ö, ä: [x, ß, y]}\n"),
            "1:1 {\n1:1 é: 1:4 {\n1:5 ü: 1:8 ö\n1:11 ä: 1:14 [\n1:15 x\n1:18 ß\n1:21 y\n");
  EXPECT_EQ(places("a:\nb: *x\n"), "1:1 {\n1:1 a: 1:1 \n2:1 b: 2:4 *x\n");
}

TEST(Reader, LastOfDuplicateKeysWinsAtTheFirstPlace) {
  EXPECT_EQ(json("a: 1\nb: 2\na: 3\n"), R"({"a":3,"b":2})");
  EXPECT_EQ(problem("a: 1\nb: 2\na: 3\n"),
            "accepted W110 3:1 the key 'a' stands here twice; the first (line 1) is ignored\n");
  std::string large;
  for (int i = 0; i < 100; ++i) large += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(problem(large + "k50: 2\n"),
            "accepted W110 101:1 the key 'k50' stands here twice; the first (line 51) is ignored\n");
}

TEST(Reader, MergeKeys) {
  EXPECT_EQ(json("a: 1\n<<: {a: 2, b: 3}\n"), R"({"a":1,"b":3})");
  EXPECT_EQ(json("<<: [{a: 1}, {a: 2, b: 3}]\nc: 4\n"), R"({"a":1,"b":3,"c":4})");
  EXPECT_EQ(json("'<<': 1\n"), R"({"<<":1})");
  EXPECT_EQ(problem("a: 1\n<<: *base\n"),
            "E107 2:5 Definition could not be parsed: expected a mapping or list of mappings for merging\n");
}

TEST(Reader, SyntaxErrors) {
  EXPECT_EQ(problem("version: '2.0'\nwf:\n  tasks: [\n"),
            "E101 3:10 Definition could not be parsed: expected ',' or ']', but got the end of the text: this [ is never "
            "closed\n");
  EXPECT_EQ(problem("a: [b"),
            "E101 1:4 Definition could not be parsed: expected ',' or ']', but got the end of the text: this [ is never "
            "closed\n");
  EXPECT_EQ(problem("a:\n  - é: {x: [1, 2], y: 'z'\n\n"),
            "E101 2:8 Definition could not be parsed: expected ',' or '}', but got the end of the text: this { is never "
            "closed\n");
  EXPECT_EQ(problem("a: b: c\n"),
            "E101 1:5 Definition could not be parsed: mapping values are not allowed here\n");
  EXPECT_EQ(problem("a: 'x\n"),
            "E101 1:4 Definition could not be parsed: found unexpected end of stream\n");
  EXPECT_EQ(problem("a: 1\n---\nb: 2\n"),
            "E106 2:1 Definition could not be parsed: expected a single document in the stream but found another "
            "document\n");
  EXPECT_EQ(
      problem("? [a]\n: 1\n"),
      "E107 1:3 Definition could not be parsed: found unhashable key: a key must be a scalar\n");
  EXPECT_EQ(problem("a: !foo 1\n"),
            "E107 1:4 Definition could not be parsed: could not determine a constructor for the tag '!foo'\n");
}

TEST(Reader, BytesThatAreNoText) {
  using namespace std::string_view_literals;
  EXPECT_EQ(problem("a: 1\nb: x\0y\n"sv),
            "E105 2:5 Definition could not be parsed: special characters are not allowed (U+0000)\n");
  EXPECT_EQ(problem("a: \x04\n"),
            "E105 1:4 Definition could not be parsed: special characters are not allowed (U+0004)\n");
  EXPECT_EQ(problem("a: é\xFF\n"), "E105 1:5 Definition could not be parsed: invalid UTF-8 (byte 0xFF)\n");
  for (const std::string_view bad :
       {"\xC0\xAF"sv, "\xE0\x80\x80"sv, "\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv, "\xC3"sv, "\xE2\x82"sv, "\x80"sv}) {
    EXPECT_EQ(problem(bad).substr(0, 4), "E105") << bad.size();
  }
  EXPECT_EQ(problem("a: \xC2\x80\n"), "E105 1:4 Definition could not be parsed: special characters are not allowed\n");
  EXPECT_EQ(problem("a: \xC2\x85 \xF0\x9F\x98\x80 \xEF\xBF\xBD\n"), "accepted ");
}

TEST(Reader, Budgets) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(problem(nested(limits::kYamlDepthMax)), "accepted ");
  EXPECT_EQ(problem(nested(limits::kYamlDepthMax + 1)),
            "E103 1:65 Definition could not be parsed: it is nested deeper than 64 levels\n");
  EXPECT_EQ(problem(std::string(limits::kDefinitionBytesMax + 1, ' ')),
            "E102 0:0 Definition could not be parsed: it has 5000001 bytes, more than the allowed 5000000\n");
  EXPECT_EQ(problem(std::string(limits::kYamlNodesMax + 1, ',')),
            "E104 0:0 Definition could not be parsed: it has more than 1000000 brackets and commas\n");
  std::string nodes;
  for (std::size_t i = 0; i < limits::kYamlNodesMax; ++i) nodes += "- a\n";
  EXPECT_EQ(problem(nodes),
            "E104 1000000:3 Definition could not be parsed: it has more than 1000000 nodes\n");
}

}  // namespace
}  // namespace foehn::dsl
