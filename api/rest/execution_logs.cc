#include "api/rest/execution_logs.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "engine/base/limits.h"
#include "engine/base/value.h"

namespace foehn::rest {
namespace {

using ports::RunLog;

constexpr std::size_t kPiecesAtOnce = 256;

std::string message(std::string_view event, const std::string& id, const Value& data) {
  return "id: " + id + "\nevent: " + std::string(event) + "\ndata: " + to_json(data) + "\n\n";
}

std::string gap(std::string_view text) {
  return "event: gap\ndata: " + to_json(Value{{"message", text}}) + "\n\n";
}

}  // namespace

// What the thread and a stream share.
struct ExecutionLogs::Follower {
  ExecutionId execution_id;
  WallTime since;              // older output is left out
  std::uint64_t position = 1;  // number of the next piece to look at; the thread's

  // With the mutex held.
  std::string ready = "retry: 2000\n\n";
  bool over = false;  // nothing comes after `ready`
  bool gone = false;  // nobody listens any more
  std::function<void()> wake;
};

class ExecutionLogs::Stream final : public http::BodyStream {
 public:
  Stream(ExecutionLogs& logs, std::shared_ptr<Follower> follower) : logs_(logs), follower_(std::move(follower)) {}
  ~Stream() override {
    std::lock_guard lock(logs_.mutex_);
    follower_->gone = true;
    follower_->wake = nullptr;
    std::erase(logs_.followers_, follower_);
  }
  std::optional<std::string> next(const std::function<void()>& wake) override {
    std::lock_guard lock(logs_.mutex_);
    if (follower_->ready.empty() && follower_->over) return std::nullopt;
    if (follower_->ready.empty()) follower_->wake = wake;
    return std::exchange(follower_->ready, {});
  }
  std::string keep_alive() const override { return ": waiting\n\n"; }

 private:
  ExecutionLogs& logs_;
  const std::shared_ptr<Follower> follower_;
};

ExecutionLogs::ExecutionLogs(LogHubOptions options, const RunLog& logs, store::Query& query, const Clock& clock)
    : options_(options),
      logs_(logs),
      query_(query),
      epoch_(std::to_string(clock.wall().us)),
      looker_([this] { run(); }) {}

ExecutionLogs::~ExecutionLogs() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  looker_.join();
}

Result<std::shared_ptr<http::BodyStream>> ExecutionLogs::follow(ExecutionId id, std::string_view last_id,
                                                                WallTime since) {
  auto follower = std::make_shared<Follower>();
  follower->execution_id = id;
  follower->since = since;
  if (!last_id.empty()) {
    const std::size_t dash = last_id.rfind('-');
    const std::string_view digits = dash == std::string_view::npos ? "" : last_id.substr(dash + 1);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
      return fail(ErrorCode::kInvalidArgument, "There is no event with the id '" + std::string(last_id) +
                                                   "'. Ids are those of the stream: '" + id_of(1) + "'.");
    const bool ours = last_id.substr(0, dash) == epoch_ && number < logs_.next_piece();
    if (ours) {
      follower->position = number + 1;
      follower->since = {};
    }
    if (!ours) follower->ready += gap("The server was started anew; earlier output is not kept.");
  }
  std::lock_guard lock(mutex_);
  if (followers_.size() >= options_.listeners_max)
    return fail(ErrorCode::kUnavailable, "Too many logs are followed (" + std::to_string(followers_.size()) + ").");
  followers_.push_back(follower);
  changed_.notify_all();
  return std::make_shared<Stream>(*this, std::move(follower));
}

std::size_t ExecutionLogs::listeners() const {
  std::lock_guard lock(mutex_);
  return followers_.size();
}

// Sleeps for as long as nobody follows anything.
void ExecutionLogs::run() {
  std::int64_t since_states = options_.state_ms;
  std::unique_lock lock(mutex_);
  while (!closing_) {
    changed_.wait(lock, [this] { return closing_ || !followers_.empty(); });
    if (closing_) return;
    const std::vector<std::shared_ptr<Follower>> followers = followers_;
    lock.unlock();
    const bool at_states = since_states >= options_.state_ms;
    for (const auto& follower : followers) look(*follower, at_states);
    since_states = at_states ? options_.look_ms : since_states + options_.look_ms;
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(options_.look_ms), [this] { return closing_; });
  }
}

void ExecutionLogs::look(Follower& follower, bool at_state) {
  {
    std::lock_guard lock(mutex_);
    if (follower.gone || follower.over || !follower.ready.empty()) return;
  }
  // The end is seen before the pieces are read, so nothing can come after what is read then.
  std::optional<std::string> ended;
  if (at_state) {
    const auto row = query_.execution(follower.execution_id);
    if (row && !*row) ended = "DELETED";
    if (row && *row && core::is_complete((*row)->execution.state))
      ended = std::string(core::to_string((*row)->execution.state));
  }
  std::string out;
  const bool all = read_pieces(follower, out);
  const bool over = ended && all;
  if (over) out += message("end", id_of(follower.position - 1), Value{{"state", *ended}});
  if (out.empty()) return;
  std::lock_guard lock(mutex_);
  if (follower.gone) return;
  follower.ready += out;
  follower.over = over;
  if (follower.wake) std::exchange(follower.wake, nullptr)();
}

// Appends what is new; false when there may be more. Consecutive pieces of one run become one event.
bool ExecutionLogs::read_pieces(Follower& follower, std::string& out) {
  std::optional<RunLog::Piece> group;
  std::string path;
  const auto flush = [&] {
    if (group) write(*group, path, out);
    group.reset();
  };
  while (out.size() < limits::kEventPartBytesMax) {
    const auto pieces = logs_.pieces(follower.position, kPiecesAtOnce);
    if (pieces.empty()) {
      flush();
      return true;
    }
    if (pieces.front().number > follower.position && pieces.front().at >= follower.since)
      out += gap("Output older than this is no longer kept in order; /log has what there is.");
    for (const RunLog::Piece& piece : pieces) {
      if (piece.at < follower.since) {
        follower.position = piece.number + 1;
        continue;
      }
      const auto places = places_of(piece.run_id);
      if (!places) {  // the store cannot be read now
        flush();
        return false;
      }
      const auto place = std::find_if((*places)->begin(), (*places)->end(), [&](const auto& one) {
        return one.first == follower.execution_id;
      });
      follower.position = piece.number + 1;
      if (place == (*places)->end()) continue;
      const bool goes_on = group && group->run_id == piece.run_id && group->end == piece.offset;
      if (!goes_on) {
        flush();
        group = piece;
        path = place->second;
      }
      group->end = piece.end;
      group->number = piece.number;
    }
  }
  flush();
  return false;
}

void ExecutionLogs::write(const RunLog::Piece& piece, const std::string& path, std::string& out) const {
  const RunLog::Chunk chunk = logs_.read(piece.run_id, piece.offset);
  const std::uint64_t begin = std::min(chunk.offset, piece.end);
  const bool lost = begin > piece.offset || chunk.end < piece.end;
  if (lost) out += gap("Older output of " + path + " is no longer kept.");
  const std::string text = chunk.text.substr(0, static_cast<std::size_t>(piece.end - begin));
  if (text.empty()) return;
  out += message("log", id_of(piece.number), Value{{"run_id", to_string(piece.run_id)},
                                                   {"path", path},
                                                   {"offset", begin},
                                                   {"end", begin + text.size()},
                                                   {"text", text},
                                                   {"at", to_rfc3339(piece.at)}});
}

Result<std::string> ExecutionLogs::label_of(const store::RunRow& row) {
  FOEHN_TRY(const auto task, query_.task(row.run.task_id));
  const bool is_item = task && task->task.with_items.has_value();
  return row.task_name + (is_item ? "[" + std::to_string(row.run.index) + "]" : "");
}

// The record of a sub-workflow in its parent has the id of the sub-workflow's execution.
Result<const ExecutionLogs::Places*> ExecutionLogs::places_of(ActionRunId id) {
  if (const auto known = places_.find(id); known != places_.end()) return &known->second;
  Places places;
  std::string path;
  ActionRunId next = id;
  for (std::size_t depth = 0; depth <= limits::kSubworkflowDepthMax; ++depth) {
    FOEHN_TRY(const auto row, query_.run(next));
    if (!row) break;
    FOEHN_TRY(const std::string label, label_of(*row));
    path = path.empty() ? label : label + "/" + path;
    places.emplace_back(row->run.execution_id, path);
    next = ActionRunId{row->run.execution_id.uuid};
  }
  if (places_.size() >= limits::kRunLogsMax) places_.clear();
  return &(places_[id] = std::move(places));
}

}  // namespace foehn::rest
