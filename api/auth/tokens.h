// The file of tokens that `foehn serve --tokens` reads and `foehn token create` adds to: one line a token,
//
//   SHA256 PROJECT member|admin [expires=TIME]     # any remark
//
// It holds digests, so who reads it cannot use what it lists. Any thread, but for TokenFile; calls are short file
// operations.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
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

struct NewToken {
  std::string project;
  bool is_admin = false;
  std::string remark{};
  std::optional<WallTime> expires_at = {};
};

// A new random token, whose line is added to the file (made with mode 0600): the only time that anybody sees it.
// kInvalidArgument: the project is no word, the remark no line; kIo.
Result<std::string> create_token(const std::string& file, const NewToken& token);

// The file of a running server: what it says is put in force when it was changed and has then stayed as it is from one
// look to the next, so that nobody's half-written file counts. One thread.
class TokenFile {
 public:
  TokenFile(std::string path, const Clock& clock);

  // Reads it; errors as of read_tokens().
  Result<std::shared_ptr<Tokens>> open();
  // nullopt: nothing new. Else how many tokens count from now on, or why those of before go on counting; told once.
  std::optional<Result<std::size_t>> look();

 private:
  // Device, inode, size, times of change; all 0: it is not there.
  using Signature = std::array<std::int64_t, 5>;
  Signature signature() const;

  const std::string path_;
  const Clock& clock_;
  std::shared_ptr<Tokens> tokens_;
  Signature taken_{};
  std::optional<Signature> changed_;
};

}  // namespace foehn::auth
