// What `foehn test` says: JUnit XML and coverage lines. Values in, text out.
#pragma once

#include <string>
#include <vector>

#include "engine/scenario/player.h"

namespace foehn::scenario {

struct SuiteResult {
  std::string path;
  std::vector<CaseResult> cases;
  std::string broken;  // the file or its workflows could not be read: everything about it
};

struct Totals {
  std::size_t passed = 0, failed = 0, broken = 0;
};
Totals total_of(const std::vector<SuiteResult>& suites);

// One <testsuite> a file, one <testcase> a test.
std::string junit_xml(const std::vector<SuiteResult>& suites);
// "greet: 3 of 4 tasks ran; never: rollback", a line per workflow with tasks that never ran; and how many had all.
std::string coverage_text(const Coverage& coverage);

}  // namespace foehn::scenario
