#include "actions/cloud/local/box_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "actions/cloud/local/command.h"

namespace foehn::cloud::local {
namespace {

// Field 22 of /proc/<pid>/stat: start time in clock ticks since boot; "" when the process is gone.
std::string start_time(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t end_of_name = line.rfind(')');
  if (end_of_name == std::string::npos) return {};
  std::istringstream fields(line.substr(end_of_name + 1));
  std::string field;
  std::string state;
  for (int number = 3; number <= 22 && fields >> field; ++number)
    if (number == 3) state = field;
  return state == "Z" || state == "X" ? std::string() : field;
}

}  // namespace

Status record_process(const std::string& directory, pid_t pid) {
  const std::string path = directory + "/pid";
  const std::string text = std::to_string(pid) + " " + start_time(pid) + "\n";
  const int fd = ::open((path + ".new").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno));
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!written || ::rename((path + ".new").c_str(), path.c_str()) != 0)
    return fail(ErrorCode::kIo, "cannot write " + path + ": " + std::strerror(errno));
  return {};
}

pid_t live_process(const std::string& directory) {
  std::ifstream file(directory + "/pid");
  pid_t pid = 0;
  std::string recorded;
  if (!(file >> pid >> recorded) || pid <= 1) return 0;
  return start_time(pid) == recorded ? pid : 0;
}

Status kill_process(const std::string& directory, int timeout_ms) {
  const pid_t pid = live_process(directory);
  if (pid == 0) return {};
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0 && errno == ESRCH) return {};
  ::kill(pid, SIGKILL);
  if (fd >= 0) {
    pollfd wait{fd, POLLIN, 0};
    const int ready = ::poll(&wait, 1, timeout_ms);
    ::close(fd);
    if (ready == 0)
      return fail(ErrorCode::kTimeout, "process " + std::to_string(pid) + " of " + directory + " does not end");
  }
  int status = 0;
  ::waitpid(pid, &status, WNOHANG);  // ours when the server adopted it; otherwise init's
  return {};
}

void kill_in_netns(const std::string& netns) {
  const auto listed = run_command({"ip", "netns", "pids", netns});
  if (!listed || listed->exit_code != 0) return;
  std::istringstream pids(listed->output);
  pid_t pid = 0;
  while (pids >> pid)
    if (pid > 1) ::kill(pid, SIGKILL);
}

}  // namespace foehn::cloud::local
