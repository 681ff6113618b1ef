// Definitions keep revisions: each text that a workflow has had is a record, numbered from 1. Executions pin theirs by
// hash. Any thread; calls block on the store.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/rest/services.h"

namespace foehn::rest {

struct Revision {
  std::uint64_t number = 0;
  std::string hash;
  std::string definition;
  WallTime created_at;
};

// Oldest first. A workflow that was never changed since revisions are kept has one: the present text.
Result<std::vector<Revision>> revisions_of(Services& services, const store::WorkflowRow& row);
// `wanted`: a number or the beginning of a hash (at least 4 characters). kNotFound.
Result<Revision> find_revision(Services& services, const store::WorkflowRow& row, std::string_view wanted);
// What is kept of workflows that are stored now for the first time, to be written with them.
std::vector<store::RecordRow> first_revisions(std::span<const store::WorkflowRow> rows);
// Records what `rows` say, as they are stored now. Who changes stored rows holds Services::workflow_change.
Status keep_revisions(Services& services, std::span<const store::WorkflowRow> rows);
// Stores the rows in place of those with their ids, and records what was stored, unless that was done, and what they
// say: all of it or nothing. The caller holds Services::workflow_change.
Status update_with_revisions(Services& services, const std::vector<store::WorkflowRow>& rows);

}  // namespace foehn::rest
