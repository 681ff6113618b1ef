#include "api/auth/authenticate.h"

#include <string_view>

#include "engine/base/digest.h"

namespace foehn::auth {
namespace {

// Takes the same time wherever the first difference is.
bool same_digest(std::string_view given, std::string_view expected) {
  unsigned difference = given.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size() && i < expected.size(); ++i)
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(expected[i]);
  return difference == 0;
}

}  // namespace

Result<Principal> authenticate(const http::Request& request, const AuthOptions& options) {
  if (!options.enabled()) return Principal{};
  constexpr std::string_view kBearer = "Bearer ";
  std::string_view given = request.headers.get("X-Auth-Token");
  const std::string_view authorization = request.headers.get("Authorization");
  if (given.empty() && authorization.starts_with(kBearer)) given = authorization.substr(kBearer.size());
  if (given.empty())
    return fail(ErrorCode::kPermissionDenied,
                "Authentication required: send the token as 'Authorization: Bearer <token>' or 'X-Auth-Token'.");
  const std::string digest = sha256_hex(given);
  const TokenEntry* found = nullptr;
  for (const TokenEntry& entry : options.tokens)
    if (same_digest(digest, entry.sha256)) found = &entry;
  if (found == nullptr) return fail(ErrorCode::kPermissionDenied, "The token is not valid.");
  return Principal{.project_id = found->project_id, .is_admin = found->is_admin};
}

}  // namespace foehn::auth
