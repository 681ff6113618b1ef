// A Ledger in memory for driver tests; survives the driver, as the store does.
#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "actions/cloud/ledger.h"

namespace foehn::tests {

class MemLedger final : public cloud::Ledger {
 public:
  Result<std::optional<cloud::LedgerEntry>> get(const std::string& kind, const std::string& key) override {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find({kind, key});
    if (found == entries_.end()) return std::optional<cloud::LedgerEntry>();
    return std::optional(found->second);
  }
  Status put(const cloud::LedgerEntry& entry) override {
    std::lock_guard lock(mutex_);
    entries_[{entry.kind, entry.key}] = entry;
    return {};
  }
  Status remove(const std::string& kind, const std::string& key) override {
    std::lock_guard lock(mutex_);
    entries_.erase({kind, key});
    return {};
  }
  Result<std::vector<cloud::LedgerEntry>> list(const std::string& kind, const std::string& owner) override {
    std::lock_guard lock(mutex_);
    std::vector<cloud::LedgerEntry> found;
    for (const auto& [key, entry] : entries_)
      if (key.first == kind && (owner.empty() || entry.owner == owner)) found.push_back(entry);
    return found;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, cloud::LedgerEntry> entries_;
};

}  // namespace foehn::tests
