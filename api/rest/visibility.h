// What of others a caller may touch: the one place where a route's object is compared with the caller's project. Any
// thread; calls block on the store.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/http/message.h"
#include "api/rest/services.h"

namespace foehn::rest {

// Rows of lists that the caller sees: everything for an admin, else those of its project (and what is public).
void restrict_to(const auth::Principal& principal, store::ListQuery& query);

// The execution, task or action run that the path of `pattern` names, when it is another project's and the caller no
// admin: then it is not there (kNotFound, the handler's own text for an id that does not exist).
Status check_path_object(const http::Request& request, std::string_view pattern, Services& services);

// The workflow of that id or, in exactly that namespace, that name, as the caller sees it: its own, public ones, the
// system's, and those that it is an accepted member of; any for an admin.
Result<std::optional<store::WorkflowRow>> find_visible_workflow(Services& services, const auth::Principal& principal,
                                                                std::string_view identifier,
                                                                std::string_view workflow_namespace);

}  // namespace foehn::rest
