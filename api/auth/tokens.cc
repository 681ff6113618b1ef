#include "api/auth/tokens.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "engine/base/digest.h"
#include "engine/base/limits.h"

namespace foehn::auth {
namespace {

constexpr std::size_t kDigestLength = 64;
constexpr std::size_t kFileBytesMax = 4'194'304;

bool is_digest(std::string_view text) {
  return text.size() == kDigestLength && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// A word that a header, a line of this file and a log can carry.
bool is_project(std::string_view text) {
  return !text.empty() && text.size() <= limits::kNameLengthMax && text.front() != '#' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

std::string why(const std::string& file, const char* what) { return file + ": " + what + ": " + std::strerror(errno); }

}  // namespace

Result<std::vector<TokenEntry>> parse_tokens(std::string_view text, const std::string& file) {
  std::vector<TokenEntry> tokens;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    std::istringstream words{line.substr(0, line.find('#'))};
    std::string digest, project, role, more;
    words >> digest >> project >> role >> more;
    if (digest.empty()) continue;
    const bool fine = is_digest(digest) && is_project(project) && (role == "member" || role == "admin") && more.empty();
    if (!fine)
      return fail(ErrorCode::kInvalidArgument,
                  file + ":" + std::to_string(number) +
                      ": a line is SHA256 PROJECT member|admin, the digest of the token in 64 lower-case hex digits; "
                      "`foehn token create` writes such lines");
    tokens.push_back({digest, project, role == "admin"});
  }
  if (tokens.empty())
    return fail(ErrorCode::kInvalidArgument, file + " names no token, so nobody could do anything: add one with "
                                                    "`foehn token create`");
  return tokens;
}

Result<std::vector<TokenEntry>> read_tokens(const std::string& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return fail(ErrorCode::kIo, why(file, "cannot read the tokens"));
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(ErrorCode::kPermissionDenied,
                file + " may be written by others than its owner, who could make themselves admins: chmod 600 " + file);
  std::ifstream in(file, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  if (in.bad() || (text.empty() && !in.eof())) return fail(ErrorCode::kIo, why(file, "cannot read the tokens"));
  if (text.size() > kFileBytesMax)
    return fail(ErrorCode::kInvalidArgument, file + " is larger than " + std::to_string(kFileBytesMax) + " bytes");
  return parse_tokens(text, file);
}

Result<std::string> create_token(const std::string& file, const std::string& project, bool is_admin,
                                 const std::string& remark) {
  if (!is_project(project))
    return fail(ErrorCode::kInvalidArgument,
                "a project is a word of printable ASCII characters, not '" + project + "'");
  if (remark.find_first_of("\r\n") != std::string::npos)
    return fail(ErrorCode::kInvalidArgument, "a remark is one line");
  std::string token = random_token();
  std::string line = sha256_hex(token) + " " + project + (is_admin ? " admin" : " member");
  if (!remark.empty()) line += "  # " + remark;
  line += "\n";
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorCode::kIo, why(file, "cannot add a token"));
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
  const std::string failure = written ? "" : why(file, "cannot add a token");
  ::close(fd);
  if (!written) return fail(ErrorCode::kIo, failure);
  return token;
}

}  // namespace foehn::auth
