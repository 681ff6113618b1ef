#!/usr/bin/env bash
# The benchmarks behind `./test.sh --bench`: the figures a user notices, then the components'. Writes build/figures.json.
#   bench/run.sh --build   also times a full Release build from nothing (without compiler cache)
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --build ]; then
  folder=$(mktemp -d /var/tmp/foehn-build-XXXXXX)
  trap 'rm -rf "$folder"' EXIT
  began=$SECONDS
  cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER_LAUNCHER= -DCCACHE_PROGRAM= \
    -DFOEHN_TESTS=OFF -DFOEHN_BENCH=OFF >/dev/null
  cmake --build "$folder" >/dev/null
  echo "full Release build of the product: $((SECONDS - began)) s on $(nproc) cores, target < 360"
fi
status=0
python3 bench/figures.py build/release/foehn --json build/figures.json || status=$?
for program in build/release/bench/*_bench; do
  [ -x "$program" ] || continue
  echo
  "$program" --benchmark_repetitions=3 --benchmark_report_aggregates_only=true 2>/dev/null | grep -E 'median|^Benchmark|^---' || status=1
done
exit $status
