// Options of `foehn serve`, with defaults. A value.
#pragma once

#include <cstdint>
#include <string>

namespace foehn::server {

struct ServeOptions {
  std::string data;  // data directory; "" = $FOEHN_DATA, else ~/.local/share/foehn (root: /var/lib/foehn)
  std::string listen = "127.0.0.1:8989";
  std::string log_level = "info";  // debug, info, warning, error
  std::string log_file;            // "" = standard error
  bool log_json = false;
  std::string tokens_file;            // who may do what (api/auth/tokens.h); "" = everybody everything
  bool without_tokens = false;        // listens beyond loopback all the same
  std::string egress;  // of std.http: open, strict; "" = strict when listening beyond loopback
  std::string actions_dir;            // manifests of out-of-process actions; "" = none
  bool allow_python = false;          // classes in stored code as actions
  std::string python = "/usr/bin/python3";
  bool allow_javascript = false;      // std.javascript
  std::string javascript = "/usr/bin/node";
  std::string notify_file;            // JSON list of webhooks that are told of all executions; "" = none
  std::string info_file;              // JSON that GET /info answers with; "" = that is disabled
  bool allow_run_deletion = false;    // DELETE /v2/action_executions of ended direct runs
  std::string mask = "named";  // what answers hide: also what is named like a secret, or only what is "declared" as one
  std::string expire_after;    // finished executions older than this are removed: 90s, 30m, 12h, 7d; "" = never
  std::int64_t expire_keep = -1;  // finished executions beyond the newest so many are removed; -1 = all stay
  std::string expire_ignore;   // states that are neither removed nor counted: "ERROR,CANCELLED"
  bool sandbox = true;  // local boxes get the stand-ins of Kubernetes tools first in PATH
};

// The data directory that is meant by `given`.
std::string data_directory(const std::string& given);

// Runs a server until SIGINT or SIGTERM; the exit code.
int serve(const ServeOptions& options);

}  // namespace foehn::server
