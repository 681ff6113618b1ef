// What the endpoints that take YAML texts have in common: scope and namespace of the request, compiling with the
// actions that the project has, and the answers about mistakes. Any thread; calls block on the store.
#pragma once

#include "api/http/message.h"
#include "api/rest/services.h"
#include "dsl/compile.h"
#include "engine/store/definition_service.h"

namespace foehn::rest {

// From `scope`, `namespace` and the caller. kInvalidArgument: other parameters, another scope; kPermissionDenied: a
// public one by somebody who is no admin.
Result<store::DefinitionOwner> definition_owner(const http::Request& request, const Services& services);
// The same of a request that only names something: `namespace` of the path or the query.
Result<store::DefinitionOwner> named_owner(const http::Request& request, const Services& services);
// kInvalidArgument: neither "private" nor "public"; kPermissionDenied: public by somebody who is no admin.
Status check_scope(std::string_view scope, const auth::Principal& principal);

dsl::Compiled compile_request(const http::Request& request, Services& services, dsl::DocumentKind kind,
                              const store::DefinitionOwner& owner);
// 400 with all mistakes as text (line, column, caret, hint) and as data.
http::Response compile_fault(const dsl::Compiled& compiled, std::string_view source);
// POST …/validate: 200 {"valid", "error"?, "diagnostics"?}
Result<http::Response> validate_text(const http::Request& request, Services& services, dsl::DocumentKind kind);

store::DefinitionService definition_service(Services& services);

}  // namespace foehn::rest
