// Jinja2 text → tokens, with trim_blocks and lstrip_blocks on, as Mistral sets them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/expr/syntax.h"
#include "engine/base/value.h"

namespace foehn::jinja {

enum class TokenKind { kText, kPrintBegin, kPrintEnd, kBlockBegin, kBlockEnd, kName, kNumber, kString, kSymbol, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  // data, name, contents of a string, the symbol
  Value number;      // kNumber
  std::size_t offset = 0;
};

// A whole template, or with `expression` the inside of `{{ }}` alone.
expr::Parsed<std::vector<Token>> tokenize(std::string_view text, bool expression);

}  // namespace foehn::jinja
