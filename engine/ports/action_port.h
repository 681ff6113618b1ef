// The engine's door to actions. Implemented by actions/executor and by fakes. Called by the engine thread only, never
// blocks. Keeps no queue: the engine asks for capacity before it commits a start.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/ports/action_request.h"

namespace foehn::ports {

class ActionPort {
 public:
  virtual ~ActionPort() = default;

  // Traits of a known action; nullopt when there is none of that name.
  virtual std::optional<ActionTraits> traits(std::string_view action) const = 0;
  // Checks input names against the action's signature; kInvalidArgument with Mistral's text
  // "Invalid input [name=…, class=…, missing=[…], unexpected=[…]]".
  virtual Status check_input(std::string_view action, const Value& input) const = 0;
  // Names a resource that bounds concurrency (host, cloud): "" = none.
  virtual std::string capacity_key(std::string_view action, const Value& input) const = 0;
  // Whether this very call may run inside the pump: a pure action may take time with some inputs (std.echo: delay).
  virtual bool is_pure(std::string_view action, const Value& /*input*/) const {
    const auto known = traits(action);
    return known && known->pure;
  }
  // How many more runs may start now for this key.
  virtual std::size_t capacity(const std::string& key) const = 0;

  // Starts the run; its outcome goes to the EventSink with run id and attempt, exactly once.
  virtual void start(ActionRequest request, const std::string& capacity_key) = 0;
  // Runs a pure action at once.
  virtual ActionOutcome run_pure(const ActionRequest& request) = 0;
  // Asks a running action to stop; its outcome still arrives (or was already sent).
  virtual void cancel(ActionRunId run_id) = 0;
};

}  // namespace foehn::ports
