// What of others a caller may touch. Every row of the route table names its rule, which is kept before the handler is
// asked: the one place where a route's object is compared with the caller's project. Any thread; calls block on the
// store.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http/message.h"
#include "api/rest/services.h"

namespace foehn::rest {

enum class Access {
  kAdmin,   // an admin's token, when there are tokens at all
  kPublic,  // no token is asked for; shows nothing of any project
  kOwn,     // a token; the handler works on what the caller may see and nothing else. ProjectsTest asks every such
            // route for what is another project's
  // A token of the project of what the path names, or an admin's; else that is not there (404):
  kExecution,     // /v2/…/{id}
  kTask,          // the same
  kRun,           // /v2/…/{run_id}
  kTaskRun,       // a task {id} and a run {run_id}
  kOurExecution,  // /foehn/v1/…/{id}, in our words
  kOurTask,
  kOurRun,
  kRunByHand,     // /foehn/v1/…/{id}, in Mistral's words
};

enum class Object { kExecution, kTask, kRun };

struct ObjectInPath {
  Object object;
  std::string_view parameter;      // of the route's pattern
  std::string_view before, after;  // text of the handler's 404
};

inline constexpr std::array kTaskAndRun = {
    ObjectInPath{Object::kTask, "id", "Task execution not found [id=", "]"},
    ObjectInPath{Object::kRun, "run_id", "ActionExecution not found [id=", "]"}};
inline constexpr std::array kMistralExecution = {
    ObjectInPath{Object::kExecution, "id", "WorkflowExecution not found [id=", "]"}};
inline constexpr std::array kOurObjects = {ObjectInPath{Object::kExecution, "id", "There is no execution ", "."},
                                           ObjectInPath{Object::kTask, "id", "There is no task ", "."},
                                           ObjectInPath{Object::kRun, "id", "There is no action run ", "."}};
inline constexpr std::array kMistralRunById = {
    ObjectInPath{Object::kRun, "id", "ActionExecution not found [id=", "]"}};

// What is compared with the caller's project, in this order.
constexpr std::span<const ObjectInPath> objects_of(Access access) {
  const std::span<const ObjectInPath> mistral(kTaskAndRun), ours(kOurObjects);
  switch (access) {
    case Access::kPublic:
    case Access::kAdmin:
    case Access::kOwn: return {};
    case Access::kExecution: return kMistralExecution;
    case Access::kTask: return mistral.first(1);
    case Access::kRun: return mistral.last(1);
    case Access::kTaskRun: return mistral;
    case Access::kOurExecution: return ours.first(1);
    case Access::kOurTask: return ours.subspan(1, 1);
    case Access::kOurRun: return ours.last(1);
    case Access::kRunByHand: return kMistralRunById;
  }
  return {};
}

// Rows of lists that the caller sees: everything for an admin, else those of its project (and what is public).
void restrict_to(const auth::Principal& principal, store::ListQuery& query);

// The objects that the rule names, when one is another project's and the caller no admin: then it is not there
// (kNotFound, the handler's own text for an id that does not exist).
Status check_objects(const http::Request& request, Access access, Services& services);

// The workflow of that id or, in exactly that namespace, that name, as the caller sees it: its own, public ones, the
// system's, and those that it is an accepted member of; any for an admin.
Result<std::optional<store::WorkflowRow>> find_visible_workflow(Services& services, const auth::Principal& principal,
                                                                std::string_view identifier,
                                                                std::string_view workflow_namespace);

}  // namespace foehn::rest
