// Goal: the HTTP client over real sockets: what it sends, what it reads, its bounds and the egress policy.
// Method: a server of plain sockets on loopback that answers with a prepared text and keeps the request.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "actions/net/http/curl_client.h"

namespace foehn::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Answers each connection in turn with the next text; an empty text means: say nothing until the end.
class Server {
 public:
  explicit Server(std::vector<std::string> answers) : answers_(std::move(answers)) {
    ::signal(SIGPIPE, SIG_IGN);
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(fd_, 64), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    for (const int fd : open_) ::close(fd);
    ::close(fd_);
  }
  std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port) + path; }
  std::string request(std::size_t index) {
    std::lock_guard lock(mutex_);
    return index < requests_.size() ? requests_[index] : "";
  }
  std::uint16_t port = 0;

 private:
  void serve() {
    for (const std::string& answer : answers_) {
      const int fd = ::accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      std::string text;
      char buffer[4096];
      while (!complete(text)) {
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count <= 0) break;
        text.append(buffer, static_cast<std::size_t>(count));
      }
      {
        std::lock_guard lock(mutex_);
        requests_.push_back(text);
      }
      if (answer.empty()) {
        open_.push_back(fd);
        continue;
      }
      std::string_view left = answer;
      while (!left.empty()) {
        const ssize_t count = ::write(fd, left.data(), left.size());
        if (count <= 0) break;
        left.remove_prefix(static_cast<std::size_t>(count));
      }
      ::close(fd);
    }
  }
  static bool complete(const std::string& text) {
    const std::size_t end = text.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t at = text.find("Content-Length: ");
    if (at == std::string::npos || at > end) return true;
    return text.size() >= end + 4 + std::stoul(text.substr(at + 16));
  }
  const std::vector<std::string> answers_;
  int fd_ = -1;
  std::vector<int> open_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

std::string ok(const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" + headers +
         "\r\n" + body;
}

struct Http : ::testing::Test {
  Result<HttpResponse> run(HttpRequest request) { return begin(std::move(request)).get(); }
  std::future<Result<HttpResponse>> begin(HttpRequest request, HttpRequestId* id = nullptr) {
    auto promise = std::make_shared<std::promise<Result<HttpResponse>>>();
    auto future = promise->get_future();
    const auto given = client->send(
        std::move(request), [promise](Result<HttpResponse> response) { promise->set_value(std::move(response)); });
    if (id) *id = given;
    return future;
  }
  std::unique_ptr<CurlClient> client = std::make_unique<CurlClient>(CurlOptions{});
};

TEST_F(Http, AGet) {
  Server server({ok("hello", "X-Two: a\r\nSet-Cookie: c=v; Path=/\r\n")});
  HttpRequest request;
  request.url = server.url("/path?q=1");
  request.headers = {{"X-Mine", "yes"}, {"X-Empty", ""}};
  const auto response = run(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->reason, "OK");
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->url, server.url("/path?q=1"));
  EXPECT_EQ(*find_header(response->headers, "x-two"), "a");
  EXPECT_EQ(response->cookies, (HttpHeaders{{"c", "v"}}));
  EXPECT_GT(response->elapsed_s, 0);
  const std::string sent = server.request(0);
  EXPECT_THAT(sent, ::testing::StartsWith("GET /path?q=1 HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("User-Agent: foehn\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-Mine: yes\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-Empty:\r\n"));
}

TEST_F(Http, ABodyGoesAsItIs) {
  Server server({ok(""), ok(""), ok("")});
  HttpRequest request;
  request.method = "PATCH";
  request.url = server.url();
  request.body = std::string("a\0b", 3);
  request.basic_auth = {{"user", "pa:ss"}};
  ASSERT_TRUE(run(request));
  EXPECT_THAT(server.request(0), ::testing::StartsWith("PATCH / HTTP/1.1\r\n"));
  EXPECT_THAT(server.request(0), ::testing::EndsWith(std::string("\r\n\r\na\0b", 7)));
  EXPECT_THAT(server.request(0), Not(HasSubstr("Content-Type")));
  EXPECT_THAT(server.request(0), Not(HasSubstr("Expect")));
  EXPECT_THAT(server.request(0), HasSubstr("Authorization: Basic dXNlcjpwYTpzcw==\r\n"));
  request.headers = {{"Content-Type", "text/x"}};
  request.basic_auth.reset();
  request.bearer_token = "abc";
  ASSERT_TRUE(run(request));
  EXPECT_THAT(server.request(1), HasSubstr("Content-Type: text/x\r\n"));
  EXPECT_THAT(server.request(1), HasSubstr("Authorization: Bearer abc\r\n"));
  HttpRequest empty;
  empty.method = "POST";
  empty.url = server.url();
  ASSERT_TRUE(run(empty));
  EXPECT_THAT(server.request(2), HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(Http, RedirectsOnlyWhenAsked) {
  Server target({ok("there"), ok("there")});
  const std::string redirect =
      "HTTP/1.1 302 Found\r\nLocation: " + target.url("/new") + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  Server server({redirect, redirect});
  HttpRequest request;
  request.url = server.url("/old");
  const auto stays = run(request);
  ASSERT_TRUE(stays);
  EXPECT_EQ(stays->status, 302);
  EXPECT_TRUE(stays->history.empty());
  request.follow_redirects = true;
  const auto follows = run(request);
  ASSERT_TRUE(follows) << follows.error().message;
  EXPECT_EQ(follows->status, 200);
  EXPECT_EQ(follows->body, "there");
  EXPECT_EQ(follows->url, target.url("/new"));
  EXPECT_EQ(follows->history, std::vector<std::string>{server.url("/old")});
}

TEST_F(Http, ATimeout) {
  Server server({""});
  HttpRequest request;
  request.url = server.url();
  request.timeout_ms = 50;
  EXPECT_EQ(run(request).error().code, ErrorCode::kTimeout);
}

TEST_F(Http, NobodyListening) {
  std::uint16_t port = 0;
  {
    Server gone({});
    port = gone.port;
  }
  HttpRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port) + "/";
  const auto response = run(request);
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("Failed to connect to 127.0.0.1 port " + std::to_string(port)));
}

TEST_F(Http, TooLargeAnnouncedAndTooLargeInFact) {
  Server server({ok(std::string(101, 'x')), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(5000, 'x'),
                 ok(std::string(100, 'x'))});
  HttpRequest request;
  request.url = server.url();
  request.response_bytes_max = 100;
  EXPECT_EQ(run(request).error().message, "HTTP response is too large (Content-Length=101, limit=100 bytes).");
  EXPECT_EQ(run(request).error().message, "HTTP response is too large (limit=100 bytes).");
  EXPECT_TRUE(run(request));
}

TEST_F(Http, BadRequestsAreRefusedBeforeTheyLeave) {
  HttpRequest request;
  request.url = "ftp://h/";
  EXPECT_EQ(run(request).error().message, "URL scheme 'ftp' is not allowed (only http and https are).");
  request.url = "http://";
  EXPECT_EQ(run(request).error().code, ErrorCode::kInvalidArgument);
  request.url = "file:///etc/passwd";
  EXPECT_EQ(run(request).error().message, "URL scheme 'file' is not allowed (only http and https are).");
  request.url = "http://127.0.0.1/";
  request.headers = {{"X", "a\r\nInjected: 1"}};
  EXPECT_EQ(run(request).error().message, "header 'X' has a line break or no name");
  request.headers = {};
  request.method = "GET / HTTP/1.1\r\nX: ";
  EXPECT_EQ(run(request).error().message, "bad HTTP method");
}

TEST_F(Http, CancelAndShutdownAnswer) {
  Server server({"", ""});
  HttpRequest request;
  request.url = server.url();
  HttpRequestId id = 0;
  auto cancelled = begin(request, &id);
  client->cancel(id);
  EXPECT_EQ(cancelled.get().error().code, ErrorCode::kCancelled);
  auto left = begin(request);
  client.reset();
  EXPECT_EQ(left.get().error().code, ErrorCode::kCancelled);
}

TEST_F(Http, MoreRequestsThanTransfersWaitTheirTurn) {
  Server server(std::vector<std::string>(20, ok("x")));
  client = std::make_unique<CurlClient>(CurlOptions{.egress = {}, .transfers_max = 2});
  std::vector<std::future<Result<HttpResponse>>> all;
  HttpRequest request;
  request.url = server.url();
  for (int i = 0; i < 20; ++i) all.push_back(begin(request));
  for (auto& future : all) EXPECT_TRUE(future.get());
}

const std::string kWhoMayAllow =
    " This server lets no workflow reach loopback, link-local and metadata addresses; its operator can allow that (foehn "
    "serve --egress open).";

TEST_F(Http, TheEgressPolicyHoldsForTheAddressConnectedTo) {
  Server server({ok("secret"), ok("secret")});
  client = std::make_unique<CurlClient>(CurlOptions{.egress = EgressPolicy::strict()});
  HttpRequest request;
  request.url = "http://localhost:" + std::to_string(server.port) + "/";
  const auto refused = run(request);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(refused.error().message, ::testing::MatchesRegex("URL host 'localhost' resolves to a blocked address "
                                                               "\\((127.0.0.1|::1)\\)\\. This server.*"));
  request.url = server.url();
  EXPECT_EQ(run(request).error().message, "URL host '127.0.0.1' resolves to a blocked address (127.0.0.1)." + kWhoMayAllow);
  EXPECT_EQ(server.request(0), "");
  request.trusted = true;
  EXPECT_TRUE(run(request));
}

TEST_F(Http, ATrustedConnectionIsNotInheritedByOthers) {
  Server server({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"});
  client = std::make_unique<CurlClient>(CurlOptions{.egress = EgressPolicy::strict()});
  HttpRequest request;
  request.url = server.url();
  request.trusted = true;
  ASSERT_TRUE(run(request));
  request.trusted = false;
  EXPECT_EQ(run(request).error().code, ErrorCode::kPermissionDenied);
}

TEST_F(Http, ARedirectIntoADeniedNetworkIsRefused) {
  Server inside({ok("secret")});
  Server server({"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:" + std::to_string(inside.port) +
                 "/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"});
  client = std::make_unique<CurlClient>(CurlOptions{.egress = {.denied_cidrs = {"127.0.0.2/32"}, .allowed_hosts = {}}});
  HttpRequest request;
  request.url = server.url();
  request.follow_redirects = true;
  EXPECT_EQ(run(request).error().message, "URL host '127.0.0.1' resolves to a blocked address (127.0.0.2)." + kWhoMayAllow);
}

TEST_F(Http, OnlyAllowedHosts) {
  client = std::make_unique<CurlClient>(CurlOptions{.egress = {.denied_cidrs = {}, .allowed_hosts = {"good.example"}}});
  HttpRequest request;
  request.url = "http://evil.example/";
  EXPECT_EQ(run(request).error().message, "URL host 'evil.example' is not in the list of allowed hosts.");
}

TEST(Egress, NetworksAndTheirSpellings) {
  const EgressPolicy strict = EgressPolicy::strict();
  ASSERT_TRUE(strict.validate());
  for (const char* address : {"127.0.0.1", "127.255.255.255", "::1", "169.254.169.254", "fe80::1", "febf::1", "0.0.0.0",
                              "::ffff:127.0.0.1", "::ffff:169.254.169.254", "fd00:ec2::254", "fe80::1%eth0", "garbage"})
    EXPECT_FALSE(strict.allows_address(address)) << address;
  for (const char* address : {"10.0.0.1", "128.0.0.1", "126.255.255.255", "8.8.8.8", "2001:db8::1", "fec0::1"})
    EXPECT_TRUE(strict.allows_address(address)) << address;
  EXPECT_TRUE(EgressPolicy::permissive().allows_address("127.0.0.1"));
  const EgressPolicy bad{.denied_cidrs = {"10.0.0.0/33"}, .allowed_hosts = {}};
  EXPECT_EQ(bad.validate().error().message, "'10.0.0.0/33' is no network (address/bits)");
}

}  // namespace
}  // namespace foehn::net
