#include "api/auth/authenticate.h"

#include <string_view>
#include <utility>

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

Tokens::Tokens(std::vector<TokenEntry> entries, const Clock& clock)
    : clock_(clock), entries_(std::make_shared<const std::vector<TokenEntry>>(std::move(entries))) {}

void Tokens::replace(std::vector<TokenEntry> entries) {
  Entries next = std::make_shared<const std::vector<TokenEntry>>(std::move(entries));
  entries_.with([&](Entries& now) { now.swap(next); });
}

Result<Principal> Tokens::owner_of(std::string_view token) const {
  const Entries entries = entries_.with([](const Entries& now) { return now; });
  const std::string digest = sha256_hex(token);
  const TokenEntry* found = nullptr;
  for (const TokenEntry& entry : *entries)
    if (same_digest(digest, entry.sha256)) found = &entry;
  if (found == nullptr) return fail(ErrorCode::kPermissionDenied, "The token is not valid.");
  if (found->expires_at && clock_.wall() >= *found->expires_at)
    return fail(ErrorCode::kPermissionDenied, "The token has expired at " + to_rfc3339(*found->expires_at) + ".");
  return Principal{.project_id = found->project_id, .is_admin = found->is_admin, .expires_at = found->expires_at};
}

Result<Principal> authenticate(const http::Request& request, const AuthOptions& options) {
  if (!options.enabled()) return Principal{};
  constexpr std::string_view kBearer = "Bearer ";
  std::string_view given = request.headers.get("X-Auth-Token");
  const std::string_view authorization = request.headers.get("Authorization");
  if (given.empty() && authorization.starts_with(kBearer)) given = authorization.substr(kBearer.size());
  if (given.empty())
    return fail(ErrorCode::kPermissionDenied,
                "Authentication required: send the token as 'Authorization: Bearer <token>' or 'X-Auth-Token'.");
  return options.tokens->owner_of(given);
}

}  // namespace foehn::auth
