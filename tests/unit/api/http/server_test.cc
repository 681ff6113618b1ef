// Goal: the server speaks HTTP/1.1 correctly over real sockets and survives clients that do not.
// Method: a server on a port of the system's choice, raw byte clients, and a handler that can be held.
#include "api/http/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/unit/api/http/socket_client.h"

namespace foehn::http {
namespace {

using test::RawResponse;
using test::SocketClient;

// Lets a handler wait until the test opens the gate.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

// A stream that the test feeds.
class Tap final : public http::BodyStream {
 public:
  explicit Tap(std::atomic<int>* alive) : alive_(alive) { ++*alive_; }
  ~Tap() override { --*alive_; }
  std::optional<std::string> next(const std::function<void()>& wake) override {
    std::lock_guard lock(mutex_);
    if (ended_ && text_.empty()) return std::nullopt;
    if (text_.empty()) wake_ = wake;
    return std::exchange(text_, {});
  }
  std::string keep_alive() const override { return ":\n"; }
  void feed(std::string text, bool last = false) {
    std::lock_guard lock(mutex_);
    text_ += text;
    ended_ = last;
    if (wake_) std::exchange(wake_, nullptr)();
  }

 private:
  std::mutex mutex_;
  std::string text_;
  bool ended_ = false;
  std::function<void()> wake_;
  std::atomic<int>* alive_;
};

// An answer that the test gives.
class Later final : public PendingAnswer {
 public:
  std::function<void()> on_answer(std::function<void(Response)> reply) override {
    std::lock_guard lock(mutex_);
    reply_ = std::move(reply);
    changed_.notify_all();
    return [this] {
      std::lock_guard left(mutex_);
      is_left_ = true;
      changed_.notify_all();
    };
  }
  void wait_until_asked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reply_ != nullptr; });
  }
  void give(Response response) {
    wait_until_asked();
    std::lock_guard lock(mutex_);
    reply_(std::move(response));
  }
  // Whether nobody takes the answer any more; waits for that.
  bool is_left() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return is_left_; });
  }
  bool is_left_now() {
    std::lock_guard lock(mutex_);
    return is_left_;
  }

 private:
  bool is_left_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void(Response)> reply_;
};

class ServerTest : public ::testing::Test {
 protected:
  Server& start(ServerOptions options = {}) {
    options.port = 0;
    server_ = std::make_unique<Server>(options, [this](Request request) { return answer(std::move(request)); }, log_);
    const Status started = server_->start();
    EXPECT_TRUE(started) << started.error().message;
    return *server_;
  }
  void TearDown() override {
    gate_.open();
    server_.reset();
  }
  Response answer(Request request) {
    if (request.path == "/held") gate_.pass();
    if (request.path == "/big") return {200, "text/plain", {}, std::string(3'000'000, 'x')};
    if (request.path == "/tap") {
      Response response{200, "text/plain", {}, ""};
      response.stream = tap_ = std::make_shared<Tap>(&taps_);
      gate_.pass();
      return response;
    }
    if (request.path == "/held_later") gate_.pass();
    if (request.path == "/later" || request.path == "/held_later") {
      Response response;
      response.pending = later_;
      return response;
    }
    if (request.path == "/nothing") return {204, "", {}, ""};
    return {200, "text/plain", {}, request.method + " " + request.path + " [" + request.body + "]"};
  }

  Log log_{LogOptions{LogLevel::kError, false, ""}};
  // Asks for the tap and takes it over once the handler has made it; reads the header.
  std::shared_ptr<Tap> open_tap(SocketClient& client, std::string_view version = "1.1") {
    EXPECT_TRUE(client.send("GET /tap HTTP/" + std::string(version) + "\r\nHost: h\r\n\r\n"));
    gate_.wait_for(1);
    std::shared_ptr<Tap> tap = std::move(tap_);
    gate_.open();
    header_ = client.receive_until("\r\n\r\n");
    return tap;
  }

  Gate gate_;
  std::shared_ptr<Later> later_ = std::make_shared<Later>();
  std::atomic<int> taps_{0};
  std::shared_ptr<Tap> tap_;
  std::string header_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AStreamIsSentAsItGrowsAndEndsWithItsLastChunk) {
  SocketClient client(start().port());
  const auto tap = open_tap(client);
  EXPECT_NE(header_.find("Transfer-Encoding: chunked\r\n"), std::string::npos) << header_;
  EXPECT_NE(header_.find("Connection: close\r\n"), std::string::npos) << header_;
  tap->feed("one");
  EXPECT_EQ(client.receive_until("one\r\n"), "3\r\none\r\n");
  tap->feed("twenty", true);
  EXPECT_EQ(client.receive_until("never"), "6\r\ntwenty\r\n0\r\n\r\n");
}

TEST_F(ServerTest, APendingAnswerHoldsNoThread) {
  Server& server = start({.handler_threads = 1});
  SocketClient waiting(server.port());
  EXPECT_TRUE(waiting.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n"));
  SocketClient other(server.port());
  EXPECT_TRUE(other.send("GET /now HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_NE(other.receive_until("GET /now []").find("200 OK"), std::string::npos);
  later_->give({202, "text/plain", {}, "at last"});
  EXPECT_NE(waiting.receive_until("at last").find("202 Accepted"), std::string::npos);
  EXPECT_TRUE(waiting.send("GET /again HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_NE(waiting.receive_until("GET /again []").find("200 OK"), std::string::npos) << "the connection goes on";
}

TEST_F(ServerTest, AClientThatGoesLeavesItsPendingAnswer) {
  start();
  for (const char* version : {"1.1", "1.0"}) {
    later_ = std::make_shared<Later>();
    {
      SocketClient client(server_->port());
      EXPECT_TRUE(client.send("GET /later HTTP/" + std::string(version) + "\r\nHost: h\r\n\r\n"));
      later_->wait_until_asked();
    }
    EXPECT_TRUE(later_->is_left()) << version;
    while (server_->stats().connections > 0) std::this_thread::yield();
    later_->give({200, "text/plain", {}, "too late"});
  }
}

TEST_F(ServerTest, AClientThatWasGoneBeforeItsAnswerWasPendingLeavesItToo) {
  SocketClient other(start().port());
  {
    SocketClient client(server_->port());
    EXPECT_TRUE(client.send("GET /held_later HTTP/1.1\r\nHost: h\r\n\r\nGET /more HTTP/1.1\r\nHost: h\r\n\r\n"));
    gate_.wait_for(1);
  }
  gate_.open();
  EXPECT_TRUE(later_->is_left());
  EXPECT_EQ(other.ask("GET /after HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET /after []");
}

// The end of its bytes is asked about with an interim answer, which every client has to skip (RFC 9110 §15.2).
TEST_F(ServerTest, AHalfClosedClientGetsItsPendingAnswer) {
  SocketClient client(start().port());
  EXPECT_TRUE(client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n"));
  client.half_close();
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  SocketClient other(server_->port());
  EXPECT_EQ(other.ask("GET /now HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET /now []");
  EXPECT_FALSE(later_->is_left_now());
  later_->give({200, "text/plain", {}, "at last"});
  EXPECT_EQ(client.receive().body, "at last");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, WhatIsSentBehindAPendingAnswerIsAnsweredAfterIt) {
  SocketClient client(start({.header_bytes_max = 512}).port());
  EXPECT_TRUE(client.send("GET /later HTTP/1.1\r\nHost: h\r\n\r\n"));
  later_->wait_until_asked();
  std::string more;
  for (int i = 0; i < 100; ++i) more += "GET /n" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_TRUE(client.send(more.substr(0, 10)));
  EXPECT_TRUE(client.send(more.substr(10)));
  SocketClient other(server_->port());
  EXPECT_EQ(other.ask("GET /now HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET /now []");
  EXPECT_FALSE(later_->is_left_now());
  later_->give({200, "text/plain", {}, "first"});
  EXPECT_EQ(client.receive().body, "first");
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.receive().body, "GET /n" + std::to_string(i) + " []");
}

TEST_F(ServerTest, AnOldClientGetsAStreamWithoutChunks) {
  SocketClient client(start().port());
  const auto tap = open_tap(client, "1.0");
  EXPECT_EQ(header_.find("chunked"), std::string::npos) << header_;
  tap->feed("all of it", true);
  EXPECT_EQ(client.receive_until("never"), "all of it");
}

TEST_F(ServerTest, ASilentStreamSendsSignsOfLife) {
  SocketClient client(start({.keep_alive_ms = 1}).port());
  const auto tap = open_tap(client);
  EXPECT_EQ(client.receive_until(":\n\r\n"), "2\r\n:\n\r\n");
  EXPECT_EQ(client.receive_until(":\n\r\n"), "2\r\n:\n\r\n");
}

TEST_F(ServerTest, AStreamEndsWhenItsClientIsGone) {
  start({.keep_alive_ms = 3'600'000});
  {
    SocketClient client(server_->port());
    open_tap(client);
    EXPECT_EQ(taps_, 1);
  }
  while (taps_ > 0) std::this_thread::yield();
  while (server_->stats().connections > 0) std::this_thread::yield();
}

TEST_F(ServerTest, AStreamGoesOnWhenItsClientOnlySendsNoMore) {
  SocketClient client(start({.keep_alive_ms = 3'600'000}).port());
  const auto tap = open_tap(client);
  client.half_close();
  EXPECT_EQ(client.receive_until(":\n\r\n"), "2\r\n:\n\r\n") << "asked whether it is there";
  tap->feed("more", true);
  EXPECT_EQ(client.receive_until("never"), "4\r\nmore\r\n0\r\n\r\n");
}

TEST_F(ServerTest, StopEndsStreams) {
  SocketClient client(start().port());
  open_tap(client);
  server_->stop();
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(taps_, 0);
}

TEST_F(ServerTest, KeepsTheConnectionForOneThousandRequests) {
  SocketClient client(start().port());
  for (int i = 0; i < 1000; ++i) {
    const RawResponse response = client.ask("GET /n" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_EQ(response.status, 200);
    ASSERT_EQ(response.body, "GET /n" + std::to_string(i) + " []");
  }
  EXPECT_EQ(server_->stats().accepted, 1u);
  EXPECT_EQ(server_->stats().requests, 1000u);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  SocketClient client(start().port());
  ASSERT_TRUE(client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\none"
                          "GET /b HTTP/1.1\r\nHost: h\r\n\r\nHEAD /c HTTP/1.1\r\nHost: h\r\n\r\n"
                          "GET /d HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(client.receive().body, "POST /a [one]");
  EXPECT_EQ(client.receive().body, "GET /b []");
  EXPECT_EQ(client.receive(false).headers["content-length"], "10");
  EXPECT_EQ(client.receive().body, "GET /d []");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, HeadHasTheLengthButNoBody) {
  SocketClient client(start().port());
  ASSERT_TRUE(client.send("HEAD /big HTTP/1.1\r\nHost: h\r\n\r\n"));
  const RawResponse response = client.receive(false);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.at("content-length"), "3000000");
  EXPECT_EQ(client.ask("GET /after HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET /after []");
}

TEST_F(ServerTest, NoContentHasNoLength) {
  SocketClient client(start().port());
  const RawResponse response = client.ask("DELETE /nothing HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(response.status, 204);
  EXPECT_FALSE(response.headers.contains("content-length"));
  EXPECT_EQ(client.ask("GET /after HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
}

TEST_F(ServerTest, LargeResponsesArriveWhole) {
  SocketClient client(start().port());
  EXPECT_EQ(client.ask("GET /big HTTP/1.1\r\nHost: h\r\n\r\n").body.size(), 3'000'000u);
}

TEST_F(ServerTest, ChunkedBodiesAreJoined) {
  SocketClient client(start().port());
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").body,
            "POST / [abcde]");
}

TEST_F(ServerTest, ExpectContinueIsAnsweredBeforeTheBody) {
  SocketClient client(start().port());
  ASSERT_TRUE(client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.receive(false).status, 100);
  EXPECT_EQ(client.ask("ok").body, "PUT / [ok]");
}

TEST_F(ServerTest, ABodyAboveTheBoundIs413) {
  SocketClient client(start({.body_bytes_max = 10}).port());
  const RawResponse response =
      client.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.body, "{\"faultstring\": \"The request body is larger than 10 bytes.\"}");
}

TEST_F(ServerTest, AChunkedBodyAboveTheBoundIs413) {
  SocketClient client(start({.body_bytes_max = 10}).port());
  EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nhello worlds\r\n").status,
            413);
}

TEST_F(ServerTest, AHeaderAboveTheBoundIs431) {
  SocketClient client(start({.header_bytes_max = 512}).port());
  const RawResponse response =
      client.ask("GET / HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(2000, 'a') + "\r\n\r\n");
  EXPECT_EQ(response.status, 431);
  EXPECT_EQ(response.body, "{\"faultstring\": \"The request header is larger than 512 bytes.\"}");
}

TEST_F(ServerTest, WhatIsNotHttpIs400) {
  start();
  for (const char* nonsense : {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nNo colon\r\n\r\n",
                               "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: abc\r\n\r\n",
                               "\x16\x03\x01\x02\x00\x01\r\n\r\n"}) {
    SocketClient client(server_->port());
    const RawResponse response = client.ask(nonsense);
    EXPECT_EQ(response.status, 400) << nonsense;
    EXPECT_NE(response.body.find("The request is not valid HTTP"), std::string::npos) << response.body;
  }
}

TEST_F(ServerTest, ASlowClientIsClosed) {
  start({.idle_ms = 100});
  SocketClient silent(server_->port());
  SocketClient slow(server_->port());
  ASSERT_TRUE(slow.send("GET / HTTP/1.1\r\nHo"));
  EXPECT_TRUE(silent.closed_by_server());
  EXPECT_TRUE(slow.closed_by_server());
}

TEST_F(ServerTest, AClientThatStopsInsideItsBodyIsClosed) {
  SocketClient client(start({.transfer_ms = 100}).port());
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"));
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, ARequestThatEndsTooEarlyIsToldWhere) {
  start();
  const std::pair<const char*, const char*> cases[] = {
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc", "The request body ended after 3 of 10 bytes."},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n", "The request body ended after 0 of 10 bytes."},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nde",
       "The chunked request body ended after 5 bytes, without its last chunk."},
      {"GET / HTTP/1.1\r\nHo", "The request ended inside its header."},
  };
  for (const auto& [sent, told] : cases) {
    SocketClient client(server_->port());
    ASSERT_TRUE(client.send(sent));
    client.half_close();
    const RawResponse response = client.receive();
    EXPECT_EQ(response.status, 400) << sent;
    EXPECT_EQ(response.body, "{\"faultstring\": \"" + std::string(told) + "\"}");
    EXPECT_TRUE(client.closed_by_server());
  }
  EXPECT_EQ(server_->stats().malformed, 4u);
}

TEST_F(ServerTest, AHalfClosedClientStillGetsItsAnswer) {
  SocketClient client(start().port());
  ASSERT_TRUE(client.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n"));
  client.half_close();
  gate_.wait_for(1);
  gate_.open();
  EXPECT_EQ(client.receive().body, "GET /held []");
  EXPECT_TRUE(client.closed_by_server());
}

TEST_F(ServerTest, FiftyClientsAtOnce) {
  start();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&, i] {
      SocketClient client(server_->port());
      for (int j = 0; j < 20; ++j) {
        const std::string path = "/" + std::to_string(i) + "-" + std::to_string(j);
        if (client.ask("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n").body == "GET " + path + " []") ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 1000);
}

TEST_F(ServerTest, AFullQueueIs503WithRetryAfter) {
  start({.handler_threads = 1, .handler_queue_max = 1});
  SocketClient running(server_->port()), waiting(server_->port()), refused(server_->port());
  ASSERT_TRUE(running.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n"));
  gate_.wait_for(1);
  ASSERT_TRUE(waiting.send("GET /waits HTTP/1.1\r\nHost: h\r\n\r\n"));
  while (server_->stats().requests < 2) std::this_thread::yield();
  const RawResponse response = refused.ask("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers.at("retry-after"), "1");
  gate_.open();
  EXPECT_EQ(running.receive().status, 200);
  EXPECT_EQ(waiting.receive().body, "GET /waits []");
}

TEST_F(ServerTest, TooManyConnectionsAre503) {
  start({.connections_max = 1});
  SocketClient first(server_->port());
  ASSERT_EQ(first.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  SocketClient second(server_->port());
  EXPECT_EQ(second.receive().status, 503);
}

TEST_F(ServerTest, StopFinishesRunningRequestsAndClosesIdleConnections) {
  start();
  SocketClient idle(server_->port()), running(server_->port());
  ASSERT_EQ(idle.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").status, 200);
  ASSERT_TRUE(running.send("GET /held HTTP/1.1\r\nHost: h\r\n\r\n"));
  gate_.wait_for(1);
  std::thread stopper([&] { server_->stop(); });
  EXPECT_TRUE(idle.closed_by_server());
  gate_.open();
  const RawResponse response = running.receive();
  EXPECT_EQ(response.body, "GET /held []");
  EXPECT_EQ(response.headers.at("connection"), "close");
  stopper.join();
  SocketClient late(server_->port());
  EXPECT_FALSE(late.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n") && late.receive().status != 0);
}

TEST_F(ServerTest, APortInUseIsSaidPlainly) {
  const std::uint16_t port = start().port();
  Server second({.port = port}, [](Request) { return Response{}; }, log_);
  const Status started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(started.error().message,
            "cannot listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
}

TEST_F(ServerTest, AnAddressThatIsNoneIsSaidPlainly) {
  Server server({.address = "nowhere", .port = 1}, [](Request) { return Response{}; }, log_);
  EXPECT_EQ(server.start().error().message, "cannot listen on nowhere:1: not an IP address");
}

}  // namespace
}  // namespace foehn::http
