// One process per data directory.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"

namespace foehn::store {

// Makes the directory if need be and keeps others out of it while it exists.
class DirectoryLock {
 public:
  // kIo "data directory … is not writable: …"; kConflict "data directory … is in use by process N".
  static Result<std::unique_ptr<DirectoryLock>> take(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_;
};

}  // namespace foehn::store
