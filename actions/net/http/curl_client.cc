#include "actions/net/http/curl_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "engine/base/check.h"
#include "engine/base/sync.h"

namespace foehn::net {
namespace {

constexpr long kConnectTimeoutMs = 30'000;  // part of the request's own timeout
constexpr long kRedirectsMax = 30;          // as Python requests
constexpr int kPollMs = 60'000;             // curl wakes up earlier for its own timers; send() wakes it too

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

// curl's global state lives as long as the process; initialised by the first client.
void init_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct SlistFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct EasyFree {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

// One request on its way. Lives on the curl thread; curl holds pointers into it.
struct Transfer {
  HttpRequestId id = 0;
  HttpRequest request;
  HttpDone done;
  std::function<void(std::string_view)> on_body;  // of a stream
  const EgressPolicy* egress = nullptr;
  std::unique_ptr<CURL, EasyFree> easy;
  std::unique_ptr<curl_slist, SlistFree> headers;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  HttpResponse response;
  std::string host;
  std::string blocked_address;
  bool too_large = false;
};

std::string numeric_address(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text.data(), text.size());
  }
  return text.data();
}

bool allowed(Transfer& transfer, const std::string& address) {
  if (transfer.request.trusted || transfer.egress->allows_address(address)) return true;
  transfer.blocked_address = address;
  return false;
}

// The address curl is about to connect to: checked here and not after a resolution of our own, so that a name that
// changes its address between the two (DNS rebinding) gains nothing.
curl_socket_t open_socket(void* user, curlsocktype, curl_sockaddr* address) {
  if (!allowed(*static_cast<Transfer*>(user), numeric_address(&address->addr))) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// A kept-alive connection may have been opened by a trusted request: checked again before each use.
int before_request(void* user, char* primary_ip, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.request.proxy.empty()) return CURL_PREREQFUNC_OK;
  return allowed(transfer, primary_ip) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t on_body(char* data, std::size_t, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.on_body) {
    transfer.on_body(std::string_view(data, count));
    return count;
  }
  if (transfer.response.body.size() + count > transfer.request.response_bytes_max) {
    transfer.too_large = true;
    return 0;
  }
  transfer.response.body.append(data, count);
  return count;
}

void read_status_line(Transfer& transfer, std::string_view line) {
  // "HTTP/1.1 404 Not Found"; HTTP/2 has no reason.
  transfer.response.headers.clear();
  transfer.response.reason.clear();
  const std::size_t code = line.find(' ');
  if (code == std::string_view::npos) return;
  const std::size_t reason = line.find(' ', code + 1);
  if (reason != std::string_view::npos) transfer.response.reason = std::string(trim(line.substr(reason + 1)));
}

std::size_t on_header(char* data, std::size_t, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, count);
  if (line.starts_with("HTTP/")) {
    read_status_line(transfer, line);
    return count;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (same_name(name, "location")) {
    char* url = nullptr;
    long status = 0;
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (url && transfer.request.follow_redirects && status >= 300 && status < 400)
      transfer.response.history.emplace_back(url);
  } else if (same_name(name, "set-cookie")) {
    const std::string_view pair = value.substr(0, value.find(';'));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos)
      transfer.response.cookies.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  transfer.response.headers.emplace_back(name, value);
  return count;
}

template <class T>
void set(Transfer& transfer, CURLoption option, T value) {
  FOEHN_CHECK(curl_easy_setopt(transfer.easy.get(), option, value) == CURLE_OK);
}

// kInvalidArgument for what must not be sent, kPermissionDenied for hosts that are not allowed.
Status check_request(Transfer& transfer) {
  const HttpRequest& request = transfer.request;
  for (const auto& [name, value] : request.headers)
    if (name.empty() || has_control_characters(name) || has_control_characters(value))
      return fail(ErrorCode::kInvalidArgument, "header '" + name.substr(0, 100) + "' has a line break or no name");
  if (request.method.empty() || has_control_characters(request.method) || request.method.find(' ') != std::string::npos)
    return fail(ErrorCode::kInvalidArgument, "bad HTTP method");
  const std::size_t colon = request.url.find("://");
  std::string scheme = request.url.substr(0, colon == std::string::npos ? 0 : colon);
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), lower);
  if (scheme != "http" && scheme != "https")
    return fail(ErrorCode::kInvalidArgument, "URL scheme '" + scheme + "' is not allowed (only http and https are).");
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* host = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), CURLU_URLENCODE) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    return fail(ErrorCode::kInvalidArgument, "URL '" + request.url + "' has no host or cannot be read.");
  transfer.host = host;
  curl_free(host);
  if (!request.trusted && !transfer.egress->allows_host(transfer.host))
    return fail(ErrorCode::kPermissionDenied, "URL host '" + transfer.host + "' is not in the list of allowed hosts.");
  return {};
}

void set_method_and_body(Transfer& transfer) {
  HttpRequest& request = transfer.request;
  if (request.body) {
    set(transfer, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    set(transfer, CURLOPT_POSTFIELDS, request.body->c_str());
  } else if (request.method == "HEAD") {
    set(transfer, CURLOPT_NOBODY, 1L);
  }
  if (request.method != "GET" || request.body) set(transfer, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_headers(Transfer& transfer) {
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(transfer.headers.get(), line.c_str());
    FOEHN_CHECK(longer != nullptr);
    static_cast<void>(transfer.headers.release());
    transfer.headers.reset(longer);
  };
  for (const auto& [name, value] : transfer.request.headers) add(value.empty() ? name + ";" : name + ": " + value);
  if (transfer.request.body) {
    add("Expect:");
    // curl would announce a form; we send what we were told and no more.
    if (!find_header(transfer.request.headers, "Content-Type")) add("Content-Type:");
  } else if (transfer.request.method == "POST" || transfer.request.method == "PUT" ||
             transfer.request.method == "PATCH") {
    if (!find_header(transfer.request.headers, "Content-Length")) add("Content-Length: 0");
  }
  set(transfer, CURLOPT_HTTPHEADER, transfer.headers.get());
}

void set_options(Transfer& transfer, const std::string& user_agent) {
  HttpRequest& request = transfer.request;
  set(transfer, CURLOPT_PRIVATE, &transfer);
  set(transfer, CURLOPT_ERRORBUFFER, transfer.error_text.data());
  set(transfer, CURLOPT_NOSIGNAL, 1L);
  set(transfer, CURLOPT_URL, request.url.c_str());
  set(transfer, CURLOPT_PROTOCOLS_STR, "http,https");
  set(transfer, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(transfer, CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
  set(transfer, CURLOPT_MAXREDIRS, kRedirectsMax);
  set(transfer, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout_ms));
  set(transfer, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  set(transfer, CURLOPT_ACCEPT_ENCODING, "");
  set(transfer, CURLOPT_USERAGENT, user_agent.c_str());
  set(transfer, CURLOPT_PROXY, request.proxy.c_str());
  set(transfer, CURLOPT_COOKIEFILE, "");  // keep cookies across redirects of this request only
  set(transfer, CURLOPT_SSL_VERIFYPEER, request.verify_tls ? 1L : 0L);
  set(transfer, CURLOPT_SSL_VERIFYHOST, request.verify_tls ? 2L : 0L);
  if (!request.ca_file.empty()) set(transfer, CURLOPT_CAINFO, request.ca_file.c_str());
  if (request.basic_auth) {
    set(transfer, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(transfer, CURLOPT_USERNAME, request.basic_auth->first.c_str());
    set(transfer, CURLOPT_PASSWORD, request.basic_auth->second.c_str());
  } else if (!request.bearer_token.empty()) {
    set(transfer, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(transfer, CURLOPT_XOAUTH2_BEARER, request.bearer_token.c_str());
  }
  set(transfer, CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(transfer, CURLOPT_OPENSOCKETDATA, &transfer);
  set(transfer, CURLOPT_PREREQFUNCTION, &before_request);
  set(transfer, CURLOPT_PREREQDATA, &transfer);
  set(transfer, CURLOPT_WRITEFUNCTION, &on_body);
  set(transfer, CURLOPT_WRITEDATA, &transfer);
  set(transfer, CURLOPT_HEADERFUNCTION, &on_header);
  set(transfer, CURLOPT_HEADERDATA, &transfer);
  set(transfer, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(request.response_bytes_max));
}

Error error_of(const Transfer& transfer, CURLcode code) {
  if (!transfer.blocked_address.empty())
    return {ErrorCode::kPermissionDenied,
            "URL host '" + transfer.host + "' resolves to a blocked address (" + transfer.blocked_address +
                "). This server lets no workflow reach loopback, link-local and metadata addresses; its operator can "
                "allow that (foehn serve --egress open)."};
  const std::string limit = std::to_string(transfer.request.response_bytes_max);
  if (code == CURLE_FILESIZE_EXCEEDED) {
    const std::string* length = find_header(transfer.response.headers, "Content-Length");
    return {ErrorCode::kResourceExhausted,
            "HTTP response is too large (Content-Length=" + (length ? *length : "?") + ", limit=" + limit + " bytes)."};
  }
  if (transfer.too_large)
    return {ErrorCode::kResourceExhausted, "HTTP response is too large (limit=" + limit + " bytes)."};
  const char* detail = transfer.error_text[0] ? transfer.error_text.data() : curl_easy_strerror(code);
  return {code == CURLE_OPERATION_TIMEDOUT ? ErrorCode::kTimeout : ErrorCode::kUnavailable, detail};
}

void read_infos(Transfer& transfer) {
  long status = 0;
  char* url = nullptr;
  double seconds = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_EFFECTIVE_URL, &url);
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_TOTAL_TIME, &seconds);
  transfer.response.status = static_cast<int>(status);
  transfer.response.url = url ? url : transfer.request.url;
  transfer.response.elapsed_s = seconds;
}

}  // namespace

const std::string* find_header(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return &value;
  return nullptr;
}

// Fields guarded by `mutex` are shared with callers; the rest belongs to the curl thread alone.
struct CurlClient::Loop {
  explicit Loop(CurlOptions given) : options(std::move(given)), multi(curl_multi_init()) {
    FOEHN_CHECK(multi != nullptr);
    thread = std::thread([this] { run(); });
  }
  ~Loop() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    curl_multi_wakeup(multi);
    thread.join();
    curl_multi_cleanup(multi);
  }

  HttpRequestId send(HttpRequest request, HttpDone done, std::function<void(std::string_view)> on_body = {}) {
    auto transfer = std::make_unique<Transfer>();
    transfer->request = std::move(request);
    transfer->done = std::move(done);
    transfer->on_body = std::move(on_body);
    transfer->egress = &options.egress;
    std::lock_guard lock(mutex);
    const HttpRequestId id = next_id++;
    transfer->id = id;
    arrived.push_back(std::move(transfer));
    curl_multi_wakeup(multi);
    return id;
  }

  void cancel(HttpRequestId id) {
    std::lock_guard lock(mutex);
    to_cancel.push_back(id);
    curl_multi_wakeup(multi);
  }

  void run() {
    for (;;) {
      std::vector<HttpRequestId> cancelled;
      {
        std::lock_guard lock(mutex);
        if (stopping) break;
        for (auto& transfer : arrived) waiting.push_back(std::move(transfer));
        arrived.clear();
        cancelled.swap(to_cancel);
      }
      for (const HttpRequestId id : cancelled) drop(id);
      while (!waiting.empty() && active.size() < options.transfers_max) {
        auto transfer = std::move(waiting.front());
        waiting.pop_front();
        start(std::move(transfer));
      }
      int running = 0;
      FOEHN_CHECK(curl_multi_perform(multi, &running) == CURLM_OK);
      if (collect() && !waiting.empty()) continue;
      FOEHN_CHECK(curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr) == CURLM_OK);
    }
    drop_all();
  }

  void start(std::unique_ptr<Transfer> transfer) {
    if (Status fine = check_request(*transfer); !fine) return transfer->done(fail(std::move(fine).error()));
    transfer->easy.reset(curl_easy_init());
    FOEHN_CHECK(transfer->easy != nullptr);
    set_options(*transfer, options.user_agent);
    set_method_and_body(*transfer);
    set_headers(*transfer);
    FOEHN_CHECK(curl_multi_add_handle(multi, transfer->easy.get()) == CURLM_OK);
    const HttpRequestId id = transfer->id;
    active.emplace(id, std::move(transfer));
  }

  // Hands out finished transfers; true when there were some.
  bool collect() {
    bool any = false;
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      any = true;
      const CURLcode code = message->data.result;
      Transfer* finished = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &finished);
      const auto transfer = take(finished->id);
      if (code == CURLE_OK) {
        read_infos(*transfer);
        transfer->done(std::move(transfer->response));
      } else {
        transfer->done(fail(error_of(*transfer, code)));
      }
    }
    return any;
  }

  std::unique_ptr<Transfer> take(HttpRequestId id) {
    const auto found = active.find(id);
    if (found == active.end()) return nullptr;
    auto transfer = std::move(found->second);
    active.erase(found);
    curl_multi_remove_handle(multi, transfer->easy.get());
    return transfer;
  }

  void drop(HttpRequestId id) {
    auto transfer = take(id);
    if (!transfer) {
      const auto found =
          std::find_if(waiting.begin(), waiting.end(), [&](const auto& candidate) { return candidate->id == id; });
      if (found == waiting.end()) return;
      transfer = std::move(*found);
      waiting.erase(found);
    }
    transfer->done(fail(ErrorCode::kCancelled, "the request was cancelled"));
  }

  void drop_all() {
    {
      std::lock_guard lock(mutex);
      for (auto& transfer : arrived) waiting.push_back(std::move(transfer));
      arrived.clear();
    }
    while (!active.empty()) drop(active.begin()->first);
    while (!waiting.empty()) drop(waiting.front()->id);
  }

  const CurlOptions options;
  CURLM* const multi;
  std::mutex mutex;
  std::vector<std::unique_ptr<Transfer>> arrived FOEHN_GUARDED_BY(mutex);
  std::vector<HttpRequestId> to_cancel FOEHN_GUARDED_BY(mutex);
  HttpRequestId next_id FOEHN_GUARDED_BY(mutex) = 1;
  bool stopping FOEHN_GUARDED_BY(mutex) = false;
  std::deque<std::unique_ptr<Transfer>> waiting;
  std::unordered_map<HttpRequestId, std::unique_ptr<Transfer>> active;
  std::thread thread;
};

CurlClient::CurlClient(CurlOptions options) {
  init_curl();
  loop_ = std::make_unique<Loop>(std::move(options));
}
CurlClient::~CurlClient() = default;
HttpRequestId CurlClient::send(HttpRequest request, HttpDone done) {
  return loop_->send(std::move(request), std::move(done));
}
HttpRequestId CurlClient::stream(HttpRequest request, std::function<void(std::string_view)> on_body, HttpDone done) {
  return loop_->send(std::move(request), std::move(done), std::move(on_body));
}
void CurlClient::cancel(HttpRequestId id) { loop_->cancel(id); }

}  // namespace foehn::net
