// Strings.
#include "dsl/expr/format.h"
#include "dsl/expr/text.h"
#include "dsl/expr/yaql/support.h"

namespace foehn::yaql {

std::string yaql_str(Evaluation& evaluation, const Datum& datum) {
  if (datum.is_null()) return "null";
  if (datum.kind() == Kind::kBoolean) return datum.boolean() ? "true" : "false";
  return expr::str(evaluation, datum);
}

namespace {

constexpr std::int64_t kEnd = INT64_MAX;

Datum make(const Call& call, std::string_view text) {
  return call.evaluation.affords(1, text.size()) ? call.evaluation.text(std::string(text)) : Datum::failure();
}

// An optional text argument that may be null.
const std::string_view* optional_text(const Call& call, std::size_t index, std::string_view& storage) {
  if (!call.has(index) || call[index].is_null()) return nullptr;
  storage = call[index].text();
  return &storage;
}

Datum fn_str(Call& call) { return call.evaluation.text(yaql_str(call.evaluation, call[0])); }
Datum fn_upper(Call& call) {
  if (!call.evaluation.affords(3, call[0].text().size())) return Datum::failure();
  return call.evaluation.text(expr::to_upper(call[0].text()));
}
Datum fn_lower(Call& call) {
  if (!call.evaluation.affords(3, call[0].text().size())) return Datum::failure();
  return call.evaluation.text(expr::to_lower(call[0].text()));
}

Datum fn_concat(Call& call) {
  if (call.rest.empty()) return call.fail("Ambiguous function \"concat\"");  // of strings or of lists?
  std::string out;
  for (const Datum& part : call.rest)
    if (!call.evaluation.append(out, part.text())) return Datum::failure();
  return call.evaluation.text(std::move(out));
}

Datum texts(Call& call, const std::vector<std::string_view>& parts, ListStyle style) {
  std::vector<Datum> out;
  for (const std::string_view part : parts) {
    if (!call.evaluation.step()) return Datum::failure();
    out.push_back(make(call, part));
    if (!call.evaluation.charge(expr::kItemBytes)) return Datum::failure();
  }
  return call.evaluation.failed() ? Datum::failure() : call.evaluation.list(std::move(out), style);
}

// A part of a text: in the list of parts while that grows, as a text of its own, and in the list of those.
constexpr std::size_t kPartBytes =
    3 * sizeof(std::string_view) + sizeof(expr::TextObject) + expr::kBlockBytes + expr::kItemBytes;

template <bool kRight>
Datum fn_split(Call& call) {
  std::string_view storage;
  const std::string_view* separator = optional_text(call, 1, storage);
  if (separator && separator->empty()) return call.fail("empty separator");
  if (!call.evaluation.affords(expr::parts_max(call[0].text(), separator), kPartBytes)) return Datum::failure();
  const std::int64_t max = call.integer_or(2, -1);
  return texts(call,
               kRight ? expr::split_right(call[0].text(), separator, max) : expr::split(call[0].text(), separator, max),
               ListStyle::kOther);
}

Datum join(Call& call, const Datum& sequence, const Datum& separator) {
  std::string out;
  Items items(call.evaluation, sequence);
  Datum item;
  for (bool first = true; items.next(item); first = false) {
    if (!first && !call.evaluation.append(out, separator.text())) return Datum::failure();
    if (item.is_text() ? !call.evaluation.append(out, item.text())
                       : !call.evaluation.append(out, yaql_str(call.evaluation, item)))
      return Datum::failure();
  }
  return call.evaluation.failed() ? Datum::failure() : call.evaluation.text(std::move(out));
}

Datum fn_join(Call& call) { return join(call, call[0], call[1]); }
Datum fn_join_by(Call& call) { return join(call, call[1], call[0]); }

template <expr::Ends kEnds>
Datum fn_trim(Call& call) {
  std::string_view storage;
  return make(call, expr::strip(call[0].text(), optional_text(call, 1, storage), kEnds));
}

Datum fn_norm(Call& call) {
  if (call[0].is_null()) return {};
  std::string_view storage;
  const std::string_view text = expr::strip(call[0].text(), optional_text(call, 1, storage), expr::Ends::kBoth);
  return text.empty() ? Datum() : make(call, text);
}

Datum fn_is_empty(Call& call) {
  if (call[0].is_null()) return Datum::boolean(true);
  std::string_view storage;
  std::string_view text = call[0].text();
  if (!call.has(1) || call.flag(1)) text = expr::strip(text, optional_text(call, 2, storage), expr::Ends::kBoth);
  return Datum::boolean(text.empty());
}

// Bounds the result of replacing before building it.
bool affords_replace(Call& call, std::string_view text, std::string_view from, std::string_view to) {
  return call.evaluation.affords(3, expr::replaced_bytes_max(text, from, to));
}

Datum fn_replace(Call& call) {
  if (!affords_replace(call, call[0].text(), call[1].text(), call[2].text())) return Datum::failure();
  return call.evaluation.text(expr::replace(call[0].text(), call[1].text(), call[2].text(), call.integer_or(3, -1)));
}

Datum fn_replace_dict(Call& call) {
  std::string text(call[0].text());
  Members members(call[1]);
  Datum key;
  Datum value;
  while (members.next(key, value)) {
    const std::string from = yaql_str(call.evaluation, key);
    const std::string to = yaql_str(call.evaluation, value);
    if (!call.evaluation.step() || !affords_replace(call, text, from, to)) return Datum::failure();
    text = expr::replace(text, from, to, call.integer_or(2, -1));
    if (!call.evaluation.charge(text.size())) return Datum::failure();
  }
  return call.evaluation.text(std::move(text));
}

Datum fn_format(Call& call) { return expr::format_text(call.evaluation, call[0], call.rest, call.keywords); }

Datum fn_substring(Call& call) {
  const expr::TextIndex& text = call.evaluation.index_of(call[0]);
  const auto size = static_cast<std::int64_t>(text.points());
  std::int64_t length = call.integer_or(2, -1);
  std::int64_t start = call[1].integer();
  if (length < 0) length = size;
  if (start < 0) start += size;
  // Python's slice again, with its own view of what is still negative.
  const std::int64_t end = start + std::min(length, size + std::abs(start));
  return make(call, text.slice(start, end));
}

template <bool kLast>
Datum fn_index_of(Call& call) {
  return Datum::integer(expr::find_text(call[0].text(), call[1].text(), call.integer_or(2, 0), kEnd, kLast));
}

template <bool kLast>
Datum fn_index_of_within(Call& call) {
  const auto size = static_cast<std::int64_t>(expr::count_points(call[0].text()));
  std::int64_t start = call[2].integer();
  std::int64_t length = call[3].integer();
  if (start < 0) start += size;
  if (length < 0) length = size - start;
  std::int64_t end = 0;
  if (__builtin_add_overflow(start, length, &end)) end = kEnd;
  return Datum::integer(expr::find_text(call[0].text(), call[1].text(), start, end, kLast));
}

Datum fn_to_char_array(Call& call) {
  if (!call.evaluation.affords(expr::count_points(call[0].text()), kPartBytes)) return Datum::failure();
  return texts(call, expr::points(call[0].text()), ListStyle::kContext);
}

Datum fn_characters(Call& call) {
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  constexpr std::string_view kSpace = " \t\n\r\v\f";
  const std::string letters = std::string(kLower) + std::string(kUpper);
  const std::string groups[] = {std::string(kDigits),
                                "0123456789abcdefABCDEF",
                                std::string(kLower),
                                std::string(kUpper),
                                letters,
                                letters,
                                "01234567",
                                std::string(kPunctuation),
                                std::string(kDigits) + letters + std::string(kPunctuation) + std::string(kSpace),
                                std::string(kLower),
                                std::string(kUpper),
                                std::string(kSpace)};
  std::string all;
  for (std::size_t i = 0; i < std::size(groups); ++i)
    if (call.flag(i))
      for (const char c : groups[i])
        if (all.find(c) == std::string::npos) all.push_back(c);
  return texts(call, expr::points(all), ListStyle::kContext);
}

template <bool kStart>
Datum fn_affix(Call& call) {
  for (const Datum& affix : call.rest)
    if (kStart ? call[0].text().starts_with(affix.text()) : call[0].text().ends_with(affix.text()))
      return Datum::boolean(true);
  return Datum::boolean(false);
}

constexpr Overload any_keywords(Overload overload) {
  overload.any_keywords = true;
  return overload;
}

constexpr Parameter kString{"string", kTextArg};
constexpr Parameter kChars{"chars", kTextArg | kNullType | kOptional};
constexpr Parameter kSeparator{"separator", kTextArg | kNullType | kOptional};
constexpr Parameter kMaxSplits{"maxSplits", kIntegerArg | kOptional};
constexpr Parameter kCount{"count", kIntegerArg | kOptional};
constexpr std::uint32_t kFlag = kBooleanType | kNullType | kOptional;

constexpr Overload kTable[] = {
    function("str", fn_str, {{"value", kAnyArg}}),
    function("concat", fn_concat, {{"args", kTextArg | kVariadic}}),
    method("toUpper", fn_upper, {kString}),
    method("toLower", fn_lower, {kString}),
    method("split", fn_split<false>, {kString, kSeparator, kMaxSplits}),
    method("rightSplit", fn_split<true>, {kString, kSeparator, kMaxSplits}),
    method("join", fn_join, {{"sequence", kIterableArg}, {"separator", kTextArg}}),
    method("join", fn_join_by, {{"separator", kTextArg}, {"sequence", kIterableArg}}),
    method("trim", fn_trim<expr::Ends::kBoth>, {kString, kChars}),
    method("trimLeft", fn_trim<expr::Ends::kLeft>, {kString, kChars}),
    method("trimRight", fn_trim<expr::Ends::kRight>, {kString, kChars}),
    both("norm", fn_norm, {{"string", kTextArg | kNullType}, kChars}),
    both("isEmpty", fn_is_empty, {{"string", kTextArg | kNullType}, {"trim", kBooleanType | kOptional}, kChars}),
    method("replace", fn_replace, {kString, {"old", kTextArg}, {"new", kTextArg}, kCount}),
    method("replace", fn_replace_dict, {kString, {"replacements", kDictArg}, kCount}),
    any_keywords(both("format", fn_format, {{"_FormatString", kTextArg}, {"args", kAnyArg | kVariadic}})),
    method("substring", fn_substring, {kString, {"start", kIntegerArg}, {"length", kIntegerArg | kOptional}}),
    method("indexOf", fn_index_of<false>, {kString, {"sub", kTextArg}, {"start", kIntegerArg | kOptional}}),
    method("indexOf", fn_index_of_within<false>,
           {kString, {"sub", kTextArg}, {"start", kIntegerArg}, {"length", kIntegerArg}}),
    method("lastIndexOf", fn_index_of<true>, {kString, {"sub", kTextArg}, {"start", kIntegerArg | kOptional}}),
    method("lastIndexOf", fn_index_of_within<true>,
           {kString, {"sub", kTextArg}, {"start", kIntegerArg}, {"length", kIntegerArg}}),
    method("toCharArray", fn_to_char_array, {kString}),
    function("characters", fn_characters,
             {{"digits", kFlag},
              {"hexdigits", kFlag},
              {"asciiLowercase", kFlag},
              {"asciiUppercase", kFlag},
              {"asciiLetters", kFlag},
              {"letters", kFlag},
              {"octdigits", kFlag},
              {"punctuation", kFlag},
              {"printable", kFlag},
              {"lowercase", kFlag},
              {"uppercase", kFlag},
              {"whitespace", kFlag}}),
    method("startsWith", fn_affix<true>, {kString, {"prefixes", kTextArg | kVariadic}}),
    method("endsWith", fn_affix<false>, {kString, {"suffixes", kTextArg | kVariadic}}),
};

}  // namespace

std::span<const Overload> string_table() { return kTable; }

}  // namespace foehn::yaql
