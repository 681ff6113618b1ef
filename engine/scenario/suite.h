// A test file of `foehn test` as values: which workflows, what is given, what is expected. read_suite() reads the YAML
// and reports every mistake with its place; it opens no other file – the caller reads what `documents` names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"
#include "engine/core/action_request.h"

namespace foehn::scenario {

// How one run of an action ends.
struct Outcome {
  enum class Kind {
    kReal,   // the action itself runs: only those without an effect outside of the process
    kGiven,  // `outcome`
    kNever,  // no answer: the task waits until a step finishes it, a timeout or the end
  };
  Kind kind = Kind::kReal;
  core::ActionOutcome outcome;
  double after_s = 0;  // virtual seconds
};

// The runs of a task or action one after the other; the last outcome repeats.
struct Script {
  std::vector<Outcome> runs;
  std::map<std::uint32_t, std::vector<Outcome>> items;  // of with-items: by index, else `runs`
  Mark mark;                                            // of the name it is for
};

// By task ("task" or "workflow.task"), then by action. Tasks without a script run their action for real.
struct Scripts {
  std::map<std::string, Script, std::less<>> tasks;
  std::map<std::string, Script, std::less<>> actions;
};

// What is done from outside once nothing more happens by itself, or at a time.
struct Step {
  enum class Kind { kPause, kResume, kStop, kRerun, kSkip, kFinish, kCheck };
  Kind kind = Kind::kCheck;
  std::optional<double> at_s;  // seconds after the start; absent = when nothing more happens
  Value arguments = Value::object();
  Outcome outcome;  // kFinish
  Mark mark;
};

// A task that an expectation says never runs.
struct NeverTask {
  std::string name;
  Mark mark;
};

struct Case {
  std::string name;
  Mark mark;
  std::string workflow;  // "" = the first of the first document
  Value input = Value::object();
  Value env = Value::object();
  std::string task_name;  // target of a reverse workflow
  Scripts given;
  std::vector<Step> steps;
  Value expect = Value::object();
  std::vector<NeverTask> never;  // of `expect` and of all checks
};

struct Suite {
  std::vector<std::string> documents;  // paths, relative to the test file
  std::string inline_text;             // a definition in the test file itself, or ""
  Scripts given;                       // for all cases; a case's own scripts come first
  std::vector<Case> cases;
};

// Nothing after errors in `diagnostics` (codes T1xx).
std::optional<Suite> read_suite(std::string_view text, Diagnostics& diagnostics);

}  // namespace foehn::scenario
