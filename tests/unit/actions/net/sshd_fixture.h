// A real OpenSSH server for tests: its own host key, authorised keys and port on 127.0.0.1. As root it runs in a mount
// namespace of its own with a made-up user `foehntest` (shell /bin/sh, clean home, password kPassword), so the
// machine's accounts stay untouched; otherwise as the current user, without passwords. SHLVL=1 keeps bash from reading
// ~/.bashrc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "actions/net/ssh/client.h"

namespace foehn::testing {

inline constexpr const char* kPassword = "open sesame 1";

class TestSshd {
 public:
  // `options` are lines of sshd_config.
  explicit TestSshd(std::vector<std::string> options = {});
  ~TestSshd();
  TestSshd(const TestSshd&) = delete;
  TestSshd& operator=(const TestSshd&) = delete;

  // "" when it runs, otherwise why it cannot (the test is skipped with this text).
  const std::string& unavailable() const { return unavailable_; }
  bool has_password() const { return has_password_; }

  void stop();
  void start();
  void new_host_key();
  // SIGKILL to the processes of all open connections; the listener stays.
  void kill_sessions();
  std::size_t session_processes() const;

  std::uint16_t port() const { return port_; }
  const std::string& user() const { return user_; }
  const std::string& folder() const { return folder_; }
  std::string home() const { return folder_ + "/home"; }
  std::string host_fingerprint() const;
  // Text of a private key whose public half is authorised: "ed25519", "rsa", "ecdsa", "rsa_pem", "ed25519_locked" and
  // "rsa_pem_locked" (passphrase "geheim"); "stranger" is not authorised.
  std::string private_key(const std::string& name) const;
  // 127.0.0.1, this user, the ed25519 key.
  net::SshTarget target() const;

 private:
  void make_keys();
  void write_config(const std::vector<std::string>& options);
  std::vector<pid_t> children() const;

  std::string folder_;
  std::string user_;
  std::string unavailable_;
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
  unsigned uid_ = 0;
  bool has_password_ = false;
};

// Runs a program and returns its standard output; "" on failure.
std::string run_program(const std::vector<std::string>& words, const std::string& input = "");
std::string read_text_file(const std::string& path);
std::uint16_t free_port();

}  // namespace foehn::testing
