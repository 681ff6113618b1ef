#include "api/cli/watch.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>

#include "api/cli/causes.h"
#include "api/cli/interrupt.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kNameWidthMax = 32;
constexpr std::size_t kTreeDepthMax = 20;
constexpr std::int64_t kWaitMs = 30'000;       // of one request that waits for the end
constexpr std::int64_t kHintAfterMs = 1'000;  // what is reported at once needs no hint

const Value& member(const Value& object, const char* name) {
  static const Value null;
  const Value* found = find(object, name);
  return found ? *found : null;
}

bool ended(const std::string& state) { return state == "SUCCESS" || state == "ERROR" || state == "CANCELLED"; }

std::string items_text(const Value& items) {
  if (!items.is_object() || items.value("total", 0) <= 1) return "";
  const int done = items.value("succeeded", 0) + items.value("failed", 0) + items.value("cancelled", 0);
  std::string text = std::to_string(done) + "/" + std::to_string(items.value("total", 0));
  if (items.value("failed", 0) > 0) text += " (" + std::to_string(items.value("failed", 0)) + " failed)";
  return text;
}

class TreeWriter {
 public:
  TreeWriter(const Style& style, WallTime now) : style_(style), now_(now) {}

  void execution(const Value& tree, std::size_t depth) {
    if (depth > kTreeDepthMax) return;
    for (const auto& task : member(tree, "tasks")) {
      line(task, depth);
      const Value& children = member(task, "children");
      if (!children.is_array()) continue;
      std::size_t index = 0;
      for (const auto& child : children) {
        // One child: its tasks stand under the task itself. Several (with-items): a line per child, and its tasks only
        // while they are of interest.
        if (children.size() > 1) child_line(child, index++, depth + 1);
        if (children.size() > 1 && text_or(child, "state") == "SUCCESS") continue;
        execution(child, depth + (children.size() > 1 ? 2 : 1));
      }
    }
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  void line(const Value& task, std::size_t depth) {
    std::string name = std::string(depth * 2, ' ') + cut(text_or(task, "name"), kNameWidthMax);
    if (const std::size_t width = display_width(name); width < kNameWidthMax) name.append(kNameWidthMax - width, ' ');
    const Value& begin = member(task, "started_at").is_null() ? member(task, "created_at") : member(task, "started_at");
    const Value& end = member(task, "finished_at");
    std::string text =
        "  " + state_text(text_or(task, "state"), style_) + "  " + name + " " + duration_between(begin, end, now_);
    if (const std::string items = items_text(member(task, "items")); !items.empty())
      text += std::string("  ") + (style_.ascii ? "> " : "▸ ") + items;
    std::string remark =
        text_or(task, "state") == "ERROR" ? short_cause(text_or(task, "state_info")) : text_or(task, "last_log_line");
    remark = one_line(remark.substr(0, remark.find('\n')));
    if (!remark.empty()) text += "  " + dim(remark, style_);
    lines_.push_back(text);
  }
  void child_line(const Value& child, std::size_t index, std::size_t depth) {
    lines_.push_back("  " + state_text(text_or(child, "state"), style_) + "  " + std::string(depth * 2, ' ') + "[" +
                     std::to_string(index) + "] " + text_or(child, "workflow"));
  }

  const Style& style_;
  const WallTime now_;
  std::vector<std::string> lines_;
};

// Draws over what it drew before.
class Screen {
 public:
  explicit Screen(const Style& style) : style_(style) {}
  void show(const std::string& text) {
    std::string out;
    if (drawn_ > 0) out += "\x1b[" + std::to_string(drawn_) + "A";
    drawn_ = 0;
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = text.find('\n', begin);
      out += "\x1b[2K" +
             cut(std::string_view(text).substr(begin, end - begin), static_cast<std::size_t>(style_.width)) + "\n";
      ++drawn_;
      begin = end == std::string::npos ? text.size() : end + 1;
    }
    out += "\x1b[J";
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
  }

 private:
  const Style& style_;
  std::size_t drawn_ = 0;
};

// Plain output: a line for each task whose state has changed since the last look; with `json` an object.
class ChangeLog {
 public:
  explicit ChangeLog(bool json) : json_(json) {}

  void show(const Value& tree, const Style& style, WallTime now, const std::string& prefix = "") {
    for (const auto& task : member(tree, "tasks")) {
      const std::string state = text_or(task, "state");
      std::string& known = states_[text_or(task, "id")];
      if (known != state) {
        known = state;
        if (json_) {
          object(task, now, prefix);
          continue_below(task, style, now, prefix);
          continue;
        }
        std::string text =
            to_rfc3339(now).substr(11, 8) + "  " + state_text(state, style) + "  " + prefix + text_or(task, "name");
        if (const std::string items = items_text(member(task, "items")); !items.empty()) text += "  " + items;
        if (state == "ERROR") text += "  " + short_cause(text_or(task, "state_info"));
        std::fprintf(stdout, "%s\n", text.c_str());
      }
      continue_below(task, style, now, prefix);
    }
    std::fflush(stdout);
  }

 private:
  void continue_below(const Value& task, const Style& style, WallTime now, const std::string& prefix) {
    const Value& children = member(task, "children");
    std::size_t index = 0;
    for (const auto& child : children) {
      const std::string label = children.size() > 1 ? "[" + std::to_string(index++) + "]" : "";
      if (prefix.size() < 1000) show(child, style, now, prefix + text_or(task, "name") + label + "/");
    }
  }
  static void object(const Value& task, WallTime now, const std::string& prefix) {
    Value line = {{"time", to_rfc3339(now)},
                  {"task", prefix + text_or(task, "name")},
                  {"task_id", text_or(task, "id")},
                  {"state", text_or(task, "state")}};
    if (const Value& items = member(task, "items"); items.is_object()) line["items"] = items;
    if (const std::string info = text_or(task, "state_info"); !info.empty()) line["state_info"] = info;
    std::printf("%s\n", to_json(line).c_str());
  }

  const bool json_;
  std::map<std::string, std::string> states_;
};

std::string header(const Value& tree, const Style& style, WallTime now) {
  const std::string state = text_or(tree, "state");
  return state_text(state, style) + "  " + text_or(tree, "workflow") + "  " + dim(text_or(tree, "id"), style) + "  " +
         duration_between(member(tree, "created_at"), ended(state) ? member(tree, "updated_at") : Value(), now) + "\n";
}

// The tasks that cannot end by themselves, one line or two each: those whose action is reported from outside, and a
// pause.
class Hints {
 public:
  explicit Hints(bool kept) : kept_(kept) {}

  // Lines that were not given before, or all with `again`.
  std::string text(const Value& tree, bool again) {
    again_ = again;
    text_.clear();
    if (text_or(tree, "state") == "PAUSED" && kept_)
      say(text_or(tree, "id"), "execution " + text_or(tree, "id") + " is PAUSED",
          "to go on: foehn ex resume " + text_or(tree, "id"));
    tasks(tree, "", 0);
    return std::move(text_);
  }

 private:
  void tasks(const Value& tree, const std::string& prefix, std::size_t depth) {
    if (depth > kTreeDepthMax) return;
    for (const Value& task : member(tree, "tasks")) {
      const std::string path = prefix + text_or(task, "name");
      for (const Value& child : member(task, "children")) tasks(child, path + "/", depth + 1);
      const Value& report = member(task, "waits_for");
      if (!report.is_object()) continue;
      const std::string run = text_or(report, "action_execution_id");
      say(run,
          "task " + path + " waits for a report from outside about its action " + text_or(report, "action") + " (" +
              run + ")",
          kept_ ? "to report: foehn api PUT /v2/action_executions/" + run + " -d '{\"state\": \"SUCCESS\"}'"
                : "nobody can report to a workflow in this process: end it with Ctrl-C, or give it to a server "
                  "(foehn serve, foehn wf create, foehn ex create)");
    }
  }
  void say(const std::string& key, const std::string& what, const std::string& remedy) {
    if (!said_.insert(key).second && !again_) return;
    text_ += "waiting: " + what + "\n  " + remedy + "\n";
  }

  const bool kept_;
  bool again_ = false;
  std::set<std::string> said_;
  std::string text_;
};

// True when the server has answered after a while, or that the execution is over.
bool wait_for_end(Api& api, const std::string& id, std::int64_t timeout_ms) {
  const std::int64_t seconds = std::min(timeout_ms, kWaitMs) / 1000;
  return request(api, "GET", "/foehn/v1/executions/" + id + "/wait?timeout=" + std::to_string(seconds)).has_value();
}

bool anything_runs(const Value& tree, std::size_t depth = 0) {
  if (depth > kTreeDepthMax) return true;
  for (const Value& task : member(tree, "tasks")) {
    if (text_or(task, "state") == "RUNNING" && text_or(task, "type") == "ACTION") return true;
    for (const Value& child : member(task, "children"))
      if (anything_runs(child, depth + 1)) return true;
  }
  return false;
}

}  // namespace

std::string render_tree(const Value& tree, const Style& style, std::size_t lines_max, WallTime now) {
  std::string text = header(tree, style, now);
  TreeWriter writer(style, now);
  writer.execution(tree, 0);
  const auto lines = writer.take();
  std::size_t hidden = 0;
  if (lines.size() > lines_max) hidden = lines.size() - lines_max + 1;
  if (hidden > 0) text += (style.ascii ? "  ... " : "  … ") + std::to_string(hidden) + " tasks above\n";
  for (std::size_t i = hidden; i < lines.size(); ++i) text += lines[i] + "\n";
  return text;
}

Result<WatchEnd> watch_execution(Api& api, const std::string& id, const WatchOptions& options) {
  InterruptGuard guard;
  const SystemClock clock;
  Screen screen(options.style);
  ChangeLog changes(options.progress == Progress::kJson);
  Hints hints(options.kept);
  const MonoTime began = clock.mono();
  const MonoTime deadline = began.plus_ms(options.timeout_ms.value_or(0));
  const bool quiet = options.quiet || options.progress == Progress::kNone;
  const bool draw = !quiet && (options.progress == Progress::kTty ||
                               (options.progress == Progress::kAuto && options.style.terminal));
  std::int64_t pause_ms = 20;
  Value tree = Value::object();
  for (;;) {
    const auto answer = request(api, "GET", "/foehn/v1/executions/" + id + "/tree");
    if (!answer && is_interrupted()) return WatchEnd{"", true, false, std::move(tree)};
    if (!answer) return fail(answer.error());
    tree = member(*answer, "execution");
    const std::string state = text_or(tree, "state");
    const bool over = ended(state);
    std::string hint;
    if (options.hints && !over && clock.mono() >= began.plus_ms(kHintAfterMs)) hint = hints.text(tree, draw);
    if (draw) {
      const int room = options.style.height - 3 - static_cast<int>(std::count(hint.begin(), hint.end(), '\n'));
      screen.show(render_tree(tree, options.style, static_cast<std::size_t>(std::max(4, room)), clock.wall()) + hint);
    } else {
      if (!quiet) changes.show(tree, options.style, clock.wall());
      std::fputs(hint.c_str(), stderr);
    }
    if (over) return WatchEnd{state, false, false, std::move(tree)};
    if (state == "PAUSED" && !options.kept && !anything_runs(tree))
      return WatchEnd{state, false, false, std::move(tree)};
    if (is_interrupted()) return WatchEnd{"", true, false, std::move(tree)};
    if (options.timeout_ms && clock.mono() >= deadline) return WatchEnd{"", false, true, std::move(tree)};
    // Who only waits is told by the server; a live view looks again, for its times and log lines.
    const std::int64_t left_ms = options.timeout_ms ? deadline.us / 1000 - clock.mono().us / 1000 : kWaitMs;
    const bool hinted = clock.mono() >= began.plus_ms(kHintAfterMs);
    if (quiet && options.kept && left_ms >= 1'000 && wait_for_end(api, id, hinted ? left_ms : 1'000)) continue;
    ::poll(nullptr, 0, static_cast<int>(pause_ms));  // ends early on a signal
    pause_ms = std::min(options.poll_ms, pause_ms * 2);
  }
}

int finish_watch(Api& api, const WatchEnd& end, const std::string& id, const Style& style, bool kept) {
  if (end.interrupted) {
    std::fprintf(stderr, "%s\n",
                 kept ? ("stopped watching; the execution goes on. Come back with: foehn ex watch " + id).c_str()
                      : "foehn: interrupted; the workflow ran in this process and is gone");
    return kExitInterrupted;
  }
  if (end.timed_out) {
    const std::string state = text_or(end.tree, "state");
    std::fprintf(
        stderr, "foehn: execution %s is still %s%s\n", id.c_str(), state.c_str(),
        kept ? (" and goes on. Come back with: foehn ex watch " + id).c_str() : "; it ran in this process and is gone");
    return kExitTimeout;
  }
  if (end.state == "SUCCESS") return kExitOk;
  if (end.state == "PAUSED") {
    std::fprintf(stderr,
                 "foehn: the workflow is PAUSED and nobody can resume it in this process.\n"
                 "  To answer a pause, give it to a server: foehn serve, foehn wf create, foehn ex create\n");
    return kExitPaused;
  }
  std::fprintf(stderr, "\n%s\n", state_word(end.state, style).c_str());
  const Causes causes = end.state == "ERROR" ? find_causes(api, end.tree) : Causes();
  const std::string info = innermost_text(text_or(end.tree, "state_info"));
  if (!causes.list.empty()) {
    std::fputs(causes_text(causes, {}, kept).c_str(), stderr);
  } else if (!info.empty()) {
    std::fprintf(stderr, "  %s\n", info.c_str());
  }
  return end.state == "CANCELLED" ? kExitCancelled : kExitExecutionError;
}

}  // namespace foehn::cli
