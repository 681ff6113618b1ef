// `foehn token create`: tokens are made where the server's file is, not through the server.
#include <cstdio>

#include "api/auth/tokens.h"
#include "api/cli/commands.h"
#include "api/server/age.h"

namespace foehn::cli {
namespace {

// "30d" from now on, or a time.
Result<std::optional<WallTime>> parse_expiry(const std::string& text) {
  if (text.empty()) return std::optional<WallTime>();
  const WallTime now = SystemClock().wall();
  auto at = parse_time(text);
  if (!at) {
    const auto ms = server::parse_age("--expires", text);
    if (!ms)
      return fail(ErrorCode::kInvalidArgument,
                  "--expires must be as in 12h or 30d, or a time as in 2027-01-31T00:00:00Z, not '" + text + "'");
    at = now.plus_ms(*ms);
  }
  if (*at <= now) return fail(ErrorCode::kInvalidArgument, "--expires " + text + " has passed already");
  return at;
}

}  // namespace

int token_create(const Global& global, const TokenCreateOptions& options) {
  const auto expires_at = parse_expiry(options.expires);
  if (!expires_at) return report(expires_at.error());
  const auto token = auth::create_token(options.file, {options.project, options.admin, options.remark, *expires_at});
  if (!token) return report(token.error());
  std::printf("%s\n", token->c_str());
  if (!global.quiet)
    std::fprintf(stderr,
                 "This is the only time that the token of project %s is shown. A server that runs with --tokens %s "
                 "takes it within three seconds.\n",
                 options.project.c_str(), options.file.c_str());
  return kExitOk;
}

}  // namespace foehn::cli
