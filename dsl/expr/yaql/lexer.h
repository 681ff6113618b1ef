// YAQL text → tokens. Follows the token rules of yaql 2.0 (yaql/language/lexer.py): a name directly followed by `(` is
// one token, numbers have no exponent, names may not begin with two underscores.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/expr/syntax.h"
#include "engine/base/value.h"

namespace foehn::yaql {

enum class TokenKind { kName, kFunction, kVariable, kNumber, kText, kSymbol, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string
      text;      // name without `(` or `$`, contents of a string, the symbol, `and` `or` `not` `in` `mod` as symbols
  Value number;  // kNumber
  std::size_t offset = 0;
};

expr::Parsed<std::vector<Token>> tokenize(std::string_view text);

}  // namespace foehn::yaql
