// Evaluation of the expressions of bench/expr_mix.json, each in YAQL and in Jinja2: compiled once ("once") and compiled
// each time ("each"), on the context that bench/expr_compare.py gives python3-yaql and python3-jinja2.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "dsl/expr/template.h"
#include "engine/base/value.h"

namespace foehn {
namespace {

class ValueScope final : public dsl::Scope {
 public:
  explicit ValueScope(Value root) : root_(std::move(root)) {}
  const Value* variable(std::string_view name) const override { return find(root_, name); }
  dsl::HostValue root() const override { return dsl::HostValue::hold(root_); }
  Result<dsl::HostValue> call(std::string_view, const dsl::CallArguments&) const override {
    return fail(ErrorCode::kNotFound, "no such function");
  }
  std::vector<std::string> function_names() const override { return {}; }

 private:
  Value root_;
};

// The same as context() of expr_compare.py.
Value context(bool with_list) {
  Value servers = Value::array();
  for (int i = 0; i < 20; ++i)
    servers.push_back(Value{{"name", "n" + std::to_string(i)}, {"addr", "10.0.0." + std::to_string(i)}});
  Value root = Value::object();
  root["a"] = Value{{"b", Value{{"c", 1}}}};
  root["x"] = 7;
  root["y"] = 2;
  root["status"] = "ACTIVE";
  root["servers"] = std::move(servers);
  if (!with_list) return root;
  Value& list = root["list"] = Value::array();
  for (int i = 0; i < 1000; ++i) list.push_back(Value{{"x", i % 10}, {"y", i}});
  return root;
}

[[noreturn]] void stop(const std::string& text) {
  std::cerr << "expr_bench: " << text << "\n";
  std::exit(1);
}

dsl::Template compile(const std::string& text) {
  Diagnostics diagnostics;
  dsl::Template made = dsl::Template::compile(Value(text), Mark{}, diagnostics);
  if (!diagnostics.empty()) stop(text + ": " + diagnostics.front().message);
  return made;
}

void add(const std::string& name, const std::string& text, const ValueScope& scope) {
  const dsl::Template made = compile(text);
  if (const auto value = made.evaluate(scope); !value) stop(value.error().message);
  benchmark::RegisterBenchmark((name + "/once").c_str(), [made, &scope](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(made.evaluate(scope));
  });
  benchmark::RegisterBenchmark((name + "/each").c_str(), [text, &scope](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(compile(text).evaluate(scope));
  });
}

}  // namespace
}  // namespace foehn

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const std::string path = argc > 1 ? argv[1] : "bench/expr_mix.json";
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  const auto mix = foehn::parse_json(text.str());
  if (!mix) foehn::stop(path + ": " + mix.error().message);
  const foehn::ValueScope small(foehn::context(false));
  const foehn::ValueScope large(foehn::context(true));
  for (const foehn::Value& item : *mix) {
    const std::string name = item["name"].get<std::string>();
    const std::string yaql = item["yaql"].get<std::string>();
    const foehn::ValueScope& scope = yaql.find("$.list") == std::string::npos ? small : large;
    foehn::add("yaql/" + name, "<% " + yaql + " %>", scope);
    foehn::add("jinja/" + name, "{{ " + item["jinja"].get<std::string>() + " }}", scope);
  }
  benchmark::RunSpecifiedBenchmarks();
}
