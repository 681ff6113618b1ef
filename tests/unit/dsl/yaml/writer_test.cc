// Goal: what the writer writes reads back as the same value, and looks as a person would write it. Method: one whole
// text; then a round trip of many awkward values.
#include "dsl/yaml/writer.h"

#include <gtest/gtest.h>

#include "dsl/yaml/to_value.h"

namespace foehn::dsl {
namespace {

Value from_json(std::string_view text) { return *parse_json(text); }

TEST(Writer, BlockStyle) {
  const Value value = from_json(R"({"version":"2.0","wf":{"input":["a",{"b":1}],"empty":{},"none":[],"on":true,
    "script":"set -e\necho hi\n","tail":"a\nb","nested":[[1,2],[{"x":null,"y":1.5}]],"e":1e30,"text":"<% $.a %>"}})");
  EXPECT_EQ(write_yaml(value), R"(version: '2.0'
wf:
  input:
    - a
    - b: 1
  empty: {}
  none: []
  'on': true
  script: |
    set -e
    echo hi
  tail: |-
    a
    b
  nested:
    - - 1
      - 2
    - - x: null
        y: 1.5
  e: 1.0e+30
  text: '<% $.a %>'
)");
}

TEST(Writer, SortedKeys) {
  EXPECT_EQ(write_yaml(from_json(R"({"b":{"d":1,"c":2},"a":3})"), {.sort_keys = true}), "a: 3\nb:\n  c: 2\n  d: 1\n");
}

const std::string kAwkwardTexts[] = {"",
                                     " ",
                                     "yes",
                                     "012",
                                     "1:30",
                                     "~",
                                     "null",
                                     "2020-01-01",
                                     "a: b",
                                     "a #b",
                                     "a#b",
                                     "#a",
                                     "- a",
                                     "-",
                                     "?",
                                     ":",
                                     "a:",
                                     "&a",
                                     "*a",
                                     "@a",
                                     "`a",
                                     "!a",
                                     "%a",
                                     "|",
                                     ">",
                                     "[",
                                     "]",
                                     "{",
                                     "}",
                                     ",",
                                     "a, b",
                                     "'",
                                     "\"",
                                     "\\",
                                     "it's",
                                     "\"q\"",
                                     " lead",
                                     "trail ",
                                     "a\nb",
                                     "a\n",
                                     "\n",
                                     "\na",
                                     " a\nb",
                                     "a\n\n",
                                     "a\n b\n",
                                     "a \nb",
                                     "a\n\n\nb\n\n",
                                     "\t",
                                     "a\tb",
                                     "\ta\nb",
                                     "\x01",
                                     "\x7f",
                                     "é",
                                     "日本\n語",
                                     "\xC2\x85",
                                     "\xC2\x80",
                                     "\xE2\x80\xA8",
                                     "\xEF\xBB\xBF",
                                     "\xEF\xBF\xBE",
                                     "---",
                                     "...",
                                     "--- a\nb",
                                     "... ",
                                     "=",
                                     "<<",
                                     "<% $.a %>",
                                     "{{ _.a }}",
                                     "{% if x %}",
                                     ".inf",
                                     "1e3",
                                     "0x1F",
                                     "# a\nb",
                                     std::string(400, 'k'),
                                     std::string(3000, 'k'),
                                     "x: \"y\"\n- z\n",
                                     "a\rb",
                                     "a\r\nb"};

TEST(Writer, AwkwardTextsComeBack) {
  for (const std::string& text : kAwkwardTexts) {
    Value value = Value::object();
    value[text] = text;
    value["list"] = Value::array({text, Value::object({{text, Value::array({text})}})});
    const std::string yaml = write_yaml(value);
    const auto back = parse_yaml(yaml);
    ASSERT_TRUE(back.has_value()) << back.error().message << "\n" << yaml;
    EXPECT_EQ(to_json(*back), to_json(value)) << yaml;
  }
}

TEST(Writer, NumbersComeBack) {
  for (const double number : {0.0, -0.5, 1e30, 1.5e-10, 123456789.25, 1e16, -1e300}) {
    const auto back = parse_yaml(write_yaml(Value(number)));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, Value(number)) << write_yaml(Value(number));
  }
}

}  // namespace
}  // namespace foehn::dsl
