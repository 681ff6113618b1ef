// foehn_sim: runs seeded worlds until so many executions have been simulated; see world.h.
// Seeds of past failures (regressions.txt) come first. Exit status 1 and a report at the first failure.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include "tests/sim/world.h"

namespace {

struct Totals {
  std::size_t worlds = 0;
  std::size_t executions = 0;
  std::uint64_t crashes = 0;
  std::uint64_t steps = 0;
};

bool run_world(std::uint64_t seed, bool verbose, foehn::Log& log, Totals& totals) {
  if (verbose) std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  foehn::sim::World world({seed, verbose}, log);
  const auto violated = world.run();
  ++totals.worlds;
  totals.executions += world.executions();
  totals.crashes += world.crashes();
  totals.steps += world.steps();
  if (!violated) return true;
  std::printf("VIOLATED with seed %llu\n%s\nDefinitions:\n%s\nAgain with: foehn_sim --seed %llu --count 1 --verbose\n",
              static_cast<unsigned long long>(seed), violated->c_str(), world.describe().c_str(),
              static_cast<unsigned long long>(seed));
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  std::size_t count = 1'000;
  bool verbose = false;
  bool keep_going = false;
  std::string regressions;
  std::string log_file = "/dev/null";
  CLI::App app("Simulates executions with random definitions, faults and crashes on the real engine.");
  app.add_option("--seed", seed, "First seed");
  app.add_option("--count", count, "Executions to simulate");
  app.add_option("--regressions", regressions, "File of seeds that are run first");
  app.add_option("--log", log_file, "Where the engine's log goes");
  app.add_flag("--verbose", verbose, "Say what is done");
  app.add_flag("--keep-going", keep_going, "Report every failing seed");
  CLI11_PARSE(app, argc, argv);

  foehn::Log log({foehn::LogLevel::kError, false, log_file});
  Totals totals;
  std::size_t failures = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::ifstream file(regressions);
  for (std::uint64_t known = 0; failures == 0 && file >> known;) {
    if (!run_world(known, verbose, log, totals)) ++failures;
  }
  for (const std::size_t end = totals.executions + count; totals.executions < end && (failures == 0 || keep_going);) {
    if (!run_world(seed++, verbose, log, totals)) ++failures;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%zu executions in %zu worlds with %llu crashes and %llu steps, %zu failing, %.1f s\n", totals.executions,
              totals.worlds, static_cast<unsigned long long>(totals.crashes),
              static_cast<unsigned long long>(totals.steps), failures, seconds);
  return failures == 0 ? 0 : 1;
}
