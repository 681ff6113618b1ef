// Goal: no Jinja2 expression or template, however large, deep or clever, takes long, much memory or the stack; it ends
// with a clean error or a small result. Method: known attacks, each with a bound on the process' CPU time.
#include <gtest/gtest.h>

#include <ctime>

#include "dsl/expr/template.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace foehn {
namespace {

using dsl::Template;

Result<Value> evaluated(const std::string& text) {
  Diagnostics diagnostics;
  return Template::compile(Value(text), {1, 1}, diagnostics).evaluate(test::FakeScope(*parse_json(R"({"x": 1})")));
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

void expect_refused(const std::string& text) {
  // Several times what it takes here, because the machine may be slow and busy; ThreadSanitizer is far slower.
#if defined(__SANITIZE_THREAD__)
  constexpr double kSecondsMax = 90;
#else
  constexpr double kSecondsMax = 10;
#endif
  const std::clock_t begin = std::clock();
  const auto value = evaluated(text);
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, kSecondsMax) << text.substr(0, 100);
  ASSERT_FALSE(value) << text.substr(0, 100) << " gives " << to_json(*value).substr(0, 100);
  EXPECT_LT(value.error().message.size(), 200'000u);
}

TEST(JinjaBounds, TextsThatGrow) {
  for (const std::string text :
       {"{{ [0] * 2000000000 }}", "{{ 'a' * 10**9 }}", "{{ 'a'.center(10**9) }}", "{{ 'x'|center(10**9) }}",
        "{{ '%1000000000d' % 1 }}", "{{ '%.1000000000f' % 1 }}", "{{ '%*d' % (2000000000, 1) }}",
        "{{ '{:>1000000000}'.format(1) }}", "{{ ('a'*1000000).replace('a','b'*1000000) }}",
        "{{ ('a'*100000)|join('b'*100000) }}", "{{ 'a'.zfill(10**9) }}", "{{ 'a\\tb'.expandtabs(10**9) }}",
        "{{ 'a'|indent(10**9) }}", "{{ {'a':1}|tojson(1000000000) }}", "{{ [1]|batch(10**9, 0)|list }}",
        "{{ [1]|slice(10**9)|list }}", "{{ ('ab'*10000000).swapcase() }}", "{{ ('(' * 1000000)|urlize }}",
        "{% set ns = namespace(t='a') %}{% for i in range(100) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ 1 }}"})
    expect_refused(text);
}

TEST(JinjaBounds, LoopsAndRecursion) {
  for (const std::string text :
       {"{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% macro m(n) %}{{ [[[[m(n)]]]] }}{% endmacro %}{{ m(1) }}",
        "{% for i in range(9999) recursive %}{{ loop([1,2,3]) }}{% endfor %}", "{{ range(100001) }}",
        "{% set s = 'a' * 30000000 %}{% for i in range(100000) %}{% if 'b' in s %}{% endif %}{% endfor %}"})
    expect_refused(text);
}

TEST(JinjaBounds, ValuesThatNestOrContainThemselves) {
  const std::string doubling = "{% set ns = namespace(t=[1],u=[1]) %}{% for i in range(60) %}"
                               "{% set ns.t = [ns.t, ns.t] %}{% set ns.u = [ns.u, ns.u] %}{% endfor %}";
  for (const std::string& text :
       {doubling + "{{ ns.t == ns.u }}", doubling + "{{ ns.t }}",
        std::string("{% set ns = namespace(t=(1,)) %}{% for i in range(60) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}"
                    "{{ {ns.t: 1} }}"),
        std::string("{% set l = [] %}{{ l.append(l) }}{{ l }}"), std::string("{% set l = [] %}{{ l.append(l) }}{{ l|tojson }}"),
        std::string("{% set d = {} %}{{ d.update(a=d) }}{{ d|pprint }}"),
        std::string("{% set ns = namespace(t='') %}{% for i in range(90000) %}{% set ns.t = ns.t|map('abs') %}{% endfor %}"
                    "{{ ns.t|list }}"),
        std::string("{% set ns = namespace(c=[]) %}{% set root = [ns.c] %}{% for i in range(90000) %}{% set n = [] %}"
                    "{{ ns.c.append(n) or '' }}{% set ns.c = n %}{% endfor %}{{ root }}")})
    expect_refused(text);
}

TEST(JinjaBounds, NestedTextsAreRefusedWhenTheyAreCompiled) {
  for (const std::string& text :
       {"{{ " + repeated("(", 10'000) + "1" + repeated(")", 10'000) + " }}",
        "{{ " + repeated("[", 10'000) + "1" + repeated("]", 10'000) + " }}", "{{ " + repeated("-", 10'000) + "1 }}",
        repeated("{% if 1 %}", 10'000), "{{ a" + repeated(".b", 30'000) + " }}", "{{ a" + repeated("|abs", 20'000) + " }}"}) {
    Diagnostics diagnostics;
    Template::compile(Value(text), {1, 1}, diagnostics);
    EXPECT_EQ(diagnostics.size(), 1u) << text.substr(0, 50);
  }
}

// What messages do say: messages_test.cc.
TEST(JinjaMessages, HoldNoValues) {
  const auto message = [](const std::string& text) {
    Diagnostics diagnostics;
    const Template made = Template::compile(Value(text), {1, 1}, diagnostics);
    const auto value = made.evaluate(test::FakeScope(*parse_json(R"({"password": "hunter2", "n": 1, "d": {"hunter2": 1}})")));
    return value ? "value " + to_json(*value) : value.error().message;
  };
  for (const char* text : {"{{ _.d[_.password ~ 'x'] }}", "{{ _[_.password] }}", "{{ 1|attr(_.password) }}", "{{ _.password + 1 }}",
                           "{{ _.password|int / 0 }}", "{{ [1].index(_.password) }}", "{{ _.d.pop(_.password) }}",
                           "{{ {}[_.password] }}", "{{ '%d' % _.password }}", "{{ '{x}'.format(y=_.password) }}",
                           "{{ [1]|map(_.password)|list }}", "{{ _.password.format() ~ missing }}", "{{ _.password() }}"})
    EXPECT_EQ(message(text).find("hunter2"), std::string::npos) << message(text);
}

}  // namespace
}  // namespace foehn
