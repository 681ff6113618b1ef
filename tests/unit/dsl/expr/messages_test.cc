// Goal: whoever writes a wrong expression is told the expression, the column, the types of the operands and the nearest
// valid name, and nothing of the context's values. Method: tables of wrong expressions with their whole messages, one
// per language. That no message holds a value is checked on many more expressions by tests/differential.
#include <gtest/gtest.h>

#include <fstream>

#include "dsl/expr/place.h"
#include "dsl/expr/template.h"
#include "tests/unit/dsl/expr/fake_scope.h"

namespace foehn {
namespace {

constexpr std::string_view kContext = R"({"server": {"name": "web", "address": "10.0.0.1", "ports": {"name": "http"}},
  "servers": [{"name": "web", "port": 80}, {"name": "db", "port": 5432}],
  "text": "hello", "count": 7, "n": null, "empty": []})";

struct Row {
  std::string expression;
  std::string error;
  std::string source;  // the line shown
  std::string caret;   // the line under it
};

// Four lines a row: expression, error, the line shown and the caret under it; rows stand apart by an empty line.
std::vector<Row> table(const std::string& name) {
  std::ifstream file("tests/unit/dsl/expr/" + name);
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    Row& row = rows.emplace_back();
    row.expression = line;
    for (std::string* part : {&row.error, &row.source, &row.caret}) std::getline(file, *part);
  }
  return rows;
}

std::string message_of(const std::string& text) {
  Diagnostics diagnostics;
  const dsl::Template made = dsl::Template::compile(Value(text), {1, 1}, diagnostics);
  for (const auto& diagnostic : diagnostics) ADD_FAILURE() << text << ": " << diagnostic.message;
  test::FakeScope scope(*parse_json(kContext));
  scope.reply("task", nullptr);
  scope.reply("env", Value::object());
  const auto value = made.evaluate(scope);
  return value ? "the value " + to_json(*value) : value.error().message;
}

TEST(Messages, OfYaql) {
  const std::vector<Row> rows = table("yaql_messages.txt");
  EXPECT_GE(rows.size(), 100U);
  for (const Row& row : rows)
    EXPECT_EQ(message_of("<% " + row.expression + " %>"),
              "Can not evaluate YAQL expression [expression=" + row.expression + ", error=" + row.error + "]\n" +
                  row.source + "\n" + row.caret);
}

TEST(Messages, OfJinja) {
  const std::vector<Row> rows = table("jinja_messages.txt");
  EXPECT_GE(rows.size(), 100U);
  for (const Row& row : rows) {
    const bool whole = row.expression.starts_with("{{ ") && row.expression.find("}}") + 2 == row.expression.size();
    const std::string shown = whole ? row.expression.substr(3, row.expression.size() - 6) : row.expression;
    EXPECT_EQ(message_of(row.expression), "Can not evaluate Jinja expression [expression=" + shown + ", error=" +
                                              row.error + "]\n" + row.source + "\n" + row.caret);
  }
}

TEST(Messages, LongAndManyLines) {
  EXPECT_EQ(message_of("line {{ 1 }}\nand {{ _.nme }}\n"),
            "Can not evaluate Jinja expression [expression=line {{ 1 }}\nand {{ _.nme }}, error='dict object' has no "
            "attribute 'nme', at line 2, column 10]\n    and {{ _.nme }}\n             ^");
  const std::string before(200, ' ');
  EXPECT_EQ(message_of("<% 'é' +" + before + "$.nme + 'and more of the same behind it, so that it is cut' %>"),
            "Can not evaluate YAQL expression [expression='é' +" + before + "$.nme + 'and more of the same behind it, so "
            "that it is cut', error='nme' is not a key of the object, at column 208]\n    " +
                std::string(78, ' ') + "$.nme + 'and more of t\n    " + std::string(80, ' ') + "^");
}

TEST(Messages, CaretIsFoundAtTheEndOnly) {
  EXPECT_EQ(expr::caret_of(message_of("<% $.a %>")), "\n    $.a\n      ^");
  EXPECT_EQ(expr::caret_of(""), "");
  EXPECT_EQ(expr::caret_of("a ^"), "");
  EXPECT_EQ(expr::caret_of("a\n    ^"), "");
  EXPECT_EQ(expr::caret_of("a\nb\n    ^"), "");
  EXPECT_EQ(expr::caret_of("a\n    b\n   ^"), "");
  EXPECT_EQ(expr::caret_of("x\n    a\n    ^"), "\n    a\n    ^");
}

}  // namespace
}  // namespace foehn
