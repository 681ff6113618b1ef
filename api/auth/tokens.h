// The file of tokens that `foehn serve --tokens` reads and `foehn token create` adds to: one line a token,
//
//   SHA256 PROJECT member|admin      # any remark
//
// It holds digests, so who reads it cannot use what it lists. Any thread; calls are short file operations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/auth/authenticate.h"
#include "engine/base/result.h"

namespace foehn::auth {

// All lines of a text. kInvalidArgument: "FILE:LINE: …" of the first mistake, or a text without any token.
Result<std::vector<TokenEntry>> parse_tokens(std::string_view text, const std::string& file);
// kIo when the file cannot be read; kPermissionDenied when others than its owner may write it.
Result<std::vector<TokenEntry>> read_tokens(const std::string& file);

// A new random token, whose line is added to the file (made with mode 0600): the only time that anybody sees it.
// kInvalidArgument: `project` is no word; kIo.
Result<std::string> create_token(const std::string& file, const std::string& project, bool is_admin,
                                 const std::string& remark);

}  // namespace foehn::auth
