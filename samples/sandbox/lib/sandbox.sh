# Shared start of the stand-ins written in sh. Says that the tool is simulated, obeys /etc/sandbox/fail/TOOL, and
# refuses to run anywhere but inside a sandbox box, where this folder is mounted at /opt/foehn/sandbox.
# shellcheck shell=sh
set -eu
tool=${0##*/}
state=/var/lib/sandbox
run_dir=/run/sandbox

case $0 in
  /opt/foehn/sandbox/bin/*) ;;
  *)
    echo "sandbox: $tool is a stand-in and runs only inside a sandbox box" >&2
    exit 70
    ;;
esac
echo "SIMULATED $tool" >&2
if [ -f "/etc/sandbox/fail/$tool" ]; then
  read -r code message <"/etc/sandbox/fail/$tool" || [ -n "${code:-}" ]
  echo "${message:-$tool: failure asked for by /etc/sandbox/fail/$tool}" >&2
  exit "${code:-1}"
fi
mkdir -p "$state/pkg" "$run_dir"

# fail CODE MESSAGE...
fail() {
  fail_code=$1
  shift
  echo "$*" >&2
  exit "$fail_code"
}

# must_be_installed PACKAGE: print its version, or end as a shell does that finds no such command.
must_be_installed() {
  [ -s "$state/pkg/$1" ] || fail 127 "sh: $tool: not found"
  cat "$state/pkg/$1"
}
