// Looking at one execution as a whole, and answering what it asks: `foehn ex timeline | export | approve`.
#include <algorithm>
#include <cstdio>

#include "api/cli/operations.h"
#include "api/cli/output.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kNestingMax = 60;
constexpr std::size_t kExportedMax = 20'000;  // tasks of one document
constexpr std::size_t kPagesMax = 1'000;
constexpr std::size_t kBarWidth = 40;

const Value& member(const Value& object, const char* name) {
  static const Value null;
  const Value* found = find(object, name);
  return found ? *found : null;
}

// ---- timeline

// A task with its path, as a row: path, id, type, state, started_at, finished_at.
void collect(const Value& tree, const std::string& prefix, Value& rows, std::size_t depth) {
  if (depth > kNestingMax) return;
  for (const Value& task : member(tree, "tasks")) {
    const std::string path = prefix + text_or(task, "name");
    Value row = {{"task", path}};
    for (const char* name : {"id", "type", "state", "created_at", "started_at", "finished_at"})
      row[name] = member(task, name);
    rows.push_back(std::move(row));
    const Value& children = member(task, "children");
    std::size_t index = 0;
    for (const Value& child : children) {
      const std::string label = children.size() > 1 ? "[" + std::to_string(index++) + "]" : "";
      collect(child, path + label + "/", rows, depth + 1);
    }
  }
}

struct Span {
  std::int64_t begin_us = 0;
  std::int64_t end_us = 0;
};

Span span_of(const Value& row, WallTime now) {
  const auto begin = parse_time(text_or(row, member(row, "started_at").is_null() ? "created_at" : "started_at"));
  const auto end = parse_time(text_or(row, "finished_at"));
  const std::int64_t from = begin ? begin->us : now.us;
  return {from, std::max(from, end ? end->us : now.us)};
}

// Where a span lies in the whole, in kBarWidth characters; at least one is filled.
std::string bar(const Span& span, const Span& whole, bool ascii) {
  const auto width = static_cast<std::int64_t>(kBarWidth);
  const std::int64_t all = std::max<std::int64_t>(1, whole.end_us - whole.begin_us);
  const auto place = [&](std::int64_t us) {
    return static_cast<std::int64_t>(static_cast<double>(us - whole.begin_us) / static_cast<double>(all) *
                                     static_cast<double>(width));
  };
  const std::int64_t from = std::clamp<std::int64_t>(place(span.begin_us), 0, width - 1);
  const std::int64_t to = std::clamp<std::int64_t>(place(span.end_us), from + 1, width);
  std::string text(static_cast<std::size_t>(from), ' ');
  for (std::int64_t i = from; i < to; ++i) text += ascii ? "=" : "█";
  return text;
}

// ---- export

// All rows of a list of the API.
Result<Value> all_rows(Api& api, std::string path, const char* key) {
  Value rows = Value::array();
  for (std::size_t page = 0; page < kPagesMax && !path.empty(); ++page) {
    FOEHN_TRY(const Value list, request(api, "GET", path));
    for (const Value& row : list.value(key, Value::array())) rows.push_back(row);
    const std::string next = text_or(list, "next");
    const std::size_t begin = next.find("/v2/");
    path = begin == std::string::npos ? "" : next.substr(begin);
  }
  return rows;
}

class Exporter {
 public:
  explicit Exporter(Api& api) : api_(api) {}

  Result<Value> execution(const std::string& id, std::size_t depth) {
    if (depth > kNestingMax) return fail(ErrorCode::kResourceExhausted, "its sub-workflows are nested too deeply");
    FOEHN_TRY(Value row, request(api_, "GET", "/v2/executions/" + id));
    for (const char* name : {"input", "output", "params", "published_global"})
      if (find(row, name)) row[name] = json_field(row, name);
    FOEHN_TRY(Value tasks, all_rows(api_, "/v2/executions/" + id + "/tasks?limit=1000&sort_keys=created_at", "tasks"));
    tasks_ += tasks.size();
    if (tasks_ > kExportedMax)
      return fail(ErrorCode::kResourceExhausted,
                  "it has more than " + std::to_string(kExportedMax) + " tasks: export its sub-workflows one by one");
    for (Value& task : tasks) FOEHN_CHECK_OK(complete(task, depth));
    row["tasks"] = std::move(tasks);
    return row;
  }

 private:
  // Adds the runs of an action, or the executions of a sub-workflow. The list of a task's runs has no results.
  Status complete(Value& task, std::size_t depth) {
    const std::string path = "/v2/tasks/" + text_or(task, "id");
    FOEHN_TRY(const Value whole, request(api_, "GET", path));
    for (const char* name : {"result", "published", "published_global", "runtime_context"})
      if (find(whole, name)) task[name] = json_field(whole, name);
    if (text_or(task, "type") == "WORKFLOW") {
      FOEHN_TRY(const Value children, all_rows(api_, path + "/workflow_executions?limit=1000", "executions"));
      Value& executions = task["executions"] = Value::array();
      for (const Value& child : children) {
        FOEHN_TRY(Value below, execution(text_or(child, "id"), depth + 1));
        executions.push_back(std::move(below));
      }
      return {};
    }
    FOEHN_TRY(Value runs, all_rows(api_, path + "/action_executions?limit=1000", "action_executions"));
    for (Value& run : runs) {
      FOEHN_TRY(run, request(api_, "GET", "/v2/action_executions/" + text_or(run, "id")));
      for (const char* name : {"input", "output"}) run[name] = json_field(run, name);
    }
    task["action_executions"] = std::move(runs);
    return {};
  }

  Api& api_;
  std::size_t tasks_ = 0;
};

// The workflow of an execution with the text that it runs.
Result<Value> workflow_of(Api& api, const std::string& execution) {
  FOEHN_TRY(const Value row, request(api, "GET", "/foehn/v1/executions/" + execution + "/definition"));
  Value workflow = Value::object();
  for (const char* name : {"id", "name", "namespace"})
    workflow[name] = member(row, ("workflow_" + std::string(name)).c_str());
  for (const char* name : {"revision", "hash", "current", "definition"}) workflow[name] = member(row, name);
  return workflow;
}

// ---- approve

struct Waiting {
  std::string task;  // path
  std::string run;
  std::string action;
};

void collect_waiting(const Value& tree, const std::string& prefix, std::vector<Waiting>& found, std::size_t depth) {
  if (depth > kNestingMax) return;
  for (const Value& task : member(tree, "tasks")) {
    const std::string path = prefix + text_or(task, "name");
    if (const Value& report = member(task, "waits_for"); report.is_object())
      found.push_back({path, text_or(report, "action_execution_id"), text_or(report, "action")});
    const Value& children = member(task, "children");
    std::size_t index = 0;
    for (const Value& child : children) {
      const std::string label = children.size() > 1 ? "[" + std::to_string(index++) + "]" : "";
      collect_waiting(child, path + label + "/", found, depth + 1);
    }
  }
}

}  // namespace

int execution_timeline(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, id);
  if (!whole) return report(whole.error());
  const auto answer = request(*api, "GET", "/foehn/v1/executions/" + *whole + "/tree");
  if (!answer) return report(answer.error());
  const WallTime now = parse_time(text_or(*answer, "now")).value_or(SystemClock().wall());
  Value rows = Value::array();
  collect(member(*answer, "execution"), "", rows, 0);
  Span all{now.us, now.us};
  for (const Value& row : rows) all.begin_us = std::min(all.begin_us, span_of(row, now).begin_us);
  all.end_us = all.begin_us;
  for (const Value& row : rows) all.end_us = std::max(all.end_us, span_of(row, now).end_us);
  const auto after = [&](const Value& row) {
    return "+" + duration_text(span_of(row, now).begin_us - all.begin_us);
  };
  const auto took = [&](const Value& row) {
    const Span span = span_of(row, now);
    return duration_text(span.end_us - span.begin_us);
  };
  const auto drawn = [&](const Value& row) { return bar(span_of(row, now), all, global.style.ascii); };
  const Value& truncated = member(*answer, "truncated");
  print_list(global, Value{{"execution_id", *whole}, {"tasks", rows}, {"truncated", truncated}}, rows,
             {"id",
              "task",
              {{"TASK", text_of("task")},
               {"STATE", state_of(global)},
               {"ID", text_of("id"), true},
               {"BEGAN", after},
               {"TOOK", took},
               {"", drawn}}});
  if (is_truthy(truncated) && !global.quiet)
    std::fprintf(stderr, "foehn: not all of it: the server sends a tree up to a bound\n");
  return kExitOk;
}

int execution_export(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, id);
  if (!whole) return report(whole.error());
  auto execution = Exporter(*api).execution(*whole, 0);
  if (!execution) return report(execution.error());
  const auto workflow = workflow_of(*api, *whole);
  if (!workflow) return report(workflow.error());
  Value document = {{"format", "foehn.execution/1"},
                    {"exported_at", to_rfc3339(SystemClock().wall())},
                    {"workflow", *workflow},
                    {"execution", std::move(*execution)}};
  if (global.quiet || !print_object(global, document)) std::printf("%s\n", pretty(document).c_str());
  return kExitOk;
}

int execution_approve(const Global& global, const ApproveOptions& options) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, options.id);
  if (!whole) return report(whole.error());
  const auto answer = request(*api, "GET", "/foehn/v1/executions/" + *whole + "/tree");
  if (!answer) return report(answer.error());
  std::vector<Waiting> waiting;
  collect_waiting(member(*answer, "execution"), "", waiting, 0);
  std::string names;
  for (const Waiting& one : waiting) names += (names.empty() ? "" : ", ") + one.task;
  if (!options.task.empty())
    std::erase_if(waiting, [&](const Waiting& one) { return one.task != options.task; });
  if (names.empty())
    return report({ErrorCode::kFailedPrecondition, "nothing in " + *whole + " waits for an approval: none of its "
                                                   "actions is ended from outside (see: foehn ex why " + *whole + ")"});
  if (waiting.empty())
    return report(
        {ErrorCode::kNotFound, "no task " + options.task + " waits for an approval; those that do: " + names});
  if (waiting.size() > 1)
    return report({ErrorCode::kInvalidArgument,
                   options.task.empty() ? "several tasks wait for an approval, name one: " + names
                                        : "several actions of " + options.task +
                                              " wait for an approval: end each with foehn action complete"});
  return action_end(global, {.id = waiting.front().run,
                             .result = options.result,
                             .reason = options.message.empty() ? "approved" : options.message,
                             .success = true});
}

}  // namespace foehn::cli
