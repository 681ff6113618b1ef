// Goal: a request for an OverCloud is taken only when every member is known and within its bounds, and the refusal names
// the allowed values. Method: literal cases, whole texts.
#include "workflows/overcloud/overcloud_request.h"

#include <gtest/gtest.h>

#include "workflows/overcloud/overcloud_states.h"

namespace foehn::workflows {
namespace {

const std::vector<ProviderInfo> kProviders = {{"local", {"box"}}, {"OpenStack", {"m1.small", "m1.large"}}};

std::string refusal(const char* body) {
  const auto parsed = parse_overcloud_request(*parse_json(body), kProviders);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(OvercloudRequest, TakesNumberAsTextOrIntegerAndProviderInAnyCase) {
  for (const char* body : {R"({"provider":"LOCAL","number":"3","size":"box"})", R"({"provider":"local","number":3,"size":"box"})"}) {
    const auto parsed = parse_overcloud_request(*parse_json(body), kProviders);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_EQ(parsed->number, 3);
    EXPECT_EQ(parsed->provider, "local");
    EXPECT_EQ(parsed->on_failure, "keep");
  }
}

TEST(OvercloudRequest, RefusalsNameTheAllowedValues) {
  EXPECT_EQ(refusal(R"({"provider":"local","number":0,"size":"box"})"), "number must be an integer from 1 to 100, not 0");
  EXPECT_EQ(refusal(R"({"provider":"local","number":-1,"size":"box"})"), "number must be an integer from 1 to 100, not -1");
  EXPECT_EQ(refusal(R"({"provider":"local","number":"abc","size":"box"})"),
            "number must be an integer from 1 to 100, not \"abc\"");
  EXPECT_EQ(refusal(R"({"provider":"local","number":"3x","size":"box"})"),
            "number must be an integer from 1 to 100, not \"3x\"");
  EXPECT_EQ(refusal(R"({"provider":"local","number":1000000,"size":"box"})"),
            "number must be an integer from 1 to 100, not 1000000");
  EXPECT_EQ(refusal(R"({"provider":"local","number":18446744073709551615,"size":"box"})"),
            "number must be an integer from 1 to 100, not 18446744073709551615");
  EXPECT_EQ(refusal(R"({"provider":"local","number":2.5,"size":"box"})"),
            "number must be an integer from 1 to 100, not 2.5");
  EXPECT_EQ(refusal(R"({"provider":"Azure","number":1,"size":"box"})"),
            "unknown provider \"Azure\"; providers: local, OpenStack");
  EXPECT_EQ(refusal(R"({"provider":"local","number":1,"size":"m1.small"})"),
            "unknown size \"m1.small\" of provider local; sizes: box");
  EXPECT_EQ(refusal(R"({"provider":"local","size":"box"})"), "'number' is missing; required: provider, number, size");
  EXPECT_EQ(refusal(R"([1])"), "the request must be a JSON object");
  EXPECT_EQ(refusal(R"({"provider":"local","number":1,"size":"box","on_failure":"explode"})"),
            "on_failure must be one of keep, rollback, not \"explode\"");
  EXPECT_EQ(refusal(R"({"provider":"local","nubmer":1,"size":"box"})"),
            "unknown member 'nubmer' (did you mean 'number'?); members: provider, number, size, name, tenant, on_failure, "
            "workflow, profile, policy, concurrency, labels, wait, timeout");
  EXPECT_EQ(refusal(R"({"provider":"local","number":1,"size":"box","profile":[]})"), "profile must be an object, not []");
}

TEST(OvercloudStates, RoadsAreOneWayAndRepeatsAreHarmless) {
  EXPECT_EQ(check_change("REQUESTED", "AUTHORIZING"), StateChange::kAllowed);
  EXPECT_EQ(check_change("CLUSTERING", "CONFIGURING"), StateChange::kAlreadyThere);
  EXPECT_EQ(check_change("ACTIVE", "ACTIVE"), StateChange::kAlreadyThere);
  EXPECT_EQ(check_change("ACTIVE", "DEGRADED"), StateChange::kAllowed);
  EXPECT_EQ(check_change("PROVISIONING", "DESTROYING"), StateChange::kAllowed);
  EXPECT_EQ(check_change("CLUSTERING", "ROLLING_BACK"), StateChange::kAllowed);
  EXPECT_EQ(check_change("ROLLING_BACK", "FAILED"), StateChange::kAllowed);
  EXPECT_EQ(check_change("ACTIVE", "ROLLING_BACK"), StateChange::kIllegal);
  EXPECT_EQ(check_change("FAILED", "DESTROYING"), StateChange::kAllowed);
  EXPECT_EQ(check_change("FAILED", "CLUSTERING"), StateChange::kIllegal);
  EXPECT_EQ(check_change("DESTROYING", "ACTIVE"), StateChange::kIllegal);
  EXPECT_EQ(check_change("DESTROYED", "DESTROYING"), StateChange::kIllegal);
}

}  // namespace
}  // namespace foehn::workflows
