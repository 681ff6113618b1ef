// ActionMeter: an ActionPort that counts, before the one that works. finished() is told of every outcome that goes to
// the engine. Keeps the names of runs under way only: as many as the port's capacity. The engine's thread calls the
// port; counts() and finished() any thread.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/rest/metrics.h"
#include "engine/base/sync.h"
#include "engine/ports/action_port.h"

namespace foehn::server {

class ActionMeter final : public ports::ActionPort {
 public:
  explicit ActionMeter(ports::ActionPort& port) : port_(port) {}

  std::optional<ports::ActionTraits> traits(std::string_view action) const override { return port_.traits(action); }
  Status check_input(std::string_view action, const Value& input) const override {
    return port_.check_input(action, input);
  }
  std::string capacity_key(std::string_view action, const Value& input) const override {
    return port_.capacity_key(action, input);
  }
  bool is_pure(std::string_view action, const Value& input) const override { return port_.is_pure(action, input); }
  std::size_t capacity(const std::string& key) const override { return port_.capacity(key); }
  void start(ports::ActionRequest request, const std::string& capacity_key) override;
  ports::ActionOutcome run_pure(const ports::ActionRequest& request) override;
  void cancel(ActionRunId run_id) override { port_.cancel(run_id); }

  // An outcome on its way to the engine; called once a start.
  void finished(ActionRunId run_id, ports::OutcomeKind kind);
  std::vector<rest::ActionCounts> counts() const;

 private:
  struct Table {
    std::map<std::string, rest::ActionCounts, std::less<>> by_action;
    std::unordered_map<ActionRunId, rest::ActionCounts*> running;  // lookup only; entries of a map stay where they are
  };
  static rest::ActionCounts& of(Table& table, const std::string& action);

  ports::ActionPort& port_;
  Guarded<Table> table_;
};

}  // namespace foehn::server
