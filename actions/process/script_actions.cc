#include "actions/process/script_actions.h"

#include <filesystem>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/embedded.h"

namespace foehn::embedded {
extern const EmbeddedFile* const script_shims;
extern const std::size_t script_shims_count;
}  // namespace foehn::embedded

namespace foehn::actions {
namespace {

constexpr std::int64_t kTimeoutMs = 300'000;
constexpr std::uint64_t kCpuSeconds = 60;
constexpr std::uint64_t kPythonMemoryBytes = 512U << 20;
// V8 reserves far more address space than it uses; its own option bounds what it does use.
constexpr char kJavascriptMemory[] = "--max-old-space-size=256";

std::string shim(std::string_view name) {
  for (std::size_t i = 0; i < embedded::script_shims_count; ++i)
    if (embedded::script_shims[i].name == name) return std::string(embedded::script_shims[i].text());
  FOEHN_UNREACHABLE();
}

Manifest confined(ActionSpec spec, std::vector<std::string> command) {
  Manifest manifest;
  manifest.spec = std::move(spec);
  manifest.spec.capacity_group = "process";
  manifest.command = std::move(command);
  manifest.folder = "/";
  manifest.env = {{"HOME", "/tmp"}};
  manifest.timeout_ms = kTimeoutMs;
  manifest.cpu_seconds = kCpuSeconds;
  manifest.confined = true;
  return manifest;
}

// Nothing when it can be run.
std::string refusal(bool allowed, const std::string& what, const std::string& option, const std::string& program,
                    const std::string& program_option) {
  if (!allowed) return what + " is not allowed on this server; its operator can allow it: foehn serve " + option;
  std::error_code error;
  if (std::filesystem::is_regular_file(program, error)) return "";
  return what + " needs " + program + ", which is not there; its operator can name another: foehn serve " +
         program_option;
}

class ScriptAction : public Action {
 public:
  ScriptAction(ProcessRunner& runner, Manifest manifest, std::string refused)
      : runner_(runner), manifest_(std::move(manifest)), refused_(std::move(refused)) {}
  const ActionSpec& spec() const override { return manifest_.spec; }
  void run(const ActionContext& context, Value input, Done done) override {
    if (!refused_.empty()) return done(ActionOutcome::error(refused_));
    if (const Status ready = prepare(input); !ready) return done(ActionOutcome::error(ready.error().message));
    const std::string name = name_in(input);
    runner_.run(manifest_, name, context, std::move(input), std::move(done));
  }
  void cancel(ActionRunId run_id) override { runner_.cancel(run_id); }

 protected:
  virtual Status prepare(Value&) const { return {}; }
  virtual std::string name_in(const Value&) const { return manifest_.spec.name; }

 private:
  ProcessRunner& runner_;
  const Manifest manifest_;
  const std::string refused_;
};

class PythonAction final : public ScriptAction {
 public:
  PythonAction(ProcessRunner& runner, Manifest manifest, std::string refused, const ScriptSource& code)
      : ScriptAction(runner, std::move(manifest), std::move(refused)), code_(code) {}

 protected:
  // The code is that of the moment the run begins, as in Mistral.
  Status prepare(Value& input) const override {
    auto text = code_.script(text_or(input, "code_source_id"));
    if (!text) return fail(text.error());
    input["code"] = std::move(*text);
    return {};
  }
  // Users know the name of the dynamic action, not that of what runs its class.
  std::string name_in(const Value& input) const override { return text_or(input, "action"); }

 private:
  const ScriptSource& code_;
};

}  // namespace

Status register_script_actions(ActionRegistry& registry, ProcessRunner& runner, const std::string& name,
                               const ScriptSource& code, const ScriptOptions& options) {
  ActionSpec python;
  python.name = name;
  python.description = "A class in stored Python code.";
  python.hidden = true;
  for (const char* input : {"action", "class_name", "code_source_id", "input"})
    python.inputs.push_back({.name = input, .required = true});
  Manifest manifest = confined(std::move(python), {options.python_program, "-I", "-B", "-c", shim("python_shim.py")});
  manifest.memory_bytes = kPythonMemoryBytes;
  FOEHN_CHECK_OK(registry.add(std::make_unique<PythonAction>(
      runner, std::move(manifest),
      refusal(options.python, "Python code", "--allow-python-actions", options.python_program, "--python PATH"),
      code)));
  for (const char* alias : {"std.javascript", "std.js"}) {
    ActionSpec javascript;
    javascript.name = alias;
    javascript.class_name = "mistral.actions.std_actions.JavaScriptAction";
    javascript.description = "Runs JavaScript: the body of a function, with `$` for the context.";
    javascript.inputs = {{.name = "script", .required = true, .doc = "what the function returns is the result"},
                         {.name = "context", .doc = "seen as $"}};
    FOEHN_CHECK_OK(registry.add(std::make_unique<ScriptAction>(
        runner,
        confined(std::move(javascript),
                 {options.javascript_program, kJavascriptMemory, "-e", shim("javascript_shim.js")}),
        refusal(options.javascript, "JavaScript", "--allow-javascript", options.javascript_program,
                "--javascript PATH"))));
  }
  return {};
}

}  // namespace foehn::actions
