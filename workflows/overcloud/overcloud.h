// OverClouds over the engine: checks a request, writes the record, starts the shipped workflow, shows record and
// execution as one. The logic of making and removing is in workflows/builtin/overcloud. Any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/runtime/engine_client.h"
#include "engine/store/query.h"
#include "workflows/overcloud/overcloud_request.h"
#include "workflows/overcloud/overcloud_service.h"
#include "workflows/overcloud/repository.h"

namespace foehn::workflows {

// Reads a stored private key by reference; the secret store of the action side, seen through the wiring.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual Result<std::string> private_key(std::string_view reference) = 0;
};

class Overclouds final : public OvercloudService {
 public:
  Overclouds(Repository& repository, runtime::EngineClient& engine, store::Query& query, KeySource& keys,
             std::vector<ProviderInfo> providers, Log& log);

  Result<Value> create(const Value& request) override;
  Result<Value> list(const OvercloudFilter& filter) override;
  Result<Value> get(std::string_view id) override;
  Result<Value> destroy(std::string_view id, const DestroyOptions& options) override;
  Result<Value> rollback(std::string_view id) override;
  Result<std::string> ssh_key(std::string_view id) override;

  // At start: requests that were stored but whose execution had not begun when the server ended are begun now.
  Status resume_pending();

 private:
  struct Job;
  Result<Value> begin(std::string_view id, const Job& job);
  Result<Value> start_execution(std::string_view id, const Value& pending);
  Result<std::optional<core::Execution>> holder(const store::ResourceRow& row);
  Result<Value> shown(const store::ResourceRow& row);

  Repository& repository_;
  runtime::EngineClient& engine_;
  store::Query& query_;
  KeySource& keys_;
  const std::vector<ProviderInfo> providers_;
  Log& log_;
};

}  // namespace foehn::workflows
