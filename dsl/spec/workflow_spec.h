// The parsed form of DSL documents: plain immutable values with Marks; expressions are compiled Templates.
// What each attribute means stands in engine/core; which forms are accepted stands in dsl/parse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dsl/expr/template.h"
#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace foehn::dsl {

enum class WorkflowType { kDirect, kReverse };

// One declared input: `name` or `{name: default}`. Defaults are raw values, never evaluated.
struct InputSpec {
  std::string name;
  std::optional<Value> default_value;
  Mark mark;
};

// A call `name k=v …`: name and inline parameters (dsl.md §2 "Inline parameter syntax").
struct CallSpec {
  Template name;                                         // usually a literal string
  std::vector<std::pair<std::string, Template>> inline_input;
  Mark mark;
};

// publish of one clause, by scope. `atomic` is parsed and ignored, as in Mistral.
struct PublishSpec {
  std::vector<std::pair<std::string, Template>> branch;
  std::vector<std::pair<std::string, Template>> global;
  bool empty() const { return branch.empty() && global.empty(); }
};

enum class EngineCommand { kNone, kNoop, kFail, kSucceed, kPause };

// One entry of an on-clause.
struct TransitionSpec {
  std::string target;                       // task name, or the command's word
  EngineCommand command = EngineCommand::kNone;  // wins over a task of the same name
  std::optional<Template> condition;        // absent = always
  std::optional<Template> message;          // `fail msg="…"`
  Mark mark;
};

struct ClauseSpec {
  std::vector<TransitionSpec> next;
  PublishSpec publish;
  bool declared = false;
};

enum class Clause { kSuccess, kError, kComplete, kSkip };
inline constexpr std::size_t kClauseCount = 4;
std::string_view to_string(Clause clause);  // "on-success", …

struct RetrySpec {
  Template count;
  Template delay;  // seconds
  std::optional<Template> break_on;
  std::optional<Template> continue_on;
};

// Policies as written; evaluated and type-checked when the task starts (dsl.md §4). Durations are seconds.
struct PolicySpec {
  std::optional<Template> wait_before;
  std::optional<Template> wait_after;
  std::optional<Template> timeout;
  std::optional<Template> concurrency;
  std::optional<Template> pause_before;
  std::optional<Template> fail_on;
  std::optional<RetrySpec> retry;
};

struct JoinSpec {
  enum class Kind { kNone, kAll, kCount };  // `one` is kCount with 1; `join: 0` is kNone
  Kind kind = Kind::kNone;
  std::uint32_t count = 0;
};

struct WithItemsSpec {
  std::string variable;
  Template collection;
};

struct TaskSpec {
  std::string name;
  Mark mark;
  std::string description;
  std::vector<std::string> tags;
  std::optional<CallSpec> action;       // at most one of action and workflow; neither = std.noop
  std::optional<CallSpec> workflow;
  std::optional<Template> input;        // dict, or an expression giving a dict
  std::vector<WithItemsSpec> with_items;
  std::vector<std::pair<std::string, Template>> publish;
  std::vector<std::pair<std::string, Template>> publish_on_error;
  std::vector<std::pair<std::string, Template>> publish_on_skip;
  bool keep_result = true;
  std::optional<Template> target;
  std::optional<bool> safe_rerun;       // absent = task-defaults, then false; an expression counts as true (upstream)
  PolicySpec policies;
  JoinSpec join;
  ClauseSpec clauses[kClauseCount];     // own clauses, indexed by Clause; effective ones are in the graph
  std::vector<std::string> requires_;   // reverse workflows: own ones; effective ones are in the graph
  std::vector<Mark> requires_marks;     // their places
};

struct TaskDefaultsSpec {
  PolicySpec policies;
  ClauseSpec clauses[kClauseCount];
  std::optional<bool> safe_rerun;
  std::vector<std::string> requires_;
  std::vector<Mark> requires_marks;
};

struct WorkflowSpec {
  std::string name;
  Mark mark;
  WorkflowType type = WorkflowType::kDirect;
  std::string description;
  std::vector<std::string> tags;
  std::vector<InputSpec> input;
  std::optional<Template> output;             // dict
  std::optional<Template> output_on_error;    // dict
  std::optional<Template> vars;               // dict
  TaskDefaultsSpec task_defaults;
  std::vector<TaskSpec> tasks;                // in document order
  Value raw;                                  // the document's dict with the injected keys (dsl.md §0.3)
};

// An ad-hoc action (dsl.md §11). Parsed in this release, run in the next.
struct AdhocActionSpec {
  std::string name;
  CallSpec base;
  std::optional<Template> base_input;
  std::vector<InputSpec> input;
  std::optional<Template> output;
  std::string description;
  std::vector<std::string> tags;
  Value raw;
  // Of a dynamic action (a class in stored code): `base` gets these, and as `input` all that the action was called
  // with, whose names only the code knows. Null: an ad-hoc action.
  Value bound;
};

}  // namespace foehn::dsl
