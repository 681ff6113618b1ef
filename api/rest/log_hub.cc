#include "api/rest/log_hub.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/base/value.h"

namespace foehn::rest {
namespace {

std::string log_message(std::string_view event, std::uint64_t id, const Value& data) {
  return "id: " + std::to_string(id) + "\nevent: " + std::string(event) + "\ndata: " + to_json(data) + "\n\n";
}

}  // namespace

// One open stream; known to the hub for as long as it lives. next() is the I/O thread's, the rest the hub's mutex's.
class LogHub::Follower final : public http::BodyStream {
 public:
  Follower(LogHub& hub, ActionRunId run_id, std::uint64_t offset) : hub_(hub), run_id_(run_id), position_(offset) {}
  ~Follower() override {
    std::lock_guard lock(hub_.mutex_);
    hub_.followers_.erase(this);
  }

  std::optional<std::string> next(const std::function<void()>& wake) override {
    if (over_) return std::nullopt;
    std::optional<std::string> ended;
    std::uint64_t position = 0;
    {
      std::lock_guard lock(hub_.mutex_);
      ended = ended_;
      position = position_;
      wake_ = nullptr;
    }
    // The end was seen before the log is read, so nothing can come after what is read now.
    std::string out = std::exchange(greeted_, true) ? "" : "retry: 2000\n\n";
    read(out, position, ended.has_value());
    {
      std::lock_guard lock(hub_.mutex_);
      position_ = position;
      if (out.empty() && !ended) wake_ = wake;
    }
    if (!ended) return out;
    over_ = true;
    return out + log_message("end", position, Value{{"state", *ended}, {"end", position}});
  }
  std::string keep_alive() const override { return ": waiting\n\n"; }

  // Under the hub's mutex.
  ActionRunId run_id() const { return run_id_; }
  std::uint64_t position() const { return position_; }
  void end(std::string state) {
    if (!ended_) ended_ = std::move(state);
    wake();
  }
  void wake() {
    if (wake_) std::exchange(wake_, nullptr)();
  }

 private:
  void read(std::string& out, std::uint64_t& position, bool ended) const {
    ports::RunLog::Chunk chunk = hub_.logs_.read(run_id_, position);
    if (chunk.offset > position)
      out += log_message("gap", chunk.offset, Value{{"message", "Older output is no longer kept."}, {"from", position},
                                                {"to", chunk.offset}});
    // Of a log that is no longer kept, or was cut: go on where it is now.
    position = chunk.offset;
    if (!ended) chunk.text.resize(whole_characters(chunk.text));
    if (chunk.text.empty()) return;
    const std::uint64_t end = chunk.offset + chunk.text.size();
    out += log_message("log", end, Value{{"offset", chunk.offset}, {"end", end}, {"text", chunk.text}});
    position = end;
  }

  LogHub& hub_;
  const ActionRunId run_id_;
  std::uint64_t position_;            // offset of the next byte to send
  std::optional<std::string> ended_;  // the run's last state
  std::function<void()> wake_;
  bool greeted_ = false, over_ = false;
};

LogHub::LogHub(LogHubOptions options, const ports::RunLog& logs, store::Query& query)
    : options_(options), logs_(logs), query_(query), looker_([this] { run(); }) {}

LogHub::~LogHub() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  looker_.join();
}

Result<std::shared_ptr<http::BodyStream>> LogHub::follow(ActionRunId run_id, std::uint64_t offset) {
  std::lock_guard lock(mutex_);
  if (followers_.size() >= options_.listeners_max)
    return fail(ErrorCode::kUnavailable, "Too many logs are followed (" + std::to_string(followers_.size()) + ").");
  auto follower = std::make_shared<Follower>(*this, run_id, offset);
  followers_.insert(follower.get());
  changed_.notify_all();
  return follower;
}

std::size_t LogHub::listeners() const {
  std::lock_guard lock(mutex_);
  return followers_.size();
}

// Sleeps for as long as nobody follows anything.
void LogHub::run() {
  std::int64_t since_states = options_.state_ms;
  std::unique_lock lock(mutex_);
  while (!closing_) {
    changed_.wait(lock, [this] { return closing_ || !followers_.empty(); });
    if (closing_) return;
    lock.unlock();
    const bool at_states = since_states >= options_.state_ms;
    look(at_states);
    since_states = at_states ? options_.look_ms : since_states + options_.look_ms;
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(options_.look_ms), [this] { return closing_; });
  }
}

void LogHub::look(bool at_states) {
  std::vector<std::pair<Follower*, ActionRunId>> wanted;
  {
    std::lock_guard lock(mutex_);
    for (Follower* follower : followers_) {
      if (logs_.read(follower->run_id(), follower->position()).end != follower->position()) follower->wake();
      if (at_states) wanted.emplace_back(follower, follower->run_id());
    }
  }
  for (const auto& [follower, run_id] : wanted) {
    const auto row = query_.run(run_id);  // blocks: without the mutex
    if (!row) continue;                   // a store that cannot be read now can be later
    if (*row && !core::is_complete((*row)->run.state)) continue;
    std::string state(*row ? core::to_string((*row)->run.state) : "DELETED");
    std::lock_guard lock(mutex_);
    // It may be gone by now, and another may live at its address.
    if (followers_.contains(follower) && follower->run_id() == run_id) follower->end(std::move(state));
  }
}

}  // namespace foehn::rest
