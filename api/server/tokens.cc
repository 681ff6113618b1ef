// `foehn token create`: tokens are made where the server's file is, not through the server.
#include <cstdio>

#include "api/auth/tokens.h"
#include "api/cli/commands.h"

namespace foehn::cli {

int token_create(const Global& global, const TokenCreateOptions& options) {
  const auto token = auth::create_token(options.file, options.project, options.admin, options.remark);
  if (!token) return report(token.error());
  std::printf("%s\n", token->c_str());
  if (!global.quiet)
    std::fprintf(stderr,
                 "This is the only time that the token of project %s is shown. A server reads %s when it starts.\n",
                 options.project.c_str(), options.file.c_str());
  return kExitOk;
}

}  // namespace foehn::cli
