// A file compiled into the binary (see foehn_embed() in build.cmake). Immutable, any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace foehn {

struct EmbeddedFile {
  const char* name;   // path relative to the embedded folder
  const char* begin;
  const char* end;
  std::string_view text() const { return {begin, static_cast<std::size_t>(end - begin)}; }
};

}  // namespace foehn
