#include "workflows/triggers/notifier.h"

#include <algorithm>
#include <utility>

namespace foehn::triggers {
namespace {

using ports::Notice;

constexpr char kSignatureHeader[] = "X-Hub-Signature-256";  // GitHub's name: receivers know how to check it
constexpr std::int64_t kKeepMs = 1'000;  // between a delivery and the record that says so

// What a second try may mend.
bool is_temporary(const Result<net::HttpResponse>& outcome) {
  if (outcome)
    return outcome->status == 408 || outcome->status == 425 || outcome->status == 429 || outcome->status >= 500;
  return outcome.error().code != ErrorCode::kInvalidArgument && outcome.error().code != ErrorCode::kPermissionDenied;
}

bool is_success(const Result<net::HttpResponse>& outcome) {
  return outcome && outcome->status >= 200 && outcome->status < 300;
}

std::string text_of(const Result<net::HttpResponse>& outcome) {
  return outcome ? "status " + std::to_string(outcome->status) : outcome.error().message;
}

std::string key_of(const Publisher& publisher) {
  std::string key = "notify " + publisher.url + "\n" + publisher.secret;
  for (const auto& [name, value] : publisher.headers) key += "\n" + name + ":" + value;
  return key;
}

}  // namespace

// What other threads leave for the worker.
struct Notifier::Inbox {
  std::mutex mutex;
  std::deque<Notice> notices;
  std::vector<std::pair<std::string, Result<net::HttpResponse>>> outcomes;
  bool lost = false;     // notices were dropped
  bool changed = true;   // subscriptions are to be read
  std::function<void()> wake;

  template <class Change>
  void leave(Change&& change) {
    std::lock_guard lock(mutex);
    change();
    if (wake) wake();
  }
};

Notifier::Notifier(NotifierOptions options, store::Query& query, store::Records& records, net::HttpClient& http,
                   const Clock& clock, Log& log)
    : options_(options), query_(query), records_(records), http_(http), clock_(clock), log_(log),
      inbox_(std::make_shared<Inbox>()) {}

Notifier::~Notifier() { set_wake(nullptr); }

void Notifier::set_wake(std::function<void()> wake) {
  std::lock_guard lock(inbox_->mutex);
  inbox_->wake = std::move(wake);
}

void Notifier::notify(const Notice& notice) {
  const bool has_receivers = notice.has_publishers || !options_.everywhere.empty();
  if (!has_receivers && !has_subscriptions_.load(std::memory_order_relaxed)) return;
  inbox_->leave([&] {
    if (inbox_->notices.size() < options_.notices_max) {
      inbox_->notices.push_back(notice);
    } else {
      inbox_->lost = true;
    }
  });
}

void Notifier::subscriptions_changed() {
  has_subscriptions_ = true;
  inbox_->leave([&] { inbox_->changed = true; });
}

std::optional<WallTime> Notifier::work() {
  std::deque<Notice> notices;
  std::vector<std::pair<std::string, Result<net::HttpResponse>>> outcomes;
  bool lost = false, changed = false;
  {
    std::lock_guard lock(inbox_->mutex);
    notices.swap(inbox_->notices);
    outcomes.swap(inbox_->outcomes);
    lost = std::exchange(inbox_->lost, false);
    changed = std::exchange(inbox_->changed, false);
  }
  const WallTime now = clock_.wall();
  if (changed || (reload_at_ && *reload_at_ <= now)) load_subscriptions();
  if (lost) log_.warning("notices_dropped", {{"bound", std::to_string(options_.notices_max)}});
  for (const auto& [key, outcome] : outcomes)
    if (const auto found = lanes_.find(key); found != lanes_.end()) finish(found->second, outcome);
  for (auto& [key, lane] : lanes_)
    if (lost && lane.subscription) lane.behind = true;
  for (const Notice& notice : notices) tell(notice);
  std::optional<WallTime> next = reload_at_;
  for (auto lane = lanes_.begin(); lane != lanes_.end();) {
    send(lane->first, lane->second);
    const Lane& state = lane->second;
    if (!state.in_flight && state.retry_at > now && (!state.queue.empty() || state.behind))
      next = std::min(next.value_or(state.retry_at), state.retry_at);
    if (state.keep_at) next = std::min(next.value_or(*state.keep_at), *state.keep_at);
    const bool done = !state.subscription && state.queue.empty() && !state.in_flight;
    lane = done ? lanes_.erase(lane) : std::next(lane);
  }
  return next;
}

// New ones begin with what happens from their creation on, known ones keep what waits for them.
void Notifier::load_subscriptions() {
  store::ListQuery query;
  query.limit = limits::kPageMax;
  const auto page = records_.records(kSubscriptionKind, query);
  if (!page) {
    log_.warning("subscriptions_unread", {{"error", page.error().message}});
    reload_at_ = clock_.wall().plus_ms(limits::kTriggerRetryMs);
    return;
  }
  reload_at_.reset();
  std::map<std::string, const store::RecordRow*> rows;
  for (const store::RecordRow& row : page->rows) rows["subscription " + to_string(row.id)] = &row;
  std::erase_if(lanes_, [&](const auto& one) { return one.second.subscription && !rows.contains(one.first); });
  for (const auto& [key, row] : rows) {
    const auto [found, is_new] = lanes_.try_emplace(key);
    Lane& lane = found->second;
    lane.publisher = publisher_of(*row);
    lane.subscription = *row;
    if (!is_new) continue;
    lane.cursor = parse_time(text_or(row->body, "delivered_until")).value_or(row->created_at);
    lane.behind = true;
  }
  has_subscriptions_ = !rows.empty();
}

void Notifier::tell(const Notice& notice) {
  const bool is_task = notice.kind == Notice::Kind::kTask;
  const auto execution = query_.execution(notice.execution_id);
  const auto task = is_task ? query_.task(*notice.task_id) : Result<std::optional<store::TaskRow>>(std::nullopt);
  if (!execution || !task) {
    for (auto& [key, lane] : lanes_)
      if (lane.subscription) lane.behind = true;
    log_.warning("notice_dropped", {{"execution", to_string(notice.execution_id)}});
    return;
  }
  if (!*execution || (is_task && !*task)) return;  // deleted in the meantime
  const core::Execution& row = (*execution)->execution;
  const std::string event = event_name(notice);
  const Value data = is_task ? task_data(**task, notice) : workflow_data(row, notice);
  const auto tell_one = [&](const Publisher& publisher) {
    if (!publisher.wants(event, notice.workflow_name)) return;
    Lane& lane = lanes_[key_of(publisher)];
    lane.publisher = publisher;
    enqueue(lane, notice, event, data);
  };
  for (const Publisher& publisher : options_.everywhere) tell_one(publisher);
  if (notice.has_publishers)
    for (const Publisher& publisher : publishers_in(row.params)) tell_one(publisher);
  for (auto& [key, lane] : lanes_)
    if (lane.subscription && lane.subscription->project_id == row.project_id &&
        lane.publisher.wants(event, notice.workflow_name))
      enqueue(lane, notice, event, data);
}

void Notifier::enqueue(Lane& lane, const Notice& notice, const std::string& event, const Value& data) {
  if (lane.queue.size() >= options_.deliveries_max) {
    if (!lane.subscription) {
      log_.warning("delivery_dropped", {{"url", lane.publisher.url}, {"reason", "too many wait"}});
      return;
    }
    lane.queue.erase(lane.queue.begin() + (lane.in_flight ? 1 : 0), lane.queue.end());
    lane.behind = true;
    lane.catching_up = true;
    lane.marker.reset();
    lane.scans_tasks = false;
    lane.scan_began = clock_.wall();
    return;
  }
  Delivery delivery{"", "application/json", notice.at, false};
  if (lane.subscription) {
    delivery.content_type = "application/cloudevents+json; charset=utf-8";
    delivery.body = to_json(cloud_event(notice, event, data));
  } else {
    Value message = data;
    message["event"] = event.empty() ? Value() : Value(event);
    delivery.body = to_json(message);
  }
  lane.queue.push_back(std::move(delivery));
}

// Reads one page of what has changed since the cursor; executions, then tasks, then a checkpoint.
void Notifier::catch_up(Lane& lane) {
  if (!lane.catching_up) {
    lane.catching_up = true;
    lane.scans_tasks = false;
    lane.marker.reset();
    lane.scan_began = clock_.wall();
  }
  store::ListQuery query;
  query.filters = {{"updated_at", store::FilterOp::kGte, {to_mistral_time(lane.cursor)}},
                   {"project_id", store::FilterOp::kEq, {lane.subscription->project_id}}};
  query.sort = {{"updated_at", false}};
  query.limit = options_.page;
  query.marker = lane.marker;
  query.with_output = false;
  const auto take = [&](const auto& page, const auto& id_of, const auto& tell_row) -> bool {
    if (!page) {
      lane.retry_at = clock_.wall().plus_ms(limits::kTriggerRetryMs);
      lane.catching_up = page.error().code != ErrorCode::kNotFound;  // the marker was deleted: from the start
      return false;
    }
    for (const auto& row : page->rows) tell_row(row);
    lane.marker.reset();
    if (page->more && !page->rows.empty()) lane.marker = id_of(page->rows.back());
    return !lane.marker;
  };
  const auto add = [&](const Notice& notice, const Value& data) {
    const std::string event = event_name(notice);
    if (event.empty() || !lane.publisher.wants(event, notice.workflow_name)) return;
    Delivery delivery{to_json(cloud_event(notice, event, data)), "application/cloudevents+json; charset=utf-8",
                      notice.at, false};
    lane.queue.push_back(std::move(delivery));
  };
  if (!lane.scans_tasks) {
    lane.scans_tasks = take(
        query_.executions(query), [](const auto& row) { return to_string(row.execution.id); },
        [&](const auto& row) {
          const Notice notice = notice_of(row.execution);
          add(notice, workflow_data(row.execution, notice));
        });
    return;
  }
  const bool all = take(
      query_.tasks(query), [](const auto& row) { return to_string(row.task.id); },
      [&](const auto& row) { add(notice_of(row), task_data(row, notice_of(row))); });
  if (!all) return;
  lane.behind = false;
  lane.queue.push_back({"", "", lane.scan_began, true});
}

void Notifier::send(const std::string& key, Lane& lane) {
  const WallTime now = clock_.wall();
  if (lane.in_flight || lane.retry_at > now) return;
  while (lane.behind && lane.queue.empty() && lane.retry_at <= now) catch_up(lane);
  while (!lane.queue.empty() && lane.queue.front().checkpoint) {
    lane.catching_up = false;
    delivered(lane);
  }
  if (lane.queue.empty()) return keep_cursor(lane);
  const Delivery& delivery = lane.queue.front();
  net::HttpRequest request;
  request.method = "POST";
  request.url = lane.publisher.url;
  request.headers = lane.publisher.headers;
  if (!net::find_header(request.headers, "Content-Type"))
    request.headers.emplace_back("Content-Type", delivery.content_type);
  if (!lane.publisher.secret.empty())
    request.headers.emplace_back(kSignatureHeader, signature_of(lane.publisher.secret, delivery.body));
  request.body = delivery.body;
  request.timeout_ms = limits::kDeliveryTimeoutMs;
  lane.in_flight = true;
  http_.send(std::move(request), [inbox = inbox_, key](Result<net::HttpResponse> outcome) {
    inbox->leave([&] { inbox->outcomes.emplace_back(key, std::move(outcome)); });
  });
}

void Notifier::finish(Lane& lane, const Result<net::HttpResponse>& outcome) {
  lane.in_flight = false;
  if (lane.queue.empty()) return;
  if (is_success(outcome)) return delivered(lane);
  ++lane.tries;
  const bool again = is_temporary(outcome) && (lane.subscription || lane.tries < limits::kDeliveryTriesMax);
  log_.warning(again ? "delivery_delayed" : "delivery_failed",
               {{"url", lane.publisher.url}, {"tries", std::to_string(lane.tries)}, {"reason", text_of(outcome)}});
  if (!again) return delivered(lane);
  lane.backoff_ms = std::clamp(lane.backoff_ms * 2, limits::kDeliveryBackoffMsMin, limits::kDeliveryBackoffMsMax);
  lane.retry_at = clock_.wall().plus_ms(lane.backoff_ms);
}

// The first in line is done with, one way or the other.
void Notifier::delivered(Lane& lane) {
  if (!lane.catching_up) lane.cursor = std::max(lane.cursor, lane.queue.front().at);
  lane.queue.pop_front();
  lane.tries = 0;
  lane.backoff_ms = 0;
  lane.retry_at = {};
}

// Written when nothing waits and once in a while: what is told twice after a crash is what came since.
void Notifier::keep_cursor(Lane& lane) {
  if (!lane.subscription || lane.catching_up || lane.behind) return;
  const std::string until = to_rfc3339(lane.cursor);
  if (text_or(lane.subscription->body, "delivered_until") == until) return;
  const WallTime now = clock_.wall();
  if (!lane.keep_at) lane.keep_at = now.plus_ms(kKeepMs);
  if (*lane.keep_at > now) return;
  lane.keep_at.reset();
  store::RecordRow row = *lane.subscription;
  row.body["delivered_until"] = until;
  const Status kept = records_.update_record(row, row.revision);
  if (!kept) {  // changed or removed by somebody else, or not writable now
    reload_at_ = now.plus_ms(limits::kTriggerRetryMs);
    return;
  }
  ++row.revision;
  lane.subscription = std::move(row);
}

}  // namespace foehn::triggers
