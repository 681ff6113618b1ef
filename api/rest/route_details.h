// What machines want to know of a route beside its row in routes.cc: what it takes. For /openapi.json, and what is
// no list refuses query parameters that are not here; the handlers judge everything else. Constant data, any thread.
#pragma once

#include <string_view>
#include <vector>

namespace foehn::rest {

enum class BodyKind {
  kNone,
  kYaml,   // a definition as text
  kJson,   // an object with `attributes`
  kText,   // any text
};

struct RouteDetails {
  std::string_view method;
  std::string_view pattern;
  BodyKind body = BodyKind::kNone;
  // "name*: string, input: object": names of members of the body, * = needed. Types: string, integer, boolean, object,
  // array, any.
  std::string_view attributes = {};
  std::string_view query = {};       // "limit: integer, name", as above
  int status = 200;                  // of success
  std::string_view produces = "application/json";
};

// Nullptr when nothing is known: a route without body and parameters that answers 200 with JSON, or one that was not
// described (POST and PUT: an object with any members).
const RouteDetails* details_of(std::string_view method, std::string_view pattern);

// The names of the query parameters. No details: no parameters.
std::vector<std::string_view> query_names(const RouteDetails* details);

}  // namespace foehn::rest
