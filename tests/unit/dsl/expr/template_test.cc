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
  EXPECT_EQ(value_of(json(R"({"k": ["<% $.a.b[0] %>", 2], "<% k %>": "v"})"), scope), json(R"({"k": [1, 2], "<% k %>": "v"})"));
}

TEST(Template, MemberAccessDoesNotMergeTheContext) {
  const FakeScope scope(json(R"({"a": {"b": 1}})"));
  EXPECT_EQ(value_of("<% $.a.b + $.get(a).b %>", scope), Value(2));
  EXPECT_EQ(scope.roots, 0);
}

}  // namespace
}  // namespace foehn
