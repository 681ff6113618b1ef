#include "api/cli/causes.h"

#include <algorithm>

#include "api/cli/print.h"
#include "engine/base/http_failure.h"

namespace foehn::cli {
namespace {

constexpr std::size_t kCausesMax = 8;  // more do not help who reads them
constexpr std::size_t kDepthMax = 50;
constexpr std::size_t kLastWordsLines = 6;
constexpr std::size_t kMessageLines = 12;

const Value& member(const Value& object, const char* name) {
  static const Value null;
  const Value* found = find(object, name);
  return found ? *found : null;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == '\n' || text.front() == ' ')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Text that only says that something below has failed.
bool is_frame(std::string_view text) {
  return text.starts_with("Failure caused by error in tasks:") || text.starts_with("One or more actions had failed.");
}

// What follows the marker of a line of Mistral's report: "name [task_ex_id=…] -> text", "[wf_ex_id=…, idx=0]: text".
std::optional<std::string> after_marker(const std::string& line) {
  if (const std::size_t task = line.find(" [task_ex_id="); task != std::string::npos) {
    const std::size_t arrow = line.find("] -> ", task);
    if (arrow != std::string::npos) return line.substr(arrow + 5);
  }
  const std::string text = trimmed(line);
  if (!text.starts_with("[action_ex_id=") && !text.starts_with("[wf_ex_id=")) return std::nullopt;
  const std::size_t colon = text.find("]: ");
  return colon == std::string::npos ? std::nullopt : std::optional(text.substr(colon + 3));
}

// An action's error data stands in a state_info as Python's repr: {'error': {'message': '…', …. The message of it, or
// the text as it is.
std::string message_of_repr(const std::string& text) {
  constexpr std::string_view kBegin = "{'error': {'message': ";
  if (!text.starts_with(kBegin) || text.size() <= kBegin.size()) return text;
  const char quote = text[kBegin.size()];
  std::string message;
  for (std::size_t i = kBegin.size() + 1; i < text.size() && text[i] != quote; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      message += text[i] == 'n' ? '\n' : text[i] == 't' || text[i] == 'r' ? ' ' : text[i];
    } else {
      message += text[i];
    }
  }
  return message.empty() ? text : message;
}

bool is_unhandled(const Value& task) {
  return text_or(task, "state") == "ERROR" && !is_truthy(member(task, "error_handled"));
}

// Whether the task is a join that failed ("Failed by tasks: ['a', 'b']", engine/core/join.cc) because of tasks that
// have failed themselves: those are told.
bool is_failed_by_others(const Value& tasks, const Value& task) {
  const std::string info = text_or(task, "state_info");
  if (!info.starts_with("Failed by tasks: [") || !info.ends_with("]")) return false;
  std::size_t named = 0;
  for (std::size_t begin = info.find('\''); begin != std::string::npos; ++named) {
    const std::size_t end = info.find('\'', begin + 1);
    if (end == std::string::npos) return false;
    const std::string name = info.substr(begin + 1, end - begin - 1);
    const bool told = std::any_of(tasks.begin(), tasks.end(), [&](const Value& one) {
      return text_or(one, "name") == name && is_unhandled(one);
    });
    if (!told) return false;
    begin = info.find('\'', end + 1);
  }
  return named > 0;
}

class Search {
 public:
  explicit Search(Api& api) : api_(api) {}

  void execution(const Value& tree, const std::string& prefix, std::size_t depth) {
    if (depth > kDepthMax) return;
    const Value& tasks = member(tree, "tasks");
    for (const Value& task : tasks) {
      if (!is_unhandled(task) || is_failed_by_others(tasks, task)) continue;
      const Value& children = member(task, "children");
      const std::string path = prefix + text_or(task, "name");
      bool explained = false;
      std::size_t index = 0;
      for (const Value& child : children) {
        const std::string label = children.size() > 1 ? "[" + std::to_string(index) + "]" : "";
        ++index;
        if (text_or(child, "state") != "ERROR") continue;
        const std::size_t before = found_.list.size() + found_.more;
        execution(child, path + label + "/", depth + 1);
        explained = explained || found_.list.size() + found_.more > before;
      }
      if (!explained) leaf(task, path);
    }
  }
  Causes take() { return std::move(found_); }

 private:
  void leaf(const Value& task, const std::string& path) {
    Cause cause;
    cause.path = path;
    cause.task_id = text_or(task, "id");
    cause.message = innermost_text(text_or(task, "state_info"));
    const auto failed = text_or(task, "type") == "ACTION" ? failed_runs(cause.task_id) : std::vector<Value>();
    if (failed.empty()) return add(cause);
    for (const Value& run : failed) {
      if (found_.list.size() >= kCausesMax) {
        ++found_.more;
        continue;
      }
      Cause one = cause;
      explain(run, one);
      add(one);
    }
  }

  void add(const Cause& cause) {
    if (found_.list.size() < kCausesMax) {
      found_.list.push_back(cause);
    } else {
      ++found_.more;
    }
  }

  // The runs that decided about the task, without those that a retry has replaced.
  std::vector<Value> failed_runs(const std::string& task_id) {
    std::vector<Value> failed;
    const auto answer = request(api_, "GET", "/v2/tasks/" + task_id + "/action_executions");
    if (!answer) return failed;
    for (const Value& run : member(*answer, "action_executions"))
      if (text_or(run, "state") == "ERROR" && is_truthy(member(run, "accepted"))) failed.push_back(run);
    return failed;
  }

  void explain(const Value& run, Cause& cause) {
    cause.action = text_or(run, "name");
    const Value input = json_field(run, "input");
    cause.host = input.is_object() ? text_or(input, "host") : "";
    const auto whole = request(api_, "GET", "/v2/action_executions/" + text_or(run, "id"));
    if (!whole) return;
    const Value output = json_field(*whole, "output");
    const Value& result = output.is_object() ? member(output, "result") : output;
    if (result.is_string()) cause.message = innermost_text(result.get_ref<const std::string&>());
    if (!result.is_object()) return;
    if (const std::string answer = http_failure(result); !answer.empty()) cause.message = answer;
    const Value& error = member(result, "error");
    if (error.is_string()) cause.message = error.get_ref<const std::string&>();
    if (error.is_object()) {
      cause.message = text_or(error, "message", cause.message);
      cause.phase = text_or(error, "phase");
      cause.host = text_or(error, "host", cause.host);
      if (const std::string user = text_or(error, "user"); !user.empty())
        cause.login = user + "@" + cause.host + ":" + cell(member(error, "port"));
    }
    if (const Value& code = member(result, "exit_code"); code.is_number()) cause.exit_code = to_json(code);
    cause.last_words = trimmed(text_or(result, "stderr"));
    // The action's own message ends with the same words.
    if (const std::size_t words = cause.message.find("; stderr: ");
        words != std::string::npos && !cause.last_words.empty())
      cause.message.resize(words);
  }

  Api& api_;
  Causes found_;
};

// "  label   first line", the others below it; the last `lines_max`, or the first with `head`.
std::string block(std::string_view label, const std::string& text, std::size_t lines_max, bool head) {
  std::vector<std::string> lines = lines_of(text);
  if (lines.size() > lines_max && head) {
    lines.resize(lines_max);
    lines.emplace_back("(more with -o json)");
  }
  if (lines.size() > lines_max && !head)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(lines_max));
  std::string out;
  for (const std::string& line : lines) {
    std::string name(out.empty() ? label : "");
    name.resize(8, ' ');
    out += "  " + name + one_line(line) + "\n";
  }
  return out;
}

std::string machine_text(const Cause& cause, const MachineNames& machines) {
  const auto known = machines.find(cause.host);
  const std::string where = cause.login.empty() ? cause.host : cause.login;
  return known == machines.end() ? where : known->second + " (" + where + ")";
}

}  // namespace

std::string innermost_text(std::string_view state_info) {
  std::string cause;
  bool inside = false;
  for (const std::string& line : lines_of(state_info)) {
    const auto text = after_marker(line);
    if (text || is_frame(line)) {
      if (!trimmed(cause).empty()) break;
      inside = text && !is_frame(*text);
      cause = inside ? *text : "";
    } else if (inside) {
      cause += "\n" + line;
    }
  }
  cause = trimmed(cause);
  return message_of_repr(cause.empty() ? trimmed(state_info) : cause);
}

std::string short_cause(std::string_view state_info) {
  const std::string text = innermost_text(state_info);
  return one_line(text.substr(0, std::min(text.find('\n'), text.find("; stderr: "))));
}

Causes find_causes(Api& api, const Value& tree) {
  Search search(api);
  search.execution(tree, "", 0);
  return search.take();
}

std::string causes_text(const Causes& causes, const MachineNames& machines, bool again) {
  std::string out;
  for (const Cause& cause : causes.list) {
    if (!out.empty()) out += "\n";
    out += block("task", cause.path + "  (" + cause.task_id + ")", 1, true);
    if (const std::string machine = machine_text(cause, machines); !machine.empty())
      out += block(machines.contains(cause.host) ? "box" : "host", machine, 1, true);
    std::string action = cause.action;
    if (!cause.phase.empty()) action += ", phase " + cause.phase;
    if (!cause.exit_code.empty()) action += ", exit code " + cause.exit_code;
    if (!action.empty()) out += block("action", action, 1, true);
    out += block("cause", cause.message.empty() ? "unknown" : cause.message, kMessageLines, true);
    if (!cause.last_words.empty()) out += block("stderr", cause.last_words, kLastWordsLines, false);
    if (again) out += block("again", "foehn task rerun " + cause.task_id, 1, true);
  }
  if (causes.more > 0) out += "\n  and " + std::to_string(causes.more) + " more\n";
  return out;
}

}  // namespace foehn::cli
