#include "api/server/offline.h"

#include "actions/cloud/ops.h"
#include "actions/executor/executor.h"
#include "actions/net/http/curl_client.h"
#include "actions/net/mail/curl_mail.h"
#include "actions/net/ssh/known_hosts.h"
#include "actions/net/ssh/libssh2_client.h"
#include "actions/process/script_actions.h"
#include "actions/registry.h"
#include "actions/script_source.h"
#include "actions/secrets.h"
#include "actions/std/register.h"
#include "actions/timer_queue.h"
#include "engine/base/check.h"
#include "engine/base/clock.h"
#include "engine/store/mem/mem_store.h"
#include "workflows/overcloud/repo_actions.h"

namespace foehn::server {
namespace {

// The registry of a server, for its signatures alone: nothing in it is ever run.
class OfflineCatalog final : public dsl::ActionCatalog {
 public:
  OfflineCatalog() : ssh_(known_hosts_, net::SshOptions{}), repository_(store_, clock_), workers_(0, 1) {
    const bool complete =
        actions::register_std_actions(registry_, {http_, mail_, ssh_, timers_, known_hosts_, secrets_, scripts_, ""})
            .has_value() &&
        cloud::register_cloud_actions(registry_, drivers_, workers_).has_value() &&
        actions::register_script_actions(registry_, processes_, store::kPythonAction, scripts_, {}).has_value() &&
        workflows::register_repo_actions(registry_, repository_).has_value();
    FOEHN_CHECK(complete);
  }
  std::optional<dsl::ActionSignature> signature(std::string_view action) const override {
    return registry_.signature(action);
  }
  std::vector<std::string> action_names() const override { return registry_.action_names(); }
  const actions::ActionRegistry& registry() const { return registry_; }
  actions::TimerQueue& timers() { return timers_; }

 private:
  SystemClock clock_;
  store::MemStore store_;
  net::CurlClient http_{net::CurlOptions{}};
  net::CurlMail mail_{net::EgressPolicy::permissive()};
  net::MemoryKnownHosts known_hosts_;
  net::Libssh2Client ssh_;
  actions::TimerQueue timers_;
  actions::FileSecretStore secrets_{"/nonexistent"};
  actions::EmbeddedScripts scripts_{nullptr, 0};
  workflows::Repository repository_;
  cloud::DriverTable drivers_;
  WorkerPool workers_;
  actions::ProcessRunner processes_{actions::ProcessOptions{}};
  actions::ActionRegistry registry_;
};

class NoResults final : public ports::EventSink {
 public:
  void action_finished(ExecutionId, ActionRunId, std::uint32_t, ports::ActionOutcome) override {}
};

class RegistryActions final : public OfflineActions {
 public:
  const dsl::ActionCatalog& catalog() const override { return catalog_; }
  ports::ActionPort& port() override { return executor_; }

 private:
  OfflineCatalog catalog_;
  NoResults results_;
  actions::Executor executor_{catalog_.registry(), catalog_.timers(), results_, nullptr, nullptr, {}};
};

}  // namespace

struct MemoryNode::Parts {
  explicit Parts(Log& log) : node({}, {store, store, store}, log) {}
  store::MemStore store;
  Node node;
};

MemoryNode::MemoryNode(Log& log) : parts_(std::make_unique<Parts>(log)) {}
MemoryNode::~MemoryNode() = default;
Status MemoryNode::start() { return parts_->node.start(); }
const Node& MemoryNode::node() const { return parts_->node; }

Result<cli::ApiResponse> call_routes(const Node& node, std::string_view method, const std::string& path,
                                     const std::string& body, std::string_view content_type) {
  http::Request request;
  request.method = method;
  http::set_target(request, path);
  request.headers.add("Host", "localhost");
  if (!content_type.empty()) request.headers.add("Content-Type", std::string(content_type));
  request.body = body;
  request.remote = "local";
  http::Response response = http::settled(node.routes().handle(std::move(request)));
  return cli::ApiResponse{response.status, std::move(response.body)};
}

std::unique_ptr<OfflineActions> make_offline_actions() { return std::make_unique<RegistryActions>(); }

std::unique_ptr<dsl::ActionCatalog> make_offline_catalog() { return std::make_unique<OfflineCatalog>(); }

}  // namespace foehn::server
