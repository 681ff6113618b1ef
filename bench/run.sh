#!/usr/bin/env bash
# The benchmarks behind `./test.sh --bench`: the figures a user notices, then the components'. Writes build/figures.json.
#   bench/run.sh --build   also times a full Release build from nothing (without compiler cache)
#   bench/run.sh --write   also writes bench/RESULTS.md: on a quiet machine only
set -euo pipefail
cd "$(dirname "$0")/.."
timed_build=false write=false
for option in "$@"; do
  case $option in
    --build) timed_build=true ;;
    --write) write=true ;;
    *) sed -n '2,4p' "$0"; exit 2 ;;
  esac
done
rm -f build/figures.json build/bench-*.json
began_load=$(cut -d ' ' -f 1 /proc/loadavg)
page=(--load "$began_load")
if $timed_build; then
  folder=$(mktemp -d /var/tmp/foehn-build-XXXXXX)
  trap 'rm -rf "$folder"' EXIT
  began=$SECONDS
  cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER_LAUNCHER= -DCCACHE_PROGRAM= \
    -DFOEHN_TESTS=OFF -DFOEHN_BENCH=OFF >/dev/null
  cmake --build "$folder" >/dev/null
  seconds=$((SECONDS - began))
  echo "full Release build of the product: $seconds s on $(nproc) cores, target < 360"
  page+=(--build-seconds "$seconds")
fi
status=0
/usr/bin/python3 bench/figures.py build/release/foehn --json build/figures.json || status=$?
/usr/bin/python3 bench/http_bench.py build/release/foehn --json build/figures.json || status=$?
compared=
if [ -x build/release/bench/expr_bench ] && /usr/bin/python3 -c 'import jinja2, yaql' 2>/dev/null; then
  /usr/bin/python3 bench/expr_compare.py build/release/bench/expr_bench build/release/bench/dsl_bench \
    --json build/figures.json || status=$?
  compared=build/release/bench/expr_bench
else
  echo "expressions: not measured, that needs python3-yaql, python3-jinja2 and Google Benchmark"
fi
for program in build/release/bench/*_bench; do
  if [ ! -x "$program" ] || [ "$program" = "$compared" ]; then continue; fi
  echo
  FOEHN_BENCH_DIR=/var/tmp "$program" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true \
    --benchmark_out="build/bench-$(basename "$program").json" --benchmark_out_format=json 2>/dev/null |
    grep -E 'median|^Benchmark|^---' || status=1
done
if $write; then
  shopt -s nullglob
  /usr/bin/python3 bench/report.py bench/RESULTS.md "${page[@]}" build/figures.json build/bench-*.json
fi
exit $status
