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

# What this demo has on the machine, a line each; other programs' things are not looked at. Links and network namespaces
# carry the server's mark ($mark, known once a box is there); a process is ours when it names the data directory, is in it,
# or lives in the namespaces of a box ($boxes: their host-name namespaces, which hold nothing else alive).
mark='' boxes=''
demo_links() { [ -z "$mark" ] || ip -brief link | awk -v mark="fh$mark" 'index($1, mark) == 1 { sub(/@.*/, "", $1); print $1 }'; }
demo_netns() { [ -z "$mark" ] || ip netns list | awk -v mark="foehn-$mark" 'index($1, mark) == 1 { print $1 }'; }
demo_mounts() { awk -v data="$data" 'index($0, data) { print $2 }' /proc/self/mounts; }
demo_processes() {
  local process command where namespace
  for process in /proc/[0-9]*; do
    command=$(tr '\0' ' ' 2>/dev/null <"$process/cmdline") || continue
    where=$(readlink "$process"/{ns/uts,cwd,root,exe} 2>/dev/null) || true
    namespace=${where%%$'\n'*}
    if [[ $command == *"$data"* || $where == *"$data"* || ($namespace == uts:* && " $boxes " == *" $namespace "*) ]]; then
      echo "${process#/proc/} $command"
    fi
  done
}

# Notes the marks of the boxes that are there now and says what there is. A look that finds nothing now would find nothing
# in the end either, and wrongly call that clean: then the demo fails.
note_boxes() {
  local folder pid kind found
  mark=$(sed -n 's/.*"netns": *"foehn-\([0-9a-f]\{4\}\).*/\1/p' "$data"/boxes/*/config.json | head -n 1)
  for folder in "$data"/boxes/*/; do
    [ -n "$mark" ] || break  # without root, boxes are plain processes
    read -r pid _ <"$folder/pid"
    # Held open, so that no other program's namespace gets this number.
    # shellcheck disable=SC2034
    exec {held}<"/proc/$pid/ns/uts"
    boxes="$boxes $(readlink "/proc/$pid/ns/uts")"
  done
  for kind in processes ${mark:+links netns}; do
    found=$("demo_$kind")
    [ -n "$found" ] || { echo "no $kind found while the boxes run: the demo looks at the wrong names" >&2; exit 1; }
    echo "  $kind: $(wc -l <<<"$found")"
  done
}

"$foehn" serve --data "$data" --listen 127.0.0.1:0 --log-file "$data/server.log" &
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
  # The system chose the port; the log names it.
  address=$(sed -n 's/.* ready .*listen=\(127\.0\.0\.1:[0-9]*\) .*/\1/p' "$data/server.log" 2>/dev/null) || true
  export FOEHN_SERVER=http://$address
  [ -n "$address" ] && curl -fsS "$FOEHN_SERVER/readyz" >/dev/null 2>&1 && break
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

say "What the demo has on this machine"
note_boxes

if $keep; then
  finished=true
  say "Left running"
  cat <<TXT
  look around   export FOEHN_SERVER=$FOEHN_SERVER
                $foehn oc get $id
                $foehn ex list;  $foehn ex watch @last;  $foehn ex logs @last
                OS_MISTRAL_URL=$FOEHN_SERVER/v2 mistral execution-list      (python3-mistralclient)
  log in        ${login[*]}
  stop          $foehn oc destroy --yes $id && kill $server && rm -rf $data
TXT
  disown "$server"
  trap - EXIT
  exit 0
fi

say "Destroying it"
"$foehn" oc destroy --yes "$id"
kill "$server"
wait "$server" || true

say "What is left on this machine"
left=0
for kind in processes links netns mounts; do
  found=$("demo_$kind")
  if [ -z "$found" ]; then
    echo "  $kind: nothing"
  else
    printf '  %s: LEFT OVER\n%s\n' "$kind" "$found"
    left=1
  fi
done
[ $left -eq 0 ] || exit 1
say "Done: an OverCloud was raised, used and removed."
