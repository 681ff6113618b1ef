#include "api/cli/api.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <utility>

#include "actions/net/http/curl_client.h"
#include "api/cli/interrupt.h"
#include "engine/base/id.h"

namespace foehn::cli {
namespace {

constexpr std::int64_t kCallTimeoutMs = 120'000;
constexpr std::size_t kResponseBytesMax = 256'000'000;
constexpr std::size_t kPrefixMin = 4;
constexpr std::size_t kPagesMax = 50;  // of a list that is searched for the beginning of an id

class HttpApi final : public Api {
 public:
  HttpApi(std::string base, Result<std::string> token)
      : base_(std::move(base)), token_(std::move(token)), client_(net::CurlOptions{}) {}

  Result<ApiResponse> call(std::string_view method, const std::string& path, const std::string& body,
                           std::string_view content_type) override {
    if (!token_) return fail(token_.error());
    net::HttpRequest request;
    request.method = method;
    request.url = base_ + path;
    request.timeout_ms = kCallTimeoutMs;
    request.response_bytes_max = kResponseBytesMax;
    request.trusted = true;
    request.headers.emplace_back("Accept", "application/json");
    if (!token_->empty()) request.headers.emplace_back("X-Auth-Token", *token_);
    if (!content_type.empty()) {
      request.headers.emplace_back("Content-Type", content_type);
      request.body = body;
    }
    FOEHN_TRY(net::HttpResponse response, send(std::move(request)));
    return ApiResponse{response.status, std::move(response.body)};
  }
  std::string address() const override { return base_; }

 private:
  // Blocks. A signal does not end the wait for the other thread, so it is looked for now and then.
  Result<net::HttpResponse> send(net::HttpRequest request) {
    std::promise<Result<net::HttpResponse>> promise;
    auto future = promise.get_future();
    const net::HttpRequestId id = client_.send(
        std::move(request), [&promise](Result<net::HttpResponse> result) { promise.set_value(std::move(result)); });
    bool cancelled = false;
    while (future.wait_for(kInterruptLook) != std::future_status::ready) {
      if (!is_interrupted() || std::exchange(cancelled, true)) continue;
      client_.cancel(id);
    }
    auto response = future.get();
    if (response) return response;
    if (cancelled) return fail(ErrorCode::kCancelled, "interrupted");
    return fail(ErrorCode::kUnavailable, "cannot reach the server at " + base_ + ": " + response.error().message +
                                             "\n  start one with `foehn serve`, or name another with --server URL");
  }

  const std::string base_;
  const Result<std::string> token_;  // "" = none
  net::CurlClient client_;
};

ErrorCode code_of(int status) {
  switch (status) {
    case 401:
    case 403: return ErrorCode::kPermissionDenied;
    case 404: return ErrorCode::kNotFound;
    case 409: return ErrorCode::kConflict;
    case 429:
    case 503: return ErrorCode::kResourceExhausted;
    default: return status >= 500 ? ErrorCode::kInternal : ErrorCode::kInvalidArgument;
  }
}

// Mistral's faultstring, our {error: {message}}, or the body as it is.
std::string message_of(const ApiResponse& response) {
  const auto parsed = parse_json(response.body);
  if (parsed) {
    if (const std::string text = text_or(*parsed, "faultstring"); !text.empty()) return text;
    if (const Value* error = find(*parsed, "error"))
      if (const std::string text = text_or(*error, "message"); !text.empty()) return text;
  }
  return response.body.empty() ? "the server answered " + std::to_string(response.status) : response.body;
}

Result<Value> checked(Result<ApiResponse> response) {
  if (!response) return fail(response.error());
  if (response->status < 200 || response->status > 299) return fail(code_of(response->status), message_of(*response));
  if (response->body.empty()) return Value();
  auto parsed = parse_json(response->body);
  if (!parsed) return Value(response->body);
  return *parsed;
}

Error nothing_there(const char* noun) { return {ErrorCode::kNotFound, std::string("there is no ") + noun + " yet"}; }

Result<std::string> newest(Api& api, const std::string& path, const char* key, const char* noun) {
  FOEHN_TRY(const Value list, request(api, "GET", path));
  const Value rows = list.value(key, Value::array());
  if (rows.empty()) return fail(nothing_there(noun));
  return text_or(rows.front(), "id");
}

struct Kind {
  const char* key;  // of the rows in an answer; "" = the answer is the rows
  const char* id;
  const char* noun;
};

// Follows the pages of a list.
Result<std::string> with_prefix(Api& api, std::string path, const Kind& kind, const std::string& text) {
  if (text.size() < kPrefixMin)
    return fail(ErrorCode::kInvalidArgument, "'" + text + "' is too short for the id of an " + kind.noun +
                                                 ": give at least 4 characters of it" +
                                                 (text.starts_with('@') ? ", or @last" : ""));
  std::vector<std::string> found;
  for (std::size_t page = 0; page < kPagesMax && !path.empty(); ++page) {
    FOEHN_TRY(const Value list, request(api, "GET", path));
    const Value rows = *kind.key ? list.value(kind.key, Value::array()) : list;
    for (const Value& row : rows)
      if (const std::string id = text_or(row, kind.id); id.starts_with(text)) found.push_back(id);
    const std::string next = list.is_object() ? text_or(list, "next") : "";
    const std::size_t begin = next.find("/v2/");
    path = begin == std::string::npos ? "" : next.substr(begin);
  }
  if (found.empty()) return fail(ErrorCode::kNotFound, std::string("there is no ") + kind.noun + " " + text);
  if (found.size() > 1)
    return fail(ErrorCode::kInvalidArgument, "'" + text + "' is the beginning of " + std::to_string(found.size()) +
                                                 " ids: " + found[0] + ", " + found[1] +
                                                 (found.size() > 2 ? ", …" : ""));
  return found.front();
}

}  // namespace

Result<std::string> token_of_environment() {
  for (const char* name : {"FOEHN_TOKEN", "OS_AUTH_TOKEN"})
    if (const char* value = std::getenv(name); value && *value) return std::string(value);
  const char* file = std::getenv("FOEHN_TOKEN_FILE");
  if (!file || !*file) return std::string();
  std::ifstream in(file);
  std::string token;
  if (!(in >> token))
    return fail(ErrorCode::kInvalidArgument, "FOEHN_TOKEN_FILE: there is no token in " + std::string(file));
  return token;
}

std::unique_ptr<Api> make_http_api(const std::string& base) {
  std::string address = base;
  while (address.ends_with('/')) address.pop_back();
  if (address.ends_with("/v2")) address.resize(address.size() - 3);
  if (address.find("://") == std::string::npos) address = "http://" + address;
  return std::make_unique<HttpApi>(address, token_of_environment());
}

Result<Value> request(Api& api, std::string_view method, const std::string& path) {
  return checked(api.call(method, path, "", ""));
}
Result<Value> request_json(Api& api, std::string_view method, const std::string& path, const Value& body) {
  return checked(api.call(method, path, to_json(body), "application/json"));
}
Result<Value> request_text(Api& api, std::string_view method, const std::string& path, const std::string& body) {
  return checked(api.call(method, path, body, "text/plain"));
}

Result<std::string> resolve_execution(Api& api, const std::string& text) {
  if (parse_uuid(text)) return text;
  const std::string list = "/v2/executions?limit=1000&sort_keys=created_at&sort_dirs=desc&fields=id";
  if (text == "@last") return newest(api, list + "&nulls=root_execution_id", "executions", "execution");
  if (text == "@last-failed")
    return newest(api, list + "&nulls=root_execution_id&state=ERROR", "executions", "failed execution");
  return with_prefix(api, list, {"executions", "id", "execution"}, text);
}

Result<std::string> resolve_task(Api& api, const std::string& text) {
  if (parse_uuid(text)) return text;
  const std::string list = "/v2/tasks?limit=1000&sort_keys=created_at&sort_dirs=desc&fields=id";
  if (text == "@last-failed") return newest(api, list + "&state=ERROR", "tasks", "failed task");
  return with_prefix(api, list, {"tasks", "id", "task"}, text);
}

Result<std::string> resolve_overcloud(Api& api, const std::string& text) {
  const std::string list = "/overclouds?deleted=true";
  FOEHN_TRY(const Value all, request(api, "GET", list));
  const Value* newest_row = nullptr;
  for (const Value& row : all) {
    if (text_or(row, "overcloud_ID") == text) return text;
    if (!newest_row || text_or(*newest_row, "created_at") <= text_or(row, "created_at")) newest_row = &row;
  }
  if (text == "@last" && newest_row) return text_or(*newest_row, "overcloud_ID");
  return with_prefix(api, list, {"", "overcloud_ID", "OverCloud"}, text);
}

std::string encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || c == '-' ||
        c == '_' || c == '.' || c == '~') {
      out.push_back(c);
    } else {
      std::array<char, 4> hex{};
      std::snprintf(hex.data(), hex.size(), "%%%02X", byte);
      out += hex.data();
    }
  }
  return out;
}

Value json_field(const Value& object, const char* name) {
  const Value* field = find(object, name);
  if (!field) return Value();
  if (!field->is_string()) return *field;
  auto parsed = parse_json(field->get_ref<const std::string&>());
  return parsed ? *parsed : *field;
}

int exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound: return kExitNotFound;
    case ErrorCode::kConflict:
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kFailedPrecondition: return kExitConflict;
    case ErrorCode::kPermissionDenied: return kExitForbidden;
    case ErrorCode::kTimeout: return kExitTimeout;
    case ErrorCode::kUnavailable: return kExitUnavailable;
    case ErrorCode::kResourceExhausted: return kExitTryLater;
    case ErrorCode::kInvalidArgument: return kExitUsage;
    default: return kExitFailed;
  }
}

int exit_code_of_status(int status) {
  return status >= 200 && status <= 299 ? static_cast<int>(kExitOk) : exit_code_of({code_of(status), ""});
}

int report_usage(const std::string& message) { return report({ErrorCode::kInvalidArgument, message}); }

int report(const Error& error) {
  std::fprintf(stderr, "foehn: %s\n", error.message.c_str());
  return exit_code_of(error);
}

}  // namespace foehn::cli
