// Ledger: the durable list of what a driver made, written before the making (intent) and completed after it, so that a
// crash never loses a created thing. Implemented over the store's resources by the wiring; calls block; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::cloud {

struct LedgerEntry {
  std::string kind;   // "box", "slice", "keypair"
  std::string key;    // unique within the kind
  std::string owner;  // OverCloud id
  std::string state;
  Value body = Value::object();
};

class Ledger {
 public:
  virtual ~Ledger() = default;
  virtual Result<std::optional<LedgerEntry>> get(const std::string& kind, const std::string& key) = 0;
  virtual Status put(const LedgerEntry& entry) = 0;                            // creates or replaces
  virtual Status remove(const std::string& kind, const std::string& key) = 0;  // nothing there is success
  virtual Result<std::vector<LedgerEntry>> list(const std::string& kind,
                                                const std::string& owner) = 0;  // owner "" = all
};

}  // namespace foehn::cloud
