#include "api/auth/tokens.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "engine/base/digest.h"
#include "engine/base/limits.h"

namespace foehn::auth {
namespace {

constexpr std::size_t kDigestLength = 64;
constexpr std::size_t kFileBytesMax = 4'194'304;
constexpr std::string_view kExpires = "expires=";

bool is_digest(std::string_view text) {
  return text.size() == kDigestLength && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// A word that a header, a line of this file and a log can carry.
bool is_project(std::string_view text) {
  return !text.empty() && text.size() <= limits::kNameLengthMax && text.front() != '#' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

// The word behind the role: "expires=2027-01-31T00:00:00Z".
std::optional<WallTime> parse_expiry(std::string_view word) {
  if (!word.starts_with(kExpires)) return std::nullopt;
  return parse_time(word.substr(kExpires.size()));
}

std::string why(const std::string& file, const char* what) { return file + ": " + what + ": " + std::strerror(errno); }

}  // namespace

Result<std::vector<TokenEntry>> parse_tokens(std::string_view text, const std::string& file) {
  std::vector<TokenEntry> tokens;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    std::istringstream words{line.substr(0, line.find('#'))};
    std::string digest, project, role, expiry, more;
    words >> digest >> project >> role >> expiry >> more;
    if (digest.empty()) continue;
    const auto expires_at = parse_expiry(expiry);
    const bool fine = is_digest(digest) && is_project(project) && (role == "member" || role == "admin") &&
                      (expiry.empty() || expires_at) && more.empty();
    if (!fine)
      return fail(ErrorCode::kInvalidArgument,
                  file + ":" + std::to_string(number) +
                      ": a line is SHA256 PROJECT member|admin [expires=2027-01-31T00:00:00Z], the digest of the token "
                      "in 64 lower-case hex digits; `foehn token create` writes such lines");
    tokens.push_back({digest, project, role == "admin", expires_at});
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

Result<std::string> create_token(const std::string& file, const NewToken& wanted) {
  if (!is_project(wanted.project))
    return fail(ErrorCode::kInvalidArgument,
                "a project is a word of printable ASCII characters, not '" + wanted.project + "'");
  if (wanted.remark.find_first_of("\r\n") != std::string::npos)
    return fail(ErrorCode::kInvalidArgument, "a remark is one line");
  std::string token = random_token();
  std::string line = sha256_hex(token) + " " + wanted.project + (wanted.is_admin ? " admin" : " member");
  if (wanted.expires_at) line += " " + std::string(kExpires) + to_rfc3339(*wanted.expires_at);
  if (!wanted.remark.empty()) line += "  # " + wanted.remark;
  line += "\n";
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorCode::kIo, why(file, "cannot add a token"));
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(fd) == 0;
  const std::string failure = written ? "" : why(file, "cannot add a token");
  ::close(fd);
  if (!written) return fail(ErrorCode::kIo, failure);
  return token;
}

TokenFile::TokenFile(std::string path, const Clock& clock) : path_(std::move(path)), clock_(clock) {}

TokenFile::Signature TokenFile::signature() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) return {};
  const auto ns = [](const timespec& at) { return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec; };
  return {static_cast<std::int64_t>(info.st_dev), static_cast<std::int64_t>(info.st_ino),
          static_cast<std::int64_t>(info.st_size), ns(info.st_mtim), ns(info.st_ctim)};
}

Result<std::shared_ptr<Tokens>> TokenFile::open() {
  taken_ = signature();  // before it is read: what changes meanwhile is seen by the first look
  FOEHN_TRY(auto entries, read_tokens(path_));
  tokens_ = std::make_shared<Tokens>(std::move(entries), clock_);
  return tokens_;
}

std::optional<Result<std::size_t>> TokenFile::look() {
  const Signature now = signature();
  if (now == taken_) {
    changed_.reset();
    return std::nullopt;
  }
  if (changed_ != now) {
    changed_ = now;
    return std::nullopt;
  }
  taken_ = now;
  changed_.reset();
  auto entries = read_tokens(path_);
  if (!entries) return fail(std::move(entries.error()));
  const std::size_t count = entries->size();
  tokens_->replace(std::move(*entries));
  return count;
}

}  // namespace foehn::auth
