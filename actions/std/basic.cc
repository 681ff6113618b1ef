// std.noop, std.async_noop, std.echo, std.fail, std.sleep, std.test_dict: the actions without any outside effect.
#include "actions/std/basic.h"

#include <cstdlib>

#include "actions/std/delayed.h"

namespace foehn::actions {
namespace {

// Python's float()/int() of an input: text is accepted, anything else or negative counts as 0.
double seconds_of(const Value& value) {
  double seconds = 0;
  if (value.is_number()) {
    seconds = value.get<double>();
  } else if (value.is_string()) {
    const std::string text = value.get<std::string>();
    char* end = nullptr;
    seconds = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') seconds = 0;
  }
  return seconds > 0 ? seconds : 0;  // also refuses NaN
}

class Noop final : public Action {
 public:
  explicit Noop(ActionSpec spec) : spec_(std::move(spec)) {}
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext&, Value, Done done) override { done(ActionOutcome::success(Value())); }

 private:
  const ActionSpec spec_;
};

class Echo final : public Action {
 public:
  explicit Echo(TimerQueue& timers) : delayed_(timers) {}
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext& context, Value input, Done done) override {
    const Value* delay = find(input, "delay");
    const double seconds = delay ? seconds_of(*delay) : 0;
    delayed_.finish_after(context.run_id, seconds, ActionOutcome::success(std::move(input["output"])), std::move(done));
  }
  void cancel(ActionRunId run_id) override { delayed_.cancel(run_id); }

 private:
  const ActionSpec spec_{
      .name = "std.echo",
      .class_name = "mistral.actions.std_actions.EchoAction",
      .description = "Returns a given value. Useful as a stand-in while a workflow is being designed, and in tests.",
      .inputs = {{.name = "output", .required = true, .doc = "The result, any value."},
                 {.name = "delay",
                  .type = InputType::kNumber,
                  .default_text = "0",
                  .doc = "Seconds to wait first; negative or unreadable counts as 0."}},
      .output_doc = "`output`, unchanged.",
      .pure = true,
      .safe_rerun = true,
      .impure_input = "delay"};
  Delayed delayed_;
};

class Fail final : public Action {
 public:
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext& context, Value input, Done done) override {
    const Value* data = find(input, "error_data");
    if (data && is_truthy(*data)) return done(ActionOutcome::error(*data));
    done(raised("Fail action", context, "Fail action expected exception."));
  }

 private:
  const ActionSpec spec_{.name = "std.fail",
                         .class_name = "mistral.actions.std_actions.FailAction",
                         .description = "Always fails.",
                         .inputs = {{.name = "error_data", .doc = "The error data of the result."}},
                         .output_doc = "None; the error is `error_data`, or a text when that is empty.",
                         .pure = true,
                         .safe_rerun = true};
};

class Sleep final : public Action {
 public:
  explicit Sleep(TimerQueue& timers) : delayed_(timers) {}
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext& context, Value input, Done done) override {
    const Value* given = find(input, "seconds");
    const double seconds = given ? seconds_of(*given) : 1;
    delayed_.finish_after(context.run_id, static_cast<double>(static_cast<std::int64_t>(seconds)),
                          ActionOutcome::success(Value()), std::move(done));
  }
  void cancel(ActionRunId run_id) override { delayed_.cancel(run_id); }

 private:
  const ActionSpec spec_{.name = "std.sleep",
                         .class_name = "mistral.actions.std_actions.SleepAction",
                         .description = "Waits.",
                         .inputs = {{.name = "seconds",
                                     .type = InputType::kInteger,
                                     .default_text = "1",
                                     .doc = "Whole seconds; negative or unreadable counts as 0."}},
                         .output_doc = "null",
                         .safe_rerun = true};
  Delayed delayed_;
};

class TestDict final : public Action {
 public:
  const ActionSpec& spec() const override { return spec_; }
  void run(const ActionContext& context, Value input, Done done) override {
    const Value* size = find(input, "size");
    const std::int64_t count = size && size->is_number() ? size->get<std::int64_t>() : 0;
    if (count > kEntriesMax)
      return done(raised(spec_.name, context, "size must be at most " + std::to_string(kEntriesMax)));
    const Value* val = find(input, "val");
    const std::string prefix = text_or(input, "key_prefix");
    Value result = Value::object();
    for (std::int64_t i = 0; i < count; ++i) result[prefix + std::to_string(i)] = val ? *val : Value("");
    done(ActionOutcome::success(std::move(result)));
  }

 private:
  static constexpr std::int64_t kEntriesMax = 100'000;  // runs inside the engine's pump: must stay short
  const ActionSpec spec_{
      .name = "std.test_dict",
      .class_name = "mistral.actions.std_actions.TestDictAction",
      .description = "Generates a dictionary, for tests.",
      .inputs =
          {{.name = "size", .type = InputType::kInteger, .default_text = "0", .doc = "Number of entries."},
           {.name = "key_prefix", .type = InputType::kString, .default_text = "\"\"", .doc = "Start of each key."},
           {.name = "val", .default_text = "\"\"", .doc = "The value of each entry."}},
      .output_doc = "{prefix0: val, prefix1: val, …}",
      .pure = true,
      .safe_rerun = true};
};

}  // namespace

std::vector<std::unique_ptr<Action>> make_basic_actions(TimerQueue& timers) {
  std::vector<std::unique_ptr<Action>> actions;
  actions.push_back(std::make_unique<Noop>(ActionSpec{.name = "std.noop",
                                                      .class_name = "mistral.actions.std_actions.NoOpAction",
                                                      .description = "Does nothing.",
                                                      .inputs = {},
                                                      .output_doc = "null",
                                                      .pure = true,
                                                      .safe_rerun = true}));
  actions.push_back(std::make_unique<Noop>(ActionSpec{.name = "std.async_noop",
                                                      .class_name = "mistral.actions.std_actions.AsyncNoOpAction",
                                                      .description = "Does nothing and waits for a report through "
                                                                     "PUT /v2/action_executions/{id}.",
                                                      .inputs = {},
                                                      .output_doc = "What the report says.",
                                                      .is_sync = false,
                                                      .safe_rerun = true}));
  actions.push_back(std::make_unique<Echo>(timers));
  actions.push_back(std::make_unique<Fail>());
  actions.push_back(std::make_unique<Sleep>(timers));
  actions.push_back(std::make_unique<TestDict>());
  return actions;
}

}  // namespace foehn::actions
