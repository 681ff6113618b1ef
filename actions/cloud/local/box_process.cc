#include "actions/cloud/local/box_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "actions/cloud/local/command.h"
#include "engine/base/value.h"

namespace foehn::cloud::local {
namespace {

constexpr int kKillRoundsMax = 50;
constexpr long kKillPauseNs = 5'000'000;  // for the killed to go

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

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool is_process_box(const std::string& directory) {
  const auto value = parse_json(file_text(directory + "/config.json"));
  return value && text_or(*value, "kind") == "process";
}

// All processes by the number of their parent.
std::multimap<pid_t, pid_t> children_by_parent() {
  std::multimap<pid_t, pid_t> children;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string line = file_text("/proc/" + name + "/stat");
    std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
    std::string state;
    pid_t parent = 0;
    if (fields >> state >> parent && state != "Z") children.emplace(parent, std::stoi(name));
  }
  return children;
}

// Sessions are children of sshd; what they started detached has another parent but keeps the mark.
std::set<pid_t> members_of_process_box(const std::string& directory, pid_t sshd) {
  const auto children = children_by_parent();
  const std::string mark = process_box_mark(directory);
  std::set<pid_t> members;
  std::vector<pid_t> look{sshd};
  while (!look.empty()) {
    const pid_t parent = look.back();
    look.pop_back();
    const auto [begin, end] = children.equal_range(parent);
    for (auto it = begin; parent > 1 && it != end; ++it)
      if (members.insert(it->second).second) look.push_back(it->second);
  }
  for (const auto& [parent, pid] : children) {
    const std::string environment = '\0' + file_text("/proc/" + std::to_string(pid) + "/environ");
    if (environment.find('\0' + mark + '\0') != std::string::npos) members.insert(pid);
  }
  members.erase(sshd);
  return members;
}

// A process may start another one while we look: until none is found, some rounds at most.
void kill_members(const std::string& directory, pid_t sshd) {
  for (int round = 0; round < kKillRoundsMax; ++round) {
    const std::set<pid_t> members = members_of_process_box(directory, sshd);
    if (members.empty()) return;
    for (const pid_t pid : members) ::kill(pid, SIGKILL);
    const timespec pause{0, kKillPauseNs};
    ::nanosleep(&pause, nullptr);
  }
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

std::string process_box_mark(const std::string& directory) { return "FOEHN_BOX_DIRECTORY=" + directory; }

Status kill_process(const std::string& directory, int timeout_ms) {
  const pid_t pid = live_process(directory);
  if (is_process_box(directory)) {
    if (pid != 0) ::kill(pid, SIGSTOP);  // no new session while the old ones are looked for
    kill_members(directory, pid);
  }
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
