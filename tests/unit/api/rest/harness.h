// A whole server without sockets or disk: the REST routes over a real engine and the memory store, with stand-ins for
// four actions. Requests are answered by the calling thread; settle() waits until the engine has nothing left to do.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/http/router.h"
#include "api/rest/routes.h"
#include "api/server/fan_out.h"
#include "engine/base/value.h"
#include "engine/runtime/engine.h"
#include "engine/store/mem/mem_store.h"

namespace foehn::test {

// Options of a server that asks for these tokens.
rest::RestOptions with_tokens(std::vector<auth::TokenEntry> entries);

// std.echo, std.noop, std.fail and std.async_noop, none of them pure: a started execution is RUNNING when it is
// answered. Outcomes are reported from within start().
class FakeActions final : public ports::ActionPort, public dsl::ActionCatalog {
 public:
  void connect(ports::EventSink& sink) { sink_ = &sink; }
  void let_fail_succeed() { fail_succeeds_ = true; }  // std.fail works from now on

  std::optional<ports::ActionTraits> traits(std::string_view action) const override;
  Status check_input(std::string_view action, const Value& input) const override;
  std::string capacity_key(std::string_view, const Value&) const override { return ""; }
  std::size_t capacity(const std::string&) const override { return full_ ? 0 : 1000; }
  void take_no_more() { full_ = true; }  // what comes now waits
  void start(ports::ActionRequest request, const std::string& capacity_key) override;
  ports::ActionOutcome run_pure(const ports::ActionRequest& request) override;
  void cancel(ActionRunId run_id) override;
  std::optional<dsl::ActionSignature> signature(std::string_view action) const override;
  std::vector<std::string> action_names() const override;

 private:
  ports::EventSink* sink_ = nullptr;
  bool fail_succeeds_ = false;
  std::atomic<bool> full_{false};
};

class FakeRunLog final : public ports::RunLog {
 public:
  void append(ActionRunId run_id, std::string_view text) override;
  Chunk read(ActionRunId run_id, std::uint64_t offset) const override;
  std::string last_line(ActionRunId run_id) const override;
  std::vector<Piece> pieces(std::uint64_t number, std::size_t count) const override;
  std::uint64_t next_piece() const override;
  void set_time(WallTime now);  // of what is appended from now on

 private:
  mutable std::mutex mutex_;
  WallTime now_{};
  std::map<ActionRunId, std::string> texts_;
  std::vector<Piece> pieces_;
};

class Harness {
 public:
  explicit Harness(workflows::OvercloudService* overclouds = nullptr, rest::RestOptions options = {});
  ~Harness();
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  http::Response ask(std::string method, std::string target, std::string body = "",
                     std::string content_type = "application/json");
  // The answer's body as JSON, settled before; fails the test when the status is another.
  Value json(std::string method, std::string target, int status = 200, std::string body = "",
             std::string content_type = "application/json");
  // Creates the workflows of a YAML text.
  void define(const std::string& yaml);
  // Starts a workflow and lets it run as far as it goes; its id.
  std::string run(const std::string& workflow, const std::string& input = "{}");
  void settle();

  FakeActions& actions() { return actions_; }
  FakeRunLog& run_log() { return run_log_; }
  store::MemStore& store() { return store_; }
  rest::Services& services() { return *services_; }
  rest::Waits& waits() { return waits_; }
  void declare_secret(const std::string& action, const std::string& input);
  const http::RouteTable& routes() const { return *routes_; }

 private:
  void pump_until_stopped();

  SystemClock clock_;
  Log log_{LogOptions{LogLevel::kError, false, ""}};
  store::MemStore store_;
  FakeActions actions_;
  FakeRunLog run_log_;
  std::vector<rest::ActionInfo> action_infos_;
  rest::ExecutionLogs execution_logs_{{.listeners_max = 10, .look_ms = 1, .state_ms = 1}, run_log_, store_, clock_};
  rest::EventHub events_{rest::EventHubOptions{}, store_};
  rest::Waits waits_{clock_};
  server::FanOut notices_{{&events_}, waits_};
  std::unique_ptr<runtime::Engine> engine_;
  std::unique_ptr<runtime::EngineClient> client_;
  FakeActions unstored_actions_;
  std::unique_ptr<runtime::UnstoredRuns> unstored_runs_;
  std::unique_ptr<rest::Services> services_;
  std::unique_ptr<http::RouteTable> routes_;

  std::mutex mutex_;
  std::condition_variable quiet_;
  std::uint64_t quiet_count_ = 0;  // how often the engine had nothing left to do
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace foehn::test
