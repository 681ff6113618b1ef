// --output-file: standard output goes to a file. It is written beside its place and moved there when the command is
// done, so that what was there is not lost to a command that fails before it has printed anything. Main thread.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace foehn::cli {

class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // From now on all that is printed goes there; "" = nothing changes. A pipe or a device is written to as it is.
  // kInvalidArgument: it cannot be written.
  Status open(const std::string& path);
  // Puts the file in its place; after a failure only if something was printed. kInternal: it could not be written
  // whole, for example because the disk is full.
  Status close(bool succeeded);

 private:
  std::string path_;
  std::string partial_;  // "" = written in place
};

}  // namespace foehn::cli
