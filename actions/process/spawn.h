// Starting a program under a guard. The server's side of its pipes.
#pragma once

#include <string>
#include <vector>

#include "actions/process/manifest.h"
#include "engine/base/result.h"

namespace foehn::actions {

// Owns a descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

struct Spawned {
  int guard = 0;  // process id, to be waited for
  Fd input, output, errors;  // non-blocking
  Fd control;                // socket to the guard
};

// kIo when the system refuses.
Result<Spawned> spawn(const std::vector<std::string>& guard, const Manifest& manifest, std::int64_t grace_ms);

}  // namespace foehn::actions
