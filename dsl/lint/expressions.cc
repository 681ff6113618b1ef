#include "dsl/lint/expressions.h"

#include <algorithm>
#include <unordered_set>

#include "dsl/expr/jinja/functions.h"
#include "dsl/expr/jinja/parser.h"
#include "dsl/expr/parts.h"
#include "dsl/expr/yaql/functions.h"
#include "dsl/expr/yaql/parser.h"
#include "dsl/expr/yaql/roots.h"
#include "dsl/parse/words.h"
#include "engine/base/diagnostic.h"
#include "engine/base/limits.h"

namespace foehn::dsl::lint_detail {
namespace {

// The host's functions (engine/core, expression functions of Mistral).
constexpr std::string_view kHostFunctions[] = {"env",       "execution",  "executions", "global",
                                               "json_dump", "json_parse", "task",       "tasks",
                                               "uuid",      "yaml_dump",  "yaml_parse"};
// Names that a Jinja2 template has without anybody setting them.
constexpr std::string_view kJinjaNames[] = {"_",     "range", "dict",  "namespace", "lipsum",  "cycler", "joiner",
                                            "loop",  "self",  "super", "caller",    "varargs", "kwargs", "true",
                                            "false", "none",  "True",  "False",     "None"};

bool is_host_function(std::string_view name) {
  return std::find(std::begin(kHostFunctions), std::end(kHostFunctions), name) != std::end(kHostFunctions);
}

// What is in the dicts that these functions give (engine/core/host_functions.cc).
constexpr std::string_view kTaskMembers[] = {"id",        "name", "spec", "state", "state_info", "result",
                                             "published", "type", "workflow_execution_id", "created_at", "updated_at"};
constexpr std::string_view kExecutionMembers[] = {"id",         "name",       "spec",      "input",
                                                  "params",     "created_at", "updated_at", "root_execution_id"};

// Adds a mention when `function` gives no `member`; nothing is known of other functions.
void check_member(std::string_view function, const std::string& member, std::size_t offset,
                  std::vector<Mention>& out) {
  const bool tasks = function == "task" || function == "tasks";
  if (!tasks && function != "execution") return;
  std::vector<std::string> names(std::begin(kTaskMembers), std::end(kTaskMembers));
  if (!tasks) names.assign(std::begin(kExecutionMembers), std::end(kExecutionMembers));
  if (std::find(names.begin(), names.end(), member) != names.end()) return;
  const std::string nearest = nearest_name(member, names);
  std::string hint = nearest.empty() ? "It has" : "Did you mean '" + nearest + "'?";
  for (std::size_t i = 0; nearest.empty() && i < names.size(); ++i) hint += (i == 0 ? " " : ", ") + names[i];
  if (nearest.empty()) hint += ".";
  out.push_back({std::string(function) + "()." + member, offset, std::move(hint)});
}

std::string did_you_mean(std::string_view name, std::vector<std::string> candidates) {
  for (const auto host : kHostFunctions) candidates.emplace_back(host);
  const std::string nearest = nearest_name(name, candidates);
  return nearest.empty() ? std::string() : "Did you mean '" + nearest + "'?";
}

// Where `name` stands as a word of its own: outside of quotes and behind `before` if possible.
std::size_t find_word(std::string_view text, std::string_view name, std::string_view before) {
  std::size_t first = std::string_view::npos;
  std::size_t quoted = std::string_view::npos;
  char quote = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (quote == 0 && (text[at] == '"' || text[at] == '\'')) {
      quote = text[at++];
    } else if (quote != 0 && text[at] == quote) {
      quote = 0;
      ++at;
    } else if (!is_word(text[at])) {
      at += quote != 0 && text[at] == '\\' ? 2 : 1;
    } else {
      const std::size_t begin = at;
      while (at < text.size() && is_word(text[at])) ++at;
      if (text.substr(begin, at - begin) != name) continue;
      if (quote != 0) {
        quoted = std::min(quoted, begin);
      } else if (text.substr(0, begin).ends_with(before)) {
        return begin;
      } else {
        first = std::min(first, begin);
      }
    }
  }
  return first != std::string_view::npos ? first : quoted != std::string_view::npos ? quoted : 0;
}

constexpr std::size_t kQuotedBytesMax = 60;  // of the writer's text in a hint

// Behind the argument that begins at `at`: its comma or closing bracket, or the end.
std::size_t argument_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == '\\') ++at;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'' || c == '`') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth-- == 0) return at;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return text.size();
}

// Whether `.name()` behind `text` means all of it: no operator and no number stands in it.
bool is_one_operand(std::string_view text) {
  constexpr std::string_view kOpening = "([{\"'`";
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_word(text[at]) || text[at] == '$' || text[at] == '.') continue;
    if (kOpening.find(text[at]) == kOpening.npos) return false;
    const bool quoted = text[at] == '"' || text[at] == '\'' || text[at] == '`';
    if (quoted) {
      at = text.find(text[at], at + 1);
    } else {
      for (at = argument_end(text, at + 1); at < text.size() && text[at] == ','; at = argument_end(text, at + 1)) {
      }
    }
    if (at >= text.size()) return false;
  }
  return true;
}

// `name(first, rest)` at `at` written as "first<joint>name(rest)"; in general words when it is long.
std::string receiver_form(std::string_view text, std::size_t at, const std::string& name, bool filter) {
  const std::size_t open = at + name.size() + 1;
  const std::size_t first_end = argument_end(text, open);
  std::size_t end = first_end;
  while (end < text.size() && text[end] == ',') end = argument_end(text, end + 1);
  std::string first(open < text.size() ? trimmed(text.substr(open, first_end - open)) : "");
  const std::string rest(first_end < end ? trimmed(text.substr(first_end + 1, end - first_end - 1)) : "");
  const bool shown = !first.empty() && first.size() + rest.size() <= kQuotedBytesMax &&
                     (first + rest).find('\n') == std::string::npos;
  if (!shown) return filter ? "value | " + name : "value." + name + "(…)";
  if (!is_one_operand(first)) first = "(" + first + ")";
  if (filter) return first + " | " + name + (rest.empty() ? "" : "(" + rest + ")");
  return first + "." + name + "(" + rest + ")";
}

class YaqlReader {
 public:
  YaqlReader(std::string_view text, std::size_t begin, Mentions& out) : text_(text), begin_(begin), out_(out) {}

  void read(const yaql::Node& node) {
    std::vector<std::string> roots;  // without those of lambdas, where `$` is something else
    yaql::add_roots(node, roots);
    roots_.insert(roots.begin(), roots.end());
    const bool word = node.kind == yaql::NodeKind::kKeyword ||
                      (node.kind == yaql::NodeKind::kLiteral && node.literal.is_boolean() && node.literal == false);
    if (node.kind == yaql::NodeKind::kKeyword && is_host_function(node.literal.get_ref<const std::string&>()))
      out_.functions.push_back({node.literal.get<std::string>(), begin_, {}, true});
    if (word)
      add(out_.constants, node.kind == yaql::NodeKind::kKeyword ? node.literal.get<std::string>() : "false", "");
    walk(node);
  }

 private:
  static bool is_root(const yaql::Node& node) { return node.kind == yaql::NodeKind::kVariable && node.text.empty(); }
  static const std::string* constant(const yaql::Node& node, std::size_t child) {
    if (node.children.size() <= child || !node.children[child]) return nullptr;
    const yaql::Node& argument = *node.children[child];
    const bool text = argument.kind == yaql::NodeKind::kLiteral || argument.kind == yaql::NodeKind::kKeyword;
    return text && argument.literal.is_string() ? &argument.literal.get_ref<const std::string&>() : nullptr;
  }

  void add(std::vector<Mention>& list, const std::string& name, std::string_view before, std::string hint = {}) const {
    list.push_back({name, begin_ + find_word(text_, name, before), std::move(hint)});
  }

  void walk(const yaql::Node& node) {
    switch (node.kind) {
      case yaql::NodeKind::kMember:
        if (node.of_root && roots_.contains(node.text)) add(out_.reads, node.text, "$.");
        if (node.text == "result" && is_task_call(*node.children[0]))
          add(out_.results, *constant(*node.children[0], 0), "task(");
        if (node.children[0] && node.children[0]->kind == yaql::NodeKind::kCall)
          check_member(node.children[0]->text, node.text, begin_ + find_word(text_, node.text, ")."), out_.members);
        break;
      case yaql::NodeKind::kIndex:
        if (const std::string* key = constant(node, 1); key && is_root(*node.children[0]) && roots_.contains(*key))
          add(out_.reads, *key, "$[");
        break;
      case yaql::NodeKind::kMethod: read_method(node); break;
      case yaql::NodeKind::kCall: read_call(node); break;
      case yaql::NodeKind::kVariable: read_variable(node); break;
      case yaql::NodeKind::kUnary:
      case yaql::NodeKind::kBinary: read_operands(node); break;
      default: break;
    }
    for (const auto& child : node.children)
      if (child) walk(*child);
  }

  // `$x` for `$.x`: null, unless something in the expression sets it.
  void read_variable(const yaql::Node& node) {
    if (node.text.empty() || node.text.find_first_not_of("0123456789") == std::string::npos) return;
    for (const std::string_view binding : {"let(", "with(", "def(", "->", "search", "replaceBy", "call("})
      if (text_.find(binding) != text_.npos) return;
    out_.functions.push_back({"$" + node.text, begin_ + find_word(text_, node.text, "$") - 1,
                              "Variables of the workflow are below $: write $." + node.text + "."});
  }

  // `$.x = True`: compares with a text.
  void read_operands(const yaql::Node& node) {
    for (const auto& child : node.children) {
      if (!child || child->kind != yaql::NodeKind::kKeyword) continue;
      const auto& word = child->literal.get_ref<const std::string&>();
      const std::string small = word == "True" ? "true" : word == "False" ? "false" : word == "None" ? "null" : "";
      if (small.empty()) continue;
      const std::string what = word == "None" ? "YAQL calls it null: " : small + " is written in lower case: ";
      out_.capitals.push_back({word, begin_ + child->offset, what + small + "."});
    }
  }

  static bool is_task_call(const yaql::Node& node) {
    return node.kind == yaql::NodeKind::kCall && node.text == "task" && constant(node, 0);
  }

  void read_method(const yaql::Node& node) {
    if (node.text == "get" && is_root(*node.children[0]))
      if (const std::string* key = constant(node, 1)) add(out_.lookups, *key, "get(");
    if (node.overloads) return;
    if (yaql::find_function(node.text) || is_host_function(node.text)) {
      out_.functions.push_back({node.text, begin_ + node.offset, "Write " + node.text + "(…).", false,
                                "a function, not a method"});
    } else {
      add(out_.functions, node.text, ".", did_you_mean(node.text, yaql::method_names()));
    }
  }

  void read_call(const yaql::Node& node) {
    if (is_task_call(node)) add(out_.tasks, *constant(node, 0), "task(");
    if (node.overloads || is_host_function(node.text) || text_.find("def(") != text_.npos) return;
    if (yaql::find_method(node.text)) {
      out_.functions.push_back({node.text, begin_ + node.offset,
                                "Write " + receiver_form(text_, node.offset, node.text, false) + ".", false,
                                "a method, not a function"});
    } else {
      add(out_.functions, node.text, "", did_you_mean(node.text, yaql::function_names()));
    }
  }

  std::string_view text_;
  std::size_t begin_;
  Mentions& out_;
  std::unordered_set<std::string> roots_;
};

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Of any value that a workflow has.
bool is_jinja_method(std::string_view name) {
  constexpr std::string_view kTypes[] = {"dict", "list", "str", "int", "float"};
  return std::any_of(std::begin(kTypes), std::end(kTypes),
                     [&](std::string_view type) { return contains(jinja::method_names(type), name); });
}

// "_.a.b" of such a path, or nothing.
std::string path_text(const jinja::Node& node) {
  if (node.kind == jinja::NodeKind::kName) return node.text;
  if (node.kind != jinja::NodeKind::kAttribute) return {};
  const std::string owner = path_text(*node.children[0]);
  return owner.empty() || owner.size() > kQuotedBytesMax ? std::string() : owner + "." + node.text;
}

class JinjaReader {
 public:
  JinjaReader(std::string_view text, std::size_t begin, Mentions& out) : text_(text), begin_(begin), out_(out) {}

  void read(const jinja::Node& node) {
    collect_names(node);
    if (node.kind == jinja::NodeKind::kLiteral && node.literal == false)
      out_.constants.push_back({"false", begin_, {}});
    walk(node, nullptr, false);
  }

 private:
  void collect_names(const jinja::Node& node) {
    for (const std::string& name : node.names) names_.insert(name);
    const bool binds = node.kind == jinja::NodeKind::kFor || node.kind == jinja::NodeKind::kSet ||
                       node.kind == jinja::NodeKind::kSetBlock;
    if (binds && !node.children.empty() && node.children[0]) collect_targets(*node.children[0]);
    if (node.kind == jinja::NodeKind::kTest && node.text == "defined" && root_key(*node.children[0]))
      defined_.insert(*root_key(*node.children[0]));
    for (const auto& child : node.children)
      if (child) collect_names(*child);
  }

  void collect_targets(const jinja::Node& node) {
    if (node.kind == jinja::NodeKind::kName) names_.insert(node.text);
    for (const auto& child : node.children)
      if (child) collect_targets(*child);
  }

  static bool is_root(const jinja::Node& node) { return node.kind == jinja::NodeKind::kName && node.text == "_"; }
  static const std::string* constant(const jinja::Node& node, std::size_t child) {
    if (node.children.size() <= child || !node.children[child]) return nullptr;
    const jinja::Node& argument = *node.children[child];
    const bool text = argument.kind == jinja::NodeKind::kLiteral && argument.literal.is_string();
    return text ? &argument.literal.get_ref<const std::string&>() : nullptr;
  }
  // "a" of `_.a` and `_['a']`.
  static const std::string* root_key(const jinja::Node& node) {
    if (node.children.empty() || !node.children[0] || !is_root(*node.children[0])) return nullptr;
    if (node.kind == jinja::NodeKind::kAttribute) return &node.text;
    return node.kind == jinja::NodeKind::kItem ? constant(node, 1) : nullptr;
  }
  static bool is_call_of(const jinja::Node& node, std::string_view name) {
    return node.kind == jinja::NodeKind::kCall && !node.children.empty() &&
           node.children[0]->kind == jinja::NodeKind::kName && node.children[0]->text == name;
  }

  void add(std::vector<Mention>& list, const std::string& name, std::string_view before, std::string hint = {}) const {
    list.push_back({name, begin_ + find_word(text_, name, before), std::move(hint)});
  }

  void walk(const jinja::Node& node, const jinja::Node* parent, bool guarded) {
    const bool lookup = node.kind == jinja::NodeKind::kCall && node.children[0]->kind == jinja::NodeKind::kAttribute &&
                        node.children[0]->text == "get" && is_root(*node.children[0]->children[0]);
    if (lookup) {
      if (const std::string* key = constant(node, 1)) add(out_.lookups, *key, "");
      for (std::size_t i = 1; i < node.children.size(); ++i) walk(*node.children[i], &node, false);
      return;
    }
    if (const std::string* key = root_key(node))
      add(guarded || defined_.contains(*key) ? out_.lookups : out_.reads, *key, "_.");
    if (node.kind == jinja::NodeKind::kName) read_name(node, parent);
    if (node.kind == jinja::NodeKind::kFilter) read_filter(node);
    if (node.kind == jinja::NodeKind::kTest) read_listed(node, jinja::test_names());
    if (node.kind == jinja::NodeKind::kAttribute && is_called(node, parent)) read_method(node, *parent);
    if (is_call_of(node, "task") && constant(node, 1)) add(out_.tasks, *constant(node, 1), "");
    if (node.kind == jinja::NodeKind::kAttribute && node.text == "result" && is_call_of(*node.children[0], "task") &&
        constant(*node.children[0], 1))
      add(out_.results, *constant(*node.children[0], 1), "");
    if (node.kind == jinja::NodeKind::kAttribute && !guarded && !is_called(node, parent)) read_member(node);
    const bool guards = (node.kind == jinja::NodeKind::kFilter && (node.text == "default" || node.text == "d")) ||
                        (node.kind == jinja::NodeKind::kTest && (node.text == "defined" || node.text == "undefined"));
    for (std::size_t i = 0; i < node.children.size(); ++i)
      if (node.children[i]) walk(*node.children[i], &node, i == 0 && (guards || (guarded && !root_key(node))));
  }

  static bool is_called(const jinja::Node& node, const jinja::Node* parent) {
    return parent && parent->kind == jinja::NodeKind::kCall && parent->children[0].get() == &node;
  }

  // `task('a').result`
  void read_member(const jinja::Node& node) {
    const jinja::Node& owner = *node.children[0];
    if (owner.kind == jinja::NodeKind::kCall && owner.children[0]->kind == jinja::NodeKind::kName)
      check_member(owner.children[0]->text, node.text, begin_ + find_word(text_, node.text, ")."), out_.members);
  }

  void add_other(const std::string& name, std::string_view before, std::string_view kind, const std::string& form) {
    add(out_.functions, name, before, "Write " + form + ".");
    out_.functions.back().kind = kind;
  }

  void read_filter(const jinja::Node& node) {
    const std::vector<std::string> known = jinja::filter_names();
    if (contains(known, node.text) || is_host_function(node.text)) return;
    if (is_jinja_method(node.text)) {
      const std::string path = node.children.empty() || !node.children[0] ? "" : path_text(*node.children[0]);
      add_other(node.text, "| ", "a method, not a filter",
                (path.empty() ? "value" : path) + "." + node.text + (node.children.size() > 1 ? "(…)" : "()"));
    } else if (contains(jinja::global_names(), node.text)) {
      add_other(node.text, "| ", "a function, not a filter", node.text + "(…)");
    } else {
      read_listed(node, known);
    }
  }

  // `_.x.length()`: values of workflows have no methods but those of their types.
  void read_method(const jinja::Node& node, const jinja::Node& call) {
    const std::string path = path_text(*node.children[0]);
    if (!path.starts_with("_.") || is_jinja_method(node.text) || !contains(jinja::filter_names(), node.text)) return;
    add_other(node.text, ".", "a filter, not a method",
              path + " | " + node.text + (call.children.size() > 1 ? "(…)" : ""));
  }

  // A filter or test.
  void read_listed(const jinja::Node& node, const std::vector<std::string>& known) {
    if (is_host_function(node.text) || contains(known, node.text)) return;
    add(out_.functions, node.text, "", hint_or_rule(did_you_mean(node.text, known)));
  }

  static std::string hint_or_rule(std::string hint) {
    return hint.empty() ? "Check the spelling; a filter stands behind a bar: {{ _.name | filter }}." : hint;
  }

  void read_name(const jinja::Node& node, const jinja::Node* parent) {
    const bool known = std::find(std::begin(kJinjaNames), std::end(kJinjaNames), node.text) != std::end(kJinjaNames);
    if (known || names_.contains(node.text)) return;
    const bool called = is_called(node, parent);
    if (is_host_function(node.text)) {
      if (!called && !(parent && parent->kind == jinja::NodeKind::kTest))
        out_.functions.push_back({node.text, begin_ + find_word(text_, node.text, ""), {}, true});
      return;
    }
    for (const std::string_view statement : {"macro", "import", "with", "call"})
      if (text_.find(statement) != text_.npos) return;  // they set names, too
    if (called && read_called(node.text)) return;
    std::string hint = did_you_mean(node.text, jinja::global_names());
    if (!called && !hint.empty()) hint += " ";
    if (!called) hint += "Variables of the workflow are below _: write _." + node.text + ".";
    add(out_.functions, node.text, "", hint_or_rule(std::move(hint)));
  }

  // `length(_.x)`, `keys(_.x)`: false when the name is neither filter nor method.
  bool read_called(const std::string& name) {
    const bool filter = contains(jinja::filter_names(), name);
    if (!filter && !is_jinja_method(name)) return false;
    const std::string form = receiver_form(text_, find_word(text_, name, ""), name, filter);
    add_other(name, "", filter ? "a filter, not a function" : "a method, not a function", form);
    return true;
  }

  std::string_view text_;
  std::size_t begin_;
  Mentions& out_;
  std::unordered_set<std::string> names_;    // set by the template itself
  std::unordered_set<std::string> defined_;  // asked for with `is defined`
};

void read_jinja_pieces(std::string_view text, Mentions& out) {
  for (std::size_t at = text.find("{{"); at != text.npos; at = text.find("{{", at + 2)) {
    const std::size_t end = text.find("}}", at + 2);
    if (end == text.npos) return;
    const std::string_view inner = text.substr(at + 2, end - at - 2);
    if (inner.find('\n') != inner.npos || inner.size() > limits::kExpressionTextMax) continue;
    if (const auto tree = jinja::parse_expression(inner)) JinjaReader(inner, at + 2, out).read(*tree->root);
  }
}

}  // namespace

Mentions find_mentions(std::string_view text) {
  Mentions out;
  const expr::Language language = expr::language_of(text);
  if (language == expr::Language::kYaql || language == expr::Language::kBoth) {
    for (const expr::Part& part : expr::split_yaql(text)) {
      if (!part.expression || part.inner.empty() || part.inner.size() > limits::kExpressionTextMax) continue;
      const auto begin = static_cast<std::size_t>(part.inner.data() - text.data());
      if (const auto node = yaql::parse(part.inner)) YaqlReader(part.inner, begin, out).read(**node);
    }
  }
  if (language == expr::Language::kNone || language == expr::Language::kYaql) return out;
  const bool blocks = language == expr::Language::kJinja && text.find("{%") != text.npos;
  if (!blocks || text.size() > limits::kExpressionTextMax) {
    read_jinja_pieces(text, out);
  } else if (const auto tree = jinja::parse_template(text)) {
    JinjaReader(text, 0, out).read(*tree->root);
  }
  return out;
}

std::string function_message(const Mention& mention) {
  const std::string name = "'" + mention.name.substr(0, 80) + "'";
  if (!mention.kind.empty()) return name + " is " + std::string(mention.kind);
  return mention.uncalled ? name + " is a function and not called here" : "expressions know no " + name;
}

std::string function_hint(const Mention& mention) {
  if (mention.uncalled) return "Write " + mention.name + "(…).";
  return mention.hint.empty() ? "Check the spelling; without brackets, a word in YAQL is a text." : mention.hint;
}

std::size_t find_unclosed(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> kPairs[] = {{"<%", "%>"}, {"{{", "}}"}, {"{%", "%}"}};
  for (const auto& [open, close] : kPairs) {
    for (std::size_t at = text.find(open); at != text.npos;) {
      const std::size_t line_end = std::min(text.find('\n', at), text.size());
      const std::size_t end = text.substr(0, line_end).find(close, at + 2);
      if (end == text.npos) return at;
      at = text.find(open, end + 2);
    }
  }
  return text.npos;
}

}  // namespace foehn::dsl::lint_detail
