#!/usr/bin/env bash
# Builds the preset `fuzz` and lets every target run for SECONDS (default 60). A target that fails leaves its input in
# build/fuzz/found/<target>/ and makes the run fail; the last lines say how to run that input again.
#   tests/fuzz/run.sh [--fixed] [SECONDS [TARGET…]]
# --fixed: the same start each time (fixed seed, nothing learnt before), so that a chance find is rare and comes again.
# Without it each run goes on from the corpus of those before it.
set -euo pipefail
cd "$(dirname "$0")/../.."
fixed=""
if [ "${1:-}" = --fixed ]; then
  fixed=yes
  shift
fi
seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(yaml lint yaql jinja shorthand http)
command -v clang++ >/dev/null || { echo "clang++ is missing: apt-get install clang" >&2; exit 2; }

declare -A runs_max=([yaml]=600000 [lint]=120000 [yaql]=280000 [jinja]=110000 [shorthand]=650000 [http]=1500000)

work=build/fuzz
began=$SECONDS
[ -f "$work/build.ninja" ] || cmake --preset fuzz >/dev/null
cmake --build "$work" -- "${targets[@]/#/fuzz_}"
rm -rf "$work/seeds"
/usr/bin/python3 tests/fuzz/make_seeds.py "$work/seeds"
echo "fuzz: built in $((SECONDS - began)) s"

# run_target TARGET: one line with what was done, or the sanitizer's report.
run_target() {
  local target=$1 log=$work/$1.log found=$work/found/$1/ corpus=$work/corpus/$1 options=(-timeout=5)
  if [ -n "$fixed" ]; then
    corpus=$work/fresh/$1
    rm -rf "$corpus"
    # By the wall clock: a busy machine must not look like a find. As many runs as 60 s had where it was written: a fast
    # machine goes no further than others, so that the same inputs come everywhere.
    options=(-seed=1 -reload=0 -timeout=20 -runs="${runs_max[$target]}")
  fi
  local inputs=("$corpus" "$work/seeds/$target")
  [ ! -d "tests/fuzz/regressions/$target" ] || inputs+=("tests/fuzz/regressions/$target")
  mkdir -p "$found" "$corpus"
  # What runs away: 64 MB that an expression counts are more under ASan, which also keeps 256 MB of what was freed. Peaks
  # were 400 MB (jinja), 314 MB (yaql, yaml) and less.
  if "$work/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -rss_limit_mb=768 -max_len=8192 \
    -dict="tests/fuzz/dict/$target.dict" -artifact_prefix="$found" -print_final_stats=1 "${options[@]}" \
    "${inputs[@]}" >"$log" 2>&1; then
    local runs covered
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
    echo "fuzz $target: $runs runs in $seconds s, ${covered/cov: /} edges covered"
  else
    {
      echo "fuzz $target: FAILED"
      grep -m 1 -A 30 -E 'ERROR|runtime error|check failed|CHECK' "$log" || tail -40 "$log"
      echo "fuzz $target: run it again with $work/tests/fuzz/fuzz_$target $(sed -n 's/.*Test unit written to //p' "$log" | tail -1)"
      echo "fuzz $target: its bytes in base64: $(sed -n 's/^Base64: //p' "$log" | tail -1)"
    } >&2
    return 1
  fi
}

# As many at once as there are processors.
status=0
running=0
for target in "${targets[@]}"; do
  if [ "$running" -ge "$(nproc)" ]; then
    wait -n || status=1
    running=$((running - 1))
  fi
  run_target "$target" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || status=1
  running=$((running - 1))
done
exit $status
