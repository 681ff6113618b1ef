#include "actions/cloud/local/box_init.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "actions/cloud/local/box_config.h"
#include "actions/cloud/local/box_process.h"

namespace foehn::cloud::local {
namespace {

constexpr char kSshd[] = "/usr/sbin/sshd";
// Upper layer of a box: memory only, gone with the box.
constexpr char kUpperOptions[] = "mode=755,size=1g";

[[nodiscard]] Status failed(const std::string& what) {
  return fail(ErrorCode::kIo, what + ": " + std::strerror(errno));
}

Status make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST) return failed("mkdir " + path);
  return {};
}

Status mount_at(const char* source, const std::string& where, const char* type, unsigned long flags,
                const char* options) {
  if (::mount(source, where.c_str(), type, flags, options) != 0) return failed("mount " + where);
  return {};
}

Status write_file(const std::string& path, const std::string& text, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return failed("open " + path);
  const ssize_t count = ::write(fd, text.data(), text.size());
  ::close(fd);
  if (count != static_cast<ssize_t>(text.size())) return failed("write " + path);
  return {};
}

// Hides every folder of the root that does not belong to the operating system, and the ones named by the driver.
Status mask_host_folders(const std::vector<std::string>& masks) {
  const std::vector<std::string> kept = {"bin",  "dev", "etc", "lib", "lib32", "lib64", "libx32", "opt",  "proc",
                                         "sbin", "sys", "usr", "var", "run",   "tmp",   "root",   "home", ".old"};
  std::vector<std::string> hidden = masks;
  DIR* root = ::opendir(".");
  if (!root) return failed("opendir of the box's root");
  while (const dirent* entry = ::readdir(root)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (std::find(kept.begin(), kept.end(), name) == kept.end()) hidden.push_back("/" + name);
  }
  ::closedir(root);
  for (const auto& path : hidden) {
    struct stat status {};
    const std::string inside = "." + path;
    if (::lstat(inside.c_str(), &status) != 0) continue;
    if (!S_ISDIR(status.st_mode)) {
      ::unlink(inside.c_str());  // in the upper layer only
      continue;
    }
    FOEHN_CHECK_OK(mount_at("tmpfs", inside, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=256m"));
  }
  return {};
}

Status mount_root(const BoxConfig& config) {
  // Nothing of what follows may be seen by the host.
  FOEHN_CHECK_OK(mount_at("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr));
  const std::string base = config.directory + "/mnt";
  FOEHN_CHECK_OK(make_directory(base, 0700));
  FOEHN_CHECK_OK(mount_at("tmpfs", base, "tmpfs", 0, kUpperOptions));
  for (const char* part : {"/upper", "/work", "/root"}) FOEHN_CHECK_OK(make_directory(base + part, 0755));
  const std::string options = "lowerdir=/,upperdir=" + base + "/upper,workdir=" + base + "/work";
  FOEHN_CHECK_OK(mount_at("overlay", base + "/root", "overlay", 0, options.c_str()));
  if (::chdir((base + "/root").c_str()) != 0) return failed("chdir to the box's root");

  FOEHN_CHECK_OK(mount_at("proc", "./proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr));
  FOEHN_CHECK_OK(mount_at("tmpfs", "./run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"));
  FOEHN_CHECK_OK(mount_at("tmpfs", "./tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
  FOEHN_CHECK_OK(mount_at("tmpfs", "./home", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"));
  // Mode 700: with the default 1777 sshd's StrictModes refuses the key.
  FOEHN_CHECK_OK(mount_at("tmpfs", "./root", "tmpfs", MS_NOSUID | MS_NODEV, "mode=700"));
  FOEHN_CHECK_OK(mount_at("/dev", "./dev", nullptr, MS_BIND | MS_REC, nullptr));
  FOEHN_CHECK_OK(mount_at("/sys", "./sys", nullptr, MS_BIND | MS_REC, nullptr));
  if (!config.sandbox.empty()) {
    FOEHN_CHECK_OK(make_directory("./opt", 0755));
    FOEHN_CHECK_OK(make_directory("./opt/foehn", 0755));
    FOEHN_CHECK_OK(make_directory("./opt/foehn/sandbox", 0755));
    FOEHN_CHECK_OK(mount_at(config.sandbox.c_str(), "./opt/foehn/sandbox", nullptr, MS_BIND, nullptr));
    FOEHN_CHECK_OK(mount_at("none", "./opt/foehn/sandbox", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr));
  }
  return mask_host_folders(config.masks);
}

// Own host name, keys and hosts file; everything here lands in the upper layer.
Status furnish(const BoxConfig& config) {
  for (const char* path : {"./run/sshd", "./run/lock"}) FOEHN_CHECK_OK(make_directory(path, 0755));
  FOEHN_CHECK_OK(make_directory("./root/.ssh", 0700));
  FOEHN_CHECK_OK(write_file("./root/.ssh/authorized_keys", config.public_key + "\n", 0600));
  for (const char* type : {"rsa", "ecdsa", "ed25519"}) {
    const std::string key = std::string("./etc/ssh/ssh_host_") + type + "_key";
    ::unlink(key.c_str());
    ::unlink((key + ".pub").c_str());
  }
  std::ifstream source(config.directory + "/host_key");
  std::stringstream text;
  text << source.rdbuf();
  if (!source) return fail(ErrorCode::kIo, "cannot read " + config.directory + "/host_key");
  FOEHN_CHECK_OK(write_file("./etc/ssh/ssh_host_ed25519_key", text.str(), 0600));
  FOEHN_CHECK_OK(write_file("./etc/hostname", config.name + "\n", 0644));
  FOEHN_CHECK_OK(write_file("./etc/hosts", "127.0.0.1 localhost\n" + config.ip + " " + config.name + "\n", 0644));
  if (::sethostname(config.name.c_str(), config.name.size()) != 0) return failed("sethostname");
  return {};
}

Status enter_root() {
  FOEHN_CHECK_OK(make_directory("./.old", 0700));
  if (::syscall(SYS_pivot_root, ".", ".old") != 0) return failed("pivot_root");
  if (::chdir("/") != 0) return failed("chdir /");
  if (::umount2("/.old", MNT_DETACH) != 0) return failed("umount of the old root");
  ::rmdir("/.old");
  return {};
}

std::string sandbox_path() {
  return std::string(kSandboxMount) + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

[[noreturn]] void exec_sshd(const BoxConfig& config, int report) {
  std::vector<std::string> argv = {kSshd,
                                   "-D",
                                   "-e",
                                   "-f",
                                   "/dev/null",
                                   "-o",
                                   "UsePAM=no",
                                   "-o",
                                   "PidFile=none",
                                   "-o",
                                   "PasswordAuthentication=no",
                                   "-o",
                                   "MaxStartups=200",
                                   "-o",
                                   "MaxSessions=200",
                                   "-o",
                                   "PrintMotd=no",
                                   "-o",
                                   "Subsystem=sftp internal-sftp"};
  const auto option = [&](const std::string& text) {
    argv.emplace_back("-o");
    argv.push_back(text);
  };
  if (config.kind == BoxKind::kNamespaces) {
    option("HostKey=/etc/ssh/ssh_host_ed25519_key");
    option("PermitRootLogin=prohibit-password");
    if (!config.sandbox.empty()) option("SetEnv=PATH=" + sandbox_path());
  } else {
    option("HostKey=" + config.directory + "/host_key");
    option("ListenAddress=" + config.ip + ":" + std::to_string(config.port));
    option("AuthorizedKeysFile=" + config.directory + "/authorized_keys");
    option("StrictModes=no");
    // HOME: what commands leave behind goes with the box. FOEHN_BOX: scripts can tell that the host is not theirs.
    option("SetEnv=\"HOME=" + config.directory + "/home\" FOEHN_BOX=process \"" + process_box_mark(config.directory) +
           "\"");
  }
  std::vector<char*> pointers;
  for (auto& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const std::string path = "PATH=" + sandbox_path();
  std::array<char*, 2> environment{const_cast<char*>(path.c_str()), nullptr};
  ::execve(kSshd, pointers.data(), environment.data());
  const std::string text = std::string("exec ") + kSshd + ": " + std::strerror(errno);
  (void)!::write(report, text.data(), text.size());
  ::_exit(1);
}

// The child: process 1 of the box. Tells failures through `report`, which exec closes.
[[noreturn]] void run_box(const BoxConfig& config, int go, int report) {
  char byte = 0;
  if (::read(go, &byte, 1) != 1) ::_exit(1);  // the parent died before the pid was recorded
  const auto prepare = [&]() -> Status {
    if (config.kind == BoxKind::kProcess) {
      FOEHN_CHECK_OK(make_directory(config.directory + "/home", 0700));
      return write_file(config.directory + "/authorized_keys", config.public_key + "\n", 0600);
    }
    FOEHN_CHECK_OK(mount_root(config));
    FOEHN_CHECK_OK(furnish(config));
    return enter_root();
  };
  if (const Status status = prepare(); !status) {
    (void)!::write(report, status.error().message.data(), status.error().message.size());
    ::_exit(1);
  }
  exec_sshd(config, report);
}

void reset_process(const std::string& log_path) {
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  ::umask(022);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int log = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(null, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  // Nothing of the caller's files may leak into the box.
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

Status enter_namespaces(const BoxConfig& config) {
  if (config.kind == BoxKind::kProcess) return {};
  const std::string path = "/run/netns/" + config.netns;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed("open " + path);
  const int joined = ::setns(fd, CLONE_NEWNET);
  ::close(fd);
  if (joined != 0) return failed("setns " + path);
  if (::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC) != 0) return failed("unshare");
  return {};
}

Status make_box(const BoxConfig& config) {
  FOEHN_CHECK_OK(enter_namespaces(config));
  std::array<int, 2> go{};
  std::array<int, 2> report{};
  if (::pipe2(go.data(), O_CLOEXEC) != 0 || ::pipe2(report.data(), O_CLOEXEC) != 0) return failed("pipe");
  const pid_t pid = ::fork();
  if (pid < 0) return failed("fork");
  if (pid == 0) {
    ::close(go[1]);
    ::close(report[0]);
    reset_process(config.directory + "/log");
    run_box(config, go[0], report[1]);
  }
  ::close(go[0]);
  ::close(report[1]);
  // Recorded before the box does anything: a crash from here on leaves a process that the next start finds.
  FOEHN_CHECK_OK(record_process(config.directory, pid));
  if (::write(go[1], "g", 1) != 1) return failed("write to the box");
  std::string text;
  std::array<char, 512> buffer{};
  for (ssize_t count = 0; (count = ::read(report[0], buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  if (!text.empty()) return fail(ErrorCode::kIo, text);
  return {};
}

}  // namespace

int box_init_main(const std::string& config_path) {
  const auto run = [&]() -> Status {
    std::ifstream file(config_path);
    std::stringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorCode::kIo, "cannot read " + config_path);
    FOEHN_TRY(const Value value, parse_json(text.str()));
    FOEHN_TRY(const BoxConfig config, box_config_from(value));
    return make_box(config);
  };
  const Status status = run();
  if (status) return 0;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return 1;
}

int box_probe_main() {
  if (::geteuid() != 0) return 1;
  if (::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET) != 0) return 1;
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? 0 : 1;
}

}  // namespace foehn::cloud::local
