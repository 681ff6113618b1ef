// How triggers start workflows: the engine's client, or a stand-in in tests.
#pragma once

#include <functional>

#include "engine/base/result.h"
#include "engine/runtime/engine.h"

namespace foehn::triggers {

// Starts it and waits for the commit; true when an execution with this id existed already. Any thread.
using Starter = std::function<Result<bool>(runtime::StartRequest)>;

// Whether the same start may work in a moment: the engine or the disk is busy or ending, not the request wrong.
inline bool is_temporary(const Error& error) {
  return error.code == ErrorCode::kUnavailable ||
         error.code == ErrorCode::kTimeout || error.code == ErrorCode::kIo || error.code == ErrorCode::kCommitUnknown;
}

}  // namespace foehn::triggers
