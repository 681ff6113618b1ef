// Fakes of the outside for tests of actions: they keep every call and answer when told to.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "actions/action.h"
#include "actions/net/http/client.h"
#include "actions/net/ssh/client.h"
#include "actions/script_source.h"
#include "actions/secrets.h"

namespace foehn::testing {

class FakeHttp final : public net::HttpClient {
 public:
  net::HttpRequestId send(net::HttpRequest request, net::HttpDone done) override {
    requests.push_back(std::move(request));
    pending[++last_id] = std::move(done);
    return last_id;
  }
  void cancel(net::HttpRequestId id) override { answer(id, fail(ErrorCode::kCancelled, "the request was cancelled")); }
  void answer(net::HttpRequestId id, Result<net::HttpResponse> response) {
    const auto found = pending.find(id);
    if (found == pending.end()) return;
    const auto done = std::move(found->second);
    pending.erase(found);
    done(std::move(response));
  }
  std::vector<net::HttpRequest> requests;
  std::map<net::HttpRequestId, net::HttpDone> pending;
  net::HttpRequestId last_id = 0;
};

class FakeSsh final : public net::SshClient {
 public:
  struct Call {
    net::SshTarget target;
    net::SshCommand command;
    net::SshCallbacks callbacks;
    bool answered = false;
  };
  net::SshRequestId exec(net::SshTarget target, net::SshCommand command, net::SshCallbacks callbacks) override {
    calls.push_back({std::move(target), std::move(command), std::move(callbacks), false});
    return calls.size();
  }
  void cancel(net::SshRequestId id) override {
    fail_with(id - 1, net::SshErrorClass::kCancelled, net::SshPhase::kRun, "cancelled");
  }
  void answer(std::size_t index, net::SshOutcome outcome) {
    if (std::exchange(calls.at(index).answered, true)) return;
    calls[index].callbacks.done(std::move(outcome));
  }
  void answer(std::size_t index, int exit_code, std::string out = "", std::string err = "") {
    net::SshOutcome outcome;
    outcome.result.exit_code = exit_code;
    outcome.result.stdout_text = std::move(out);
    outcome.result.stderr_text = std::move(err);
    outcome.result.duration_ms = 1500;
    answer(index, std::move(outcome));
  }
  void fail_with(std::size_t index, net::SshErrorClass error_class, net::SshPhase phase, std::string detail) {
    net::SshOutcome outcome;
    const net::SshTarget& target = calls.at(index).target;
    outcome.failure = net::SshFailure{.error_class = error_class,
                                      .phase = phase,
                                      .host = target.host,
                                      .port = target.port,
                                      .user = target.user,
                                      .detail = std::move(detail)};
    answer(index, std::move(outcome));
  }
  std::deque<Call> calls;
};

class MemorySecrets final : public actions::SecretStore {
 public:
  Result<std::string> get(std::string_view name) const override {
    const auto found = values.find(name);
    if (found == values.end())
      return fail(ErrorCode::kNotFound, "there is no secret named '" + std::string(name) + "'");
    return found->second;
  }
  Status put(std::string_view name, std::string_view value) override {
    values[std::string(name)] = value;
    return {};
  }
  Status erase(std::string_view name) override {
    values.erase(std::string(name));
    return {};
  }
  std::map<std::string, std::string, std::less<>> values;
};

class MemoryScripts final : public actions::ScriptSource {
 public:
  Result<std::string> script(std::string_view name) const override {
    const auto found = texts.find(name);
    if (found == texts.end())
      return fail(ErrorCode::kNotFound, "there is no script file '" + std::string(name) + "' in the bundle");
    return found->second;
  }
  std::map<std::string, std::string, std::less<>> texts;
};

// Remembers the one outcome of a run.
struct Outcomes {
  actions::Done done() {
    return [this](actions::ActionOutcome outcome) { all.push_back(std::move(outcome)); };
  }
  const actions::ActionOutcome& only() const {
    static const actions::ActionOutcome none = actions::ActionOutcome::error("NO OUTCOME");
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? none : all.front();
  }
  std::vector<actions::ActionOutcome> all;
};

}  // namespace foehn::testing
