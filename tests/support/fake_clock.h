// A clock that stands still until it is told to move. One thread.
#pragma once

#include "engine/base/clock.h"

namespace foehn::testing {

class FakeClock final : public Clock {
 public:
  WallTime wall() const override { return wall_; }
  MonoTime mono() const override { return mono_; }
  void advance_ms(std::int64_t ms) { advance_us(ms * 1000); }
  void advance_us(std::int64_t us) {
    wall_.us += us;
    mono_.us += us;
  }
  // Somebody sets the wall clock; intervals are not affected.
  void set_wall(WallTime wall) { wall_ = wall; }

 private:
  WallTime wall_{1'790'000'000'000'000};  // 2026-09
  MonoTime mono_{1'000'000};
};

}  // namespace foehn::testing
