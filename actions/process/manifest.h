// What an operator writes about an action that is a program: one YAML file each (docs/actions.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "actions/action_spec.h"
#include "engine/base/diagnostic.h"
#include "engine/base/limits.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::actions {

struct Manifest {
  ActionSpec spec;
  Value defaults = Value::object();  // of the inputs that have one
  std::vector<std::string> command;
  std::string folder;  // where it runs, and what relative commands are relative to
  std::map<std::string, std::string> env;
  std::int64_t timeout_ms = limits::kProcessTimeoutMs;
  std::uint64_t memory_bytes = 0;  // 0 = no bound
  std::uint64_t cpu_seconds = 0;
  std::size_t output_bytes = limits::kProcessOutputBytesMax;
  bool confined = false;  // code of somebody else than the operator: confine.h
};

// One manifest; mistakes (all of them, with their place) go to `diagnostics`.
Manifest read_manifest(std::string_view text, const std::string& folder, Diagnostics& diagnostics);

// All *.action.yaml and *.action.yml of a folder, by file name. kInvalidArgument: "FILE:LINE:COLUMN: …" of every
// mistake in any of them; kNotFound: no such folder.
Result<std::vector<Manifest>> read_manifests(const std::string& folder);

}  // namespace foehn::actions
