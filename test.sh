#!/usr/bin/env bash
# All tests, from nothing: installs missing Debian packages, builds, runs.
#   ./test.sh               Release build and every test, before them the fuzz targets for 60 s each
#   ./test.sh --sanitizers  under ASan+UBSan the tests without a server process and some with one, then under TSan the
#                           tests without a server process
#   ./test.sh --fuzz [SECONDS [TARGET…]]  lets the fuzz targets run, 600 s each by default
#   ./test.sh --nightly     ctest --preset nightly: the fuzz targets for 600 s each, and 100,000 malformed requests against
#                           Release and against ASan, another seed each day
#   ./test.sh --bench       Release build and the benchmarks' figures (further options: bench/run.sh)
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/setup.sh
. tests/setup.sh
install_missing "${build_packages[@]}" "${run_packages[@]}" "${test_packages[@]}"

jobs=$(nproc)
# demo.sh may have configured the same folder without the tests.
configure_all() { cmake --preset "$1" -DFOEHN_TESTS=ON -DFOEHN_BENCH=OFF >/dev/null; }
case ${1:-} in
  "")
    install_missing "${fuzz_packages[@]}"
    configure_all release
    build release
    # Before the tests, not beside them: some of those have bounds of time.
    fuzz=0
    tests/fuzz/run.sh --fixed 60 || fuzz=$?
    /usr/bin/python3 tests/run_ctest.py --preset release -j "$jobs" || exit
    [ "$fuzz" -eq 0 ] || echo "The tests passed, but a fuzz target failed: see 'fuzz …: FAILED' above." >&2
    exit "$fuzz"
    ;;
  --sanitizers)
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    configure_all dev
    build dev sanitizer_tests foehn
    /usr/bin/python3 tests/run_ctest.py --preset dev -j "$jobs" -L 'unit|conformance|sim|property|sanitized'
    configure_all tsan
    build tsan sanitizer_tests
    /usr/bin/python3 tests/run_ctest.py --preset tsan -j "$jobs" -L 'unit|conformance|sim'
    ;;
  --fuzz)
    install_missing "${fuzz_packages[@]}"
    exec tests/fuzz/run.sh "${2:-600}" "${@:3}"
    ;;
  --nightly)
    install_missing "${fuzz_packages[@]}"
    configure_all release
    build release foehn
    exec /usr/bin/python3 tests/run_ctest.py --preset nightly
    ;;
  --bench)
    cmake --preset release -DFOEHN_TESTS=ON -DFOEHN_BENCH=ON >/dev/null
    build release
    exec bench/run.sh "${@:2}"
    ;;
  *)
    sed -n '2,10p' "$0"
    exit 2
    ;;
esac
