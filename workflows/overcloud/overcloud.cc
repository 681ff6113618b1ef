#include "workflows/overcloud/overcloud.h"

#include <algorithm>
#include <array>

#include "engine/core/states.h"

namespace foehn::workflows {
namespace {

using core::State;

constexpr char kTenant[] = "<default-project>";
constexpr std::size_t kExecutionsKept = 50;  // entries of a record's list of executions

Value accepted(std::string_view id, std::string_view state, std::string_view execution_id) {
  const std::string path = "/overclouds/" + std::string(id);
  return Value{{"overcloud_ID", id},
               {"overcloud_id", id},
               {"state", state},
               {"execution_id", execution_id},
               {"links", {{"self", path}, {"execution", "/v2/executions/" + std::string(execution_id)}}}};
}

// What a person sees when the execution that held the OverCloud has ended without finishing its work.
std::string shown_state(const std::string& stored, const std::optional<core::Execution>& holder,
                        std::string_view kind) {
  if (!holder || stored == "ACTIVE" || stored == "DEGRADED" || stored == "DESTROYED" || stored == "FAILED")
    return stored;
  if (holder->state == State::kPaused) return "PAUSED";
  if (!core::is_complete(holder->state)) return stored;
  return kind == "create" ? "FAILED" : "DESTROY_FAILED";
}

Value addresses(const Value& body) {
  Value list = Value::array();
  if (const Value* clusters = find(body, "logical_clusters"); clusters && clusters->is_array())
    for (const auto& cluster : *clusters) list.push_back(cluster.value("ip", Value()));
  return list;
}

Value member_or_null(const Value& body, const char* name) {
  const Value* value = find(body, name);
  return value ? *value : Value();
}

// The original API's keys; a component that is off or not yet there gives null.
void add_urls(Value& view, const Value& body) {
  const Value fabric = body.value("visible_fabric", Value::object());
  const Value urls = fabric.value("urls", Value::object());
  const Value datalake = body.value("datalake", Value::object());
  view["weave_url"] = member_or_null(urls, "topology");
  view["chronograf_url"] = member_or_null(urls, "chronograf");
  view["rook_url"] = member_or_null(datalake, "dashboard_url");
  view["prometheus_url"] = member_or_null(urls, "prometheus");
  view["grafana_url"] = member_or_null(urls, "grafana");
  view["smartx-multiview"] = nullptr;
}

Value last_execution(const Value& body) {
  const Value* executions = find(body, "executions");
  return executions && executions->is_array() && !executions->empty() ? executions->back() : Value::object();
}

}  // namespace

// A mutating request: the workflow that does it and the record's change that comes with it.
struct Overclouds::Job {
  std::string kind;  // create, destroy, rollback
  std::string workflow;
  Value input;
  Value params = Value::object();
};

Overclouds::Overclouds(Repository& repository, runtime::EngineClient& engine, store::Query& query, KeySource& keys,
                       std::vector<ProviderInfo> providers, Log& log)
    : repository_(repository),
      engine_(engine),
      query_(query),
      keys_(keys),
      providers_(std::move(providers)),
      log_(log) {}

Result<std::optional<core::Execution>> Overclouds::holder(const store::ResourceRow& row) {
  const auto id = ExecutionId::parse(text_or(row.body, "lock"));
  if (!id) return std::optional<core::Execution>();
  FOEHN_TRY(auto found, query_.execution(*id));
  if (!found) return std::optional<core::Execution>();
  return std::optional(std::move(found->execution));
}

Result<Value> Overclouds::create(const Value& body) {
  FOEHN_TRY(const auto request, parse_overcloud_request(body, providers_));
  const std::string id = to_string(random_uuid());
  const std::string execution_id = to_string(random_uuid());
  const bool reverse = request.workflow == "reverse";
  const Value input{{"overcloud_id", id},
                    {"provider", request.provider},
                    {"number", request.number},
                    {"size", request.size},
                    {"concurrency", request.concurrency},
                    {"on_failure", request.on_failure},
                    {"profile", request.profile},
                    {"policy", request.policy}};
  const Value pending{{"kind", "create"},
                      {"workflow", reverse ? "overcloud.create_reverse" : "overcloud.create"},
                      {"execution_id", execution_id},
                      {"input", input},
                      {"params", reverse ? Value{{"task_name", "finish"}} : Value::object()}};
  const Value record{
      {"overcloud_ID", id},
      {"overcloud_id", id},
      {"tenant_ID", request.tenant.empty() ? std::string(kTenant) : request.tenant},
      {"name", request.name},
      {"provider", request.provider_as_given},
      {"number", request.number},
      {"size", request.size},
      {"profile", request.profile},
      {"labels", request.labels},
      {"on_failure", request.on_failure},
      {"notes", request.notes},
      {"lock", execution_id},
      {"pending", pending},
      {"executions",
       Value::array({Value{{"kind", "create"}, {"workflow", pending["workflow"]}, {"execution_id", execution_id}}})}};
  FOEHN_CHECK_OK(repository_.create(id, "REQUESTED", record));
  log_.info("overcloud_requested", {{"overcloud", id}, {"provider", request.provider}, {"execution", execution_id}});
  FOEHN_TRY(Value started, start_execution(id, pending));
  started["notes"] = request.notes;
  return started;
}

// The record names the execution before it exists, and a start is idempotent by id: a crash between the two is healed
// by starting again (resume_pending).
Result<Value> Overclouds::start_execution(std::string_view id, const Value& pending) {
  runtime::StartRequest start;
  const std::string execution_id = text_or(pending, "execution_id");
  start.id = ExecutionId::parse(execution_id);
  start.workflow_name = text_or(pending, "workflow");
  start.project_id = kTenant;
  start.description = "OverCloud " + std::string(id) + ": " + text_or(pending, "kind");
  start.input = pending.value("input", Value::object());
  start.params = pending.value("params", Value::object());
  const auto answer = engine_.start(std::move(start));
  const auto updated = repository_.update(id, [&](store::ResourceRow& row) -> Status {
    row.body.erase("pending");
    if (!answer) {
      row.body["lock"] = nullptr;
      row.body["state_reason"] = "the execution could not be started: " + answer.error().message;
    }
    return {};
  });
  if (!answer) return fail(answer.error());
  if (!updated) return fail(updated.error());
  return accepted(id, updated->state, execution_id);
}

Result<Value> Overclouds::begin(std::string_view id, const Job& job) {
  const std::string execution_id = to_string(random_uuid());
  const Value pending{{"kind", job.kind},
                      {"workflow", job.workflow},
                      {"execution_id", execution_id},
                      {"input", job.input},
                      {"params", job.params}};
  const auto updated = repository_.update(id, [&](store::ResourceRow& row) -> Status {
    FOEHN_TRY(const auto holding, holder(row));
    const bool starting = row.body.contains("pending");
    if (starting || (holding && !core::is_complete(holding->state)))
      return fail(ErrorCode::kConflict, "OverCloud " + row.key + " is in progress: execution " +
                                            text_or(row.body, "lock") + " holds it; wait for it or cancel it first");
    if (row.state == "DESTROYED")
      return fail(ErrorCode::kFailedPrecondition, "OverCloud " + row.key + " is already DESTROYED");
    row.body["lock"] = execution_id;
    row.body["pending"] = pending;
    Value& executions = row.body["executions"];
    executions.push_back(Value{{"kind", job.kind}, {"workflow", job.workflow}, {"execution_id", execution_id}});
    if (executions.size() > kExecutionsKept) executions.erase(executions.begin());
    return {};
  });
  if (!updated) return fail(updated.error());
  log_.info("overcloud_" + job.kind, {{"overcloud", std::string(id)}, {"execution", execution_id}});
  return start_execution(id, pending);
}

Result<Value> Overclouds::destroy(std::string_view id, const DestroyOptions& options) {
  constexpr std::array<std::string_view, 3> choices = {"none", "snapshot", "export"};
  if (std::find(choices.begin(), choices.end(), options.preserve) == choices.end())
    return fail(ErrorCode::kInvalidArgument,
                "preserve must be one of none, snapshot, export, not '" + options.preserve + "'");
  FOEHN_TRY(const auto row, repository_.get(id));
  return begin(id, {.kind = "destroy",
                    .workflow = "overcloud.destroy",
                    .input = Value{{"overcloud_id", row.key},
                                   {"preserve", options.preserve},
                                   {"force", options.force},
                                   {"profile", row.body.value("profile", Value::object())}},
                    .params = Value::object()});
}

Result<Value> Overclouds::rollback(std::string_view id) {
  FOEHN_TRY(const auto row, repository_.get(id));
  if (row.state == "ACTIVE" || row.state == "DEGRADED")
    return fail(ErrorCode::kFailedPrecondition,
                "OverCloud " + row.key + " is " + row.state + ": rollback is for a failed create; use DELETE");
  return begin(id, {.kind = "rollback",
                    .workflow = "overcloud.rollback",
                    .input = Value{{"overcloud_id", row.key}, {"reason", "rollback requested"}},
                    .params = Value::object()});
}

Result<Value> Overclouds::shown(const store::ResourceRow& row) {
  FOEHN_TRY(const auto holding, holder(row));
  const Value current = last_execution(row.body);
  Value view = row.body;
  for (const char* hidden : {"lock", "pending"}) view.erase(hidden);
  const std::string state = shown_state(row.state, holding, text_or(current, "kind"));
  view["state"] = state;
  if (state != row.state && holding && holding->state_info) view["state_reason"] = *holding->state_info;
  const Value post = member_or_null(row.body, "devops_post");
  view["post"] = post;
  view["devops_post"] = post.is_object() ? post.value("ip", Value()) : Value();
  view["boxes"] = member_or_null(row.body, "logical_clusters");
  view["logical_cluster"] = addresses(row.body);
  view["ssh"] = "/overclouds/" + row.key + "/ssh-key";
  add_urls(view, row.body);
  view["execution_id"] = text_or(current, "execution_id");
  if (holding) view["execution_state"] = core::to_string(holding->state);
  view["created_at"] = to_mistral_time(row.created_at);
  view["updated_at"] = row.updated_at ? Value(to_mistral_time(*row.updated_at)) : Value();
  return view;
}

Result<Value> Overclouds::get(std::string_view id) {
  FOEHN_TRY(const auto row, repository_.get(id));
  return shown(row);
}

Result<Value> Overclouds::list(const OvercloudFilter& filter) {
  FOEHN_TRY(const auto rows, repository_.list());
  Value items = Value::array();
  bool passed_marker = !filter.marker;
  for (const auto& row : rows) {
    if (!passed_marker) {
      passed_marker = row.key == *filter.marker;
      continue;
    }
    if (row.state == "DESTROYED" && !filter.deleted) continue;
    if (!filter.tenant.empty() && text_or(row.body, "tenant_ID") != filter.tenant) continue;
    FOEHN_TRY(Value view, shown(row));
    if (!filter.state.empty() && view["state"] != filter.state) continue;
    items.push_back(std::move(view));
    if (items.size() >= filter.limit) break;
  }
  if (!passed_marker) return fail(ErrorCode::kNotFound, "marker not found: " + *filter.marker);
  return items;
}

Result<std::string> Overclouds::ssh_key(std::string_view id) {
  FOEHN_TRY(const auto row, repository_.get(id));
  const std::string reference = text_or(row.body, "ssh_key_ref");
  if (reference.empty())
    return fail(ErrorCode::kNotFound, "OverCloud " + row.key + " has no ssh key (state " + row.state + ")");
  return keys_.private_key(reference);
}

Status Overclouds::resume_pending() {
  FOEHN_TRY(const auto rows, repository_.list());
  for (const auto& row : rows) {
    const Value* pending = find(row.body, "pending");
    if (!pending) continue;
    log_.info("overcloud_resumed", {{"overcloud", row.key}, {"execution", text_or(*pending, "execution_id")}});
    const auto started = start_execution(row.key, *pending);
    if (!started) log_.error("overcloud_start_failed", {{"overcloud", row.key}, {"error", started.error().message}});
  }
  return {};
}

}  // namespace foehn::workflows
