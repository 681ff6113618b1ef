// Broken invariants end the process, in release too: recovery from the store is cheap, wrong state is not.
#pragma once

namespace foehn {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}

#define FOEHN_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::foehn::check_failed(#condition, __FILE__, __LINE__))
#define FOEHN_UNREACHABLE() ::foehn::check_failed("unreachable", __FILE__, __LINE__)
