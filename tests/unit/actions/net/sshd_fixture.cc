#include "tests/unit/actions/net/sshd_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

// libssh2 1.10 loses a number when it reads an ECDSA key in OpenSSH's format. Only read by LeakSanitizer.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:CRYPTO_zalloc\n"; }

namespace foehn::testing {
namespace {

constexpr const char* kUser = "foehntest";
// crypt(3), SHA-512, of kPassword.
constexpr const char* kHash =
    "$6$ytqtOZ6JsjMtm51s$R7aBdu1aerW8nv8060pdUnnBJZcbjndfceJuOep6w1vsk5ZmNFfdRmDJKen2fJkfKF5A9TviQdgep60l26m/N1";

// One account number per server, so that what its commands leave behind can be found and ended.
unsigned next_uid() {
  static unsigned count = 0;
  return 100'000 + (static_cast<unsigned>(::getpid()) * 64 + count++ % 64) % 1'000'000;
}

// Until none is left: a process may start another one while we look.
void kill_processes_of(unsigned uid) {
  for (bool found = true; found;) {
    found = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos) continue;
      struct stat info {};
      if (::stat(entry.path().c_str(), &info) != 0 || info.st_uid != uid) continue;
      // One that has ended and waits for its parent is no process to end.
      if (read_text_file(entry.path().string() + "/stat").find(") Z ") != std::string::npos) continue;
      found = true;
      ::kill(std::stoi(name), SIGKILL);
    }
  }
}

const char* sshd_path() {
  for (const char* path : {"/usr/sbin/sshd", "/usr/local/sbin/sshd"})
    if (::access(path, X_OK) == 0) return path;
  return nullptr;
}

void write_text(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// In the child: a mount namespace where the accounts are ours.
bool enter_namespace(const std::string& folder) {
  if (::unshare(CLONE_NEWNS) != 0) return false;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount((folder + "/passwd").c_str(), "/etc/passwd", nullptr, MS_BIND, nullptr) != 0) return false;
  if (::mount((folder + "/shadow").c_str(), "/etc/shadow", nullptr, MS_BIND, nullptr) != 0) return false;
  if (::mount("tmpfs", "/run", "tmpfs", 0, "mode=755") != 0) return false;
  return ::mkdir("/run/sshd", 0755) == 0;
}

bool can_make_namespace() {
  const pid_t child = ::fork();
  if (child == 0)
    ::_exit(::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool answers(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool fine = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return fine;
}

}  // namespace

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  std::uint16_t port = 0;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0)
    port = ntohs(address.sin_port);
  ::close(fd);
  return port;
}

std::string read_text_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();  // takes an error of reading (a process that has gone) as the end; an iterator would throw
  return text.str();
}

std::string run_program(const std::vector<std::string>& words, const std::string& input) {
  int in[2];
  int out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) return "";
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  std::thread writer([&] {
    std::size_t at = 0;
    while (at < input.size()) {
      const ssize_t count = ::write(in[1], input.data() + at, input.size() - at);
      if (count <= 0) break;
      at += static_cast<std::size_t>(count);
    }
    ::close(in[1]);
  });
  std::string text;
  char buffer[65536];
  for (ssize_t count = 0; (count = ::read(out[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  ::close(out[0]);
  writer.join();
  ::waitpid(child, nullptr, 0);
  return text;
}

TestSshd::TestSshd(std::vector<std::string> options) {
  ::signal(SIGPIPE, SIG_IGN);
  if (!sshd_path()) {
    unavailable_ = "there is no sshd here (Debian: openssh-server)";
    return;
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "foehn-sshd-XXXXXX").string();
  folder_ = ::mkdtemp(pattern.data());
  ::chmod(folder_.c_str(), 0755);
  std::filesystem::create_directory(home());
  has_password_ = ::getuid() == 0 && can_make_namespace();
  if (has_password_) {
    user_ = kUser;
    uid_ = next_uid();
    const std::string account = std::string(kUser) + ":x:" + std::to_string(uid_) + ":65534::" + home() + ":/bin/sh\n";
    write_text(folder_ + "/passwd", read_text_file("/etc/passwd") + account);
    write_text(folder_ + "/shadow", read_text_file("/etc/shadow") + kUser + ":" + kHash + ":19000:0:99999:7:::\n");
    ::chmod((folder_ + "/shadow").c_str(), 0600);
    if (::chown(home().c_str(), uid_, 65534) != 0) unavailable_ = "cannot give away the home folder";
  } else {
    user_ = ::getpwuid(::getuid())->pw_name;
  }
  make_keys();
  new_host_key();
  port_ = free_port();
  write_config(options);
  start();
}

TestSshd::~TestSshd() {
  stop();
  if (has_password_) kill_processes_of(uid_);
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

// Keys take a while to make: one set for all servers of the program.
struct KeySet {
  KeySet() {
    std::string pattern = (std::filesystem::temp_directory_path() / "foehn-keys-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    make("ed25519", {"-t", "ed25519", "-N", ""});
    make("rsa", {"-t", "rsa", "-b", "2048", "-N", ""});
    make("ecdsa", {"-t", "ecdsa", "-N", ""});
    make("rsa_pem", {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""});
    make("ed25519_locked", {"-t", "ed25519", "-N", "geheim"});
    make("rsa_pem_locked", {"-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "geheim"});
    const std::string known = authorised;
    make("stranger", {"-t", "ed25519", "-N", ""});
    authorised = known;
  }
  ~KeySet() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  void make(const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words{"ssh-keygen", "-q", "-C", name, "-f", folder + "/" + name};
    words.insert(words.end(), more.begin(), more.end());
    run_program(words);
    authorised += read_text_file(folder + "/" + name + ".pub");
  }
  std::string folder;
  std::string authorised;
};
const KeySet& key_set() {
  static const KeySet keys;
  return keys;
}

void TestSshd::make_keys() { write_text(folder_ + "/authorized_keys", key_set().authorised); }

void TestSshd::new_host_key() {
  std::filesystem::remove(folder_ + "/host_key");
  std::filesystem::remove(folder_ + "/host_key.pub");
  run_program({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder_ + "/host_key"});
}

std::string TestSshd::host_fingerprint() const {
  std::istringstream words(run_program({"ssh-keygen", "-l", "-f", folder_ + "/host_key.pub"}));
  std::string bits, fingerprint;
  words >> bits >> fingerprint;
  return fingerprint;
}

std::string TestSshd::private_key(const std::string& name) const {
  return read_text_file(key_set().folder + "/" + name);
}

net::SshTarget TestSshd::target() const {
  net::SshTarget target;
  target.host = "127.0.0.1";
  target.port = port_;
  target.user = user_;
  target.credentials.private_key = private_key("ed25519");
  return target;
}

void TestSshd::write_config(const std::vector<std::string>& options) {
  std::string text = "Port " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nHostKey " + folder_ +
                     "/host_key\nAuthorizedKeysFile " + folder_ +
                     "/authorized_keys\nPidFile none\nUsePAM no\nStrictModes no\nMaxStartups 200\n"
                     "AllowTcpForwarding yes\nPasswordAuthentication " +
                     (has_password_ ? "yes" : "no") + "\nSetEnv SHLVL=1\n";
  for (const std::string& option : options) text += option + "\n";
  write_text(folder_ + "/config", text);
}

void TestSshd::start() {
  if (!unavailable_.empty() || pid_ != 0) return;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::setpgid(0, 0);
    const int log = ::open((folder_ + "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    ::dup2(log, 1);
    ::dup2(log, 2);
    if (has_password_ && !enter_namespace(folder_)) ::_exit(126);
    const std::string config = folder_ + "/config";
    ::execl(sshd_path(), sshd_path(), "-D", "-e", "-f", config.c_str(), nullptr);
    ::_exit(127);
  }
  // There is no event to wait for: sshd announces nothing.
  for (int i = 0; i < 500; ++i) {
    if (answers(port_)) return;
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  unavailable_ = "sshd does not start: " + read_text_file(folder_ + "/log");
}

void TestSshd::stop() {
  if (pid_ == 0) return;
  kill_sessions();
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

std::vector<pid_t> TestSshd::children() const {
  std::vector<pid_t> all;
  std::istringstream list(
      read_text_file("/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) + "/children"));
  for (pid_t child = 0; list >> child;) all.push_back(child);
  return all;
}

std::size_t TestSshd::session_processes() const { return children().size(); }

void TestSshd::kill_sessions() {
  for (const pid_t child : children()) {
    // The unprivileged half holds the socket too.
    std::istringstream list(
        read_text_file("/proc/" + std::to_string(child) + "/task/" + std::to_string(child) + "/children"));
    for (pid_t grandchild = 0; list >> grandchild;) ::kill(grandchild, SIGKILL);
    ::kill(child, SIGKILL);
  }
}

}  // namespace foehn::testing
