// /foehn/v1: what operators do with executions beyond Mistral's API – re-run sets with a preview, clones, and one
// operation on many executions.
#include <algorithm>
#include <array>
#include <optional>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/reading.h"
#include "api/rest/rerun_set.h"
#include "api/rest/revisions.h"
#include "api/rest/stored_state.h"
#include "api/rest/views.h"
#include "api/rest/visibility.h"
#include "engine/base/diagnostic.h"
#include "engine/base/limits.h"

namespace foehn::rest {
namespace {

using core::State;

constexpr std::uint32_t kBulkDefault = 100;  // executions of one bulk operation that names no limit

Error invalid(std::string text) { return {ErrorCode::kInvalidArgument, std::move(text)}; }

Result<bool> flag(const Value& body, const char* name, bool otherwise) {
  const Value* value = find(body, name);
  if (value == nullptr || value->is_null()) return otherwise;
  if (!value->is_boolean()) return fail(invalid(std::string("'") + name + "' must be true or false."));
  return value->get<bool>();
}

Result<Value> object_or_null(const Value& body, const char* name) {
  const Value* value = find(body, name);
  if (value == nullptr || value->is_null()) return Value();
  if (!value->is_object()) return fail(invalid(std::string("'") + name + "' must be an object."));
  return *value;
}

// The hash of the revision that `wanted` means, with its text where executions find it. Texts that came after the
// caller lost the workflow are not theirs to run.
Result<std::string> pin_revision(const http::Request& request, Services& services, const core::Execution& execution,
                                 const Value* wanted) {
  if (wanted == nullptr || wanted->is_null()) return std::string();
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const auto row, find_visible_workflow(services, principal, to_string(execution.workflow_id),
                                                  execution.workflow_namespace));
  if (!row)
    return fail(ErrorCode::kNotFound, "Workflow '" + execution.workflow_name +
                                          "' is gone, or not yours to read any more; so are its revisions.");
  const std::string text = to_python_str(*wanted);
  if (text == "latest") {
    FOEHN_CHECK_OK(services.catalog.put_definition_text(row->hash, row->definition));
    return row->hash;
  }
  FOEHN_TRY(const Revision revision, find_revision(services, *row, text));
  FOEHN_CHECK_OK(services.catalog.put_definition_text(revision.hash, revision.definition));
  return revision.hash;
}

Result<RerunRequest> read_rerun(const http::Request& asked, Services& services,
                                const core::Execution& execution, const Value& body) {
  constexpr std::pair<std::string_view, RerunSet> kSets[] = {
      {"failed", RerunSet::kFailed},
      {"failed_and_downstream", RerunSet::kFailedAndDownstream},
      {"from_task", RerunSet::kFromTask},
      {"all", RerunSet::kAll}};
  RerunRequest request;
  FOEHN_TRY(const auto set, text_attribute(body, "set"));
  FOEHN_TRY(const auto task, text_attribute(body, "task"));
  const std::string wanted = set.value_or(task ? "from_task" : "failed");
  bool known = false;
  for (const auto& [name, value] : kSets) {
    if (name != wanted) continue;
    request.set = value;
    known = true;
  }
  if (!known)
    return fail(
        invalid("'set' must be one of failed, failed_and_downstream, from_task and all, not '" + wanted + "'."));
  request.task = task.value_or("");
  if ((request.set == RerunSet::kFromTask) != task.has_value())
    return fail(invalid("'task' (an id or a name) belongs to the set from_task, and only to it."));
  FOEHN_TRY(request.reset, flag(body, "reset", request.set != RerunSet::kFailed));
  FOEHN_TRY(request.env, object_or_null(body, "env"));
  FOEHN_TRY(request.input, object_or_null(body, "input"));
  FOEHN_TRY(request.definition_hash, pin_revision(asked, services, execution, find(body, "revision")));
  return request;
}

// Expressions below a root see the environment of the root, so that is where the one of a re-run has to be first.
Status give_environment(Services& services, const core::Execution& execution, const Value& env) {
  if (!env.is_object() || env.empty()) return {};
  FOEHN_TRY(const auto answer, services.engine.submit(execution.root_id.value_or(execution.id),
                                                      core::UpdateExecution{std::nullopt, env}));
  static_cast<void>(answer);
  return {};
}

// All of them or none.
Status submit_targets(Services& services, ExecutionId named, const std::vector<RerunTarget>& targets) {
  const bool single = targets.size() == 1;
  FOEHN_TRY(const auto answer, services.engine.submit(single ? targets.front().execution_id : named,
                                                      single ? targets.front().event : joint_event(targets)));
  static_cast<void>(answer);
  return {};
}

Value shown(const std::vector<RerunTarget>& targets) {
  Value list = Value::array();
  for (const RerunTarget& target : targets) list.push_back(target_view(target));
  return list;
}

Result<std::vector<std::uint32_t>> read_items(const Value& body) {
  std::vector<std::uint32_t> items;
  const Value* given = find(body, "items");
  if (given == nullptr || given->is_null()) return items;
  if (!given->is_array()) return fail(invalid("'items' must be a list of item numbers, from 0 on."));
  for (const Value& item : *given) {
    if (!item.is_number_unsigned() || item.get<std::uint64_t>() >= limits::kWithItemsMax)
      return fail(invalid("'items' must be a list of item numbers, from 0 on."));
    items.push_back(item.get<std::uint32_t>());
  }
  return items;
}

// ---- bulk

constexpr std::string_view kColumns[] = {"state",          "workflow_name",     "workflow_id", "workflow_namespace",
                                         "description",    "root_execution_id", "project_id",  "tags",
                                         "task_execution_id"};

Status check_states(const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (core::parse_state(value)) continue;
    std::vector<std::string> names;
    std::string all;
    for (const State state : {State::kIdle, State::kRunning, State::kPaused, State::kSuccess, State::kError,
                              State::kCancelled}) {
      names.emplace_back(core::to_string(state));
      all += (all.empty() ? "" : ", ") + names.back();
    }
    const std::string near = nearest_name(value, names);
    return fail(invalid("'state' of the query cannot be '" + value + "'" +
                        (near.empty() ? "; it is one of " + all + "." : "; did you mean '" + near + "'?")));
  }
  return {};
}

Result<store::ListQuery> read_query(const Value& body, const auth::Principal& principal) {
  const Value* given = find(body, "query");
  if (given == nullptr || !given->is_object() || given->empty())
    return fail(invalid("'query' must be an object with at least one condition, so that nobody means everything by "
                        "mistake; {\"state\": \"ERROR\"} for example."));
  store::ListQuery query;
  query.with_output = false;
  if (!principal.is_admin) query.visible_to = principal.project_id;
  for (auto item = given->begin(); item != given->end(); ++item) {
    const std::string key = item.key();
    std::vector<std::string> values;
    for (const Value& value : item->is_array() ? *item : Value::array({*item})) values.push_back(to_python_str(value));
    if (key == "ids") {
      for (const std::string& id : values) FOEHN_CHECK_OK(require_uuid(id));
      query.filters.push_back({"id", store::FilterOp::kIn, std::move(values)});
    } else if (key == "created_before" || key == "created_after") {
      query.filters.push_back(
          {"created_at", key == "created_before" ? store::FilterOp::kLt : store::FilterOp::kGt, std::move(values)});
    } else if (std::find(std::begin(kColumns), std::end(kColumns), key) != std::end(kColumns)) {
      const store::FilterOp op = key == "tags" ? store::FilterOp::kHas
                                 : item->is_array() ? store::FilterOp::kIn
                                                    : store::FilterOp::kEq;
      if (key == "state") FOEHN_CHECK_OK(check_states(values));
      query.filters.push_back({key, op, std::move(values)});
    } else {
      return fail(invalid("'query' knows no '" + key + "'."));
    }
  }
  // A sub-workflow follows what is done to its root, unless it is named itself.
  const bool named = given->contains("ids") || given->contains("root_execution_id") ||
                     given->contains("task_execution_id");
  if (!named) query.filters.push_back({"root_execution_id", store::FilterOp::kIsNull, {}});
  return query;
}

Status operate(Services& services, const std::string& operation, const core::Execution& execution, bool force) {
  if (operation == "delete") return remove_execution(services, execution.id, force);
  if (operation == "rerun") {
    RerunRequest request;
    request.reset = false;
    FOEHN_TRY(const auto targets, find_targets(services, execution.id, request));
    return submit_targets(services, execution.id, targets);
  }
  const bool over = core::is_complete(execution.state);
  if (operation == "resume" && execution.state != State::kPaused)
    return fail(ErrorCode::kFailedPrecondition,
                "It is " + std::string(core::to_string(execution.state)) + ", not PAUSED.");
  if (operation == "cancel" && over)
    return fail(ErrorCode::kFailedPrecondition, "It is " + std::string(core::to_string(execution.state)) + " already.");
  core::Event event = core::PauseExecution{};
  if (operation == "resume") event = core::ResumeExecution{};
  if (operation == "cancel") event = core::StopExecution{State::kCancelled, "Cancelled by a bulk operation.", false};
  FOEHN_TRY(const auto answer, services.engine.submit(execution.id, std::move(event)));
  static_cast<void>(answer);
  return {};
}

}  // namespace

Answer rerun_execution(const http::Request& request, Services& services) {
  constexpr std::array<std::string_view, 7> kKnown = {"set", "task", "reset", "env", "input", "revision", "preview"};
  FOEHN_TRY(const Value body, json_object(request, "rerun", kKnown));
  FOEHN_TRY(const core::Execution execution, read_our_execution(services, request.parameter("id")));
  FOEHN_TRY(const bool preview, flag(body, "preview", false));
  FOEHN_TRY(const RerunRequest wanted, read_rerun(request, services, execution, body));
  FOEHN_TRY(const auto targets, find_targets(services, execution.id, wanted));
  Value answer = {{"execution_id", to_string(execution.id)}, {"preview", preview}};
  answer["executions"] = shown(targets);
  if (preview) return json_response(200, answer);
  FOEHN_CHECK_OK(give_environment(services, execution, wanted.env));
  FOEHN_CHECK_OK(submit_targets(services, execution.id, targets));
  return json_response(200, answer);
}

Answer rerun_task(const http::Request& request, Services& services) {
  constexpr std::array<std::string_view, 6> kKnown = {"reset", "items", "env", "input", "revision", "downstream"};
  FOEHN_TRY(const Value body, json_object(request, "rerun", kKnown));
  const auto id = TaskId::parse(request.parameter("id"));
  std::optional<store::TaskRow> row;
  if (id) {
    FOEHN_TRY(row, services.query.task(*id));
  }
  if (!row) return fail(ErrorCode::kNotFound, "There is no task " + std::string(request.parameter("id")) + ".");
  FOEHN_TRY(const core::Execution execution, read_our_execution(services, to_string(row->task.execution_id)));
  core::RerunTasks event;
  event.task_ids = {*id};
  FOEHN_TRY(event.reset, flag(body, "reset", true));
  FOEHN_TRY(event.downstream, flag(body, "downstream", false));
  FOEHN_TRY(event.items, read_items(body));
  FOEHN_TRY(event.env, object_or_null(body, "env"));
  FOEHN_TRY(event.input, object_or_null(body, "input"));
  FOEHN_TRY(event.definition_hash, pin_revision(request, services, execution, find(body, "revision")));
  const bool gives_environment = event.env.is_object() && execution.root_id;
  if (gives_environment || event.input.is_object()) {
    FOEHN_TRY(const StatePtr state, load_state(services, execution.id));
    FOEHN_TRY(const core::RerunPlan plan, core::plan_rerun(*state, event));  // a refusal changes nothing
    StatePtr on_revision;
    if (!event.definition_hash.empty()) {
      FOEHN_TRY(on_revision, load_state_on(services, execution.id, event.definition_hash));
    }
    FOEHN_CHECK_OK(check_edited_input(services, on_revision ? *on_revision : *state, plan.rerun, event.input));
    if (gives_environment) FOEHN_CHECK_OK(give_environment(services, execution, event.env));
  }
  FOEHN_TRY(const auto answer, services.engine.submit(execution.id, std::move(event)));
  static_cast<void>(answer);
  FOEHN_TRY(row, services.query.task(*id));
  if (!row) return fail(ErrorCode::kNotFound, "There is no task " + to_string(*id) + ".");
  return json_response(200, task_view(*row, std::nullopt));
}

Answer clone_execution(const http::Request& request, Services& services) {
  constexpr std::array<std::string_view, 4> kKnown = {"input", "params", "description", "revision"};
  FOEHN_TRY(const Value body, json_object(request, "clone", kKnown));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const core::Execution execution, read_our_execution(services, request.parameter("id")));
  if (execution.root_id)
    return fail(ErrorCode::kFailedPrecondition, "A sub-workflow is run again by its task, or with its root: clone " +
                                                    to_string(*execution.root_id) + ".");
  runtime::StartRequest start;
  start.source_id = execution.id;
  start.project_id = principal.project_id;
  start.workflow_namespace = execution.workflow_namespace;
  FOEHN_TRY(start.definition_hash, pin_revision(request, services, execution, find(body, "revision")));
  if (start.definition_hash.empty()) start.definition_hash = execution.definition_hash;
  FOEHN_TRY(const auto description, text_attribute(body, "description"));
  start.description = description.value_or("");
  FOEHN_TRY(start.input, json_attribute(body, "input"));
  FOEHN_TRY(start.params, json_attribute(body, "params"));
  FOEHN_TRY(const runtime::Answer answer, services.engine.start(std::move(start)));
  return json_response(201, execution_view(services, answer.execution, {}));
}

Answer operate_on_many(const http::Request& request, Services& services) {
  constexpr std::array<std::string_view, 5> kKnown = {"operation", "query", "preview", "limit", "force"};
  constexpr std::string_view kOperations[] = {"cancel", "pause", "resume", "rerun", "delete"};
  FOEHN_TRY(const Value body, json_object(request, "bulk", kKnown));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(const auto operation, text_attribute(body, "operation"));
  const bool known = operation && std::find(std::begin(kOperations), std::end(kOperations), *operation) !=
                                      std::end(kOperations);
  if (!known) return fail(invalid("'operation' must be one of cancel, pause, resume, rerun and delete."));
  FOEHN_TRY(store::ListQuery query, read_query(body, principal));
  const Value* limit = find(body, "limit");
  query.limit = kBulkDefault;
  if (limit != nullptr) {
    if (!limit->is_number_unsigned() || *limit == 0U || limit->get<std::uint64_t>() > limits::kPageMax)
      return fail(invalid("'limit' must be a number from 1 to " + std::to_string(limits::kPageMax) + "."));
    query.limit = limit->get<std::uint32_t>();
  }
  FOEHN_TRY(const bool preview, flag(body, "preview", false));
  FOEHN_TRY(const bool force, flag(body, "force", false));
  FOEHN_TRY(const auto page, services.query.executions(query));
  Value answer = {{"operation", *operation}, {"preview", preview}, {"more", page.more}, {"executions", Value::array()}};
  for (const store::ExecutionRow& row : page.rows) {
    Value one = {{"id", to_string(row.execution.id)},
                 {"workflow_name", row.execution.workflow_name},
                 {"state", std::string(core::to_string(row.execution.state))}};
    if (!preview) {
      const Status status =
          services.stopping ? Status(fail(ErrorCode::kUnavailable, "The server is shutting down"))
                            : operate(services, *operation, row.execution, force);
      one["done"] = status.has_value();
      one["error"] = status ? Value() : Value(status.error().message);
    }
    answer["executions"].push_back(std::move(one));
  }
  return json_response(200, answer);
}

}  // namespace foehn::rest
