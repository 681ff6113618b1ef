// List requests as Mistral's API knows them: filters with operators, order, marker and limit, fields, next
// link. Each resource gives its table; the parameters become a store::ListQuery. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/http/message.h"
#include "api/rest/services.h"
#include "engine/base/value.h"
#include "engine/store/list_query.h"

namespace foehn::rest {

enum class ParameterKind {
  kText,    // takes operators
  kTime,    // takes operators
  kJson,    // takes operators; compared as a whole
  kUuid,    // an operator is dropped, as in Mistral
  kState,   // takes operators (ours); values must be states
  kScope,   // takes operators; values must be private or public
  kBool,
  kTags,    // comma list: all must be there
  kSwitch,  // no filter: include_output and the like
};

struct Parameter {
  std::string_view name;
  ParameterKind kind = ParameterKind::kText;
};

struct ListTable {
  std::string_view plural;                     // "executions": key of the body and of the next link
  std::span<const std::string_view> fields;    // in the order that messages name them
  std::span<const Parameter> parameters;       // beside marker, limit, sort_keys, sort_dirs, fields
  std::string_view missing_marker;             // "Workflow not found [workflow_id=": the marker and "]" follow
};

struct ListRequest {
  store::ListQuery query;
  std::vector<std::string> fields;             // empty = all; else starts with "id"
  std::string link_arguments;                  // "sort_keys=…&sort_dirs=…&name=eq:x"
};

// All errors are kInvalidArgument with Mistral's texts. `fixed` are filters that the path implies.
Result<ListRequest> parse_list(const http::Request& request, const ListTable& table,
                               const std::vector<store::Filter>& fixed = {});

// The store's answer to a marker that is gone, in Mistral's words; other errors stay.
Error list_error(const ListTable& table, const ListRequest& list, Error error);

// {"<plural>": items, "next": …}; items keep only the wanted fields.
Value list_body(const http::Request& request, const Services& services, const ListTable& table,
                const ListRequest& list, std::vector<Value> items);

// Checks the `fields` of a single GET and keeps only those (and the id).
Result<Value> pick_fields(const http::Request& request, const ListTable& table, Value item);

// "http://host:port" that links begin with.
std::string base_url(const http::Request& request, const Services& services);

}  // namespace foehn::rest
