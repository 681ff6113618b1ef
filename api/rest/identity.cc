// /v3: as much of OpenStack's identity API (Keystone v3) as its clients need to send one of our tokens: they do not use
// a token before they have shown it there. Nothing is issued: the token that comes back is the one that was sent.
#include <algorithm>

#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/paging.h"
#include "api/rest/views.h"

namespace foehn::rest {
namespace {

constexpr std::int64_t kShownLifeMs = 86'400'000;  // clients come back then, or when the token expires

// https://docs.openstack.org/api-ref/identity/v3: a token, or a user with a password, which is the token then.
std::string token_in(const Value& body) {
  const Value* at = find(body, "auth");
  const auto below = [&at](std::string_view name) { at = at && at->is_object() ? find(*at, name) : nullptr; };
  below("identity");
  const Value* identity = at;
  below("token");
  if (at && at->is_object()) return text_or(*at, "id");
  at = identity;
  for (const char* name : {"password", "user"}) below(name);
  return at && at->is_object() ? text_or(*at, "password") : "";
}

http::Response refused(const std::string& message) {
  return json_response(401, Value{{"error", Value{{"code", 401}, {"title", "Unauthorized"}, {"message", message}}}});
}

Value named_thing(std::string_view id) {
  return Value{{"id", id}, {"name", id}, {"domain", Value{{"id", "default"}, {"name", "Default"}}}};
}

}  // namespace

Answer get_identity(const http::Request& request, Services& services) {
  Value link{{"rel", "self"}, {"href", base_url(request, services) + "/v3/"}};
  return json_response(200, Value{{"version", Value{{"id", "v3.14"},
                                                    {"status", "stable"},
                                                    {"links", Value::array({std::move(link)})},
                                                    {"media-types", Value::array()}}}});
}

Answer create_identity_token(const http::Request& request, Services& services) {
  auto body = parse_json(request.body);
  if (!body) return fail(ErrorCode::kInvalidArgument, body.error().message);
  const std::string token = token_in(*body);
  http::Request carrying;
  carrying.headers.add("X-Auth-Token", token);
  const auto principal = auth::authenticate(carrying, services.options.auth);
  if (!principal) return refused(principal.error().message);
  const std::string url = base_url(request, services) + "/v2";
  Value endpoints = Value::array();
  for (const char* interface : {"public", "internal", "admin"})
    endpoints.push_back(Value{{"id", interface}, {"interface", interface}, {"region", "foehn"},
                              {"region_id", "foehn"}, {"url", url}});
  Value roles = Value::array();
  for (const char* role : {"member", "admin"})
    if (std::string_view(role) == "member" || principal->is_admin) roles.push_back(Value{{"id", role}, {"name", role}});
  const WallTime now = services.clock.wall();
  Value shown = Value::object();
  shown["methods"] = Value::array({"token"});
  shown["issued_at"] = to_rfc3339(now);
  const WallTime shown_until = now.plus_ms(kShownLifeMs);
  shown["expires_at"] = to_rfc3339(std::min(shown_until, principal->expires_at.value_or(shown_until)));
  shown["user"] = named_thing(principal->project_id);
  shown["project"] = named_thing(principal->project_id);
  shown["roles"] = std::move(roles);
  // ?nocatalog, as Keystone has it: clients that know where the API is.
  if (!request.query_value("nocatalog"))
    shown["catalog"] = Value::array(
        {Value{{"id", "foehn"}, {"name", "foehn"}, {"type", "workflowv2"}, {"endpoints", std::move(endpoints)}}});
  http::Response response = json_response(201, Value{{"token", std::move(shown)}});
  response.headers.set("X-Subject-Token", token.empty() ? "none" : token);
  return response;
}

}  // namespace foehn::rest
