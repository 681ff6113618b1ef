#include "actions/net/ssh/libssh2_client.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <unordered_map>

#include "actions/net/ssh/exec.h"
#include "actions/net/ssh/known_hosts.h"
#include "engine/base/asio.h"
#include "engine/base/check.h"

namespace foehn::net {
namespace {

// A command that certainly did not start is tried again on a fresh connection so many times.
constexpr std::uint32_t kSilentRetriesMax = 2;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

// One exec() from start to done. I/O thread only.
struct Request : std::enable_shared_from_this<Request> {
  Request(asio::io_context& io, SshTarget given_target, SshCommand given_command, SshCallbacks given_callbacks)
      : target(std::move(given_target)),
        command(std::move(given_command)),
        callbacks(std::move(given_callbacks)),
        timer(io) {}

  SshRequestId id = 0;
  SshTarget target;
  SshCommand command;
  SshCallbacks callbacks;
  asio::steady_timer timer;
  std::int64_t started_ms = now_ms();
  std::uint32_t attempts = 1;
  SshPool::Ticket ticket = 0;
  std::shared_ptr<Session> session;
  std::shared_ptr<ExecTask> task;
  bool finished = false;
};

struct Libssh2Client::Loop {
  Loop(KnownHosts& known_hosts, const SshOptions& options)
      : work(asio::make_work_guard(io)),
        gate(options.handshakes_max),
        any_fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        services{io, known_hosts, gate, any_fd, options.log},
        pool(std::make_unique<SshPool>(services, options.pool)) {
    FOEHN_CHECK(any_fd >= 0);
    thread = std::thread([this] { io.run(); });
  }

  ~Loop() {
    asio::post(io, [this] {
      const auto left = requests;
      for (const auto& [id, request] : left) stop(request, SshErrorClass::kCancelled, "the client is shutting down");
      pool->close_all("the client is shutting down");
      work.reset();
      io.stop();
    });
    thread.join();
    requests.clear();
    pool.reset();
    ::close(any_fd);
  }

  void start(const std::shared_ptr<Request>& request) {
    requests.emplace(request->id, request);
    if (request->command.timeout_ms > 0) {
      request->timer.expires_after(std::chrono::milliseconds(request->command.timeout_ms));
      request->timer.async_wait([this, request](const boost::system::error_code& error) {
        if (!error)
          stop(request, SshErrorClass::kTimeout,
               "not finished within " + std::to_string(request->command.timeout_ms) + " ms");
      });
    }
    acquire(request);
  }

  void acquire(const std::shared_ptr<Request>& request) {
    const auto ticket = pool->acquire(
        request->target, [this, request](std::shared_ptr<Session> session, std::optional<SshFailure> failure) {
          request->ticket = 0;
          if (request->finished) {
            if (session) pool->release(session);
            return;
          }
          if (failure) {
            SshOutcome outcome;
            outcome.failure = std::move(failure);
            return finish(request, std::move(outcome));
          }
          run(request, std::move(session));
        });
    // Answered already? Then the ticket means nothing.
    if (!request->finished && !request->session) request->ticket = ticket;
  }

  void run(const std::shared_ptr<Request>& request, std::shared_ptr<Session> session) {
    request->session = session;
    const bool fresh = session->pool.served == 1;
    auto task = std::make_shared<ExecTask>(
        request->command, request->callbacks.on_output,
        [this, request, session, fresh](ExecTask::Ending ending) { ended(request, session, fresh, std::move(ending)); },
        [this, session] { pool->release(session); });
    request->task = task;
    session->add(std::move(task));
  }

  void ended(const std::shared_ptr<Request>& request, const std::shared_ptr<Session>& session, bool fresh,
             ExecTask::Ending ending) {
    request->task = nullptr;
    request->session = nullptr;
    if (ending.failure && !ending.started) {
      const bool crowded = ending.channel_refused && session->pool.leases > 1;
      if (crowded) pool->limit_channels(session);
      // A pooled session may have died unnoticed, or the server counts commands that we gave up. Nothing was begun, so
      // a fresh one is no second run.
      const bool stale =
          !fresh && !crowded && (ending.failure->error_class == SshErrorClass::kLost || ending.channel_refused);
      if (stale) session->retire();
      if (stale) ++request->attempts;
      if (crowded || (stale && request->attempts <= kSilentRetriesMax + 1))
        return asio::post(io, [this, request] {
          if (!request->finished) acquire(request);
        });
    }
    SshOutcome outcome;
    outcome.result = std::move(ending.result);
    outcome.result.host_key_fingerprint = session->fingerprint();
    outcome.failure = std::move(ending.failure);
    finish(request, std::move(outcome));
  }

  // Timeout or cancellation, wherever the request is.
  void stop(const std::shared_ptr<Request>& request, SshErrorClass error_class, const std::string& detail) {
    if (request->finished) return;
    SshOutcome outcome;
    outcome.failure = SshFailure{.error_class = error_class,
                                 .phase = request->task ? SshPhase::kRun : SshPhase::kConnect,
                                 .host = request->target.host,
                                 .port = request->target.port,
                                 .user = request->target.user,
                                 .detail = detail};
    if (request->ticket != 0) pool->abandon(request->ticket);
    const auto task = request->task;
    const auto session = request->session;
    if (task) {
      outcome.result = std::move(task->result());
      outcome.result.host_key_fingerprint = session->fingerprint();
      task->abandon();
      session->retire();
    }
    finish(request, std::move(outcome));
    if (session) session->wake();
  }

  void finish(const std::shared_ptr<Request>& request, SshOutcome outcome) {
    if (request->finished) return;
    request->finished = true;
    request->timer.cancel();
    request->task = nullptr;
    request->session = nullptr;
    outcome.result.attempts = request->attempts;
    outcome.result.duration_ms = now_ms() - request->started_ms;
    if (outcome.failure) outcome.failure->attempt = request->attempts;
    requests.erase(request->id);
    const auto done = std::move(request->callbacks.done);
    request->callbacks = {};
    done(std::move(outcome));
  }

  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work;
  HandshakeGate gate;
  const int any_fd;
  SessionServices services;
  std::unique_ptr<SshPool> pool;
  std::unordered_map<SshRequestId, std::shared_ptr<Request>> requests;
  std::atomic<SshRequestId> next_id{1};
  std::thread thread;
};

Libssh2Client::Libssh2Client(KnownHosts& known_hosts, SshOptions options)
    : loop_(std::make_unique<Loop>(known_hosts, options)) {}

Libssh2Client::~Libssh2Client() = default;

SshRequestId Libssh2Client::exec(SshTarget target, SshCommand command, SshCallbacks callbacks) {
  Loop& loop = *loop_;
  auto request = std::make_shared<Request>(loop.io, std::move(target), std::move(command), std::move(callbacks));
  const SshRequestId id = loop.next_id++;
  request->id = id;
  asio::post(loop.io, [&loop, request] { loop.start(request); });
  return id;
}

void Libssh2Client::cancel(SshRequestId id) {
  Loop& loop = *loop_;
  asio::post(loop.io, [&loop, id] {
    const auto found = loop.requests.find(id);
    if (found == loop.requests.end()) return;
    const auto request = found->second;
    loop.stop(request, SshErrorClass::kCancelled, "cancelled");
  });
}

std::size_t Libssh2Client::session_count() const {
  std::promise<std::size_t> count;
  asio::post(loop_->io, [&] { count.set_value(loop_->pool->session_count()); });
  return count.get_future().get();
}

}  // namespace foehn::net
