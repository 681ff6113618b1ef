// Goal: the one-line form is read exactly as Mistral's regular expressions read it (dsl.md §2), and whatever they skip
// is named. Method: a table of text → name, parameters, leftover.
#include "dsl/parse/shorthand.h"

#include <gtest/gtest.h>

namespace foehn::dsl {
namespace {

std::string parsed(std::string_view text) {
  const auto call = parse_shorthand(text);
  if (!call) return "unreadable";
  Value parameters = Value::object();
  for (const auto& parameter : call->parameters) parameters[std::string(parameter.name)] = parameter.value;
  std::string out = std::string(call->name) + " " + to_json(parameters);
  if (!call->gaps.empty()) out += " left: " + call->leftover();
  return out;
}

TEST(Shorthand, TableOfTheSpecification) {
  struct Row {
    std::string_view text;
    std::string_view expected;
  };
  const Row rows[] = {
      {"std.noop", "std.noop {}"},
      {"std.echo output=1", R"(std.echo {"output":1})"},
      {"std.echo output=\"1\"", R"(std.echo {"output":"1"})"},
      {"std.echo output='1'", R"(std.echo {"output":"1"})"},
      {"std.echo output=\"a b\" delay=5", R"(std.echo {"output":"a b","delay":5})"},
      {"std.echo output=[1, \"y\"]", R"(std.echo {"output":[1,"y"]})"},
      {"std.echo output=[a, b]", R"(std.echo {"output":"[a, b]"})"},
      {"std.echo output=true", R"(std.echo {"output":true})"},
      {"std.echo output=false x=null", R"(std.echo {"output":false,"x":null})"},
      {"std.echo output=trueish", R"(std.echo {"output":true} left: ish)"},
      {"std.echo output=1.5", R"(std.echo {"output":1} left: .5)"},
      {"std.echo output=012", R"(std.echo {"output":"012"})"},
      {"std.echo output=-3", "std.echo {} left: output=-3"},
      {"std.echo output={\"a\":1}", "std.echo {} left: output={\"a\":1}"},
      {"std.http url=http://x", "std.http {} left: url=http://x"},
      {"std.http url=http://x?a=1", R"(std.http {"a":1} left: url=http://x?)"},
      {"std.echo output = 1", "std.echo {} left: output = 1"},
      {"std.echo output= \"x\"", "std.echo {} left: output= \"x\""},
      {"std.echo output=<% $.a %> b={{ _.c }}", R"(std.echo {"output":"<% $.a %>","b":"{{ _.c }}"})"},
      {"std.echo output=\"<% $.a %> and <% $.b %>\"", R"(std.echo {"output":"<% $.a %> and <% $.b %>"})"},
      {"<% $.name %> a=1", R"(<% $.name %> {"a":1})"},
      {"{{ _.name }} a=1", R"({{ _.name }} {"a":1})"},
      {"<% $.name %>", "<% $.name %> {}"},
      {"std.noop something", "std.noop {} left: something"},
      {"std.echo a=1 a=2", R"(std.echo {"a":2})"},
      {"std.echo a-b=1 c_d=2 é=3", R"(std.echo {"a-b":1,"c_d":2,"é":3})"},
      {"std.echo a=[1] b=[2]", R"(std.echo {"a":"[1] b=[2]"})"},
      {"std.echo a=\"x\ny\"", R"(std.echo {"a":"x\ny"})"},
      {"std.echo a=<% 1\n2 %>", "std.echo {} left: a=<% 1\n2 %>"},
      {"std.echo a=\"x=1 y\"", R"(std.echo {"a":"x=1 y"})"},
      {"<% f(x=1) %> a=2", R"(<% f(x=1) %> {"x":1,"a":2})"},
      {"wf.sub-flow a=1", R"(wf.sub-flow {"a":1})"},
      {"std.echo(a=1) b=2", R"(std.echo {"a":1,"b":2} left: ( ))"},
      {"- a=1", "unreadable"},
      {" std.echo a=1", "unreadable"},
  };
  for (const Row& row : rows) EXPECT_EQ(parsed(row.text), row.expected) << row.text;
}

TEST(Shorthand, PlacesInsideALine) {
  Diagnostics none;
  ParseContext context(none);
  EXPECT_EQ((Line{"éa=1", {3, 7}}.at(context, 3)), (Mark{3, 9}));
  EXPECT_EQ((Line{"a\nb=1", {3, 7}}.at(context, 4)), (Mark{3, 7}));
}

// Each opening without its end once cost a search to the end of the text.
TEST(Shorthand, AMillionOpeningsAreLinear) {
  for (const std::string_view piece : {"x=<% ", "x={{ ", "x=[ ", "x=\" ", "a=1 ", "x=<%\n%> "}) {
    std::string text = "std.echo ";
    while (text.size() < 500'000) text += piece;
    EXPECT_TRUE(parse_shorthand(text).has_value());
  }
}

}  // namespace
}  // namespace foehn::dsl
