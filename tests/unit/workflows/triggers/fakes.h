// A clock that is set by hand, a starter that remembers, records that refuse once, a client that holds replies.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "actions/net/http/client.h"
#include "engine/base/clock.h"
#include "engine/store/mem/mem_store.h"
#include "workflows/triggers/starter.h"

namespace foehn::triggers::test {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(const char* now) { set(now); }
  WallTime wall() const override { return now_; }
  MonoTime mono() const override { return {now_.us}; }
  void set(const char* now) { now_ = *parse_time(now); }
  void add_ms(std::int64_t ms) { now_ = now_.plus_ms(ms); }

 private:
  WallTime now_;
};

// As the engine: an id that was started exists.
class FakeStarter {
 public:
  Starter starter() {
    return [this](runtime::StartRequest request) -> Result<bool> {
      if (refusal) return fail(*refusal);
      for (const auto& known : started)
        if (known.id == request.id) return true;
      started.push_back(std::move(request));
      return false;
    };
  }
  std::vector<runtime::StartRequest> started;
  std::optional<Error> refusal;
};

// The memory store, whose next write of a record can fail as in a crash before it.
class CrashingRecords final : public store::Records {
 public:
  Status create_record(const store::RecordRow& row) override { return store.create_record(row); }
  Status update_record(const store::RecordRow& row, std::uint64_t expected) override {
    if (std::exchange(crash, false)) return fail(ErrorCode::kIo, "the machine stopped");
    return store.update_record(row, expected);
  }
  Status remove_record(std::string_view kind, store::RecordId id) override {
    if (std::exchange(crash, false)) return fail(ErrorCode::kIo, "the machine stopped");
    return store.remove_record(kind, id);
  }
  Result<std::optional<store::RecordRow>> record(std::string_view kind, store::RecordId id) override {
    return store.record(kind, id);
  }
  Result<std::optional<store::RecordRow>> record_for(std::string_view project, std::string_view kind,
                                                     std::string_view name, std::string_view space) override {
    return store.record_for(project, kind, name, space);
  }
  Result<store::Page<store::RecordRow>> records(std::string_view kind, const store::ListQuery& query) override {
    return store.records(kind, query);
  }
  store::MemStore store;
  bool crash = false;
};

class HeldHttp final : public net::HttpClient {
 public:
  net::HttpRequestId send(net::HttpRequest request, net::HttpDone done) override {
    sent.push_back({std::move(request), std::move(done)});
    return sent.size();
  }
  void cancel(net::HttpRequestId) override {}
  // Answers the oldest request that waits; its body.
  std::string answer(int status) {
    auto [request, done] = std::move(sent.front());
    sent.pop_front();
    net::HttpResponse response;
    response.status = status;
    done(std::move(response));
    return request.body.value_or("");
  }
  std::deque<std::pair<net::HttpRequest, net::HttpDone>> sent;
};

}  // namespace foehn::triggers::test
