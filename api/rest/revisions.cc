// Keeping revisions, and /foehn/v1/workflows/{id}/revisions and /rollback.
#include "api/rest/revisions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/reading.h"
#include "api/rest/views.h"
#include "api/rest/visibility.h"
#include "engine/base/limits.h"
#include "engine/store/definition_service.h"

namespace foehn::rest {
namespace {

constexpr std::string_view kRevisionKind = "workflow_revision";

std::uint64_t number_of(const Value& body) {
  const Value* number = find(body, "number");
  return number != nullptr && number->is_number_unsigned() ? number->get<std::uint64_t>() : 0;
}

// The newest ones, oldest first.
Result<std::vector<Revision>> stored_revisions(Services& services, DefinitionId id, std::uint32_t most) {
  store::ListQuery query;
  query.filters = {{"namespace", store::FilterOp::kEq, {to_string(id)}}};
  query.sort = {{"body.number", true}};
  query.limit = most;
  FOEHN_TRY(const auto page, services.catalog.records(kRevisionKind, query));
  std::vector<Revision> revisions;
  for (const store::RecordRow& row : page.rows)
    revisions.push_back(
        {number_of(row.body), text_or(row.body, "hash"), text_or(row.body, "definition"), row.created_at});
  std::reverse(revisions.begin(), revisions.end());
  return revisions;
}

store::RecordRow record_of(const store::WorkflowRow& row, std::uint64_t number) {
  store::RecordRow made;
  made.id = store::RecordId::random();
  made.kind = kRevisionKind;
  made.name = std::to_string(number);
  made.record_namespace = to_string(row.id);
  made.project_id = row.project_id;
  made.body = {{"number", number}, {"hash", row.hash}, {"definition", row.definition}};
  made.created_at = row.updated_at.value_or(row.created_at);
  return made;
}

Value revision_view(const Revision& revision, bool with_text, bool current) {
  Value view = Value::object();
  view["revision"] = revision.number;
  view["hash"] = revision.hash;
  view["created_at"] = time_view(revision.created_at);
  view["current"] = current;
  if (with_text) view["definition"] = revision.definition;
  return view;
}

Result<store::WorkflowRow> read_workflow(const http::Request& request, Services& services) {
  const std::string identifier(request.parameter("id"));
  const std::string space(request.query_value("namespace").value_or(""));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(auto row, find_visible_workflow(services, principal, identifier, space));
  if (!row) return fail(ErrorCode::kNotFound, "There is no workflow " + identifier + ".");
  return std::move(*row);
}

}  // namespace

Result<std::vector<Revision>> revisions_of(Services& services, const store::WorkflowRow& row) {
  FOEHN_TRY(std::vector<Revision> revisions, stored_revisions(services, row.id, limits::kPageMax));
  if (revisions.empty() || revisions.back().hash != row.hash)
    revisions.push_back({revisions.empty() ? 1 : revisions.back().number + 1, row.hash, row.definition,
                         row.updated_at.value_or(row.created_at)});
  return revisions;
}

Result<Revision> find_revision(Services& services, const store::WorkflowRow& row, std::string_view wanted) {
  FOEHN_TRY(std::vector<Revision> revisions, revisions_of(services, row));
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == wanted.data() + wanted.size();
  for (Revision& revision : revisions)
    if (is_number && revision.number == number) return std::move(revision);
  constexpr std::size_t kHashBeginMin = 4;
  for (Revision& revision : revisions)
    if (wanted.size() >= kHashBeginMin && revision.hash.starts_with(wanted)) return std::move(revision);
  return fail(ErrorCode::kNotFound, "Workflow '" + row.name + "' has no revision " + std::string(wanted) +
                                        "; it has 1 to " + std::to_string(revisions.back().number) + ".");
}

std::vector<store::RecordRow> first_revisions(std::span<const store::WorkflowRow> rows) {
  std::vector<store::RecordRow> records;
  for (const store::WorkflowRow& row : rows) records.push_back(record_of(row, 1));
  return records;
}

Status keep_revisions(Services& services, std::span<const store::WorkflowRow> rows) {
  store::DefinitionWrite write;
  for (const store::WorkflowRow& row : rows) {
    FOEHN_TRY(const std::vector<Revision> last, stored_revisions(services, row.id, 1));
    if (last.empty() || last.back().hash != row.hash)
      write.records.push_back(record_of(row, last.empty() ? 1 : last.back().number + 1));
  }
  return write.records.empty() ? Status() : services.catalog.write_definitions(write);
}

Status update_with_revisions(Services& services, const std::vector<store::WorkflowRow>& rows) {
  store::DefinitionWrite write;
  write.workflows.update = rows;
  for (const store::WorkflowRow& row : rows) {
    FOEHN_TRY(const auto stored, services.catalog.workflow(row.id));
    FOEHN_TRY(const std::vector<Revision> last, stored_revisions(services, row.id, 1));
    std::uint64_t number = last.empty() ? 0 : last.back().number;
    std::string hash = last.empty() ? "" : last.back().hash;
    for (const store::WorkflowRow* text : {stored ? &*stored : nullptr, &row}) {
      if (text == nullptr || text->hash == hash) continue;
      write.records.push_back(record_of(*text, ++number));
      hash = text->hash;
    }
  }
  return services.catalog.write_definitions(write);
}

Answer list_revisions(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const store::WorkflowRow row, read_workflow(request, services));
  FOEHN_TRY(const std::vector<Revision> revisions, revisions_of(services, row));
  Value answer = {{"workflow_id", to_string(row.id)}, {"workflow_name", row.name}, {"revisions", Value::array()}};
  for (const Revision& revision : revisions)
    answer["revisions"].push_back(revision_view(revision, false, &revision == &revisions.back()));
  return json_response(200, answer);
}

Answer get_revision(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const store::WorkflowRow row, read_workflow(request, services));
  FOEHN_TRY(const Revision revision, find_revision(services, row, request.parameter("revision")));
  return json_response(200, revision_view(revision, true, revision.hash == row.hash));
}

// `revision` is null when the workflow was deleted before this text was replaced by another one.
Answer get_pinned_definition(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {}));
  FOEHN_TRY(const core::Execution execution, read_our_execution(services, request.parameter("id")));
  FOEHN_TRY(const auto text, services.catalog.definition_text(execution.definition_hash));
  if (!text) return fail(ErrorCode::kInternal, "The text of definition " + execution.definition_hash + " is missing.");
  FOEHN_TRY(const auto row, services.catalog.workflow(execution.workflow_id));
  FOEHN_TRY(const std::vector<Revision> revisions,
            row ? revisions_of(services, *row) : stored_revisions(services, execution.workflow_id, limits::kPageMax));
  Value view = Value::object();
  view["workflow_id"] = to_string(execution.workflow_id);
  view["workflow_name"] = execution.workflow_name;
  view["workflow_namespace"] = execution.workflow_namespace;
  view["revision"] = Value();
  for (const Revision& revision : revisions)
    if (revision.hash == execution.definition_hash) view["revision"] = revision.number;
  view["hash"] = execution.definition_hash;
  view["current"] = row && row->hash == execution.definition_hash;
  view["definition"] = *text;
  return json_response(200, view);
}

// The text of an earlier revision becomes a new one: history is never rewritten.
Answer rollback_workflow(const http::Request& request, Services& services) {
  constexpr std::array<std::string_view, 1> kKnown = {"revision"};
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const Value body, json_object(request, "rollback", kKnown));
  const Value* wanted = find(body, "revision");
  if (wanted == nullptr) return fail(ErrorCode::kInvalidArgument, "The body needs a revision: its number or hash.");
  const std::lock_guard lock(services.workflow_change);
  FOEHN_TRY(store::WorkflowRow row, read_workflow(request, services));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  if (row.is_system || row.project_id != principal.project_id)
    return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  FOEHN_TRY(const Revision revision, find_revision(services, row, to_python_str(*wanted)));
  const dsl::Compiled compiled =
      dsl::compile(revision.definition, dsl::DocumentKind::kWorkflows, &services.action_catalog);
  if (!compiled.ok() || compiled.workflows.empty())
    return fail(ErrorCode::kFailedPrecondition, "Revision " + std::to_string(revision.number) +
                                                    " is not valid any more: " +
                                                    dsl::fault_text(compiled, revision.definition));
  row.updated_at = services.clock.wall();
  const std::string name = row.name;
  store::describe_workflow(*compiled.workflows.front(), row);
  row.name = name;
  FOEHN_CHECK_OK(update_with_revisions(services, {row}));
  FOEHN_TRY(const std::vector<Revision> revisions, revisions_of(services, row));
  return json_response(200, revision_view(revisions.back(), false, true));
}

}  // namespace foehn::rest
