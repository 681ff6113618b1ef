// What the API and the CLI ask about OverClouds. Any thread; calls block on the store and on the engine's commit.
// Errors: kInvalidArgument (names the allowed values), kNotFound, kConflict (names the execution that holds the
// OverCloud), kFailedPrecondition (state does not allow it), and the engine's own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::workflows {

struct OvercloudFilter {
  std::string state;                  // "" = any
  std::string tenant;                 // "" = any
  bool deleted = false;               // also DESTROYED ones
  std::optional<std::string> marker;  // id of the last one of the page before
  std::uint32_t limit = 1000;
};

struct DestroyOptions {
  std::string preserve = "none";  // snapshot, export, none
  bool force = false;             // go on when the cluster does not answer
};

class OvercloudService {
 public:
  virtual ~OvercloudService() = default;

  // `request`: {"provider", "number" (text or integer), "size", optional name, tenant, profile, policy, labels,
  // on_failure, workflow ("direct" or "reverse"), concurrency}. Answers at once {overcloud_ID, state, execution_id,
  // links}; the work goes on as an execution.
  virtual Result<Value> create(const Value& request) = 0;
  // Records as get() shows them, oldest first.
  virtual Result<Value> list(const OvercloudFilter& filter) = 0;
  // The whole record: overcloud_ID, overcloud_id, tenant_ID, provider, number, size, state, state_reason, devops_post,
  // logical_cluster (addresses), boxes, ssh, the URLs, executions, created_at, updated_at.
  virtual Result<Value> get(std::string_view id) = 0;
  // As create(): starts the removal and answers {overcloud_ID, state, execution_id, links}.
  virtual Result<Value> destroy(std::string_view id, const DestroyOptions& options) = 0;
  // Removal of a failed create without preservation.
  virtual Result<Value> rollback(std::string_view id) = 0;
  // The private key (OpenSSH PEM text) that logs in to the boxes.
  virtual Result<std::string> ssh_key(std::string_view id) = 0;
};

}  // namespace foehn::workflows
