// Time zones out of the system's database (tzdata, TZif files of RFC 8536). Parsed here because libstdc++ 12 has no
// zones and glibc's are one per process. Immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace foehn::triggers {

class Zone {
 public:
  // A stretch of time with one offset.
  struct Period {
    std::int64_t begin;   // seconds since the epoch, UTC; the smallest number: since ever
    std::int64_t end;     // first second after it; the largest number: for ever
    std::int64_t offset;  // seconds east of UTC
  };

  static std::shared_ptr<const Zone> utc();
  // By name: "Europe/Vienna". kInvalidArgument: no such zone, or no name at all; kIo: the file cannot be read.
  static Result<std::shared_ptr<const Zone>> load(std::string_view name);
  // Out of a file's bytes; kInvalidArgument when they are no TZif data.
  static Result<std::shared_ptr<const Zone>> parse(std::string_view bytes);

  Period at(std::int64_t utc) const;

 private:
  std::vector<Period> periods_;  // without gaps, from ever to ever
};

}  // namespace foehn::triggers
