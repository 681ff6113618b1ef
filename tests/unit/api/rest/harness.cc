#include "tests/unit/api/rest/harness.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace foehn::test {
namespace {

constexpr char kEchoDescription[] =
    "Echo action.\n\nThis action just returns a configured value as a result without doing\nanything else. The "
    "value of such action implementation is that it\ncan be used in development (for testing), demonstration and "
    "designing\nof workflows themselves where echo action can play the role of temporary\nstub.";

std::string class_of(std::string_view action) {
  return action == "std.echo" ? "mistral.actions.std_actions.EchoAction" : "mistral.actions.std_actions.NoOpAction";
}

// One exchange as a line of the file that FOEHN_EXCHANGES names: tests/e2e/openapi_test.py compares them with the API's
// description.
void keep_exchange(const http::Request& request, const http::Response& response) {
  const char* file = std::getenv("FOEHN_EXCHANGES");
  if (!file) return;
  Value line{{"method", request.method},
             {"path", request.path},
             {"query", Value::array()},
             {"status", response.status},
             {"content_type", response.content_type},
             {"body", response.stream ? "" : response.body}};
  for (const auto& [name, value] : request.query) line["query"].push_back(name);
  std::ofstream(file, std::ios::app) << to_json(line) << "\n";
}

}  // namespace

std::vector<std::string> FakeActions::action_names() const {
  return {"std.async_noop", "std.echo", "std.fail", "std.noop"};
}

std::optional<ports::ActionTraits> FakeActions::traits(std::string_view action) const {
  for (const std::string& name : action_names())
    if (name == action) return ports::ActionTraits{.is_sync = action != "std.async_noop"};
  return std::nullopt;
}

Status FakeActions::check_input(std::string_view action, const Value& input) const {
  if (action != "std.echo" || find(input, "output")) return {};
  return fail(ErrorCode::kInvalidArgument, "Invalid input [name=std.echo, class=" + class_of(action) +
                                               ", missing=['output']]");
}

std::optional<dsl::ActionSignature> FakeActions::signature(std::string_view action) const {
  if (!traits(action)) return std::nullopt;
  dsl::ActionSignature signature;
  if (action == "std.echo") signature.parameters = {{"output", true}, {"delay", false}};
  return signature;
}

ports::ActionOutcome FakeActions::run_pure(const ports::ActionRequest& request) {
  if (request.name == "std.echo") return ports::ActionOutcome::success(text_or(request.input, "output"));
  return ports::ActionOutcome::success(Value());
}

void FakeActions::start(ports::ActionRequest request, const std::string&) {
  if (request.name == "std.async_noop") return;
  ports::ActionOutcome outcome = ports::ActionOutcome::success(Value());
  if (request.name == "std.echo") {
    const Value* output = find(request.input, "output");
    outcome = ports::ActionOutcome::success(output ? *output : Value());
  }
  if (request.name == "std.fail" && !fail_succeeds_)
    outcome = ports::ActionOutcome::error("The action raised an exception [action=Fail action, action_ex_id=" +
                                          to_string(request.run_id) + ", msg='Fail action expected exception.']");
  sink_->action_finished(request.execution_id, request.run_id, request.attempt, std::move(outcome));
}

void FakeActions::cancel(ActionRunId) {}

void FakeRunLog::append(ActionRunId run_id, std::string_view text) {
  std::lock_guard lock(mutex_);
  std::string& log = texts_[run_id];
  pieces_.push_back({pieces_.size() + 1, run_id, log.size(), log.size() + text.size(), now_});
  log += text;
}

void FakeRunLog::set_time(WallTime now) {
  std::lock_guard lock(mutex_);
  now_ = now;
}

std::vector<ports::RunLog::Piece> FakeRunLog::pieces(std::uint64_t number, std::size_t count) const {
  std::lock_guard lock(mutex_);
  std::vector<Piece> found;
  for (const Piece& piece : pieces_)
    if (piece.number >= number && found.size() < count) found.push_back(piece);
  return found;
}

std::uint64_t FakeRunLog::next_piece() const {
  std::lock_guard lock(mutex_);
  return pieces_.size() + 1;
}

ports::RunLog::Chunk FakeRunLog::read(ActionRunId run_id, std::uint64_t offset) const {
  std::lock_guard lock(mutex_);
  const auto found = texts_.find(run_id);
  if (found == texts_.end()) return {offset, offset, ""};
  const std::string& text = found->second;
  const std::uint64_t from = std::min<std::uint64_t>(offset, text.size());
  return {from, text.size(), text.substr(from)};
}

std::string FakeRunLog::last_line(ActionRunId run_id) const {
  std::lock_guard lock(mutex_);
  const auto found = texts_.find(run_id);
  if (found == texts_.end()) return "";
  std::string text = found->second;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

rest::RestOptions with_tokens(std::vector<auth::TokenEntry> entries) {
  static const SystemClock clock;
  rest::RestOptions options;
  options.auth.tokens = std::make_shared<auth::Tokens>(std::move(entries), clock);
  return options;
}

Harness::Harness(workflows::OvercloudService* overclouds, rest::RestOptions options)
    : action_infos_{{"std.async_noop", "", "Asynchronous no-operation action."},
                    {"std.echo", "output, delay=0", kEchoDescription},
                    {"std.fail", "error_data=null", "Fail action."},
                    {"std.noop", "", "No-operation action."}} {
  runtime::EngineOptions engine_options;
  engine_options.check_invariants = true;
  engine_ = std::make_unique<runtime::Engine>(engine_options, clock_, store_, store_, store_, actions_, actions_,
                                              notices_, log_);
  actions_.connect(*engine_);
  client_ = std::make_unique<runtime::EngineClient>(*engine_);
  services_.reset(new rest::Services{*client_, store_, store_, actions_, action_infos_, run_log_, events_, overclouds, clock_,
                                     std::move(options)});
  services_->waits = &waits_;
  services_->execution_logs = &execution_logs_;
  services_->store = &store_;
  unstored_runs_ = std::make_unique<runtime::UnstoredRuns>(clock_, store_, actions_);
  unstored_actions_.connect(*unstored_runs_);
  unstored_runs_->connect(unstored_actions_);
  services_->unstored_runs = unstored_runs_.get();
  routes_ = std::make_unique<http::RouteTable>(rest::make_routes(*services_));
  thread_ = std::thread([this] { pump_until_stopped(); });
}

void Harness::declare_secret(const std::string& action, const std::string& input) {
  for (rest::ActionInfo& info : action_infos_)
    if (info.name == action) info.secret_inputs.push_back(input);
}

Harness::~Harness() {
  waits_.stop();
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  engine_->wake();
  thread_.join();
}

void Harness::pump_until_stopped() {
  for (;;) {
    const runtime::PumpResult pumped = engine_->pump();
    if (pumped.more || pumped.stepped > 0) continue;
    {
      std::lock_guard lock(mutex_);
      ++quiet_count_;
      quiet_.notify_all();
      if (stop_) return;
    }
    engine_->wait(60'000'000);
  }
}

// The pump that answered a request has stepped something, so the next quiet moment comes after all that followed.
void Harness::settle() {
  std::unique_lock lock(mutex_);
  const std::uint64_t before = quiet_count_;
  engine_->wake();
  quiet_.wait(lock, [&] { return quiet_count_ > before; });
}

http::Response Harness::ask(std::string method, std::string target, std::string body, std::string content_type) {
  http::Request request;
  request.method = std::move(method);
  http::set_target(request, target);
  request.headers.add("Host", "127.0.0.1:8989");
  if (!content_type.empty()) request.headers.add("Content-Type", std::move(content_type));
  request.body = std::move(body);
  const http::Response response = http::settled(routes_->handle(request));
  keep_exchange(request, response);
  settle();
  return response;
}

Value Harness::json(std::string method, std::string target, int status, std::string body, std::string content_type) {
  const http::Response response = ask(method, target, std::move(body), std::move(content_type));
  EXPECT_EQ(response.status, status) << method << " " << target << "\n" << response.body;
  const auto parsed = parse_json(response.body);
  EXPECT_TRUE(parsed) << response.body;
  return parsed ? *parsed : Value();
}

void Harness::define(const std::string& yaml) { json("POST", "/v2/workflows", 201, yaml, "text/plain"); }

std::string Harness::run(const std::string& workflow, const std::string& input) {
  const Value started = json("POST", "/v2/executions", 201,
                             "{\"workflow_name\": \"" + workflow + "\", \"input\": " + input + "}");
  return text_or(started, "id");
}

}  // namespace foehn::test
