// The shipped workflows and their scripts: compiled into the binary, stored as system definitions at start.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/validate/action_catalog.h"
#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/store/catalog.h"

namespace foehn::workflows {

// Text of a shipped file by its name below workflows/builtin ("overcloud/scripts/lib.sh"); nullopt when there is none.
std::optional<std::string_view> builtin_file(std::string_view name);
std::vector<std::string> builtin_names();

// Stores every shipped workflow whose stored text differs. kInternal (a defect of ours) when one does not compile.
Status install_builtin_workflows(store::Catalog& catalog, const dsl::ActionCatalog& actions, const Clock& clock);

}  // namespace foehn::workflows
