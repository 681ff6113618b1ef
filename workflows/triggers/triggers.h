// Triggers: the services of this folder with their threads, as the composition root makes them and the API uses them.
// Any thread. Destroyed before what it refers to, and after the engine has stopped telling it of transitions.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "actions/net/http/client.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/ports/notify_port.h"
#include "engine/runtime/engine_client.h"
#include "engine/store/catalog.h"
#include "engine/store/query.h"
#include "workflows/triggers/event_service.h"
#include "workflows/triggers/expiry_service.h"
#include "workflows/triggers/notification.h"

namespace foehn::triggers {

class Triggers {
 public:
  struct Needs {
    runtime::EngineClient& engine;
    store::Catalog& catalog;
    store::Query& query;
    net::HttpClient& http;
    const Clock& clock;
    Log& log;
  };
  // `everywhere`: webhooks of the operator, told of all executions.
  Triggers(ExpiryOptions expiry, std::vector<Publisher> everywhere, const Needs& needs);
  ~Triggers();
  Triggers(const Triggers&) = delete;
  Triggers& operator=(const Triggers&) = delete;

  // Begins to fire and to deliver. Before, transitions are only collected.
  void start();
  ports::NotifyPort& notify_port();

  // During maintenance cron triggers do not fire; afterwards each that was due does once. Also before start().
  void hold_cron(bool held);
  // Somebody has made or removed one.
  void cron_changed();
  void subscriptions_changed();
  // EventService::take().
  Result<std::vector<Fired>> take(const CloudEvent& event, std::string_view project_id);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace foehn::triggers
