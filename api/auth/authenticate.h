// Who is asking. Without configured tokens everybody is the default project, as Mistral with auth_enable=false; with
// some, every request but those of public routes must carry one. Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/message.h"
#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/base/sync.h"

namespace foehn::auth {

// Who carries a token. The token itself is not kept.
struct TokenEntry {
  std::string sha256;  // of the token, lower-case hex
  std::string project_id;
  bool is_admin = false;
  std::optional<WallTime> expires_at = {};  // it counts until then; nullopt: as long as it is listed
};

struct Principal {
  std::string project_id = "<default-project>";
  bool is_admin = false;
  std::optional<WallTime> expires_at = {};  // of the token
};

// The tokens that count now. Shared by the server, which replaces them when the operator has changed their file, and
// the handlers.
class Tokens {
 public:
  Tokens(std::vector<TokenEntry> entries, const Clock& clock);

  void replace(std::vector<TokenEntry> entries);
  // Who carries `token`. kPermissionDenied: nobody, or nobody any longer.
  Result<Principal> owner_of(std::string_view token) const;

 private:
  using Entries = std::shared_ptr<const std::vector<TokenEntry>>;

  const Clock& clock_;
  Guarded<Entries> entries_;  // a list is never changed
};

struct AuthOptions {
  std::shared_ptr<Tokens> tokens = nullptr;  // nullptr: no authentication
  bool enabled() const { return tokens != nullptr; }
};

// The token comes as `Authorization: Bearer …` or as Keystone's `X-Auth-Token`.
// kPermissionDenied: none, an unknown one or one that has expired.
Result<Principal> authenticate(const http::Request& request, const AuthOptions& options);

}  // namespace foehn::auth
