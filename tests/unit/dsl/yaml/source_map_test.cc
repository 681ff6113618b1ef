// Goal: a mistake inside a text is shown where it stands, in every style of YAML scalar. Method: a `#` marks the
// place in the text; each style writes the same sign somewhere, and the map must find it.
#include "dsl/yaml/source_map.h"

#include <gtest/gtest.h>

#include "dsl/yaml/reader.h"

namespace foehn::dsl {
namespace {

// "line:column" of the first `@` in the text of key `a`.
std::string found(std::string_view source) {
  Diagnostics diagnostics;
  const auto document = read_yaml(source, diagnostics);
  if (!document || !document->root().find("a")) return "unreadable";
  const YamlNode& node = document->root().find("a")->value;
  const Mark mark = SourceMap(source).place(node, node.text.find('@'));
  return std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

TEST(SourceMap, Plain) {
  EXPECT_EQ(found("a: @"), "1:4");
  EXPECT_EQ(found("a: one two @"), "1:12");
  EXPECT_EQ(found("a: one\n   two\n\n     thr@e\n"), "4:9");
  EXPECT_EQ(found("a:\n    on@e\n"), "2:7");
  EXPECT_EQ(found("{x: 1, a: é @}"), "1:13");
  EXPECT_EQ(found("\xEF\xBB\xBF" "a: é@"), "1:5");
}

TEST(SourceMap, Quoted) {
  EXPECT_EQ(found("a: '@'"), "1:5");
  EXPECT_EQ(found("a: 'it''s @'"), "1:11");
  EXPECT_EQ(found("a: 'one\n    two @'"), "2:9");
  EXPECT_EQ(found("a: \"one \\\"two\\\" @\""), "1:17");
  EXPECT_EQ(found("a: \"\\u00e9\\x41\\n\\t@\""), "1:19");
  EXPECT_EQ(found("a: \"\\N\\L\\_@\""), "1:11");
  EXPECT_EQ(found("a: \"one \\\n    two @\""), "2:9");
  EXPECT_EQ(found("a: !!str '@'"), "1:11");
}

TEST(SourceMap, Block) {
  EXPECT_EQ(found("a: |\n  one\n  @\n"), "3:3");
  EXPECT_EQ(found("a: |2-  # note\n    one @\n"), "2:9");
  EXPECT_EQ(found("a: >\n  one\n  two\n\n  @\n"), "5:3");
  EXPECT_EQ(found("a: |\r\n  one\r\n  é@\r\n"), "3:4");
}

TEST(SourceMap, BlanksAndEnds) {
  const std::string_view source = "a: one two";
  Diagnostics diagnostics;
  const auto document = read_yaml(source, diagnostics);
  const YamlNode& node = document->root().find("a")->value;
  EXPECT_EQ(SourceMap(source).place(node, 3), (Mark{1, 7}));
  EXPECT_EQ(SourceMap(source).place(node, 4), (Mark{1, 8}));
  EXPECT_EQ(SourceMap(source).place(node, 7), (Mark{1, 11}));
  EXPECT_EQ(SourceMap(source).place(node, 99), (Mark{1, 11}));
  EXPECT_EQ(SourceMap(source).place(YamlNode{}, 0), (Mark{}));
}

}  // namespace
}  // namespace foehn::dsl
