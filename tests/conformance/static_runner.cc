// Goal: what the language accepts and refuses, rule by rule of its specification. Method: cases are data
// (static/*.yaml, format in README.md); each becomes a test of its own. The same files can be sent to any server.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dsl/compile.h"
#include "dsl/yaml/to_value.h"

namespace foehn::dsl {
namespace {

DocumentKind kind_of(const std::string& document) {
  if (document == "actions") return DocumentKind::kActions;
  return document == "workbook" ? DocumentKind::kWorkbook : DocumentKind::kWorkflows;
}

class StaticCase : public testing::Test {
 public:
  explicit StaticCase(Value source) : source_(std::move(source)) {}

  void TestBody() override {
    const std::string document = find(source_, "document") ? source_.at("document").get<std::string>() : "workflows";
    const Compiled compiled = compile(source_.at("definition").get<std::string>(), kind_of(document), nullptr);
    EXPECT_EQ(compiled.ok(), source_.at("valid").get<bool>());
    Value found = Value::array();
    bool said = source_.at("valid").get<bool>();
    for (const Diagnostic& diagnostic : compiled.diagnostics) {
      found.push_back(diagnostic.code + " " + std::to_string(diagnostic.mark.line) + ":" +
                      std::to_string(diagnostic.mark.column));
      said = said || (diagnostic.severity == Severity::kError &&
                      diagnostic.message.find(source_.at("error").get<std::string>()) != std::string::npos);
      EXPECT_NE(diagnostic.hint, "") << diagnostic.message;
    }
    EXPECT_TRUE(said) << to_json(source_.at("error")) << " is in none of "
                      << render(compiled.diagnostics, source_.at("definition").get<std::string>(), {});
    const Value* at = find(source_, "at");
    EXPECT_EQ(to_json(found), at ? to_json(*at) : "[]");
  }

 private:
  const Value source_;
};

std::string test_name(const std::string& text) {
  std::string name;
  for (const char c : text) name.push_back(std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_');
  return name;
}

bool add_cases() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator("tests/conformance/static"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::size_t count = 0;
  for (const auto& path : files) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto document = parse_yaml(text);
    if (!document) {
      std::fprintf(stderr, "%s: %s\n", path.c_str(), document.error().message.c_str());
      return false;
    }
    for (const Value& one : document->at("cases")) {
      const std::string name = test_name(one.at("name").get<std::string>());
      testing::RegisterTest(("Static_" + path.stem().string()).c_str(), name.c_str(), nullptr, nullptr, __FILE__,
                            __LINE__, [one]() -> testing::Test* { return new StaticCase(one); });
      ++count;
    }
  }
  return count >= 350;
}

}  // namespace
}  // namespace foehn::dsl

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (!foehn::dsl::add_cases()) return 1;
  return RUN_ALL_TESTS();
}
