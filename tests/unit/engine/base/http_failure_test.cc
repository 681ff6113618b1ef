// Goal: an HTTP answer that made an action fail is told in a line. Method: known answers.
#include "engine/base/http_failure.h"

#include <gtest/gtest.h>

#include "engine/base/value.h"

namespace foehn {
namespace {

TEST(HttpFailureTest, StatusReasonAndContentAreTold) {
  const Value answer = {{"status", 503}, {"reason", "Service Unavailable"}, {"headers", {{"Date", "x"}}},
                        {"content", {{"error", "busy"}}}};
  EXPECT_EQ(http_failure(answer), R"(HTTP 503 Service Unavailable: {"error": "busy"})");
  EXPECT_EQ(http_failure({{"status", 404}, {"content", "no such page"}}), "HTTP 404: no such page");
  EXPECT_EQ(http_failure({{"status", 502}, {"reason", "Bad Gateway"}, {"content", ""}}), "HTTP 502 Bad Gateway");
}

TEST(HttpFailureTest, AnythingElseIsNone) {
  for (const Value& other : {Value(), Value("text"), Value(5), Value::array({1}), Value{{"status", 500}},
                             Value{{"status", "active"}, {"content", "x"}}})
    EXPECT_EQ(http_failure(other), "") << to_json(other);
}

}  // namespace
}  // namespace foehn
