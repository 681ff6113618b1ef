# Shared by demo.sh and test.sh (sourced): installs what is missing, configures, builds. Touches the network only when a
# package is missing.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

build_packages=(g++ cmake ninja-build pkg-config libboost-dev libyaml-cpp-dev libsqlite3-dev libssh2-1-dev
  nlohmann-json3-dev libcurl4-openssl-dev libexpected-dev libspdlog-dev libcli11-dev libssl-dev libre2-dev prometheus-cpp-dev mold)
run_packages=(openssh-server openssh-client iproute2)
test_packages=(libgtest-dev libgmock-dev libbenchmark-dev python3 python3-yaml python3-yaql python3-jinja2 python3-jsonschema python3-mistralclient python3-openstackclient python3-croniter curl shellcheck zsh fish)
fuzz_packages=(clang libclang-rt-14-dev)

# install_missing PACKAGE…
install_missing() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "missing packages: ${missing[*]}; install them as root (apt-get install) and try again" >&2
      return 1
    }
    as_root=(sudo)
  fi
  echo "installing: ${missing[*]}" >&2
  "${as_root[@]}" apt-get update -qq || true
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# build PRESET [TARGET…]: configures build/PRESET when needed and builds.
build() {
  local preset=$1
  shift
  [ -f "$root/build/$preset/build.ninja" ] || (cd "$root" && cmake --preset "$preset" >/dev/null) || return 1
  cmake --build "$root/build/$preset" -- "$@"
}
