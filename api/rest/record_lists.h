// Resources that are records (engine/store/records.h), as the API lists and finds them. Any thread; calls block.
#pragma once

#include <functional>

#include "api/rest/paging.h"
#include "api/rest/services.h"
#include "engine/store/records.h"

namespace foehn::rest {

using RecordView = std::function<Value(const store::RecordRow&)>;

// The whole answer to a list request. Parameters and sort keys that are no column of a record are members of its body.
// kPermissionDenied: all_projects by somebody who is no admin.
Result<http::Response> list_records(const http::Request& request, Services& services, const ListTable& table,
                                    std::string_view kind, RecordView view);

// Changes a record from what is stored now; another writer in between is tried again. `change` fails to refuse.
Result<store::RecordRow> change_record(Services& services, store::RecordRow row,
                                       const std::function<Status(store::RecordRow&)>& change);

// A new record of the caller's project with this name, private.
store::RecordRow new_record(Services& services, std::string_view kind, std::string name, std::string project_id);

// As WSME checks an attribute of a body. kInvalidArgument: no scope; kPermissionDenied: public by somebody who is no
// admin.
Status check_scope_attribute(std::string_view scope, const auth::Principal& principal);

// Without the members that are null: answers to writes leave out what was never set.
Value without_nulls(Value view);

}  // namespace foehn::rest
