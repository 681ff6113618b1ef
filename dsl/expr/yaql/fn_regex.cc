// Regular expressions, by RE2: linear time, so no look-around and no back-references.
#include <re2/re2.h>

#include "dsl/expr/yaql/tables.h"

namespace foehn::yaql {
namespace {

using expr::Ref;

std::unique_ptr<re2::RE2> compile(std::string_view pattern, bool ignore_case, bool multi_line, bool dot_all) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  std::string flags;
  if (ignore_case) flags += 'i';
  if (multi_line) flags += 'm';
  if (dot_all) flags += 's';
  const std::string text = (flags.empty() ? "" : "(?" + flags + ")") + std::string(pattern);
  return std::make_unique<re2::RE2>(text, options);
}

Datum make_pattern(Evaluation& evaluation, std::string_view pattern, bool ignore_case = false, bool multi_line = false,
                   bool dot_all = false) {
  auto compiled = compile(pattern, ignore_case, multi_line, dot_all);
  if (!compiled->ok())
    return evaluation.fail("invalid regular expression: " + compiled->error() +
                           " (look-around and back-references are not supported)");
  if (!evaluation.charge(1024 + pattern.size())) return Datum::failure();
  return Datum::of(new PatternObject(std::string(pattern), std::move(compiled)));
}

}  // namespace

PatternObject::PatternObject(std::string written, std::unique_ptr<re2::RE2> compiled)
    : written_(std::move(written)), compiled_(std::move(compiled)) {}
PatternObject::~PatternObject() = default;
std::string PatternObject::text() const { return "re.compile(" + to_python_repr(Value(written_)) + ")"; }

Datum matches(Evaluation& evaluation, const Datum& text, const Datum& pattern) {
  const Datum compiled = pattern.is_text() ? make_pattern(evaluation, pattern.text()) : pattern;
  if (compiled.failed() || !evaluation.step(1 + text.text().size() / 64)) return Datum::failure();
  const std::string_view subject = text.text();
  return Datum::boolean(re2::RE2::PartialMatch(re2::StringPiece(subject.data(), subject.size()),
                                               compiled.as<PatternObject>()->pattern()));
}

std::span<const Overload> regex_table() { return {}; }

}  // namespace foehn::yaql
