#include "actions/process/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "actions/process/guard.h"

namespace foehn::actions {
namespace {

Error system_error(const char* what, int number) {
  return {ErrorCode::kIo, std::string("cannot start a process: ") + what + ": " + std::strerror(number)};
}

// Descriptors 0 to 3 of the guard are set by dup2, in order: ours must not stand where a later one goes.
constexpr int kLowestFd = kGuardSocket + 1;

Result<Fd> raised(Fd fd) {
  if (fd.get() >= kLowestFd) return fd;
  const int high = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, kLowestFd);
  if (high < 0) return fail(system_error("fcntl", errno));
  return Fd(high);
}

struct Pair {
  Fd ours, theirs;
};

Result<Pair> make_pipe(bool we_write) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(system_error("pipe", errno));
  Fd reading(ends[0]);
  Fd writing(ends[1]);
  Pair pair;
  FOEHN_TRY(pair.theirs, raised(std::move(we_write ? reading : writing)));
  pair.ours = std::move(we_write ? writing : reading);
  ::fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK);
  return pair;
}

Result<Pair> make_socket() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return fail(system_error("socketpair", errno));
  Pair pair;
  pair.ours = Fd(ends[0]);
  FOEHN_TRY(pair.theirs, raised(Fd(ends[1])));
  return pair;
}

// Nothing of the server's environment: it holds tokens.
std::vector<std::string> environment(const Manifest& manifest) {
  std::map<std::string, std::string> all = {
      {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, {"LANG", "C.UTF-8"}, {"HOME", "/"}};
  for (const auto& [name, value] : manifest.env) all[name] = value;
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> arguments(const std::vector<std::string>& guard, const Manifest& manifest,
                                   std::int64_t grace_ms) {
  std::vector<std::string> all = guard;
  const std::vector<std::string> limits = {"--memory",   std::to_string(manifest.memory_bytes),
                                           "--cpu",      std::to_string(manifest.cpu_seconds),
                                           "--grace-ms", std::to_string(grace_ms),
                                           "--confined", manifest.confined ? "1" : "0",
                                           "--"};
  all.insert(all.end(), limits.begin(), limits.end());
  all.insert(all.end(), manifest.command.begin(), manifest.command.end());
  return all;
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  other.reset();
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Spawned> spawn(const std::vector<std::string>& guard, const Manifest& manifest, std::int64_t grace_ms) {
  FOEHN_TRY(Pair input, make_pipe(true));
  FOEHN_TRY(Pair output, make_pipe(false));
  FOEHN_TRY(Pair errors, make_pipe(false));
  FOEHN_TRY(Pair control, make_socket());
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  const int theirs[] = {input.theirs.get(), output.theirs.get(), errors.theirs.get(), control.theirs.get()};
  for (int fd = 0; fd <= kGuardSocket; ++fd) ::posix_spawn_file_actions_adddup2(&files, theirs[fd], fd);
  ::posix_spawn_file_actions_addchdir_np(&files, manifest.folder.empty() ? "/" : manifest.folder.c_str());
  sigset_t all;
  sigfillset(&all);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> words = arguments(guard, manifest, grace_ms);
  std::vector<std::string> names = environment(manifest);
  Spawned spawned;
  const int failed = ::posix_spawn(&spawned.guard, guard.front().c_str(), &files, &attributes,
                                   pointers(words).data(), pointers(names).data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failed != 0) return fail(system_error(guard.front().c_str(), failed));
  spawned.input = std::move(input.ours);
  spawned.output = std::move(output.ours);
  spawned.errors = std::move(errors.ours);
  spawned.control = std::move(control.ours);
  return spawned;
}

}  // namespace foehn::actions
