// Lists of records: their columns, and members of the body as columns. A query's "body.x" gets a slot, a column of its
// own for this query, because columns (columns.h) are fixed tables. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "engine/store/columns.h"
#include "engine/store/records.h"

namespace foehn::store {

struct RecordSource {
  const RecordRow& row;
  const std::vector<std::string>& members;  // by slot
};
template <>
std::span<const Column<RecordSource>> columns<RecordSource>();

struct RecordQuery {
  ListQuery query;                   // with slots instead of "body.x", and the kind as a filter
  std::vector<std::string> members;  // names of letters, digits and '_', by slot
};
// kInvalidArgument: more members than slots, or a member's name with other characters.
Result<RecordQuery> record_query(std::string_view kind, const ListQuery& query);
std::string_view slot_name(std::size_t slot);

}  // namespace foehn::store
