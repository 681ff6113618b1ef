// Metrics: what GET /metrics shows, in Prometheus' text format: HTTP latencies counted here, everything else asked from
// its source when somebody looks. Owned by the composition root; any thread. What each metric means and when to worry:
// docs/operations.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/http/router.h"
#include "api/http/server.h"
#include "engine/runtime/engine.h"

namespace foehn::rest {

// Runs of one action: how many run now and how many have ended, by their end.
struct ActionCounts {
  std::string action;
  std::uint64_t running = 0, succeeded = 0, failed = 0, cancelled = 0;
};

// Each is called by the thread that asks for the text; empty = its metrics are left out.
struct MetricsSources {
  std::function<runtime::EngineStats()> engine;
  std::function<std::vector<ActionCounts>()> actions;
  std::function<std::size_t()> ssh_sessions;
  std::function<std::size_t()> event_listeners;
  std::function<std::size_t()> log_listeners;
};

class Metrics {
 public:
  explicit Metrics(MetricsSources sources);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Before the first request. `routes` is only read here.
  void set_routes(const std::vector<http::Route>& routes);
  // Before the server has routes to call; it outlives the last request.
  void set_http(std::function<http::ServerStats()> source);

  // http::Observer.
  void observe(std::size_t route, int status, std::int64_t us);
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace foehn::rest
