#include "actions/process/guard.h"

#include "actions/process/confine.h"
#include "actions/process/now.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace foehn::actions {
namespace {

constexpr rlim_t kFilesMax = 1'024;
constexpr int kSweepsMax = 1'000;

struct Options {
  rlim_t memory_bytes = 0;
  rlim_t cpu_seconds = 0;
  int grace_ms = 0;
  bool confined = false;
  char** command = nullptr;
};

// What a child that cannot begin tells its guard.
struct Failure {
  int reason = 0;  // errno
  char what[60] = {};
};

void tell(const std::string& line) {
  // MSG_NOSIGNAL: the server may be gone.
  static_cast<void>(::send(kGuardSocket, line.data(), line.size(), MSG_NOSIGNAL));
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 0; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--") {
      options.command = argv + i + 1;
      return true;
    }
    const auto number = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--memory") options.memory_bytes = number;
    if (name == "--cpu") options.cpu_seconds = number;
    if (name == "--grace-ms") options.grace_ms = static_cast<int>(number);
    if (name == "--confined") options.confined = number != 0;
  }
  return false;
}

void set_limit(int resource, rlim_t most) {
  const rlimit both{most, most};
  static_cast<void>(::setrlimit(static_cast<decltype(RLIMIT_AS)>(resource), &both));
}

// The child: its own group and limits, no signal blocked, dies with the guard.
[[noreturn]] void become_command(const Options& options, pid_t guard, int failure) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Of a confined one it is 0: it is the first of its process namespace.
  if (!options.confined && ::getppid() == 1) ::_exit(127);
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  set_limit(RLIMIT_CORE, 0);
  set_limit(RLIMIT_NOFILE, kFilesMax);
  if (options.memory_bytes > 0) set_limit(RLIMIT_AS, options.memory_bytes);
  if (options.cpu_seconds > 0) set_limit(RLIMIT_CPU, options.cpu_seconds);
  Failure told;
  const char* what = options.confined ? confine(guard) : nullptr;
  if (what == nullptr) {
    ::execvp(options.command[0], options.command);
    what = options.command[0];
  }
  told.reason = errno;
  std::strncpy(told.what, what, sizeof told.what - 1);
  static_cast<void>(!::write(failure, &told, sizeof told));
  ::_exit(127);
}

// Ends everything below us. Whoever leaves his group or his parent comes to us (PR_SET_CHILD_SUBREAPER), so after some
// rounds there is nobody left. Whoever forks faster than we can kill loses too: his children are ours as well.
void sweep() {
  for (int round = 0; round < kSweepsMax; ++round) {
    std::FILE* const list = std::fopen(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), "re");
    bool some = false;
    if (list != nullptr) {
      int pid = 0;
      while (std::fscanf(list, "%d", &pid) == 1) {
        some = true;
        ::kill(pid, SIGKILL);
      }
      std::fclose(list);
    }
    if (!some) return;
    // At least one of those killed ends now; its children become ours before the next round.
    while (::waitpid(-1, nullptr, 0) < 0 && errno == EINTR) {
    }
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
}

// Watches the command until it has ended; its wait status.
class Watch {
 public:
  Watch(pid_t child, int signals, int grace_ms) : child_(child), signals_(signals), grace_ms_(grace_ms) {}

  int run() {
    for (;;) {
      if (const auto status = ended()) return *status;
      pollfd waiting[] = {{signals_, POLLIN, 0}, {listening_ ? kGuardSocket : -1, POLLIN, 0}};
      const int rest = kill_at_ms_ == 0 ? -1 : static_cast<int>(std::max<std::int64_t>(0, kill_at_ms_ - now_ms()));
      static_cast<void>(::poll(waiting, 2, rest));
      if (waiting[0].revents != 0) drain_signals();
      if (waiting[1].revents != 0) hear();
      if (kill_at_ms_ != 0 && now_ms() >= kill_at_ms_) kill_now();
    }
  }

 private:
  std::optional<int> ended() const {
    for (;;) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid == child_) return status;
      if (pid <= 0) return std::nullopt;  // others are orphans of the command
    }
  }
  void drain_signals() const {
    signalfd_siginfo info;
    while (::read(signals_, &info, sizeof info) > 0) {
    }
  }
  void hear() {
    char byte = 0;
    const ssize_t got = ::recv(kGuardSocket, &byte, 1, MSG_DONTWAIT);
    if (got < 0) return;
    if (got == 0) return kill_now();  // the server is gone
    if (grace_ms_ == 0) return kill_now();
    ::kill(-child_, SIGTERM);
    if (kill_at_ms_ == 0) kill_at_ms_ = now_ms() + grace_ms_;
  }
  void kill_now() {
    ::kill(-child_, SIGKILL);
    kill_at_ms_ = 0;
    listening_ = false;
  }

  const pid_t child_;
  const int signals_;
  const int grace_ms_;
  std::int64_t kill_at_ms_ = 0;  // 0 = never
  bool listening_ = true;
};

int watch(const Options& options, int signals) {
  int failure[2];
  if (::pipe2(failure, O_CLOEXEC) != 0) {
    tell("error pipe: " + std::string(std::strerror(errno)) + "\n");
    return 1;
  }
  if (options.confined && !enter_process_namespace()) {
    tell("error it must be confined, and that needs root: " + std::string(std::strerror(errno)) + "\n");
    return 1;
  }
  const pid_t guard = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    tell("error fork: " + std::string(std::strerror(errno)) + "\n");
    return 1;
  }
  if (child == 0) become_command(options, guard, failure[1]);
  ::setpgid(child, child);
  ::close(failure[1]);
  // The command's alone: their ends tell the server that it is done.
  for (int fd = 0; fd < 3; ++fd) ::close(fd);
  Failure told;
  const bool started = ::read(failure[0], &told, sizeof told) <= 0;
  ::close(failure[0]);
  const int status = Watch(child, signals, options.confined ? 0 : options.grace_ms).run();
  sweep();
  if (!started) {
    tell("error " + std::string(told.what) + ": " + std::strerror(told.reason) + "\n");
  } else if (WIFSIGNALED(status)) {
    tell("signal " + std::to_string(WTERMSIG(status)) + "\n");
  } else {
    tell("exit " + std::to_string(WEXITSTATUS(status)) + "\n");
  }
  return 0;
}

}  // namespace

int guard_main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options) || options.command == nullptr || options.command[0] == nullptr) return 2;
  ::close_range(kGuardSocket + 1, ~0U, 0);
  ::fcntl(kGuardSocket, F_SETFD, FD_CLOEXEC);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // A terminal's Ctrl-C and a stop of the server reach the server, which tells us.
  for (const int ignored : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(ignored, SIG_DFL);
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int number : {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&blocked, number);
  ::sigprocmask(SIG_SETMASK, &blocked, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int signals = ::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) {
    tell("error signalfd: " + std::string(std::strerror(errno)) + "\n");
    return 1;
  }
  return watch(options, signals);
}

}  // namespace foehn::actions
