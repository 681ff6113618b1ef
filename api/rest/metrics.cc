// GET /metrics. The names are a promise to dashboards: docs/operations.md lists them.
#include "api/rest/metrics.h"

#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <sstream>

#include "api/rest/handlers.h"

namespace foehn::rest {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;
using Families = std::vector<MetricFamily>;

constexpr double kSecond = 1e-6;  // per microsecond
const prometheus::Histogram::BucketBoundaries& request_bounds() {
  static const prometheus::Histogram::BucketBoundaries bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                              0.05,   0.1,   0.25,   1,     5,    30};
  return bounds;
}

void add(Families& families, MetricType type, std::string name, std::string help,
         const std::vector<std::pair<Labels, double>>& values) {
  MetricFamily family{std::move(name), std::move(help), type, {}};
  for (const auto& [labels, value] : values) {
    ClientMetric metric;
    metric.label = labels;
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family.metric.push_back(std::move(metric));
  }
  families.push_back(std::move(family));
}
void counter(Families& families, std::string name, std::string help, std::uint64_t value) {
  add(families, MetricType::Counter, std::move(name), std::move(help), {{{}, static_cast<double>(value)}});
}
void gauge(Families& families, std::string name, std::string help, double value) {
  add(families, MetricType::Gauge, std::move(name), std::move(help), {{{}, value}});
}

ClientMetric::Histogram to_histogram(const runtime::CommitLatency& latency) {
  ClientMetric::Histogram histogram;
  for (std::size_t i = 0; i < latency.counts.size(); ++i) {
    histogram.sample_count += latency.counts[i];
    const bool last = i == latency.kBoundsUs.size();
    const double bound = last ? std::numeric_limits<double>::infinity()
                              : static_cast<double>(latency.kBoundsUs[i]) * kSecond;
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  histogram.sample_sum = static_cast<double>(latency.sum_us) * kSecond;
  return histogram;
}

void add_engine(Families& families, const runtime::EngineStats& stats) {
  counter(families, "foehn_transitions_total", "Events that the engine has stepped.", stats.events);
  counter(families, "foehn_commits_total", "Commits of the engine that worked.", stats.commits);
  counter(families, "foehn_store_failures_total", "Commits and reads that the store has refused.",
          stats.store_failures_total);
  gauge(families, "foehn_store_failures_in_a_row", "Not 0: the engine is read-only until a commit works.",
        static_cast<double>(stats.store_failures));
  counter(families, "foehn_stale_results_total", "Results of earlier attempts, dropped.", stats.stale_results);
  counter(families, "foehn_recovered_runs_total", "Action runs that a start of the server has taken up.",
          stats.recovered_runs);
  gauge(families, "foehn_resident_executions", "Executions held in memory.", static_cast<double>(stats.resident));
  MetricFamily commits{"foehn_commit_seconds", "Duration of the engine's commits.", MetricType::Histogram, {}};
  commits.metric.emplace_back().histogram = to_histogram(stats.commit_latency);
  families.push_back(std::move(commits));
}

// Depths and ages are families of all queues, so that one alert watches them all.
void add_queues(Families& families, const runtime::EngineStats* engine, const http::ServerStats* http) {
  std::vector<std::pair<Labels, double>> depths, ages;
  const auto queue = [&](const char* name, std::uint64_t depth, std::int64_t age_us) {
    depths.push_back({{{"queue", name}}, static_cast<double>(depth)});
    if (age_us >= 0) ages.push_back({{{"queue", name}}, static_cast<double>(age_us) * kSecond});
  };
  if (engine) {
    queue("inbox", engine->inbox, engine->inbox_age_us);
    queue("ready", engine->ready, engine->ready_age_us);
    queue("in_flight", engine->in_flight, -1);
  }
  if (http) queue("handlers", http->queued, http->queued_age_us);
  add(families, MetricType::Gauge, "foehn_queue_depth", "What waits, by queue.", depths);
  add(families, MetricType::Gauge, "foehn_queue_age_seconds", "How long something has been waiting, by queue.", ages);
}

void add_http(Families& families, const http::ServerStats& stats) {
  gauge(families, "foehn_http_connections", "Open connections.", static_cast<double>(stats.connections));
  counter(families, "foehn_http_connections_total", "Connections accepted.", stats.accepted);
  counter(families, "foehn_http_refused_total", "Answered 503: too many connections or requests.", stats.refused);
  counter(families, "foehn_http_malformed_total", "Refused before a route was looked for.", stats.malformed);
}

void add_actions(Families& families, const std::vector<ActionCounts>& actions) {
  std::vector<std::pair<Labels, double>> running, ended;
  for (const ActionCounts& one : actions) {
    running.push_back({{{"action", one.action}}, static_cast<double>(one.running)});
    for (const auto& [state, count] : {std::pair("success", one.succeeded), std::pair("error", one.failed),
                                       std::pair("cancelled", one.cancelled)})
      ended.push_back({{{"action", one.action}, {"state", state}}, static_cast<double>(count)});
  }
  add(families, MetricType::Gauge, "foehn_actions_running", "Action runs under way, by action.", running);
  add(families, MetricType::Counter, "foehn_actions_total", "Action runs that ended, by action and state.", ended);
}

// The conventional names of what a process uses, from /proc/self.
void add_process(Families& families) {
  long pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  gauge(families, "process_resident_memory_bytes", "Resident memory.", static_cast<double>(resident) * page);
  gauge(families, "process_virtual_memory_bytes", "Virtual memory.", static_cast<double>(pages) * page);
  std::error_code error;
  std::size_t open = 0;
  for (auto it = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error))
    ++open;
  gauge(families, "process_open_fds", "Open file descriptors.", static_cast<double>(open));
  gauge(families, "process_max_fds", "The most there may be.", static_cast<double>(::sysconf(_SC_OPEN_MAX)));
  // proc(5): fields of /proc/self/stat after the name in brackets; 12 and 13 are CPU times, 20 is the start, in ticks.
  std::ifstream file("/proc/self/stat");
  std::stringstream all;
  all << file.rdbuf();
  std::istringstream fields(all.str().substr(std::min(all.str().size(), all.str().rfind(')') + 1)));
  std::vector<std::string> words;
  for (std::string word; fields >> word;) words.push_back(word);
  if (words.size() < 20) return;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  add(families, MetricType::Counter, "process_cpu_seconds_total", "CPU time used.",
      {{{}, (std::strtod(words[11].c_str(), nullptr) + std::strtod(words[12].c_str(), nullptr)) / ticks}});
  double booted = 0;
  std::ifstream stat("/proc/stat");
  for (std::string line; std::getline(stat, line);)
    if (line.starts_with("btime ")) booted = std::strtod(line.c_str() + 6, nullptr);
  gauge(families, "process_start_time_seconds", "Start of the process, seconds since 1970.",
        booted + std::strtod(words[19].c_str(), nullptr) / ticks);
}

}  // namespace

struct Metrics::Impl {
  // One route: a histogram per class of statuses, made when the first answer of that class is given.
  struct PerRoute {
    std::string method, pattern;
    std::array<std::atomic<prometheus::Histogram*>, 6> by_class{};
  };

  explicit Impl(MetricsSources given)
      : sources(std::move(given)),
        requests(prometheus::BuildHistogram()
                     .Name("foehn_http_request_seconds")
                     .Help("Time to an answer, by route and class of status.")
                     .Register(registry)) {}

  MetricsSources sources;
  std::function<http::ServerStats()> http;
  prometheus::Registry registry;
  prometheus::Family<prometheus::Histogram>& requests;
  std::vector<std::unique_ptr<PerRoute>> routes;  // the last: no route matched
};

Metrics::Metrics(MetricsSources sources) : impl_(std::make_unique<Impl>(std::move(sources))) {}
Metrics::~Metrics() = default;

void Metrics::set_routes(const std::vector<http::Route>& routes) {
  const auto add_route = [this](std::string method, std::string pattern) {
    auto route = std::make_unique<Impl::PerRoute>();
    route->method = std::move(method);
    route->pattern = std::move(pattern);
    impl_->routes.push_back(std::move(route));
  };
  impl_->routes.clear();
  for (const http::Route& route : routes) add_route(std::string(route.method), std::string(route.pattern));
  add_route("", "none");
}

void Metrics::set_http(std::function<http::ServerStats()> source) { impl_->http = std::move(source); }

void Metrics::observe(std::size_t number, int status, std::int64_t us) {
  if (impl_->routes.empty()) return;
  Impl::PerRoute& route = *impl_->routes[std::min(number, impl_->routes.size() - 1)];
  const std::size_t kind = static_cast<std::size_t>(std::clamp(status / 100, 1, 5));
  prometheus::Histogram* histogram = route.by_class[kind].load(std::memory_order_acquire);
  if (!histogram) {  // Add() gives the same one to two threads that ask for the same labels.
    const std::string statuses = std::to_string(kind) + "xx";
    histogram = &impl_->requests.Add(
        {{"method", route.method}, {"route", route.pattern}, {"status", statuses}}, request_bounds());
    route.by_class[kind].store(histogram, std::memory_order_release);
  }
  histogram->Observe(static_cast<double>(us) * kSecond);
}

std::string Metrics::text() const {
  Families families;
  const MetricsSources& sources = impl_->sources;
  std::optional<runtime::EngineStats> engine;
  std::optional<http::ServerStats> http;
  if (sources.engine) engine = sources.engine();
  if (impl_->http) http = impl_->http();
  if (engine) add_engine(families, *engine);
  add_queues(families, engine ? &*engine : nullptr, http ? &*http : nullptr);
  if (sources.actions) add_actions(families, sources.actions());
  if (sources.ssh_sessions)
    gauge(families, "foehn_ssh_sessions", "Open SSH sessions.", static_cast<double>(sources.ssh_sessions()));
  if (sources.event_listeners)
    gauge(families, "foehn_event_listeners", "Open event streams.", static_cast<double>(sources.event_listeners()));
  if (sources.log_listeners)
    gauge(families, "foehn_log_listeners", "Open log streams.", static_cast<double>(sources.log_listeners()));
  if (http) add_http(families, *http);
  add_process(families);
  for (MetricFamily& family : impl_->registry.Collect()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

Answer get_metrics(const http::Request&, Services& services) {
  if (!services.metrics) return fail(ErrorCode::kUnsupported, "This process keeps no metrics.");
  return http::Response{200, "text/plain; version=0.0.4; charset=utf-8", {}, services.metrics->text()};
}

}  // namespace foehn::rest
