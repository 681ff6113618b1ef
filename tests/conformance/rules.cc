// Goal: no rule of the language without a test of both sides, no case that belongs to nothing, no hole in the re-run
// matrix. Method: the cases, static and played, name rules of rules/rules.yaml and cells of the matrix, and are counted.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "dsl/yaml/to_value.h"

namespace foehn::dsl {
namespace {

struct Rule {
  std::string never_refuses;  // why nothing can be against it; empty: something can
  std::string held_by;        // "FILE: TEST" instead of cases
  std::size_t accepting = 0;
  std::size_t rejecting = 0;
};

using Rules = std::map<std::string, Rule>;

Value read(const std::filesystem::path& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto document = parse_yaml(text);
  if (!document) {
    ADD_FAILURE() << path << ": " << document.error().message;
    return Value::object();
  }
  return *document;
}

Rules read_rules() {
  Rules rules;
  const Value document = read("tests/conformance/rules/rules.yaml");
  for (const Value& one : document.at("rules")) {
    const std::string id = one.at("id").get<std::string>();
    EXPECT_FALSE(text_or(one, "says").empty()) << id;
    EXPECT_TRUE(rules.emplace(id, Rule{text_or(one, "never_refuses"), text_or(one, "held_by")}).second) << id << " stands twice";
  }
  return rules;
}

// `rule` or `against`: a name or a list of them.
std::vector<std::string> names_of(const Value& source, const char* key) {
  std::vector<std::string> names;
  const Value* named = find(source, key);
  if (named == nullptr) return names;
  for (const Value& one : named->is_array() ? *named : Value::array({*named})) names.push_back(one.get<std::string>());
  return names;
}

// A static case says by `valid` on which side it is, a played one by the key.
void count(Rules& rules, const Value& source, const std::string& where) {
  const Value* valid = find(source, "valid");
  std::size_t named = 0;
  for (const char* key : {"rule", "against"}) {
    const bool accepts = valid != nullptr ? valid->get<bool>() : std::string_view(key) == "rule";
    for (const std::string& name : names_of(source, key)) {
      ++named;
      const auto rule = rules.find(name);
      ASSERT_NE(rule, rules.end()) << where << ": rules.yaml has no rule '" << name << "'";
      ++(accepts ? rule->second.accepting : rule->second.rejecting);
    }
  }
  EXPECT_GT(named, 0u) << where << ": name the rule that the case is about (rule: or against:)";
}

// "FILE: TEST"
bool has_test(const std::string& held_by) {
  const std::size_t colon = held_by.find(": ");
  std::ifstream file(held_by.substr(0, colon));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return colon != std::string::npos && text.find(", " + held_by.substr(colon + 2) + ")") != std::string::npos;
}

TEST(Rules, EveryRuleHasCasesOfBothSides) {
  Rules rules = read_rules();
  std::size_t cases = 0;
  for (const char* folder : {"tests/conformance", "tests/conformance/static"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".yaml") continue;
      const Value document = read(entry.path());
      for (const Value& source : document.at("cases")) {
        count(rules, source, entry.path().filename().string() + ": " + text_or(source, "name"));
        ++cases;
      }
    }
  }
  EXPECT_GE(cases, 1100u);
  for (const auto& [id, rule] : rules) {
    if (!rule.held_by.empty()) {
      EXPECT_TRUE(has_test(rule.held_by)) << id << ": there is no such test";
      EXPECT_EQ(rule.accepting + rule.rejecting, 0u) << id << ": cases can show it after all";
      continue;
    }
    EXPECT_GT(rule.accepting, 0u) << id << ": no case shows it at work";
    if (rule.never_refuses.empty()) {
      EXPECT_GT(rule.rejecting, 0u) << id << ": no case shows what it turns away";
    } else {
      EXPECT_EQ(rule.rejecting, 0u) << id << ": never_refuses is not true";
    }
  }
}

// Every cell says how the execution ends, with what output, and how often each of its tasks ran.
void check_cell(const Value& source, const std::string& name) {
  const Value& expect = source.at("expect");
  EXPECT_EQ(text_or(expect, "state"), "SUCCESS") << name;
  EXPECT_NE(find(expect, "output"), nullptr) << name << ": which output?";
  const auto workflow = parse_yaml(source.at("workflow").get<std::string>());
  ASSERT_TRUE(workflow) << name;
  for (const auto& [task, spec] : workflow->at("wf").at("tasks").items()) {
    const Value* row = find(expect.at("tasks"), task);
    ASSERT_NE(row, nullptr) << name << ": how often did '" << task << "' run?";
    EXPECT_NE(find(*row, "runs"), nullptr) << name << ": how often did '" << task << "' run?";
  }
}

TEST(Rules, TheRerunMatrixIsWhole) {
  const std::vector<std::string> columns = {"failed", "cancelled", "siblings running"};
  const std::map<std::string, std::vector<std::string>> rows = {
      {"plain", {"reset", "resume"}},        {"with-items", {"reset", "resume"}},
      {"join", {"reset", "resume"}},         {"branch before a join", {"reset", "resume"}},
      {"sub-workflow", {"reset", "resume"}}, {"with-items of sub-workflows", {"reset", "resume", "leaf"}},
      {"retry", {"reset", "resume"}},        {"pause-before", {"reset", "resume"}},
      {"reverse", {"reset", "resume"}}};
  std::set<std::string> missing;
  for (const auto& [row, modes] : rows)
    for (const std::string& mode : modes)
      for (const std::string& column : columns) missing.insert(row + ", " + mode + ", " + column);
  for (const char* file : {"rerun_matrix.yaml", "rerun_matrix_mixed.yaml"}) {
    const Value document = read(std::filesystem::path("tests/conformance") / file);
    for (const Value& source : document.at("cases")) {
      const std::string name = text_or(source, "name");
      EXPECT_EQ(missing.erase(name), 1u) << name << ": no cell of the matrix, or it stands twice";
      check_cell(source, name);
    }
  }
  EXPECT_EQ(missing, std::set<std::string>());
}

}  // namespace
}  // namespace foehn::dsl
