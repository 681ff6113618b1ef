// Inline parameters: names, values and gaps are parts of the text, in order, and cover all of it but blanks.
#include "dsl/parse/shorthand.h"

#include "tests/fuzz/fuzz.h"

namespace {

using namespace foehn;

void check_parts(std::string_view text, const dsl::Shorthand& call) {
  FOEHN_CHECK(text.starts_with(call.name));
  for (const auto& parameter : call.parameters) {
    FOEHN_CHECK(parameter.offset < text.size());
    FOEHN_CHECK(text[parameter.offset - 1] == '=');
    FOEHN_CHECK(!parameter.name.empty());
  }
  std::size_t last = 0;
  for (const auto& gap : call.gaps) {
    FOEHN_CHECK(gap.offset >= last);
    last = gap.offset + gap.text.size();
    FOEHN_CHECK(last <= text.size());
    FOEHN_CHECK(text.substr(gap.offset, gap.text.size()) == gap.text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto call = dsl::parse_shorthand(text)) check_parts(text, *call);
  check_parts(text, dsl::parse_parameters(text, {}));
  Diagnostics found;
  dsl::ParseContext context(found, text);
  const dsl::Place place{"task", "t", "action", {1, 1}};
  const auto spec = dsl::parse_call(context, {text, {1, 1}, nullptr}, place);
  if (!spec) FOEHN_CHECK(has_errors(found));
  return 0;
}
