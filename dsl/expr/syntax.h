// What the two parsers report.
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace foehn::expr {

// `offset` is a byte position in the expression's text.
struct SyntaxError {
  std::string message;
  std::size_t offset = 0;
};

template <class T>
using Parsed = tl::expected<T, SyntaxError>;

inline tl::unexpected<SyntaxError> syntax_error(std::string message, std::size_t offset) {
  return tl::unexpected<SyntaxError>(SyntaxError{std::move(message), offset});
}

}  // namespace foehn::expr
