// /v2/workflows/{id}/members: a private workflow shared with other projects. Needs authentication, as Mistral's.
#include <array>

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/record_lists.h"
#include "api/rest/views.h"
#include "api/rest/visibility.h"

namespace foehn::rest {
namespace {

using store::RecordRow;

constexpr std::string_view kMembershipKind = store::kMemberKind;
constexpr std::string_view kResourceType = "workflow";
constexpr std::array<std::string_view, 8> kMemberFields = {"id",        "resource_id", "resource_type", "project_id",
                                                     "member_id", "status",      "created_at",    "updated_at"};

// The name is the member's project, the namespace the workflow's id: a project is a member once.
Value member_view(const RecordRow& row) {
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["resource_id"] = row.record_namespace;
  view["resource_type"] = kResourceType;
  view["project_id"] = row.project_id;
  view["member_id"] = row.name;
  view["status"] = text_or(row.body, "status");
  view["created_at"] = time_view(row.created_at);
  view["updated_at"] = time_view(row.updated_at);
  return view;
}

struct Sharing {
  auth::Principal principal;
  std::string workflow;  // id
};

Result<Sharing> read_path(const http::Request& request, const Services& services) {
  if (!services.options.auth.enabled())
    return fail(ErrorCode::kInvalidArgument,
                "Resource sharing feature can only be supported with authentication enabled.");
  FOEHN_CHECK_OK(check_parameters(request, {}));
  Sharing sharing;
  FOEHN_TRY(sharing.principal, auth::authenticate(request, services.options.auth));
  const auto id = parse_uuid(request.parameter("identifier"));
  if (!id)
    return fail(ErrorCode::kInvalidArgument,
                "Only support UUID as resource identifier in resource sharing feature.");
  sharing.workflow = to_string(*id);
  return sharing;
}

// Of the workflow, as its owner or as one of them sees them, oldest first.
Result<std::vector<RecordRow>> members_of(Services& services, const Sharing& sharing) {
  store::ListQuery query;
  query.filters = {{"namespace", store::FilterOp::kEq, {sharing.workflow}}};
  FOEHN_TRY(auto page, services.catalog.records(kMembershipKind, query));
  const std::string& project = sharing.principal.project_id;
  std::erase_if(page.rows, [&](const RecordRow& row) { return row.project_id != project && row.name != project; });
  return std::move(page.rows);
}

Result<RecordRow> find_member(Services& services, const Sharing& sharing, std::string_view member) {
  FOEHN_TRY(auto rows, members_of(services, sharing));
  for (RecordRow& row : rows)
    if (row.name == member) return std::move(row);
  return fail(ErrorCode::kNotFound, "Resource member not found [resource_id=" + sharing.workflow +
                                        ", member_id=" + std::string(member) + "]");
}

}  // namespace

Answer list_members(const http::Request& request, Services& services) {
  FOEHN_TRY(const Sharing sharing, read_path(request, services));
  FOEHN_TRY(const auto rows, members_of(services, sharing));
  Value body = Value::object();
  Value& members = body["members"] = Value::array();
  for (const RecordRow& row : rows) members.push_back(member_view(row));
  return json_response(200, body);
}

Answer get_member(const http::Request& request, Services& services) {
  FOEHN_TRY(const Sharing sharing, read_path(request, services));
  FOEHN_TRY(const RecordRow row, find_member(services, sharing, request.parameter("member_id")));
  return json_response(200, member_view(row));
}

Answer create_member(const http::Request& request, Services& services) {
  FOEHN_TRY(const Sharing sharing, read_path(request, services));
  FOEHN_TRY(const Value body, json_object(request, "member_info", kMemberFields));
  FOEHN_TRY(const auto member, text_attribute(body, "member_id"));
  if (!member) return fail(ErrorCode::kInvalidArgument, "Member id must be provided.");
  FOEHN_TRY(const auto workflow, find_visible_workflow(services, sharing.principal, sharing.workflow, ""));
  if (!workflow)
    return fail(ErrorCode::kNotFound,
                "Workflow not found [workflow_identifier=" + sharing.workflow + ", namespace=]");
  if (workflow->project_id != sharing.principal.project_id)
    return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  if (workflow->scope != "private" || workflow->is_system)
    return fail(ErrorCode::kInvalidArgument, "Only private resource could be shared.");
  RecordRow row = new_record(services, kMembershipKind, *member, sharing.principal.project_id);
  row.record_namespace = sharing.workflow;
  row.body["status"] = "pending";
  const Status stored = services.catalog.create_record(row);
  if (!stored && stored.error().code == ErrorCode::kAlreadyExists)
    return fail(ErrorCode::kAlreadyExists,
                "Duplicate entry for ResourceMember ['resource_id', 'resource_type', 'member_id']: " +
                    sharing.workflow + ", " + std::string(kResourceType) + ", " + row.name);
  FOEHN_CHECK_OK(stored);
  return json_response(201, member_view(row));
}

Answer update_member(const http::Request& request, Services& services) {
  FOEHN_TRY(const Sharing sharing, read_path(request, services));
  FOEHN_TRY(const Value body, json_object(request, "member_info", kMemberFields));
  FOEHN_TRY(const auto status, text_attribute(body, "status"));
  if (!status) return fail(ErrorCode::kInvalidArgument, "Status must be provided.");
  if (*status != "pending" && *status != "accepted" && *status != "rejected")
    return fail(ErrorCode::kInvalidArgument, "Invalid input for field/attribute status. Value: '" + *status +
                                                 "'. Value should be one of: accepted, pending, rejected");
  FOEHN_TRY(RecordRow row, find_member(services, sharing, request.parameter("member_id")));
  // Only the member itself may answer; to others there is no such membership to change.
  if (row.name != sharing.principal.project_id)
    return fail(ErrorCode::kNotFound, "Resource member not found [resource_id=" + sharing.workflow +
                                          ", member_id=" + row.name + "]");
  FOEHN_TRY(row, change_record(services, std::move(row), [&](RecordRow& now) -> Status {
              now.body["status"] = *status;
              return {};
            }));
  return json_response(200, member_view(row));
}

Answer delete_member(const http::Request& request, Services& services) {
  FOEHN_TRY(const Sharing sharing, read_path(request, services));
  FOEHN_TRY(const RecordRow row, find_member(services, sharing, request.parameter("member_id")));
  if (row.project_id != sharing.principal.project_id)
    return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  FOEHN_CHECK_OK(services.catalog.remove_record(kMembershipKind, row.id));
  return http::Response{204, "", {}, ""};
}

}  // namespace foehn::rest
