// An Engine on a MemStore with a FakeClock and FakeActions: tests pump it by hand.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "dsl/compile.h"
#include "engine/runtime/engine.h"
#include "engine/store/mem/mem_store.h"
#include "tests/support/fake_actions.h"
#include "tests/support/fake_clock.h"

namespace foehn::runtime {

class NoticeLog final : public ports::NotifyPort {
 public:
  std::vector<std::string> lines;
  void notify(const core::Notice& notice) override {
    lines.push_back((notice.name.empty() ? notice.workflow_name : notice.name) + " " +
                    std::string(core::to_string(notice.state)));
  }
};

class EngineTest : public ::testing::Test {
 protected:
  using Outcome = core::ActionOutcome;

  EngineTest() : log_({LogLevel::kError, false, "/dev/null"}) {}

  void define(const std::string& yaml, const std::string& workflow_namespace = "", const std::string& workbook = "") {
    const dsl::Compiled compiled = dsl::compile(yaml, dsl::DocumentKind::kWorkflows, nullptr);
    ASSERT_TRUE(compiled.ok()) << dsl::fault_text(compiled, yaml);
    for (const dsl::DefinitionPtr& definition : compiled.workflows) {
      store::WorkflowRow row;
      row.id = DefinitionId::random();
      row.name = workbook.empty() ? definition->spec.name : workbook + "." + definition->spec.name;
      row.workbook_name = workbook;
      row.workflow_namespace = workflow_namespace;
      row.definition = definition->source;
      row.hash = definition->hash;
      row.created_at = clock_.wall();
      ASSERT_TRUE(store_.create_workflows({row}));
      ids_.push_back(row.id);
    }
  }

  Engine& engine() {
    if (!engine_) {
      engine_ = std::make_unique<Engine>(options_, clock_, store_, store_, store_, actions_, actions_, notices_, log_);
      EXPECT_TRUE(engine_->recover());
    }
    return *engine_;
  }
  // The process dies; what was not committed is gone.
  void restart() {
    engine_.reset();
    actions_.started.clear();
    engine();
  }
  // Pumps until there is nothing to do right now; the number of commits it took.
  std::uint64_t settle(int pumps_max = 10'000) {
    const std::uint64_t before = store_.commits();
    while (engine().pump().more) {
      if (--pumps_max == 0) {
        ADD_FAILURE() << "no end of pumping";
        break;
      }
    }
    return store_.commits() - before;
  }

  static StartRequest request(const std::string& workflow) {
    StartRequest start;
    start.id = ExecutionId::random();
    start.workflow_name = workflow;
    return start;
  }
  Reply keep(std::optional<Result<Answer>>& answer) {
    return [&answer](Result<Answer> given) {
      EXPECT_FALSE(answer.has_value()) << "answered twice";
      answer.emplace(std::move(given));
    };
  }
  // Starts it and pumps; expects that to succeed.
  ExecutionId start(const StartRequest& wanted) {
    std::optional<Result<Answer>> answer;
    engine().start(wanted, keep(answer));
    settle();
    EXPECT_TRUE(answer && answer->has_value()) << (answer ? answer->error().message : "no answer");
    return *wanted.id;
  }
  ExecutionId start(const std::string& workflow) { return start(request(workflow)); }
  // The error text of what `act` asks for with the given Reply.
  template <class F>
  std::string refusal(F&& act) {
    std::optional<Result<Answer>> answer;
    act(keep(answer));
    settle();
    if (!answer) return "no answer";
    return answer->has_value() ? "accepted" : answer->error().message;
  }

  void finish(const ports::ActionRequest& run, Outcome outcome = Outcome::success("done")) {
    engine().action_finished(run.execution_id, run.run_id, run.attempt, std::move(outcome));
    settle();
  }
  std::string state(ExecutionId id) {
    const auto row = store_.execution(id);
    return row && *row ? std::string(core::to_string((*row)->execution.state)) : "absent";
  }
  core::Execution execution(ExecutionId id) { return (*store_.execution(id))->execution; }
  core::ActionRun run(ActionRunId id) { return (*store_.run(id))->run; }

  EngineOptions options_{.check_invariants = true};
  testing::FakeClock clock_;
  store::MemStore store_;
  testing::FakeActions actions_;
  NoticeLog notices_;
  Log log_;
  std::vector<DefinitionId> ids_;  // of what was defined
  std::unique_ptr<Engine> engine_;
};

inline constexpr const char* kOneRun = R"(
version: '2.0'
one:
  tasks:
    t1:
      action: test.run
)";

}  // namespace foehn::runtime
