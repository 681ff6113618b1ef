// Goal: every filter, test, global function and method that templates have under Mistral is known here, or
// docs/COMPATIBILITY.md says that it is not. Method: the names of Jinja2 3.1.2 (FILTERS, TESTS, DEFAULT_NAMESPACE) and of
// Python 3.11's types, with those that are left out on purpose.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "dsl/expr/jinja/functions.h"

namespace foehn {
namespace {

using Names = std::set<std::string>;

Names words(const std::string& text) {
  std::istringstream in(text);
  Names names;
  for (std::string word; in >> word;) names.insert(word);
  return names;
}
Names set_of(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

// `wanted` less `absent` is exactly what there is; what is absent is documented.
void expect_covered(const Names& known, const Names& wanted, const Names& absent) {
  std::ifstream file("docs/COMPATIBILITY.md");
  const std::string documented((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const std::string& name : wanted) EXPECT_EQ(known.contains(name), !absent.contains(name)) << name;
  for (const std::string& name : known) EXPECT_TRUE(wanted.contains(name)) << name << " is not Jinja2's";
  for (const std::string& name : absent)
    EXPECT_NE(documented.find("`" + name + "`"), std::string::npos) << name << " is not in docs/COMPATIBILITY.md";
}

TEST(JinjaCoverage, Filters) {
  expect_covered(set_of(jinja::filter_names()),
                 words("abs attr batch capitalize center count d default dictsort e escape filesizeformat first float "
                       "forceescape format groupby indent int join last length list lower items map min max pprint random "
                       "reject rejectattr replace reverse round safe select selectattr slice sort string striptags sum "
                       "title trim truncate unique upper urlencode urlize wordcount wordwrap xmlattr tojson"),
                 {});
}

TEST(JinjaCoverage, Tests) {
  expect_covered(set_of(jinja::test_names()),
                 words("odd even divisibleby defined undefined filter test none boolean false true integer float lower upper "
                       "string mapping number sequence iterable callable sameas escaped in == eq equalto != ne > gt "
                       "greaterthan ge >= < lt lessthan <= le"),
                 {});
}

TEST(JinjaCoverage, Globals) {
  expect_covered(set_of(jinja::global_names()), words("range dict lipsum cycler joiner namespace"), {"lipsum"});
}

TEST(JinjaCoverage, Methods) {
  expect_covered(set_of(jinja::method_names("str")),
                 words("capitalize casefold center count encode endswith expandtabs find format format_map index isalnum "
                       "isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper "
                       "join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust "
                       "rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill"),
                 {"encode"});
  expect_covered(set_of(jinja::method_names("list")),
                 words("append clear copy count extend index insert pop remove reverse sort"), {});
  expect_covered(set_of(jinja::method_names("dict")),
                 words("clear copy fromkeys get items keys pop popitem setdefault update values"), {});
  expect_covered(set_of(jinja::method_names("tuple")), words("count index"), {});
  expect_covered(set_of(jinja::method_names("range")), words("count index"), {});
  expect_covered(set_of(jinja::method_names("int")),
                 words("as_integer_ratio bit_count bit_length conjugate from_bytes to_bytes"), {"from_bytes", "to_bytes"});
  expect_covered(set_of(jinja::method_names("float")), words("as_integer_ratio conjugate fromhex hex is_integer"),
                 {"fromhex", "hex"});
}

}  // namespace
}  // namespace foehn
