#include "actions/process/conversation.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "actions/process/now.h"
#include "actions/text.h"

namespace foehn::actions {
namespace {

constexpr std::size_t kPieceBytes = 65'536;
constexpr std::size_t kTailBytes = 4'096;
constexpr std::size_t kStatusBytesMax = 1'024;

bool would_block() { return errno == EAGAIN || errno == EINTR; }

// What can be read now; false at the end.
bool read_some(int fd, std::string& to) {
  std::array<char, kPieceBytes> piece;
  const ssize_t got = ::read(fd, piece.data(), piece.size());
  if (got < 0) return would_block();
  to.append(piece.data(), static_cast<std::size_t>(got));
  return got > 0;
}

// No word to the guard: the end of the socket means SIGKILL at once.
void kill_now(const Fd& control) { ::shutdown(control.get(), SHUT_WR); }

}  // namespace

void ask_to_stop(const Fd& control) { static_cast<void>(::send(control.get(), "T", 1, MSG_NOSIGNAL | MSG_DONTWAIT)); }

Conversation::Conversation(const Manifest& manifest, std::string name, std::string input,
                           std::function<void(std::string_view)> log)
    : manifest_(manifest),
      name_(std::move(name)),
      input_(std::move(input)),
      log_(std::move(log)),
      due_ms_(now_ms() + manifest.timeout_ms) {}

ActionOutcome Conversation::hold(Spawned& spawned) {
  while (spawned.output.is_open() || spawned.errors.is_open() || spawned.control.is_open()) {
    exchange(spawned);
    if (drained_ms_ != 0 && now_ms() >= drained_ms_) break;
    if (drained_ms_ == 0) check_time(spawned.control);
  }
  return outcome();
}

int Conversation::wait_ms() const {
  const std::int64_t until = drained_ms_ != 0 ? drained_ms_ : due_ms_;
  if (drained_ms_ == 0 && !broken_.empty()) return -1;
  return static_cast<int>(std::clamp<std::int64_t>(until - now_ms(), 0, 1'000'000));
}

void Conversation::exchange(Spawned& spawned) {
  pollfd waiting[] = {{spawned.input.get(), POLLOUT, 0},
                      {spawned.output.get(), POLLIN, 0},
                      {spawned.errors.get(), POLLIN, 0},
                      {spawned.control.get(), POLLIN, 0}};
  if (::poll(waiting, 4, wait_ms()) <= 0) return;
  if (waiting[0].revents != 0) write_input(spawned.input);
  if (waiting[1].revents != 0) read_output(spawned.output, spawned.control);
  if (waiting[2].revents != 0) read_errors(spawned.errors);
  if (waiting[3].revents != 0) read_status(spawned.control);
}

// A program need not read its input, or not all of it.
void Conversation::write_input(Fd& input) {
  const ssize_t put = ::write(input.get(), input_.data() + written_, input_.size() - written_);
  if (put < 0 && would_block()) return;
  if (put > 0) written_ += static_cast<std::size_t>(put);
  if (put < 0 || written_ == input_.size()) {
    input.reset();
    input_.clear();
    written_ = 0;
  }
}

void Conversation::read_output(Fd& output, const Fd& control) {
  std::string piece;
  if (!read_some(output.get(), piece)) return output.reset();
  if (!broken_.empty()) return;
  output_ += piece;
  if (output_.size() <= manifest_.output_bytes) return;
  broken_ = "wrote more than " + std::to_string(manifest_.output_bytes) + " bytes to standard output";
  output_.clear();
  if (control.is_open()) kill_now(control);
}

void Conversation::read_errors(Fd& errors) {
  std::string piece;
  if (!read_some(errors.get(), piece)) return errors.reset();
  log_(piece);
  errors_tail_ += piece;
  if (errors_tail_.size() > 2 * kTailBytes) errors_tail_.erase(0, errors_tail_.size() - kTailBytes);
}

void Conversation::read_status(Fd& control) {
  if (read_some(control.get(), status_) && status_.size() < kStatusBytesMax) return;
  control.reset();
  drained_ms_ = now_ms() + limits::kProcessDrainMs;
}

void Conversation::check_time(const Fd& control) {
  if (!broken_.empty() || now_ms() < due_ms_) return;
  broken_ = "did not end within " + std::to_string(manifest_.timeout_ms / 1000) + " s";
  if (control.is_open()) ask_to_stop(control);
}

ActionOutcome Conversation::failure(const std::string& what) const {
  std::string text = "The process of action '" + name_ + "' " + what;
  const std::string said = tail(to_utf8(errors_tail_), 20, kTailBytes);
  return ActionOutcome::error(said.empty() ? text : text + "\n" + said);
}

// Nothing when it ended well.
std::optional<std::string> Conversation::bad_end() const {
  const std::string line = status_.substr(0, status_.find('\n'));
  if (line == "exit 0") return std::nullopt;
  if (line.starts_with("exit ")) return "ended with exit code " + line.substr(5);
  if (line.starts_with("signal ")) {
    const int number = std::atoi(line.c_str() + 7);
    const char* name = ::sigabbrev_np(number);
    return "was ended by signal " + std::string(name ? "SIG" + std::string(name) : line.substr(7));
  }
  if (line.starts_with("error ")) return "could not be started: " + to_utf8(line.substr(6));
  return "was lost: its guard ended without a word";
}

ActionOutcome Conversation::outcome() const {
  if (!broken_.empty()) return failure(broken_);
  const auto end = bad_end();
  auto answer = parse_json(output_);
  const Value* error = answer && answer->is_object() ? find(*answer, "error") : nullptr;
  if (error && !error->is_null()) return ActionOutcome::error(*error);
  const Value* cancel = answer && answer->is_object() ? find(*answer, "cancel") : nullptr;
  if (cancel && is_truthy(*cancel) && !end) return ActionOutcome::cancelled();
  if (end) return failure(*end);
  if (output_.find_first_not_of(" \t\r\n") == std::string::npos)
    return failure("wrote no answer: {\"result\": …} or {\"error\": …} is expected on standard output");
  if (!answer) return failure("wrote an answer that is not JSON: " + answer.error().message);
  const Value* result = answer->is_object() ? find(*answer, "result") : nullptr;
  if (!result)
    return failure(
        "wrote an answer without a result: {\"result\": …} or {\"error\": …} is expected on standard output");
  return ActionOutcome::success(*result);
}

}  // namespace foehn::actions
