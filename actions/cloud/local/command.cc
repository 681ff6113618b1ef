#include "actions/cloud/local/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

extern char** environ;

namespace foehn::cloud::local {
namespace {

constexpr std::size_t kOutputMax = 65'536;

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  void close_read() {
    if (read_end >= 0) ::close(read_end);
    read_end = -1;
  }
  void close_write() {
    if (write_end >= 0) ::close(write_end);
    write_end = -1;
  }
};

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Feeds `input` and collects the output until the program closes it or the time is up. True = in time.
bool exchange(Pipe& in, Pipe& out, const std::string& input, std::string& output, std::int64_t deadline) {
  std::size_t sent = 0;
  if (input.empty()) in.close_write();
  for (;;) {
    std::array<pollfd, 2> fds{};
    fds[0] = {out.read_end, POLLIN, 0};
    fds[1] = {in.write_end, POLLOUT, 0};
    const std::int64_t left = deadline - now_ms();
    if (left <= 0) return false;
    const int ready = ::poll(fds.data(), in.write_end >= 0 ? 2 : 1, static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    if (in.write_end >= 0 && fds[1].revents != 0) {
      const ssize_t count = ::write(in.write_end, input.data() + sent, input.size() - sent);
      if (count > 0) sent += static_cast<std::size_t>(count);
      if (count < 0 || sent == input.size()) in.close_write();
    }
    if (fds[0].revents != 0) {
      std::array<char, 4096> buffer{};
      const ssize_t count = ::read(out.read_end, buffer.data(), buffer.size());
      if (count == 0) return true;
      if (count < 0 && errno != EINTR && errno != EAGAIN) return true;
      if (count > 0 && output.size() < kOutputMax) output.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }
}

}  // namespace

Result<CommandResult> run_command(const std::vector<std::string>& argv, const std::string& input, int timeout_ms) {
  Pipe in;
  Pipe out;
  if (!in.open() || !out.open())
    return fail(ErrorCode::kIo, std::string("cannot make a pipe: ") + std::strerror(errno));
  ::fcntl(in.write_end, F_SETFL, O_NONBLOCK);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in.read_end, 0);
  posix_spawn_file_actions_adddup2(&files, out.write_end, 1);
  posix_spawn_file_actions_adddup2(&files, out.write_end, 2);
  // Children start with the default signal actions even when this process ignores some (SIGPIPE).
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&defaults, number);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  std::vector<char*> pointers;
  for (const auto& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, pointers[0], &files, &attributes, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(ErrorCode::kIo, "cannot run " + argv[0] + ": " + std::strerror(error));
  in.close_read();
  out.close_write();

  CommandResult result;
  const bool in_time = exchange(in, out, input, result.output, now_ms() + timeout_ms);
  if (!in_time) ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!in_time) return fail(ErrorCode::kTimeout, argv[0] + " did not finish in " + std::to_string(timeout_ms) + " ms");
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

Status run_checked(const std::vector<std::string>& argv, const std::string& input) {
  FOEHN_TRY(const auto result, run_command(argv, input));
  if (result.exit_code == 0) return {};
  std::string text;
  for (const auto& argument : argv) text += (text.empty() ? "" : " ") + argument;
  return fail(ErrorCode::kIo,
              "'" + text + "' failed with exit code " + std::to_string(result.exit_code) + ": " + result.output);
}

}  // namespace foehn::cloud::local
