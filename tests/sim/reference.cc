#include "tests/sim/reference.h"

#include <set>

namespace foehn::sim {
namespace {

struct Outcome {
  bool success = true;
  Value result;
};

class Interpreter {
 public:
  Interpreter(const Workload& workload, int number, std::uint64_t seed, const Value& env)
      : workload_(workload), workflow_(workload.workflows[static_cast<std::size_t>(number)]), seed_(seed), env_(env) {}

  Expected run() {
    if (workflow_.reverse) {
      run_reverse();
    } else {
      run_direct();
    }
    return finish();
  }

 private:
  const GenTask& task(int index) const { return workflow_.tasks[static_cast<std::size_t>(index)]; }
  int count() const { return static_cast<int>(workflow_.tasks.size()); }

  // One run of one item.
  Outcome run_once(const GenTask& task, int item, int nth) {
    if (task.sub >= 0) {
      const Expected child = interpret(workload_, task.sub, seed_, env_);
      certain_ = certain_ && child.output_is_certain;
      return {child.state == "SUCCESS", child.output};
    }
    if (task.action == "std.noop") return {true, linked(Value(), task.links)};
    if (task.action == "std.fail") return {false, Value()};
    if (run_fails(seed_, workflow_.name, task.name, item, nth, task.fail_percent)) return {false, Value()};
    return {true, linked(run_result(task.name, item, nth), task.links)};
  }

  Outcome run_round(const GenTask& task, int nth) {
    if (task.items < 0) return run_once(task, 0, nth);
    Outcome all{true, Value::array()};
    for (int item = 0; item < task.items; ++item) {
      const Outcome one = run_once(task, item, nth);
      all.success = all.success && one.success;
      all.result.push_back(one.result);
    }
    return all;
  }

  void run_task(int index) {
    const GenTask& what = task(index);
    Outcome outcome = run_round(what, 0);
    for (int retry = 1; !outcome.success && retry <= what.retry_count; ++retry) outcome = run_round(what, retry);
    complete(index, outcome.success, outcome.result);
  }

  void complete(int index, bool success, const Value& result) {
    const GenTask& what = task(index);
    states_[index] = success ? "SUCCESS" : "ERROR";
    if (success) {
      context_["v_" + what.name] = result;
      if (what.publish_env) context_["e_" + what.name] = env_["e"];
    } else {
      context_["x_" + what.name] = 1;
    }
  }

  // Edges lead to higher numbers, so that everything that can lead to a task is decided before it.
  void run_direct() {
    for (int index = 0; index < count(); ++index) {
      int inbound = 0;
      int fired = 0;
      for (int before = 0; before < index; ++before) {
        if (!leads_to(before, index)) continue;
        ++inbound;
        if (states_.contains(before) && fires(before, index)) ++fired;
      }
      if (inbound > 0 && fired == 0) continue;
      if (task(index).join != 0 && fired < inbound) {
        join_failed(index);
      } else {
        run_task(index);
      }
    }
  }

  // A join that can not come about any more: ERROR, without a run.
  void join_failed(int index) {
    certain_ = false;
    complete(index, false, Value());
  }

  static bool names(const std::vector<GenEdge>& clause, int target) {
    for (const GenEdge& edge : clause) {
      if (edge.target == target) return true;
    }
    return false;
  }
  bool leads_to(int from, int to) const {
    return names(task(from).on_success, to) || names(task(from).on_error, to) || names(task(from).on_complete, to);
  }
  bool fires(int from, int to) const {
    const bool success = states_.at(from) == "SUCCESS";
    return names(success ? task(from).on_success : task(from).on_error, to) || names(task(from).on_complete, to);
  }

  void run_reverse() {
    std::set<int> needed{workflow_.goal};
    for (int index = workflow_.goal; index >= 0; --index) {
      if (!needed.contains(index)) continue;
      needed.insert(task(index).requires_.begin(), task(index).requires_.end());
    }
    for (const int index : needed) {
      bool ready = true;
      for (const int before : task(index).requires_) {
        ready = ready && states_.contains(before) && states_.at(before) == "SUCCESS";
      }
      if (ready) run_task(index);
    }
  }

  Expected finish() const {
    Expected expected;
    expected.state = "SUCCESS";
    for (const auto& [index, state] : states_) {
      expected.tasks[task(index).name] = state;
      const bool handled = !workflow_.reverse && !task(index).on_error.empty();
      if (state == "ERROR" && !handled) expected.state = "ERROR";
    }
    expected.output = context_;
    expected.output_is_certain = certain_;
    return expected;
  }

  const Workload& workload_;
  const GenWorkflow& workflow_;
  const std::uint64_t seed_;
  const Value& env_;
  std::map<int, std::string> states_;
  Value context_ = Value::object();
  bool certain_ = true;
};

}  // namespace

Expected interpret(const Workload& workload, int workflow, std::uint64_t seed, const Value& env) {
  return Interpreter(workload, workflow, seed, env).run();
}

}  // namespace foehn::sim
