// /v2/workbooks: what a workbook holds are workflows and actions of their own, which outlive it.
#include <array>
#include <mutex>

#include "api/rest/body.h"
#include "api/rest/definitions.h"
#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "api/rest/revisions.h"
#include "api/rest/views.h"
#include "api/rest/visibility.h"

namespace foehn::rest {
namespace {

using store::WorkbookRow;

constexpr std::array<std::string_view, 9> kWorkbookFields = {"id",    "name",       "namespace",  "definition", "tags",
                                                     "scope", "project_id", "created_at", "updated_at"};
constexpr std::array kWorkbookParameters = {
    Parameter{"name"},
    Parameter{"namespace"},
    Parameter{"definition"},
    Parameter{"tags", ParameterKind::kTags},
    Parameter{"scope", ParameterKind::kScope},
    Parameter{"created_at", ParameterKind::kTime},
    Parameter{"updated_at", ParameterKind::kTime},
};
ListTable workbook_table() {
  return {"workbooks", kWorkbookFields, kWorkbookParameters, "Workbook not found [workbook_id="};
}

// As workflows: a written one shows the time of its last change only when there was one.
Value workbook_view(const WorkbookRow& row, bool written) {
  Value view = Value::object();
  view["id"] = to_string(row.id);
  view["name"] = row.name;
  view["namespace"] = row.workbook_namespace;
  view["definition"] = row.definition;
  view["tags"] = row.tags;
  view["scope"] = row.scope;
  view["project_id"] = row.project_id;
  view["created_at"] = time_view(row.created_at);
  if (!written || row.updated_at) view["updated_at"] = time_view(row.updated_at);
  return view;
}

Answer write(const http::Request& request, Services& services, bool exists) {
  FOEHN_TRY(const store::DefinitionOwner owner, definition_owner(request, services));
  const dsl::Compiled compiled = compile_request(request, services, dsl::DocumentKind::kWorkbook, owner);
  if (!compiled.ok()) return compile_fault(compiled, request.body);
  store::DefinitionService service = definition_service(services);
  const std::lock_guard lock(services.workflow_change);
  FOEHN_TRY(const store::StoredWorkbook stored, exists ? service.update_workbook(compiled, request.body, owner)
                                                       : service.create_workbook(compiled, request.body, owner));
  FOEHN_CHECK_OK(keep_revisions(services, stored.workflows));
  return json_response(exists ? 200 : 201, workbook_view(stored.workbook, true));
}

}  // namespace

Answer list_workbooks(const http::Request& request, Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  FOEHN_TRY(ListRequest list, parse_list(request, workbook_table()));
  restrict_to(principal, list.query);
  const auto page = services.catalog.workbooks(list.query);
  if (!page) return fail(list_error(workbook_table(), list, page.error()));
  std::vector<Value> items;
  for (const WorkbookRow& row : page->rows) items.push_back(workbook_view(row, false));
  return json_response(200, list_body(request, services, workbook_table(), list, std::move(items)));
}

Answer get_workbook(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace", "fields"}));
  FOEHN_TRY(const store::DefinitionOwner owner, named_owner(request, services));
  FOEHN_TRY(const WorkbookRow row, definition_service(services).workbook(request.parameter("name"), owner));
  FOEHN_TRY(const Value view, pick_fields(request, workbook_table(), workbook_view(row, false)));
  return json_response(200, view);
}

Answer create_workbook(const http::Request& request, Services& services) { return write(request, services, false); }
Answer update_workbook(const http::Request& request, Services& services) { return write(request, services, true); }

Answer delete_workbook(const http::Request& request, Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"namespace"}));
  FOEHN_TRY(const store::DefinitionOwner owner, named_owner(request, services));
  FOEHN_CHECK_OK(definition_service(services).remove_workbook(request.parameter("name"), owner));
  return http::Response{204, "", {}, ""};
}

Answer validate_workbook(const http::Request& request, Services& services) {
  return validate_text(request, services, dsl::DocumentKind::kWorkbook);
}

}  // namespace foehn::rest
