// Where an evaluation failed, for people: a few words for the end of the message, and two lines that show the source
// and point at the place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "engine/base/result.h"

namespace foehn::expr {

// Why an evaluation failed. Of a used-up budget, the place is where it ran out.
struct Failure {
  Error error;
  std::string place;  // ", at column 5" or ", at line 2, column 5"; columns count code points
  std::string caret;  // "\n  1 + $.a\n    ^"
};

using Evaluated = tl::expected<Value, Failure>;

// `offset`: a byte position in `source`; `blanks` leading bytes of the source are not shown to people.
Failure failure_at(Error error, std::string_view source, std::size_t offset, std::size_t blanks = 0);

// The two lines at the end of a message that show a place, with the line break before them; else an empty view.
std::string_view caret_of(std::string_view message);

}  // namespace foehn::expr
