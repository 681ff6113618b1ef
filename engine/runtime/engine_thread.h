// The one thread that drives an Engine: waits for events or the next deadline, pumps. Stops when destroyed.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "engine/base/log.h"
#include "engine/runtime/engine.h"

namespace foehn::runtime {

class EngineThread {
 public:
  // `on_fatal` is called once, from the thread, when the store can no longer be written or read.
  EngineThread(Engine& engine, const Clock& clock, Log& log, std::function<void(const Error&)> on_fatal);
  ~EngineThread();  // closes the engine, finishes the running pump, joins
  EngineThread(const EngineThread&) = delete;
  EngineThread& operator=(const EngineThread&) = delete;

 private:
  void run();
  Engine& engine_;
  const Clock& clock_;
  Log& log_;
  std::function<void(const Error&)> on_fatal_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace foehn::runtime
