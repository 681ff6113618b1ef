// Goal: templates recognise, split, evaluate and reject as Mistral does (spec/mistral/expressions.md §1). Method: whole
// results and whole error texts over a fake scope.
#include "dsl/expr/template.h"

#include <gtest/gtest.h>

#include "tests/unit/dsl/expr/fake_scope.h"

namespace foehn {
namespace {

using dsl::Template;
using test::FakeScope;

Template compiled(const Value& source) {
  Diagnostics diagnostics;
  Template made = Template::compile(source, {1, 1}, diagnostics);
  for (const auto& diagnostic : diagnostics) ADD_FAILURE() << diagnostic.message;
  return made;
}

Value value_of(const Value& source, const FakeScope& scope) {
  const auto value = compiled(source).evaluate(scope);
  return value ? *value : Value("FAILED: " + value.error().message);
}

Value json(std::string_view text) { return *parse_json(text); }

TEST(Template, LiteralsStayAsTheyAre) {
  const FakeScope scope(json("{}"));
  const Value source = json(R"({"a": [1, null, "x < y", "%> <%", "{ {x} }", "<%\n1 %>"], "<% $ %>": true})");
  EXPECT_TRUE(compiled(source).is_literal());
  EXPECT_EQ(value_of(source, scope), source);
  EXPECT_EQ(compiled(source).source(), source);
  EXPECT_EQ(*Template().evaluate(scope), Value());
  EXPECT_EQ(*Template::literal("<% $.a %>").evaluate(scope), Value("<% $.a %>"));
}

TEST(Template, WholeExpressionsKeepTheirType) {
  const FakeScope scope(json(R"({"a": {"b": [1, {"c": null}]}})"));
  EXPECT_EQ(value_of("<% $.a.b %>", scope), json(R"([1, {"c": null}])"));
  EXPECT_EQ(value_of(" <% $.a.b %>", scope), Value(" [1, {'c': None}]"));
  EXPECT_EQ(value_of("<% $.a.b[0] %><% true %>!", scope), Value("1True!"));
  EXPECT_EQ(value_of(json(R"({"k": ["<% $.a.b[0] %>", 2], "<% k %>": "v"})"), scope),
            json(R"({"k": [1, 2], "<% k %>": "v"})"));
}

TEST(Template, MemberAccessDoesNotMergeTheContext) {
  const FakeScope scope(json(R"({"a": {"b": 1}})"));
  EXPECT_EQ(value_of("<% $.a.b + $.get(a).b %>", scope), Value(2));
  EXPECT_EQ(scope.roots, 0);
}

TEST(Template, BothLanguagesCallTheHostWithTheirArguments) {
  FakeScope scope(json("{}"));
  scope.reply("task", json(R"({"result": [{"id": 1}, {"id": 2}]})"));
  scope.reply("tasks", json("[]"));
  EXPECT_EQ(value_of("<% task(t1).result.id %>", scope), json("[1, 2]"));
  EXPECT_EQ(value_of("<% tasks(null, true, state => ERROR) %>", scope), json("[]"));
  EXPECT_EQ(value_of("{{ task('t1').result|length }}", scope), Value(2));
  EXPECT_EQ(value_of("{{ _|task('t1') }}", scope), json(R"({"result": [{"id": 1}, {"id": 2}]})"));
  EXPECT_EQ(scope.calls(), (std::vector<std::string>{R"(task(["t1"], {}))", R"(tasks([null,true], {"state":"ERROR"}))",
                                                     R"(task(["t1"], {}))", R"(task(["t1"], {}))"}));
}

// Lists of the context are tuples to YAQL, those that functions give are not; only texts show it here.
TEST(Template, ListsThatFunctionsGiveAreListsInTexts) {
  FakeScope scope(json(R"({"l": [1, [2]]})"));
  scope.reply("task", json(R"({"result": [1, [2], {"a": [3]}]})"));
  EXPECT_EQ(value_of("<% str($.l) %>", scope), Value("(1, (2,))"));
  EXPECT_EQ(value_of("<% str(task().result) %>", scope), Value("[1, [2], {'a': [3]}]"));
  EXPECT_EQ(value_of("<% str(task().result[1]) %>", scope), Value("[2]"));
  EXPECT_EQ(value_of("<% task().result.join('; ') %>", scope), Value("1; [2]; {'a': [3]}"));
  EXPECT_EQ(value_of("<% str(task().values().first()) %>", scope), Value("[1, [2], {'a': [3]}]"));
  EXPECT_EQ(value_of("<% str(json_parse('[1, [2]]')) %>", scope), Value("[1, [2]]"));
  EXPECT_EQ(value_of("<% task().result[1] = $.l[1] %>", scope), Value(true));
  EXPECT_EQ(value_of("<% task().result %>", scope), json(R"([1, [2], {"a": [3]}])"));
}

TEST(Template, SharedFunctionsWriteAsPython) {
  const FakeScope scope(json(R"({"d": {"b": [1, {"x": null}], "a": "yes", "e": {}}})"));
  EXPECT_EQ(value_of("<% json_dump($.d) %>", scope),
            Value("{\n    \"b\": [\n        1,\n        {\n            \"x\": null\n        }\n    ],\n    \"a\": "
                  "\"yes\",\n    \"e\": {}\n}"));
  EXPECT_EQ(value_of("<% json_parse('[1, 2]') %>", scope), json("[1, 2]"));
  EXPECT_EQ(value_of("{{ json_parse('[1, 2]')[1] }}", scope), Value(2));
  EXPECT_EQ(value_of("<% yaml_dump($.d) %>", scope), Value("a: 'yes'\nb:\n- 1\n- x: null\ne: {}\n"));
  const FakeScope odd(json(R"(["10.0.0.1", "1.5", "a: b", "it's", "é\u0001", "line\nline", 1e20, null, true, ""])"));
  EXPECT_EQ(value_of("<% yaml_dump($) %>", odd),
            Value("- 10.0.0.1\n- '1.5'\n- 'a: b'\n- it's\n- \"\\xE9\\x01\"\n- 'line\n\n  line'\n- 1.0e+20\n- null\n"
                  "- true\n- ''\n"));
  // As Python writes what JSON does not have.
  EXPECT_EQ(value_of("<% json_dump(yaml_parse('[.inf, -.inf, .nan]')) %>", scope),
            Value("[\n    Infinity,\n    -Infinity,\n    NaN\n]"));
  EXPECT_EQ(value_of("<% yaml_dump(yaml_parse('[.inf, -.inf, .nan]')) %>", scope), Value("- .inf\n- -.inf\n- .nan\n"));
  EXPECT_EQ(value_of("{{ _.d|yaml_dump(_.d.b) }}", scope), Value("- 1\n- x: null\n"));
}

// messages_test.cc has many more.
TEST(Template, ErrorsNameTheExpressionItsPartAndTheNearestName) {
  FakeScope scope(json(R"({"server": {"status": "secret"}, "n": null, "list": [1]})"));
  scope.reply("task", nullptr);
  EXPECT_EQ(value_of("a <% $.server %> <% task(non_existing_task).name %>", scope),
            Value("FAILED: Can not evaluate YAQL expression [expression=task(non_existing_task).name, error=cannot read "
                  "\"name\" of null, at column 25]\n    task(non_existing_task).name\n                            ^"));
  EXPECT_EQ(value_of("a {{ _.server.statos }}", scope),
            Value("FAILED: Can not evaluate Jinja expression [expression=a {{ _.server.statos }}, error='dict object' has "
                  "no attribute 'statos'; did you mean 'status'?, at column 15]\n    a {{ _.server.statos }}\n"
                  "                  ^"));
}

TEST(Template, SharedFunctionsReadTextsAndDoNotShowThem) {
  const FakeScope scope(json(R"({"secret": "hunter2: [", "yaml": "a: 010\nb: [yes, ~]\n", "json": "{\"a\": hunter2}"})"));
  EXPECT_EQ(value_of("<% yaml_parse($.yaml) %>", scope), json(R"({"a": 8, "b": [true, null]})"));
  EXPECT_EQ(value_of("{{ yaml_parse('- 1') }}", scope), json("[1]"));
  EXPECT_EQ(value_of("<% json_parse(data => '[1]') %>", scope), json("[1]"));
  EXPECT_EQ(value_of("<% yaml_parse('') %>", scope), Value());
  EXPECT_EQ(value_of("<% yaml_parse($.secret) %>", scope),
            Value("FAILED: Can not evaluate YAQL expression [expression=yaml_parse($.secret), error=yaml_parse(): the text "
                  "is no YAML that can be read (line 1, column 10), at column 1]\n    yaml_parse($.secret)\n    ^"));
  EXPECT_EQ(value_of("<% json_parse($.json) %>", scope),
            Value("FAILED: Can not evaluate YAQL expression [expression=json_parse($.json), error=json_parse(): the text "
                  "is no JSON that can be read (line 1, column 7), at column 1]\n    json_parse($.json)\n    ^"));
  EXPECT_EQ(value_of("<% yaml_parse(1) %>", scope),
            Value("FAILED: Can not evaluate YAQL expression [expression=yaml_parse(1), error=yaml_parse() takes a string, "
                  "not integer, at column 1]\n    yaml_parse(1)\n    ^"));
}

std::string diagnostic_of(const std::string& text) {
  Diagnostics diagnostics;
  const Template made = Template::compile(Value(text), {3, 10}, diagnostics);
  if (diagnostics.size() != 1) return std::to_string(diagnostics.size()) + " diagnostics";
  const auto value = made.evaluate(FakeScope(Value::object()));
  EXPECT_FALSE(value);
  EXPECT_EQ(value.error().message, diagnostics[0].message);
  return std::to_string(diagnostics[0].mark.line) + ":" + std::to_string(diagnostics[0].mark.column) + " " +
         diagnostics[0].code + " " + diagnostics[0].message;
}

TEST(Template, SyntaxErrorsBecomeDiagnosticsWithTheirPlace) {
  EXPECT_EQ(diagnostic_of("<% * %>"), "3:13 E401 Parse error: unexpected '*' at position 0 of expression '*'");
  EXPECT_EQ(diagnostic_of("é <% 1 + %>"), "3:18 E401 Parse error: unexpected end of statement of expression '1 +'");
  EXPECT_EQ(diagnostic_of("<% a ^ b %>"),
            "3:15 E401 Lexical error: illegal character '^' at position 2 of expression 'a ^ b'");
  EXPECT_EQ(diagnostic_of("<%%>"), "3:10 E401 Parse error: unexpected end of statement of expression ''");
  EXPECT_EQ(diagnostic_of("{{ * }}"), "3:13 E402 Syntax error 'unexpected '*''.");
  EXPECT_EQ(diagnostic_of("x {% if %}"), "3:18 E402 Syntax error 'Expected an expression, got 'end of statement block''.");
  EXPECT_EQ(diagnostic_of("<% $.a %> {{ _.a }}"),
            "3:10 E403 The line already contains an expression of type 'jinja'. Mixing expression types in a single "
            "line is not allowed.");
}

TEST(Template, RecognitionFollowsMistral) {
  using dsl::has_expression;
  using dsl::is_whole_expression;
  EXPECT_TRUE(has_expression("a <% b %> c"));
  EXPECT_TRUE(has_expression("<%\n<% b %>"));
  EXPECT_FALSE(has_expression("<% a\n%>"));
  EXPECT_TRUE(has_expression("{{ a }}"));
  EXPECT_TRUE(has_expression("{% a %}"));
  EXPECT_FALSE(has_expression("{{ a\n}}"));
  EXPECT_TRUE(is_whole_expression("<% a %>  "));
  EXPECT_TRUE(is_whole_expression("{{ a }}"));
  EXPECT_FALSE(is_whole_expression(" <% a %>"));
  EXPECT_FALSE(is_whole_expression("{% a %}"));
  EXPECT_FALSE(is_whole_expression("<% a %> b"));
}

TEST(Template, RootNamesAreThoseReadFromTheContext) {
  const Value source = json(
      R"({"a": "<% $.x.y + $.get(z) + $['w'] %>", "b": ["{{ _.j + _['k'] }}", "<% $.list.where($.inner = $.inner) %>", 5]})");
  EXPECT_EQ(root_names(compiled(source)), (std::vector<std::string>{"j", "k", "list", "w", "x", "z"}));
}

TEST(Template, WholeContextMayBeAnyValue) {
  EXPECT_EQ(value_of("<% $ %><% $ %>", FakeScope(3)), Value("33"));
  EXPECT_EQ(value_of("<% $.x %>", FakeScope(json(R"([{"x": 1}, {"x": 2}])"))), json("[1, 2]"));
  EXPECT_EQ(value_of("<% len($) %>", FakeScope("hey")), Value(3));
}

}  // namespace
}  // namespace foehn
