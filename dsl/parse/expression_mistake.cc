#include "dsl/parse/expression_mistake.h"

#include "dsl/expr/jinja/parser.h"
#include "dsl/expr/parts.h"
#include "dsl/expr/yaql/parser.h"
#include "engine/base/limits.h"

namespace foehn::dsl {
namespace {

std::optional<std::size_t> in_yaql(std::string_view text) {
  for (const expr::Part& part : expr::split_yaql(text)) {
    if (!part.expression) continue;
    const std::string_view shown = part.inner.empty() ? part.text : part.inner;
    const auto begin = static_cast<std::size_t>(shown.data() - text.data());
    if (part.inner.size() > limits::kExpressionTextMax) return begin;
    const auto parsed = yaql::parse(part.inner);
    if (!parsed) return begin + parsed.error().offset;
  }
  return std::nullopt;
}

std::optional<std::size_t> in_jinja(std::string_view text) {
  if (text.size() > limits::kExpressionTextMax) return 0;
  const std::string_view whole = expr::whole_jinja(text);
  const auto parsed = whole.empty() ? jinja::parse_template(text) : jinja::parse_expression(whole);
  if (parsed) return std::nullopt;
  return (whole.empty() ? 0 : 2) + parsed.error().offset;
}

}  // namespace

std::optional<std::size_t> find_mistake(std::string_view text) {
  switch (expr::language_of(text)) {
    case expr::Language::kNone: return std::nullopt;
    case expr::Language::kBoth: return 0;
    case expr::Language::kYaql: return in_yaql(text);
    case expr::Language::kJinja: return in_jinja(text);
  }
  return std::nullopt;
}

}  // namespace foehn::dsl
