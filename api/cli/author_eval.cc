// foehn eval
#include <algorithm>
#include <cstdio>

#include "api/cli/author.h"
#include "api/cli/output.h"
#include "dsl/expr/random.h"
#include "dsl/expr/template.h"
#include "dsl/yaml/to_value.h"
#include "engine/base/clock.h"
#include "engine/base/id.h"

namespace foehn::cli {
namespace {

// What an expression sees without an engine: the data, and what needs no execution. `__env` of the data is env(), as
// in a workflow's own context.
class DataScope final : public dsl::Scope {
 public:
  explicit DataScope(Value data) : data_(std::move(data)) {}

  const Value* variable(std::string_view name) const override { return find(data_, name); }
  dsl::HostValue root() const override { return dsl::HostValue::hold(data_); }
  Result<dsl::HostValue> call(std::string_view function, const dsl::CallArguments& arguments) const override {
    if (function == "now") return Value(SystemClock().wall().us);
    if (function == "random") return dsl::random_number(random_uuid(), arguments);
    if (function == "uuid") return Value(to_string(random_uuid()));
    if (function == "env") {
      const Value* env = find(data_, "__env");
      return env != nullptr ? dsl::HostValue::hold(*env) : dsl::HostValue(Value::object());
    }
    for (const std::string& name : function_names())
      if (name == function)
        return fail(ErrorCode::kInvalidArgument,
                    name + "() needs an execution: evaluate it there with --execution and --task");
    return fail(ErrorCode::kNotFound, "");
  }
  std::vector<std::string> function_names() const override {
    return {"env", "execution", "executions", "global", "task", "tasks", "uuid"};
  }

 private:
  const Value data_;
};

Result<Value> load_data(const std::string& path) {
  if (path.empty()) return Value::object();
  FOEHN_TRY(const std::string text, read_file(path));
  if (auto json = parse_json(text)) return std::move(*json);
  auto yaml = dsl::parse_yaml(text);
  if (!yaml) return fail(ErrorCode::kInvalidArgument, path + " is neither JSON nor YAML: " + yaml.error().message);
  return std::move(*yaml);
}

constexpr std::uint32_t kDelimiterColumns = 3;  // "<% "

// In blanks' place, as line breaks between words are; those inside of quotes belong to a text.
std::string in_one_line(std::string text) {
  char quote = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0 && c == '\\') {
      ++at;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (c == '\n' || c == '\r') {
      text[at] = ' ';
    }
  }
  return text;
}

// The text with delimiters: what has none is one expression.
Result<std::string> delimited(const EvalOptions& options) {
  if (dsl::has_expression(options.expression)) return options.expression;
  const std::string inner = in_one_line(options.expression);
  const bool broken = inner.find('\n') != inner.npos || (!options.jinja && inner.find("%>") != inner.npos);
  if (broken)
    return fail(ErrorCode::kInvalidArgument,
                "a text in quotes cannot hold a line break or %> in an expression: write '%' + '>', or give it with "
                "--data");
  return options.jinja ? "{{ " + inner + " }}" : "<% " + inner + " %>";
}

// The mistakes as in what was typed.
std::string render_typed(Diagnostics diagnostics, const EvalOptions& options, const std::string& text) {
  if (text == options.expression) return render(diagnostics, text, "");
  for (Diagnostic& one : diagnostics)
    one.mark.column = std::max(one.mark.column, kDelimiterColumns + 1) - kDelimiterColumns;
  return render(diagnostics, text.substr(kDelimiterColumns, text.size() - 2 * kDelimiterColumns), "");
}

void print_result(const Global& global, const Value& value) {
  if (value.is_string() && global.is_table()) {
    std::printf("%s\n", value.get_ref<const std::string&>().c_str());
  } else if (!print_object(global, value)) {
    std::printf("%s\n", pretty(value).c_str());
  }
}

Result<Value> evaluate_on_server(const Global& global, const EvalOptions& options, const std::string& text) {
  const auto api = make_http_api(global.server);
  FOEHN_TRY(const std::string execution, resolve_execution(*api, options.execution));
  Value body = {{"expression", text}};
  if (!options.task.empty()) body["task"] = options.task;
  FOEHN_TRY(const Value answer, request_json(*api, "POST", "/foehn/v1/executions/" + execution + "/eval", body));
  return answer.value("result", Value());
}

Result<Value> evaluate_here(const dsl::Template& compiled, const EvalOptions& options) {
  FOEHN_TRY(Value data, load_data(options.data));
  return compiled.evaluate(DataScope(std::move(data)));
}

}  // namespace

int evaluate(const Global& global, const EvalOptions& options) {
  const Result<std::string> written = delimited(options);
  if (!written) return report(written.error());
  const std::string& text = *written;
  Diagnostics diagnostics;
  const dsl::Template compiled = dsl::Template::compile(Value(text), Mark{1, 1}, diagnostics);
  if (has_errors(diagnostics)) {
    std::fprintf(stderr, "%s", render_typed(std::move(diagnostics), options, text).c_str());
    return kExitUsage;
  }
  const auto result =
      options.execution.empty() ? evaluate_here(compiled, options) : evaluate_on_server(global, options, text);
  if (!result) return report(result.error());
  print_result(global, *result);
  return kExitOk;
}

}  // namespace foehn::cli
