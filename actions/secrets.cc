#include "actions/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace foehn::actions {
namespace {

constexpr std::size_t kNameLengthMax = 200;

std::string system_text() { return std::strerror(errno); }

Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(ErrorCode::kIo, system_text());
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return fail(ErrorCode::kIo, system_text());
  return {};
}

Status bad_name(std::string_view name) {
  return fail(ErrorCode::kInvalidArgument, "bad secret name '" + std::string(name) +
                                               "': use letters, digits, '.', '_', '-' and ':', not a leading '.'");
}

void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

bool is_secret_store_name(std::string_view name) {
  if (name.empty() || name.size() > kNameLengthMax || name.front() == '.') return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '.' && c != '_' && c != '-' && c != ':') return false;
  }
  return true;
}

Result<std::string> FileSecretStore::get(std::string_view name) const {
  if (!is_secret_store_name(name)) return fail(bad_name(name).error());
  const int fd = ::open((folder_ / name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    if (errno == ENOENT) return fail(ErrorCode::kNotFound, "there is no secret named '" + std::string(name) + "'");
    return fail(ErrorCode::kIo, "cannot read secret '" + std::string(name) + "': " + system_text());
  }
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      const std::string why = system_text();
      ::close(fd);
      return fail(ErrorCode::kIo, "cannot read secret '" + std::string(name) + "': " + why);
    }
    if (got == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(fd);
  return text;
}

Status FileSecretStore::put(std::string_view name, std::string_view value) {
  if (!is_secret_store_name(name)) return bad_name(name);
  std::lock_guard lock(mutex_);
  std::error_code ec;
  std::filesystem::create_directories(folder_, ec);
  if (ec) return fail(ErrorCode::kIo, "cannot make the secrets folder: " + ec.message());
  ::chmod(folder_.c_str(), 0700);
  const std::filesystem::path temporary = folder_ / ("." + std::string(name) + ".new");
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return fail(ErrorCode::kIo, "cannot write secret '" + std::string(name) + "': " + system_text());
  Status written = write_all(fd, value);
  if (::close(fd) != 0 && written) written = fail(ErrorCode::kIo, system_text());
  if (written && ::rename(temporary.c_str(), (folder_ / name).c_str()) != 0)
    written = fail(ErrorCode::kIo, system_text());
  if (!written) {
    ::unlink(temporary.c_str());
    return fail(written.error().wrapped("while writing secret '" + std::string(name) + "'"));
  }
  sync_folder(folder_);
  return {};
}

Status FileSecretStore::erase(std::string_view name) {
  if (!is_secret_store_name(name)) return bad_name(name);
  if (::unlink((folder_ / name).c_str()) != 0 && errno != ENOENT)
    return fail(ErrorCode::kIo, "cannot erase secret '" + std::string(name) + "': " + system_text());
  sync_folder(folder_);
  return {};
}

}  // namespace foehn::actions
