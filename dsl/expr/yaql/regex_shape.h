// How far RE2 may have to read beyond a match before it knows that it is the one: what finding all matches of a pattern
// costs. Read off the pattern's text; where that cannot tell, the answer is the dear one.
#pragma once

#include <cstddef>
#include <string_view>

namespace foehn::yaql {

struct Shape {
  // A row of characters, classes and groups of bounded length in which only single characters and classes are repeated
  // without an end. Text that was read in vain behind a match then has few matches of its own, so that all of it is
  // read a few times only: beyond one match, about `loops` times what the match took and `ahead` bytes.
  // Not so `a(.*x)?`, which reads on to the end at each a.
  bool steady = true;
  std::size_t loops = 0;  // repetitions without an end
  std::size_t ahead = 0;  // bytes that bounded parts may take behind the first choice
  bool within_line = true;  // no match contains a line break
};

// `pattern`: one that RE2 accepts, with the flags it begins with.
Shape shape_of(std::string_view pattern);

}  // namespace foehn::yaql
