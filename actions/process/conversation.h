// One run of a program: its input goes in, its answer and its log come out, until it has ended. Blocks its thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "actions/action.h"
#include "actions/process/manifest.h"
#include "actions/process/spawn.h"

namespace foehn::actions {

class Conversation {
 public:
  // `name` is the action's in texts of errors; `log` is told what the program writes to standard error.
  Conversation(const Manifest& manifest, std::string name, std::string input,
               std::function<void(std::string_view)> log);
  // How it ended; asked to stop by stop() on the control socket or because of a bound of the manifest.
  ActionOutcome hold(Spawned& spawned);

 private:
  void exchange(Spawned& spawned);
  int wait_ms() const;
  void write_input(Fd& input);
  void read_output(Fd& output, const Fd& control);
  void read_errors(Fd& errors);
  void read_status(Fd& control);
  void check_time(const Fd& control);
  ActionOutcome outcome() const;
  ActionOutcome failure(const std::string& what) const;
  std::optional<std::string> bad_end() const;

  const Manifest& manifest_;
  const std::string name_;
  std::string input_;
  std::size_t written_ = 0;
  const std::function<void(std::string_view)> log_;
  std::string output_;
  std::string errors_tail_;
  std::string status_;  // the guard's last words
  std::string broken_;  // the bound that was passed; then it has been killed
  std::int64_t due_ms_ = 0;
  std::int64_t drained_ms_ = 0;  // when we stop to wait for output of a process that has ended; 0 = it runs
};

// SIGTERM, then SIGKILL after the grace.
void ask_to_stop(const Fd& control);

}  // namespace foehn::actions
