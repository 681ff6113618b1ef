#include "engine/runtime/engine.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "engine/base/batch_queue.h"
#include "engine/base/sync.h"
#include "engine/runtime/committer.h"
#include "engine/runtime/dispatcher.h"
#include "engine/runtime/parts.h"
#include "engine/runtime/recovery.h"
#include "engine/runtime/remover.h"
#include "engine/runtime/step_runner.h"

namespace foehn::runtime {
namespace {

Error closing() { return {ErrorCode::kUnavailable, "The engine is shutting down"}; }

}  // namespace

struct Engine::Impl {
  Impl(EngineOptions options, const Clock& clock, store::Store& store, store::Catalog& catalog, store::Query& query,
       ports::ActionPort& actions, const dsl::ActionCatalog& action_catalog, ports::NotifyPort& notify, Log& log)
      : parts(options, clock, store, catalog, query, actions, action_catalog, log),
        steps(parts),
        committer(parts),
        dispatcher(parts, notify),
        remover(parts, dispatcher),
        queue(options.inbox_max) {}

  PumpResult pump();
  void take_input();
  void accept(ItemPtr item, bool refuse_requests);
  void step_all(Batch& batch);
  bool more(const Batch& batch) const;
  void push(ItemPtr item);
  void publish_stats();

  EngineParts parts;
  StepRunner steps;
  Committer committer;
  Dispatcher dispatcher;
  Remover remover;
  BatchQueue<ItemPtr> queue;
  std::vector<ItemPtr> local;          // outcomes that actions gave while they were being started
  Guarded<std::vector<ItemPtr>> late;  // outcomes that came after close()
  std::atomic<bool> closed{false};
  std::atomic<std::thread::id> engine_thread{};
  std::atomic<std::int64_t> waiting_since_us{0};  // when the oldest item of `queue` came; 0 = it was just taken
  std::atomic<std::int64_t> ready_since_us{0};    // since when `ready` has not been empty; 0 = it is
  Guarded<EngineStats> published;
};

// The whole life of the engine: take → step → commit → act → answer.
PumpResult Engine::Impl::pump() {
  engine_thread.store(std::this_thread::get_id());
  take_input();
  PumpResult result;
  if (committer.pause_ms() > 0) return result;
  Batch batch;
  step_all(batch);
  result.stepped = batch.steps;
  result.committed = committer.commit(batch);
  remover.run(batch);
  dispatcher.run(batch);
  dispatcher.answer(batch);
  parts.table.evict();
  result.more = more(batch);
  publish_stats();
  return result;
}

// Work, due timers and ready runs take turns, so that none of them starves the others; the bounds keep a pump short.
void Engine::Impl::step_all(Batch& batch) {
  if (const Status read = parts.timers.refill(); !read) batch.store_error = read.error();
  if (parts.inbox_left && parts.work.empty() && !batch.store_error) {
    if (const Status read = ask_for_inbox(parts); !read) batch.store_error = read.error();
  }
  const WallTime now = parts.clock.wall();
  parts.ready.begin();
  std::size_t turns = 0;
  bool busy = true;
  while (busy && turns++ < parts.options.pump_events_max && batch.steps < parts.options.pump_events_max &&
         batch.bytes < parts.options.pump_bytes_max) {
    busy = !batch.store_error && steps.step_work(batch);
    if (!closed.load()) {  // else nothing is begun any more; timers are rows
      busy = (!batch.store_error && steps.step_timer(batch, now)) || busy;
      busy = (!batch.store_error && steps.admit_one(batch)) || busy;
    }
    if (batch.store_error) break;
  }
  batch.cut_short = busy;
  parts.stats.events += batch.steps;
}

void Engine::Impl::take_input() {
  if (closed.load()) parts.work.prefer_outcomes();
  for (ItemPtr& item : std::exchange(local, {})) accept(std::move(item), false);
  late.with([&](std::vector<ItemPtr>& items) {
    for (ItemPtr& item : std::exchange(items, {})) accept(std::move(item), false);
  });
  if (parts.work.size() >= parts.options.inbox_max) return;
  const bool refuse = committer.pause_ms() > 0;
  waiting_since_us = 0;
  for (ItemPtr& item : queue.take()) accept(std::move(item), refuse);
}

void Engine::Impl::accept(ItemPtr item, bool refuse_requests) {
  if (item->reply && refuse_requests) {
    item->reply(fail(committer.reason()));
    return;
  }
  if (item->keep) {
    const auto& finished = std::get<core::ActionFinished>(std::get<core::Event>(item->what));
    if (const auto root = dispatcher.finished(finished.run_id, finished.attempt)) item->lane = *root;
  }
  parts.work.push(std::move(item));
}

bool Engine::Impl::more(const Batch& batch) const {
  if (committer.pause_ms() > 0) return false;
  if (batch.cut_short || !parts.work.empty() || !local.empty() || queue.size() > 0) return true;
  if (closed.load()) return false;
  const auto due = parts.timers.next();
  return due && *due <= parts.clock.wall();
}

void Engine::Impl::push(ItemPtr item) {
  const Reply reply = item->reply;
  std::int64_t none = 0;
  if (waiting_since_us.load() == 0) waiting_since_us.compare_exchange_strong(none, parts.clock.mono().us);
  if (queue.push(std::move(item))) return;
  if (reply) return reply(fail(closing()));
  late.with([&](std::vector<ItemPtr>& items) { items.push_back(std::move(item)); });
}

void Engine::Impl::publish_stats() {
  parts.stats.resident = parts.table.size();
  parts.stats.ready = parts.ready.size();
  parts.stats.in_flight = dispatcher.in_flight();
  parts.stats.inbox = parts.work.size();
  if (parts.stats.ready == 0) {
    ready_since_us = 0;
  } else if (ready_since_us == 0) {
    ready_since_us = parts.clock.mono().us;
  }
  published.with([&](EngineStats& stats) { stats = parts.stats; });
}

void CommitLatency::add(std::int64_t us) {
  const auto bound = std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), us);
  ++counts[static_cast<std::size_t>(bound - kBoundsUs.begin())];
  sum_us += static_cast<std::uint64_t>(us);
}

Engine::Engine(EngineOptions options, const Clock& clock, store::Store& store, store::Catalog& catalog,
               store::Query& query, ports::ActionPort& actions, const dsl::ActionCatalog& action_catalog,
               ports::NotifyPort& notify, Log& log)
    : impl_(std::make_unique<Impl>(options, clock, store, catalog, query, actions, action_catalog, notify, log)) {}

Engine::~Engine() {
  close();
  for (const ItemPtr& item : impl_->parts.work.take_all()) {
    if (item->reply) item->reply(fail(closing()));
  }
}

void Engine::start(StartRequest request, Reply reply) {
  auto item = std::make_unique<Item>();
  if (!request.id) request.id = ExecutionId::random();
  item->execution_id = *request.id;
  item->what = std::move(request);
  item->reply = std::move(reply);
  impl_->push(std::move(item));
}

void Engine::start_action(core::StartAction request, Reply reply) {
  auto item = std::make_unique<Item>();
  item->execution_id = request.id;
  item->what = std::move(request);
  item->reply = std::move(reply);
  impl_->push(std::move(item));
}

void Engine::submit(ExecutionId execution_id, core::Event event, Reply reply) {
  auto item = std::make_unique<Item>();
  item->execution_id = execution_id;
  item->what = std::move(event);
  item->reply = std::move(reply);
  impl_->push(std::move(item));
}

void Engine::remove(ExecutionId execution_id, bool force, Reply reply) {
  auto item = std::make_unique<Item>();
  item->execution_id = execution_id;
  item->what = RemoveRequest{force};
  item->reply = std::move(reply);
  impl_->push(std::move(item));
}

void Engine::action_finished(ExecutionId execution_id, ActionRunId run_id, std::uint32_t attempt,
                             core::ActionOutcome outcome) {
  auto item = std::make_unique<Item>();
  item->execution_id = execution_id;
  item->what = core::Event(core::ActionFinished{run_id, attempt, std::move(outcome)});
  item->keep = true;
  if (std::this_thread::get_id() == impl_->engine_thread.load()) {
    // From inside ActionPort::start(): the queue may be full, and we are the one who empties it.
    impl_->local.push_back(std::move(item));
  } else if (impl_->closed.load()) {
    impl_->late.with([&](std::vector<ItemPtr>& items) { items.push_back(std::move(item)); });
  } else {
    impl_->push(std::move(item));
  }
}

Status Engine::recover() {
  impl_->engine_thread.store(std::this_thread::get_id());
  const Status recovered = runtime::recover(impl_->parts);
  impl_->publish_stats();
  return recovered;
}

PumpResult Engine::pump() { return impl_->pump(); }

std::optional<WallTime> Engine::next_deadline() {
  const std::int64_t pause = impl_->committer.pause_ms();
  if (pause > 0) return impl_->parts.clock.wall().plus_ms(pause);
  return impl_->parts.timers.next();
}

bool Engine::idle() const {
  return impl_->queue.size() == 0 && impl_->local.empty() && impl_->parts.work.empty() &&
         impl_->parts.ready.size() == 0 && impl_->dispatcher.in_flight() == 0 && !impl_->parts.inbox_left;
}

bool Engine::wait(std::int64_t max_us) {
  return !impl_->local.empty() || impl_->queue.wait_for(std::chrono::microseconds(max_us));
}

std::optional<Error> Engine::fatal() const { return impl_->committer.fatal(); }

void Engine::close() {
  impl_->closed.store(true);
  impl_->queue.close();
  for (ItemPtr& item : impl_->queue.take()) {
    if (item->reply) {
      item->reply(fail(closing()));
    } else {
      impl_->late.with([&](std::vector<ItemPtr>& items) { items.push_back(std::move(item)); });
    }
  }
}

void Engine::wake() { impl_->queue.wake(); }

EngineStats Engine::stats() const {
  EngineStats stats = impl_->published.with([](const EngineStats& published) { return published; });
  const std::int64_t now = impl_->parts.clock.mono().us;
  const std::size_t untaken = impl_->queue.size();
  stats.inbox += untaken;
  const std::int64_t waiting = impl_->waiting_since_us, ready = impl_->ready_since_us;
  if (waiting != 0 && untaken > 0) stats.inbox_age_us = now - waiting;
  if (ready != 0) stats.ready_age_us = now - ready;
  return stats;
}

}  // namespace foehn::runtime
