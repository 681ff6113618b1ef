// Goal: the list of built-in actions filters, orders and pages as Mistral's in-memory list does, and unserved parts of
// Mistral's API are refused for a stated reason. Method: the routes; the harness has four actions.
#include <gtest/gtest.h>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

class ActionsTest : public ::testing::Test {
 protected:
  std::string names(const std::string& target) {
    const Value body = harness_.json("GET", target);
    std::string text;
    for (const Value& action : body["actions"]) text += (text.empty() ? "" : " ") + text_or(action, "name");
    return text;
  }
  Harness harness_;
};

TEST_F(ActionsTest, FiltersWorkOnNames) {
  EXPECT_EQ(names("/v2/actions"), "std.async_noop std.echo std.fail std.noop");
  EXPECT_EQ(names("/v2/actions?name=std.echo"), "std.echo");
  EXPECT_EQ(names("/v2/actions?name=has:noop"), "std.async_noop std.noop");
  EXPECT_EQ(names("/v2/actions?name=in:std.echo,std.fail"), "std.echo std.fail");
  EXPECT_EQ(names("/v2/actions?name=neq:std.echo&scope=private"), "std.async_noop std.fail std.noop");
}

TEST_F(ActionsTest, OrderIsByName) {
  EXPECT_EQ(names("/v2/actions?sort_keys=created_at&sort_dirs=asc"), "std.async_noop std.echo std.fail std.noop");
  EXPECT_EQ(names("/v2/actions?sort_keys=name&sort_dirs=desc&limit=2"), "std.noop std.fail");
}

TEST_F(ActionsTest, APageStartsAtItsMarker) {
  EXPECT_EQ(names("/v2/actions?limit=2&marker=std.echo"), "std.echo std.fail");
  EXPECT_EQ(names("/v2/actions?marker=std.gone"), "");
}

TEST_F(ActionsTest, TheListIsNotCutAtAThousand) {
  std::string yaml = "version: '2.0'\n";
  for (int i = 0; i < 1'100; ++i) yaml += "many_" + std::to_string(i) + ": {base: std.noop}\n";
  harness_.json("POST", "/v2/actions", 201, yaml, "text/plain");
  const Value all = harness_.json("GET", "/v2/actions");
  EXPECT_EQ(all["actions"].size(), 1'104u);
  EXPECT_FALSE(all.contains("next"));
  EXPECT_EQ(harness_.json("GET", "/v2/actions?limit=1050")["actions"].size(), 1'050u);
  EXPECT_EQ(harness_.json("GET", "/v2/actions?limit=1000000000000")["actions"].size(), 1'104u);
}

TEST_F(ActionsTest, OneActionIsFoundWithAndWithoutANamespace) {
  EXPECT_EQ(harness_.json("GET", "/v2/actions/std.echo")["input"], "output, delay=0");
  EXPECT_EQ(harness_.json("GET", "/v2/actions/std.echo/")["name"], "std.echo");
  EXPECT_EQ(harness_.json("GET", "/v2/actions/std.echo/space")["name"], "std.echo");
  EXPECT_EQ(harness_.json("GET", "/v2/actions/nope/space", 404)["faultstring"],
            "Action not found [name=nope, namespace=space]");
}

TEST_F(ActionsTest, AnAdhocActionComesBeforeABuiltInOneOfItsName) {
  harness_.json("POST", "/v2/actions", 201, "version: '2.0'\nstd.echo: {base: std.noop}\n", "text/plain");
  EXPECT_EQ(harness_.json("GET", "/v2/actions/std.echo")["input"], "");
  EXPECT_EQ(harness_.ask("DELETE", "/v2/actions/std.echo").status, 204);
  EXPECT_EQ(harness_.json("GET", "/v2/actions/std.echo")["input"], "output, delay=0");
}

// All of them are false: Mistral says so of its own actions, too.
TEST_F(ActionsTest, BooleansAreFilteredInAnyForm) {
  constexpr char kAll[] = "std.async_noop std.echo std.fail std.noop";
  for (const char* form : {"false", "False", "eq:false", "neq:true"})
    EXPECT_EQ(names("/v2/actions?is_system=" + std::string(form)), kAll) << form;
  EXPECT_EQ(names("/v2/actions?is_system=true"), "");
  EXPECT_EQ(harness_.ask("GET", "/v2/actions?is_system=maybe").status, 400);
}

TEST_F(ActionsTest, WhatIsNotServedSaysWhy) {
  EXPECT_EQ(harness_.json("GET", "/v2/services", 406)["faultstring"], "Service API is not supported.");
  EXPECT_EQ(harness_.json("GET", "/v2/code_sources", 403)["faultstring"],
            "Operation forbidden (insufficient permissions)");
  EXPECT_EQ(harness_.json("GET", "/v2/nothing", 404)["faultstring"], "The resource could not be found.");
}

}  // namespace
}  // namespace foehn::test
