// /openapi.json and /docs/api.
#include "api/rest/openapi.h"

#include <string>
#include <utility>

#include "api/rest/faults.h"
#include "api/rest/handlers.h"
#include "api/rest/route_answers.h"
#include "api/rest/route_details.h"
#include "engine/base/check.h"
#include "engine/base/embedded.h"
#include "engine/base/value.h"

namespace foehn::embedded {
extern const EmbeddedFile* const rest_pages;
extern const std::size_t rest_pages_count;
}  // namespace foehn::embedded

namespace foehn::rest {
namespace {

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find(by));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

Value reference(std::string_view to) { return Value{{"$ref", "#/components/" + std::string(to)}}; }

// "name*: type" as the details write it.
struct Field {
  std::string name;
  std::string type;
  bool needed = false;
};
Field read_field(std::string_view text) {
  const std::size_t colon = text.find(':');
  Field field{std::string(text.substr(0, colon)), "string", false};
  if (colon != std::string_view::npos) field.type = text.substr(text.find_first_not_of(' ', colon + 1));
  if (field.name.ends_with('*')) {
    field.name.pop_back();
    field.needed = true;
  }
  return field;
}
// A type as route_details.h and route_answers.h write it.
Value type_schema(std::string_view type) {
  if (type.ends_with('?')) {
    Value schema = type_schema(type.substr(0, type.size() - 1));
    const std::string plain = text_or(schema, "type");
    if (plain.empty()) return schema;
    schema["type"] = Value::array({plain, "null"});
    return schema;
  }
  if (type == "any") return Value::object();
  if (type == "uuid") return Value{{"type", "string"}, {"format", "uuid"}};
  if (type == "json") return Value{{"type", "string"}, {"contentMediaType", "application/json"}};
  if (type.starts_with('[')) return Value{{"type", "array"}, {"items", type_schema(type.substr(1, type.size() - 2))}};
  if (std::isupper(static_cast<unsigned char>(type.front()))) return reference("schemas/" + std::string(type));
  return Value{{"type", type}};
}

// "GET /v2/tasks/{id}/executions" → "get_v2_tasks_by_id_executions".
std::string operation_id(const http::Route& route) {
  std::string id;
  for (const char c : route.method) id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view segment : split(route.pattern, '/')) {
    const bool name = segment.front() == '{';
    id += name ? "_by_" : "_";
    for (const char c : name ? segment.substr(1, segment.size() - 2) : segment)
      id += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  }
  return id;
}

std::string tag_of(std::string_view pattern) {
  const auto segments = split(pattern, '/');
  if (segments.empty()) return "service";
  if (segments[0] == "v2") return segments.size() > 1 ? std::string(segments[1]) : "service";
  if (segments[0] == "foehn" && segments.size() > 2) return "foehn: " + std::string(segments[2]);
  if (segments[0] == "overclouds") return "overclouds";
  return "service";
}

bool is_list_parameter(std::string_view name) {
  return name == "limit" || name == "marker" || name == "sort_keys" || name == "sort_dirs" || name == "fields";
}

Value parameters_of(const http::Route& route, const RouteDetails* details) {
  Value parameters = Value::array();
  for (const std::string_view segment : split(route.pattern, '/')) {
    if (segment.front() != '{') continue;
    parameters.push_back(Value{{"name", segment.substr(1, segment.size() - 2)},
                               {"in", "path"},
                               {"required", true},
                               {"schema", Value{{"type", "string"}}}});
  }
  if (!details) return parameters;
  for (const std::string_view text : split(details->query, ',')) {
    const Field field = read_field(text);
    if (is_list_parameter(field.name)) {
      parameters.push_back(reference("parameters/" + field.name));
    } else {
      parameters.push_back(Value{{"name", field.name}, {"in", "query"}, {"schema", type_schema(field.type)}});
    }
  }
  return parameters;
}

Value body_of(const RouteDetails& details) {
  if (details.body == BodyKind::kYaml || details.body == BodyKind::kText)
    return Value{{"required", true},
                 {"content", Value{{"text/plain", Value{{"schema", Value{{"type", "string"}}}}}}}};
  Value properties = Value::object(), needed = Value::array();
  for (const std::string_view text : split(details.attributes, ',')) {
    const Field field = read_field(text);
    properties[field.name] = type_schema(field.type);
    if (field.needed) needed.push_back(field.name);
  }
  Value schema{{"type", "object"}};
  if (!properties.empty()) schema["properties"] = std::move(properties);
  if (!needed.empty()) schema["required"] = std::move(needed);
  return Value{{"required", true}, {"content", Value{{"application/json", Value{{"schema", std::move(schema)}}}}}};
}

bool is_service(std::string_view pattern) {
  return pattern.starts_with("/foehn") || pattern.starts_with("/overclouds") || pattern == "/readyz";
}

Value error_response(std::string_view description, std::string_view schema) {
  Value content{{"application/json", Value{{"schema", reference("schemas/" + std::string(schema))}}}};
  return Value{{"description", description}, {"content", std::move(content)}};
}

Value responses_of(const http::Route& route, const RouteDetails* details) {
  const RouteAnswer* answer = answer_of(route.method, route.pattern);
  const int status = details ? details->status : 200;
  Value responses = Value::object();
  Value& success = responses[std::to_string(status)] = Value{{"description", http::reason_phrase(status)}};
  if (status != 204) {
    const std::string_view type = details ? details->produces : "application/json";
    success["content"] = Value{{type, Value{{"schema", type_schema(answer ? answer->type : "any")}}}};
  }
  for (const std::string_view also : split(answer ? answer->also : "", ' '))
    responses[std::string(also)] = Value{{"description", "The end of the work that was waited for"}};
  // 400, 415 and 503 are judged before the route is; maintenance refuses whatever is no GET.
  const Value refusal = reference(is_service(route.pattern) ? "responses/ServiceError" : "responses/MistralError");
  for (const char* any : {"400", "415", "500", "503"}) responses[any] = refusal;
  if (route.policy != "public") responses["401"] = refusal;
  if (route.policy == "admin") responses["403"] = refusal;
  if (route.method != "GET") responses["423"] = refusal;
  for (const std::string_view more : split(answer ? answer->refusals : "", ' ')) {
    const std::size_t colon = more.find(':');
    responses[std::string(more.substr(0, colon))] =
        colon == std::string_view::npos ? refusal : error_response("What was wrong.", more.substr(colon + 1));
  }
  if (route.policy != "public")
    for (const char* engine : {"501", "504"}) responses[engine] = refusal;
  return responses;
}

Value operation(const http::Route& route) {
  RouteDetails undescribed{route.method, route.pattern, BodyKind::kJson};
  const RouteDetails* details = details_of(route.method, route.pattern);
  if (!details && (route.method == "POST" || route.method == "PUT")) details = &undescribed;
  Value operation = Value::object();
  operation["operationId"] = operation_id(route);
  operation["summary"] = route.doc;
  operation["tags"] = Value::array({tag_of(route.pattern)});
  Value parameters = parameters_of(route, details);
  if (!parameters.empty()) operation["parameters"] = std::move(parameters);
  if (details && details->body != BodyKind::kNone) operation["requestBody"] = body_of(*details);
  operation["responses"] = responses_of(route, details);
  if (route.policy == "public") operation["security"] = Value::array();
  return operation;
}

Value list_parameter(std::string_view name, std::string_view type, std::string_view description) {
  return Value{{"name", name},
               {"in", "query"},
               {"description", description},
               {"schema", Value{{"type", type}}}};
}

Value components() {
  const Value text{{"type", "string"}}, any_text{{"type", Value::array({"string", "null"})}};
  Value mistral{{"type", "object"},
                {"required", Value::array({"faultstring"})},
                {"properties", Value{{"faultcode", text}, {"faultstring", text}, {"debuginfo", any_text}}}};
  Value inner{{"type", "object"},
              {"required", Value::array({"code", "message"})},
              {"properties", Value{{"code", text}, {"message", text}, {"details", Value::object()}}}};
  Value service{{"type", "object"},
                {"required", Value::array({"error"})},
                {"properties", Value{{"error", std::move(inner)}}}};
  Value schemas{{"MistralError", std::move(mistral)}, {"ServiceError", std::move(service)}};
  for (const AnswerSchema& answer : answer_schemas()) {
    Value members = Value::object();
    for (const std::string_view member : split(answer.members, ',')) {
      const Field field = read_field(member);
      members[field.name] = type_schema(field.type);
    }
    schemas[std::string(answer.name)] = Value{{"type", "object"}, {"properties", std::move(members)}};
  }
  Value parameters = Value::object();
  parameters["limit"] = list_parameter("limit", "integer", "Rows at most; the answer's `next` leads to the others.");
  parameters["marker"] = list_parameter("marker", "string", "Id of the last row of the page before.");
  parameters["sort_keys"] = list_parameter("sort_keys", "string", "Fields to sort by, separated by commas.");
  parameters["sort_dirs"] = list_parameter("sort_dirs", "string", "asc or desc for each of sort_keys.");
  parameters["fields"] = list_parameter("fields", "string", "Only these fields and the id, separated by commas.");
  return Value{
      {"schemas", std::move(schemas)},
      {"responses", Value{{"MistralError", error_response("What was wrong, as Mistral says it.", "MistralError")},
                          {"ServiceError", error_response("What was wrong.", "ServiceError")}}},
      {"parameters", std::move(parameters)},
      {"securitySchemes", Value{{"bearer", Value{{"type", "http"}, {"scheme", "bearer"}}},
                                {"token", Value{{"type", "apiKey"}, {"in", "header"}, {"name", "X-Auth-Token"}}}}}};
}

}  // namespace

Value openapi_document(const std::vector<http::Route>& routes) {
  Value paths = Value::object();
  for (const http::Route& route : routes) {
    std::string method;
    for (const char c : route.method) method += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    paths[std::string(route.pattern)][method] = operation(route);
  }
  Value document = Value::object();
  document["openapi"] = "3.1.0";
  document["info"] = Value{{"title", "Foehn"},
                           {"version", "2"},
                           {"summary", "Workflow engine: Mistral's API (/v2) and its own (/foehn/v1, /overclouds)."},
                           {"license", Value{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
  document["servers"] = Value::array({Value{{"url", "/"}}});
  document["security"] = Value::array({Value::object(), Value{{"bearer", Value::array()}},
                                       Value{{"token", Value::array()}}});
  document["paths"] = std::move(paths);
  document["components"] = components();
  return document;
}

Answer get_openapi(const http::Request&, Services& services) {
  return http::Response{200, "application/json", {}, services.openapi};
}

Answer get_api_page(const http::Request&, Services&) {
  FOEHN_CHECK(embedded::rest_pages_count == 1);
  http::Response response{200, "text/html; charset=utf-8", {}, std::string(embedded::rest_pages[0].text())};
  response.headers.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src "
                                                  "'unsafe-inline'; connect-src 'self'; base-uri 'none'");
  return response;
}

}  // namespace foehn::rest
