// Goal: environments are stored, shown, replaced and refused as Mistral does, and an execution that names one gets its
// variables. Method: the routes; whole bodies and texts.
#include <gtest/gtest.h>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

class EnvironmentsTest : public ::testing::Test {
 protected:
  std::string refused(std::string method, std::string target, int status, std::string body = "") {
    return text_or(harness_.json(std::move(method), std::move(target), status, std::move(body)), "faultstring");
  }
  std::string names(const std::string& query) {
    const Value body = harness_.json("GET", "/v2/environments" + query);
    std::string text;
    for (const Value& one : body["environments"]) text += (text.empty() ? "" : " ") + text_or(one, "name");
    return text;
  }
  Value create(const std::string& body) { return harness_.json("POST", "/v2/environments", 201, body); }

  Harness harness_;
};

TEST_F(EnvironmentsTest, VariablesMayBeAnObjectOrText) {
  const Value made = create(R"({"name": "a", "variables": "{\"x\": {\"y\": 1}}", "description": "d"})");
  EXPECT_EQ(made["variables"], R"({"x": {"y": 1}})");
  EXPECT_EQ(made["scope"], "private");
  EXPECT_EQ(made["project_id"], "<default-project>");
  EXPECT_FALSE(made.contains("updated_at"));
  const Value shown = harness_.json("GET", "/v2/environments/a");
  EXPECT_EQ(shown["id"], made["id"]);
  EXPECT_TRUE(shown["updated_at"].is_null());
  EXPECT_EQ(to_json(harness_.json("GET", "/v2/environments/a?fields=name")),
            "{\"id\":" + to_json(made["id"]) + ",\"name\":\"a\"}");
  EXPECT_EQ(create(R"({"name": "b"})")["variables"], "{}");
  EXPECT_TRUE(harness_.json("GET", "/v2/environments/b")["description"].is_null());
}

TEST_F(EnvironmentsTest, WhatIsGivenIsReplacedAndTheRestStays) {
  create(R"({"name": "a", "variables": {"x": 1}, "description": "d"})");
  Value changed = harness_.json("PUT", "/v2/environments", 200, R"({"name": "a", "variables": {"y": 2}})");
  EXPECT_EQ(changed["variables"], R"({"y": 2})");
  EXPECT_EQ(changed["description"], "d");
  EXPECT_TRUE(changed["updated_at"].is_string());
  changed = harness_.json("PUT", "/v2/environments", 200, R"({"name": "a", "description": "e"})");
  EXPECT_EQ(changed["variables"], R"({"y": 2})");
  EXPECT_EQ(changed["description"], "e");
}

TEST_F(EnvironmentsTest, WrongBodiesAreRefusedWithMistralsTexts) {
  create(R"({"name": "a"})");
  const auto post = [&](const std::string& body, int status = 400) {
    return refused("POST", "/v2/environments", status, body);
  };
  EXPECT_EQ(post(R"({"name": "a"})", 409),
            "Duplicate entry for Environment ['name', 'project_id']: a, <default-project>");
  EXPECT_EQ(post(R"({"name": "x", "foo": 1})"), "Unknown attribute for argument env: foo");
  EXPECT_EQ(post(R"({"name": "x", "id": "1"})"),
            "Please, check your environment definition. Only: ['name', 'description', 'variables', 'scope'] are "
            "allowed as definition keys.");
  EXPECT_EQ(post(R"({"variables": {}})"), "Name of the environment is not provided.");
  EXPECT_EQ(post(R"({"name": 1})"), "Invalid input for field/attribute name. Value: '1'. Value should be a string.");
  EXPECT_EQ(post(R"({"name": "x", "variables": [1]})"),
            "JsonType field value must be a dictionary [actual=[1]]");
  EXPECT_EQ(post(R"({"name": "x", "variables": "[1]"})"),
            "JsonType field value must be a dictionary [actual=[1]]");
  EXPECT_EQ(post(R"({"name": "x", "scope": "unique"})"),
            "Invalid input for field/attribute scope. Value: 'unique'. Value should be one of: private, public");
  EXPECT_EQ(post(R"({"name": "x", "scope": "public"})", 403), "Operation forbidden (insufficient permissions)");
  EXPECT_EQ(post("{"), "Request is not in valid JSON format\n\ninvalid JSON: parse error at line 1, column 2: syntax error "
                       "while parsing object key - unexpected end of input; expected string literal");
  EXPECT_EQ(post("[]"), "Request must be a JSON dict");
  EXPECT_EQ(post("{\"name\": \"\xff\"}"),
            "Request is not in valid JSON format\n\ninvalid JSON: parse error at line 1, column 11: syntax error while "
            "parsing value - invalid string: ill-formed UTF-8 byte; last read: '\"\xEF\xBF\xBD'");
  EXPECT_EQ(post("{\"name\": \"x\", \"variables\": " + std::string(500, '[') + std::string(500, ']') + "}"),
            "Request is not in valid JSON format\n\nJSON is nested deeper than 200 levels");
  EXPECT_EQ(post(R"({"name": "x", "variables": {"n": 9223372036854775808}})"),
            "The number 9223372036854775808 does not fit into 64 bits; pass it as a text.");
  EXPECT_EQ(post(R"({"name": "x", "variables": "{\"n\": -9223372036854775809}"})"),
            "The number -9223372036854775809 does not fit into 64 bits; pass it as a text.");
  EXPECT_EQ(names(""), "a");
  EXPECT_EQ(refused("PUT", "/v2/environments", 400, R"({"description": "x"})"),
            "Name of the environment is not provided.");
  EXPECT_EQ(refused("PUT", "/v2/environments", 404, R"({"name": "nope"})"), "Environment not found [name=nope]");
  EXPECT_EQ(refused("GET", "/v2/environments/a?bogus=1", 400), "Unknown argument: \"bogus\"");
}

TEST_F(EnvironmentsTest, TheLastOfTwoEqualKeysCounts) {
  EXPECT_EQ(create(R"({"name": "a", "name": "b", "variables": {"x": 1, "x": 2}})")["variables"], R"({"x": 2})");
  EXPECT_EQ(names(""), "b");
}

TEST_F(EnvironmentsTest, ListsFilterOrderAndPage) {
  create(R"({"name": "a", "description": "one", "variables": {"x": 1, "y": 2}})");
  create(R"({"name": "b", "description": "two"})");
  create(R"({"name": "c"})");
  EXPECT_EQ(names("?name=in:a,c"), "a c");
  EXPECT_EQ(names("?description=neq:one"), "b");
  EXPECT_EQ(names("?variables=%7B%22x%22:1,%20%22y%22:%202%7D"), "a");
  EXPECT_EQ(names("?scope=public"), "");
  EXPECT_EQ(names("?sort_keys=description,name&sort_dirs=desc"), "b a c");
  const Value page = harness_.json("GET", "/v2/environments?sort_keys=name&limit=2&fields=name");
  EXPECT_EQ(to_json(page["environments"][0]),
            "{\"id\":" + to_json(page["environments"][0]["id"]) + ",\"name\":\"a\"}");
  const std::string next = text_or(page, "next");
  EXPECT_EQ(names(next.substr(next.find('?'))), "c");
  EXPECT_EQ(refused("GET", "/v2/environments?limit=0", 400), "Limit must be positive.");
  EXPECT_EQ(refused("GET", "/v2/environments?limit=-1", 400), "Limit must be positive.");
  EXPECT_EQ(names("?limit=1000000000"), "a b c");
  EXPECT_EQ(refused("GET", "/v2/environments?sort_keys=bogus", 400), "There is no column 'bogus' to sort by.");
  EXPECT_EQ(refused("GET", "/v2/environments?fields=bogus", 400),
            "Some fields do not exist  [bogus], please choose from [id, name, description, variables, scope, "
            "project_id, created_at, updated_at]");
  EXPECT_EQ(refused("GET", "/v2/environments?marker=00000000-0000-0000-0000-000000000000", 404),
            "Environment not found [id=00000000-0000-0000-0000-000000000000]");
  EXPECT_EQ(refused("GET", "/v2/environments?scope=unique", 400),
            "Invalid input for field/attribute scope. Value: 'unique'. Value should be one of: private, public");
}

TEST_F(EnvironmentsTest, DeletedOnesAreGone) {
  create(R"({"name": "a b"})");
  EXPECT_EQ(harness_.ask("DELETE", "/v2/environments/a%20b").status, 204);
  EXPECT_EQ(refused("DELETE", "/v2/environments/a%20b", 404), "Environment not found [name=a b]");
}

TEST_F(EnvironmentsTest, AnExecutionGetsTheVariablesOfTheEnvironmentItNames) {
  harness_.define(
      "version: '2.0'\nflow:\n  output: {said: <% task(t).result %>}\n  tasks:\n    t: {action: std.echo output=<% env().x "
      "%>}\ndefaults:\n  output: {said: <% task(t).result %>}\n  tasks:\n    t: {action: std.echo}\n");
  create(R"({"name": "e", "variables": {"x": "hello", "__actions": {"std.echo": {"output": "default"}}}})");
  const auto said = [&](const std::string& workflow) {
    const Value started = harness_.json("POST", "/v2/executions", 201,
                                        "{\"workflow_name\": \"" + workflow + "\", \"params\": {\"env\": \"e\"}}");
    return text_or(harness_.json("GET", "/v2/executions/" + text_or(started, "id")), "output");
  };
  EXPECT_EQ(said("flow"), R"({"said": "hello"})");
  EXPECT_EQ(said("defaults"), R"({"said": "default"})");
  EXPECT_EQ(refused("POST", "/v2/executions", 400, R"({"workflow_name": "flow", "params": {"env": "nope"}})"),
            "Environment is not found: nope");
}

}  // namespace
}  // namespace foehn::test
