// Goal: actions and workbooks are stored as Mistral stores them, all of a document or nothing, and never as something
// that cannot run. Method: the service on each backend, whole texts of errors and of what is stored.
#include <gmock/gmock.h>

#include "engine/store/definition_service.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/engine/store/store_fixture.h"

namespace foehn::store {
namespace {

using ::testing::ElementsAre;

class Builtin final : public dsl::ActionCatalog {
 public:
  std::optional<dsl::ActionSignature> signature(std::string_view action) const override {
    if (action != "std.echo" && action != "std.noop") return std::nullopt;
    return dsl::ActionSignature{{{"output", true}}, false};
  }
  std::vector<std::string> action_names() const override { return {"std.echo", "std.noop"}; }
};

constexpr const char* kWorkbook = R"(version: '2.0'
name: wb
tags: [x]
actions:
  say:
    base: std.echo output="<% $.w %>"
    input: [w, {end: "!"}]
workflows:
  one:
    tasks:
      t: {action: say w="hi"}
)";

class DefinitionServiceTest : public ::testing::TestWithParam<std::string> {
 protected:
  static dsl::Compiled compiled(const std::string& text, dsl::DocumentKind kind = dsl::DocumentKind::kActions) {
    dsl::Compiled result = dsl::compile(text, kind, nullptr);
    EXPECT_TRUE(result.ok()) << dsl::fault_text(result, text);
    return result;
  }
  std::string create(const std::string& text) {
    const auto made = service_.create_actions(compiled(text), text, owner_);
    return made ? "ok" : made.error().message;
  }
  std::string update(const std::string& text, const std::string& identifier = "") {
    const auto made = service_.update_actions(compiled(text), text, owner_, identifier);
    return made ? "ok" : made.error().message;
  }
  Result<StoredWorkbook> workbook(const std::string& text, bool exists) {
    const dsl::Compiled document = compiled(text, dsl::DocumentKind::kWorkbook);
    return exists ? service_.update_workbook(document, text, owner_) : service_.create_workbook(document, text, owner_);
  }

  std::unique_ptr<Backend> backend_ = make_backend(GetParam());
  Builtin builtin_;
  foehn::testing::FakeClock clock_;
  DefinitionService service_{backend_->catalog(), builtin_, clock_};
  DefinitionOwner owner_{.project_id = "p", .definition_namespace = "ns", .scope = "private"};
};
INSTANTIATE_TEST_SUITE_P(Backends, DefinitionServiceTest, ::testing::Values("mem", "sqlite"),
                         [](const auto& backend) { return backend.param; });

TEST_P(DefinitionServiceTest, An_action_keeps_its_text_and_says_what_it_takes) {
  const std::string text =
      "version: '2.0'\nsay:\n  description: says it\n  tags: [t]\n  base: std.echo\n  base-input: {output: <% $.l %>}\n"
      "  input: [l, {r: '!'}, {n: null}]\n";
  ASSERT_EQ(create(text), "ok");
  const ActionRow row = must(service_.action("say", owner_));
  EXPECT_EQ(row.definition, text);
  EXPECT_EQ(row.input, R"(l, r="!", n=null)");
  EXPECT_EQ(row.description, "says it");
  EXPECT_THAT(row.tags, ElementsAre("t"));
  EXPECT_EQ(row.action_namespace, "ns");
  EXPECT_FALSE(row.updated_at);
  EXPECT_EQ(must(service_.action(to_string(row.id), owner_)).name, "say");
}

TEST_P(DefinitionServiceTest, Actions_of_one_document_get_a_text_each_that_can_be_sent_again) {
  ASSERT_EQ(create("version: '2.0'\na: {base: std.noop}\nb: {base: a, output: <% $ %>}\n"), "ok");
  const std::string text = must(service_.action("b", owner_)).definition;
  EXPECT_EQ(text, "version: '2.0'\nb:\n  base: a\n  output: '<% $ %>'\n");
  EXPECT_EQ(update(text), "ok");
}

TEST_P(DefinitionServiceTest, A_name_is_taken_once) {
  ASSERT_EQ(create("version: '2.0'\nsay: {base: std.noop}\n"), "ok");
  EXPECT_EQ(create("version: '2.0'\nnew: {base: std.noop}\nsay: {base: std.noop}\n"),
            "Duplicate entry for Action ['name', 'namespace', 'project_id']: say, ns, p");
  EXPECT_EQ(service_.action("new", owner_).error().message, "Action not found [name=new, namespace=ns]");
}

TEST_P(DefinitionServiceTest, An_update_keeps_the_id_and_the_time_of_creation) {
  ASSERT_EQ(create("version: '2.0'\nsay: {base: std.noop}\n"), "ok");
  const ActionRow before = must(service_.action("say", owner_));
  clock_.advance_ms(1'000);
  ASSERT_EQ(update("version: '2.0'\nsay: {base: std.echo output=1}\n"), "ok");
  const ActionRow after = must(service_.action("say", owner_));
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.created_at, before.created_at);
  EXPECT_EQ(after.updated_at, clock_.wall());
  EXPECT_EQ(after.definition, "version: '2.0'\nsay: {base: std.echo output=1}\n");
  EXPECT_EQ(update("version: '2.0'\nother: {base: std.noop}\n"), "Action not found [name=other, namespace=ns]");
  EXPECT_EQ(update("version: '2.0'\na: {base: std.noop}\nb: {base: std.noop}\n", "say"),
            "More than one actions are not supported for update with identifier. [identifier: say]");
}

TEST_P(DefinitionServiceTest, A_circle_through_stored_actions_is_refused_and_nothing_is_stored) {
  ASSERT_EQ(create("version: '2.0'\nwb.a: {base: wb.b}\n"), "ok");
  EXPECT_EQ(create("version: '2.0'\nfine: {base: std.noop}\nwb.b: {base: a}\n"),
            "Found a cycle in an ad-hoc action chain [action_name=wb.b, duplicate_action_name=wb.b]");
  EXPECT_EQ(service_.action("fine", owner_).error().message, "Action not found [name=fine, namespace=ns]");
  EXPECT_EQ(create("version: '2.0'\nwb.b: {base: std.noop}\n"), "ok");
}

TEST_P(DefinitionServiceTest, A_chain_that_is_too_long_is_refused) {
  ASSERT_EQ(create("version: '2.0'\nlink0: {base: std.noop}\n"), "ok");
  std::string answer;
  int link = 1;
  for (; link < 200 && (answer.empty() || answer == "ok"); ++link)
    answer = create("version: '2.0'\nlink" + std::to_string(link) + ": {base: link" + std::to_string(link - 1) + "}\n");
  EXPECT_EQ(answer, "More than 50 ad-hoc actions are based on each other [action_name=link" + std::to_string(link - 1) +
                        "]");
}

TEST_P(DefinitionServiceTest, Removing_an_action) {
  ASSERT_EQ(create("version: '2.0'\nsay: {base: std.noop}\n"), "ok");
  EXPECT_TRUE(service_.remove_action("say", owner_));
  EXPECT_EQ(service_.remove_action("std.noop", owner_).error().message,
            "Action definition not found [action_name=std.noop, namespace=ns]");
}

TEST_P(DefinitionServiceTest, A_workbook_is_stored_with_everything_in_it) {
  const StoredWorkbook stored = must(workbook(kWorkbook, false));
  EXPECT_EQ(stored.workbook.definition, kWorkbook);
  EXPECT_THAT(stored.workbook.tags, ElementsAre("x"));
  EXPECT_EQ(workbook(kWorkbook, false).error().message,
            "Duplicate entry for WorkbookDefinition ['name', 'namespace', 'project_id']: wb, ns, p");
  backend_->reopen();
  const auto flow = must(backend_->catalog().workflow_for("p", "wb.one", "ns", false));
  ASSERT_TRUE(flow);
  EXPECT_EQ(flow->workbook_name, "wb");
  EXPECT_EQ(dsl::compile(flow->definition, dsl::DocumentKind::kWorkflows, nullptr).workflows.at(0)->spec.name,
            "wb.one");
  DefinitionService reopened(backend_->catalog(), builtin_, clock_);
  const ActionRow say = must(reopened.action("wb.say", owner_));
  EXPECT_EQ(say.workbook_name, "wb");
  EXPECT_EQ(say.input, R"(w, end="!")");
  EXPECT_EQ(must(adhoc_spec(say)).name, "wb.say");
}

TEST_P(DefinitionServiceTest, A_workbook_sent_again_replaces_its_items_and_deletes_none) {
  const StoredWorkbook first = must(workbook(kWorkbook, false));
  clock_.advance_ms(1'000);
  const std::string changed =
      "version: '2.0'\nname: wb\nworkflows:\n  one: {tasks: {t: {action: say w=\"ho\"}}}\n  two: {tasks: {t: {}}}\n";
  const std::string good =
      "version: '2.0'\nname: wb\nworkflows:\n  one: {tasks: {t: {action: say w=\"ho\"}}}\n"
      "  two: {tasks: {t: {action: std.noop}}}\n";
  EXPECT_FALSE(dsl::compile(changed, dsl::DocumentKind::kWorkbook, nullptr).ok());
  const StoredWorkbook second_one = must(workbook(good, true));
  EXPECT_EQ(second_one.workbook.id, first.workbook.id);
  EXPECT_EQ(second_one.workflows.at(0).id, first.workflows.at(0).id);
  EXPECT_EQ(second_one.workflows.at(0).updated_at, clock_.wall());
  EXPECT_EQ(second_one.workflows.at(1).name, "wb.two");
  EXPECT_TRUE(service_.action("wb.say", owner_));
  EXPECT_EQ(must(service_.workbook("wb", owner_)).definition, good);
  EXPECT_TRUE(second_one.workbook.tags.empty());
}

TEST_P(DefinitionServiceTest, What_a_workbook_defined_outlives_it) {
  ASSERT_TRUE(workbook(kWorkbook, false));
  EXPECT_TRUE(service_.remove_workbook("wb", owner_));
  EXPECT_EQ(service_.remove_workbook("wb", owner_).error().message, "Workbook not found [workbook_name=wb, namespace=ns]");
  EXPECT_TRUE(service_.action("wb.say", owner_));
  // The items are there already: a new workbook of that name takes them over.
  EXPECT_TRUE(workbook(kWorkbook, false));
}

TEST_P(DefinitionServiceTest, Stored_actions_are_known_to_those_who_check_workflows) {
  ASSERT_EQ(create("version: '2.0'\nsay: {base: std.noop, input: [a, {b: 1}]}\n"), "ok");
  const StoredActionCatalog catalog(backend_->catalog(), builtin_, owner_);
  const auto signature = catalog.signature("say");
  ASSERT_TRUE(signature);
  ASSERT_EQ(signature->parameters.size(), 2U);
  EXPECT_TRUE(signature->parameters[0].required);
  EXPECT_FALSE(signature->parameters[1].required);
  EXPECT_TRUE(catalog.signature("std.echo"));
  EXPECT_FALSE(catalog.signature("nowhere"));
  EXPECT_THAT(catalog.action_names(), ElementsAre("std.echo", "std.noop", "say"));
}

}  // namespace
}  // namespace foehn::store
