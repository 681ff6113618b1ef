// The little cryptography of our own around libssh2: base64, fingerprints, new keys, and RSA signatures with SHA-2 for
// libssh2 before 1.11, which only signs with SHA-1 and is refused by today's sshd. Pure functions and values; any
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace foehn::net {

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

// "SHA256:…" of a public key blob, as ssh-keygen -l prints it.
std::string key_fingerprint(std::string_view blob);

// SHA-256 of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  // Lower-case hex; the end of it.
  std::string hex();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

// A new ed25519 key pair: private key in OpenSSH's format without passphrase, public key as a line for authorized_keys.
struct KeyPair {
  std::string private_key;
  std::string public_key;
};
std::optional<KeyPair> generate_ed25519(std::string_view comment);

class RsaKey {
 public:
  // PEM (PKCS#1, PKCS#8, with passphrase) and unencrypted OpenSSH format; nullptr for anything else.
  static std::unique_ptr<RsaKey> parse(const std::string& text, const std::string& passphrase);
  ~RsaKey();
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  // The public key blob with `type` as its type name.
  std::string public_blob(std::string_view type) const;
  // PKCS#1 v1.5 signature; SHA-256, or SHA-1 for servers that know nothing newer. "" on failure.
  std::string sign(std::string_view data, bool sha256) const;

 private:
  struct Impl;
  explicit RsaKey(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace foehn::net
