// Actions that are programs of the operator: one JSON object on standard input, one on standard output
// (docs/actions.md). Each run has a guard process (guard.h) and a thread that carries its pipes; how many there are at
// once is bounded by the capacity group of their spec.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actions/action.h"
#include "actions/process/manifest.h"
#include "actions/registry.h"

namespace foehn::actions {

struct ProcessOptions {
  std::vector<std::string> guard;  // command that becomes guard_main(): {"/usr/bin/foehn", "process-guard"}
  std::int64_t grace_ms = limits::kProcessGraceMs;  // between SIGTERM and SIGKILL
};

// Runs programs. Any thread. The destructor ends all of them; their outcomes are dropped.
class ProcessRunner {
 public:
  explicit ProcessRunner(ProcessOptions options);
  ~ProcessRunner();
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;

  // `manifest` outlives the run; `name` is what texts of errors call the action.
  void run(const Manifest& manifest, const std::string& name, const ActionContext& context, Value input, Done done);
  void cancel(ActionRunId run_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One action for each manifest of the folder. `runner` outlives the registry. Errors: those of read_manifests(), and a
// name that another action has.
Status register_process_actions(ActionRegistry& registry, ProcessRunner& runner, const std::string& folder);

}  // namespace foehn::actions
