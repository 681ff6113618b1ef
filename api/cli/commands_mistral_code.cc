// The commands of the stock client for what is less often used: code sources, dynamic actions, members, services.
// mistralclient/commands/v2/{code_sources,dynamic_actions,members,services}.py say what each sends and prints.
#include <cstdio>
#include <cstdlib>

#include "api/cli/mistral.h"
#include "engine/base/id.h"

namespace foehn::cli {
namespace {

const char* scope_of(const MistralArguments& arguments) { return arguments.is_public ? "public" : "private"; }

Result<Value> put_code_source(const Global& global, const MistralArguments& arguments, bool update) {
  FOEHN_TRY(const std::string text, read_file(arguments.file));
  const std::string path = std::string("/v2/code_sources?") + (update ? "identifier=" : "name=") +
                           encode(arguments.name) + "&scope=" + scope_of(arguments) +
                           "&namespace=" + encode(arguments.name_space);
  return request_text(*connect_mistral(global, arguments), update ? "PUT" : "POST", path, text);
}

Result<Value> put_dynamic_action(const Global& global, const MistralArguments& arguments, bool update) {
  Value body{{"scope", scope_of(arguments)}, {"namespace", arguments.name_space}};
  body[update && parse_uuid(arguments.name) ? "id" : "name"] = arguments.name;
  if (!arguments.class_name.empty()) body["class_name"] = arguments.class_name;
  if (!arguments.code_source.empty())
    body[parse_uuid(arguments.code_source) ? "code_source_id" : "code_source_name"] = arguments.code_source;
  return request_json(*connect_mistral(global, arguments), update ? "PUT" : "POST", "/v2/dynamic_actions", body);
}

std::string members_of(const MistralArguments& arguments) {
  return "/v2/" + encode(arguments.resource_type) + "s/" + encode(arguments.id) + "/members";
}

// The client takes the project that it is logged in to.
Result<std::string> member_path(const MistralArguments& arguments) {
  std::string member = arguments.member_id;
  const char* own = std::getenv("OS_PROJECT_ID");
  if (member.empty() && own != nullptr) member = own;
  if (member.empty())
    return fail(ErrorCode::kInvalidArgument, "Whose membership? Give --member-id PROJECT, or set OS_PROJECT_ID.");
  return members_of(arguments) + "/" + encode(member);
}

}  // namespace

int mistral_code_source_put(const Global& global, const MistralArguments& arguments, bool update) {
  return show_mistral(arguments, MistralKind::kCodeSource, put_code_source(global, arguments, update));
}

int mistral_dynamic_action_put(const Global& global, const MistralArguments& arguments, bool update) {
  return show_mistral(arguments, MistralKind::kDynamicAction, put_dynamic_action(global, arguments, update));
}

int mistral_member_list(const Global& global, const MistralArguments& arguments) {
  return show_mistral_list(arguments, MistralKind::kMember,
                           request(*connect_mistral(global, arguments), "GET", members_of(arguments)));
}

int mistral_member_get(const Global& global, const MistralArguments& arguments) {
  const auto path = member_path(arguments);
  if (!path) return show_mistral(arguments, MistralKind::kMember, fail(path.error()));
  return show_mistral(arguments, MistralKind::kMember, request(*connect_mistral(global, arguments), "GET", *path));
}

int mistral_member_create(const Global& global, const MistralArguments& arguments) {
  return show_mistral(arguments, MistralKind::kMember,
                      request_json(*connect_mistral(global, arguments), "POST", members_of(arguments),
                                   Value{{"member_id", arguments.member_id}}));
}

int mistral_member_update(const Global& global, const MistralArguments& arguments) {
  const auto path = member_path(arguments);
  if (!path) return show_mistral(arguments, MistralKind::kMember, fail(path.error()));
  const Value body{{"status", arguments.state.empty() ? "accepted" : arguments.state}};
  return show_mistral(arguments, MistralKind::kMember,
                      request_json(*connect_mistral(global, arguments), "PUT", *path, body));
}

int mistral_member_delete(const Global& global, const MistralArguments& arguments) {
  const std::string path = members_of(arguments) + "/" + encode(arguments.member_id);
  const auto done = request(*connect_mistral(global, arguments), "DELETE", path);
  if (done) {
    std::printf("Request to delete %s member %s has been accepted.\n", arguments.resource_type.c_str(),
                arguments.member_id.c_str());
    return kExitOk;
  }
  std::printf("%s\n", done.error().message.c_str());
  std::fflush(stdout);
  return show_mistral(arguments, MistralKind::kMember,
                      fail(ErrorCode::kInternal, "Unable to delete the specified member."));
}

int mistral_service_list(const Global& global, const MistralArguments& arguments) {
  return show_mistral_list(arguments, MistralKind::kService,
                           request(*connect_mistral(global, arguments), "GET", "/v2/services"));
}

}  // namespace foehn::cli
