#include "actions/net/ssh/session.h"

#include <libssh2.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "actions/net/ssh/crypto.h"
#include "actions/net/ssh/known_hosts.h"
#include "engine/base/asio.h"
#include "engine/base/check.h"
#include "engine/base/log.h"

namespace foehn::net {
namespace {

constexpr int kSilentTicksMax = 3;                // keepalive intervals without a byte before the peer counts as lost
constexpr std::size_t kKeepalivesMax = 2'000;     // libssh2 keeps every answer: retire the session then
constexpr std::size_t kUnreadInputMax = 262'144;  // bytes an idle or waiting session may be sent
constexpr std::size_t kBannerShownBytes = 80;
constexpr std::size_t kInputKeptBytes = 4'096;  // capacity an emptied input buffer may keep

unsigned unsigned_length(std::string_view text) { return static_cast<unsigned>(text.size()); }

// First field of a public key blob: its type.
std::string blob_type(std::string_view blob) {
  if (blob.size() < 4) return "";
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length = (length << 8) | static_cast<unsigned char>(blob[i]);
  return length <= blob.size() - 4 ? std::string(blob.substr(4, length)) : "";
}

bool has_method(const std::string& list, std::string_view name) {
  std::size_t at = 0;
  while (at <= list.size()) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    if (std::string_view(list).substr(at, comma - at) == name) return true;
    at = comma + 1;
  }
  return false;
}

// Types of recorded keys first, as ssh does: a server that gets a second type of key has not changed its first. Only
// names libssh2 knows: 1.10 strips others by copying overlapping memory.
std::string preferred_key_types(LIBSSH2_SESSION* session, const std::vector<HostKey>& recorded) {
  std::vector<std::string> wanted;
  const std::vector<std::string> rsa{"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"};
  for (const HostKey& key : recorded) {
    if (key.type == "ssh-rsa") {
      wanted.insert(wanted.end(), rsa.begin(), rsa.end());
    } else {
      wanted.push_back(key.type);
    }
  }
  wanted.insert(wanted.end(), {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"});
  wanted.insert(wanted.end(), rsa.begin(), rsa.end());
  const char** known = nullptr;
  const int count = libssh2_session_supported_algs(session, LIBSSH2_METHOD_HOSTKEY, &known);
  std::string list;
  for (const std::string& name : wanted) {
    if (count <= 0 || std::find(known, known + count, name) == known + count) continue;
    if (has_method(list, name)) continue;
    list += (list.empty() ? "" : ",") + name;
  }
  if (known) libssh2_free(session, known);
  return list;
}

}  // namespace

struct Libssh2Callbacks {
  static Session& session_of(void** abstract) { return *static_cast<Session*>(*abstract); }

  static ssize_t receive(libssh2_socket_t, void* buffer, std::size_t length, int, void** abstract) {
    Session& session = session_of(abstract);
    const std::size_t count = session.take_input(static_cast<char*>(buffer), length);
    if (count > 0) return static_cast<ssize_t>(count);
    return session.wire_closed_ ? 0 : -EAGAIN;
  }
  static ssize_t send(libssh2_socket_t, const void* bytes, std::size_t length, int, void** abstract) {
    Session& session = session_of(abstract);
    ++session.packets_sent_;
    if (!session.wire_closed_) session.wire_->send(std::string_view(static_cast<const char*>(bytes), length));
    return static_cast<ssize_t>(length);
  }
  static void answer_prompts(const char*, int, const char*, int, int count, const LIBSSH2_USERAUTH_KBDINT_PROMPT*,
                             LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** abstract) {
    const std::string& password = session_of(abstract).target_.credentials.password;
    for (int i = 0; i < count; ++i) {
      responses[i].text = ::strdup(password.c_str());  // libssh2 frees it
      responses[i].length = unsigned_length(password);
    }
  }
  // `abstract` is the key and its hash.
  struct Signer {
    const RsaKey* key;
    bool sha256;
  };
  static int sign(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* length, const unsigned char* data,
                  std::size_t data_length, void** abstract) {
    const auto& signer = *static_cast<const Signer*>(*abstract);
    const std::string made =
        signer.key->sign(std::string_view(reinterpret_cast<const char*>(data), data_length), signer.sha256);
    if (made.empty()) return -1;
    *signature = static_cast<unsigned char*>(std::malloc(made.size()));  // libssh2 frees it
    if (!*signature) return -1;
    std::memcpy(*signature, made.data(), made.size());
    *length = made.size();
    return 0;
  }
};

struct Session::Timers {
  explicit Timers(asio::io_context& io) : deadline(io), keepalive(io) {}
  asio::steady_timer deadline;
  asio::steady_timer keepalive;
};

void HandshakeGate::enter(std::function<void()> go) {
  if (inside_ >= limit_) return waiting_.push_back(std::move(go));
  ++inside_;
  go();
}

void HandshakeGate::leave() {
  FOEHN_CHECK(inside_ > 0);
  if (waiting_.empty()) {
    --inside_;
    return;
  }
  const auto go = std::move(waiting_.front());
  waiting_.pop_front();
  go();
}

Session::Session(SessionServices& services, SshTarget target, std::shared_ptr<Wire> wire)
    : services_(services),
      target_(std::move(target)),
      wire_(std::move(wire)),
      timers_(std::make_unique<Timers>(services.io)) {}

Session::~Session() {
  wire_closed_ = true;
  wire_->close();
  leave_gate();
  // With the wire closed nothing is left to wait for; the bound is against surprises.
  for (int i = 0; session_ && i < 100; ++i)
    if (libssh2_session_free(session_) != LIBSSH2_ERROR_EAGAIN) break;
}

void Session::open(std::function<void(std::optional<SshFailure>)> done) {
  FOEHN_CHECK(state_ == State::kNew);
  on_open_ = std::move(done);
  state_ = State::kConnecting;
  arm_deadline();
  const std::weak_ptr<Session> weak = weak_from_this();
  WireEvents events;
  events.on_connected = [weak] {
    if (const auto self = weak.lock()) self->connected();
  };
  events.on_failed = [weak](WireFailure failure) {
    if (const auto self = weak.lock()) self->fail_open(failure.error_class, failure.phase, failure.detail);
  };
  events.on_bytes = [weak](std::string_view bytes) {
    if (const auto self = weak.lock()) self->received(bytes);
  };
  events.on_closed = [weak](std::string why) {
    if (const auto self = weak.lock()) self->disconnected(std::move(why));
  };
  wire_->start(std::move(events));
}

void Session::connected() {
  session_ = libssh2_session_init_ex(nullptr, nullptr, nullptr, this);
  FOEHN_CHECK(session_ != nullptr);
  libssh2_session_set_blocking(session_, 0);
  libssh2_session_callback_set(session_, LIBSSH2_CALLBACK_RECV, reinterpret_cast<void*>(&Libssh2Callbacks::receive));
  libssh2_session_callback_set(session_, LIBSSH2_CALLBACK_SEND, reinterpret_cast<void*>(&Libssh2Callbacks::send));
  const auto recorded = services_.known_hosts.lookup(target_.host, target_.port);
  libssh2_session_method_pref(session_, LIBSSH2_METHOD_HOSTKEY, preferred_key_types(session_, recorded).c_str());
  libssh2_keepalive_config(session_, 1, 1);
  state_ = State::kHandshake;
  pump();  // sends our banner; the costly part waits for the server's and for the gate
}

void Session::received(std::string_view bytes) {
  heard_ = true;
  asked_alive_ = false;
  silent_ticks_ = 0;
  in_ += bytes;
  if (state_ == State::kHandshake && !gate_inside_) note_banner();
  if (in_.size() - in_at_ > kUnreadInputMax) {
    const std::string why = "the server keeps sending although nothing was asked";
    if (state_ == State::kReady && tasks_.empty()) return end(why);
    if (!gate_inside_ && state_ == State::kHandshake)
      return fail_open(SshErrorClass::kProtocol, SshPhase::kHandshake, why);
  }
  if (state_ == State::kHandshake && !gate_inside_) {
    if (gate_asked_) return;
    gate_asked_ = true;
    timers_->deadline.cancel();  // waiting for our own turn is not the server's fault
    services_.gate.enter([weak = weak_from_this(), &gate = services_.gate] {
      const auto self = weak.lock();
      if (!self || self->state_ == State::kEnded) return gate.leave();
      self->gate_inside_ = true;
      self->arm_deadline();
      self->pump();
    });
    return;
  }
  pump();
}

void Session::disconnected(std::string why) {
  wire_closed_ = true;
  close_reason_ = std::move(why);
  pump();
}

// RFC 4253 §4.2: other lines may come before the one that starts with "SSH-".
void Session::note_banner() {
  if (first_line_.starts_with("SSH-")) return;
  const std::size_t banner = in_.find("SSH-");
  first_line_ = in_.substr(banner == std::string::npos ? 0 : banner, kBannerShownBytes);
  first_line_.resize(std::min(first_line_.size(), first_line_.find_first_of("\r\n")));
  std::replace_if(
      first_line_.begin(), first_line_.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
}

std::size_t Session::take_input(char* buffer, std::size_t length) {
  const std::size_t count = std::min(length, in_.size() - in_at_);
  in_.copy(buffer, count, in_at_);
  in_at_ += count;
  if (in_at_ == in_.size()) {
    in_at_ = 0;
    in_.clear();
    if (in_.capacity() > kInputKeptBytes) std::string().swap(in_);
  }
  return count;
}

void Session::pump() {
  if (pumping_) {
    pump_again_ = true;
    return;
  }
  const auto self = shared_from_this();
  pumping_ = true;
  do {
    pump_again_ = false;
    bool progress = true;
    while (progress && state_ != State::kEnded) {
      const std::size_t before = in_.size() - in_at_;
      progress = state_ == State::kReady ? step_tasks() : step_opening();
      if (in_.size() - in_at_ < before) progress = true;
    }
  } while (pump_again_ && state_ != State::kEnded);
  pumping_ = false;
  if (!wire_closed_ || state_ == State::kEnded) return;
  if (state_ == State::kReady) return end(close_reason_);
  fail_open(SshErrorClass::kLost, phase_of(state_, *wire_), close_reason_);
}

bool Session::step_tasks() {
  bool progress = false;
  // A copy: a task's callbacks may add others.
  const auto tasks = tasks_;
  for (const auto& task : tasks) {
    if (!task->finished() && task->step(*this)) progress = true;
    if (state_ != State::kReady) return false;
  }
  std::erase_if(tasks_, [](const auto& task) { return task->finished(); });
  return progress;
}

bool Session::step_opening() {
  if (state_ == State::kHandshake) return step_handshake();
  if (state_ == State::kAuthenticate) return step_authenticate();
  return false;
}

bool Session::step_handshake() {
  const int code = libssh2_session_handshake(session_, services_.any_fd);
  if (code == LIBSSH2_ERROR_EAGAIN) return false;
  if (code != 0) {
    if (gate_asked_ && !first_line_.starts_with("SSH-")) {
      fail_open(SshErrorClass::kProtocol, SshPhase::kHandshake, "this is no SSH server, it said '" + first_line_ + "'");
      return false;
    }
    const bool gone = wire_closed_ && in_.size() == in_at_;
    fail_open(gone ? SshErrorClass::kLost : SshErrorClass::kProtocol, SshPhase::kHandshake,
              gone ? close_reason_ : last_error());
    return false;
  }
  if (!check_host_key()) return false;
  state_ = State::kAuthenticate;
  return true;
}

bool Session::check_host_key() {
  std::size_t length = 0;
  int type = 0;
  const char* blob = libssh2_session_hostkey(session_, &length, &type);
  if (!blob) {
    fail_open(SshErrorClass::kProtocol, SshPhase::kHandshake, "the server sent no host key");
    return false;
  }
  HostKey key;
  key.blob.assign(blob, length);
  key.type = blob_type(key.blob);
  fingerprint_ = key_fingerprint(key.blob);
  const auto recorded = services_.known_hosts.lookup(target_.host, target_.port);
  if (const auto reason = net::check_host_key(target_, key, recorded)) {
    fail_open(SshErrorClass::kHostKey, SshPhase::kHandshake, *reason);
    return false;
  }
  if (target_.host_key_policy == HostKeyPolicy::kInsecure) {
    if (services_.log)
      services_.log->warning("ssh.host_key_not_checked", {{"host", target_.host}, {"fingerprint", fingerprint_}});
  } else if (recorded.empty()) {
    if (const Status recorded_now = services_.known_hosts.record(target_.host, target_.port, key);
        !recorded_now && services_.log)
      services_.log->warning("ssh.host_key_not_recorded",
                             {{"host", target_.host}, {"error", recorded_now.error().message}});
  }
  return true;
}

bool Session::step_authenticate() {
  if (!offered_methods_) {
    const char* list = libssh2_userauth_list(session_, target_.user.c_str(), unsigned_length(target_.user));
    if (!list) {
      if (libssh2_userauth_authenticated(session_)) return authenticated();
      const int code = libssh2_session_last_errno(session_);
      if (code == LIBSSH2_ERROR_EAGAIN) return false;
      fail_open(wire_closed_ ? SshErrorClass::kLost : SshErrorClass::kProtocol, SshPhase::kAuthenticate,
                wire_closed_ ? close_reason_ : last_error());
      return false;
    }
    offered_methods_ = list;
    if (!choose_methods(*offered_methods_)) return false;
  }
  const Method method = methods_.front();
  const int code = try_method(method);
  if (code == LIBSSH2_ERROR_EAGAIN) return false;
  if (code == 0) return authenticated();
  const std::string error = last_error();
  if (wire_closed_ && in_.size() == in_at_) {
    // sshd hangs up after too many tries: that is a refusal, too.
    const bool tried = !auth_notes_.empty();
    fail_open(tried ? SshErrorClass::kAuth : SshErrorClass::kLost, SshPhase::kAuthenticate,
              tried ? auth_notes_ + "; then " + close_reason_ : close_reason_);
    return false;
  }
  methods_.pop_front();
  const bool key = method == Method::kKey || method == Method::kRsaSha2 || method == Method::kRsaSha1;
  if (method != Method::kRsaSha1) {
    const bool refused = code == LIBSSH2_ERROR_AUTHENTICATION_FAILED || code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
    auth_notes_ += (auth_notes_.empty() ? "" : "; ") +
                   std::string(refused ? "the server refused the " : "cannot use the ") +
                   (key ? "private key" : "password") + (refused ? "" : " (" + error + ")");
  }
  if (!methods_.empty()) return true;
  fail_open(SshErrorClass::kAuth, SshPhase::kAuthenticate, auth_notes_ + " (it offers " + *offered_methods_ + ")");
  return false;
}

bool Session::choose_methods(const std::string& offered) {
  const SshCredentials& credentials = target_.credentials;
  if (!credentials.private_key.empty() && has_method(offered, "publickey")) {
#if LIBSSH2_VERSION_NUM < 0x010b00
    rsa_key_ = RsaKey::parse(credentials.private_key, credentials.passphrase);
#endif
    if (rsa_key_) {
      methods_ = {Method::kRsaSha2, Method::kRsaSha1};
    } else {
      methods_ = {Method::kKey};
    }
  }
  if (!credentials.password.empty() && has_method(offered, "password")) {
    methods_.push_back(Method::kPassword);
  } else if (!credentials.password.empty() && has_method(offered, "keyboard-interactive")) {
    methods_.push_back(Method::kKeyboard);
  }
  if (!methods_.empty()) return true;
  const bool any = !credentials.password.empty() || !credentials.private_key.empty();
  fail_open(SshErrorClass::kAuth, SshPhase::kAuthenticate,
            (any ? "the given credentials do not fit" : "no password and no private key was given") +
                std::string(" (the server offers ") + offered + ")");
  return false;
}

int Session::try_method(Method method) {
  const SshCredentials& credentials = target_.credentials;
  const std::string& user = target_.user;
  switch (method) {
    case Method::kKey:
      return libssh2_userauth_publickey_frommemory(session_, user.c_str(), user.size(), nullptr, 0,
                                                   credentials.private_key.c_str(), credentials.private_key.size(),
                                                   credentials.passphrase.c_str());
    case Method::kRsaSha2: return try_rsa(true);
    case Method::kRsaSha1: return try_rsa(false);
    case Method::kPassword:
      return libssh2_userauth_password_ex(session_, user.c_str(), unsigned_length(user), credentials.password.c_str(),
                                          unsigned_length(credentials.password), nullptr);
    case Method::kKeyboard:
      return libssh2_userauth_keyboard_interactive_ex(session_, user.c_str(), unsigned_length(user),
                                                      &Libssh2Callbacks::answer_prompts);
  }
  return LIBSSH2_ERROR_METHOD_NONE;
}

// libssh2 before 1.11 takes the signature algorithm from the type inside the key blob. OpenSSH's sshd reads a blob
// typed rsa-sha2-256 as the RSA key it is; a server that does not is tried with plain ssh-rsa next.
int Session::try_rsa(bool sha256) {
  const std::string blob = rsa_key_->public_blob(sha256 ? "rsa-sha2-256" : "ssh-rsa");
  Libssh2Callbacks::Signer signer{rsa_key_.get(), sha256};
  void* abstract = &signer;
  return libssh2_userauth_publickey(session_, target_.user.c_str(), reinterpret_cast<const unsigned char*>(blob.data()),
                                    blob.size(), &Libssh2Callbacks::sign, &abstract);
}

bool Session::authenticated() {
  state_ = State::kReady;
  rsa_key_.reset();
  timers_->deadline.cancel();
  leave_gate();
  arm_keepalive();
  const auto on_open = std::move(on_open_);
  on_open_ = nullptr;
  on_open(std::nullopt);
  return true;
}

void Session::fail_open(SshErrorClass error_class, SshPhase phase, std::string detail) {
  if (state_ == State::kEnded) return;
  const auto self = shared_from_this();
  state_ = State::kEnded;
  wire_closed_ = true;
  timers_->deadline.cancel();
  wire_->close();
  leave_gate();
  const auto on_open = std::move(on_open_);
  on_open_ = nullptr;
  if (!on_open) return;
  on_open(SshFailure{.error_class = error_class,
                     .phase = phase,
                     .host = target_.host,
                     .port = target_.port,
                     .user = target_.user,
                     .detail = std::move(detail)});
}

void Session::leave_gate() {
  if (!gate_inside_) return;
  gate_inside_ = false;
  services_.gate.leave();
}

void Session::add(std::shared_ptr<ChannelTask> task) {
  if (state_ != State::kReady) return task->on_session_lost(close_reason_);
  tasks_.push_back(std::move(task));
  pump();
}

void Session::wake() {
  if (state_ == State::kReady) pump();
}

void Session::wake_later() {
  asio::post(services_.io, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->wake();
  });
}

void Session::close(const std::string& why) {
  if (state_ == State::kReady) {
    libssh2_session_disconnect(session_, "done");
    return end(why);
  }
  fail_open(SshErrorClass::kCancelled, phase_of(state_, *wire_), why);
}

void Session::end(const std::string& why) {
  if (state_ == State::kEnded) return;
  const auto self = shared_from_this();
  state_ = State::kEnded;
  wire_closed_ = true;
  close_reason_ = why;
  timers_->keepalive.cancel();
  wire_->close();
  const auto tasks = std::move(tasks_);
  tasks_.clear();
  for (const auto& task : tasks)
    if (!task->finished()) task->on_session_lost(why);
  const auto on_end = std::move(on_end_);
  on_end_ = nullptr;
  if (on_end) on_end();
}

bool Session::retired() const { return retired_ || state_ != State::kReady || keepalives_ >= kKeepalivesMax; }

std::string Session::last_error() const {
  char* text = nullptr;
  int length = 0;
  const int code = libssh2_session_last_error(session_, &text, &length, 0);
  const std::string shown = text && length > 0 ? std::string(text, static_cast<std::size_t>(length)) : "no details";
  return shown + " (libssh2 " + std::to_string(code) + ")";
}

bool Session::claim_opening(const ChannelTask* task) {
  if (opening_ && opening_ != task) return false;
  opening_ = task;
  return true;
}

void Session::release_opening(const ChannelTask* task) {
  if (opening_ == task) opening_ = nullptr;
}

SshPhase Session::phase_of(State state, const Wire& wire) {
  if (state == State::kAuthenticate) return SshPhase::kAuthenticate;
  if (state == State::kHandshake) return SshPhase::kHandshake;
  return wire.phase();
}

void Session::arm_deadline() {
  timers_->deadline.expires_after(std::chrono::milliseconds(target_.connect_timeout_ms));
  timers_->deadline.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->state_ == State::kReady) return;
    const SshPhase phase = phase_of(self->state_, *self->wire_);
    self->fail_open(
        SshErrorClass::kTimeout, phase,
        std::string(phase == SshPhase::kHandshake && !self->gate_asked_ ? "the server sent nothing" : "no answer") +
            " within " + std::to_string(self->target_.connect_timeout_ms) + " ms");
  });
}

void Session::arm_keepalive() {
  if (target_.keepalive_ms <= 0) return;
  heard_ = false;
  timers_->keepalive.expires_after(std::chrono::milliseconds(target_.keepalive_ms));
  timers_->keepalive.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self && self->state_ == State::kReady) self->keepalive_tick();
  });
}

void Session::keepalive_tick() {
  if (!heard_) {
    if (asked_alive_ && ++silent_ticks_ >= kSilentTicksMax)
      return end("no sign of life for " + std::to_string(kSilentTicksMax * target_.keepalive_ms) + " ms");
    if (!asked_alive_) {
      // libssh2 sends at most one in two seconds; silence counts from one that was really sent.
      const std::uint64_t before = packets_sent_;
      int seconds = 0;
      libssh2_keepalive_send(session_, &seconds);
      asked_alive_ = packets_sent_ > before;
      if (asked_alive_) {
        silent_ticks_ = 1;
        ++keepalives_;
      }
    }
  }
  arm_keepalive();
}

}  // namespace foehn::net
