#include "actions/std/ssh_result.h"

#include <algorithm>

#include "actions/text.h"

namespace foehn::actions {
namespace {

constexpr std::size_t kTailLines = 5;
constexpr std::size_t kTailBytes = 1'000;

std::string masked(std::string text, const SshJudgement& judgement) {
  for (const std::string& secret : judgement.secrets) text = mask(std::move(text), secret);
  return text;
}

bool has_code(const std::vector<std::int64_t>& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// What failed, of a command that did run; nullopt when it was fine.
std::optional<std::pair<net::SshErrorClass, std::string>> verdict(const net::SshResult& result,
                                                                  const SshJudgement& judgement) {
  if (!result.exit_signal.empty()) return {{net::SshErrorClass::kSignal, "killed by signal " + result.exit_signal}};
  if (!has_code(judgement.ok_codes, result.exit_code))
    return {{net::SshErrorClass::kExit, "exited with code " + std::to_string(result.exit_code)}};
  if (result.truncated && judgement.fail_on_truncate)
    return {{net::SshErrorClass::kOutputLimit, "wrote more output than allowed"}};
  return std::nullopt;
}

Status set_codes(std::vector<std::int64_t>& into, const Value& input, const char* name) {
  const Value* codes = find(input, name);
  if (!codes || codes->is_null()) return {};
  into.clear();
  const Value list = codes->is_array() ? *codes : Value::array({*codes});
  for (const Value& code : list) {
    if (!code.is_number_integer())
      return fail(ErrorCode::kInvalidArgument, std::string(name) + " must be a list of integers");
    into.push_back(code.get<std::int64_t>());
  }
  return {};
}

std::string last_words(const net::SshResult& result) {
  const bool use_stderr = !result.stderr_text.empty();
  const std::string words = tail(use_stderr ? result.stderr_text : result.stdout_text, kTailLines, kTailBytes);
  if (words.empty()) return "";
  return std::string(use_stderr ? "; stderr: " : "; stdout: ") + words;
}

}  // namespace

Result<SshJudgement> judgement_of(const Value& input) {
  SshJudgement judgement;
  FOEHN_CHECK_OK(set_codes(judgement.ok_codes, input, "ok_codes"));
  FOEHN_CHECK_OK(set_codes(judgement.final_codes, input, "final_codes"));
  if (const Value* strict = find(input, "fail_on_truncate")) judgement.fail_on_truncate = is_truthy(*strict);
  return judgement;
}

Value ssh_result(const net::SshResult& result, const SshJudgement& judgement, bool reattached) {
  Value value = Value::object();
  value["exit_code"] = result.exit_signal.empty() ? Value(result.exit_code) : Value();
  value["signal"] = result.exit_signal.empty() ? Value() : Value(result.exit_signal);
  value["stdout"] = masked(to_utf8(result.stdout_text), judgement);
  value["stderr"] = masked(to_utf8(result.stderr_text), judgement);
  value["truncated"] = result.truncated;
  value["duration_s"] = static_cast<double>(result.duration_ms) / 1000;
  value["attempts"] = result.attempts;
  value["reattached"] = reattached;
  return value;
}

std::optional<SshError> ssh_error(const net::SshTarget& target, const net::SshOutcome& outcome,
                                  const SshJudgement& judgement) {
  SshError error;
  std::string host = target.host;
  std::string user = target.user;
  std::uint16_t port = target.port;
  net::SshPhase phase = net::SshPhase::kRun;
  if (outcome.failure) {
    error.error_class = outcome.failure->error_class;
    phase = outcome.failure->phase;
    host = outcome.failure->host;
    port = outcome.failure->port;
    user = outcome.failure->user;
    error.message = outcome.failure->message();
    if (phase == net::SshPhase::kRun)
      error.message = judgement.title + ": " + error.message + last_words(outcome.result);
  } else if (const auto found = verdict(outcome.result, judgement)) {
    error.error_class = found->first;
    error.message = judgement.title + " on " + user + "@" + host + ":" + std::to_string(port) + " " + found->second +
                    last_words(outcome.result);
  } else {
    return std::nullopt;
  }
  error.message = masked(to_utf8(error.message), judgement);
  error.data = Value::object();
  error.data["message"] = error.message;
  error.data["class"] = std::string(net::to_string(error.error_class));
  error.data["host"] = host;
  error.data["port"] = port;
  error.data["user"] = user;
  error.data["phase"] = std::string(net::to_string(phase));
  // Repeating these would only repeat a refusal (or an attack): the retry policy stops.
  const bool final_code =
      error.error_class == net::SshErrorClass::kExit && has_code(judgement.final_codes, outcome.result.exit_code);
  if (error.error_class == net::SshErrorClass::kAuth || error.error_class == net::SshErrorClass::kHostKey || final_code)
    error.data["retry"] = false;
  return error;
}

ActionOutcome ssh_outcome(const net::SshTarget& target, const net::SshOutcome& outcome, const SshJudgement& judgement,
                          bool reattached) {
  Value result = ssh_result(outcome.result, judgement, reattached);
  auto error = ssh_error(target, outcome, judgement);
  if (!error) return ActionOutcome::success(std::move(result));
  if (error->error_class == net::SshErrorClass::kCancelled) return ActionOutcome::cancelled();
  Value data = Value::object();
  data["error"] = std::move(error->data);
  if (outcome.failure) result["exit_code"] = Value();
  for (auto& [name, value] : result.get_ref<Value::object_t&>()) data[name] = std::move(value);
  return ActionOutcome::error(std::move(data));
}

}  // namespace foehn::actions
