#include "api/cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace foehn::cli {

Status OutputFile::open(const std::string& path) {
  if (path.empty()) return {};
  path_ = path;
  struct stat there {};
  const bool known = ::stat(path.c_str(), &there) == 0;
  if (!known || S_ISREG(there.st_mode)) partial_ = path + ".part";
  const std::string& name = partial_.empty() ? path_ : partial_;
  const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0)
    return fail(ErrorCode::kInvalidArgument, "cannot write " + name + ": " + std::string(std::strerror(errno)));
  if (known && !partial_.empty()) ::fchmod(file, there.st_mode & 0777);
  const bool taken = ::dup2(file, STDOUT_FILENO) >= 0;
  ::close(file);
  if (taken) return {};
  return fail(ErrorCode::kInternal, "cannot write " + name + ": " + std::string(std::strerror(errno)));
}

Status OutputFile::close(bool succeeded) {
  const bool whole = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (path_.empty()) return {};
  if (!whole) {
    if (!partial_.empty()) ::unlink(partial_.c_str());
    return fail(ErrorCode::kInternal, "cannot write " + path_ + ": " + std::string(std::strerror(errno)));
  }
  if (partial_.empty()) return {};
  struct stat written {};
  const bool empty = ::fstat(STDOUT_FILENO, &written) == 0 && written.st_size == 0;
  if (!succeeded && empty) {
    ::unlink(partial_.c_str());
    return {};
  }
  if (::rename(partial_.c_str(), path_.c_str()) == 0) return {};
  return fail(ErrorCode::kInternal, "cannot move " + partial_ + " to " + path_ + ": " + std::strerror(errno));
}

}  // namespace foehn::cli
