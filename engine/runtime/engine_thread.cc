#include "engine/runtime/engine_thread.h"

#include <algorithm>
#include <utility>

#include "engine/base/limits.h"

namespace foehn::runtime {

EngineThread::EngineThread(Engine& engine, const Clock& clock, Log& log, std::function<void(const Error&)> on_fatal)
    : engine_(engine), clock_(clock), log_(log), on_fatal_(std::move(on_fatal)), thread_([this] { run(); }) {}

EngineThread::~EngineThread() {
  stop_.store(true);
  engine_.close();
  thread_.join();
}

void EngineThread::run() {
  while (!stop_.load()) {
    const PumpResult pumped = engine_.pump();
    if (const auto error = engine_.fatal()) {
      log_.error("engine_gives_up", {{"reason", error->message}});
      on_fatal_(*error);
      return;
    }
    if (pumped.more) continue;
    // Timers are wall time; short waits notice when that clock is set.
    std::int64_t wait_us = limits::kEngineWaitMsMax * 1000;
    if (const auto deadline = engine_.next_deadline()) {
      wait_us = std::clamp<std::int64_t>(deadline->us - clock_.wall().us, 0, wait_us);
    }
    if (wait_us > 0) engine_.wait(wait_us);
  }
  // Outcomes that have arrived are stored, so that the next start does not take their runs for lost; what else waits is
  // stored already. Nobody waits longer for a server to end than for one that crashed to come back.
  constexpr int kLastPumps = 1'000;
  constexpr std::int64_t kLastPumpsMs = 10'000;
  const MonoTime until = clock_.mono().plus_ms(kLastPumpsMs);
  for (int i = 0; i < kLastPumps && engine_.pump().more && clock_.mono() < until; ++i) {
  }
}

}  // namespace foehn::runtime
