// What the CLI needs to work without a server: a node on the memory store, its routes as calls, the known actions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/cli/api.h"
#include "api/server/node.h"
#include "dsl/validate/action_catalog.h"
#include "engine/base/log.h"
#include "engine/ports/action_port.h"

namespace foehn::server {

// A Node whose store is memory and that has no data directory. One thread.
class MemoryNode {
 public:
  explicit MemoryNode(Log& log);
  ~MemoryNode();
  MemoryNode(const MemoryNode&) = delete;
  MemoryNode& operator=(const MemoryNode&) = delete;
  Status start();
  const Node& node() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// One request answered by the node's routes in the caller's thread.
Result<cli::ApiResponse> call_routes(const Node& node, std::string_view method, const std::string& path,
                                     const std::string& body, std::string_view content_type);

// The actions of this program without an engine: signatures, and runs of those that have no effect outside of the
// process. Nothing else of the port may be used.
class OfflineActions {
 public:
  virtual ~OfflineActions() = default;
  virtual const dsl::ActionCatalog& catalog() const = 0;
  virtual ports::ActionPort& port() = 0;
};
std::unique_ptr<OfflineActions> make_offline_actions();

// Every action this program knows, for checks of definitions.
std::unique_ptr<dsl::ActionCatalog> make_offline_catalog();

}  // namespace foehn::server
