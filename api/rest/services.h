// What the handlers work with. Built by the composition root; all references outlive the route table. Any thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "api/auth/authenticate.h"
#include "api/rest/event_hub.h"
#include "api/rest/execution_logs.h"
#include "api/rest/log_hub.h"
#include "api/rest/waits.h"
#include "dsl/validate/action_catalog.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/ports/run_log.h"
#include "engine/runtime/engine_client.h"
#include "engine/runtime/unstored_runs.h"
#include "engine/store/catalog.h"
#include "engine/store/query.h"
#include "engine/store/store.h"
#include "workflows/overcloud/overcloud_service.h"

namespace foehn::triggers {
class Triggers;
}

namespace foehn::rest {

// An action as GET /v2/actions shows it.
struct ActionInfo {
  std::string name;
  std::string input;        // "output, delay=0"
  std::string description;
  std::vector<std::string> secret_inputs{};  // are not shown
};

struct RestOptions {
  std::string public_url;   // "https://foehn.example:443"; empty = taken from each request's Host header
  auth::AuthOptions auth;
  std::string info_file{};    // JSON that GET /info answers with; empty = that is disabled
  bool allow_run_deletion = false;  // Mistral's [api] allow_action_execution_deletion
  bool mask_names = true;           // what is merely named like a secret is not shown (masking.h)
  std::function<Status()> ready;  // why the server is not ready; empty = always ready
};

// What bounds how many runs of an action are under way: those of its target, or (key "") all.
struct SlotUse {
  std::string key;
  std::size_t busy = 0;
  std::size_t most = 0;
};

class Metrics;

struct Services {
  runtime::EngineClient& engine;
  store::Query& query;
  store::Catalog& catalog;
  const dsl::ActionCatalog& action_catalog;
  const std::vector<ActionInfo>& actions;  // by name
  const ports::RunLog& run_log;
  EventHub& events;
  workflows::OvercloudService* overclouds;  // nullptr: this server keeps none
  const Clock& clock;
  RestOptions options;
  std::atomic<bool> maintenance{false};     // nothing new is taken (maintenance.h)
  std::atomic<bool> stopping{false};        // set at shutdown: requests that hold a thread and wait give up
  Waits* waits = nullptr;                   // set before the first request
  runtime::UnstoredRuns* unstored_runs = nullptr;  // set before the first request
  Log* log = nullptr;                       // what people do by hand; nullptr: nowhere
  store::Store* store = nullptr;            // whole executions, for expressions in their context; nullptr: no eval
  LogHub* logs = nullptr;               // nullptr: no log streams
  ExecutionLogs* execution_logs = nullptr;
  triggers::Triggers* triggers = nullptr;   // nullptr: nothing fires by itself
  Metrics* metrics = nullptr;           // nullptr: none are kept
  std::function<SlotUse(const std::string& action, const Value& input)> slots{};  // nullptr: unknown
  std::string openapi{};                // set by make_routes()
  std::mutex maintenance_change{};      // held by who changes `maintenance`: one after the other
  std::mutex workflow_change{};         // held from the look at a stored workflow to its new text and revision
};

}  // namespace foehn::rest
