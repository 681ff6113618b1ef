// Node: every part between the store and the route table, constructed and connected in one place. `foehn serve` puts an
// HTTP server before it, `foehn run` calls its routes directly. Constructed, started and destroyed by one thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actions/net/http/egress.h"
#include "actions/process/script_actions.h"
#include "api/auth/authenticate.h"
#include "api/http/router.h"
#include "api/http/server.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/runtime/engine.h"
#include "engine/store/catalog.h"
#include "engine/store/query.h"
#include "engine/store/store.h"
#include "workflows/triggers/expiry_service.h"
#include "workflows/triggers/notification.h"

namespace foehn::server {

struct NodeOptions {
  std::string directory;              // data directory; "" = none: no secrets, no boxes, no OverClouds
  std::vector<std::string> box_init;  // command that becomes a local box
  bool sandbox = true;
  net::EgressPolicy egress = net::EgressPolicy::permissive();  // of std.http
  std::string actions_dir;            // manifests of out-of-process actions; "" = none
  actions::ScriptOptions scripts{};   // code of users: not allowed unless it says so
  std::string executable;             // this very program, which is the guard of those actions too
  std::string info_file;              // JSON that GET /info answers with; "" = that is disabled
  std::vector<triggers::Publisher> notify{};  // webhooks that are told of all executions
  triggers::ExpiryOptions expiry{};   // which finished executions are removed; none unless set
  bool allow_run_deletion = false;    // DELETE /v2/action_executions
  bool mask_names = true;             // what is merely named like a secret is not shown
  auth::AuthOptions auth{};           // no tokens: everybody may do everything
};

// The three faces of one store; they outlive the node.
struct Stores {
  store::Store& store;
  store::Catalog& catalog;
  store::Query& query;
};

class Node {
 public:
  Node(NodeOptions options, Stores stores, Log& log);
  ~Node();  // stops the engine, then everything else
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Registers actions, reconciles boxes, stores the shipped workflows, recovers, starts the engine's thread. Errors are
  // reasons not to serve.
  Status start();
  const http::RouteTable& routes() const;
  // What the server before it counts, for /metrics; before the first request.
  void set_http_stats(std::function<http::ServerStats()> source);
  // Requests that wait give up; call before the HTTP server is stopped.
  void stop_waiting();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace foehn::server
