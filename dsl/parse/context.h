// What all parsers share: the list of diagnostics with its bound, the words for "where", and the way from a position in
// a text to its place in the source. One per compile; one thread; owns nothing but its references.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "dsl/expr/template.h"
#include "dsl/yaml/node.h"
#include "dsl/yaml/source_map.h"
#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace foehn::dsl {

// An attribute of an object of the document: 'join' of task 't1'. Views into the document.
struct Place {
  std::string_view kind;  // "task", "workflow", …
  std::string_view name;
  std::string_view attribute;
  Mark mark;  // of the object's key

  Place at(std::string_view which) const { return {kind, name, which, mark}; }
  std::string describe() const;
};

// Inline parameters that could not be read, by the place of their call: W220 tells of them, and nobody needs to be told
// again that they are missing.
class DroppedParameters {
 public:
  void add(Mark call, std::string_view name) { names_.emplace(call.line, call.column, name); }
  bool contains(Mark call, const std::string& name) const {
    return names_.contains({call.line, call.column, name});
  }

 private:
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::string>> names_;
};

// Whether the transitions of a workflow are all known: what follows from missing ones would only confuse.
enum class Edges { kAll, kDoubtful, kLost };  // kDoubtful: an unknown attribute may have been meant as one

class ParseContext {
 public:
  // `source`: the text of the document, for places inside of scalars.
  explicit ParseContext(Diagnostics& diagnostics, std::string_view source = {})
      : diagnostics_(diagnostics), source_(source) {}

  // True once kDiagnosticsMax errors are found: parsers then stop.
  bool full() const;
  bool has_errors() const { return errors_ != 0; }
  // False once kDiagnosticsMax warnings are found: more are dropped, so that nobody needs to make them.
  bool takes_warnings() const;
  void error(std::string_view code, Mark mark, std::string message, std::string hint = {});
  void warning(std::string_view code, Mark mark, std::string message, std::string hint = {});

  // For mistakes that take transitions away; they count for the workflow being read.
  void lose_edges(Edges how) { edges_ = edges_ < how ? how : edges_; }
  // What was lost since the last call; once full(), anything may be missing.
  Edges take_edges();

  // Compiles the expressions of a value. `level` is the nesting at which Mistral starts: it checks strings at levels
  // 0 and 1 when a definition is created; deeper mistakes fail only when evaluated, and are warnings here.
  Template compile(const YamlNode& node, const Value& value, int level = 0);
  Template compile(const Value& value, Mark mark, int level = 0);
  // The same for a value that stands inside of a longer text: `offset` is where its text begins in `node`.
  Template compile_part(const YamlNode& node, std::size_t offset, const Value& value, Mark mark, int level);

  // The place of a byte of a scalar's text.
  Mark place(const YamlNode& scalar, std::size_t offset) { return source_.place(scalar, offset); }

  Diagnostics& diagnostics() { return diagnostics_; }
  DroppedParameters& dropped() { return dropped_; }

 private:
  void add(Diagnostic diagnostic);
  void report_nested(const YamlNode& node, int level);
  void report_nested(const Value& value, Mark mark, int level);
  void report(Diagnostics found, int level);

  Diagnostics& diagnostics_;
  SourceMap source_;
  DroppedParameters dropped_;
  Edges edges_ = Edges::kAll;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

// Python's repr of a value, cut when long: for messages in Mistral's wording.
std::string shown(const Value& value);
std::string shown_text(std::string_view text);

// Suggestions cost an edit distance per candidate: a budget keeps documents with many mistakes fast.
class Suggester {
 public:
  explicit Suggester(std::vector<std::string> candidates) : candidates_(std::move(candidates)) {}
  // "Did you mean 'x'?" or "".
  std::string suggest(std::string_view name);

 private:
  std::vector<std::string> candidates_;
  std::size_t budget_ = 200'000;
};

}  // namespace foehn::dsl
