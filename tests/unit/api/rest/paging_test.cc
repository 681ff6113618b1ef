// Goal: list parameters become exactly the query Mistral would have made, next links continue it, and mistakes get
// Mistral's texts. Method: parse_list on a table of its own; no store.
#include "api/rest/paging.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/api/rest/harness.h"

namespace foehn::rest {
namespace {

using store::FilterOp;

constexpr std::array<std::string_view, 4> kFields = {"id", "name", "state", "task_execution_id"};
constexpr std::array kParameters = {
    Parameter{"name"},
    Parameter{"tags", ParameterKind::kTags},
    Parameter{"state", ParameterKind::kState},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"task_execution_id", ParameterKind::kUuid},
    Parameter{"processed", ParameterKind::kBool},
    Parameter{"include_output", ParameterKind::kSwitch},
    Parameter{"nulls", ParameterKind::kSwitch},
};
constexpr ListTable kTable{"things", kFields, kParameters, "Thing not found [id="};

http::Request request_for(std::string_view target) {
  http::Request request;
  request.method = "GET";
  http::set_target(request, target);
  request.headers.add("Host", "host:1");
  return request;
}

ListRequest good(std::string_view target) {
  auto list = parse_list(request_for(target), kTable);
  EXPECT_TRUE(list) << list.error().message;
  return list ? std::move(*list) : ListRequest{};
}

std::string refusal(std::string_view target) {
  const auto list = parse_list(request_for(target), kTable);
  return list ? "accepted" : list.error().message;
}

struct OperatorCase {
  const char* text;
  FilterOp op;
  std::vector<std::string> values;
};

TEST(PagingTest, EveryOperatorIsUnderstood) {
  for (const OperatorCase& one : std::vector<OperatorCase>{{"x", FilterOp::kEq, {"x"}},
                                                           {"eq:x", FilterOp::kEq, {"x"}},
                                                           {"neq:x", FilterOp::kNeq, {"x"}},
                                                           {"gt:1", FilterOp::kGt, {"1"}},
                                                           {"gte:1", FilterOp::kGte, {"1"}},
                                                           {"lt:1", FilterOp::kLt, {"1"}},
                                                           {"lte:1", FilterOp::kLte, {"1"}},
                                                           {"in:a,b", FilterOp::kIn, {"a", "b"}},
                                                           {"nin:a,b", FilterOp::kNin, {"a", "b"}},
                                                           {"has:a,b", FilterOp::kHas, {"a,b"}},
                                                           {"other:x", FilterOp::kEq, {"other:x"}},
                                                           {"", FilterOp::kEq, {""}}}) {
    const ListRequest list = good("/v2/things?name=" + std::string(one.text));
    ASSERT_EQ(list.query.filters.size(), 1u);
    EXPECT_EQ(list.query.filters[0].op, one.op) << one.text;
    EXPECT_EQ(list.query.filters[0].values, one.values) << one.text;
  }
}

TEST(PagingTest, TagsMustAllBeThereAndIdsLoseTheirOperator) {
  const ListRequest list = good("/v2/things?tags=Demo,rec&processed=Yes");
  EXPECT_EQ(list.query.filters[0].op, FilterOp::kHas);
  EXPECT_EQ(list.query.filters[0].values, (std::vector<std::string>{"demo", "rec"}));
  EXPECT_EQ(list.query.filters[1].values, std::vector<std::string>{"true"});
  EXPECT_EQ(refusal("/v2/things?task_execution_id=neq:1"), "Expected a uuid but received 1.");
}

TEST(PagingTest, OrderIsCreationUnlessAskedForAndTheIdIsLast) {
  const ListRequest plain = good("/v2/things");
  ASSERT_EQ(plain.query.sort.size(), 2u);
  EXPECT_EQ(plain.query.sort[0].column, "created_at");
  EXPECT_EQ(plain.query.sort[1].column, "id");
  const ListRequest asked = good("/v2/things?sort_keys=Name,state&sort_dirs=DESC");
  EXPECT_EQ(asked.query.sort[0].column, "name");
  EXPECT_TRUE(asked.query.sort[0].descending);
  EXPECT_FALSE(asked.query.sort[1].descending);
  EXPECT_EQ(asked.link_arguments, "sort_keys=name,state,id&sort_dirs=desc,asc,asc");
}

TEST(PagingTest, AKeyThatComesAgainDecidesNothing) {
  const ListRequest list = good("/v2/things?sort_keys=state,id,state,name,id&sort_dirs=desc,asc,asc,desc");
  EXPECT_EQ(list.link_arguments, "sort_keys=state,id,name&sort_dirs=desc,asc,desc");
}

TEST(PagingTest, ValuesToCompareWithAreBounded) {
  std::string many = "a";
  for (int i = 1; i < 250; ++i) many += ",a";
  EXPECT_EQ(refusal("/v2/things?name=in:" + many + "&name=nin:" + many), "accepted");
  EXPECT_EQ(refusal("/v2/things?name=in:" + many + "&tags=" + many + ",b"),
            "The filters compare with 501 values; at most 500 are possible in one request.");
}

TEST(PagingTest, TheLimitIsBounded) {
  EXPECT_EQ(good("/v2/things").query.limit, 1000u);
  EXPECT_EQ(good("/v2/things?limit=7").query.limit, 7u);
  EXPECT_EQ(good("/v2/things?limit=1000000").query.limit, 1000u);
  EXPECT_EQ(refusal("/v2/things?limit=0"), "Limit must be positive.");
  EXPECT_EQ(refusal("/v2/things?limit=-1"), "Limit must be positive.");
  EXPECT_EQ(refusal("/v2/things?limit=1.1"),
            "Invalid input for field/attribute limit. Value: '1.1'. unable to convert to int. Error: invalid literal "
            "for int() with base 10: '1.1'");
}

TEST(PagingTest, MistakesGetMistralsTexts) {
  EXPECT_EQ(refusal("/v2/things?bogus=1"), "Unknown argument: \"bogus\"");
  EXPECT_EQ(refusal("/v2/things?fields=bogus,name,worse"),
            "Some fields do not exist  [bogus, worse], please choose from [id, name, state, task_execution_id]");
  EXPECT_EQ(refusal("/v2/things?sort_dirs=up"), "Unknown sort direction, must be 'desc' or 'asc'.");
  EXPECT_EQ(refusal("/v2/things?sort_keys=a&sort_dirs=asc,asc"),
            "Length of sort_keys must be equal or greater than sort_dirs.");
  EXPECT_EQ(refusal("/v2/things?nulls=bogus"), "'bogus' is not a valid field name.");
  EXPECT_EQ(refusal("/v2/things?nulls=id"), "The field 'id' can't hold None value.");
  EXPECT_EQ(refusal("/v2/things?state=neq:FOO"),
            "Invalid input for field/attribute state. Value: 'FOO'. Value should be one of: CANCELLED, DELAYED, ERROR, "
            "IDLE, PAUSED, RUNNING, SKIPPED, SUCCESS, WAITING");
}

TEST(PagingTest, NullsBecomeFilters) {
  const ListRequest list = good("/v2/things?nulls=task_execution_id");
  ASSERT_EQ(list.query.filters.size(), 1u);
  EXPECT_EQ(list.query.filters[0].op, FilterOp::kIsNull);
  EXPECT_EQ(list.query.filters[0].column, "task_execution_id");
}

class LinkTest : public ::testing::Test {
 protected:
  std::string next(std::string_view target, std::size_t items) {
    const http::Request request = request_for(target);
    const auto list = parse_list(request, kTable, {{"task_execution_id", FilterOp::kEq, {"7"}}});
    std::vector<Value> values;
    for (std::size_t i = 0; i < items; ++i) values.push_back(Value{{"id", "i" + std::to_string(i)}, {"name", "n"}});
    body_ = list_body(request, harness_.services(), kTable, *list, std::move(values));
    return text_or(body_, "next", "none");
  }
  test::Harness harness_;
  Value body_;
};

TEST_F(LinkTest, AFullPageLinksToTheNext) {
  EXPECT_EQ(next("/v2/things?limit=2&name=has:a%20b%26c&created_at=gt:2026-01-02%2003:04:05&fields=name", 2),
            "http://host:1/v2/things?sort_keys=created_at,id&sort_dirs=asc,asc&task_execution_id=eq:7"
            "&name=has:a%20b%26c&created_at=gt:2026-01-02%2003:04:05&limit=2&marker=i1&fields=id,name");
  EXPECT_EQ(to_json(body_["things"]), R"([{"id":"i0","name":"n"},{"id":"i1","name":"n"}])");
}

TEST_F(LinkTest, AShortPageDoesNot) {
  EXPECT_EQ(next("/v2/things?limit=3", 2), "none");
  EXPECT_EQ(next("/v2/things", 0), "none");
}

TEST_F(LinkTest, APublicAddressGoesBeforeTheHostHeader) {
  harness_.services().options.public_url = "https://foehn.example";
  EXPECT_TRUE(next("/v2/things?limit=1", 1).starts_with("https://foehn.example/v2/things?"));
}

}  // namespace
}  // namespace foehn::rest
