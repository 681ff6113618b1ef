// What routes answer, for /openapi.json only: the schema of success and the statuses of refusals. That this is what the
// server does is checked by tests/e2e/openapi_test.py. Constant data, any thread.
#pragma once

#include <span>
#include <string_view>

namespace foehn::rest {

// "name: type, …". Types: string, integer, number, boolean, object, array, any, uuid, json (text that is JSON), the
// name of another schema, or [type] for a list; ? behind it: may be null. No member is always there: `fields` leaves
// out most, and what is unset is often absent.
struct AnswerSchema {
  std::string_view name;
  std::string_view members;
};

struct RouteAnswer {
  std::string_view method;
  std::string_view pattern;
  std::string_view type;             // of the body, as above; "": none
  std::string_view refusals = {};    // statuses beside those that any route may answer with: "404 409"; with a body
                                     // that only this route has: "401:Schema"
  std::string_view also = {};        // other statuses of success, with bodies of any kind
};

std::span<const AnswerSchema> answer_schemas();

// Nullptr when the route is not described; the tests do not let that be.
const RouteAnswer* answer_of(std::string_view method, std::string_view pattern);

}  // namespace foehn::rest
