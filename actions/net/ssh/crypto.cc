#include "actions/net/ssh/crypto.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <array>
#include <vector>

#include "engine/base/check.h"

namespace foehn::net {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct BignumFree {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, KeyFree>;
using BignumPtr = std::unique_ptr<BIGNUM, BignumFree>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void append_u32(std::string& out, std::size_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>((number >> shift) & 0xff));
}
void append_string(std::string& out, std::string_view text) {
  append_u32(out, text.size());
  out += text;
}
// RFC 4251 mpint: a leading zero byte when the top bit is set.
void append_mpint(std::string& out, const BIGNUM* number) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  if (!bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80)) bytes.insert(bytes.begin(), '\0');
  append_string(out, bytes);
}

// Reads RFC 4251 fields; `fine` turns false at the first that does not fit.
struct Reader {
  std::string_view left;
  bool fine = true;
  std::uint32_t u32() {
    if (left.size() < 4) {
      fine = false;
      return 0;
    }
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = (number << 8) | static_cast<unsigned char>(left[i]);
    left.remove_prefix(4);
    return number;
  }
  std::string_view string() {
    const std::uint32_t length = u32();
    if (!fine || length > left.size()) {
      fine = false;
      return {};
    }
    const std::string_view text = left.substr(0, length);
    left.remove_prefix(length);
    return text;
  }
  BignumPtr mpint() {
    const std::string_view text = string();
    return BignumPtr(BN_bin2bn(bytes_of(text), static_cast<int>(text.size()), nullptr));
  }
};

struct RsaNumbers {
  BignumPtr n, e, d, iqmp, p, q;
};

// Exponents of the Chinese remainder theorem are not in OpenSSH's format: d mod (p-1), d mod (q-1).
BignumPtr crt_exponent(const BIGNUM* d, const BIGNUM* prime) {
  BignumPtr less(BN_dup(prime));
  BignumPtr result(BN_new());
  const std::unique_ptr<BN_CTX, decltype(&BN_CTX_free)> context(BN_CTX_new(), &BN_CTX_free);
  if (!less || !result || !context || BN_sub_word(less.get(), 1) != 1 ||
      BN_mod(result.get(), d, less.get(), context.get()) != 1)
    return nullptr;
  return result;
}

KeyPtr key_of(const RsaNumbers& numbers) {
  const BignumPtr dmp1 = crt_exponent(numbers.d.get(), numbers.p.get());
  const BignumPtr dmq1 = crt_exponent(numbers.d.get(), numbers.q.get());
  const std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)> build(OSSL_PARAM_BLD_new(),
                                                                              &OSSL_PARAM_BLD_free);
  if (!dmp1 || !dmq1 || !build) return nullptr;
  const auto push = [&](const char* name, const BignumPtr& number) {
    return OSSL_PARAM_BLD_push_BN(build.get(), name, number.get()) == 1;
  };
  if (!push(OSSL_PKEY_PARAM_RSA_N, numbers.n) || !push(OSSL_PKEY_PARAM_RSA_E, numbers.e) ||
      !push(OSSL_PKEY_PARAM_RSA_D, numbers.d) || !push(OSSL_PKEY_PARAM_RSA_FACTOR1, numbers.p) ||
      !push(OSSL_PKEY_PARAM_RSA_FACTOR2, numbers.q) || !push(OSSL_PKEY_PARAM_RSA_EXPONENT1, dmp1) ||
      !push(OSSL_PKEY_PARAM_RSA_EXPONENT2, dmq1) || !push(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers.iqmp))
    return nullptr;
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> parameters(OSSL_PARAM_BLD_to_param(build.get()),
                                                                           &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) != 1)
    return nullptr;
  return KeyPtr(key);
}

// PROTOCOL.key of OpenSSH; only without encryption (that needs bcrypt_pbkdf, which libssh2 keeps to itself).
KeyPtr parse_openssh(const std::string& text) {
  static constexpr std::string_view kBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
  static constexpr std::string_view kEnd = "-----END OPENSSH PRIVATE KEY-----";
  static constexpr std::string_view kMagic("openssh-key-v1\0", 15);
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = text.find(kEnd);
  if (begin == std::string::npos || end == std::string::npos || end < begin) return nullptr;
  const auto blob = base64_decode(std::string_view(text).substr(begin + kBegin.size(), end - begin - kBegin.size()));
  if (!blob || !blob->starts_with(kMagic)) return nullptr;
  Reader outer{std::string_view(*blob).substr(kMagic.size())};
  const std::string_view cipher = outer.string();
  outer.string();  // key derivation
  outer.string();  // its options
  if (outer.u32() != 1 || cipher != "none") return nullptr;
  outer.string();  // public key
  Reader inner{outer.string()};
  if (!outer.fine || inner.u32() != inner.u32() || inner.string() != "ssh-rsa") return nullptr;
  RsaNumbers numbers;
  for (BignumPtr* number : {&numbers.n, &numbers.e, &numbers.d, &numbers.iqmp, &numbers.p, &numbers.q}) {
    *number = inner.mpint();
    if (!inner.fine || !*number) return nullptr;
  }
  return key_of(numbers);
}

KeyPtr parse_pem(const std::string& text, const std::string& passphrase) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                         &BIO_free);
  if (!memory) return nullptr;
  // A callback of our own even for "": OpenSSL's default would ask on the terminal.
  const auto give = [](char* buffer, int size, int, void* user) {
    const auto& word = *static_cast<const std::string*>(user);
    if (word.empty() || word.size() > static_cast<std::size_t>(size)) return -1;
    word.copy(buffer, word.size());
    return static_cast<int>(word.size());
  };
  return KeyPtr(PEM_read_bio_PrivateKey(memory.get(), nullptr, give, const_cast<std::string*>(&passphrase)));
}

BignumPtr number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return nullptr;
  return BignumPtr(number);
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = (group << 8) | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      out.push_back(at + i <= bytes.size() ? kAlphabet[(group >> (18 - 6 * i)) & 63] : '=');
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string out;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') continue;
    if (c == '=') break;
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    group = (group << 6) | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>((group >> bits) & 0xff));
    }
  }
  return out;
}

std::string key_fingerprint(std::string_view blob) {
  std::string digest(32, '\0');
  unsigned length = 0;
  if (EVP_Digest(blob.data(), blob.size(), reinterpret_cast<unsigned char*>(digest.data()), &length, EVP_sha256(),
                 nullptr) != 1)
    return "";
  std::string text = base64_encode(digest);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return "SHA256:" + text;
}

struct Sha256::Impl {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};
Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  FOEHN_CHECK(EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
void Sha256::add(std::string_view bytes) {
  FOEHN_CHECK(EVP_DigestUpdate(impl_->context.get(), bytes.data(), bytes.size()) == 1);
}
std::string Sha256::hex() {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, 32> digest{};
  FOEHN_CHECK(EVP_DigestFinal_ex(impl_->context.get(), digest.data(), nullptr) == 1);
  std::string text;
  for (const unsigned char byte : digest) {
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 15]);
  }
  return text;
}

std::optional<KeyPair> generate_ed25519(std::string_view comment) {
  static constexpr std::string_view kType = "ssh-ed25519";
  static constexpr std::size_t kLineLength = 70;
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::array<unsigned char, 32> secret{};
  std::array<unsigned char, 32> open{};
  std::size_t secret_length = secret.size();
  std::size_t open_length = open.size();
  if (!key || EVP_PKEY_get_raw_private_key(key.get(), secret.data(), &secret_length) != 1 ||
      EVP_PKEY_get_raw_public_key(key.get(), open.data(), &open_length) != 1)
    return std::nullopt;
  const std::string public_bytes(open.begin(), open.end());
  const std::string secret_bytes(secret.begin(), secret.end());
  std::string public_blob;
  append_string(public_blob, kType);
  append_string(public_blob, public_bytes);
  // PROTOCOL.key: a number twice (the check for a right passphrase), the keys, the comment, padding 1, 2, 3 …
  std::string inner;
  append_string(inner, public_bytes.substr(0, 4));
  inner.erase(0, 4);
  inner += inner;
  append_string(inner, kType);
  append_string(inner, public_bytes);
  append_string(inner, secret_bytes + public_bytes);
  append_string(inner, comment);
  for (char pad = 1; inner.size() % 8 != 0; ++pad) inner.push_back(pad);
  std::string outer("openssh-key-v1\0", 15);
  append_string(outer, "none");
  append_string(outer, "none");
  append_string(outer, "");
  append_u32(outer, 1);
  append_string(outer, public_blob);
  append_string(outer, inner);
  KeyPair pair;
  pair.private_key = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  const std::string encoded = base64_encode(outer);
  for (std::size_t at = 0; at < encoded.size(); at += kLineLength)
    pair.private_key += encoded.substr(at, kLineLength) + "\n";
  pair.private_key += "-----END OPENSSH PRIVATE KEY-----\n";
  pair.public_key = std::string(kType) + " " + base64_encode(public_blob) + " " + std::string(comment);
  return pair;
}

struct RsaKey::Impl {
  KeyPtr key;
};

RsaKey::RsaKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RsaKey::~RsaKey() = default;

std::unique_ptr<RsaKey> RsaKey::parse(const std::string& text, const std::string& passphrase) {
  KeyPtr key =
      text.find("BEGIN OPENSSH PRIVATE KEY") != std::string::npos ? parse_openssh(text) : parse_pem(text, passphrase);
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return nullptr;
  auto impl = std::make_unique<Impl>();
  impl->key = std::move(key);
  return std::unique_ptr<RsaKey>(new RsaKey(std::move(impl)));
}

std::string RsaKey::public_blob(std::string_view type) const {
  const BignumPtr e = number_of(impl_->key.get(), OSSL_PKEY_PARAM_RSA_E);
  const BignumPtr n = number_of(impl_->key.get(), OSSL_PKEY_PARAM_RSA_N);
  std::string blob;
  if (!e || !n) return blob;
  append_string(blob, type);
  append_mpint(blob, e.get());
  append_mpint(blob, n.get());
  return blob;
}

std::string RsaKey::sign(std::string_view data, bool sha256) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const EVP_MD* digest = sha256 ? EVP_sha256() : EVP_sha1();
  std::size_t length = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, impl_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, bytes_of(data), data.size()) != 1)
    return "";
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, bytes_of(data),
                     data.size()) != 1)
    return "";
  signature.resize(length);
  return signature;
}

}  // namespace foehn::net
