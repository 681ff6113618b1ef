#include "actions/std/http.h"

#include <algorithm>
#include <cstdlib>

#include "actions/net/http/client.h"
#include "actions/std/run_table.h"
#include "actions/text.h"

namespace foehn::actions {
namespace {

// Mistral: an error from 307 on, although 307 and 308 are redirects; and below 200.
constexpr int kSuccessStatusMin = 200;
constexpr int kSuccessStatusEnd = 307;

// As Python's quote_plus, for the query string.
void append_quoted(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       c == '.' || c == '-' || c == '~';
    if (plain) {
      out.push_back(c);
    } else if (c == ' ') {
      out.push_back('+');
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out.push_back('%');
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
}

std::string query_of(const Value& params) {
  if (!params.is_object()) return to_python_str(params);
  std::string query;
  const auto add = [&](const std::string& key, const Value& value) {
    if (!query.empty()) query += "&";
    append_quoted(query, key);
    query += "=";
    append_quoted(query, to_python_str(value));
  };
  for (const auto& [key, value] : params.get_ref<const Value::object_t&>()) {
    if (value.is_null()) continue;
    if (value.is_array()) {
      for (const Value& item : value) add(key, item);
    } else {
      add(key, value);
    }
  }
  return query;
}

std::string with_query(std::string url, const Value& params) {
  const std::string query = query_of(params);
  if (query.empty()) return url;
  std::string fragment;
  if (const std::size_t hash = url.find('#'); hash != std::string::npos) {
    fragment = url.substr(hash);
    url.resize(hash);
  }
  return url + (url.find('?') == std::string::npos ? "?" : "&") + query + fragment;
}

Status set_body(net::HttpRequest& request, const Value* body, const Value* json) {
  const bool has_body = body && is_truthy(*body);
  const bool has_json = json && is_truthy(*json);
  if (has_body && has_json)
    return fail(ErrorCode::kInvalidArgument, "Only one of the parameters 'json' and 'body' can be passed");
  if (has_body) {
    request.body = body->is_structured() ? to_python_json(*body) : to_python_str(*body);
  } else if (json && !json->is_null()) {
    request.body = to_python_json(*json);
    if (!net::find_header(request.headers, "Content-Type"))
      request.headers.emplace_back("Content-Type", "application/json");
  }
  return {};
}

void set_headers(net::HttpRequest& request, const Value* headers, const Value* cookies) {
  if (headers && headers->is_object())
    for (const auto& [name, value] : headers->get_ref<const Value::object_t&>())
      if (!value.is_null()) request.headers.emplace_back(name, to_python_str(value));
  if (!cookies || !cookies->is_object() || cookies->empty()) return;
  std::string line;
  for (const auto& [name, value] : cookies->get_ref<const Value::object_t&>())
    line += (line.empty() ? "" : "; ") + name + "=" + to_python_str(value);
  request.headers.emplace_back("Cookie", line);
}

Status set_auth(net::HttpRequest& request, const Value* auth) {
  if (!auth || !is_truthy(*auth)) return {};
  if (auth->is_array() && auth->size() == 2) {
    request.basic_auth.emplace(to_python_str((*auth)[0]), to_python_str((*auth)[1]));
    return {};
  }
  const std::string text = auth->is_string() ? auth->get<std::string>() : std::string();
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.find(':', colon + 1) != std::string::npos)
    return fail(ErrorCode::kInvalidArgument, "auth must be 'user:password' with exactly one colon");
  request.basic_auth.emplace(text.substr(0, colon), text.substr(colon + 1));
  return {};
}

void set_transport(net::HttpRequest& request, const Value& input) {
  const Value* timeout = find(input, "timeout");
  double seconds = 0;
  if (timeout && timeout->is_number()) seconds = timeout->get<double>();
  if (timeout && timeout->is_string()) seconds = std::atof(timeout->get_ref<const std::string&>().c_str());
  if (seconds > 0) request.timeout_ms = static_cast<std::int64_t>(std::min(seconds, 1.0e6) * 1000);
  if (const Value* redirects = find(input, "allow_redirects")) request.follow_redirects = is_truthy(*redirects);
  if (const Value* verify = find(input, "verify")) {
    if (verify->is_string() && !verify->get_ref<const std::string&>().empty()) {
      request.ca_file = verify->get<std::string>();
    } else if (!verify->is_null()) {
      request.verify_tls = is_truthy(*verify);
    }
  }
  if (const Value* proxies = find(input, "proxies"); proxies && proxies->is_object())
    request.proxy = text_or(*proxies, request.url.starts_with("https") ? "https" : "http");
}

Result<net::HttpRequest> request_of(const Value& input) {
  net::HttpRequest request;
  const Value* method = find(input, "method");
  request.method = method && is_truthy(*method) ? to_python_str(*method) : "GET";
  std::transform(request.method.begin(), request.method.end(), request.method.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  request.url = text_or(input, "url");
  if (const Value* params = find(input, "params"); params && is_truthy(*params))
    request.url = with_query(request.url, *params);
  set_headers(request, find(input, "headers"), find(input, "cookies"));
  FOEHN_CHECK_OK(set_body(request, find(input, "body"), find(input, "json")));
  FOEHN_CHECK_OK(set_auth(request, find(input, "auth")));
  set_transport(request, input);
  return request;
}

// requests' rule: the charset of Content-Type; ISO-8859-1 for other text; UTF-8 for JSON; else unknown.
Value encoding_of(const net::HttpResponse& response) {
  const std::string* type = net::find_header(response.headers, "Content-Type");
  if (!type) return Value();
  if (const std::size_t at = type->find("charset="); at != std::string::npos) {
    std::string charset = type->substr(at + 8);
    charset.resize(std::min(charset.size(), charset.find(';')));
    std::erase_if(charset, [](char c) { return c == '"' || c == '\'' || c == ' '; });
    return charset;
  }
  if (type->find("text") != std::string::npos) return "ISO-8859-1";
  if (type->find("application/json") != std::string::npos) return "utf-8";
  return Value();
}

bool is_latin1(const Value& encoding) {
  if (!encoding.is_string()) return false;
  std::string name = encoding.get<std::string>();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name == "iso-8859-1" || name == "latin-1" || name == "latin1";
}

Value result_of(const net::HttpResponse& response) {
  const Value encoding = encoding_of(response);
  Value content;
  if (auto parsed = parse_json(response.body)) {
    content = std::move(*parsed);
  } else {
    content = is_latin1(encoding) ? latin1_to_utf8(response.body) : to_utf8(response.body);
  }
  Value headers = Value::object();
  for (const auto& [name, value] : response.headers) {
    // Same name in another case: the first spelling stays, as in requests' case-insensitive dictionary.
    std::string key = to_utf8(name);
    for (const auto& [seen, text] : headers.get_ref<const Value::object_t&>())
      if (net::find_header({{seen, ""}}, name)) key = seen;
    const Value* before = find(headers, key);
    headers[key] = to_utf8(before ? before->get<std::string>() + ", " + value : value);
  }
  Value cookies = Value::object();
  for (const auto& [name, value] : response.cookies) cookies[to_utf8(name)] = to_utf8(value);
  Value history = Value::array();
  for (const std::string& url : response.history) history.push_back(to_utf8(url));
  Value result = Value::object();
  result["content"] = std::move(content);
  result["status"] = response.status;
  result["headers"] = std::move(headers);
  result["url"] = to_utf8(response.url);
  result["history"] = std::move(history);
  result["encoding"] = encoding;
  result["reason"] = to_utf8(response.reason);
  result["cookies"] = std::move(cookies);
  result["elapsed"] = response.elapsed_s;
  return result;
}

std::vector<InputSpec> http_inputs() {
  return {{.name = "url", .type = InputType::kString, .required = true, .doc = "http or https URL."},
          {.name = "method", .type = InputType::kString, .default_text = "\"GET\"", .doc = "HTTP method."},
          {.name = "params", .type = InputType::kObject, .doc = "Query parameters; a list repeats its name."},
          {.name = "body", .doc = "Request body: text as it is, an object or list as JSON text."},
          {.name = "json", .doc = "Request body as JSON, with its Content-Type. Not together with body."},
          {.name = "headers", .type = InputType::kObject, .doc = "Request headers."},
          {.name = "cookies", .type = InputType::kObject, .doc = "Cookies to send."},
          {.name = "auth", .type = InputType::kSecret, .doc = "'user:password' for Basic authentication."},
          {.name = "timeout", .type = InputType::kNumber, .doc = "Seconds for the whole request; 60 by default."},
          {.name = "allow_redirects", .type = InputType::kBoolean, .doc = "Follow redirects; not by default."},
          {.name = "proxies", .type = InputType::kObject, .doc = "{http: URL, https: URL} of proxies."},
          {.name = "verify", .doc = "https: false = do not verify, text = file of trusted certificates."}};
}

class Http final : public Action {
 public:
  Http(net::HttpClient& client, ActionSpec spec) : client_(client), spec_(std::move(spec)) {}
  const ActionSpec& spec() const override { return spec_; }

  void run(const ActionContext& context, Value input, Done done) override {
    auto request = request_of(input);
    if (!request)
      return done(ActionOutcome::error("Failed to instantiate an action [action_desc=" + spec_.name +
                                       "]: " + request.error().message));
    if (!spec_.is_sync) add_callback_headers(context, request->headers);
    const ActionRunId run_id = context.run_id;
    running_->begin(run_id);
    const auto id = client_.send(std::move(*request), [name = spec_.name, kept = context, done = std::move(done),
                                                       running = running_](Result<net::HttpResponse> response) {
      running->end(kept.run_id);
      done(outcome_of(name, kept, std::move(response)));
    });
    if (running_->set(run_id, id)) client_.cancel(id);
  }

  void cancel(ActionRunId run_id) override {
    if (const auto id = running_->cancel(run_id)) client_.cancel(*id);
  }

 private:
  using Running = RunTable<net::HttpRequestId>;

  // Mistral: MistralHTTPAction; with them the called service can report the result later.
  static void add_callback_headers(const ActionContext& context, net::HttpHeaders& headers) {
    const auto id = [](const auto& value) { return value.is_nil() ? std::string("None") : to_string(value); };
    headers.emplace_back("Mistral-Workflow-Name", context.workflow_name.empty() ? "None" : context.workflow_name);
    headers.emplace_back("Mistral-Workflow-Execution-Id", id(context.execution_id));
    headers.emplace_back("Mistral-Task-Id", id(context.task_id));
    headers.emplace_back("Mistral-Action-Execution-Id", id(context.run_id));
    headers.emplace_back("Mistral-Callback-URL", "/v2/action_executions/" + id(context.run_id));
  }

  static ActionOutcome outcome_of(const std::string& name, const ActionContext& context,
                                  Result<net::HttpResponse> response) {
    if (!response) {
      const Error& error = response.error();
      if (error.code == ErrorCode::kCancelled) return ActionOutcome::cancelled();
      const bool refused_by_us = error.code == ErrorCode::kInvalidArgument ||
                                 error.code == ErrorCode::kPermissionDenied ||
                                 error.code == ErrorCode::kResourceExhausted;
      return raised(name, context, refused_by_us ? error.message : "Failed to send HTTP request: " + error.message);
    }
    Value result = result_of(*response);
    const bool success = response->status >= kSuccessStatusMin && response->status < kSuccessStatusEnd;
    return success ? ActionOutcome::success(std::move(result)) : ActionOutcome::error(std::move(result));
  }

  net::HttpClient& client_;
  const ActionSpec spec_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
};

}  // namespace

std::vector<std::unique_ptr<Action>> make_http_actions(net::HttpClient& client) {
  const std::string output =
      "{content, status, headers, url, history, encoding, reason, cookies, elapsed}; an error with the same members "
      "unless 200 <= status < 307.";
  std::vector<std::unique_ptr<Action>> actions;
  actions.push_back(std::make_unique<Http>(client, ActionSpec{.name = "std.http",
                                                              .class_name = "mistral.actions.std_actions.HTTPAction",
                                                              .description = "Sends an HTTP request.",
                                                              .inputs = http_inputs(),
                                                              .output_doc = output}));
  actions.push_back(
      std::make_unique<Http>(client, ActionSpec{.name = "std.mistral_http",
                                                .class_name = "mistral.actions.std_actions.MistralHTTPAction",
                                                .description = "Sends an HTTP request that names this run in its "
                                                               "headers, then waits for a report through "
                                                               "PUT /v2/action_executions/{id}.",
                                                .inputs = http_inputs(),
                                                .output_doc = "What the report says.",
                                                .is_sync = false}));
  return actions;
}

}  // namespace foehn::actions
