#include "actions/net/mail/curl_mail.h"

#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <thread>
#include <utility>

#include "engine/base/limits.h"
#include "engine/base/sync.h"

namespace foehn::net {
namespace {

struct Transfer {
  Mail mail;
  const EgressPolicy* egress = nullptr;
  std::atomic<bool> cancelled{false};
  std::size_t sent = 0;
  std::string refused;  // address that the policy does not allow
};

std::size_t give_text(char* to, std::size_t size, std::size_t count, void* pointer) {
  auto& transfer = *static_cast<Transfer*>(pointer);
  const std::size_t part = std::min(size * count, transfer.mail.text.size() - transfer.sent);
  std::memcpy(to, transfer.mail.text.data() + transfer.sent, part);
  transfer.sent += part;
  return part;
}

int go_on(void* pointer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(pointer)->cancelled ? 1 : 0;
}

curl_socket_t open_socket(void* pointer, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(pointer);
  char text[NI_MAXHOST] = "";
  ::getnameinfo(&address->addr, address->addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  if (!transfer.egress->allows_address(text)) {
    transfer.refused = text;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

Status status_of(CURLcode code, const Transfer& transfer, const char* text) {
  if (code == CURLE_OK) return {};
  if (transfer.cancelled) return fail(ErrorCode::kCancelled, "cancelled");
  if (!transfer.refused.empty())
    return fail(ErrorCode::kPermissionDenied, "the address " + transfer.refused + " of the server is blocked");
  const std::string why = *text != '\0' ? text : ::curl_easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT) return fail(ErrorCode::kTimeout, why);
  return fail(code == CURLE_LOGIN_DENIED ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable, why);
}

Status transmit(Transfer& transfer) {
  const Mail& mail = transfer.mail;
  const std::string url = "smtp://" + mail.server;
  const std::string host = mail.server.substr(0, mail.server.rfind(':'));
  if (mail.server.empty() || mail.server.find_first_of(" /?#@\r\n") != std::string::npos)
    return fail(ErrorCode::kInvalidArgument, "smtp_server must be host or host:port, not '" + mail.server + "'");
  if (!transfer.egress->allows_host(host))
    return fail(ErrorCode::kPermissionDenied, "the host '" + host + "' is not allowed");
  CURL* const curl = ::curl_easy_init();
  if (curl == nullptr) return fail(ErrorCode::kInternal, "libcurl gives no handle");
  curl_slist* recipients = nullptr;
  for (const std::string& one : mail.recipients)
    recipients = ::curl_slist_append(recipients, ("<" + one + ">").c_str());
  const std::string from = "<" + mail.from + ">";
  char text[CURL_ERROR_SIZE] = "";
  ::curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp");
  ::curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(curl, CURLOPT_PROXY, "");
  ::curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(limits::kHttpTimeoutMs));
  ::curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
  ::curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
  ::curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
  ::curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  ::curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_text);
  ::curl_easy_setopt(curl, CURLOPT_READDATA, &transfer);
  ::curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  ::curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);
  ::curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  ::curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  ::curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &transfer);
  if (!mail.password.empty()) {
    ::curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, mail.verify_tls ? 1L : 0L);
    ::curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, mail.verify_tls ? 2L : 0L);
    ::curl_easy_setopt(curl, CURLOPT_USERNAME, mail.from.c_str());
    ::curl_easy_setopt(curl, CURLOPT_PASSWORD, mail.password.c_str());
  }
  const CURLcode code = ::curl_easy_perform(curl);
  ::curl_slist_free_all(recipients);
  ::curl_easy_cleanup(curl);
  return status_of(code, transfer, text);
}

}  // namespace

struct CurlMail::Impl {
  struct Run {
    Transfer transfer;
    bool over = false;
    std::thread thread;
  };
  struct State {
    std::map<MailId, Run> runs;
    MailId next = 1;
    bool closing = false;
  };
  EgressPolicy egress;
  Guarded<State> state;

  // Threads of mails that are done.
  std::vector<std::thread> take_ended() {
    return state.with([](State& now) {
      std::vector<std::thread> ended;
      for (auto run = now.runs.begin(); run != now.runs.end();) {
        if (run->second.over) ended.push_back(std::move(run->second.thread));
        run = run->second.over ? now.runs.erase(run) : std::next(run);
      }
      return ended;
    });
  }
};

CurlMail::CurlMail(EgressPolicy egress) : impl_(std::make_unique<Impl>()) {
  ::curl_global_init(CURL_GLOBAL_DEFAULT);
  impl_->egress = std::move(egress);
}

CurlMail::~CurlMail() {
  std::vector<std::thread> threads = impl_->state.with([](Impl::State& now) {
    now.closing = true;
    std::vector<std::thread> all;
    for (auto& [id, run] : now.runs) {
      run.transfer.cancelled = true;
      all.push_back(std::move(run.thread));
    }
    return all;
  });
  for (std::thread& thread : threads) thread.join();
  impl_.reset();
  ::curl_global_cleanup();
}

MailId CurlMail::send(Mail mail, MailDone done) {
  for (std::thread& thread : impl_->take_ended()) thread.join();
  return impl_->state.with([&](Impl::State& now) {
    const MailId id = now.next++;
    Impl::Run& run = now.runs[id];
    run.transfer.mail = std::move(mail);
    run.transfer.egress = &impl_->egress;
    run.thread = std::thread([impl = impl_.get(), &run, done = std::move(done)] {
      Status status = transmit(run.transfer);
      const bool closing = impl->state.with([](Impl::State& state) { return state.closing; });
      if (!closing) done(std::move(status));
      impl->state.with([&](Impl::State&) { run.over = true; });
    });
    return id;
  });
}

void CurlMail::cancel(MailId id) {
  impl_->state.with([&](Impl::State& now) {
    if (const auto found = now.runs.find(id); found != now.runs.end()) found->second.transfer.cancelled = true;
  });
}

}  // namespace foehn::net
