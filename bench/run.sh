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
for program in build/release/bench/*_bench; do
  [ -x "$program" ] || continue
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
