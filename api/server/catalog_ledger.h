// The drivers' ledger kept as resources of the store. Any thread.
#pragma once

#include <mutex>

#include "actions/cloud/ledger.h"
#include "engine/base/clock.h"
#include "engine/store/catalog.h"

namespace foehn::server {

class CatalogLedger final : public cloud::Ledger {
 public:
  CatalogLedger(store::Catalog& catalog, const Clock& clock) : catalog_(catalog), clock_(clock) {}
  Result<std::optional<cloud::LedgerEntry>> get(const std::string& kind, const std::string& key) override;
  Status put(const cloud::LedgerEntry& entry) override;
  Status remove(const std::string& kind, const std::string& key) override;
  Result<std::vector<cloud::LedgerEntry>> list(const std::string& kind, const std::string& owner) override;

 private:
  store::Catalog& catalog_;
  const Clock& clock_;
};

}  // namespace foehn::server
