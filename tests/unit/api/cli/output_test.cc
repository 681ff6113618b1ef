// What lists and objects look like in each form of output, as whole texts; differences of lines; tables of the stock
// client.
#include "api/cli/output.h"

#include <gtest/gtest.h>

#include "api/cli/line_diff.h"
#include "api/cli/mistral.h"

namespace foehn::cli {
namespace {

Global form(const std::string& text) {
  Global global;
  const Status set = set_output(global, text);
  EXPECT_TRUE(set) << set.error().message;
  return global;
}

std::string list_in(const std::string& text) {
  const Global global = form(text);
  const Value rows = {{{"id", "1"}, {"name", "a, \"b\""}, {"state", "ERROR"}, {"created_at", "2026-11-21 03:34:35"}},
                      {{"id", "2"}, {"name", "c"}, {"state", "SUCCESS"}, {"created_at", nullptr}}};
  testing::internal::CaptureStdout();
  print_list(global, Value{{"rows", rows}}, rows,
             {"id",
              "name",
              {{"ID", text_of("id")},
               {"NAME", [&](const Value& row) { return fitted(global, text_or(row, "name"), 5); }},
               {"STATE", state_of(global)},
               {"CREATED", time_of(global, "created_at"), true}}});
  return testing::internal::GetCapturedStdout();
}

TEST(Output, PrintsLists) {
  EXPECT_EQ(list_in("table"), "ID  NAME   STATE\n1   a, \"…  ✖ ERROR\n2   c      ✔ SUCCESS\n");
  EXPECT_EQ(list_in("csv"),
            "ID,NAME,STATE,CREATED\n1,\"a, \"\"b\"\"\",ERROR,2026-11-21T03:34:35Z\n2,c,SUCCESS,\n");
  EXPECT_EQ(list_in("name"), "a, \"b\"\nc\n");
  EXPECT_EQ(list_in("jsonpath={.rows[*].id}"), "1 2");
  EXPECT_EQ(list_in("template={{range .rows}}{{.name}};{{end}}"), "a, \"b\";c;");
  EXPECT_EQ(list_in("yaml"),
            "rows:\n  - id: '1'\n    name: 'a, \"b\"'\n    state: ERROR\n    created_at: '2026-11-21 03:34:35'\n"
            "  - id: '2'\n    name: c\n    state: SUCCESS\n    created_at: null\n");
  EXPECT_EQ(list_in("wide").substr(0, 33), "ID  NAME    STATE        CREATED\n");
}

TEST(Output, RefusesFormsThatAreNotThere) {
  Global global;
  EXPECT_EQ(set_output(global, "xml").error().message,
            "-o xml: the forms are table, wide, json, jsonl, yaml, csv, name, jsonpath='{.state}' and "
            "template='{{.state}}'");
  EXPECT_EQ(set_output(global, "jsonpath").error().message.substr(0, 25), "-o jsonpath: the forms ar");
  EXPECT_EQ(set_output(global, "json=x").error().message.substr(0, 16), "-o json=x: the f");
  EXPECT_EQ(set_output(global, "jsonpath={.a").error().message, "-o jsonpath: } is missing");
}

TEST(Output, ShowsTimes) {
  const WallTime time = *parse_time("2026-11-21 03:34:35");
  const auto age = [&](std::int64_t seconds) {
    return shown_time(TimeView::kAge, time, time.plus_ms(seconds * 1000));
  };
  EXPECT_EQ(age(0), "0s ago");
  EXPECT_EQ(age(59), "59s ago");
  EXPECT_EQ(age(60), "1m ago");
  EXPECT_EQ(age(3 * 3600), "3h ago");
  EXPECT_EQ(age(48 * 3600), "2d ago");
  EXPECT_EQ(age(-7200), "in 2h");
  EXPECT_EQ(shown_time(TimeView::kUtc, time, {}), "2026-11-21T03:34:35Z");
}

TEST(Output, CountsColumnsOfATerminal) {
  EXPECT_EQ(display_width("a\x1b[32m✔\x1b[0m"), 2U);
  EXPECT_EQ(display_width("schön"), 5U);
  EXPECT_EQ(display_width("scho\u0308n"), 5U);
  EXPECT_EQ(display_width("世界"), 4U);
  EXPECT_EQ(cut("世界世界", 8), "世界世界");
  EXPECT_EQ(cut("世界世界", 7), "世界世…");
  EXPECT_EQ(cut("abcdef", 4), "abc…");
}

TEST(Output, AFormThatFailsHasAnExitCode) {
  const Global global = form("jsonpath={.rows[5]}");
  testing::internal::CaptureStderr();
  EXPECT_TRUE(print_object(global, Value{{"rows", Value::array({1})}}, "id"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "foehn: -o jsonpath: [5] is beyond the end of a list of 1\n");
  EXPECT_EQ(global.output_code, kExitUsage);
}

TEST(LineDiff, NumbersWhatDiffers) {
  EXPECT_EQ(*line_diff("a\nb\nc\n", "a\nb\nc\n"), "");
  EXPECT_EQ(*line_diff("a\nb\nc\n", "a\nB\nc\nd\n"), "2- b\n2+ B\n4+ d\n");
  EXPECT_EQ(*line_diff("", "a\n"), "1+ a\n");
  EXPECT_FALSE(line_diff(std::string(30'000, '\n'), ""));
}

TEST(MistralTable, IsThatOfTheStockClient) {
  const std::vector<std::string> headings = {"Name", "Remaining executions", "Input"};
  const std::vector<Cells> rows = {{"a", 3, Value()}, {"b\nc", 12, true}};
  const auto printed = [&](MistralForm shape, bool list) {
    testing::internal::CaptureStdout();
    const Status status =
        list ? print_mistral_list(shape, headings, rows) : print_mistral_object(shape, headings, rows[1]);
    const std::string out = testing::internal::GetCapturedStdout();
    return status ? out : "refused: " + status.error().message;
  };
  EXPECT_EQ(printed({}, true),
            "+------+----------------------+-------+\n"
            "| Name | Remaining executions | Input |\n"
            "+------+----------------------+-------+\n"
            "| a    |                    3 | None  |\n"
            "| b    |                   12 | True  |\n"
            "| c    |                      |       |\n"
            "+------+----------------------+-------+\n");
  EXPECT_EQ(printed({"value", {"Input", "Name"}, true}, true), "a None\nb\nc True\n");
  EXPECT_EQ(printed({"csv", {}, true}, true),
            "\"Name\",\"Remaining executions\",\"Input\"\n\"a\",3,\"\"\n\"b\nc\",12,True\n");
  EXPECT_EQ(printed({"shell", {}, true}, false), "name=\"b\nc\"\nremaining_executions=\"12\"\ninput=\"True\"\n");
  EXPECT_EQ(printed({"json", {}, false}, false),
            "{\"Name\": \"b\\nc\", \"Remaining executions\": 12, \"Input\": true}\n");
  EXPECT_EQ(printed({"table", {"Nme"}, true}, false),
            "refused: No recognized column names in ['Nme']. Recognized columns are ['Name', 'Remaining executions', "
            "'Input'].");
  EXPECT_EQ(printed({"csv", {}, true}, false),
            "refused: -f csv is not for one object; its formats are json, shell, table, value, yaml");
}

TEST(MistralTable, ShowsDurationsAsPython) {
  EXPECT_EQ(python_duration(0), "0:00:00");
  EXPECT_EQ(python_duration(3'661), "1:01:01");
  EXPECT_EQ(python_duration(86'400), "1 day, 0:00:00");
  EXPECT_EQ(python_duration(200'000), "2 days, 7:33:20");
  EXPECT_EQ(python_duration(-1), "-1 day, 23:59:59");
}

}  // namespace
}  // namespace foehn::cli
