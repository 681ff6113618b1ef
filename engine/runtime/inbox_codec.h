// Rows of the inbox: events for an execution that were not stepped in the batch that produced them.
#pragma once

#include "engine/base/result.h"
#include "engine/runtime/work_queue.h"
#include "engine/store/batch.h"

namespace foehn::runtime {

// Of an item that holds an Event or a StartChild.
Value to_inbox(const Item& item);
bool is_start_child(const store::InboxItem& row);
// The root execution of a sub-workflow that is to be started.
std::optional<ExecutionId> root_of_start_child(const store::InboxItem& row);
Result<ItemPtr> from_inbox(const store::InboxItem& row);

}  // namespace foehn::runtime
