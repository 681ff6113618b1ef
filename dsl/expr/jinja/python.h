// Python's operations on values, as Jinja2's generated code uses them: truth, equality, order, iteration, attributes,
// items, texts. Failures are recorded in the Evaluation; functions then give the failed datum, false or nullopt.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dsl/expr/jinja/ast.h"
#include "dsl/expr/jinja/objects.h"

namespace foehn::jinja {

bool is_undefined(const Datum& datum);
Datum undefined(Evaluation& evaluation, std::string reason);
// False, and failed, when `datum` is undefined or failed.
bool usable(Evaluation& evaluation, const Datum& datum);

// Charges for looking at all of a text, so that a million looks at a megabyte end.
bool scan(Evaluation& evaluation, std::size_t bytes);
bool scan(Evaluation& evaluation, const Datum& datum);

std::optional<bool> truth(Evaluation& evaluation, const Datum& datum);
std::optional<bool> equals(Evaluation& evaluation, const Datum& left, const Datum& right);
// Inside containers Python asks for identity first.
std::optional<bool> same_or_equal(Evaluation& evaluation, const Datum& left, const Datum& right);
// left < right, <=, > or >=.
std::optional<bool> relate(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right);
std::optional<bool> contains(Evaluation& evaluation, const Datum& part, const Datum& whole);
// Whether the value may be a key; fails when not.
bool hashable(Evaluation& evaluation, const Datum& datum);
// len(); fails when the value has none.
std::optional<std::size_t> length_of(Evaluation& evaluation, const Datum& datum);
bool has_length(const Datum& datum);

bool is_tuple(const Datum& datum);
bool is_list(const Datum& datum);
// An integer or boolean, as an index or a count may be.
bool as_index(const Datum& datum, std::int64_t& out);
// Marked as safe HTML (Markup).
bool is_markup(const Datum& datum);

// iter(): texts give their characters, dicts their keys.
class Iterator {
 public:
  Iterator(Evaluation& evaluation, Datum collection);
  // False at the end or when the evaluation failed (also when the value cannot be iterated over).
  bool next(Datum& item);

 private:
  bool next_of(GeneratorObject& generator, Datum& item);
  Evaluation& evaluation_;
  const Datum collection_;
  std::size_t position_ = 0;
  enum class Way : std::uint8_t { kNone, kText, kList, kDict, kRange, kView, kGenerator } way_ = Way::kNone;
};
bool is_iterable(const Datum& datum);
// All items; false when failed.
bool iterate(Evaluation& evaluation, const Datum& collection, std::vector<Datum>& out);

// receiver.name and receiver[key] as Jinja2's sandbox resolves them. `literal`: name or key stand in the template, so a
// message may show it.
Datum attribute(Evaluation& evaluation, const Datum& receiver, const std::string& name, bool literal = true);
Datum item(Evaluation& evaluation, const Datum& receiver, const Datum& key, bool literal = false);
// receiver[start:stop:step]; null bounds are absent.
Datum slice(Evaluation& evaluation, const Datum& receiver, const Datum (&bounds)[3]);
// receiver.a.b.0 as map(attribute=…) and sort(attribute=…) write it, read once for many receivers. `literal` as above,
// also where the path itself is a literal.
class AttributePath {
 public:
  AttributePath(Evaluation& evaluation, const Datum& written, bool literal = false);
  // `fallback` stands for what is undefined, unless it is null.
  Datum of(const Datum& receiver, const Datum* fallback = nullptr) const;

 private:
  Evaluation& evaluation_;
  std::vector<Datum> parts_;
  const bool literal_;
};

// Python's repr() and str(); str() of a strict undefined value fails.
void append_python_repr(Evaluation& evaluation, const Datum& datum, std::string& out);
std::string python_repr(Evaluation& evaluation, const Datum& datum);
std::string python_str(Evaluation& evaluation, const Datum& datum);
bool append_str(Evaluation& evaluation, const Datum& datum, std::string& out);
// What leaves the evaluation: JSON; ranges, views and generators become lists.
Result<Value> to_result(Evaluation& evaluation, const Datum& datum);
// json.dumps(value, sort_keys=True, indent=…); `indent` < 0: one line.
bool append_json(Evaluation& evaluation, const Datum& datum, std::int64_t indent, std::string& out);

// + - ~ * / // % ** on two usable values; - + on one.
Datum arithmetic(Evaluation& evaluation, Operator op, const Datum& left, const Datum& right);
Datum negate(Evaluation& evaluation, Operator op, const Datum& operand);

Datum text_of(Evaluation& evaluation, std::string_view text);
// A text of the same kind (plain or Markup) as `like`.
Datum text_like(Evaluation& evaluation, const Datum& like, std::string text);
Datum markup(Evaluation& evaluation, std::string text);
// str.splitlines(), and how many lines that gives at most.
std::size_t line_ends_max(std::string_view text);
std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends);
std::string escape_html(std::string_view text);
// The same within the budget; check Evaluation::failed().
std::string escaped(Evaluation& evaluation, std::string_view text);
Datum tuple(Evaluation& evaluation, std::vector<Datum> items);
// Puts `value` under `key`; false when failed.
bool put(Evaluation& evaluation, expr::DictObject& dict, const Datum& key, const Datum& value);

}  // namespace foehn::jinja
