// foehn explain
#include <algorithm>
#include <cstdio>
#include <vector>

#include "api/cli/author.h"
#include "api/cli/explain.h"
#include "dsl/diagnostic_codes.h"
#include "dsl/parse/attribute.h"
#include "engine/base/embedded.h"

namespace foehn::embedded {
extern const EmbeddedFile* const diagnostics_page;
}

namespace foehn::cli {
namespace {

constexpr std::size_t kPointerCodesMax = 5;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

// The section of the page below "## CODE", with the heading and without the fences' info words.
std::string section_of(const std::string& code) {
  const std::string_view page = embedded::diagnostics_page[0].text();
  const std::string heading = "\n## " + code + "\n";
  const std::size_t begin = page.find(heading);
  if (begin == page.npos) return {};
  const std::size_t end = page.find("\n## ", begin + 1);
  std::string out = code + "\n";
  bool fenced = false;
  std::string_view rest = page.substr(begin + heading.size(), end == page.npos ? end : end - begin - heading.size());
  while (!rest.empty()) {
    const std::size_t length = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    if (line.starts_with("```")) {
      fenced = !fenced;
      continue;
    }
    // One blank line between paragraphs, wherever a fence was.
    if (line.empty() && out.ends_with("\n\n")) continue;
    out.append(fenced ? "    " : "").append(line).append("\n");
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

constexpr AttributeExample kExamples[] = {
    {"workflow", "type", "type: reverse"},
    {"workflow", "description", "description: Installs the hosts."},
    {"workflow", "tags", "tags: [night, backup]"},
    {"workflow", "input", "input:\n  - hosts\n  - region: eu-1"},
    {"workflow", "output", "output:\n  count: <% $.hosts.len() %>"},
    {"workflow", "output-on-error", "output-on-error:\n  hosts: <% $.hosts %>"},
    {"workflow", "vars", "vars:\n  retries: 3"},
    {"workflow", "task-defaults", "task-defaults:\n  timeout: 600\n  on-error: b"},
    {"workflow", "tasks", "tasks:\n  greet:\n    action: std.echo output=\"Hello\""},
    {"task", "description", "description: Waits for the machines."},
    {"task", "tags", "tags: [slow]"},
    {"task", "action", "action: std.echo output=<% $.hosts %>"},
    {"task", "workflow", "workflow: sub name=\"x\""},
    {"task", "input", "action: std.http\ninput:\n  url: https://example.org/\n  method: POST"},
    {"task", "with-items", "with-items: host in <% $.hosts %>\naction: std.echo output=<% $.host %>"},
    {"task", "publish", "action: std.noop\npublish:\n  answer: <% task().result %>"},
    {"task", "publish-on-error", "action: std.noop\npublish-on-error:\n  reason: <% task().result %>"},
    {"task", "publish-on-skip", "action: std.noop\npublish-on-skip:\n  answer: none"},
    {"task", "keep-result", "action: std.noop\nkeep-result: false"},
    {"task", "target", "action: std.noop\ntarget: <% $.hosts[0] %>"},
    {"task", "safe-rerun", "action: std.noop\nsafe-rerun: true"},
    {"task", "retry", "action: std.noop\nretry:\n  count: 5\n  delay: 10\n  break-on: <% task().result = 404 %>"},
    {"task", "wait-before", "action: std.noop\nwait-before: 5"},
    {"task", "wait-after", "action: std.noop\nwait-after: 5"},
    {"task", "timeout", "action: std.noop\ntimeout: 600"},
    {"task", "pause-before", "action: std.noop\npause-before: true"},
    {"task", "concurrency", "with-items: host in <% $.hosts %>\nconcurrency: 4\naction: std.echo output=<% $.host %>"},
    {"task", "fail-on", "action: std.noop\nfail-on: <% task().result != ok %>"},
    {"task", "join", "join: all\naction: std.noop"},
    {"task", "on-success", "action: std.noop\non-success:\n  - b\n  - c: <% $.hosts.len() > 1 %>"},
    {"task", "on-error", "action: std.noop\non-error: fail msg=\"no host\""},
    {"task", "on-complete", "action: std.noop\non-complete:\n  publish:\n    global: {done: true}\n  next: b"},
    {"task", "on-skip", "action: std.noop\non-skip: b"},
    {"task", "requires", "requires: [b, c]\naction: std.noop"},
    {"retry", "count", "count: 5\ndelay: 10"},
    {"retry", "delay", "count: 5\ndelay: <% $.hosts.len() %>"},
    {"retry", "break-on", "count: 5\ndelay: 10\nbreak-on: <% task().result = 404 %>"},
    {"retry", "continue-on", "count: 5\ndelay: 10\ncontinue-on: <% task().result != ready %>"},
    {"on-clause", "next", "next:\n  - b\n  - c: <% $.hosts.len() > 1 %>"},
    {"on-clause", "publish", "publish:\n  branch: {answer: 42}\n  global: {done: true}\nnext: b"},
    {"publish", "branch", "branch: {answer: 42}"},
    {"publish", "global", "global: {done: true}"},
    {"action", "base", "base: std.echo output=\"Hello, <% $.name %>\""},
    {"action", "base-input", "base: std.echo\nbase-input:\n  output: Hello, <% $.name %>"},
    {"action", "input", "base: std.noop\ninput:\n  - name\n  - size: 3"},
    {"action", "output", "base: std.noop\noutput: <% $.upper() %>"},
    {"action", "description", "base: std.noop\ndescription: Says hello."},
    {"action", "tags", "base: std.noop\ntags: [talk]"},
    {"workbook", "version", "version: '2.0'"},
    {"workbook", "name", "name: book"},
    {"workbook", "description", "description: All about hosts."},
    {"workbook", "tags", "tags: [hosts]"},
    {"workbook", "actions", "actions:\n  say:\n    base: std.echo"},
    {"workbook", "workflows", "workflows:\n  main:\n    tasks:\n      t: {action: std.noop}"},
};

std::string_view example_of(std::string_view kind, std::string_view name) {
  for (const AttributeExample& example : kExamples)
    if (example.kind == kind && example.name == name) return example.text;
  return {};
}

// "a task", "an on-clause".
std::string with_article(std::string_view kind) {
  const bool vowel = std::string_view("aeiou").find(kind[0]) != std::string_view::npos;
  return (vowel ? "an " : "a ") + std::string(kind);
}

std::string explain_row(std::string_view kind, const dsl::AttributeRow& row) {
  std::string out = std::string(row.name) + " of " + with_article(kind);
  if (row.required) out += " (required)";
  if (row.flows == dsl::FlowScope::kDirectOnly) out += " of a direct workflow";
  if (row.flows == dsl::FlowScope::kReverseOnly) out += " of a reverse workflow";
  const std::string_view forms = row.form == dsl::Form::kNode ? row.accepts : dsl::describe(row.form);
  out.append("\n  ").append(row.doc).append("\n  It is ").append(forms).append(".\n");
  std::string_view example = example_of(kind, row.name);
  if (!example.empty()) out += "\n";
  while (!example.empty()) {
    const std::size_t length = std::min(example.find('\n'), example.size());
    out.append("    ").append(example.substr(0, length)).append("\n");
    example.remove_prefix(std::min(length + 1, example.size()));
  }
  return out;
}

// What all objects have to say about an attribute; "" when none has it.
std::string explain_attribute(std::string_view name) {
  std::string out;
  std::string also;
  for (const auto& object : dsl::describe_language()) {
    for (const dsl::AttributeRow& row : object.rows) {
      if (row.name != name) continue;
      if (row.doc.starts_with("As in a task") || example_of(object.kind, name).empty()) {
        also.append(also.empty() ? "" : ", ").append(object.kind);
        if (row.doc.starts_with("Ignored")) also += " (ignored)";
        continue;
      }
      out.append(out.empty() ? "" : "\n").append(explain_row(object.kind, row));
    }
  }
  if (!also.empty())
    out.append(out.empty() ? std::string(name) + " may stand in: " : "\nAlso in: ").append(also + "\n");
  return out;
}

std::vector<std::string> known_words() {
  std::vector<std::string> words;
  for (const auto& code : dsl::diagnostic_codes()) words.emplace_back(code.code);
  for (const auto& object : dsl::describe_language())
    for (const dsl::AttributeRow& row : object.rows) words.emplace_back(row.name);
  return words;
}

}  // namespace

std::span<const AttributeExample> attribute_examples() { return kExamples; }

std::string explain_codes() {
  std::string out;
  for (const auto& code : dsl::diagnostic_codes()) out.append(code.code).append("  ").append(code.title).append("\n");
  return out;
}

Result<std::string> explain_word(std::string_view word) {
  const std::string code = upper(word);
  if (dsl::find_diagnostic_code(code)) return section_of(code);
  std::string attribute = explain_attribute(word);
  if (!attribute.empty()) return attribute;
  // A code is meant when it begins as one.
  const bool like_code =
      word.size() > 1 && std::string_view("EWT").find(code[0]) < 3 && code[1] >= '0' && code[1] <= '9';
  const std::string nearest = nearest_name(like_code ? code : std::string(word), known_words());
  return fail(ErrorCode::kNotFound,
              "there is no code or attribute '" + std::string(word.substr(0, 80)) + "'" +
                  (nearest.empty() ? "; `foehn explain` lists the codes" : "\n  Did you mean '" + nearest + "'?"));
}

std::string explain_pointer(const Diagnostics& diagnostics) {
  std::vector<std::string_view> codes;
  for (const Diagnostic& diagnostic : diagnostics)
    if (codes.size() < kPointerCodesMax && std::find(codes.begin(), codes.end(), diagnostic.code) == codes.end())
      codes.push_back(diagnostic.code);
  if (codes.empty()) return {};
  std::string line = "see: foehn explain";
  for (const std::string_view code : codes) line.append(" ").append(code);
  return line + "\n";
}

int explain(const std::vector<std::string>& words) {
  std::string out = words.empty() ? explain_codes() : std::string();
  for (const std::string& word : words) {
    auto text = explain_word(word);
    if (!text) return report(text.error());
    out.append(out.empty() ? "" : "\n").append(*text);
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  return kExitOk;
}

}  // namespace foehn::cli
