#include "workflows/triggers/triggers.h"

#include <utility>

#include "workflows/triggers/cron_service.h"
#include "workflows/triggers/notifier.h"
#include "workflows/triggers/worker.h"

namespace foehn::triggers {

struct Triggers::Parts {
  Parts(ExpiryOptions expiry_options, std::vector<Publisher> everywhere, const Needs& given)
      : needs(given),
        start([&engine = needs.engine](runtime::StartRequest request) -> Result<bool> {
          FOEHN_TRY(const runtime::Answer answer, engine.start(std::move(request)));
          return answer.existed;
        }),
        cron(needs.catalog, start, needs.clock, needs.log),
        events(needs.catalog, start, needs.log),
        notifier(NotifierOptions{.everywhere = std::move(everywhere)}, needs.query, needs.catalog, needs.http,
                 needs.clock, needs.log),
        expiry(std::move(expiry_options), needs.query,
               [&engine = needs.engine](ExecutionId id) { return engine.remove(id, false); }, needs.clock, needs.log) {}

  const Needs needs;
  Starter start;
  CronService cron;
  EventService events;
  Notifier notifier;
  ExpiryService expiry;
  std::unique_ptr<Worker> cron_worker, notify_worker, expiry_worker;
};

Triggers::Triggers(ExpiryOptions expiry, std::vector<Publisher> everywhere, const Needs& needs)
    : parts_(std::make_unique<Parts>(std::move(expiry), std::move(everywhere), needs)) {}

Triggers::~Triggers() {
  parts_->cron_worker.reset();
  parts_->expiry_worker.reset();
  parts_->notifier.set_wake(nullptr);
  parts_->notify_worker.reset();
}

void Triggers::start() {
  Parts& parts = *parts_;
  const Clock& clock = parts.needs.clock;
  parts.notify_worker = std::make_unique<Worker>(clock, [&parts] { return parts.notifier.work(); });
  parts.notifier.set_wake([worker = parts.notify_worker.get()] { worker->wake(); });
  parts.cron_worker = std::make_unique<Worker>(clock, [&parts] { return parts.cron.run_due(); });
  parts.expiry_worker = std::make_unique<Worker>(clock, [&parts] { return parts.expiry.run(); });
}

ports::NotifyPort& Triggers::notify_port() { return parts_->notifier; }

void Triggers::hold_cron(bool held) {
  parts_->cron.hold(held);
  if (!held) cron_changed();
}

void Triggers::cron_changed() {
  if (parts_->cron_worker) parts_->cron_worker->wake();
}

void Triggers::subscriptions_changed() { parts_->notifier.subscriptions_changed(); }

Result<std::vector<Fired>> Triggers::take(const CloudEvent& event, std::string_view project_id) {
  return parts_->events.take(event, project_id);
}

}  // namespace foehn::triggers
