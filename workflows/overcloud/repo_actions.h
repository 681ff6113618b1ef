// The `repo.*` actions, by which an OverCloud workflow writes its own record: repo.set_state, repo.record, repo.get.
#pragma once

#include "actions/registry.h"
#include "workflows/overcloud/repository.h"

namespace foehn::workflows {

// `repository` outlives the registry's use.
Status register_repo_actions(actions::ActionRegistry& registry, Repository& repository);

}  // namespace foehn::workflows
