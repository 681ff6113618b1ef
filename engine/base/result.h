// Result<T>: a value or an Error. FOEHN_TRY(name, expression) unwraps or returns the error.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "engine/base/error.h"

namespace foehn {

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace foehn

#define FOEHN_CONCAT_INNER(a, b) a##b
#define FOEHN_CONCAT(a, b) FOEHN_CONCAT_INNER(a, b)
// FOEHN_TRY(auto x, f()): x = *f() or return its error. FOEHN_CHECK_OK(f()): the same for Status.
#define FOEHN_TRY(declaration, expression) FOEHN_TRY_INNER(FOEHN_CONCAT(try_, __LINE__), declaration, expression)
#define FOEHN_TRY_INNER(temporary, declaration, expression)              \
  auto temporary = (expression);                                         \
  if (!temporary) return ::tl::unexpected(std::move(temporary).error()); \
  declaration = std::move(*temporary)
#define FOEHN_CHECK_OK(expression)                              \
  do {                                                          \
    auto status_ = (expression);                                \
    if (!status_) return ::tl::unexpected(std::move(status_).error()); \
  } while (false)
