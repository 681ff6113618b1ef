// Outcome of a remote command → result and error data of an action. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actions/action.h"
#include "actions/net/ssh/client.h"
#include "engine/base/result.h"

namespace foehn::actions {

// What a caller accepts and how a message calls things.
struct SshJudgement {
  std::string title;  // "script kube_init.sh"
  std::vector<std::int64_t> ok_codes{0};
  std::vector<std::int64_t> final_codes{};  // exit codes that a repetition would not change
  bool fail_on_truncate = false;
  std::vector<std::string> secrets;  // masked wherever they turn up
};
Result<SshJudgement> judgement_of(const Value& input);

// {exit_code, signal, stdout, stderr, truncated, duration_s, attempts, reattached}
Value ssh_result(const net::SshResult& result, const SshJudgement& judgement, bool reattached = false);

struct SshError {
  net::SshErrorClass error_class = net::SshErrorClass::kExit;
  std::string message;
  Value data;  // {message, class, host, port, user, phase}
};
// nullopt when the command did what was wanted.
std::optional<SshError> ssh_error(const net::SshTarget& target, const net::SshOutcome& outcome,
                                  const SshJudgement& judgement);

// Success, cancelled, or an error whose data is {error, exit_code, signal, …}: the error first, because Mistral's
// state_info is the start of its text.
ActionOutcome ssh_outcome(const net::SshTarget& target, const net::SshOutcome& outcome, const SshJudgement& judgement,
                          bool reattached = false);

}  // namespace foehn::actions
