// Python's regular expressions → RE2's: what is written differently in the two.
#pragma once

#include <string>
#include <string_view>

namespace foehn::yaql {

// \w \d \s know all of Unicode, \Z is \z, \uXXXX is a character, {,n} is {0,n}.
std::string to_re2(std::string_view pattern);

}  // namespace foehn::yaql
