#include "api/server/node.h"

#include <atomic>

#include "actions/cloud/local/local_driver.h"
#include "actions/cloud/ops.h"
#include "actions/executor/executor.h"
#include "actions/net/http/curl_client.h"
#include "actions/net/mail/curl_mail.h"
#include "actions/net/ssh/known_hosts.h"
#include "actions/net/ssh/libssh2_client.h"
#include "actions/process/process_actions.h"
#include "actions/registry.h"
#include "actions/script_source.h"
#include "actions/secrets.h"
#include "actions/std/register.h"
#include "actions/timer_queue.h"
#include "api/rest/maintenance.h"
#include "api/rest/metrics.h"
#include "api/rest/routes.h"
#include "api/server/action_meter.h"
#include "api/server/box_tools.h"
#include "api/server/catalog_ledger.h"
#include "api/server/fan_out.h"
#include "api/server/run_logs.h"
#include "engine/runtime/engine_client.h"
#include "engine/runtime/engine_thread.h"
#include "workflows/builtin.h"
#include "workflows/overcloud/overcloud.h"
#include "workflows/overcloud/repo_actions.h"
#include "workflows/triggers/triggers.h"

namespace foehn::server {
namespace {

constexpr std::size_t kCloudThreads = 4;
constexpr std::size_t kCloudQueueMax = 1'000;

class BuiltinScripts final : public actions::ScriptSource {
 public:
  Result<std::string> script(std::string_view name) const override {
    const auto text = workflows::builtin_file(name);
    if (!text) return fail(ErrorCode::kNotFound, "no shipped script '" + std::string(name) + "'");
    return std::string(*text);
  }
};

// Code sources by their id, as they are now.
class StoredCode final : public actions::ScriptSource {
 public:
  explicit StoredCode(store::Catalog& catalog) : catalog_(catalog) {}
  Result<std::string> script(std::string_view name) const override {
    std::optional<store::RecordRow> row;
    if (const auto id = store::RecordId::parse(name)) {
      FOEHN_TRY(row, catalog_.record(store::kCodeSourceKind, *id));
    }
    if (!row)
      return fail(ErrorCode::kNotFound,
                  "The code source of this action does not exist any more [id=" + std::string(name) + "]");
    return text_or(row->body, "content");
  }

 private:
  store::Catalog& catalog_;
};

// Without a data directory nothing is kept.
class NoSecrets final : public actions::SecretStore {
 public:
  Result<std::string> get(std::string_view) const override { return fail(ErrorCode::kUnsupported, kText); }
  Status put(std::string_view, std::string_view) override { return fail(ErrorCode::kUnsupported, kText); }
  Status erase(std::string_view) override { return fail(ErrorCode::kUnsupported, kText); }

 private:
  static constexpr char kText[] = "stored keys need a server with a data directory";
};

class StoredKeys final : public workflows::KeySource {
 public:
  explicit StoredKeys(const actions::SecretStore& secrets) : secrets_(secrets) {}
  Result<std::string> private_key(std::string_view reference) override { return secrets_.get(reference); }

 private:
  const actions::SecretStore& secrets_;
};

// The executor is built before the engine that takes its results.
class ResultSink final : public ports::EventSink {
 public:
  explicit ResultSink(ActionMeter& meter) : meter_(meter) {}
  void connect(ports::EventSink* engine) { engine_ = engine; }
  void action_finished(ExecutionId execution_id, ActionRunId run_id, std::uint32_t attempt,
                       core::ActionOutcome outcome) override {
    meter_.finished(run_id, outcome.kind);
    if (ports::EventSink* engine = engine_.load())
      engine->action_finished(execution_id, run_id, attempt, std::move(outcome));
  }

 private:
  ActionMeter& meter_;
  std::atomic<ports::EventSink*> engine_{nullptr};
};

std::unique_ptr<net::KnownHosts> open_known_hosts(const std::string& directory, Status& status) {
  if (directory.empty()) return std::make_unique<net::MemoryKnownHosts>();
  auto opened = net::FileKnownHosts::open(directory + "/known_hosts");
  if (opened) return std::move(*opened);
  status = fail(opened.error());
  return std::make_unique<net::MemoryKnownHosts>();
}

std::unique_ptr<actions::SecretStore> open_secrets(const std::string& directory) {
  if (directory.empty()) return std::make_unique<NoSecrets>();
  return std::make_unique<actions::FileSecretStore>(directory + "/secrets");
}

std::vector<workflows::ProviderInfo> provider_infos(const cloud::DriverTable& drivers) {
  std::vector<workflows::ProviderInfo> infos;
  for (const auto& name : drivers.names()) {
    cloud::CloudDriver& driver = *drivers.find(name);
    infos.push_back({name, driver.sizes(), driver.notes()});
  }
  return infos;
}

rest::ActionInfo info_of(const actions::ActionSpec& spec) {
  rest::ActionInfo info{spec.name, actions::signature_text(spec), spec.description};
  for (const actions::InputSpec& input : spec.inputs)
    if (input.type == actions::InputType::kSecret) info.secret_inputs.push_back(input.name);
  return info;
}

}  // namespace

// Members in order of construction; destroyed in reverse: the engine's thread first, what it uses after it.
struct Node::Parts {
  Parts(NodeOptions node_options, Stores the_stores, Log& the_log)
      : options(std::move(node_options)),
        stores(the_stores),
        log(the_log),
        code(stores.catalog),
        known_hosts(open_known_hosts(options.directory, opened)),
        secrets(open_secrets(options.directory)),
        http(net::CurlOptions{.egress = options.egress}),
        mail(options.egress),
        ssh(*known_hosts, net::SshOptions{}),
        ledger(stores.catalog, clock),
        repository(stores.catalog, clock),
        workers(kCloudThreads, kCloudQueueMax),
        processes(actions::ProcessOptions{.guard = {options.executable, "process-guard"}}),
        executor(registry, timers, sink, &run_logs, &log, actions::ExecutorOptions{}),
        engine(runtime::EngineOptions{}, clock, stores.store, stores.catalog, stores.query, meter, registry, fan_out,
               log),
        client(engine),
        triggers(options.expiry, options.notify, {client, stores.catalog, stores.query, http, clock, log}),
        unstored_runs(clock, stores.catalog, registry),
        unstored_executor(registry, timers, unstored_runs, nullptr, &log, actions::ExecutorOptions{}),
        keys(*secrets) {}

  Status register_actions();
  Status start_overclouds();

  NodeOptions options;
  Stores stores;
  Log& log;
  SystemClock clock;
  rest::EventHub events{rest::EventHubOptions{}, stores.query};
  rest::Waits waits{clock};
  FanOut fan_out{{&events}, waits};
  Status opened;
  RunLogs run_logs{clock};
  BuiltinScripts scripts;
  StoredCode code;
  std::unique_ptr<net::KnownHosts> known_hosts;
  std::unique_ptr<actions::SecretStore> secrets;
  actions::TimerQueue timers;
  net::CurlClient http;
  net::CurlMail mail;
  net::Libssh2Client ssh;
  CatalogLedger ledger;
  workflows::Repository repository;
  std::unique_ptr<cloud::local::LocalDriver> local;
  cloud::DriverTable drivers;
  WorkerPool workers;
  actions::ActionRegistry registry;
  actions::ProcessRunner processes;  // ends its runs before their actions go with the registry
  ResultSink sink{meter};
  actions::Executor executor;
  ActionMeter meter{executor};
  runtime::Engine engine;
  runtime::EngineClient client;
  triggers::Triggers triggers;
  runtime::UnstoredRuns unstored_runs;
  actions::Executor unstored_executor;
  StoredKeys keys;
  std::unique_ptr<workflows::Overclouds> overclouds;
  std::vector<rest::ActionInfo> action_infos;
  rest::LogHub logs{rest::LogHubOptions{}, run_logs, stores.query};
  rest::ExecutionLogs execution_logs{rest::LogHubOptions{}, run_logs, stores.query, clock};
  rest::Metrics metrics{{.engine = [this] { return engine.stats(); },
                         .actions = [this] { return meter.counts(); },
                         .ssh_sessions = [this] { return ssh.session_count(); },
                         .event_listeners = [this] { return events.listeners(); },
                         .log_listeners = [this] { return logs.listeners() + execution_logs.listeners(); }}};
  std::unique_ptr<rest::Services> services;
  std::unique_ptr<http::RouteTable> routes;
  std::unique_ptr<runtime::EngineThread> thread;
};

Status Node::Parts::register_actions() {
  const bool keeps = !options.directory.empty();
  const std::string fetched = keeps ? options.directory + "/fetched" : "";
  FOEHN_CHECK_OK(actions::register_std_actions(registry, {.http = http,
                                                          .mail = mail,
                                                          .ssh = ssh,
                                                          .timers = timers,
                                                          .known_hosts = *known_hosts,
                                                          .secrets = *secrets,
                                                          .scripts = scripts,
                                                          .key_folder = keeps ? options.directory + "/keys" : "",
                                                          .fetch_folder = fetched}));
  if (!options.directory.empty()) {
    cloud::local::LocalOptions local_options{options.directory, options.box_init, "", box_masks()};
    if (options.sandbox) {
      FOEHN_TRY(local_options.sandbox, unpack_sandbox(options.directory));
    }
    local = std::make_unique<cloud::local::LocalDriver>(local_options, ledger, log);
    drivers.add(*local);
    FOEHN_CHECK_OK(cloud::register_cloud_actions(registry, drivers, workers));
    FOEHN_CHECK_OK(workflows::register_repo_actions(registry, repository));
  }
  if (!options.actions_dir.empty())
    FOEHN_CHECK_OK(actions::register_process_actions(registry, processes, options.actions_dir));
  FOEHN_CHECK_OK(
      actions::register_script_actions(registry, processes, store::kPythonAction, code, options.scripts));
  for (const actions::ActionSpec* spec : registry.specs())
    if (!spec->hidden) action_infos.push_back(info_of(*spec));
  return {};
}

Status Node::Parts::start_overclouds() {
  FOEHN_TRY(const auto removed, local->reconcile());
  for (const auto& what : removed) log.warning("leftover_removed", {{"what", what}});
  FOEHN_CHECK_OK(workflows::install_builtin_workflows(stores.catalog, registry, clock));
  auto providers = provider_infos(drivers);
  for (const auto& provider : providers)
    for (const auto& note : provider.notes) log.warning("provider_note", {{"provider", provider.name}, {"note", note}});
  overclouds =
      std::make_unique<workflows::Overclouds>(repository, client, stores.query, keys, std::move(providers), log);
  return {};
}

Node::Node(NodeOptions options, Stores stores, Log& log)
    : parts_(std::make_unique<Parts>(std::move(options), stores, log)) {}

Node::~Node() {
  parts_->waits.stop();  // its thread looks into the parts
  parts_->thread.reset();
  parts_->sink.connect(nullptr);
}

Status Node::start() {
  Parts& parts = *parts_;
  FOEHN_CHECK_OK(parts.opened);
  FOEHN_CHECK_OK(parts.register_actions());
  if (parts.local) FOEHN_CHECK_OK(parts.start_overclouds());
  parts.sink.connect(&parts.engine);
  parts.fan_out.add(parts.triggers.notify_port());
  FOEHN_CHECK_OK(parts.engine.recover());
  parts.services = std::unique_ptr<rest::Services>(
      new rest::Services{parts.client, parts.stores.query, parts.stores.catalog, parts.registry, parts.action_infos,
                         parts.run_logs, parts.events, parts.overclouds.get(), parts.clock, rest::RestOptions{}});
  parts.services->store = &parts.stores.store;
  parts.unstored_runs.connect(parts.unstored_executor);
  parts.services->unstored_runs = &parts.unstored_runs;
  parts.services->log = &parts.log;
  parts.services->triggers = &parts.triggers;
  parts.services->waits = &parts.waits;
  parts.services->logs = &parts.logs;
  parts.services->execution_logs = &parts.execution_logs;
  parts.services->metrics = &parts.metrics;
  parts.services->slots = [&executor = parts.executor](const std::string& action, const Value& input) {
    const actions::Executor::Slots slots = executor.slots(action, input);
    return rest::SlotUse{slots.key, slots.busy, slots.most};
  };
  parts.services->options.allow_run_deletion = parts.options.allow_run_deletion;
  parts.services->options.mask_names = parts.options.mask_names;
  parts.services->options.info_file = parts.options.info_file;
  parts.services->options.auth = parts.options.auth;
  parts.routes = std::make_unique<http::RouteTable>(rest::make_routes(*parts.services));
  parts.thread =
      std::make_unique<runtime::EngineThread>(parts.engine, parts.clock, parts.log, [&parts](const Error& error) {
        parts.log.error("store_failed", {{"error", error.message}});
      });
  if (parts.overclouds) FOEHN_CHECK_OK(parts.overclouds->resume_pending());
  // The server stays in maintenance then, and the next PUT goes on.
  if (const Status finished = rest::finish_maintenance(*parts.services); !finished)
    parts.log.error("maintenance_unfinished", {{"error", finished.error().message}});
  parts.triggers.start();
  return {};
}

const http::RouteTable& Node::routes() const { return *parts_->routes; }

void Node::set_http_stats(std::function<http::ServerStats()> source) {
  parts_->metrics.set_http(std::move(source));
}

void Node::stop_waiting() {
  if (parts_->services) parts_->services->stopping = true;
  parts_->waits.stop();
}

}  // namespace foehn::server
