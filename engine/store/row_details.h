// The fields of rows that nobody lists, filters or sorts by, as one JSON object per row: a field that the core adds
// needs no new column. Usual values are left out. Pure; any thread; shared by the backends that keep rows as columns.
#pragma once

#include "engine/base/result.h"
#include "engine/core/model.h"

namespace foehn::store {

Value details_of(const core::Execution& execution);
Value details_of(const core::Task& task);
Value details_of(const core::ActionRun& run);

// Sets the fields that details_of() wrote and leaves the others; kInternal naming the member that is wrong.
Status read_details(const Value& details, core::Execution& execution);
Status read_details(const Value& details, core::Task& task);
Status read_details(const Value& details, core::ActionRun& run);

std::string_view to_string(core::TimerKind kind);
std::optional<core::TimerKind> parse_timer_kind(std::string_view text);

}  // namespace foehn::store
