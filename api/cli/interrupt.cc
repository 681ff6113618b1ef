#include "api/cli/interrupt.h"

#include <signal.h>

namespace foehn::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;
void on_interrupt(int) { interrupted = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  interrupted = 0;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  ::sigaction(SIGINT, &action, &old_);
}

InterruptGuard::~InterruptGuard() {
  ::sigaction(SIGINT, &old_, nullptr);
  interrupted = 0;
}

bool is_interrupted() { return interrupted != 0; }

}  // namespace foehn::cli
