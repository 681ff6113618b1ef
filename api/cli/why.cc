// foehn ex why: the answer of the server as a tree of lines.
#include <cstdio>

#include "api/cli/operations.h"
#include "api/cli/output.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kDepthMax = 60;

const Value& member(const Value& object, const char* name) {
  static const Value null;
  const Value* found = find(object, name);
  return found ? *found : null;
}

std::string since(const Value& object, const Value& now) {
  return duration_between(member(object, "since"), now, WallTime{});
}

std::string dot(const Style& style) { return style.ascii ? " - " : " · "; }

class Tree {
 public:
  Tree(const Value& now, const Style& style) : now_(now), style_(style), dot_(dot(style)) {}

  void execution(const Value& view, const std::string& indent, std::size_t depth) {
    if (depth > kDepthMax) return;
    if (const Value& paused = member(view, "paused"); paused.is_object()) {
      const std::string by = text_or(paused, "by");  // "by hand", or who
      line(indent, "paused for " + since(paused, now_) + (by.starts_with("by ") ? " " : " by ") + by);
      line(indent + "  ", "go on with: " + text_or(paused, "resume"));
    }
    for (const Value& task : member(view, "waiting")) unfinished(task, indent, depth);
  }
  std::string take() { return std::move(text_); }

 private:
  void line(const std::string& indent, const std::string& text) {
    text_ += indent + (style_.ascii ? "`- " : "└ ") + one_line(text) + "\n";
  }

  void unfinished(const Value& task, const std::string& indent, std::size_t depth) {
    std::string text = "task " + text_or(task, "name");
    if (const Value& items = member(task, "items"); items.is_object())
      text += " (" + cell(member(items, "done")) + "/" + cell(member(items, "total")) + " items done)";
    const std::string what = text_or(task, "waits_for");
    if (what == "join") text += " joins: still missing " + names(member(task, "missing"));
    if (const std::string until = text_or(task, "until"); !until.empty()) text += dot_ + what + " until " + until;
    if (const Value& retries = member(task, "retries"); retries.is_object() && is_truthy(member(retries, "made")))
      text += dot_ + "retry " + cell(member(retries, "made")) + " of " + cell(member(retries, "most"));
    if (what == "resume") text += dot_ + text_or(task, "text");
    if (const std::string end = text_or(task, "timeout_at"); !end.empty()) text += dot_ + "times out at " + end;
    line(indent, text);
    const std::string below = indent + "  ";
    for (const Value& run : member(task, "runs")) active(run, member(task, "items").is_object(), below);
    if (is_truthy(member(task, "more_runs"))) line(below, "and " + cell(member(task, "more_runs")) + " more");
    for (const Value& child : member(task, "executions")) {
      line(below, "sub-workflow " + text_or(child, "workflow_name") + " " + text_or(child, "state") + " for " +
                      since(child, now_) + " (" + text_or(child, "id") + ")");
      execution(child, below + "  ", depth + 1);
    }
  }

  static std::string names(const Value& missing) {
    std::string text;
    for (const Value& one : missing)
      text += (text.empty() ? "" : ", ") + text_or(one, "name") + " (" + text_or(one, "state", "not started") + ")";
    return text.empty() ? "nothing" : text;
  }

  // "waits for a slot: 100 of 100 runs on 10.0.0.5 busy"; when there is room it is about to leave.
  std::string slot_text(const Value& slots) const {
    if (!slots.is_object()) return dot_ + "waits for a slot for ";
    const bool full = slots.value("busy", 0) >= slots.value("most", 0);
    const std::string of = text_or(slots, "of");
    const std::string what = full ? dot_ + "waits for a slot: " : dot_ + "waits for its turn: ";
    return what + cell(member(slots, "busy")) + " of " + cell(member(slots, "most")) + " runs" +
           (of.empty() ? "" : " on " + of) + " busy" + dot_ + "for ";
  }

  void active(const Value& run, bool is_item, const std::string& indent) {
    std::string text = is_item ? "item " + cell(member(run, "item")) + " → " : "";
    if (style_.ascii && is_item) text = "item " + cell(member(run, "item")) + " -> ";
    text += "action " + text_or(run, "action");
    if (const Value& attempt = member(run, "attempt"); attempt.is_number() && attempt != 1)
      text += " attempt " + cell(attempt);
    if (const Value& host = member(run, "host"); host.is_string()) text += dot_ + "on " + cell(host);
    if (const Value& target = member(run, "target"); target.is_string()) text += dot_ + "target " + cell(target);
    const std::string what = text_or(run, "waits_for");
    text += what == "capacity" ? slot_text(member(run, "slots"))
                               : dot_ + (what == "action" ? "runs for " : "waits for ");
    text += since(run, now_);
    line(indent, text);
    const Value& log = member(run, "last_log_line");
    if (log.is_string()) line(indent + "  ", "last line: " + cell(log));
    if (what == "result") line(indent + "  ", "its result is reported from outside: " + text_or(run, "report"));
    if (what == "resume_of_action") line(indent + "  ", "it was paused; PUT /v2/action_executions RUNNING resumes it");
  }

  const Value& now_;
  const Style& style_;
  const std::string dot_;  // between the parts of a line
  std::string text_;
};

std::string leaf_text(const Value& leaf, const Style& style) {
  const std::string then = dot(style);
  std::string text = "  " + text_or(leaf, "path") + "  " + text_or(leaf, "state");
  if (const std::string action = text_or(leaf, "action"); !action.empty()) text += then + "action " + action;
  if (const Value& items = member(leaf, "failed_items"); items.is_array()) text += then + "items " + to_json(items);
  text += "\n    error   " + one_line(text_or(leaf, "error", "unknown")) + "\n";
  if (const Value& input = member(leaf, "input"); input.is_object() && !input.empty())
    text += "    input   " + to_json(input) + "\n";
  return text + "    again   " + text_or(leaf, "rerun") + "\n";
}

}  // namespace

std::string why_text(const Value& answer, const Style& style) {
  const Value& execution = member(answer, "execution");
  const Value& failed = member(answer, "failed");
  const std::string state = text_or(execution, "state");
  const bool over = state == "SUCCESS" || state == "ERROR" || state == "CANCELLED";
  std::string text = state_word(state, style);
  if (!over) text += " for " + since(execution, member(answer, "now"));
  if (!over && !member(execution, "waiting").empty()) text += dot(style) + "waiting";
  text += "\n";
  Tree tree(member(answer, "now"), style);
  tree.execution(execution, " ", 0);
  text += tree.take();
  if (!failed.empty()) text += "failed:\n";
  for (const Value& leaf : failed) text += leaf_text(leaf, style);
  if (is_truthy(member(answer, "more_failed"))) text += "  and " + cell(member(answer, "more_failed")) + " more\n";
  if (const std::string rerun = text_or(answer, "rerun"); !rerun.empty()) text += "all of it again: " + rerun + "\n";
  for (const Value& broken : member(answer, "stuck")) text += "STUCK, please report: " + cell(broken) + "\n";
  if (is_truthy(member(answer, "maintenance")))
    text += "the server is in maintenance: nothing new starts until PUT /maintenance RUNNING.\n";
  if (!over && member(answer, "stuck").empty()) text += "nothing is stuck.\n";
  return text;
}

int execution_why(const Global& global, const std::string& id) {
  const auto api = make_http_api(global.server);
  const auto whole = resolve_execution(*api, id);
  if (!whole) return report(whole.error());
  const auto answer = request(*api, "GET", "/foehn/v1/executions/" + *whole + "/why");
  if (!answer) return report(answer.error());
  if (!print_object(global, *answer)) std::fputs(why_text(*answer, global.style).c_str(), stdout);
  return kExitOk;
}

}  // namespace foehn::cli
