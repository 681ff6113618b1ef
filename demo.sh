#!/usr/bin/env bash
# The main job on this machine: builds Foehn, starts a server, raises an OverCloud (one Post, three clusters) over real
# SSH, runs a command on a box, removes everything again and shows that nothing is left.
#   ./demo.sh          the whole round
#   ./demo.sh --keep   leaves server and OverCloud up and says how to look around and how to stop
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/setup.sh
. tests/setup.sh
keep=false
case ${1:-} in
  "") ;;
  --keep) keep=true ;;
  *) sed -n '2,6p' "$0"; exit 2 ;;
esac

say() { printf '\n== %s\n' "$*"; }

install_missing "${build_packages[@]}" "${run_packages[@]}" curl
say "Building (the first time takes some minutes)"
[ -f build/release/build.ninja ] || cmake --preset release -DFOEHN_TESTS=OFF -DFOEHN_BENCH=OFF >/dev/null
build release foehn
foehn=$root/build/release/foehn

data=$(mktemp -d /var/tmp/foehn-demo-XXXXXX)
port=$((20000 + RANDOM % 20000))
export FOEHN_SERVER=http://127.0.0.1:$port

links_before=$(ip -brief link 2>/dev/null | awk '{print $1}' | sort)
netns_before=$(ip netns list 2>/dev/null | sort)

"$foehn" serve --data "$data" --listen 127.0.0.1:$port --log-file "$data/server.log" &
server=$!
finished=false
clean_up() {
  $keep && $finished && return
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  "$foehn" boxes clean --data "$data" >/dev/null 2>&1 || true
  rm -rf "$data"
}
trap clean_up EXIT
for _ in $(seq 200); do
  curl -fsS "$FOEHN_SERVER/readyz" >/dev/null 2>&1 && break
  kill -0 "$server" 2>/dev/null || { echo "the server did not start:" >&2; cat "$data/server.log" >&2; exit 1; }
  sleep 0.05
done

say "Server is up: $FOEHN_SERVER (log: $data/server.log)"
say "Creating an OverCloud: one Post, three clusters (kubeadm and the internet are SIMULATED on local boxes)"
"$foehn" oc create --provider local --number 3 --size box --name demo
id=$("$foehn" oc list -q | tail -n 1)
"$foehn" oc ssh-key "$id" >"$data/key"
chmod 600 "$data/key"
address=$("$foehn" oc get "$id" -o json | sed -n 's/^ *"devops_post": "\(.*\)",*$/\1/p')
user=$("$foehn" oc get "$id" -o json | sed -n 's/^ *"user": "\(.*\)",*$/\1/p' | head -n 1)
login=(ssh -i "$data/key" -o UserKnownHostsFile="$data/demo_known_hosts" -o StrictHostKeyChecking=accept-new -o LogLevel=ERROR "${user:-root}@$address")

say "A command on the Post: ${login[*]} kubectl get nodes"
"${login[@]}" 'hostname; kubectl get nodes'

if $keep; then
  finished=true
  say "Left running"
  cat <<TXT
  look around   export FOEHN_SERVER=$FOEHN_SERVER
                $foehn oc get $id
                $foehn ex list;  $foehn ex watch @last;  $foehn ex logs @last
                OS_MISTRAL_URL=$FOEHN_SERVER/v2 mistral execution-list      (python3-mistralclient)
  log in        ${login[*]}
  stop          $foehn oc destroy $id && kill $server && rm -rf $data
TXT
  disown "$server"
  trap - EXIT
  exit 0
fi

say "Destroying it"
"$foehn" oc destroy "$id"
kill "$server"
wait "$server" || true

say "What is left on this machine"
left=0
check() {  # check WHAT BEFORE AFTER
  if [ "$2" = "$3" ]; then
    echo "  $1: nothing"
  else
    echo "  $1: LEFT OVER"
    diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") || true
    left=1
  fi
}
check "links (ip link)" "$links_before" "$(ip -brief link 2>/dev/null | awk '{print $1}' | sort)"
check "network namespaces (ip netns)" "$netns_before" "$(ip netns list 2>/dev/null | sort)"
check "mounts" "" "$(grep "$data" /proc/mounts || true)"
check "processes (ps)" "" "$(ps -eo pid,args | grep -F "$data" | grep -vF 'grep' || true)"
[ $left -eq 0 ] || exit 1
say "Done: an OverCloud was raised, used and removed."
