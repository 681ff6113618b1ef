// Random workflow definitions as a model (which the reference interpreter reads) and as the YAML text of that model
// (which the engine compiles). Swarm style: every seed switches features on and off.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/prng.h"
#include "engine/core/step.h"

namespace foehn::sim {

struct GenEdge {
  int target = -1;      // task number; -1 = engine command
  std::string command;  // "fail", "succeed", "pause", "noop"
};

struct GenTask {
  std::string name;
  int links = 0;              // ad-hoc actions between the task and `action`, each with an output of its own
  std::string action;         // "sim.run", "sim.safe", "sim.async", "std.noop", "std.fail"
  int sub = -1;               // workflow number instead of an action
  unsigned fail_percent = 0;  // of sim.run and sim.safe
  int items = -1;             // with-items over 0 … items-1; -1 = none
  int concurrency = 0;
  int retry_count = 0;
  int retry_delay = 0;  // seconds, as all below
  int wait_before = 0;
  int wait_after = 0;
  int timeout = 0;
  bool pause_before = false;
  bool fail_on = false;  // fails whatever its action says
  bool publish_env = false;
  int join = 0;      // 0 none, -1 all, N
  std::string host;  // target
  std::vector<GenEdge> on_success, on_error, on_complete;
  std::vector<int> requires_;
};

struct GenWorkflow {
  std::string name;  // with the workbook's, if there is one
  bool reverse = false;
  int goal = 0;  // reverse: the task asked for
  std::vector<GenTask> tasks;
};

struct Features {
  bool joins, partial_joins, items, retries, waits, timeouts, fail_on, pause_before, commands, subs, reverse, async,
      unsafe, pure, hosts, failures;
  // Outcomes do not depend on the order of events: the reference interpreter can tell them.
  bool predictable;
};

struct Workload {
  Features features{};
  std::vector<GenWorkflow> workflows;  // the first one is started, it and later ones may be sub-workflows
  std::string workbook;                // "" = stand-alone workflows
  std::map<std::string, core::AdhocSpecPtr, std::less<>> actions;  // ad-hoc ones; empty = none are used
};

Features draw_features(Prng& prng, bool predictable);
Workload draw_workload(Prng& prng, const Features& features);
// Puts workflows into a workbook and ad-hoc actions in front of actions, from a generator of its own: what the seed
// draws otherwise stays the same.
void draw_definitions(std::uint64_t seed, Workload& workload);
std::string to_yaml(const GenWorkflow& workflow, const Workload& workload);
// The ad-hoc actions: "link<n>.<action>" is based on the one with n - 1.
std::string adhoc_yaml();

// What a run of a sim action does: the same for everybody who asks, whatever the order of events. `nth` counts the runs
// of one item of one task from 0.
bool run_fails(std::uint64_t seed, std::string_view workflow, std::string_view task, int item, int nth,
               unsigned fail_percent);
// What the outputs of `links` ad-hoc actions make of a result.
Value linked(Value result, int links);
std::string run_result(std::string_view task, int item, int nth);

}  // namespace foehn::sim
