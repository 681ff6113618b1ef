// Re-runs, clones, operations on many executions, revisions of workflows.
#include <algorithm>
#include <cstdio>

#include "api/cli/line_diff.h"
#include "api/cli/operations.h"
#include "api/cli/output.h"

namespace foehn::cli {
namespace {

// Adds an object of inputs under `name` unless there are none.
Status put_inputs(Value& body, const char* name, const std::vector<std::string>& inputs) {
  if (inputs.empty()) return {};
  FOEHN_TRY(body[name], parse_inputs(inputs));
  return {};
}

Status put_rerun(Value& body, const RerunOptions& options) {
  FOEHN_CHECK_OK(put_inputs(body, "input", options.inputs));
  FOEHN_CHECK_OK(put_inputs(body, "env", options.environment));
  if (!options.revision.empty()) body["revision"] = options.revision;
  return {};
}

void print_tasks(const Value& execution, const char* list, const char* verb) {
  for (const Value& task : execution.value(list, Value::array()))
    std::printf("%-11s %s%s  (%s, was %s)\n", verb, text_or(execution, "path").c_str(), text_or(task, "name").c_str(),
                text_or(task, "id").c_str(), text_or(task, "state").c_str());
}

void print_targets(const Value& answer, bool preview) {
  for (const Value& execution : answer.value("executions", Value::array())) {
    print_tasks(execution, "rerun", preview ? "would run" : "runs");
    print_tasks(execution, "superseded", preview ? "would drop" : "dropped");
    std::string follow;
    for (const Value& name : execution.value("may_follow", Value::array()))
      follow += (follow.empty() ? "" : ", ") + cell(name);
    if (!follow.empty()) std::printf("%-11s %s%s\n", "may follow", text_or(execution, "path").c_str(), follow.c_str());
    if (const std::string error = text_or(execution, "error"); !error.empty())
      std::fprintf(stderr, "foehn: %s\n", error.c_str());
  }
}

// Of the workflow that is meant: "/revisions", …
std::string path_of(const RevisionOptions& options, const std::string& rest) {
  return in_namespace("/foehn/v1/workflows/" + encode(options.name) + rest, options.name_space);
}

Result<Value> revision_of(Api& api, const RevisionOptions& options, const std::string& revision) {
  return request(api, "GET", path_of(options, "/revisions/" + encode(revision)));
}

}  // namespace

int execution_rerun(const Global& global, const RerunOptions& options) {
  const auto api = make_http_api(global.server);
  const auto id = resolve_execution(*api, options.id);
  if (!id) return report(id.error());
  Value body = {{"set", options.all                     ? "all"
                        : options.failed_and_downstream ? "failed_and_downstream"
                        : !options.from.empty()         ? "from_task"
                                                        : "failed"},
                {"preview", options.preview}};
  if (!options.from.empty()) body["task"] = options.from;
  if (options.reset) body["reset"] = true;
  if (const Status status = put_rerun(body, options); !status) return report(status.error());
  const auto answer = request_json(*api, "POST", "/foehn/v1/executions/" + *id + "/rerun", body);
  if (!answer) return report(answer.error());
  if (print_object(global, *answer, "execution_id")) return kExitOk;
  print_targets(*answer, options.preview);
  if (!options.preview) std::fprintf(stderr, "watch it: foehn ex watch %s\n", id->c_str());
  return kExitOk;
}

int task_rerun_with(const Global& global, const RerunOptions& options) {
  const bool plain = options.inputs.empty() && options.environment.empty() && options.items.empty() &&
                     options.revision.empty() && !options.downstream;
  if (plain) return task_rerun(global, options.id, options.resume);
  const auto api = make_http_api(global.server);
  const auto id = resolve_task(*api, options.id);
  if (!id) return report(id.error());
  Value body = {{"reset", !options.resume}, {"downstream", options.downstream}};
  if (!options.items.empty()) body["items"] = options.items;
  if (const Status status = put_rerun(body, options); !status) return report(status.error());
  const auto row = request_json(*api, "POST", "/foehn/v1/tasks/" + *id + "/rerun", body);
  if (!row) return report(row.error());
  if (!print_object(global, *row, "id"))
    std::printf("%s  %s  (watch it: foehn ex watch %s)\n", state_text(text_or(*row, "state"), global.style).c_str(),
                text_or(*row, "name").c_str(), text_or(*row, "workflow_execution_id").c_str());
  return kExitOk;
}

int execution_clone(const Global& global, const CloneOptions& options) {
  const auto api = make_http_api(global.server);
  const auto id = resolve_execution(*api, options.id);
  if (!id) return report(id.error());
  Value body = Value::object();
  if (const Status status = put_inputs(body, "input", options.inputs); !status) return report(status.error());
  if (!options.description.empty()) body["description"] = options.description;
  if (!options.revision.empty()) body["revision"] = options.revision;
  const auto row = request_json(*api, "POST", "/foehn/v1/executions/" + *id + "/clone", body);
  if (!row) return report(row.error());
  if (!print_object(global, *row, "id"))
    std::printf("%s  (watch it: foehn ex watch %s)\n", text_or(*row, "id").c_str(), text_or(*row, "id").c_str());
  return kExitOk;
}

int execution_bulk(const Global& global, const BulkOptions& options) {
  const auto query = parse_inputs(options.query);
  if (!query) return report(query.error());
  Value body = {{"operation", options.operation}, {"query", *query}, {"preview", options.preview}};
  if (options.limit > 0) body["limit"] = options.limit;
  if (options.force) body["force"] = true;
  const auto api = make_http_api(global.server);
  const auto answer = request_json(*api, "POST", "/foehn/v1/executions/bulk", body);
  if (!answer) return report(answer.error());
  const Value rows = answer->value("executions", Value::array());
  const auto outcome = [](const Value& row) {
    if (find(row, "done") == nullptr) return std::string("-");
    return is_truthy(row.at("done")) ? std::string("done") : text_or(row, "error");
  };
  print_list(global, *answer, rows,
             {"id", "workflow_name",
              {{"ID", text_of("id")}, {"WORKFLOW", text_of("workflow_name")}, {"WAS", text_of("state")},
               {"OUTCOME", outcome}}});
  if (is_truthy(answer->value("more", Value())))
    std::fprintf(stderr, "there are more: say it again, or with --limit\n");
  const bool failed = std::any_of(rows.begin(), rows.end(), [](const Value& row) {
    const Value* done = find(row, "done");
    return done != nullptr && !is_truthy(*done);
  });
  return failed ? kExitConflict : kExitOk;
}

int workflow_history(const Global& global, const RevisionOptions& options) {
  const auto api = make_http_api(global.server);
  const auto answer = request(*api, "GET", path_of(options, "/revisions"));
  if (!answer) return report(answer.error());
  const auto number = [](const Value& row) { return cell(row.at("revision")); };
  const auto current = [](const Value& row) { return std::string(is_truthy(row.at("current")) ? "current" : ""); };
  print_list(global, *answer, answer->value("revisions", Value::array()),
             {"hash", "hash",
              {{"REVISION", number},
               {"HASH", text_of("hash")},
               {"CREATED", time_of(global, "created_at")},
               {"", current}}});
  return kExitOk;
}

int workflow_diff(const Global& global, const RevisionOptions& options) {
  if (options.revision.empty()) return definition_diff(global, options.name, options.name_space);
  const auto api = make_http_api(global.server);
  const auto from = revision_of(*api, options, options.revision);
  if (!from) return report(from.error());
  std::string other = options.second;
  if (other.empty()) {
    const auto list = request(*api, "GET", path_of(options, "/revisions"));
    if (!list) return report(list.error());
    other = cell(list->at("revisions").back().at("revision"));
  }
  const auto to = revision_of(*api, options, other);
  if (!to) return report(to.error());
  const auto lines = line_diff(text_or(*from, "definition"), text_or(*to, "definition"));
  if (!lines) return report(lines.error());
  std::fputs(lines->c_str(), stdout);
  return kExitOk;
}

int workflow_rollback(const Global& global, const RevisionOptions& options) {
  const auto api = make_http_api(global.server);
  const auto answer = request_json(*api, "POST", path_of(options, "/rollback"), {{"revision", options.revision}});
  if (!answer) return report(answer.error());
  if (!print_object(global, *answer))
    std::printf("%s is at revision %s (%s)\n", options.name.c_str(), cell(answer->at("revision")).c_str(),
                text_or(*answer, "hash").c_str());
  return kExitOk;
}

}  // namespace foehn::cli
