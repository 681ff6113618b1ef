#include "api/cli/log_follower.h"

#include <poll.h>

#include <cstdio>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include "actions/net/http/curl_client.h"
#include "api/cli/event_stream.h"
#include "api/cli/interrupt.h"
#include "api/cli/output.h"
#include "api/server/age.h"
#include "engine/base/clock.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kLineBytesMax = 16'384;     // a longer one is shown in parts
constexpr std::int64_t kGiveUpMs = 60'000;        // without a connection
constexpr int kRetryMs = 500;
constexpr std::size_t kRefusalBytesMax = 65'536;

// Shows events. Called by the API's thread while stream() waits.
class LogPrinter {
 public:
  LogPrinter(const Global& global, const LogOptions& options) : global_(global), options_(options) {}

  void take(const StreamEvent& event) {
    const auto data = parse_json(event.data);
    if (!data) return;
    if (event.name == "log") log(*data);
    if (event.name == "gap" && !global_.quiet) std::fprintf(stderr, "foehn: %s\n", text_or(*data, "message").c_str());
    if (event.name == "end") ended_ = text_or(*data, "state");
    std::fflush(stdout);
  }
  // The lines that have no end.
  void flush() {
    for (auto& [run, line] : open_)
      if (!line.text.empty()) print(line, std::exchange(line.text, {}));
    open_.clear();
    std::fflush(stdout);
  }
  const std::optional<std::string>& ended() const { return ended_; }

 private:
  struct Line {
    std::string path;
    std::string text;
    std::string at;
  };

  void log(const Value& data) {
    const std::string path = text_or(data, "path");
    if (!is_below(path, wanted_path(options_))) return;
    if (!global_.is_table()) {
      std::printf("%s\n", to_json(data).c_str());
      return;
    }
    Line& line = open_[text_or(data, "run_id")];
    line.path = path;
    line.at = text_or(data, "at");
    line.text += text_or(data, "text");
    for (std::size_t at = line.text.find('\n'); at != std::string::npos; at = line.text.find('\n')) {
      print(line, line.text.substr(0, at));
      line.text.erase(0, at + 1);
    }
    if (line.text.size() > kLineBytesMax) print(line, std::exchange(line.text, {}));
  }
  void print(const Line& line, const std::string& text) const {
    const std::string label = options_.no_prefix ? "" : dim(line.path + " | ", global_.style);
    const std::string time = options_.timestamps ? line.at + "  " : "";
    std::printf("%s%s%s\n", time.c_str(), label.c_str(), one_line(text).c_str());
  }

  const Global& global_;
  const LogOptions& options_;
  std::map<std::string, Line> open_;  // by run; as many as the server keeps logs
  std::optional<std::string> ended_;
};

int code_of_state(const std::string& state) {
  if (state == "SUCCESS") return kExitOk;
  if (state == "DELETED") return kExitNotFound;
  return state == "CANCELLED" ? kExitCancelled : kExitExecutionError;
}

// One connection to a stream of server-sent events: until it ends, is cut off or SIGINT comes. The body of the answer
// is that of a refusal alone.
Result<ApiResponse> stream(net::CurlClient& client, const std::string& url, const std::string& token,
                           const std::string& last_id, const std::function<void(std::string_view)>& on_text) {
  net::HttpRequest request;
  request.url = url;
  request.timeout_ms = 0;  // as long as it goes on
  request.trusted = true;
  request.headers.emplace_back("Accept", "text/event-stream");
  if (!token.empty()) request.headers.emplace_back("X-Auth-Token", token);
  if (!last_id.empty()) request.headers.emplace_back("Last-Event-ID", last_id);
  std::string begin;
  std::promise<Result<net::HttpResponse>> promise;
  auto future = promise.get_future();
  const auto take = [&](std::string_view text) {
    if (begin.size() + text.size() <= kRefusalBytesMax) begin += text;
    on_text(text);
  };
  const net::HttpRequestId id = client.stream(
      std::move(request), take, [&](Result<net::HttpResponse> result) { promise.set_value(std::move(result)); });
  bool cancelled = false;
  while (future.wait_for(kInterruptLook) != std::future_status::ready)
    if (is_interrupted() && !std::exchange(cancelled, true)) client.cancel(id);
  auto response = future.get();
  if (!response) return fail(ErrorCode::kUnavailable, "cannot reach the server: " + response.error().message);
  return ApiResponse{response->status, response->status == 200 ? "" : std::move(begin)};
}

// A refusal by the server, which another try does not mend.
Error refusal(const ApiResponse& response) {
  const auto body = parse_json(response.body);
  const Value* error = body ? find(*body, "error") : nullptr;
  const std::string message = error != nullptr ? text_or(*error, "message") : response.body;
  const ErrorCode code = response.status == 404                              ? ErrorCode::kNotFound
                         : response.status == 401 || response.status == 403 ? ErrorCode::kPermissionDenied
                                                                            : ErrorCode::kInternal;
  return {code, message.empty() ? "the server answered " + std::to_string(response.status) : message};
}

int stopped_following(const std::string& id) {
  std::fprintf(stderr, "stopped following; the execution goes on. Come back with: foehn ex logs -f %s\n", id.c_str());
  return kExitInterrupted;
}

}  // namespace

bool is_below(std::string_view path, std::string_view task) {
  if (task.empty() || path == task) return true;
  return path.starts_with(task) && (path[task.size()] == '/' || path[task.size()] == '[');
}

std::string wanted_path(const LogOptions& options) {
  return options.task + (options.item ? "[" + std::to_string(*options.item) + "]" : "");
}

int follow_logs(Api& api, const Global& global, const LogOptions& options, const std::string& id) {
  const auto token = token_of_environment();
  if (!token) return report(token.error());
  std::string query;
  if (!options.since.empty()) {
    const auto age_ms = server::parse_age("--since", options.since);
    if (!age_ms) return report(age_ms.error());
    query = "?since=" + std::to_string(*age_ms / 1000);
  }
  const InterruptGuard guard;
  const SystemClock clock;
  LogPrinter printer(global, options);
  EventReader reader([&printer](const StreamEvent& event) { printer.take(event); });
  MonoTime heard = clock.mono();
  net::CurlClient client(net::CurlOptions{});
  const std::string url = api.address() + "/foehn/v1/executions/" + id + "/log/stream" + query;
  for (bool connected = false;;) {
    const auto answer = stream(client, url, *token, reader.last_id(), [&](std::string_view text) {
      heard = clock.mono();
      connected = true;
      reader.feed(text);
    });
    if (printer.ended()) break;
    if (is_interrupted()) return stopped_following(id);
    const bool refused = answer && answer->status != 200 && answer->status != 503;
    if (refused) return report(refusal(*answer));
    if (!answer && !connected) return report(answer.error());
    if (clock.mono() >= heard.plus_ms(kGiveUpMs))
      return report(answer ? Error{ErrorCode::kUnavailable, "the stream of the log was cut off"} : answer.error());
    reader.reset();
    ::poll(nullptr, 0, kRetryMs);  // ends early on a signal
    if (is_interrupted()) return stopped_following(id);
  }
  printer.flush();
  return code_of_state(*printer.ended());
}

}  // namespace foehn::cli
