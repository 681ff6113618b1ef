// Records: small stored things of the API that are one JSON object each – environments, triggers, members, code
// sources, subscriptions, settings. One table for all kinds; what a body holds is known to the kind's owner only. Any
// thread; calls block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/base/id.h"
#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/store/list_query.h"

namespace foehn::store {

using RecordId = Id<struct RecordTag>;

// (kind, name, namespace, project) is unique. `revision` starts at 1 and grows by one a change.
struct RecordRow {
  RecordId id;
  std::string kind;  // "environment", "cron_trigger", …
  std::string name;
  std::string record_namespace;
  std::string project_id;
  std::string scope = "private";
  Value body = Value::object();
  std::uint64_t revision = 1;
  WallTime created_at;
  std::optional<WallTime> updated_at;
};

// A private workflow shared with another project: name = the member's project, namespace = the workflow's id,
// body.status = pending, accepted or rejected.
inline constexpr std::string_view kMemberKind = "member";

// Python code of an admin: body.content, body.version. A class in it that is an action: body.class_name, its source in
// body.code_source_id and _name. What runs it is kPythonAction, which nobody names himself.
inline constexpr std::string_view kCodeSourceKind = "code_source";
inline constexpr std::string_view kDynamicActionKind = "dynamic_action";
inline constexpr char kPythonAction[] = "foehn.python";

class Records {
 public:
  virtual ~Records() = default;

  // kAlreadyExists when the name is taken.
  virtual Status create_record(const RecordRow& row) = 0;
  // Replaces name, namespace, scope, body and updated_at of the record with this kind and id when `expected_revision`
  // is the stored one, else kConflict; kNotFound when it is gone; kAlreadyExists when the new name is taken.
  virtual Status update_record(const RecordRow& row, std::uint64_t expected_revision) = 0;
  virtual Status remove_record(std::string_view kind, RecordId id) = 0;  // kNotFound
  virtual Result<std::optional<RecordRow>> record(std::string_view kind, RecordId id) = 0;
  // As a project sees it: its own one, else a public one, the oldest first.
  virtual Result<std::optional<RecordRow>> record_for(std::string_view project_id, std::string_view kind,
                                                      std::string_view name, std::string_view record_namespace) = 0;
  // Columns: id, name, namespace, project_id, scope, body, created_at, updated_at, and `body.<member>`: members of the
  // body as they are (texts; integers; booleans as 0 and 1; lists and objects as compact JSON; anything else is null).
  // A filter's value that is an integer fits integers and texts. At most 8 members in one query.
  virtual Result<Page<RecordRow>> records(std::string_view kind, const ListQuery& query) = 0;
};

// Texts of errors that every backend gives.
Error duplicate_record(const RecordRow& row);
Error no_such_record(std::string_view kind, std::string_view id);
Error stale_record(const RecordRow& row, std::uint64_t expected, std::uint64_t stored);

}  // namespace foehn::store
