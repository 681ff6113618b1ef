// Goal: an event is read as CloudEvents 1.0 says, or refused with a reason, and starts each trigger's workflow once.
// Method: texts in, whole texts out; the memory store.
#include <gtest/gtest.h>

#include "tests/unit/workflows/triggers/fakes.h"
#include "workflows/triggers/event_service.h"

namespace foehn::triggers {
namespace {

Value json(const std::string& text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}
std::string error_of(const std::string& text) {
  const auto event = event_from_json(json(text), {});
  return event ? "" : event.error().message;
}

TEST(CloudEvents, StructuredMode) {
  const auto event = event_from_json(
      json(R"({"specversion":"1.0","id":"7","source":"/shop","type":"order.paid","subject":"42",
               "time":"2026-11-21T04:00:00.5+01:00","retries":3,"datacontenttype":null,"data":{"sum":9}})"),
      {});
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->exchange, "/shop");
  EXPECT_EQ(event->topic, "42");
  EXPECT_EQ(event->type, "order.paid");
  EXPECT_EQ(to_json(event->event),
            R"({"specversion":"1.0","id":"7","source":"/shop","type":"order.paid","subject":"42",)"
            R"("time":"2026-11-21T04:00:00.5+01:00","retries":3,"data":{"sum":9}})");
}

TEST(CloudEvents, BinaryMode) {
  const std::vector<std::pair<std::string, std::string>> attributes = {
      {"specversion", "1.0"}, {"id", "7"}, {"source", "/a"}, {"type", "t"}, {"subject", "Euro%20%E2%82%AC"}};
  const auto event = event_from_binary(attributes, "application/json", R"({"a":1})", {"nova", "notifications"});
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->exchange + " " + event->topic, "nova notifications");
  EXPECT_EQ(to_json(event->event), R"({"specversion":"1.0","id":"7","source":"/a","type":"t","subject":"Euro €",)"
                                   R"("datacontenttype":"application/json","data":{"a":1}})");
  const auto bytes = event_from_binary(attributes, "image/png", "\x89PNG", {});
  EXPECT_EQ(text_or(bytes->event, "data_base64"), "iVBORw==");
  EXPECT_EQ(text_or(event_from_binary(attributes, "text/plain", "hi", {})->event, "data"), "hi");
  EXPECT_EQ(event_from_binary(attributes, "application/json", "{", {}).error().message.substr(0, 33),
            "The event's data is not valid JSO");
}

TEST(CloudEvents, RefusalsSayWhatIsWrong) {
  EXPECT_EQ(error_of("[]"), "A CloudEvent is a JSON object, not list.");
  EXPECT_EQ(error_of(R"({"id":"1"})"), "The CloudEvents attribute 'specversion' is required.");
  EXPECT_EQ(error_of(R"({"specversion":"0.3","id":"1","source":"/","type":"t"})"),
            "CloudEvents specversion '0.3' is not supported; 1.0 is.");
  EXPECT_EQ(error_of(R"({"specversion":"1.0","id":"","source":"/","type":"t"})"),
            "The CloudEvents attribute 'id' must be a text that is not empty.");
  EXPECT_EQ(error_of(R"({"specversion":"1.0","id":"1","source":"a b","type":"t"})"),
            "The CloudEvents attribute 'source' must be a URI reference, not 'a b'.");
  EXPECT_EQ(error_of(R"({"specversion":"1.0","id":"1","source":"/","type":"t","time":"today"})"),
            "The CloudEvents attribute 'time' must be as in 2026-11-21T04:00:00Z, not 'today'.");
  EXPECT_EQ(error_of(R"({"specversion":"1.0","id":"1","source":"/","type":"t","Bad":"x"})"),
            "CloudEvents attribute 'Bad': names consist of lower-case letters and digits.");
  EXPECT_EQ(error_of(R"({"specversion":"1.0","id":"1","source":"/","type":"t","more":[1]})"),
            "CloudEvents attribute 'more': values are texts, integers or booleans.");
  EXPECT_EQ(error_of(R"({"specversion":"1.0","id":"1","source":"/","type":"t","data":1,"data_base64":"AA=="})"),
            "A CloudEvent has either 'data' or 'data_base64'.");
  EXPECT_EQ(error_of(R"({"event_type":"t"})"), "A notification needs 'message_id', a text that is not empty.");
}

TEST(Matching, StarsAndQuestionMarks) {
  EXPECT_TRUE(EventService::matches("compute.*.end", "compute.instance.create.end"));
  EXPECT_TRUE(EventService::matches("*", ""));
  EXPECT_TRUE(EventService::matches("a?c", "abc"));
  EXPECT_FALSE(EventService::matches("a?c", "ac"));
  EXPECT_FALSE(EventService::matches("", "a"));
  EXPECT_FALSE(EventService::matches("compute.*.end", "compute.instance.create.start"));
  EXPECT_FALSE(EventService::matches("*a*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

class EventServiceTest : public ::testing::Test {
 protected:
  store::RecordRow add(const char* event, const char* input, const char* project = "p", const char* scope = "private") {
    store::RecordRow row;
    row.id = store::RecordId::random();
    row.kind = kEventTriggerKind;
    row.name = std::to_string(++count_);
    row.project_id = project;
    row.scope = scope;
    row.created_at = {count_};
    row.body = json(R"({"name":"n","exchange":"nova","topic":"*","workflow_params":{}})");
    row.body["event"] = event;
    row.body["workflow_id"] = "00000000-0000-4000-8000-000000000001";
    row.body["workflow_input"] = json(input);
    EXPECT_TRUE(records_.create_record(row));
    return row;
  }
  std::vector<Fired> take(const char* id) {
    const auto event = event_from_json(json(std::string(R"({"message_id":")") + id +
                                            R"(","publisher_id":"compute.h1","event_type":"vm.end",
                                               "timestamp":"2026-11-21 04:00:00","payload":{"vm":"v7"}})"),
                                       {"nova", "notifications"});
    EXPECT_TRUE(event);
    auto fired = EventService(records_, engine_.starter(), log_).take(*event, "p");
    EXPECT_TRUE(fired) << fired.error().message;
    return fired ? *fired : std::vector<Fired>();
  }
  int count_ = 0;
  Log log_{LogOptions{LogLevel::kError, false, ""}};
  triggers::test::CrashingRecords records_;
  triggers::test::FakeStarter engine_;
};

TEST_F(EventServiceTest, StartsEachTriggerOncePerEvent) {
  add("vm.*", R"({"who":"<% $.data.vm %>","plain":1})");
  add("vm.start", "{}");
  add("vm.end", "{}", "other");
  add("vm.end", "{}", "other", "public");
  EXPECT_EQ(take("1").size(), 2u);
  const auto again = take("1");
  ASSERT_EQ(again.size(), 2u);
  EXPECT_TRUE(again[0].existed);
  ASSERT_EQ(engine_.started.size(), 2u);
  EXPECT_EQ(to_json(engine_.started[0].input), R"({"who":"v7","plain":1})");
  EXPECT_EQ(to_json(engine_.started[0].params["event_params"]),
            R"({"specversion":"1.0","id":"1","source":"compute.h1","type":"vm.end","data":{"vm":"v7"},)"
            R"("service":"compute.h1","timestamp":"2026-11-21 04:00:00","exchange":"nova","topic":"notifications",)"
            R"("event":"vm.end"})");
  EXPECT_EQ(engine_.started[1].project_id, "other");
  take("2");
  EXPECT_EQ(engine_.started.size(), 4u);
}

TEST_F(EventServiceTest, AnExpressionThatFailsIsToldAndTheOthersStart) {
  add("vm.end", R"({"who":"<% $.data.nothing.at.all %>"})");
  add("vm.end", "{}");
  const auto fired = take("1");
  ASSERT_EQ(fired.size(), 2u);
  EXPECT_TRUE(fired[0].error || fired[1].error);
  EXPECT_EQ(engine_.started.size(), 1u);
}

TEST_F(EventServiceTest, ABusyEngineMakesTheSenderTryAgain) {
  add("vm.end", "{}");
  engine_.refusal = Error{ErrorCode::kUnavailable, "the server is stopping"};
  const auto event = event_from_json(json(R"({"message_id":"1","event_type":"vm.end"})"), {"nova", ""});
  const auto fired = EventService(records_, engine_.starter(), log_).take(*event, "p");
  ASSERT_FALSE(fired);
  EXPECT_EQ(fired.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace foehn::triggers
