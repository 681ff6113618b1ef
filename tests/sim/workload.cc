#include "tests/sim/workload.h"

#include <algorithm>

#include "dsl/compile.h"

namespace foehn::sim {
namespace {

constexpr int kLinksMax = 3;
constexpr std::string_view kLinked[] = {"sim.run", "sim.safe", "sim.async", "std.noop"};
constexpr std::string_view kHosts[] = {"alpha", "beta"};

std::string indent(int depth) { return std::string(static_cast<std::size_t>(depth) * 2, ' '); }

std::uint64_t hash(std::uint64_t seed, std::string_view text) {
  std::uint64_t value = seed;
  for (const char c : text) value = Prng::mix(value ^ static_cast<unsigned char>(c));
  return value;
}

class Generator {
 public:
  Generator(Prng& prng, const Features& features) : prng_(prng), features_(features) {}

  GenWorkflow workflow(int number, int count) {
    GenWorkflow made;
    made.name = "wf" + std::to_string(number);
    made.reverse = features_.reverse && prng_.chance(35);
    const int tasks = 1 + small(6);
    for (int i = 0; i < tasks; ++i) made.tasks.push_back(task(i, number, count));
    if (made.reverse) {
      made.goal = tasks - 1;
      for (int i = 1; i < tasks; ++i) requirements(made, i);
    } else {
      for (int i = 1; i < tasks; ++i) inbound(made, i);
      if (features_.commands) commands(made);
    }
    return made;
  }

 private:
  int small(std::uint64_t bound) { return static_cast<int>(prng_.below(bound)); }

  GenTask task(int index, int workflow, int count) {
    GenTask made;
    made.name = "t" + std::to_string(index);
    made.action = features_.unsafe && prng_.chance(50) ? "sim.run" : "sim.safe";
    if (features_.pure && prng_.chance(30)) made.action = "std.noop";
    if (features_.pure && features_.failures && prng_.chance(8)) made.action = "std.fail";
    if (features_.async && prng_.chance(20)) made.action = "sim.async";
    if (features_.failures && made.action.starts_with("sim.")) made.fail_percent = prng_.chance(60) ? 30 : 0;
    if (features_.subs && workflow + 1 < count && prng_.chance(30)) {
      made.sub = workflow + 1 + small(static_cast<std::uint64_t>(count - workflow - 1));
    }
    if (features_.items && prng_.chance(35)) {
      made.items = small(5);
      if (prng_.chance(50)) made.concurrency = 1 + small(3);
    }
    if (features_.retries && prng_.chance(30)) {
      made.retry_count = 1 + small(3);
      made.retry_delay = small(3);
    }
    if (features_.waits && prng_.chance(25)) made.wait_before = 1 + small(4);
    if (features_.waits && prng_.chance(25)) made.wait_after = 1 + small(4);
    if (features_.timeouts && prng_.chance(20)) made.timeout = 1 + small(20);
    if (features_.fail_on && prng_.chance(10)) made.fail_on = true;
    if (features_.pause_before && prng_.chance(10)) made.pause_before = true;
    if (features_.hosts && prng_.chance(50)) made.host = kHosts[prng_.below(2)];
    made.publish_env = prng_.chance(20);
    return made;
  }

  void requirements(GenWorkflow& made, int index) {
    for (int before = 0; before < index; ++before) {
      if (prng_.chance(45)) made.tasks[static_cast<std::size_t>(index)].requires_.push_back(before);
    }
  }

  // Edges lead from lower to higher numbers: no cycles, so that every execution ends.
  void inbound(GenWorkflow& made, int index) {
    GenTask& to = made.tasks[static_cast<std::size_t>(index)];
    int edges = 0;
    for (int before = 0; before < index; ++before) {
      const bool last_chance = before == index - 1 && edges == 0 && prng_.chance(70);
      if (!last_chance && !prng_.chance(35)) continue;
      if (edges > 0 && !features_.joins) break;
      GenTask& from = made.tasks[static_cast<std::size_t>(before)];
      const auto kind = prng_.below(10);
      auto& clause = kind < 6 ? from.on_success : kind < 8 ? from.on_complete : from.on_error;
      clause.push_back({index, ""});
      ++edges;
    }
    if (edges < 2) return;
    to.join = -1;
    if (features_.partial_joins && prng_.chance(50)) to.join = 1 + small(static_cast<std::uint64_t>(edges));
  }

  void commands(GenWorkflow& made) {
    constexpr std::string_view kCommands[] = {"fail", "succeed", "pause", "noop"};
    for (GenTask& task : made.tasks) {
      if (!prng_.chance(15)) continue;
      const GenEdge edge{-1, std::string(kCommands[prng_.below(4)])};
      auto& clause = prng_.chance(50) ? task.on_error : task.on_complete;
      clause.insert(clause.begin() + static_cast<std::ptrdiff_t>(prng_.below(clause.size() + 1)), edge);
    }
  }

  Prng& prng_;
  const Features& features_;
};

void write_clause(std::string& out, std::string_view name, const std::vector<GenEdge>& edges,
                  const GenWorkflow& workflow) {
  if (edges.empty()) return;
  out += indent(3) + std::string(name) + ":\n";
  for (const GenEdge& edge : edges) {
    out += indent(4) + "- " +
           (edge.target < 0 ? edge.command : workflow.tasks[static_cast<std::size_t>(edge.target)].name) + "\n";
  }
}

void write_number(std::string& out, std::string_view name, int value) {
  if (value > 0) out += indent(3) + std::string(name) + ": " + std::to_string(value) + "\n";
}

void write_call(std::string& out, const GenTask& task, const Workload& workload) {
  const std::string item = task.items >= 0 ? "<% $.i %>" : "0";
  if (task.sub >= 0) {
    const GenWorkflow& sub = workload.workflows[static_cast<std::size_t>(task.sub)];
    const std::size_t prefix = workload.workbook.empty() ? 0 : workload.workbook.size() + 1;
    out += indent(3) + "workflow: " + sub.name.substr(prefix) + "\n";
    if (sub.reverse) {
      const std::string& goal = sub.tasks[static_cast<std::size_t>(sub.goal)].name;
      out += indent(3) + "input:\n" + indent(4) + "task_name: " + goal + "\n";
    }
    return;
  }
  const std::string link = task.links > 0 ? "link" + std::to_string(task.links) + "." : "";
  out += indent(3) + "action: " + link + task.action + "\n";
  if (!task.action.starts_with("sim.")) return;
  out += indent(3) + "input:\n" + indent(4) + "item: " + item + "\n" + indent(4) +
         "fail_percent: " + std::to_string(task.fail_percent) + "\n";
  if (!task.host.empty()) out += indent(4) + "host: " + task.host + "\n";
}

}  // namespace

Features draw_features(Prng& prng, bool predictable) {
  Features f{};
  f.predictable = predictable;
  f.joins = prng.chance(80);
  f.items = prng.chance(50);
  f.retries = prng.chance(40);
  f.waits = prng.chance(30);
  f.subs = prng.chance(50);
  f.reverse = prng.chance(40);
  f.pure = prng.chance(60);
  f.hosts = prng.chance(40);
  f.failures = prng.chance(70);
  if (predictable) return f;
  f.fail_on = prng.chance(20);
  f.partial_joins = prng.chance(50);
  f.timeouts = prng.chance(30);
  f.pause_before = prng.chance(30);
  f.commands = prng.chance(40);
  f.async = prng.chance(40);
  f.unsafe = prng.chance(70);
  return f;
}

Workload draw_workload(Prng& prng, const Features& features) {
  Workload workload;
  workload.features = features;
  const int count = features.subs ? 1 + static_cast<int>(prng.below(3)) : 1;
  Generator generator(prng, features);
  for (int i = 0; i < count; ++i) workload.workflows.push_back(generator.workflow(i, count));
  return workload;
}

void draw_definitions(std::uint64_t seed, Workload& workload) {
  Prng prng(Prng::mix(seed) ^ 0xad0cULL);
  if (prng.chance(30)) workload.workbook = "book";
  if (prng.chance(40))
    for (const dsl::AdhocActionSpec& action : dsl::compile(adhoc_yaml(), dsl::DocumentKind::kActions, nullptr).actions)
      workload.actions[action.name] = std::make_shared<const dsl::AdhocActionSpec>(action);
  for (GenWorkflow& workflow : workload.workflows) {
    if (!workload.workbook.empty()) workflow.name.insert(0, workload.workbook + ".");
    for (GenTask& task : workflow.tasks) {
      const bool linked = std::find(std::begin(kLinked), std::end(kLinked), task.action) != std::end(kLinked);
      if (!workload.actions.empty() && linked && prng.chance(50)) task.links = 1 + static_cast<int>(prng.below(kLinksMax));
    }
  }
}

std::string adhoc_yaml() {
  std::string out = "version: '2.0'\n";
  for (const std::string_view action : kLinked) {
    const bool takes = action.starts_with("sim.") && action != "sim.async";
    for (int link = 1; link <= kLinksMax; ++link) {
      const std::string base = link == 1 ? std::string(action) : "link" + std::to_string(link - 1) + "." + std::string(action);
      out += "link" + std::to_string(link) + "." + std::string(action) + ":\n" + indent(1) + "base: " + base + "\n";
      if (takes) {
        out += indent(1) + "input:\n" + indent(2) + "- item: 0\n" + indent(2) + "- fail_percent: 0\n" + indent(2) +
               "- host: ''\n" + indent(1) + "base-input:\n" + indent(2) + "item: <% $.item %>\n" + indent(2) +
               "fail_percent: <% $.fail_percent %>\n" + indent(2) + "host: <% $.host %>\n";
      } else if (action == "sim.async") {
        out += indent(1) + "input:\n" + indent(2) + "- item: 0\n" + indent(2) + "- fail_percent: 0\n" + indent(2) +
               "- host: ''\n";
      }
      out += indent(1) + "output:\n" + indent(2) + "link: " + std::to_string(link) + "\n" + indent(2) + "of: <% $ %>\n";
    }
  }
  return out;
}

Value linked(Value result, int links) {
  for (int link = 1; link <= links; ++link) {
    Value outer = Value::object();
    outer["link"] = link;
    outer["of"] = std::move(result);
    result = std::move(outer);
  }
  return result;
}

std::string to_yaml(const GenWorkflow& workflow, const Workload& workload) {
  std::string out = "version: '2.0'\n" + workflow.name + ":\n";
  out += indent(1) + "type: " + (workflow.reverse ? "reverse" : "direct") + "\n" + indent(1) + "tasks:\n";
  for (const GenTask& task : workflow.tasks) {
    out += indent(2) + task.name + ":\n";
    write_call(out, task, workload);
    if (task.items >= 0) {
      out += indent(3) + "with-items: i in <% list(range(0, " + std::to_string(task.items) + ")) %>\n";
    }
    write_number(out, "concurrency", task.concurrency);
    if (task.retry_count > 0) {
      out += indent(3) + "retry:\n" + indent(4) + "count: " + std::to_string(task.retry_count) + "\n" + indent(4) +
             "delay: " + std::to_string(task.retry_delay) + "\n";
    }
    write_number(out, "wait-before", task.wait_before);
    write_number(out, "wait-after", task.wait_after);
    write_number(out, "timeout", task.timeout);
    if (task.pause_before) out += indent(3) + "pause-before: true\n";
    if (task.fail_on) out += indent(3) + "fail-on: true\n";
    if (!task.host.empty()) out += indent(3) + "target: " + task.host + "\n";
    out += indent(3) + "publish:\n" + indent(4) + "v_" + task.name + ": <% task().result %>\n";
    if (task.publish_env) out += indent(4) + "e_" + task.name + ": <% env().e %>\n";
    out += indent(3) + "publish-on-error:\n" + indent(4) + "x_" + task.name + ": 1\n";
    if (task.join != 0) out += indent(3) + "join: " + (task.join < 0 ? "all" : std::to_string(task.join)) + "\n";
    write_clause(out, "on-success", task.on_success, workflow);
    write_clause(out, "on-error", task.on_error, workflow);
    write_clause(out, "on-complete", task.on_complete, workflow);
    if (!task.requires_.empty()) {
      out += indent(3) + "requires:\n";
      for (const int before : task.requires_) {
        out += indent(4) + "- " + workflow.tasks[static_cast<std::size_t>(before)].name + "\n";
      }
    }
  }
  return out;
}

bool run_fails(std::uint64_t seed, std::string_view workflow, std::string_view task, int item, int nth,
               unsigned fail_percent) {
  const std::string what =
      std::string(workflow) + "/" + std::string(task) + "/" + std::to_string(item) + "/" + std::to_string(nth);
  return hash(seed, what) % 100 < fail_percent;
}

std::string run_result(std::string_view task, int item, int nth) {
  return std::string(task) + "/" + std::to_string(item) + "/" + std::to_string(nth);
}

}  // namespace foehn::sim
