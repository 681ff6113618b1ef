// Plays test cases on the real engine: memory store, scripted actions, virtual time. Start here. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dsl/compile.h"
#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/ports/action_port.h"
#include "engine/scenario/suite.h"

namespace foehn::scenario {

// A document as the caller has read it.
struct Document {
  std::string path;  // for messages
  std::string text;
};

struct CaseResult {
  std::string name;
  Mark mark;
  std::vector<std::string> failures;  // empty = passed
  double virtual_s = 0;               // how long it would have taken
  std::int64_t real_us = 0;
  bool passed() const { return failures.empty(); }
};

// Which tasks have started in any of the cases, by workflow.
struct Coverage {
  std::map<std::string, std::set<std::string>> all;  // of every workflow that was started
  std::map<std::string, std::set<std::string>> started;
  void add(const Coverage& other);
};

// The workflows of a suite, compiled. `problems` holds rendered diagnostics when something does not compile.
struct Program {
  std::vector<dsl::Compiled> documents;
  std::vector<dsl::DocumentKind> kinds;  // as documents
  std::vector<std::string> sources;  // as documents
  std::string problems;
  bool ok() const { return problems.empty(); }
};
Program compile_documents(const std::vector<Document>& documents, const dsl::ActionCatalog& catalog);

class Player {
 public:
  // `real` runs actions without an effect outside of the process. All references outlive the player.
  Player(const Program& program, const dsl::ActionCatalog& catalog, ports::ActionPort& real, const Clock& real_clock,
         Log& log)
      : program_(program), catalog_(catalog), real_(real), real_clock_(real_clock), log_(log) {}

  CaseResult play(const Suite& suite, const Case& one);
  const Coverage& coverage() const { return coverage_; }

 private:
  const Program& program_;
  const dsl::ActionCatalog& catalog_;
  ports::ActionPort& real_;
  const Clock& real_clock_;
  Log& log_;
  Coverage coverage_;
};

}  // namespace foehn::scenario
