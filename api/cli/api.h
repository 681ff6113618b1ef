// The REST API as the CLI uses it: one blocking call. Two implementations: over HTTP, and in this process (`foehn
// run`).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::cli {

struct ApiResponse {
  int status = 0;
  std::string body;
};

class Api {
 public:
  virtual ~Api() = default;
  // `path` begins with '/' ("/v2/executions?limit=1"). kUnavailable when the server cannot be reached.
  virtual Result<ApiResponse> call(std::string_view method, const std::string& path, const std::string& body,
                                   std::string_view content_type) = 0;
  virtual std::string address() const = 0;  // for messages
};

// The token of $FOEHN_TOKEN, $OS_AUTH_TOKEN or the first word of the file $FOEHN_TOKEN_FILE; "" = none. Never from the
// command line, where every user of the machine could read it. kInvalidArgument: the file has none.
Result<std::string> token_of_environment();

// `base` as "http://127.0.0.1:8989"; a trailing "/v2" is dropped. Requests carry token_of_environment().
std::unique_ptr<Api> make_http_api(const std::string& base);

// ---- what commands call; failures carry the server's own text

// A call that must succeed (2xx); the body as JSON (null when empty). Errors: kNotFound 404, kConflict 409,
// kPermissionDenied 401/403, kResourceExhausted 429/503 (try later), kInvalidArgument other 4xx, kInternal 5xx.
Result<Value> request(Api& api, std::string_view method, const std::string& path);
Result<Value> request_json(Api& api, std::string_view method, const std::string& path, const Value& body);
Result<Value> request_text(Api& api, std::string_view method, const std::string& path, const std::string& body);

// The whole id for a full id, a unique prefix of at least 4 characters, "@last" or "@last-failed" (which mean
// executions that no other has started).
Result<std::string> resolve_execution(Api& api, const std::string& text);
// The same for a task ("@last-failed": the newest failed one), and for an OverCloud ("@last").
Result<std::string> resolve_task(Api& api, const std::string& text);
Result<std::string> resolve_overcloud(Api& api, const std::string& text);

// Percent-encodes one path segment or query value.
std::string encode(std::string_view text);

// A field that the v2 API carries as JSON text; the text itself when it is not JSON.
Value json_field(const Value& object, const char* name);

// Exit codes of the CLI (documented in docs/cli.md; stable).
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitExecutionError = 3,
  kExitForbidden = 4,
  kExitNotFound = 5,
  kExitConflict = 6,
  kExitTimeout = 7,
  kExitCancelled = 8,
  kExitPaused = 9,
  kExitFindings = 11,
  kExitUnavailable = 69,
  kExitTryLater = 75,
  kExitInterrupted = 130,
};
int exit_code_of(const Error& error);
// Of an HTTP status; 0 for 2xx.
int exit_code_of_status(int status);
// Prints "foehn: message" to standard error and returns the exit code.
int report(const Error& error);
// The same for wrong use: exit code 2.
int report_usage(const std::string& message);

}  // namespace foehn::cli
