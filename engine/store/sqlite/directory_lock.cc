#include "engine/store/sqlite/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace foehn::store {
namespace {

tl::unexpected<Error> not_writable(const std::string& directory) {
  return fail(ErrorCode::kIo, "data directory " + directory + " is not writable: " + std::strerror(errno));
}

// mkdir -p; what exists is fine.
bool make_directories(const std::string& directory) {
  for (std::size_t at = 1; at <= directory.size(); ++at) {
    if (at < directory.size() && directory[at] != '/') continue;
    if (mkdir(directory.substr(0, at).c_str(), 0700) != 0 && errno != EEXIST && errno != EROFS) return false;
  }
  return true;
}

std::string holder_of(int file) {
  char text[24] = {};
  const ssize_t size = pread(file, text, sizeof text - 1, 0);
  return size > 0 ? "process " + std::string(text, strcspn(text, "\n")) : "another process";
}

}  // namespace

Result<std::unique_ptr<DirectoryLock>> DirectoryLock::take(const std::string& directory) {
  if (!make_directories(directory)) return not_writable(directory);
  const int file = ::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return not_writable(directory);
  std::unique_ptr<DirectoryLock> lock(new DirectoryLock(file));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return not_writable(directory);
    return fail(ErrorCode::kConflict, "data directory " + directory + " is in use by " + holder_of(file));
  }
  // The number is for people; the lock itself is the kernel's and goes with the process.
  const std::string number = std::to_string(getpid()) + "\n";
  if (ftruncate(file, 0) != 0 || pwrite(file, number.data(), number.size(), 0) < 0) return not_writable(directory);
  return lock;
}

DirectoryLock::~DirectoryLock() { ::close(file_); }

}  // namespace foehn::store
