// From a position inside the text of a scalar to its place in the source: through indentation, folded lines, quotes and
// escapes. For diagnostics only, so it walks the scalar anew each time. Borrows the source; one thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "dsl/yaml/node.h"

namespace foehn::dsl {

class SourceMap {
 public:
  explicit SourceMap(std::string_view source);

  // The place of byte `offset` of `scalar.text`; of the end of the text when it is larger. A blank that folding moved
  // to another line has the place behind the word before it. {0,0} when the scalar does not stem from the source.
  Mark place(const YamlNode& scalar, std::size_t offset);

 private:
  void index_lines();
  std::size_t offset_of(Mark mark) const;
  Mark mark_of(std::size_t at) const;

  std::string_view source_;
  std::vector<std::size_t> lines_;  // where each line begins; filled at the first question
};

}  // namespace foehn::dsl
