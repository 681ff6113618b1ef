// `foehn cron`, `foehn trigger`, `foehn subscription`: their options and what they do; options are bound in
// trigger_options.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/cli/deletion.h"

namespace CLI {
class App;
}

namespace foehn::cli {

struct Global;

struct TriggerOptions {
  std::string name;      // of the thing, or its id
  std::string workflow;    // name or id
  std::string name_space;  // of the workflow
  std::vector<std::string> inputs, params;
  std::string new_name;                          // update
  Deletion deletion;
  std::string pattern, first_time, time_zone;    // cron
  std::optional<std::int64_t> count;
  std::string exchange, topic, event;            // trigger
  std::string url;                               // subscription
  std::string secret_file;
  std::vector<std::string> event_types, headers;
};

int cron_list(const Global& global);
int cron_create(const Global& global, const TriggerOptions& options);
int trigger_list(const Global& global);
int trigger_create(const Global& global, const TriggerOptions& options);
int subscription_list(const Global& global);
int subscription_create(const Global& global, const TriggerOptions& options);
// `path`: "/v2/cron_triggers"
int trigger_get(const Global& global, const char* path, const std::string& name);
int trigger_delete(const Global& global, const char* path, const TriggerOptions& options);
// Event triggers: what is given replaces what is there.
int trigger_update(const Global& global, const TriggerOptions& options);

// `command` becomes what the parsed line asks for.
void add_trigger_commands(CLI::App& app, const Global& global, TriggerOptions& options,
                          std::function<int()>& command);

}  // namespace foehn::cli
