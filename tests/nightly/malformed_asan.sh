#!/usr/bin/env bash
# Malformed requests against a foehn with AddressSanitizer and UBSan (the preset `dev`), which is built when needed.
#   tests/nightly/malformed_asan.sh COUNT SEED
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/setup.sh
. tests/setup.sh
cmake --preset dev -DFOEHN_TESTS=ON -DFOEHN_BENCH=OFF >/dev/null
build dev foehn
# A leak shows when the server ends.
export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
exec /usr/bin/python3 tests/nightly/malformed.py build/dev/foehn --sanitized --count "$1" --seed "$2"
