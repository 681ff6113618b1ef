// An ActionPort that writes down what it is asked to start and leaves the outcome to the test. Knows
//   std.noop, std.echo(output), std.fail(error_data)  pure
//   test.run, test.safe (may be run again), test.async (completes from outside)
// The capacity key is the input `host`. One thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "dsl/validate/action_catalog.h"
#include "engine/ports/action_port.h"

namespace foehn::testing {

class FakeActions final : public ports::ActionPort, public dsl::ActionCatalog {
 public:
  std::vector<ports::ActionRequest> started;  // in order
  std::vector<ActionRunId> cancelled;
  std::size_t pure_runs = 0;
  std::map<std::string, std::size_t> room;  // by key, "" = altogether; absent = plenty
  std::function<void(const ports::ActionRequest&)> on_start;

  std::optional<ports::ActionTraits> traits(std::string_view action) const override {
    if (action == "std.noop" || action == "std.echo" || action == "std.fail")
      return ports::ActionTraits{true, true, true};
    if (action == "test.run") return ports::ActionTraits{true, false, false};
    if (action == "test.safe") return ports::ActionTraits{true, false, true};
    if (action == "test.async") return ports::ActionTraits{false, false, false};
    return std::nullopt;
  }
  Status check_input(std::string_view, const Value&) const override { return {}; }
  std::string capacity_key(std::string_view, const Value& input) const override { return text_or(input, "host"); }
  std::size_t capacity(const std::string& key) const override {
    const auto found = room.find(key);
    return found == room.end() ? 1'000 : found->second;
  }
  void start(ports::ActionRequest request, const std::string& key) override {
    take_room("");
    if (!key.empty()) take_room(key);
    started.push_back(request);
    if (on_start) on_start(request);
  }
  ports::ActionOutcome run_pure(const ports::ActionRequest& request) override {
    ++pure_runs;
    const Value* output = find(request.input, "output");
    const Value* error = find(request.input, "error_data");
    if (request.name == "std.fail") return ports::ActionOutcome::error(error != nullptr ? *error : Value("failed"));
    return ports::ActionOutcome::success(output != nullptr ? *output : Value());
  }
  void cancel(ActionRunId run_id) override { cancelled.push_back(run_id); }

  std::optional<dsl::ActionSignature> signature(std::string_view action) const override {
    if (!traits(action)) return std::nullopt;
    return dsl::ActionSignature{{}, true};
  }
  std::vector<std::string> action_names() const override { return {"std.noop", "std.echo", "std.fail", "test.run"}; }

  std::vector<std::string> started_tasks() const {
    std::vector<std::string> names;
    for (const auto& request : started) names.push_back(request.task_name);
    return names;
  }

 private:
  void take_room(const std::string& key) {
    const auto found = room.find(key);
    if (found != room.end()) --found->second;
  }
};

}  // namespace foehn::testing
