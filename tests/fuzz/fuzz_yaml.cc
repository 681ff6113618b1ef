// The YAML reader: places lie inside of the text, and what the writer writes is read as the same.
#include <algorithm>

#include "dsl/yaml/reader.h"
#include "dsl/yaml/source_map.h"
#include "dsl/yaml/to_value.h"
#include "dsl/yaml/writer.h"
#include "engine/base/limits.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace foehn;

constexpr std::size_t kPlacesMax = 50;  // SourceMap walks a scalar anew for each question

struct Places {
  dsl::SourceMap map;
  std::uint32_t lines;
  std::size_t left = kPlacesMax;

  void check(const dsl::YamlNode& node) {
    FOEHN_CHECK(node.mark.line <= lines);
    if (node.is_scalar() && left != 0) {
      --left;
      for (const std::size_t offset : {std::size_t{0}, node.text.size() / 2, node.text.size() + 1})
        FOEHN_CHECK(map.place(node, offset).line <= lines);
    }
    for (const auto& item : node.items()) check(item);
    for (const auto& entry : node.entries()) check(entry.value);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  Diagnostics found;
  const auto document = dsl::read_yaml(text, found);
  FOEHN_CHECK(document || has_errors(found));
  FOEHN_CHECK(found.size() <= limits::kDiagnosticsMax + 1);
  if (!document) return 0;
  // yaml-cpp takes a lone \r for the end of a line, too.
  const auto ends = std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
  Places places{dsl::SourceMap(text), static_cast<std::uint32_t>(ends) + 1};
  places.check(document->root());
  const Value value = dsl::to_value(document->root());
  const auto again = dsl::parse_yaml(dsl::write_yaml(value));
  FOEHN_CHECK(again.has_value());
  FOEHN_CHECK(to_json(*again) == to_json(value));
  return 0;
}
