// Goal: what the host holds is not copied for an expression, and looks and behaves like data of the context.
// Method: a scope that gives dicts and lists of held values; texts and results of both languages; addresses of members.
#include <gtest/gtest.h>

#include "dsl/expr/evaluation.h"
#include "dsl/expr/template.h"

namespace foehn {
namespace {

class HoldingScope final : public dsl::Scope {
 public:
  const Value* variable(std::string_view) const override { return nullptr; }
  dsl::HostValue root() const override {
    dsl::HostValue dict = dsl::HostValue::dict();
    dict.add("big", dsl::HostValue::hold(big));
    dict.add("small", Value(1));
    return dict;
  }
  Result<dsl::HostValue> call(std::string_view function, const dsl::CallArguments&) const override {
    if (function != "tasks") return fail(ErrorCode::kNotFound, "");
    dsl::HostValue list = dsl::HostValue::list();
    list.add(root());
    list.add(Value("made"));
    return list;
  }
  std::vector<std::string> function_names() const override { return {"tasks"}; }

  const Value big = Value{{"rows", {1, 2, 3}}};
};

std::string outcome(const std::string& text) {
  Diagnostics diagnostics;
  const auto value = dsl::Template::compile(Value(text), {1, 1}, diagnostics).evaluate(HoldingScope());
  return value ? to_json(*value) : value.error().message;
}

TEST(HostValue, IsReadLikeDataOfTheContext) {
  const std::string all = R"({"big":{"rows":[1,2,3]},"small":1})";
  EXPECT_EQ(outcome("<% $ %>"), all);
  EXPECT_EQ(outcome("{{ _ }}"), all);
  EXPECT_EQ(outcome("<% tasks() %>"), "[" + all + ",\"made\"]");
  EXPECT_EQ(outcome("{{ tasks() }}"), "[" + all + ",\"made\"]");
  EXPECT_EQ(outcome("<% tasks()[0].big.rows.sum() + $.get(small) %>"), "7");
  EXPECT_EQ(outcome("{{ tasks()[0].big.rows|sum + _.get('small') }}"), "7");
  EXPECT_EQ(outcome("<% $.keys().toList() %>"), R"(["big","small"])");
  EXPECT_EQ(outcome("<% $ = tasks()[0] %>"), "true");
  EXPECT_EQ(outcome("{{ _ == tasks()[0] }}"), "true");
  EXPECT_EQ(outcome("a <% $ %>"), "\"a {'big': {'rows': [1, 2, 3]}, 'small': 1}\"");
}

TEST(HostValue, CannotBeChanged) {
  EXPECT_EQ(outcome("{{ _.update(a=1) }}"),
            "Can not evaluate Jinja expression [expression=_.update(a=1), error=dicts of the context are read-only "
            "here; change a copy, as copy() or dict() give it, at column 3]\n"
            "    _.update(a=1)\n      ^");
  EXPECT_EQ(outcome("{{ tasks().append(1) }}"),
            "Can not evaluate Jinja expression [expression=tasks().append(1), error=lists of the context are read-only "
            "here; change a copy, as copy() or |list give it, at column 9]\n"
            "    tasks().append(1)\n            ^");
}

TEST(HostValue, HeldValuesAreNotCopied) {
  const HoldingScope scope;
  expr::Evaluation evaluation(scope, dsl::Budget{});
  expr::Datum big;
  ASSERT_TRUE(expr::lookup(evaluation.root(), std::string("big"), big));
  EXPECT_EQ(big.value(), &scope.big);
  EXPECT_EQ(to_json(scope.root().copy()), R"({"big":{"rows":[1,2,3]},"small":1})");
}

}  // namespace
}  // namespace foehn
