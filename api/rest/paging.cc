#include "api/rest/paging.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "api/rest/body.h"
#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "engine/core/states.h"

namespace foehn::rest {
namespace {

using store::Filter;
using store::FilterOp;

struct Operator {
  std::string_view prefix;
  FilterOp op;
};
constexpr std::array kOperators = {
    Operator{"eq:", FilterOp::kEq},  Operator{"neq:", FilterOp::kNeq}, Operator{"gt:", FilterOp::kGt},
    Operator{"gte:", FilterOp::kGte}, Operator{"lt:", FilterOp::kLt},   Operator{"lte:", FilterOp::kLte},
    Operator{"in:", FilterOp::kIn},  Operator{"nin:", FilterOp::kNin}, Operator{"has:", FilterOp::kHas},
};

// Values that one request may compare with; SQLite takes at most 1,000 conditions side by side.
constexpr std::size_t kFilterValuesMax = 500;

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(separator)) + part;
  return text;
}

// What the query of a link must not hold as it is; the rest stays readable, as in Mistral's links.
std::string link_value(std::string_view text) {
  constexpr std::string_view kPlain = "-._~:,/@";
  std::string encoded;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || kPlain.find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c) : http::percent_encode(std::string_view(&c, 1));
  }
  return encoded;
}

Operator operator_of(std::string_view& value) {
  for (const Operator& candidate : kOperators) {
    if (!value.starts_with(candidate.prefix)) continue;
    value.remove_prefix(candidate.prefix.size());
    return candidate;
  }
  return kOperators[0];
}

Status check_value(const Parameter& parameter, const std::string& value) {
  if (parameter.kind == ParameterKind::kUuid) FOEHN_CHECK_OK(require_uuid(value));
  if (parameter.kind == ParameterKind::kState && !core::parse_state(value))
    return fail(ErrorCode::kInvalidArgument,
                "Invalid input for field/attribute " + std::string(parameter.name) + ". Value: '" + value +
                    "'. Value should be one of: CANCELLED, DELAYED, ERROR, IDLE, PAUSED, RUNNING, SKIPPED, SUCCESS, "
                    "WAITING");
  if (parameter.kind == ParameterKind::kScope && value != "private" && value != "public")
    return fail(ErrorCode::kInvalidArgument, "Invalid input for field/attribute " + std::string(parameter.name) +
                                                 ". Value: '" + value + "'. Value should be one of: private, public");
  return {};
}

// Adds the filter and its piece of the next link.
Status add_filter(ListRequest& list, const Parameter& parameter, std::string_view text) {
  Filter filter{std::string(parameter.name), FilterOp::kEq, {}};
  std::string_view value = text;
  std::string_view prefix = kOperators[0].prefix;
  if (parameter.kind == ParameterKind::kTags) {
    filter.op = FilterOp::kHas;
    filter.values = split_list(to_lower(text));
    if (filter.values.empty()) return {};
    list.link_arguments += "&" + filter.column + "=" + link_value(join(filter.values, ","));
    list.query.filters.push_back(std::move(filter));
    return {};
  }
  if (parameter.kind == ParameterKind::kBool) {
    FOEHN_TRY(const bool flag, parse_bool(parameter.name, text));
    filter.values = {flag ? "true" : "false"};
  } else {
    const Operator found = operator_of(value);
    if (parameter.kind != ParameterKind::kUuid) {
      filter.op = found.op;
      prefix = found.prefix;
    }
    const bool is_list = filter.op == FilterOp::kIn || filter.op == FilterOp::kNin;
    filter.values = is_list ? split_list(value) : std::vector{std::string(value)};
    if (filter.values.empty()) filter.values.emplace_back();
  }
  for (const std::string& one : filter.values) FOEHN_CHECK_OK(check_value(parameter, one));
  list.link_arguments += "&" + filter.column + "=" + std::string(prefix) + link_value(join(filter.values, ","));
  list.query.filters.push_back(std::move(filter));
  return {};
}

Status read_order(const http::Request& request, ListRequest& list) {
  auto keys = split_list(to_lower(request.query_value("sort_keys").value_or("created_at")));
  auto directions = split_list(to_lower(request.query_value("sort_dirs").value_or("asc")));
  if (directions.size() > keys.size())
    return fail(ErrorCode::kInvalidArgument, "Length of sort_keys must be equal or greater than sort_dirs.");
  for (const std::string& direction : directions)
    if (direction != "asc" && direction != "desc")
      return fail(ErrorCode::kInvalidArgument, "Unknown sort direction, must be 'desc' or 'asc'.");
  directions.resize(keys.size(), "asc");
  // A key that comes again decides nothing.
  for (std::size_t i = 0; i < keys.size();) {
    const auto at = keys.begin() + static_cast<std::ptrdiff_t>(i);
    const bool again = std::find(keys.begin(), at, keys[i]) != at;
    if (again) directions.erase(directions.begin() + static_cast<std::ptrdiff_t>(i));
    if (again) keys.erase(at);
    if (!again) ++i;
  }
  std::vector<std::string> shown = keys;
  if (std::find(keys.begin(), keys.end(), "id") == keys.end()) {
    shown.emplace_back("id");
    directions.emplace_back("asc");
  }
  for (std::size_t i = 0; i < shown.size(); ++i) list.query.sort.push_back({shown[i], directions[i] == "desc"});
  list.link_arguments = "sort_keys=" + link_value(join(shown, ",")) + "&sort_dirs=" + join(directions, ",");
  return {};
}

Result<std::vector<std::string>> read_fields(const http::Request& request, const ListTable& table) {
  const auto wanted = split_list(to_lower(request.query_value("fields").value_or("")));
  if (wanted.empty()) return std::vector<std::string>();
  std::vector<std::string> fields{"id"}, unknown;
  for (const std::string& field : wanted) {
    if (std::find(table.fields.begin(), table.fields.end(), field) == table.fields.end()) {
      unknown.push_back(field);
    } else if (std::find(fields.begin(), fields.end(), field) == fields.end()) {
      fields.push_back(field);
    }
  }
  if (unknown.empty()) return fields;
  const std::vector<std::string> all(table.fields.begin(), table.fields.end());
  return fail(ErrorCode::kInvalidArgument, "Some fields do not exist  [" + join(unknown, ", ") +
                                               "], please choose from [" + join(all, ", ") + "]");
}

Status read_nulls(std::string_view text, const ListTable& table, ListRequest& list) {
  for (const std::string& column : split_list(to_lower(text))) {
    if (column == "id") return fail(ErrorCode::kInvalidArgument, "The field 'id' can't hold None value.");
    if (std::find(table.fields.begin(), table.fields.end(), column) == table.fields.end())
      return fail(ErrorCode::kInvalidArgument, "'" + column + "' is not a valid field name.");
    list.query.filters.push_back({column, FilterOp::kIsNull, {}});
  }
  list.link_arguments += "&nulls=" + link_value(to_lower(text));
  return {};
}

bool is_common(std::string_view name) {
  for (const std::string_view common : {"marker", "limit", "sort_keys", "sort_dirs", "fields"})
    if (name == common) return true;
  return false;
}

const Parameter* find_parameter(const ListTable& table, std::string_view name) {
  for (const Parameter& parameter : table.parameters)
    if (parameter.name == name) return &parameter;
  return nullptr;
}

Value keep(Value item, const std::vector<std::string>& fields) {
  if (fields.empty()) return item;
  Value kept = Value::object();
  for (const auto& [key, value] : item.items())
    if (std::find(fields.begin(), fields.end(), key) != fields.end()) kept[key] = std::move(value);
  return kept;
}

}  // namespace

Result<ListRequest> parse_list(const http::Request& request, const ListTable& table,
                               const std::vector<Filter>& fixed) {
  for (const auto& [name, value] : request.query)
    if (!is_common(name) && !find_parameter(table, name))
      return fail(ErrorCode::kInvalidArgument, "Unknown argument: \"" + name + "\"");
  ListRequest list;
  FOEHN_TRY(const std::int64_t limit, int_parameter(request, "limit", limits::kPageMax));
  if (limit <= 0) return fail(ErrorCode::kInvalidArgument, "Limit must be positive.");
  list.query.limit = static_cast<std::uint32_t>(std::min<std::int64_t>(limit, limits::kPageMax));
  FOEHN_CHECK_OK(read_order(request, list));
  FOEHN_TRY(list.fields, read_fields(request, table));
  if (const auto marker = request.query_value("marker"); marker && !marker->empty())
    list.query.marker = std::string(*marker);
  for (const Filter& filter : fixed) {
    list.query.filters.push_back(filter);
    list.link_arguments += "&" + filter.column + "=eq:" + link_value(join(filter.values, ","));
  }
  for (const auto& [name, value] : request.query) {
    const Parameter* parameter = find_parameter(table, name);
    if (!parameter) continue;
    if (name == "nulls") {
      FOEHN_CHECK_OK(read_nulls(value, table, list));
    } else if (parameter->kind != ParameterKind::kSwitch) {
      FOEHN_CHECK_OK(add_filter(list, *parameter, value));
    }
  }
  std::size_t values = 0;
  for (const Filter& filter : list.query.filters) values += std::max<std::size_t>(filter.values.size(), 1);
  if (values > kFilterValuesMax)
    return fail(ErrorCode::kInvalidArgument, "The filters compare with " + std::to_string(values) +
                                                 " values; at most " + std::to_string(kFilterValuesMax) +
                                                 " are possible in one request.");
  return list;
}

Error list_error(const ListTable& table, const ListRequest& list, Error error) {
  if (error.code == ErrorCode::kNotFound && list.query.marker)
    error.message = std::string(table.missing_marker) + *list.query.marker + "]";
  return error;
}

Value list_body(const http::Request& request, const Services& services, const ListTable& table,
                const ListRequest& list, std::vector<Value> items) {
  Value body = Value::object();
  std::string last;
  if (items.size() == list.query.limit && !items.empty()) last = text_or(items.back(), "id");
  Value& array = body[std::string(table.plural)] = Value::array();
  for (Value& item : items) array.push_back(keep(std::move(item), list.fields));
  if (last.empty()) return body;
  std::string next = base_url(request, services) + "/v2/" + std::string(table.plural) + "?" + list.link_arguments +
                     "&limit=" + std::to_string(list.query.limit) + "&marker=" + last;
  if (!list.fields.empty()) next += "&fields=" + join(list.fields, ",");
  body["next"] = std::move(next);
  return body;
}

Result<Value> pick_fields(const http::Request& request, const ListTable& table, Value item) {
  FOEHN_TRY(const auto fields, read_fields(request, table));
  return keep(std::move(item), fields);
}

std::string base_url(const http::Request& request, const Services& services) {
  if (!services.options.public_url.empty()) return services.options.public_url;
  const std::string_view host = request.headers.get("Host");
  const bool secure = request.headers.get("X-Forwarded-Proto") == "https";
  return (secure ? "https://" : "http://") + std::string(host.empty() ? "localhost:8989" : host);
}

}  // namespace foehn::rest
