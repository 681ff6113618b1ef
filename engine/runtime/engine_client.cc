#include "engine/runtime/engine_client.h"

#include <future>
#include <memory>
#include <utility>

namespace foehn::runtime {
namespace {

class Waiter {
 public:
  Waiter() : promise_(std::make_shared<std::promise<Result<Answer>>>()), future_(promise_->get_future()) {}
  Reply reply() const {
    return [promise = promise_](Result<Answer> answer) { promise->set_value(std::move(answer)); };
  }
  Result<Answer> wait() { return future_.get(); }

 private:
  std::shared_ptr<std::promise<Result<Answer>>> promise_;
  std::future<Result<Answer>> future_;
};

}  // namespace

Result<Answer> EngineClient::start(StartRequest request) {
  Waiter waiter;
  engine_.start(std::move(request), waiter.reply());
  return waiter.wait();
}

Result<Answer> EngineClient::start_action(core::StartAction request) {
  Waiter waiter;
  engine_.start_action(std::move(request), waiter.reply());
  return waiter.wait();
}

Result<Answer> EngineClient::submit(ExecutionId execution_id, core::Event event) {
  Waiter waiter;
  engine_.submit(execution_id, std::move(event), waiter.reply());
  return waiter.wait();
}

Status EngineClient::remove(ExecutionId execution_id, bool force) {
  Waiter waiter;
  engine_.remove(execution_id, force, waiter.reply());
  FOEHN_TRY(const Answer answer, waiter.wait());
  static_cast<void>(answer);
  return {};
}

}  // namespace foehn::runtime
