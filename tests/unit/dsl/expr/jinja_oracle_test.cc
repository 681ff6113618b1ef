// Goal: Jinja2 gives what the real Jinja2 gives under Mistral's options. Method: jinja_cases.jsonl holds the results of
// jinja2 3.1 for every line of jinja_inputs.txt (made by jinja_oracle.py); values must be equal, failures failures.
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "dsl/expr/jinja/ast.h"
#include "dsl/expr/jinja/parser.h"
#include "dsl/expr/jinja/program.h"
#include "dsl/expr/parts.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace foehn {
namespace {

// 1 and 1.0 are different results.
bool identical(const Value& a, const Value& b) {
  return a == b && to_python_json(a).size() == to_python_json(b).size();
}

// Unknown filters and tests are found when evaluating, as Mistral does: the host's functions are filters, too.
const std::set<std::string> kLateSyntax = {"{{ 'foo'|nofilter }}", "{{ 1 is nope }}"};

TEST(JinjaOracle, SameResultsAsJinja) {
  std::ifstream file("tests/unit/dsl/expr/jinja_cases.jsonl");
  ASSERT_TRUE(file.is_open());
  std::size_t count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const Value row = *parse_json(line);
    const auto text = row["text"].get<std::string>();
    const std::string_view whole = expr::whole_jinja(text);
    const auto program = whole.empty() ? jinja::compile_template(text) : jinja::compile_expression(whole);
    if (row.contains("syntax") && !kLateSyntax.contains(text)) {
      EXPECT_FALSE(program) << text << " should not parse: " << row["syntax"];
      continue;
    }
    ASSERT_TRUE(program) << text << "\n  " << program.error().message;
    const test::FakeScope scope(row["data"]);
    const auto value = jinja::evaluate(**program, scope, dsl::Budget{});
    if (!row.contains("value")) {
      EXPECT_FALSE(value) << text << "\n  gives    " << (value ? to_json(*value) : "") << "\n  not error "
                          << to_json(row);
      continue;
    }
    if (!value) {
      ADD_FAILURE() << text << "\n  fails    " << value.error().error.message << "\n  expected " << to_json(row["value"]);
      continue;
    }
    EXPECT_TRUE(identical(*value, row["value"]))
        << text << "\n  gives    " << to_json(*value) << "\n  expected " << to_json(row["value"]);
  }
  EXPECT_GE(count, 200u);
}

// Jinja2 folds constants before it looks for filters and tests.
TEST(JinjaOracle, WhatAConstantDecidesNeedsNoFilters) {
  const auto outcome = [](const std::string& text) {
    const auto program = jinja::compile_expression(text);
    if (!program) return program.error().message;
    const test::FakeScope scope(Value::object());
    const auto value = jinja::evaluate(**program, scope, dsl::Budget{});
    return value ? to_json(*value) : value.error().error.message;
  };
  EXPECT_EQ(outcome("1 or (2 is nope)"), "1");
  EXPECT_EQ(outcome("'' and 2|nope"), "\"\"");
  EXPECT_EQ(outcome("[1, {'a': none}] or x|nope"), "[1,{\"a\":null}]");
  EXPECT_EQ(outcome("() and x|nope"), "[]");
  EXPECT_EQ(outcome("0 or 2|nope"), "No filter named 'nope'.");
  EXPECT_EQ(outcome("1 and (2 is nope)"), "No test named 'nope'. Did you mean 'none'?");
  EXPECT_EQ(outcome("_ or 2|nope"), "No filter named 'nope'.");
}

TEST(JinjaText, PrintedExpressionsParseToTheSameTree) {
  std::ifstream file("tests/unit/dsl/expr/jinja_cases.jsonl");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    const auto text = (*parse_json(line))["text"].get<std::string>();
    const std::string_view whole = expr::whole_jinja(text);
    const auto first = jinja::parse_expression(whole);
    if (whole.empty() || !first) continue;
    const std::string printed = jinja::to_text(*first->root);
    const auto second = jinja::parse_expression(printed);
    ASSERT_TRUE(second) << text << " → " << printed << ": " << second.error().message;
    EXPECT_TRUE(jinja::equal(*first->root, *second->root)) << text << " → " << printed;
    ++count;
  }
  EXPECT_GE(count, 150u);
}

void expect_same_template(const std::string& text) {
  const auto first = jinja::parse_template(text);
  ASSERT_TRUE(first) << text << ": " << first.error().message;
  const std::string printed = jinja::to_text(*first->root);
  const auto second = jinja::parse_template(printed);
  ASSERT_TRUE(second) << text << " → " << printed << ": " << second.error().message;
  EXPECT_TRUE(jinja::equal(*first->root, *second->root)) << text << " → " << printed;
}

TEST(JinjaText, PrintedTemplatesParseToTheSameTree) {
  std::ifstream file("tests/unit/dsl/expr/jinja_cases.jsonl");
  for (std::string line; std::getline(file, line);) {
    const Value row = *parse_json(line);
    if (!row.contains("syntax")) expect_same_template(row["text"].get<std::string>());
  }
  for (const std::string text :
       {"", "a", " a\n", "\n\n", "a {{ 1 }} b", "{{ 1 }}\n\n{{ 2 }}", "{{ 1, 2 }}{{ () }}{{ -1 }}{{ {'a': {}} }}",
        "a{% raw %}{{ b }}{% endraw %}c{% raw %} {% if %}{# {% endraw %}", "{# note #}a{# note #}b",
        "{% if a %}1{% elif (b if c else d) %}2{% elif (1, 2) %}{% else %} 3 {% endif %}\n", "{% if (a if b else c) %}{% endif %}",
        "{% for a in b %}{{ a }}{% endfor %}", "{% for (a, b), c in (d if e else f) if g if h else i recursive %}x{% else %}y"
        "{% endfor %}", "{% for a, in b, c %}{% endfor %}", "{% set a = 1 if b else 2 %}", "{% set a, b = 1, 2 %}",
        "{% set n.a = b|upper %}", "{% set a %}x{{ 1 }}{% endset %}", "{% set a | upper | replace('a', 'b') %}x{% endset %}",
        "{% with %}x{% endwith %}", "{% with a = 1, (b, c) = (2, 3) %}x{% endwith %}",
        "{% macro m() %}x{% endmacro %}{{ m() }}", "{% macro m(a, b=1, c='%}') %}{{ caller(a) }}{{ varargs }}{% endmacro %}",
        "{% call m(1) %}x{% endcall %}", "{% call(a, b=2) (m ~ 'a')(*c, **d) %}{{ a }}{% endcall %}",
        "{% filter upper|replace('A', 'b')|trim %} x {% endfilter %}", "{% block a scoped %}x{% endblock a %}",
        "{% block a required %} {% endblock %}", "{% print a, 1 if b else 2 %}{% print %}", "{% print (1, 2) %}",
        "{% autoescape true %}{{ '<' }}{% endautoescape %}", "{% include 'a' ignore missing with context %}",
        "{% import 'a' ~ b as c %}", "{% from 'a' import b as c, d with context %}", "{% extends 'a' %}",
        "a\n  {%- if a -%}  b  {%- endif +%}\n  c {%+ if a %} d {% endif %}", "x {% if a %}\n  y\n  {% endif %}\nz"})
    expect_same_template(text);
}

}  // namespace
}  // namespace foehn
