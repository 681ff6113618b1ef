#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace foehn {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "foehn: internal check failed: %s (%s:%d)\n", expression, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace foehn
