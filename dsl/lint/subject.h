// What the checks of lint share: one workflow with everything known about it, its texts with the moment at which each
// is evaluated, and the way to report. Built once per workflow; one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dsl/analysis.h"
#include "dsl/lint/expressions.h"
#include "dsl/yaml/source_map.h"
#include "engine/base/limits.h"

namespace foehn::dsl::lint_detail {

class Reporter {
 public:
  Reporter(Diagnostics& diagnostics, std::string_view source, const DroppedParameters& dropped)
      : diagnostics_(diagnostics), dropped_(dropped), source_(source), map_(source) {}
  void warn(std::string_view code, Mark mark, std::string message, std::string hint);
  // Nothing more is kept: looking further is in vain.
  bool full() const { return count_ >= limits::kDiagnosticsMax; }
  Mark place(const YamlNode& scalar, std::size_t offset) { return map_.place(scalar, offset); }
  // A line of the document, from 1; looked for from its beginning.
  std::string_view line(std::uint32_t number) const;
  // Whether W220 tells that the call's parameter is not there.
  bool dropped(Mark call, const std::string& name) const { return dropped_.contains(call, name); }

 private:
  Diagnostics& diagnostics_;
  const DroppedParameters& dropped_;
  std::string_view source_;
  SourceMap map_;
  std::size_t count_ = 0;
};

// When a text is evaluated, and so which variables it sees.
enum class Moment {
  kVars,       // at the start of the workflow: inputs only
  kStart,      // when the task starts
  kItem,       // the same, once per item of with-items
  kPublish,    // when it ends: what was there at its start
  kOnSuccess,  // when it ends: with what it published
  kOnError,
  kOnComplete,
  kOnSkip,
  kEnd,      // when it ends, in some state (retry, fail-on)
  kOutput,   // at the end of the workflow
  kAnyTask,  // task-defaults: in every task
};

inline constexpr std::size_t kNoTask = static_cast<std::size_t>(-1);

struct Site {
  const YamlNode* node = nullptr;  // a scalar
  Moment moment = Moment::kStart;
  std::size_t task = kNoTask;  // position in the spec
  std::string_view attribute;
  Mentions mentions;
};

struct Subject {
  const WorkflowSpec& spec;
  const WorkflowGraph& graph;
  const YamlNode& body;
  std::vector<const YamlNode*> tasks;  // their mappings, null when they are none
  std::vector<Site> sites;             // every text that is evaluated and holds an expression
};

// Every scalar below `node`, in document order.
void scalars_below(const YamlNode& node, std::vector<const YamlNode*>& out);
Subject make_subject(const ParsedWorkflow& workflow, const WorkflowGraph& graph);
const YamlNode* child(const YamlNode* node, std::string_view key);

// The checks, one file each; what they report stands in docs/diagnostics.md.
void check_variables(const Subject& subject, Reporter& reporter);  // variables.cc: W310–W312, W319
void check_names(const Subject& subject, Reporter& reporter);      // names.cc: W313, W314, W317, W327, W332, W334, W335
void check_input_names(const std::vector<InputSpec>& inputs, Reporter& reporter);  // names.cc: W332
void check_joins(const Subject& subject, Reporter& reporter);      // joins.cc: W322
void check_loops(const Subject& subject, Reporter& reporter);      // loops.cc: W320, W321
void check_habits(const Subject& subject, Reporter& reporter);     // habits.cc: W324–W326
void check_texts(const YamlNode& root, Reporter& reporter);        // texts.cc: W328, W329, W331
void check_adhoc_actions(const ParsedDocument& document, Reporter& reporter);  // adhoc.cc: W310, W313, W332, W333, W335

// calls.cc: W315, W316, W330.
struct KnownWorkflow {
  const WorkflowSpec* spec = nullptr;
  const WorkflowGraph* graph = nullptr;
};
using Workflows = std::unordered_map<std::string, KnownWorkflow>;
void check_calls(const Subject& subject, const Workflows& workflows, const std::unordered_set<std::string>& elsewhere,
                 Reporter& reporter);

// Bit sets for the analyses along the graph.
using Bits = std::vector<std::uint64_t>;
inline bool test(const Bits& bits, std::size_t bit) { return ((bits[bit / 64] >> (bit % 64)) & 1U) != 0; }
inline void set(Bits& bits, std::size_t bit) { bits[bit / 64] |= std::uint64_t{1} << (bit % 64); }

// Facts that hold when a task starts: `must` on every way to it, `may` on some. `gains(task, clause)` are the facts
// that going on by that clause adds; `on-complete` sets apart what holds after both outcomes (must) and after one
// (may).
struct Gains {
  Bits must;
  Bits may;
};
struct Facts {
  std::vector<Bits> must;
  std::vector<Bits> may;
  bool complete = false;  // false: too large to follow; nothing is known
};
Facts follow_facts(const Subject& subject, std::size_t bits, const std::vector<std::array<Gains, kClauseCount>>& gains);

// Tasks that lead back to themselves.
std::vector<bool> tasks_in_circles(const std::vector<std::vector<TaskIndex>>& next);

}  // namespace foehn::dsl::lint_detail
