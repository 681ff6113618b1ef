// The parsers of the language's objects and their attribute tables. Each takes a YAML node, reports everything wrong
// with it, and fills the spec as far as it could be read.
#pragma once

#include <optional>

#include "dsl/parse/attribute.h"

namespace foehn::dsl {

// Tables, for parsers and describe_language().
AttributeTable<TaskSpec> task_table();
AttributeTable<TaskDefaultsSpec> task_defaults_table();
AttributeTable<RetrySpec> retry_table();
AttributeTable<ClauseSpec> clause_table();
AttributeTable<PublishSpec> publish_table();
AttributeTable<WorkflowSpec> workflow_table();
AttributeTable<AdhocActionSpec> action_table();
struct WorkbookParts;
AttributeTable<WorkbookParts> workbook_table();

// clause.cc
void parse_clause(ParseContext& context, const YamlNode& node, const Place& place, ClauseSpec& clause);
std::vector<std::pair<std::string, Template>> parse_publish(ParseContext& context, const Field& field);
EngineCommand engine_command(std::string_view word);

// policy.cc
void parse_retry(ParseContext& context, const Field& field, std::optional<RetrySpec>& retry);

// task.cc
void parse_task(ParseContext& context, const YamlEntry& entry, WorkflowType flow, TaskSpec& task);
void parse_task_defaults(ParseContext& context, const Field& field, TaskDefaultsSpec& defaults);

// workflow.cc
void parse_workflow(ParseContext& context, const YamlEntry& entry, WorkflowSpec& workflow);
std::vector<InputSpec> parse_inputs(const Field& field);
std::vector<std::string> to_texts(const Value& value);  // a text or a list of texts
// Names that no workflow, action or task may have; false after a report.
bool accept_name(ParseContext& context, const YamlEntry& entry, std::string_view kind);

// action.cc
void parse_action(ParseContext& context, const YamlEntry& entry, AdhocActionSpec& action);

// document.cc: whole documents.
struct ParsedWorkflow {
  WorkflowSpec spec;
  const YamlNode* body = nullptr;  // as written
  Edges edges = Edges::kAll;
};
struct ParsedDocument {
  std::vector<ParsedWorkflow> workflows;
  std::vector<AdhocActionSpec> actions;
  std::vector<const YamlNode*> action_bodies;  // as written, one per action
  Value version;
};
ParsedDocument parse_workflow_list(ParseContext& context, const YamlNode& root);
ParsedDocument parse_action_list(ParseContext& context, const YamlNode& root);
ParsedDocument parse_workbook(ParseContext& context, const YamlNode& root);

}  // namespace foehn::dsl
