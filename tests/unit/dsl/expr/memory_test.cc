// Goal: no expression, however hostile, takes more than 64 MB of memory or a second of the engine's time.
// Method: a table of expressions that build as much as they can; operator new of this program counts what is really
// held (malloc's own sizes), so that the budget cannot count wrong. Under sanitizers only the errors are looked at:
// their memory and times are their own. Times are looked at in Release builds.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>

#include "dsl/expr/template.h"
#include "engine/base/limits.h"
#include "engine/base/prng.h"
#include "tests/unit/dsl/expr/fake_scope.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

#ifdef __OPTIMIZE__
constexpr bool kOptimized = true;
#else
constexpr bool kOptimized = false;
#endif

namespace {

// Of the one thread of this program.
std::size_t held_bytes = 0;
std::size_t peak_bytes = 0;

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  held_bytes += malloc_usable_size(memory) + sizeof(std::size_t);  // and malloc's header
  peak_bytes = std::max(peak_bytes, held_bytes);
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory != nullptr) held_bytes -= malloc_usable_size(memory) + sizeof(std::size_t);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
#endif

namespace foehn {
namespace {

// The engine's own share: the budget is a round figure, what lies around it is not.
constexpr std::size_t kAllowedBytes = limits::kExpressionBytesMax + 3'000'000;

// Without optimisation, and under sanitizers, the whole table takes minutes. FOEHN_EXPR_MEMORY_ALL=1 in the environment:
// all of it, with what each expression took.
const bool kAll = std::getenv("FOEHN_EXPR_MEMORY_ALL") != nullptr;
const std::size_t kStride = kAll || (kOptimized && !kSanitized) ? 1 : 8;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// What a task may have published: 1 MB of rows, 1 MB of text.
Value context() {
  Value rows = Value::array();
  for (int i = 0; i < 20'000; ++i)
    rows.push_back(Value{{"id", i}, {"name", "server-" + std::to_string(i)}, {"tags", {"a", "b", i % 7}}});
  Value other = rows;
  other.back()["id"] = 0;
  std::string wide;
  for (int i = 0; i < 300'000; ++i) wide += "ä,\t";
  std::string bits;
  Prng random(3);
  for (int i = 0; i < 1'000'000; ++i) bits += random.below(2) == 0 ? 'a' : 'b';
  return Value{{"rows", rows},
               {"other", other},
               {"text", std::string(1'000'000, 'x')},
               {"wide", wide},
               {"bits", bits}};
}

void check(const std::string& text) {
  static const test::FakeScope scope(context());
  Diagnostics diagnostics;
  const dsl::Template made = dsl::Template::compile(Value(text), {1, 1}, diagnostics);
  if (!diagnostics.empty()) FAIL() << text << ": " << diagnostics.front().message;
  malloc_trim(0);
  const std::size_t before = held_bytes;
  peak_bytes = held_bytes;
  const double begin = cpu_seconds();
  std::string outcome;
  {
    const auto value = made.evaluate(scope);
    outcome = value ? "a value" : value.error().message;
  }
  const double seconds = cpu_seconds() - begin;
  if (kAll) std::printf("%5.1f s %5.1f MB %s\n", seconds, static_cast<double>(peak_bytes - before) / 1e6, text.c_str());
  if (kSanitized) return;
  EXPECT_LE(peak_bytes - before, kAllowedBytes) << text << ": " << outcome;
  if (kOptimized) {
    EXPECT_LE(seconds, 1.0) << text << ": " << outcome;
  }
}

constexpr auto kYaql = std::to_array<const char*>({
    // Texts.
    "'a' * 64000000", "('a' * 30000000) + ('b' * 30000000)", "('ab' * 15000000).replace('a', 'cc')",
    "('ab' * 15000000).toUpper()", "('ß' * 10000000).toUpper()", "('ab' * 10000000).split('b')",
    "('a ' * 1000000).split()",
    "('ab' * 1000000).rightSplit('b')", "('a' * 10000000).toCharArray()", "('a' * 900000).toCharArray()",
    "range(900).select($.repeat(1000).toList()).toList()", "range(300000).select(str($)).toList()",
    "range(100000).select(str($)).join(',' * 600)", "range(100).select('a' * 1000000).join('')",
    "range(100).select('a' * 1000000).toList()", "'{0}{0}{0}{0}'.format('a' * 20000000)",
    "'{0:>60000000}'.format(1)", "'{0!r}'.format('\x01' * 15000000)", "str(('\x01' * 10000000).split('x'))",
    "('a' * 20000000).replace({a => bb, b => cc, c => dd})", "concat('a' * 30000000, 'b' * 30000000)",
    "('a' * 30000000).trim()", "('a' * 30000000).substring(1)", "json_dump(range(200000).toList())",
    "json_dump('\x01' * 10000000)", "yaml_dump(range(100000).toList())", "json_parse('[' + '1,' * 900000 + '1]')",
    "json_parse('[' + '[],' * 900000 + '1]')", "json_parse('[' + '{},' * 5000000 + '1]')",
    "json_parse('[' + '\"\",' * 5000000 + '1]')", "yaml_parse('[' + '1,' * 900000 + '1]')",
    "range(1000).select(json_parse($.text)).toList()", "escapeRegex('.' * 30000000)",
    "('a' * 10000000).toCharArray().len()", "characters(digits => true) * 4000000",
    // Lists.
    "range(900000).toList()", "range(450000).toList() + range(450000).toList()", "[0] * 3000000", "[[0]] * 3000000",
    "range(400000).select([$])", "range(400000).select([$]).toList()", "range(400000).select({a => $}).toList()",
    "range(200000).select({a => $, b => $, c => [$]}).toList()", "range(300000).toSet()",
    "range(300000).select([$, $]).toSet()",
    "range(300000).toDict($)", "range(300000).toDict(str($), str($))", "range(300000).groupBy($)",
    "range(300000).groupBy($ mod 10).toList()", "range(300000).orderBy(-$)", "range(200000).orderBy(str($)).toList()",
    "range(300000).distinct()", "range(300000).select(range(3))", "range(300000).select(range(3).select($)).toList()",
    "range(200000).zip(range(200000), range(200000))", "range(300000).enumerate()", "range(300000).slice(1)",
    "range(300000).splitAt(10)", "range(300000).splitWhere($ mod 2 = 0)", "range(300000).sliceWhere($ mod 2 = 0)",
    "range(300000).accumulate($1 + $2)", "range(3000).accumulate($1 + [$2], [])",
    "range(1500).accumulate($1 + str($2) * 100, '')",
    "range(300000).memorize()", "range(300000).reverse()", "range(300000).insert(5, 6)",
    "range(300000).replace(5, 6)",
    "range(300000).delete(5)", "range(1000).join(range(1000), true, [$1, $2])", "generate(0, true, $ + 1, [$])",
    "generateMany(0, [$ + 1, $ + 2])", "range(300000).flatten()", "list(range(300000), range(300000))",
    "range(300).select(range(1000).toList()).toList()", "range(100).select(range(3000).toSet()).toList()",
    "range(100).select(range(3000).toDict($)).toList()", "range(60).select($.rows).toList()",
    "range(60).select(dict($.rows.select([$.id, $]))).toList()", "range(100000).select(let(a => $) -> $a).toList()",
    "range(100000).select(let(a => $, b => $, c => $, d => $)).toList()", "range(300000).select(regex('a')).toList()",
    "range(300000).select(now()).toList()", "range(300000).select(timespan(seconds => $)).toList()",
    "range(1000).aggregate($1.set($2, $2), {})", "range(1000).aggregate($1 + {$2 => $2}, {})",
    "range(1000).aggregate($1.add($2), set())", "range(300000).select(set($)).toList()",
    "range(200000).select($).toList() = range(200000).select($).toList()",
    "range(100000).select([$].select($)).toList()",
    "range(100000).select(set($).union(set(1))).toList()", "range(20).aggregate($1 + $1, [1, 2])",
    "range(26).aggregate($1 + $1, 'ab')", "range(40).aggregate([$1, $1], [1])",
    "range(12).aggregate([$1, $1, $1], 'a' * 1000)",
    "range(500000).cycle().limit(900000).toList()", "dict(range(300000).select([$, $])).items()",
    "dict(range(300000).select([$, $])).keys()", "dict(range(300000).select([$, $])).values()",
    "dict(range(200000).select([str($), $]))",
    "dict(range(100000).select([$, $])).mergeWith(dict(range(100000).select([$, 1])))",
    // Regular expressions.
    "regex('a').split('a' * 900000)", "regex('a').searchAll('a' * 900000)",
    "regex('(a)(a)(a)').searchAll('a' * 900000, [$, $2])",
    "regex('a').replace('a' * 900000, 'b' * 100)", "regex('a').replaceBy('a' * 900000, 'b')",
    "range(1000).select(regex('(a|b){500}' + str($))).toList()",
    "regex('(?:[a-z]{0,100}){10}x').matches('abc' * 1000000)",
    "regex('').split('a' * 900000)", "range(20000).select(a =~ ('a' + str($))).toList()",
    "regex('(?:.*x|a)').searchAll('a' * 900000).len()", "regex('a').searchAll('ä' * 900000, $.start)",
    "regex('[ab]').replaceBy('ab' * 400000, $.value)", "regex('a*').replace('ab' * 400000, 'x')",
    "range(1000).select(regex('a.*b').search($.text))", "$.rows.where($.name =~ '[0-9]+7$').len()",
    "$.rows.where($.name =~ ($.name + '$')).len()", "range(60).select(('ab' * 500000) =~ '[ab]*a[ab]{15}c')",
    "regex('[ab](?:[ab]{0,200}a[ab]{200}x)?').searchAll($.bits)", "range(60).select($.bits =~ '[ab]*a[ab]{15}c')",
    "let(a => $.bits) -> range(60).select($a =~ '[ab]*a[ab]{12}c').toList()",
    "let(a => $.bits) -> range(60).select($a =~ '[ab]*a[ab]{20}c').toList()",
    // What the context holds.
    "$", "$.rows", "[$, $, $, $, $]", "range(100).select($)", "$.rows.select($.name).toList()", "$.rows.name",
    "$.rows.orderBy($.name)", "$.rows.groupBy($.name)", "$.rows.toDict($.name)", "$.rows.select($ + {x => 1})",
    "$.rows = $.other", "let(a => $.rows, b => $.other) -> range(1000).select([$a] = [$b]).toList()",
    "let(a => $.rows, b => $.other) -> range(1000).select($a = $b).toList()",
    "let(a => $.rows) -> range(1000).select(set([$a])).toList()",
    "let(a => $.text) -> range(1000).select($a + $a).len()", "let(a => $.text) -> range(1000).select($a.len()).sum()",
    "$.wide.split(',')", "$.wide.toCharArray()", "str($)", "json_dump($)", "range(60).select(json_dump($.rows))",
    "let(a => $) -> range(60).select(str($a)).toList()", "let(a => $) -> range(60).select(json_dump($a)).toList()",
});

constexpr auto kJinja = std::to_array<const char*>({
    // Texts.
    "'a' * 64000000", "('a' * 30000000) + ('b' * 30000000)", "('a' * 20000000) ~ ('b' * 20000000)",
    "('ab' * 15000000)|replace('a', 'cc')", "('ab' * 15000000)|upper", "('ß' * 10000000)|upper",
    "('ab' * 10000000).split('b')",
    "('a ' * 1000000).split()", "('a' * 10000000)|list", "('a' * 900000)|list", "('a\\n' * 1000000).splitlines()",
    "range(100000)|map('string')|list", "range(100000)|join(',' * 600)", "'%60000000d' % 1",
    "'{:>60000000}'.format(1)",
    "'{0}{0}{0}'.format('a' * 20000000)", "('<' * 10000000)|e", "('<' * 10000000)|tojson",
    "('\x01' * 10000000)|tojson",
    "('a' * 10000000)|wordwrap(1)", "('a ' * 900000)|wordwrap(10)", "('a b' * 1000000)|indent(4)",
    "('a\\n' * 1000000)|indent(50)",
    "('a' * 10000000)|center(60000000)", "('a' * 20000000)|title", "('a' * 20000000)|capitalize",
    "('a' * 10000000).swapcase()",
    "('a' * 10000000).casefold()", "('\\t' * 1000000).expandtabs(60)", "('a' * 10000000)|pprint",
    "range(100000)|list|pprint",
    "('<a>' * 5000000)|striptags", "('http://a.b ' * 500000)|urlize", "(' ' * 10000000)|urlencode",
    "('a' * 10000000)|wordcount",
    "('a' * 10000000)|truncate(9999999)", "('a' * 30000000)[1:]", "('a' * 10000000)[::-1]",
    "('a' * 10000000)|reverse",
    "'xax'.lstrip('\xef\xbf\xbd|tojson000000d' * 1000000)", "('a' * 7000000).isalpha()", "('a' * 7000000).istitle()",
    "('a' * 7000000).isidentifier()", "'a'.maketrans('a' * 7000000, 'b' * 7000000)",
    "('a' * 900000)|map('upper')|list", "('ab' * 1000000).translate({97: 'c' * 60})",
    "('a' * 30000000).zfill(60000000)",
    "('a' * 10000000).partition('b')", "','.join('a' * 900000)", "'a'.join(range(300000)|map('string'))",
    "range(300000)|list|string", "range(200000)|list|tojson", "range(200000)|list|tojson(indent=4)",
    "dict.fromkeys(range(100000))|tojson", "{'a': 'b' * 10000000}|xmlattr", "('a' * 10000000)|format",
    "json_dump(range(200000)|list)",
    "json_parse('[' ~ '1,' * 900000 ~ '1]')", "json_parse('[' ~ '{},' * 5000000 ~ '1]')",
    "yaml_dump(range(100000)|list)",
    // Lists.
    "range(900000)|list", "[0] * 3000000", "[[0]] * 3000000", "range(400000)|list + range(400000)|list",
    "range(300000)|batch(1)|list", "range(300000)|slice(300000)|list", "range(300000)|sort",
    "range(300000)|map('string')|sort",
    "range(300000)|groupby(0)", "range(100000)|map('string')|groupby(0)", "range(300000)|unique|list",
    "dict.fromkeys(range(300000))",
    "dict.fromkeys(range(300000)|map('string'))", "dict.fromkeys(range(300000)).items()|list",
    "range(300000)|reverse|list",
    "range(300000)|select('odd')|list", "range(300000)|map('string')|map('list')|list", "range(300000)|list|random",
    "range(300000)|map('string')|map('upper')|map('lower')|list", "range(100000)|map('string')|map('e')|list",
    "range(300000)|zip", "namespace(a=range(300000)|list)", "range(300000)|map('round')|list",
    // What the context holds.
    "_", "_.rows", "[_, _, _, _, _]", "_.rows|map(attribute='name')|list", "_.rows|sort(attribute='name')",
    "_.rows|groupby('name')", "_.rows == _.other", "[_.rows] == [_.other]", "_.wide|list", "_.wide.split(',')",
    "_|string", "_|tojson",
    "_|pprint", "_.rows|map('string')|list", "_.rows|map('tojson')|list", "_.rows|map('dictsort')|list",
    "_.rows|map('items')|list",
});

constexpr auto kTemplates = std::to_array<const char*>({
    "x{% for i in range(900000) %}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaa{% endfor %}{{ 1 }}",
    "{% set a = 'a' * 30000000 %}{% for i in range(100) %}{{ a }}{% endfor %}",
    "{% set l = [] %}{% for i in range(300000) %}{% set _x = l.append([i]) %}{% endfor %}{{ l }}",
    "{% set l = [] %}{% for i in range(300000) %}{% set _x = l.append({'a': i}) %}{% endfor %}{{ l|length }}",
    "{% set d = {} %}{% for i in range(300000) %}{% set _x = d.update({i: i}) %}{% endfor %}{{ d|length }}",
    "{% set l = [] %}{% for i in range(300000) %}{% set _x = l.append(range(3)) %}{% endfor %}{{ l|length }}",
    "{% set l = [] %}{% for i in range(100000) %}{% set _x = l.append('a' ~ i) %}{% endfor %}{{ l|length }}",
    "{% set l = [] %}{% for i in range(100000) %}{% set _x = l.append(namespace(a=i)) %}{% endfor %}{{ l|length }}",
    "{% set l = [] %}{% for i in range(100000) %}{% set _x = l.append(cycler(i)) %}{% endfor %}{{ l|length }}",
    "{% set l = [] %}{% for i in range(100000) %}{% set _x = l.append(l.append) %}{% endfor %}{{ l|length }}",
    "{% set l = [] %}{% for i in range(100000) %}{% set _x = l.append(_.rows|map('string')) %}{% endfor %"
    "}{{ l|length }}",
    "{% set l = [] %}{% for i in range(100000) %}{% set _x = l.append(_.rows.x) %}{% endfor %}{{ l|length }}",
    "{% set l = [] %}{% for i in range(100000) %}{% macro m() %}{{ i }}{% endmacro %}{% set _x = l.append"
    "(m) %}{% endfor %}{{ l|length }}",
    "{% for i in range(100) %}{% set a %}{{ 'a' * 1000000 }}{% endset %}{{ a }}{% endfor %}",
    "{% macro m(a) %}{{ a }}{{ a }}{% endmacro %}{{ m(m(m(m('a' * 10000000)))) }}",
    "{% filter upper %}{{ 'a' * 30000000 }}{% endfilter %}",
    "{{ 'a' * 30000000 }}{{ 'a' * 30000000 }}{{ 'a' * 30000000 }}",
    "{% set t = 'a' * 3000000 %}{% for i in range(100000) %}{{ t[i] }}{% endfor %}",
    "{% set t = 'ä' * 1500000 %}{% for i in range(100000) %}{{ t[i] }}{% endfor %}",
    "{% set t = 'ä' * 1500000 %}{% for i in range(1000) %}{{ t[i * 1000:i * 1000 + 5] }}{% endfor %}",
    "{% for i in range(100000) %}{{ i }}{{ _.text|length }}{% endfor %}",
    "{% for i in range(1000) %}{{ _.rows == _.other }}{% endfor %}",
    "{% for i in range(1000) %}{{ [_.rows] == [_.other] }}{% endfor %}",
    "<% 'a' * 30000000 %><% 'a' * 30000000 %><% 'a' * 30000000 %>",
    "<% $ %><% $ %><% $ %><% $ %><% $ %><% $ %><% $ %>",
    "a <% range(300000).toList() %>", "a <% dict(range(100000).select([$, $])) %>", "a <% ('\x01' * 10000000) %>",
    "a <% [('\x01' * 10000000)] %>",
});

template <std::size_t kCount>
void check_all(const std::array<const char*, kCount>& table, const std::string& open, const std::string& close) {
  if (kStride > 1) std::printf("this build is slow: every %zuth of %zu expressions is checked\n", kStride, kCount);
  for (std::size_t i = 0; i < kCount; i += kStride) check(open + table[i] + close);
}

// What workflows do with much data must go on working: 10 MB of rows, 1 MB of log.
Value large_context() {
  Value rows = Value::array();
  for (int i = 0; i < 10'000; ++i) {
    Value row{{"id", i}, {"name", "server-" + std::to_string(i)}, {"log", std::string(900, 'x')}};
    for (int member = 0; member < 6; ++member) row["field-" + std::to_string(member)] = member;
    rows.push_back(std::move(row));
  }
  std::string log;
  while (log.size() < 1'000'000)
    log += "2026-01-01T00:00:00.123 INFO [compute.manager] instance " + std::to_string(log.size()) + " is up\n";
  return Value{{"a", {{"b", 42}}}, {"rows", rows}, {"log", log}};
}

constexpr auto kUseful = std::to_array<const char*>({
    "<% $.a.b %>", "<% $.rows %>", "<% $.rows.where($.id > 5) %>", "<% $.rows.select($.name) %>",
    "<% $.rows.where(xyz in $.log).len() %>", "<% $.rows.orderBy($.name).first().id %>",
    "<% $.rows.toDict($.name, $.id) %>", "<% $.rows.select({id => $.id, name => $.name}) %>",
    "<% $.rows.select($.log.len()).sum() %>", "<% $.rows.where($.name =~ '^server-[0-9]+5$').len() %>",
    "<% $.log.split('\n').len() %>", "<% json_dump($.a) %>", "<% $ %>", "<% $.rows = $.rows %>",
    "<% regex('[0-9]{4}-[0-9]{2}-[0-9]{2}T([0-9:.]+) +(ERROR|WARN) +.([a-z.]+). +.*is down').search($.log) %>",
    "a <% $.a.b %> b <% $.rows.len() %>", "{{ _.a.b }}", "{{ _.rows }}", "{{ _.rows|map(attribute='name')|list }}",
    "<% $.rows.where($.name =~ 'server-[0-9]*7$' and $.log =~ 'x+').len() %>", "<% regex('[0-9]+').replace($.log, n) %>",
    "{{ _.rows|selectattr('id', 'gt', 5)|list }}", "{{ _.rows|sort(attribute='name')|length }}", "{{ _.log|upper }}",
    "{% for row in _.rows %}{{ row.name }} {% endfor %}", "{{ _.log.splitlines()|length }}",
});

TEST(ExpressionMemory, UsefulExpressionsOnMuchDataWork) {
  const test::FakeScope scope(large_context());
  for (const std::string text : kUseful) {
    Diagnostics diagnostics;
    const dsl::Template made = dsl::Template::compile(Value(text), {1, 1}, diagnostics);
    ASSERT_TRUE(diagnostics.empty()) << text << ": " << diagnostics.front().message;
    const auto value = made.evaluate(scope);
    EXPECT_TRUE(value.has_value()) << text << ": " << value.error().message;
  }
}

TEST(ExpressionMemory, Yaql) { check_all(kYaql, "<% ", " %>"); }
TEST(ExpressionMemory, Jinja) { check_all(kJinja, "{{ ", " }}"); }
TEST(ExpressionMemory, Templates) { check_all(kTemplates, "", ""); }

}  // namespace
}  // namespace foehn
