#include "api/rest/event_hub.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "engine/base/value.h"

namespace foehn::rest {
namespace {

using ports::Notice;

constexpr int kPagesPerLook = 16;  // for one listener of whose events none is wanted, before the others' turn
constexpr char kGap[] =
    "event: gap\ndata: {\"message\": \"Some events are no longer kept; read the state anew.\"}\n\n";

std::string_view kind_of(const Notice& notice) {
  return notice.kind == Notice::Kind::kExecution ? "execution" : "task";
}

Value event_view(const store::Event& event) {
  const Notice& notice = event.notice;
  Value view = Value::object();
  view["id"] = std::to_string(event.id);
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

std::string text_of(const store::Event& event) {
  return "id: " + std::to_string(event.id) + "\nevent: " + std::string(kind_of(event.notice)) +
         "\ndata: " + to_json(event_view(event)) + "\n\n";
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The listener has seen what this log has not told: of another data directory, or of this one before an older state of
// it, a backup, was put back. Its own id makes a listener that comes back before the next event go on from here.
std::string reset_before(std::string_view last_id, std::uint64_t start) {
  const Value data{{"message", "This server has not told event " + std::string(last_id) +
                                   ": its data directory is another one, or an older state of it was put back. The "
                                   "oldest events it keeps follow; read the state anew."},
                   {"last_event_id", last_id}};
  const std::string id = start == 0 ? "" : "id: " + std::to_string(start - 1) + "\n";
  return id + "event: reset\ndata: " + to_json(data) + "\n\n";
}

// Where a listener goes on that has seen `last_id`, and what it is told first when it cannot go on exactly there.
struct Start {
  std::uint64_t id = 0;
  std::string notice{};
};

Result<Start> start_behind(std::string_view last_id, const store::EventPage& log) {
  if (last_id.empty()) return Start{log.end};
  // Ids of versions that kept events in memory: "life-number".
  const auto dash = last_id.find('-');
  const bool is_old = dash != std::string_view::npos && number_in(last_id.substr(0, dash));
  const auto number = number_in(is_old ? last_id.substr(dash + 1) : last_id);
  if (!number)
    return fail(ErrorCode::kInvalidArgument,
                "There is no event with the id '" + std::string(last_id) + "'. Ids are those of the stream: '" +
                    std::to_string(std::max<std::uint64_t>(log.end, 1)) + "'.");
  if (is_old || *number >= log.end) return Start{log.oldest, reset_before(last_id, log.oldest)};
  return *number + 1 >= log.oldest ? Start{*number + 1} : Start{log.oldest, kGap};
}

}  // namespace

bool EventFilter::matches(const store::Event& event) const {
  const Notice& notice = event.notice;
  if (!kind.empty() && kind != kind_of(notice)) return false;
  if (!workflow_name.empty() && workflow_name != notice.workflow_name) return false;
  if (!project_id.empty() && project_id != notice.project_id) return false;
  return !execution_id || *execution_id == notice.execution_id ||
         std::find(event.above.begin(), event.above.end(), *execution_id) != event.above.end();
}

// How far a listener is. The hub's thread may still be reading for it when the listener is gone.
struct EventHub::Place {
  Place(EventFilter wanted, Start start)
      : filter(std::move(wanted)), next(start.id), notice(std::move(start.notice)) {}

  const EventFilter filter;
  std::uint64_t next;    // id of the next event to look at; 0 = the very first one
  std::string notice;    // of events that it misses, while it does not know yet
  bool behind = false;   // the hub's thread is to read for it
  std::string ready{};   // what it read
};

// One open stream. Registered with the hub for as long as it lives.
class EventHub::Listener final : public http::BodyStream {
 public:
  Listener(EventHub& hub, std::shared_ptr<Place> place) : hub_(hub), place_(std::move(place)) {}
  ~Listener() override {
    std::lock_guard lock(hub_.listeners_mutex_);
    hub_.listeners_.erase(this);
    hub_.listening_ = hub_.listeners_.size();
  }

  std::optional<std::string> next(const std::function<void()>& wake) override {
    std::string out;
    if (!std::exchange(greeted_, true)) out = "retry: 2000\n\n";
    hub_.take(*place_, out);
    if (!out.empty()) return out;
    {
      std::lock_guard lock(hub_.listeners_mutex_);
      wake_ = wake;
    }
    if (hub_.take(*place_, out)) hub_.signal();  // what came before the hub knew that we wait
    return out;
  }
  std::string keep_alive() const override { return ": waiting\n\n"; }
  const std::shared_ptr<Place>& place() const { return place_; }
  // The hub's thread, with listeners_mutex_ held.
  void wake() {
    if (!wake_) return;
    std::exchange(wake_, nullptr)();
  }

 private:
  EventHub& hub_;
  const std::shared_ptr<Place> place_;
  bool greeted_ = false;
  std::function<void()> wake_;
};

EventHub::EventHub(EventHubOptions options, store::EventLog& log)
    : options_(options), log_(log), thread_([this] { run(); }) {}

EventHub::~EventHub() {
  {
    std::lock_guard lock(signal_mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void EventHub::notify(const Notice&) {
  if (listening_ > 0) signal();
}

void EventHub::signal() {
  {
    std::lock_guard lock(signal_mutex_);
    if (std::exchange(news_, true)) return;
  }
  changed_.notify_one();
}

Result<std::shared_ptr<http::BodyStream>> EventHub::listen(EventFilter filter, std::string_view last_id) {
  FOEHN_TRY(const store::EventPage log, log_.events_from(0, 0));
  FOEHN_TRY(Start start, start_behind(last_id, log));
  std::shared_ptr<Listener> listener;
  {
    std::lock_guard listening(listeners_mutex_);
    if (listeners_.size() >= options_.listeners_max)
      return fail(ErrorCode::kUnavailable,
                  "Too many event streams are open (" + std::to_string(listeners_.size()) + ").");
    listener = std::make_shared<Listener>(*this, std::make_shared<Place>(std::move(filter), std::move(start)));
    listeners_.insert(listener.get());
    listening_ = listeners_.size();
    std::lock_guard lock(mutex_);
    if (!std::exchange(following_, true)) first_ = log.end;
  }
  signal();  // for what was committed since the log was asked, when nobody listened
  return listener;
}

std::size_t EventHub::listeners() const { return listening_; }

// Appends what is there for a listener; true when the hub's thread has to read for it.
bool EventHub::take(Place& place, std::string& out) {
  std::lock_guard lock(mutex_);
  if (place.next == 0) place.next = origin_;
  if (place.ready.empty() && !place.behind && place.next >= first_) {
    for (; place.next < held_end() && out.size() < limits::kEventPartBytesMax; ++place.next) {
      const Entry& entry = held_[place.next - first_];
      if (!place.filter.matches(entry.event)) continue;
      if (entry.text.empty()) entry.text = text_of(entry.event);
      out += entry.text;
    }
    out = std::exchange(place.notice, {}) + out;
    return false;
  }
  out += std::exchange(place.ready, {});
  if (out.empty()) place.behind = true;
  return place.behind;
}

// Works in rounds, so that a busy engine costs each listener one wake-up a round and not one an event.
void EventHub::run() {
  using std::chrono::milliseconds;
  std::unique_lock lock(signal_mutex_);
  while (!closing_) {
    const auto due = [this] { return news_ || closing_; };
    if (listening_ > 0) {
      changed_.wait_for(lock, milliseconds(options_.look_ms), due);
    } else {
      changed_.wait(lock, due);
    }
    news_ = false;
    lock.unlock();
    const bool more = look();
    lock.lock();
    news_ = news_ || more;
    if (!more) changed_.wait_for(lock, milliseconds(options_.wake_ms), [this] { return closing_; });
  }
}

// One round; true when there is more to do at once.
bool EventHub::look() {
  const auto behind = places_behind();
  if (listening_ == 0) return false;
  const bool any_new = hold_new();
  bool more = false;
  for (const auto& place : behind) more = read_for(*place) || more;
  wake(any_new, behind);
  return more;
}

// Those to read for. Nothing is held any more when nobody listens.
std::vector<std::shared_ptr<EventHub::Place>> EventHub::places_behind() {
  std::vector<std::shared_ptr<Place>> behind;
  std::lock_guard listening(listeners_mutex_);
  std::lock_guard lock(mutex_);
  for (const Listener* listener : listeners_)
    if (listener->place()->behind) behind.push_back(listener->place());
  if (!listeners_.empty()) return behind;
  held_.clear();
  following_ = false;
  return behind;
}

// Takes over what was committed since the last look; true when there was something.
bool EventHub::hold_new() {
  bool any = false;
  while (true) {
    std::uint64_t next = 0;
    {
      std::lock_guard lock(mutex_);
      next = held_end();
    }
    auto page = log_.events_from(next, options_.page);
    if (!page || page->events.empty()) return any;  // what cannot be read now is read at a later look
    any = true;
    std::lock_guard lock(mutex_);
    for (store::Event& event : page->events) {
      if (first_ == 0) origin_ = event.id;
      if (event.id != held_end()) held_.clear();  // the very first one, or some are gone from the log already
      if (held_.empty()) first_ = event.id;
      held_.push_back({std::move(event), {}});
      if (held_.size() <= options_.held) continue;
      held_.pop_front();
      ++first_;
    }
    if (held_end() == page->end) return true;
  }
}

// Makes the next part for a listener that is behind; it is not behind any more when it has one, or can go on with the
// events that are held. True when neither is so yet and reading on makes sense at once.
bool EventHub::read_for(Place& place) {
  std::uint64_t next = place.next;  // only this thread changes it while the place is behind
  std::string notice = place.notice;
  std::string part;
  bool is_there = false;
  for (int pages = 0; part.empty() && !is_there && pages < kPagesPerLook; ++pages) {
    const auto page = log_.events_from(next, options_.page);
    if (!page) return false;  // read at a later look
    if (notice.empty() && next != 0 && next < page->oldest) notice = kGap;
    for (const store::Event& event : page->events) {
      if (part.size() >= limits::kEventPartBytesMax) break;
      if (place.filter.matches(event)) part += text_of(event);
      next = event.id + 1;
    }
    std::lock_guard lock(mutex_);
    is_there = next >= first_;
  }
  if (is_there || !part.empty()) part = std::exchange(notice, {}) + part;
  std::lock_guard lock(mutex_);
  place.next = next;
  place.notice = std::move(notice);
  place.ready = std::move(part);
  place.behind = place.ready.empty() && !is_there;
  return place.behind;
}

// All of them, or those that were behind and can go on.
void EventHub::wake(bool all, const std::vector<std::shared_ptr<Place>>& were_behind) {
  std::unordered_set<const Place*> served;
  {
    std::lock_guard lock(mutex_);
    for (const auto& place : were_behind)
      if (!place->behind) served.insert(place.get());
  }
  std::lock_guard listening(listeners_mutex_);
  for (Listener* listener : listeners_)
    if (all || served.contains(listener->place().get())) listener->wake();
}

}  // namespace foehn::rest
