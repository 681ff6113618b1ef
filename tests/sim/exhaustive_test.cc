// Small spaces in full: workflows of up to four tasks, every outcome of every action and every order in which the
// outcomes arrive. Each path is run on a fresh engine; the same outcomes must lead to the same end in every order.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/engine/runtime/engine_fixture.h"

namespace foehn::runtime {
namespace {

// Walks a tree of choices depth first: each run takes the recorded choices, then always the first one.
class Choices {
 public:
  std::size_t choose(std::size_t count) {
    if (at_ == taken_.size()) taken_.push_back({0, count});
    return taken_[at_++].first;
  }
  bool next_run() {
    while (!taken_.empty() && taken_.back().first + 1 == taken_.back().second) taken_.pop_back();
    if (taken_.empty()) return false;
    ++taken_.back().first;
    at_ = 0;
    return true;
  }

 private:
  std::vector<std::pair<std::size_t, std::size_t>> taken_;
  std::size_t at_ = 0;
};

struct Space {
  std::string name;
  std::string yaml;
};

class Exhaustive : public ::testing::TestWithParam<Space> {};

class World : public EngineTest {
 public:
  void TestBody() override {}

  // Ends "state | task state, …" by the outcomes that the actions had: "t1 t2- t3" (minus: failed).
  std::pair<std::string, std::string> run(const std::string& yaml, Choices& choices) {
    define(yaml);
    StartRequest wanted = request("w");
    if (yaml.find("reverse") != std::string::npos) wanted.params["task_name"] = "t4";
    const ExecutionId id = start(wanted);
    std::set<std::string> outcomes;
    while (!actions_.started.empty()) {
      const std::size_t which = choices.choose(actions_.started.size());
      const ports::ActionRequest request = actions_.started[which];
      actions_.started.erase(actions_.started.begin() + static_cast<std::ptrdiff_t>(which));
      const bool fails = choices.choose(2) == 1;
      EXPECT_TRUE(outcomes.insert(request.task_name + (fails ? "-" : "+")).second)
          << "ran twice: " << request.task_name;
      finish(request, fails ? Outcome::error("no") : Outcome::success("yes"));
    }
    std::string end = state(id) + " |";
    std::map<std::string, std::string> states;
    const auto page = store_.tasks({});
    for (const store::TaskRow& row : page->rows) {
      EXPECT_TRUE(states.emplace(row.task.name, std::string(core::to_string(row.task.state))).second) << row.task.name;
    }
    for (const auto& [name, text] : states) end += " " + name + " " + text;
    std::string given;
    for (const std::string& outcome : outcomes) given += outcome + " ";
    EXPECT_TRUE(end.starts_with("SUCCESS") || end.starts_with("ERROR")) << end;
    EXPECT_TRUE(engine().idle());
    return {given, end};
  }
};

TEST_P(Exhaustive, TheEndDependsOnOutcomesNotOnOrder) {
  Choices choices;
  std::map<std::string, std::string> ends;
  std::size_t runs = 0;
  do {
    World world;
    const auto [given, end] = world.run(GetParam().yaml, choices);
    const auto [known, is_new] = ends.emplace(given, end);
    EXPECT_EQ(known->second, end) << "with " << given;
    ++runs;
    ASSERT_LT(runs, 20'000U);
    if (HasFailure()) break;
  } while (choices.next_run());
  RecordProperty("runs", static_cast<int>(runs));
  EXPECT_GT(runs, 1U);
}

const Space kSpaces[] = {
    {"parallel", R"(
version: '2.0'
w:
  tasks:
    t1: {action: test.run}
    t2: {action: test.run}
    t3: {action: test.run}
    t4: {action: test.run}
)"},
    {"diamond", R"(
version: '2.0'
w:
  tasks:
    t1: {action: test.run, on-success: [t2, t3]}
    t2: {action: test.run, on-success: t4}
    t3: {action: test.run, on-complete: t4}
    t4: {action: test.run, join: all}
)"},
    {"handled_diamond", R"(
version: '2.0'
w:
  tasks:
    t1: {action: test.run, on-success: t4, on-error: t3}
    t2: {action: test.run, on-success: t4, on-error: t4}
    t3: {action: test.run, on-complete: t4}
    t4: {action: test.run, join: all, on-error: noop}
)"},
    {"chained_joins", R"(
version: '2.0'
w:
  tasks:
    t1: {action: test.run, on-success: [t3, t4]}
    t2: {action: test.run, on-success: t3}
    t3: {action: test.run, join: all, on-complete: t4}
    t4: {action: test.run, join: all}
)"},
    {"reverse", R"(
version: '2.0'
w:
  type: reverse
  tasks:
    t1: {action: test.run}
    t2: {action: test.run, requires: t1}
    t3: {action: test.run, requires: t1}
    t4: {action: test.run, requires: [t2, t3]}
)"},
};

INSTANTIATE_TEST_SUITE_P(Small, Exhaustive, ::testing::ValuesIn(kSpaces),
                         [](const ::testing::TestParamInfo<Space>& space) { return space.param.name; });

}  // namespace
}  // namespace foehn::runtime
