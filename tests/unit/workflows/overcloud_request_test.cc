// Goal: a request for an OverCloud is taken only when every member is known and within its bounds, and the refusal names
// the allowed values. Method: literal cases, whole texts.
#include "workflows/overcloud/overcloud_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "workflows/builtin.h"
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

std::string with(const std::string& member) {
  return refusal((R"({"provider":"local","number":1,"size":"box",)" + member + "}").c_str());
}

TEST(OvercloudRequest, APolicyIsCheckedToTheLastValue) {
  EXPECT_EQ(with(R"("policy":{"kube_jion":{}})"),
            "policy: unknown step 'kube_jion' (did you mean 'kube_join'?); steps: auth, slice, box_create, ssh_wait, "
            "box_prepare, runtime_install, kube_install, kube_init, kube_join, network, nodes_ready, datalake, "
            "datalake_health, fabric, repo");
  EXPECT_EQ(with(R"("policy":{"kube_join":5})"), "policy.kube_join must be an object {timeout, retries, delay}, not 5");
  EXPECT_EQ(with(R"("policy":{"kube_join":null})"),
            "policy.kube_join must be an object {timeout, retries, delay}, not null");
  EXPECT_EQ(with(R"("policy":{"kube_join":{"retrys":1}})"),
            "policy.kube_join: unknown key 'retrys' (did you mean 'retries'?); keys: timeout, retries, delay");
  EXPECT_EQ(with(R"("policy":{"kube_join":{"retries":-1}})"),
            "policy.kube_join.retries must be an integer from 0 to 100, not -1");
  EXPECT_EQ(with(R"("policy":{"kube_join":{"retries":101}})"),
            "policy.kube_join.retries must be an integer from 0 to 100, not 101");
  EXPECT_EQ(with(R"("policy":{"kube_join":{"timeout":0}})"),
            "policy.kube_join.timeout must be an integer from 1 to 86400, not 0");
  EXPECT_EQ(with(R"("policy":{"kube_join":{"timeout":18446744073709551615}})"),
            "policy.kube_join.timeout must be an integer from 1 to 86400, not 18446744073709551615");
  EXPECT_EQ(with(R"("policy":{"kube_join":{"delay":"5"}})"),
            "policy.kube_join.delay must be an integer from 0 to 3600, not \"5\"");
  EXPECT_EQ(with(R"("policy":{"kube_join":{"retries":5},"repo":{"timeout":1,"retries":0,"delay":0}})"), "accepted");
}

TEST(OvercloudRequest, AProfileIsCheckedToTheLastValue) {
  EXPECT_EQ(with(R"("profile":{"fabrik":{}})"),
            "profile: unknown key 'fabrik' (did you mean 'fabric'?); keys: kubernetes, network, datalake, fabric, "
            "post_size, env");
  EXPECT_EQ(with(R"("profile":{"fabric":true})"),
            "profile.fabric must be an object {prometheus, grafana, topology, influxdb, telegraf}, not true");
  EXPECT_EQ(with(R"("profile":{"fabric":{"graphana":true}})"),
            "profile.fabric: unknown key 'graphana' (did you mean 'grafana'?); keys: prometheus, grafana, topology, "
            "influxdb, telegraf");
  EXPECT_EQ(with(R"("profile":{"fabric":{"grafana":"yes"}})"),
            "profile.fabric.grafana must be true or false, not \"yes\"");
  EXPECT_EQ(with(R"("profile":{"datalake":{"replicas":0}})"),
            "profile.datalake.replicas must be an integer from 1 to 100, not 0");
  EXPECT_EQ(with(R"("profile":{"network":{"plugin":"flanel"}})"),
            "profile.network.plugin must be one of flannel, none, not \"flanel\" (did you mean 'flannel'?)");
  EXPECT_EQ(with(R"("profile":{"kubernetes":{"version":1.30}})"),
            "profile.kubernetes.version must be a text like \"1.36\" or \"1.36.4\", not 1.3");
  EXPECT_EQ(with(R"("profile":{"post_size":"huge"})"), "profile.post_size must be one of box, not \"huge\"");
  for (const char* network : {"10.0.0.0", "10.0.0.0/33", "10.0.0/8", "10.0.0.256/8", "a/8", "10.0.0.0.0/8", ""})
    EXPECT_EQ(with(R"("profile":{"network":{"pod_cidr":")" + std::string(network) + "\"}}"),
              "profile.network.pod_cidr must be an IPv4 network like \"10.244.0.0/16\", not \"" + std::string(network) +
                  "\"");
  EXPECT_EQ(with(R"("profile":{"env":{"kube":"1"}})"),
            "profile.env: 'kube' is no name of a variable: capital letters, digits and '_', not beginning with a digit");
  EXPECT_EQ(with(R"("profile":{"env":{"1A":"1"}})"),
            "profile.env: '1A' is no name of a variable: capital letters, digits and '_', not beginning with a digit");
  EXPECT_EQ(with(R"("profile":{"env":{"A":[]}})"), "profile.env.A must be a text, a number or true/false, not []");
  EXPECT_EQ(with(R"("profile":{"env":{"A":"x\u0000"}})"), "profile.env.A must have at most 4096 bytes and no NUL");
  EXPECT_EQ(with(R"("profile":{"kubernetes":{"version":"1.36"},"network":{"plugin":"none","pod_cidr":"10.1.0.0/16",)"
                 R"("service_cidr":"10.2.0.0/16"},"datalake":{"enabled":true,"replicas":2},"fabric":{"prometheus":true,)"
                 R"("grafana":false,"topology":"builtin","influxdb":true,"telegraf":false},"post_size":"box",)"
                 R"("env":{"POLL_S":1,"_X":true,"A1":"x"}})"),
            "accepted");
}

// The list of steps is written twice: here and in the workflow.
TEST(OvercloudRequest, EveryStepOfTheWorkflowHasAPolicy) {
  const std::string text(*builtin_file("overcloud/create.yaml"));
  const std::size_t begin = text.find("step_policy:");
  const std::string table = text.substr(begin, text.find("\n  vars:", begin) - begin);
  const std::regex row(R"(\n        (\w+): \{timeout)");
  std::string policy;
  for (std::sregex_iterator it(table.begin(), table.end(), row), end; it != end; ++it)
    policy += (policy.empty() ? "\"" : ",\"") + (*it)[1].str() + "\":{}";
  EXPECT_EQ(std::count(policy.begin(), policy.end(), ':'), 15) << policy;
  EXPECT_EQ(with("\"policy\":{" + policy + "}"), "accepted");
}

TEST(OvercloudRequest, NotesOfTheProviderComeAlong) {
  std::vector<ProviderInfo> providers = kProviders;
  providers[0].notes = {"no root"};
  const auto parsed = parse_overcloud_request(*parse_json(R"({"provider":"local","number":1,"size":"box"})"), providers);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->notes, std::vector<std::string>{"no root"});
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
