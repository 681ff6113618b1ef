#include "engine/scenario/player.h"

#include <algorithm>

#include "dsl/lint/lint.h"
#include "engine/scenario/stage.h"

namespace foehn::scenario {

void Coverage::add(const Coverage& other) {
  for (const auto& [workflow, tasks] : other.all) all[workflow].insert(tasks.begin(), tasks.end());
  for (const auto& [workflow, tasks] : other.started) started[workflow].insert(tasks.begin(), tasks.end());
}

Program compile_documents(const std::vector<Document>& documents, const dsl::ActionCatalog& catalog) {
  Program program;
  for (const Document& document : documents) {
    program.kinds.push_back(dsl::detect_kind(document.text));
    dsl::Compiled compiled = dsl::compile(document.text, program.kinds.back(), &catalog);
    if (!compiled.ok()) {
      Diagnostics errors;
      for (const Diagnostic& one : compiled.diagnostics)
        if (one.severity == Severity::kError) errors.push_back(one);
      program.problems += render(errors, document.text, document.path);
    }
    program.documents.push_back(std::move(compiled));
    program.sources.push_back(document.text);
  }
  return program;
}

CaseResult Player::play(const Suite& suite, const Case& one) {
  const MonoTime begin = real_clock_.mono();
  CaseResult result;
  result.name = one.name;
  result.mark = one.mark;
  Stage stage(program_, catalog_, real_, suite, one, log_);
  result.failures = stage.play();
  result.virtual_s = stage.seconds();
  result.real_us = real_clock_.mono().us - begin.us;
  coverage_.add(stage.coverage());
  return result;
}

}  // namespace foehn::scenario
