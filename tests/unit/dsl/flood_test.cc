// Goal: the largest and nastiest texts that a request can carry get a bounded answer in bounded time and memory.
// Method: every text goes through compile() and fault_text() – what POST /v2/workflows does – and most through lint();
// measured are the processor time of this thread (a busy machine does not matter) and the peak of resident memory. The
// bounds are ten times and more what Debug needs; tests/e2e/bad_input_test.py holds Release to a second.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>
#include <fstream>
#include <map>

#include "dsl/lint/lint.h"
#include "engine/base/limits.h"
#include "tests/unit/dsl/support.h"

namespace foehn::dsl {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // shadow memory and quarantine are not ours
#else
constexpr bool kSanitized = false;
#endif

constexpr double kSecondsMax = 30;
constexpr std::size_t kPeakBytesMax = 1'000'000'000;
constexpr std::size_t kAnswerBytesMax = 100'000;

double thread_seconds() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Resident pages as the kernel counts them; `peak` since the last reset.
std::size_t resident_bytes(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field)) return std::stoull(line.substr(field.size() + 1)) * 1'024;
  return 0;
}

void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string text;
  text.reserve(bytes + piece.size());
  while (text.size() + piece.size() <= bytes) text += piece;
  return text;
}

// The codes of the errors, or "ok". Fails the test when the answer is not bounded.
std::string judge(const std::string& name, const std::string& text, DocumentKind kind = DocumentKind::kWorkflows) {
  reset_peak();
  const std::size_t before = resident_bytes("VmRSS");
  const double began = thread_seconds();
  const Compiled compiled = compile(text, kind, nullptr);
  const std::string answer = fault_text(compiled, text);
  const double seconds = thread_seconds() - began;
  const std::size_t grown = resident_bytes("VmHWM") - std::min(before, resident_bytes("VmHWM"));
  if (std::getenv("FOEHN_FLOOD_FIGURES"))
    std::printf("%-40s %6.2f s %6.0f MB %zu\n", name.c_str(), seconds, static_cast<double>(grown) / 1e6, answer.size());
  EXPECT_LT(seconds, kSecondsMax) << name;
  if (!kSanitized) {
    EXPECT_LT(grown, kPeakBytesMax) << name;
  }
  EXPECT_LE(answer.size(), kAnswerBytesMax) << name;
  EXPECT_LE(compiled.diagnostics.size(), limits::kDiagnosticsMax) << name;
  std::string verdict;
  for (const auto& diagnostic : compiled.diagnostics) {
    EXPECT_LE(diagnostic.message.size(), 2'000U) << name << diagnostic.code;
    EXPECT_LE(diagnostic.hint.size(), 2'000U) << name << diagnostic.code;
    if (diagnostic.severity == Severity::kError && !verdict.ends_with(diagnostic.code))
      verdict += (verdict.empty() ? "" : " ") + diagnostic.code;
  }
  if (verdict.empty()) {
    EXPECT_FALSE(compiled.workflows.empty() && compiled.actions.empty()) << name;
  }
  return verdict.empty() ? "ok" : verdict;
}

constexpr std::size_t kMost = limits::kDefinitionBytesMax;
const std::string kHead = "version: '2.0'\nwf:\n  tasks:\n    t: {action: std.noop}\n";
const std::string kTask = "version: '2.0'\nwf:\n  tasks:\n    t:\n      action: std.noop\n";

TEST(Flood, FiveMegabytes) {
  const std::size_t room = kMost - kHead.size() - 100;
  EXPECT_EQ(judge("one byte too many", std::string(kMost + 1, '#')), "E102");
  EXPECT_EQ(judge("comments", kHead + repeated("# a comment\n", room)), "ok");
  EXPECT_EQ(judge("blank lines", kHead + std::string(room, '\n')), "ok");
  EXPECT_EQ(judge("one description", kTask + "      description: " + std::string(room, 'x') + "\n"), "ok");
  EXPECT_EQ(judge("one quoted text", kTask + "      description: \"" + repeated("\\x41", room) + "\"\n"), "ok");
  EXPECT_EQ(judge("one folded text", kTask + "      description: >\n" + repeated("        word word\n", room)), "ok");
  EXPECT_EQ(judge("one list", kTask + "      input: {a: [" + repeated("1,", 1'900'000) + "1]}\n"), "ok");
  EXPECT_EQ(judge("commas", kTask + "      input: {a: [" + repeated(",", room) + "]}\n"), "E104");
  EXPECT_EQ(judge("one open quote", kTask + "      description: \"" + std::string(room, 'x')), "E101");
  EXPECT_EQ(judge("open quotes", kTask + "      description: " + std::string(999'999, '\'')), "E101");
  EXPECT_EQ(judge("no YAML", repeated("}]: ", room)), "E101");
  EXPECT_EQ(judge("umlauts in one line", kTask + "      description: " + repeated("ä", room) + "\n"), "ok");
}

TEST(Flood, BytesThatAreNoText) {
  for (const std::string_view bytes : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) {
    EXPECT_EQ(judge("invalid UTF-8", kTask + "      description: a" + std::string(bytes) + "b\n"), "E105");
    EXPECT_EQ(judge("invalid UTF-8 at the end", kHead + std::string(bytes)), "E105");
  }
  EXPECT_EQ(judge("NUL", kTask + "      description: a" + std::string(1, '\0') + "b\n"), "E105");
  EXPECT_EQ(judge("NULs", std::string(kMost, '\0')), "E105");
  EXPECT_EQ(judge("an escaped NUL", kTask + "      description: \"a\\0b\"\n"), "ok");
  EXPECT_EQ(judge("UTF-16", std::string("\xFF\xFEv\0e\0", 6)), "E105");
}

TEST(Flood, DelimitersThatAreNotClosed) {
  for (const std::string_view open : {"<%", "{{", "{%", "{#", "<% '", "{{ '", "{% raw %}", "<% $.a.", "{{ _.a|"}) {
    const std::string name = "unclosed " + std::string(open);
    // Quoted, so that YAML does not see brackets.
    std::string quoted;
    for (const char c : open) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    judge(name, kTask + "      publish: {a: '" + quoted + "'}\n");
    judge(name + " x 1 MB", kTask + "      publish: {a: '" + repeated(quoted, 1'000'000) + "'}\n");
    judge(name + " x 1 MB, closed", kTask + "      publish: {a: '" + repeated(quoted, 1'000'000) + " %> }}'}\n");
    judge(name + " inline", "version: '2.0'\nwf:\n  tasks:\n    t:\n      action: 'std.echo output=" +
                                repeated(quoted, 1'000'000) + "'\n");
    judge(name + " condition", kTask + "      on-success: [{t: '" + repeated(quoted, 1'000'000) + "'}]\n");
    judge(name + " items", kTask + "      with-items: 'i in " + repeated(quoted, 1'000'000) + "'\n");
  }
}

TEST(Flood, AHundredThousandExpressions) {
  std::string good = kTask + "      publish:\n";
  std::string bad = good;
  std::string jinja = good;
  for (int i = 0; i < 100'000; ++i) {
    good += "        v" + std::to_string(i) + ": <% $.a + 1 %>\n";
    bad += "        v" + std::to_string(i) + ": <% * %>\n";
    jinja += "        v" + std::to_string(i) + ": '{{ * }}'\n";
  }
  EXPECT_EQ(judge("100,000 expressions", good), "ok");
  EXPECT_EQ(judge("100,000 wrong YAQL expressions", bad), "E401");
  EXPECT_EQ(judge("100,000 wrong Jinja2 expressions", jinja), "E402");
  std::string one = kTask + "      publish:\n        v: '" + repeated("<% $.a %> ", 4'000'000) + "'\n";
  EXPECT_EQ(judge("400,000 expressions in one text", one), "ok");
  one = kTask + "      publish:\n        v: '" + repeated("<% * %> ", 4'000'000) + "'\n";
  EXPECT_EQ(judge("wrong expressions in one text", one), "E401");
  // The end of the one is the end of the others, too: finding it anew for each was quadratic.
  one = kTask + "      publish:\n        v: |\n" + repeated("          <%\n", 4'000'000) + "          %>\n";
  EXPECT_EQ(judge("openings in many lines", one), "ok");
}

TEST(Flood, TenThousandDifferentMistakes) {
  std::string text = "version: '2.0'\nwf:\n  tasks:\n";
  for (int i = 0; i < 10'000; ++i) {
    const std::string n = std::to_string(i);
    constexpr std::string_view kMistakes[] = {"on-success: nowhere", "timeout: soon", "unknown: 1", "join: some",
                                              "with-items: x", "target: '<% ) %>', x", "input: ", "wait-after: z"};
    text += "    t" + n + ": {" + std::string(kMistakes[i % 8]) + n + "}\n";
  }
  EXPECT_EQ(judge("10,000 mistakes", text).substr(0, 4), "E203");
}

TEST(Flood, AnchorsAndMergesDoNotMultiply) {
  std::string bomb = "version: '2.0'\nwf:\n  vars:\n    v0: &v0 lol\n";
  for (int i = 1; i < 60; ++i) {
    const std::string last = "*v" + std::to_string(i - 1);
    bomb += "    v" + std::to_string(i) + ": &v" + std::to_string(i) + " [" + last + ", " + last + "]\n";
  }
  bomb += "  tasks: {t: {action: std.noop}}\n";
  judge("alias bomb", bomb);
  std::string merges = "version: '2.0'\nwf:\n  vars:\n    v: ";
  for (int i = 0; i < 50; ++i) merges += "{k" + std::to_string(i) + ": 1, <<: ";
  merges += "{";
  for (int i = 0; i < 100'000; ++i) merges += "a" + std::to_string(i) + ": 1, ";
  merges += "}" + std::string(50, '}') + "\n  tasks: {t: {action: std.noop}}\n";
  EXPECT_EQ(judge("nested merges", merges), "ok");
}

TEST(Flood, KeysOfAMegabyte) {
  const std::string key(1'000'000, 'k');
  const std::map<std::string, std::string> texts = {
      {"document", kHead + "? " + key + "\n: 1\n"},
      {"workflow attribute", "version: '2.0'\nwf:\n  ? " + key + "\n  : 1\n  tasks: {t: {action: a}}\n"},
      {"task", "version: '2.0'\nwf:\n  tasks:\n    ? " + key + "\n    : {action: a}\n"},
      {"task attribute", kTask + "      ? " + key + "\n      : 1\n"},
      {"input", kTask + "      input:\n        ? " + key + "\n        : <% * %>\n"},
      {"publish", kTask + "      publish:\n        ? " + key + "\n        : <% * %>\n"},
      {"target", kTask + "      on-success: " + key + "\n"},
      {"conditional target", kTask + "      on-success:\n        - ? " + key + "\n          : <% $.a %>\n"},
      {"retry", kTask + "      retry:\n        ? " + key + "\n        : 1\n"},
      {"inline parameter", "version: '2.0'\nwf:\n  tasks:\n    t:\n      action: std.echo " + key + "=<% * %>\n"},
      {"inline name", "version: '2.0'\nwf:\n  tasks:\n    t:\n      action: " + key + " a=1 b\n"},
      {"items", kTask + "      with-items: " + key + " in <% * %>\n"},
      {"join", kTask + "      join: " + key + "\n"},
      {"twice", kTask + "      input:\n        ? " + key + "\n        : 1\n        ? " + key + "\n        : 2\n"},
  };
  for (const auto& [name, text] : texts) judge("key: " + name, text);
}

TEST(Flood, CallsInCircles) {
  std::string chain = "version: '2.0'\n";
  for (int i = 0; i < 50'000; ++i) chain += "a" + std::to_string(i) + ": {base: a" + std::to_string(i + 1) + "}\n";
  EXPECT_EQ(judge("chain of actions", chain + "a50000: {base: std.noop}\n", DocumentKind::kActions), "E308");
  EXPECT_EQ(judge("circle of actions", chain + "a50000: {base: a0}\n", DocumentKind::kActions), "E307");
  std::string circles = "version: '2.0'\n";
  for (int i = 0; i < 50'000; ++i) circles += "a" + std::to_string(i) + ": {base: a" + std::to_string(i) + "}\n";
  EXPECT_EQ(judge("50,000 circles of actions", circles, DocumentKind::kActions), "E307");
  std::string workflows = "version: '2.0'\n";
  for (int i = 0; i < 5'000; ++i)
    workflows += "w" + std::to_string(i) + ": {tasks: {t: {workflow: w" + std::to_string((i + 1) % 5'000) + "}}}\n";
  EXPECT_EQ(judge("circle of workflows", workflows), "ok");
  LintInput input;
  input.documents.push_back({"w.yaml", workflows});
  EXPECT_LE(lint(input)[0].diagnostics.size(), limits::kDiagnosticsMax);
}

TEST(Flood, LintIsBoundedToo) {
  std::string chain = "version: '2.0'\nwf:\n tasks:\n";
  std::string fan = chain;
  std::string reads = chain;
  for (int i = 0; i < 10'000; ++i) {
    const std::string n = std::to_string(i);
    chain += "  t" + n + ": {publish: {v" + n + ": <% $.v" + n + " %>}, on-success: t" + std::to_string(i + 1) + "}\n";
    fan += "  t" + n + ": {on-success: t10000}\n";
    reads += "  t" + n + ": {input: {a: <% $.v" + n + " %>}, on-error: t" + std::to_string((i * 7) % 10'000) + "}\n";
  }
  for (const std::string& text : {chain + "  t10000: {action: a}\n", fan + "  t10000: {join: all}\n", reads}) {
    const double began = thread_seconds();
    LintInput input;
    input.documents.push_back({"w.yaml", text});
    EXPECT_LE(lint(input)[0].diagnostics.size(), limits::kDiagnosticsMax);
    if (std::getenv("FOEHN_FLOOD_FIGURES")) std::printf("lint %.2f s\n", thread_seconds() - began);
    EXPECT_LT(thread_seconds() - began, kSecondsMax);
  }
}

}  // namespace
}  // namespace foehn::dsl
