// Who is asking. Without a configured token everybody is the default project, as Mistral with auth_enable=false; with
// one, every request but those of public routes must carry it. Pure; any thread.
#pragma once

#include <string>

#include "api/http/message.h"
#include "engine/base/result.h"

namespace foehn::auth {

struct AuthOptions {
  std::string token;  // empty = no authentication
};

struct Principal {
  std::string project_id = "<default-project>";
  bool is_admin = false;
};

// The token comes as `Authorization: Bearer …` or as Keystone's `X-Auth-Token`.
// kPermissionDenied: none or a wrong one.
Result<Principal> authenticate(const http::Request& request, const AuthOptions& options);

}  // namespace foehn::auth
