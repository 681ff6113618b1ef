#include "api/rest/event_hub.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "engine/base/value.h"

namespace foehn::rest {
namespace {

using ports::Notice;

std::string_view kind_of(const Notice& notice) {
  return notice.kind == Notice::Kind::kExecution ? "execution" : "task";
}

Value view(const Notice& notice, const std::string& id) {
  Value view = Value::object();
  view["id"] = id;
  view["type"] = kind_of(notice);
  view["execution_id"] = to_string(notice.execution_id);
  view["root_execution_id"] = to_string(notice.root_id.value_or(notice.execution_id));
  view["workflow_name"] = notice.workflow_name;
  if (notice.task_id) {
    view["task_execution_id"] = to_string(*notice.task_id);
    view["task_name"] = notice.name;
  }
  view["state"] = core::to_string(notice.state);
  view["state_info"] = notice.state_info ? Value(*notice.state_info) : Value();
  view["at"] = to_rfc3339(notice.at);
  return view;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

bool EventFilter::matches(const Notice& notice) const {
  if (!kind.empty() && kind != kind_of(notice)) return false;
  if (!workflow_name.empty() && workflow_name != notice.workflow_name) return false;
  if (!project_id.empty() && project_id != notice.project_id) return false;
  return !execution_id || *execution_id == notice.execution_id || execution_id == notice.root_id;
}

// One open stream. Registered with the hub for as long as it lives.
class EventHub::Listener final : public http::BodyStream {
 public:
  Listener(EventHub& hub, EventFilter filter, std::uint64_t position, bool gap)
      : hub_(hub), filter_(std::move(filter)), position_(position), gap_(gap) {}
  ~Listener() override {
    std::lock_guard lock(hub_.listeners_mutex_);
    hub_.listeners_.erase(this);
  }

  std::optional<std::string> next(const std::function<void()>& wake) override {
    std::string out;
    if (!std::exchange(greeted_, true)) out = "retry: 2000\n\n";
    read(out);
    if (!out.empty()) return out;
    {
      std::lock_guard lock(hub_.listeners_mutex_);
      wake_ = wake;
    }
    read(out);  // what came before the hub knew that we wait
    return out;
  }
  std::string keep_alive() const override { return ": waiting\n\n"; }
  // The hub's thread, with listeners_mutex_ held.
  void wake() {
    if (!wake_) return;
    std::exchange(wake_, nullptr)();
  }

 private:
  void read(std::string& out) {
    gap_ = !hub_.read(filter_, position_, out) || gap_;
    if (!std::exchange(gap_, false)) return;
    out = "event: gap\ndata: {\"message\": \"Some events are no longer kept; read the state anew.\"}\n\n" + out;
  }

  EventHub& hub_;
  const EventFilter filter_;
  std::uint64_t position_;  // number of the next event to look at
  bool gap_;                // events were lost and the listener does not know yet
  bool greeted_ = false;
  std::function<void()> wake_;
};

EventHub::EventHub(EventHubOptions options, const Clock& clock)
    : options_(options), epoch_(std::to_string(clock.wall().us)), waker_([this] { run(); }) {}

EventHub::~EventHub() {
  {
    std::lock_guard lock(ring_mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  waker_.join();
}

void EventHub::notify(const Notice& notice) {
  {
    std::lock_guard lock(ring_mutex_);
    ring_.push_back({notice, nullptr});
    if (ring_.size() > options_.kept) {
      ring_.pop_front();
      ++first_;
    }
    if (std::exchange(news_, true)) return;
  }
  changed_.notify_one();
}

Result<std::shared_ptr<http::BodyStream>> EventHub::listen(EventFilter filter, std::string_view last_id) {
  std::uint64_t position = 0;
  bool gap = false;
  {
    std::lock_guard lock(ring_mutex_);
    const std::uint64_t end = first_ + ring_.size();
    position = end;
    if (!last_id.empty()) {
      const auto dash = last_id.rfind('-');
      const auto number = dash == std::string_view::npos ? std::nullopt : number_in(last_id.substr(dash + 1));
      if (!number)
        return fail(ErrorCode::kInvalidArgument, "There is no event with the id '" + std::string(last_id) +
                                                     "'. Ids are those of the stream: '" + id_of(end) + "'.");
      const bool ours = last_id.substr(0, dash) == epoch_ && *number < end;
      position = ours ? std::max(first_, *number + 1) : first_;
      gap = !ours || *number + 1 < first_;
    }
  }
  std::lock_guard lock(listeners_mutex_);
  if (listeners_.size() >= options_.listeners_max)
    return fail(ErrorCode::kUnavailable,
                "Too many event streams are open (" + std::to_string(listeners_.size()) + ").");
  auto listener = std::make_shared<Listener>(*this, std::move(filter), position, gap);
  listeners_.insert(listener.get());
  return listener;
}

std::size_t EventHub::listeners() const {
  std::lock_guard lock(listeners_mutex_);
  return listeners_.size();
}

const std::string& EventHub::text_of(const Entry& entry, std::uint64_t number) const {
  if (!entry.text) {
    const std::string id = id_of(number);
    entry.text = std::make_shared<const std::string>("id: " + id + "\nevent: " + std::string(kind_of(entry.notice)) +
                                                     "\ndata: " + to_json(view(entry.notice, id)) + "\n\n");
  }
  return *entry.text;
}

// Appends what matches from `position` on and moves it; false when events before were lost.
bool EventHub::read(const EventFilter& filter, std::uint64_t& position, std::string& out) const {
  std::lock_guard lock(ring_mutex_);
  const bool complete = position >= first_;
  position = std::max(position, first_);
  const std::uint64_t end = first_ + ring_.size();
  for (; position < end && out.size() < limits::kEventPartBytesMax; ++position) {
    const Entry& entry = ring_[position - first_];
    if (filter.matches(entry.notice)) out += text_of(entry, position);
  }
  return complete;
}

// Wakes in rounds, so that a busy engine costs each listener one wake-up a round and not one an event.
void EventHub::run() {
  std::unique_lock lock(ring_mutex_);
  while (!closing_) {
    changed_.wait(lock, [this] { return news_ || closing_; });
    news_ = false;
    lock.unlock();
    {
      std::lock_guard listening(listeners_mutex_);
      for (Listener* listener : listeners_) listener->wake();
    }
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(options_.wake_ms), [this] { return closing_; });
  }
}

}  // namespace foehn::rest
