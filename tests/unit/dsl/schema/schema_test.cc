// The schema comes from the parsers' tables: every attribute is in it with its text, and nothing else is. Whether it
// accepts and rejects what the compiler does is tried with a real validator in tests/e2e/author_tools_test.py.
#include "dsl/schema/schema.h"

#include <gtest/gtest.h>

#include "dsl/parse/attribute.h"

namespace foehn::dsl {
namespace {

TEST(Schema, HasEveryAttributeOfEveryTable) {
  const Value workbook = make_schema(SchemaKind::kWorkbook);
  const Value& defs = workbook["$defs"];
  std::size_t seen = 0;
  for (const ObjectDescription& table : describe_language()) {
    for (const AttributeRow& row : table.rows) {
      const std::string kind(table.kind), name(row.name);
      Value properties = table.kind == "workbook" ? workbook["properties"] : Value();
      if (kind == "on-clause") properties = defs["on-clause"]["anyOf"][2]["properties"];
      if (kind == "workflow" && name == "tasks") properties = defs["workflow"]["else"]["properties"];
      if (kind == "task" && row.flows == FlowScope::kReverseOnly) properties = defs["reverse-task"]["properties"];
      if (properties.is_null()) properties = defs[kind]["properties"];
      ASSERT_TRUE(properties.contains(name)) << kind << " " << name;
      EXPECT_EQ(properties[name]["description"], row.doc);
      EXPECT_EQ(properties[name]["title"], row.name);
      ++seen;
    }
  }
  EXPECT_GT(seen, 60U);
}

TEST(Schema, KnowsTheKindsByTheirWords) {
  EXPECT_EQ(schema_kind("wf"), SchemaKind::kWorkflow);
  EXPECT_EQ(schema_kind("workbook"), SchemaKind::kWorkbook);
  EXPECT_EQ(schema_kind("action"), SchemaKind::kAction);
  EXPECT_EQ(schema_kind("x"), std::nullopt);
}

TEST(Schema, OfActionsKnowsOnlyActions) {
  const Value schema = make_schema(SchemaKind::kAction);
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  std::string names;
  for (auto item = schema["$defs"].begin(); item != schema["$defs"].end(); ++item) names += item.key() + " ";
  EXPECT_EQ(names, "expression action ");
}

}  // namespace
}  // namespace foehn::dsl
