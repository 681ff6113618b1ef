// Goal: no text makes lint fail, and the same text always compiles to the same. Method: samples, cut, repeated and
// changed by a seeded generator; what is asserted is that the run comes back with bounded findings inside of the text.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "engine/base/limits.h"
#include "tests/unit/dsl/lint/catalog.h"

namespace foehn::dsl {
namespace {

std::vector<std::string> sources() {
  std::vector<std::filesystem::path> paths;
  for (const std::string_view folder : {"samples", "workflows", "tests/unit/dsl/lint"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    std::ifstream file(path);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t begin = text.find("version:");
    if (begin != text.npos) texts.push_back(text.substr(begin, 3'000));
  }
  return texts;
}

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    static constexpr std::string_view kPieces[] = {"<%",
                                                   "%>",
                                                   "{{",
                                                   "}}",
                                                   "{%",
                                                   "$.",
                                                   "_.",
                                                   ": ",
                                                   "\n",
                                                   "- ",
                                                   "[",
                                                   "]",
                                                   "{",
                                                   "}",
                                                   "'",
                                                   "\"",
                                                   "|",
                                                   ">",
                                                   "&a",
                                                   "*a",
                                                   "!",
                                                   "on-success: ",
                                                   "join: all",
                                                   "with-items: ",
                                                   "  ",
                                                   "\t",
                                                   "é",
                                                   "<% $.x %>",
                                                   "task(",
                                                   "=",
                                                   "\\",
                                                   "#",
                                                   "~",
                                                   "0x",
                                                   "1e9",
                                                   "publish: {a: 1}",
                                                   "retry: count=1",
                                                   "workflow: wf",
                                                   "type: reverse",
                                                   "\xFF",
                                                   "null"};
    for (std::size_t changes = 1 + below(6); changes != 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      const std::size_t length = std::min(text.size() - at, 1 + below(40));
      switch (below(5)) {
        case 0: text.erase(at, length); break;
        case 1: text.insert(at, text.substr(below(text.size()), length)); break;
        case 2: text[at] = static_cast<char>(32 + below(95)); break;
        default: text.insert(at, kPieces[below(std::size(kPieces))]);
      }
    }
    return text;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  std::mt19937 random_;
};

TEST(LintProperty, NoTextMakesItFail) {
  const std::vector<std::string> texts = sources();
  ASSERT_GT(texts.size(), 15U);
  for (std::uint32_t seed = 1; seed <= 5'000; ++seed) {
    Mutator mutator(seed);
    const std::string text = mutator.mutate(texts[mutator.below(texts.size())]);
    const auto lines = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n') + 1);
    const Diagnostics found = lint_one(text);
    ASSERT_LE(found.size(), limits::kDiagnosticsMax) << seed;
    for (const Diagnostic& diagnostic : found) {
      ASSERT_LE(diagnostic.mark.line, lines) << seed;
      ASSERT_FALSE(diagnostic.message.empty()) << seed;
      ASSERT_LT(diagnostic.message.size(), 2'000U) << seed;
    }
  }
}

TEST(LintProperty, CompilingIsDeterministic) {
  const std::vector<std::string> texts = sources();
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    Mutator mutator(seed);
    const std::string& source = texts[mutator.below(texts.size())];
    const std::string text = seed % 2 == 0 ? source : mutator.mutate(source);
    const std::string copy(text);  // other addresses
    const Compiled first = compile(text, DocumentKind::kWorkflows, nullptr);
    const Compiled second = compile(copy, DocumentKind::kWorkflows, nullptr);
    ASSERT_EQ(render(first.diagnostics, text, {}), render(second.diagnostics, copy, {})) << seed;
    ASSERT_EQ(first.workflows.size(), second.workflows.size());
    for (std::size_t i = 0; i < first.workflows.size(); ++i) {
      ASSERT_EQ(first.workflows[i]->hash, second.workflows[i]->hash);
      ASSERT_EQ(to_json(first.workflows[i]->spec.raw), to_json(second.workflows[i]->spec.raw));
    }
    ASSERT_EQ(render(lint_one(text), text, {}), render(lint_one(copy), copy, {})) << seed;
  }
}

}  // namespace
}  // namespace foehn::dsl
