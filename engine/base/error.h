// Expected failures as values. Callers branch on the code; people read the message.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace foehn {

// Short closed list. The comment says when, api/rest/faults.cc says which HTTP status.
enum class ErrorCode {
  kInvalidArgument,     // the request or document itself is wrong; repeating it cannot help
  kNotFound,            // the thing named does not exist
  kAlreadyExists,       // a thing of that name exists
  kConflict,            // another operation holds the thing, or its revision has moved on
  kFailedPrecondition,  // the thing is in a state that does not allow this
  kPermissionDenied,    // not allowed for this caller
  kResourceExhausted,   // a bound (size, count, quota) is reached
  kUnavailable,         // try again later
  kTimeout,             // a time bound ran out
  kCancelled,           // someone asked to stop
  kUnsupported,         // this part cannot do that
  kCommitUnknown,       // a commit may or may not have happened; reload
  kIo,                  // disk, network or operating system
  kInternal,            // a defect of ours
};

std::string_view to_string(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  // "while <doing>: message", keeping the code. One layer wraps once.
  Error wrapped(std::string_view doing) const { return {code, std::string(doing) + ": " + message}; }
};

}  // namespace foehn
