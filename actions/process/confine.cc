#include "actions/process/confine.h"

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

namespace foehn::actions {
namespace {

constexpr uid_t kFirstUser = 0x60000000;    // far from what systems and containers hand out; + process id of the guard
constexpr rlim_t kProcessesMax = 64;        // threads count
constexpr rlim_t kFileBytesMax = 64 << 20;
constexpr rlim_t kDataBytesMax = 1U << 30;  // of each process: private memory that it can write
constexpr char kTmpOptions[] = "mode=1777,size=64m,nr_inodes=4096";
constexpr unsigned long kTmpFlags = MS_NOSUID | MS_NODEV;

bool limit(int resource, rlim_t most) {
  const rlimit both{most, most};
  return ::setrlimit(static_cast<decltype(RLIMIT_AS)>(resource), &both) == 0;
}

// Everything is read-only but /tmp, and /run (sockets of the machine's services) is empty.
const char* hide_files() {
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return "private mounts";
  mount_attr read_only{};
  read_only.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID;
  if (::mount_setattr(-1, "/", AT_RECURSIVE, &read_only, sizeof read_only) != 0) return "read-only mounts";
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) return "mount /proc";
  if (::mount("tmpfs", "/run", "tmpfs", kTmpFlags | MS_RDONLY, nullptr) != 0) return "mount /run";
  if (::mount("tmpfs", "/tmp", "tmpfs", kTmpFlags, kTmpOptions) != 0) return "mount /tmp";
  if (::chdir("/tmp") != 0) return "chdir /tmp";
  return nullptr;
}

}  // namespace

bool enter_process_namespace() {
  if (::geteuid() != 0) {
    errno = EPERM;
    return false;
  }
  return ::unshare(CLONE_NEWPID) == 0;
}

const char* confine(pid_t guard) {
  if (::unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) return "unshare";
  if (const char* what = hide_files()) return what;
  if (!limit(RLIMIT_NPROC, kProcessesMax) || !limit(RLIMIT_FSIZE, kFileBytesMax) || !limit(RLIMIT_DATA, kDataBytesMax))
    return "setrlimit";
  const uid_t user = kFirstUser + static_cast<uid_t>(guard);
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 || ::setresuid(user, user, user) != 0)
    return "setuid";
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "no_new_privs";
  // Forgotten by a change of user.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return "death signal";
  return nullptr;
}

}  // namespace foehn::actions
