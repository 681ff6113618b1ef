#include "engine/scenario/report.h"

#include <cstdio>

namespace foehn::scenario {
namespace {

// For attributes and content; what XML 1.0 does not allow becomes '?'.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? '?' : c;
    }
  }
  return out;
}

std::string seconds_text(std::int64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6f", static_cast<double>(us) / 1e6);
  return text;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::string test_case(const SuiteResult& suite, const CaseResult& one) {
  std::string out = "    <testcase classname=\"" + escaped(suite.path) + "\" name=\"" + escaped(one.name) +
                    "\" file=\"" + escaped(suite.path) + "\" line=\"" + std::to_string(one.mark.line) + "\" time=\"" +
                    seconds_text(one.real_us) + "\"";
  if (one.passed()) return out + "/>\n";
  return out + ">\n      <failure message=\"" + escaped(one.failures[0]) + "\">" + escaped(joined(one.failures)) +
         "</failure>\n    </testcase>\n";
}

}  // namespace

Totals total_of(const std::vector<SuiteResult>& suites) {
  Totals totals;
  for (const SuiteResult& suite : suites) {
    if (!suite.broken.empty()) ++totals.broken;
    for (const CaseResult& one : suite.cases) ++(one.passed() ? totals.passed : totals.failed);
  }
  return totals;
}

std::string junit_xml(const std::vector<SuiteResult>& suites) {
  const Totals totals = total_of(suites);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"foehn\" tests=\"" +
                    std::to_string(totals.passed + totals.failed + totals.broken) + "\" failures=\"" +
                    std::to_string(totals.failed) + "\" errors=\"" + std::to_string(totals.broken) + "\">\n";
  for (const SuiteResult& suite : suites) {
    const Totals own = total_of({suite});
    std::int64_t us = 0;
    for (const CaseResult& one : suite.cases) us += one.real_us;
    out += "  <testsuite name=\"" + escaped(suite.path) + "\" tests=\"" +
           std::to_string(own.passed + own.failed + own.broken) + "\" failures=\"" + std::to_string(own.failed) +
           "\" errors=\"" + std::to_string(own.broken) + "\" time=\"" + seconds_text(us) + "\">\n";
    for (const CaseResult& one : suite.cases) out += test_case(suite, one);
    if (!suite.broken.empty())
      out += "    <testcase classname=\"" + escaped(suite.path) +
             "\" name=\"file\">\n      <error message=\"cannot be run\">" + escaped(suite.broken) +
             "</error>\n    </testcase>\n";
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

std::string coverage_text(const Coverage& coverage) {
  std::string out;
  std::size_t complete = 0;
  for (const auto& [workflow, tasks] : coverage.all) {
    const auto found = coverage.started.find(workflow);
    std::string never;
    std::size_t ran = 0;
    for (const std::string& task : tasks) {
      if (found != coverage.started.end() && found->second.contains(task)) {
        ++ran;
      } else {
        never += (never.empty() ? "" : ", ") + task;
      }
    }
    if (never.empty()) {
      ++complete;
    } else {
      out += workflow + ": " + std::to_string(ran) + " of " + std::to_string(tasks.size()) +
             " tasks ran; never: " + never + "\n";
    }
  }
  return out + "all tasks ran in " + std::to_string(complete) + " of " + std::to_string(coverage.all.size()) +
         (coverage.all.size() == 1 ? " workflow\n" : " workflows\n");
}

}  // namespace foehn::scenario
