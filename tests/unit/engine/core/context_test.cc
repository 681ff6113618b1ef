// Goal: contexts layer, share and merge as dsl.md §3.4 says, whatever the depth. Method: literal cases; a naive model
// for long chains.
#include "engine/core/context.h"

#include <gtest/gtest.h>

namespace foehn::core {
namespace {

Value json(const char* text) { return *parse_json(text); }
Context chain(std::initializer_list<const char*> published) {
  Context context;
  for (const char* one : published) context = context.with(json(one));
  return context;
}

TEST(Context, NewestLayerWinsAndOldOnesStay) {
  const Context below = chain({R"({"a":1,"b":1})"});
  const Context above = below.with(json(R"({"a":2})"));
  EXPECT_EQ(above.flatten(), json(R"({"a":2,"b":1})"));
  EXPECT_EQ(below.flatten(), json(R"({"a":1,"b":1})"));
  EXPECT_EQ(*above.find("b"), 1);
  EXPECT_EQ(above.find("c"), nullptr);
  EXPECT_TRUE(Context().empty());
  EXPECT_TRUE(above.with(Value::object()).same_as(above));
}

TEST(Context, PublishingReplacesDictsInsteadOfMergingThem) {
  EXPECT_EQ(chain({R"({"a":{"x":1}})", R"({"a":{"y":2}})"}).flatten(), json(R"({"a":{"y":2}})"));
}

TEST(Context, LongChainsKeepEveryVariable) {
  Context context;
  Value model = Value::object();
  for (int i = 0; i < 1000; ++i) {
    const Value published = {{"v" + std::to_string(i % 97), i}};
    context = context.with(published);
    model["v" + std::to_string(i % 97)] = i;
  }
  EXPECT_EQ(context.flatten(), model);
  for (int i = 0; i < 97; ++i) EXPECT_EQ(*context.find("v" + std::to_string(i)), model["v" + std::to_string(i)]);
}

TEST(Context, MergeTakesTheSidePublishedMoreOften) {
  const Context base = chain({R"({"a":0})"});
  const Context left = base.with(json(R"({"l":1})"));
  const Context right = base.with(json(R"({"a":1})"));
  EXPECT_EQ(left.merged(right).flatten(), json(R"({"a":1,"l":1})"));
  EXPECT_EQ(right.merged(left).flatten(), json(R"({"a":1,"l":1})"));
}

TEST(Context, MergeOfEqualVersionsKeepsTheLeft) {
  const Context base = chain({R"({"a":0})"});
  const Context left = base.with(json(R"({"a":1})"));
  const Context right = base.with(json(R"({"a":2})"));
  EXPECT_EQ(left.merged(right).flatten(), json(R"({"a":1})"));
  EXPECT_EQ(right.merged(left).flatten(), json(R"({"a":2})"));
}

TEST(Context, MergeIsPerLeafOfNestedDicts) {
  const Context left = chain({R"({"a":{"x":1,"same":1}})"});
  const Context right = chain({R"({"a":{"y":0,"same":0}})", R"({"a":{"y":2,"same":2}})"});
  EXPECT_EQ(left.merged(right).flatten(), json(R"({"a":{"x":1,"same":2,"y":2}})"));
  // The leaves keep their counts: `same` was published twice, `x` once.
  const Context other = chain({R"({"a":{"x":5}})", R"({"a":{"x":6}})"});
  const Context third = chain({R"({"a":{"same":9}})"});
  EXPECT_EQ(left.merged(right).merged(other).merged(third).flatten(), json(R"({"a":{"x":6,"same":2,"y":2}})"));
}

TEST(Context, MergeOfDictAndScalarTakesTheNewer) {
  const Context base = chain({R"({"a":{"x":1}})"});
  const Context scalar = base.with(json(R"({"a":7})"));
  EXPECT_EQ(base.merged(scalar).flatten(), json(R"({"a":7})"));
  EXPECT_EQ(scalar.merged(base).flatten(), json(R"({"a":7})"));
}

TEST(Context, MergeAllOfOneHistoryIsThatContext) {
  const Context base = chain({R"({"a":1})"});
  EXPECT_TRUE(Context::merge_all({base, base, Context()}).same_as(base));
  EXPECT_TRUE(Context::merge_all({}).empty());
}

TEST(Context, StoredFormKeepsValuesAndVersions) {
  const Context merged =
      chain({R"({"a":{"x":1}})"}).merged(chain({R"({"a":{"y":1}})", R"({"a":{"y":2}})", R"({"b":3})"}));
  EXPECT_EQ(merged.to_value(), json(R"({"values":{"a":{"x":1,"y":2},"b":3},"versions":{"a":{"":1,"y":2},"b":1}})"));
  const auto read = Context::from_value(merged.to_value());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->to_value(), merged.to_value());
  const Context newer = chain({R"({"a":{"y":9}})"});
  EXPECT_EQ(newer.merged(*read).flatten(), newer.merged(merged).flatten());
  EXPECT_EQ(newer.merged(*read).flatten(), json(R"({"a":{"y":2,"x":1},"b":3})"));
}

TEST(Context, BadStoredFormsAreRefused) {
  EXPECT_TRUE(Context::from_value(Value())->empty());
  EXPECT_TRUE(Context::from_value(Value::object())->empty());
  for (const char* bad :
       {R"([])", R"({"values":{}})", R"({"values":{"a":1},"versions":{}})",
        R"({"values":{"a":1},"versions":{"a":"x"}})", R"({"values":{"a":1},"versions":{"a":{"b":1}}})"})
    EXPECT_FALSE(Context::from_value(json(bad))) << bad;
}

}  // namespace
}  // namespace foehn::core
