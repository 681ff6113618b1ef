// `-o jsonpath=…` and `-o template=…`: kubectl's two ways to print parts of an answer, as far as scripts use them.
// jsonpath: text, {.a.b}, {['a.b']}, {.list[0]}, {.list[-1]}, {.list[*]}, {.map.*}, {.list[?(@.state=="ERROR")]} (also
// != < <= > >=, or the member alone: it is there), {range PATH}…{end}, {"text"}. template: text, {{.a.b}}, {{.}},
// {{$.a}}, {{range PATH}}…{{else}}…{{end}}, {{if PATH}}…{{else}}…{{end}}, {{"text"}}, {{- and -}}. Anything else is
// refused when it is parsed. Pure values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace foehn::cli {

class PrintTemplate {
 public:
  // kInvalidArgument: what is wrong and where. A jsonpath without braces that begins with '.', '[' or '$' is one path.
  static Result<PrintTemplate> jsonpath(std::string_view text);
  static Result<PrintTemplate> go_template(std::string_view text);

  // What it prints of `value`. A member that is not there is nothing in a jsonpath and "<no value>" in a template, as
  // in kubectl. kInvalidArgument: an index beyond the end of a list. kResourceExhausted: the text grows beyond 64 MB.
  Result<std::string> apply(const Value& value) const;

  struct Step {
    enum class Kind : std::uint8_t { kMember, kIndex, kAll, kWhere };
    Kind kind = Kind::kMember;
    std::string name;           // kMember
    std::int64_t index = 0;     // kIndex; negative: from the end
    std::vector<Step> tested;   // kWhere: the path below an item; only members
    std::string comparison;     // kWhere: "==", …; "" = it is there
    Value operand;              // kWhere
  };
  struct Path {
    bool from_root = false;  // $: the whole value, not the item of a range
    std::vector<Step> steps;
  };
  struct Node {
    enum class Kind : std::uint8_t { kText, kPath, kRange, kIf };
    Kind kind = Kind::kText;
    std::string text;
    Path path;
    std::vector<Node> body;
    std::vector<Node> otherwise;
  };

 private:
  PrintTemplate(std::vector<Node> nodes, bool go) : nodes_(std::move(nodes)), go_(go) {}

  std::vector<Node> nodes_;
  bool go_;  // go_template
};

}  // namespace foehn::cli
