// POST /foehn/v1/executions/{id}/eval: what expressions see of an execution and of its tasks, and what is refused.
#include <gtest/gtest.h>

#include "tests/unit/api/rest/harness.h"

namespace foehn::test {
namespace {

class EvalTest : public testing::Test {
 protected:
  EvalTest() {
    harness_.define(R"(
version: '2.0'
wf:
  input: [n: 3]
  vars: {v: 10}
  tasks:
    a: {action: std.echo output=<% $.n + 1 %>, publish: {b: <% task().result %>}, on-success: [{hold: <% $.b > 3 %>}]}
    hold: {action: std.async_noop}
)");
    id_ = harness_.run("wf", R"({"n": 5})");
  }

  Value eval(const std::string& expression, const std::string& task = "", int status = 200) {
    Value body = {{"expression", expression}};
    if (!task.empty()) body["task"] = task;
    return harness_.json("POST", "/foehn/v1/executions/" + id_ + "/eval", status, to_json(body));
  }

  Harness harness_;
  std::string id_;
};

TEST_F(EvalTest, SeesWhatTheTaskSees) {
  EXPECT_EQ(eval("<% $.b > 3 %>", "a")["result"], true);
  EXPECT_EQ(eval("n is <% $.n %>, v is {<% $.n %>}", "a")["result"], "n is 5, v is {5}");
  EXPECT_EQ(eval("<% task().name + ' ' + task(a).state + ' ' + str($.v) %>", "hold")["result"], "hold SUCCESS 10");
  EXPECT_EQ(eval("{{ _.b }}", "hold")["result"], 6);
}

TEST_F(EvalTest, SeesWhatTheOutputSeesWithoutATask) {
  EXPECT_EQ(eval("<% execution().name %>")["result"], "wf");
  EXPECT_EQ(eval("<% tasks(execution().id).name %>")["result"], (Value{"a", "hold"}));
}

TEST_F(EvalTest, ChangesNothing) {
  const std::string before = to_json(harness_.json("GET", "/foehn/v1/executions/" + id_ + "/tree")["execution"]);
  eval("<% uuid() %>", "a");
  EXPECT_EQ(to_json(harness_.json("GET", "/foehn/v1/executions/" + id_ + "/tree")["execution"]), before);
}

TEST_F(EvalTest, SaysWhatIsWrong) {
  EXPECT_EQ(eval("<% 1 %>", "hald", 404)["error"]["message"], "The execution has no task 'hald'; did you mean 'hold'?");
  EXPECT_EQ(eval("", "", 400)["error"]["message"], "The body needs an expression.");
  const Value bad = eval("<% $.n + %>", "a", 400);
  EXPECT_NE(text_or(bad["error"], "message").find("$.n +"), std::string::npos) << bad;
  id_ = "3f1f7a36-0000-4000-8000-000000000000";
  EXPECT_EQ(eval("<% 1 %>", "", 404)["error"]["message"], "There is no execution " + id_ + ".");
}

}  // namespace
}  // namespace foehn::test
