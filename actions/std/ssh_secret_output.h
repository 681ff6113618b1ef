// Secrets that a remote command makes: members of the JSON object on its standard output go into the secret store and
// are masked everywhere else, so that tokens reach neither rows, logs nor answers. Any thread; short file operations.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "actions/net/ssh/client.h"
#include "actions/std/ssh_result.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::actions {

class SecretStore;

// Member of the output → name in the secret store.
using SecretOutputs = std::vector<std::pair<std::string, std::string>>;

// From input `secret_output`. kInvalidArgument.
Result<SecretOutputs> secret_outputs_of(const Value& input);

// Stores the members and adds their texts to what `judgement` masks. A member that is null is stored as an empty text.
// Output that is no such object is removed from the outcome (it may hold the secret); after a good exit code that is
// kFailedPrecondition. Errors of the store pass through.
Status keep_secrets(const SecretOutputs& outputs, SecretStore& secrets, net::SshOutcome& outcome,
                    SshJudgement& judgement);

}  // namespace foehn::actions
