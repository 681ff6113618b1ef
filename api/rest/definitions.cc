#include "api/rest/definitions.h"

#include "api/rest/body.h"
#include "api/rest/faults.h"
#include "api/rest/views.h"

namespace foehn::rest {

Status check_scope(std::string_view scope, const auth::Principal& principal) {
  if (scope != "private" && scope != "public")
    return fail(ErrorCode::kInvalidArgument,
                "Scope must be one of the following: {'private', 'public'}; actual: " + std::string(scope));
  if (scope == "public" && !principal.is_admin) return fail(ErrorCode::kPermissionDenied, std::string(kForbidden));
  return {};
}

Result<store::DefinitionOwner> definition_owner(const http::Request& request, const Services& services) {
  FOEHN_CHECK_OK(check_parameters(request, {"scope", "namespace", "skip_validation"}));
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  store::DefinitionOwner owner{principal.project_id, std::string(request.query_value("namespace").value_or("")),
                               std::string(request.query_value("scope").value_or("private")), principal.is_admin};
  FOEHN_CHECK_OK(check_scope(owner.scope, principal));
  return owner;
}

Result<store::DefinitionOwner> named_owner(const http::Request& request, const Services& services) {
  FOEHN_TRY(const auth::Principal principal, auth::authenticate(request, services.options.auth));
  std::string_view space = request.parameter("namespace");
  if (space.empty()) space = request.query_value("namespace").value_or("");
  return store::DefinitionOwner{principal.project_id, std::string(space), "private", principal.is_admin};
}

dsl::Compiled compile_request(const http::Request& request, Services& services, dsl::DocumentKind kind,
                              const store::DefinitionOwner& owner) {
  const store::StoredActionCatalog actions(services.catalog, services.action_catalog, owner);
  return dsl::compile(request.body, kind, &actions, dsl::kStoredBounds);
}

http::Response compile_fault(const dsl::Compiled& compiled, std::string_view source) {
  Value body = Value::object();
  body["faultstring"] = dsl::fault_text(compiled, source);
  body["diagnostics"] = diagnostics_view(compiled.diagnostics);
  return json_response(400, body);
}

Result<http::Response> validate_text(const http::Request& request, Services& services, dsl::DocumentKind kind) {
  FOEHN_CHECK_OK(check_parameters(request, {"scope", "namespace", "skip_validation"}));
  FOEHN_TRY(const store::DefinitionOwner owner, named_owner(request, services));
  const dsl::Compiled compiled = compile_request(request, services, kind, owner);
  Value body = Value::object();
  body["valid"] = compiled.ok();
  if (!compiled.ok()) body["error"] = dsl::fault_text(compiled, request.body);
  if (!compiled.diagnostics.empty()) body["diagnostics"] = diagnostics_view(compiled.diagnostics);
  return json_response(200, body);
}

store::DefinitionService definition_service(Services& services) {
  return store::DefinitionService(services.catalog, services.action_catalog, services.clock);
}

}  // namespace foehn::rest
