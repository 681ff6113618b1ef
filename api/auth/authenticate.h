// Who is asking. Without configured tokens everybody is the default project, as Mistral with auth_enable=false; with
// some, every request but those of public routes must carry one. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "api/http/message.h"
#include "engine/base/result.h"

namespace foehn::auth {

// Who carries a token. The token itself is not kept.
struct TokenEntry {
  std::string sha256;  // of the token, lower-case hex
  std::string project_id;
  bool is_admin = false;
};

struct AuthOptions {
  std::vector<TokenEntry> tokens;  // empty = no authentication
  bool enabled() const { return !tokens.empty(); }
};

struct Principal {
  std::string project_id = "<default-project>";
  bool is_admin = false;
};

// The token comes as `Authorization: Bearer …` or as Keystone's `X-Auth-Token`.
// kPermissionDenied: none or an unknown one.
Result<Principal> authenticate(const http::Request& request, const AuthOptions& options);

}  // namespace foehn::auth
