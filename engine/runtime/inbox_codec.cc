#include "engine/runtime/inbox_codec.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/core/event_codec.h"

namespace foehn::runtime {

// An event is stored as the core's codec writes it, with its sender as `from` (absent in rows of older versions);
// a sub-workflow to start as {"start_child": {…}, …}.
Value to_inbox(const Item& item) {
  if (const auto* event = std::get_if<core::Event>(&item.what)) {
    Value row = core::to_value(*event);
    row["from"] = to_string(item.from);
    return row;
  }
  const auto* child = std::get_if<core::StartChild>(&item.what);
  FOEHN_CHECK(child != nullptr);
  Value row = Value::object();
  row["start_child"] = core::to_value(core::Event(child->start));
  row["workflow_name"] = child->workflow_name;
  row["parent_workflow_name"] = child->parent_workflow_name;
  return row;
}

bool is_start_child(const store::InboxItem& row) { return find(row.event, "start_child") != nullptr; }

std::optional<ExecutionId> root_of_start_child(const store::InboxItem& row) {
  const auto item = from_inbox(row);
  if (!item) return std::nullopt;
  const auto* child = std::get_if<core::StartChild>(&(*item)->what);
  return child != nullptr ? child->start.root_id : std::nullopt;
}

Result<ItemPtr> from_inbox(const store::InboxItem& row) {
  auto item = std::make_unique<Item>();
  item->execution_id = row.execution_id;
  item->inbox_id = row.id;
  item->keep = true;
  item->from = ExecutionId::parse(text_or(row.event, "from")).value_or(ExecutionId{});
  const Value* start = find(row.event, "start_child");
  FOEHN_TRY(core::Event event, core::event_from_value(start != nullptr ? *start : row.event));
  if (start == nullptr) {
    item->what = std::move(event);
    return item;
  }
  auto* start_event = std::get_if<core::StartExecution>(&event);
  if (start_event == nullptr) return fail(ErrorCode::kInvalidArgument, "start_child holds another event");
  item->what = core::StartChild{std::move(*start_event), text_or(row.event, "workflow_name"),
                                text_or(row.event, "parent_workflow_name")};
  return item;
}

}  // namespace foehn::runtime
