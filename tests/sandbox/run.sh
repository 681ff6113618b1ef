#!/bin/sh
# Goal: the OverCloud scripts do on boxes what they promise, and the stand-ins refuse what the real tools refuse.
# Method: raise 1 Post and 3 logical clusters as boxes, run the scripts over real ssh the way the engine does (one
# file: defaults.sh, lib.sh, script), first in wrong orders that must fail, then in the right one, then again, then
# the destroy scripts; at the end nothing may be left on the host. One line per check; exit 1 when one failed, 77 when
# the test cannot run here.
# The single-quoted commands are for the boxes' shell.
# shellcheck disable=SC2016
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scripts=$here/../../workflows/builtin/overcloud/scripts

[ "$(id -u)" = 0 ] || { echo "skipped: boxes need root"; exit 77; }
for tool in ip nsenter unshare ssh ssh-keygen ssh-keyscan perl /usr/sbin/sshd; do
  command -v "$tool" >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done

# shellcheck source=tests/sandbox/boxes.sh
. "$here/boxes.sh"
trap boxes_down EXIT
trap 'exit 1' INT TERM
failed=0
ok() { echo "ok    $*"; }
bad() { echo "FAIL  $*"; failed=1; }

# on BOX COMMAND: run a command on a box.
on() {
  on_box=$1
  shift
  ssh -i "$lab/key" -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$lab/known_hosts" \
    -o LogLevel=ERROR -o ConnectTimeout=5 -o ControlMaster=auto -o ControlPath="$lab/ssh-%h" -o ControlPersist=60 \
    "root@$(box_ip "$on_box")" "$@"
}

# act BOX COMMAND: a step between checks; the stand-ins' remarks are not shown.
act() { on "$@" >/dev/null 2>&1 || bad "could not do on box $1: $2"; }

# script BOX NAME [VARIABLE=VALUE]...: as the engine does it; stdout in $lab/out, stderr in $lab/err.
script() {
  script_box=$1 script_name=$2
  shift 2
  : >"$lab/env.$script_box"
  for pair in "$@"; do
    printf "export %s='%s'\n" "${pair%%=*}" "${pair#*=}" >>"$lab/env.$script_box"
  done
  cat "$lab/env.$script_box" "$scripts/defaults.sh" "$scripts/lib.sh" "$scripts/$script_name.sh" |
    on "$script_box" "cat >/tmp/job.sh"
  on "$script_box" "sh /tmp/job.sh" <"${script_stdin:-/dev/null}" >"$lab/out.$script_box" 2>"$lab/err.$script_box"
}

show() { sed 's/^/      | /' "$lab/err.$1" | tail -n 15; }

# good BOX NAME VARS: the script must succeed and print exactly one JSON line.
good() {
  if script "$@"; then
    if [ "$(wc -l <"$lab/out.$1")" = 1 ] && grep -q '^{.*}$' "$lab/out.$1"; then ok "$2 on box $1"; else
      bad "$2 on box $1 printed no single JSON line"
    fi
  else
    bad "$2 on box $1"
    show "$1"
  fi
}

# refused PATTERN BOX NAME VARS: the script must fail, and say why.
refused() {
  pattern=$1
  shift
  if script "$@"; then bad "$2 on box $1 was not refused ($pattern)"
  elif grep -q -e "$pattern" "$lab/err.$1"; then ok "$2 on box $1 is refused: $pattern"
  else
    bad "$2 on box $1 failed for another reason than: $pattern"
    show "$1"
  fi
}

# holds TEXT BOX COMMAND: the command must succeed.
holds() {
  text=$1
  shift
  if on "$@" >/dev/null 2>"$lab/err.$1"; then ok "$text"; else
    bad "$text"
    show "$1"
  fi
}

field() { sed -n "s/.*\"$2\": \"\([^\"]*\)\".*/\1/p" "$lab/out.$1"; }

started=$(date +%s)
boxes_up 4 || { bad "boxes came up"; cat "$lab"/box*/log; exit 1; }
ok "4 boxes are up on $net.0/24"

post=$(box_ip 0)
hosts="$post=post $(box_ip 1)=lc-1 $(box_ip 2)=lc-2 $(box_ip 3)=lc-3"
name_of() { [ "$1" = 0 ] && echo post || echo "lc-$1"; }
common="CLUSTER_COUNT=3 OVERCLOUD_ID=test POLL_S=1"
no_token=abcdef.0123456789abcdef
no_hash=sha256:0000000000000000000000000000000000000000000000000000000000000000

prepare_box() {
  good "$1" box_prepare NODE_NAME="$(name_of "$1")" HOSTS="$hosts"
  good "$1" runtime_install
  good "$1" kube_install
}
init_post() { good 0 kube_init OVERCLOUD_ID=test NODE_NAME=post NODE_IP="$post"; }
join_box() {
  good "$1" kube_join NODE_NAME="lc-$1" NODE_IP="$(box_ip "$1")" JOIN_ENDPOINT="$post:6443" JOIN_TOKEN="$token" JOIN_CA_HASH="$ca_hash"
}
refuse_join() {
  refused "$1" 1 kube_join NODE_NAME=lc-1 NODE_IP="$(box_ip 1)" JOIN_ENDPOINT="$post:6443" JOIN_TOKEN="$2" JOIN_CA_HASH="$3"
}

# for_boxes FUNCTION BOX...: on all of them at the same time, reports one after the other.
for_boxes() {
  what=$1 pids=''
  shift
  for box in "$@"; do
    "$what" "$box" >"$lab/report.$box" &
    pids="$pids $!"
  done
  # Not a bare wait: the boxes themselves are children of this shell.
  for pid in $pids; do wait "$pid"; done
  for box in "$@"; do
    cat "$lab/report.$box"
    ! grep -q '^FAIL' "$lab/report.$box" || failed=1
  done
}

# -- what must not work -------------------------------------------------------------------------------------------------
refused 'kubeadm: not found' 0 kube_init OVERCLOUD_ID=test NODE_NAME=post NODE_IP="$post"
refused 'Unable to locate package' 0 kube_install KUBE_REPO_URL=https://example.invalid/
refused 'the variable HOSTS is missing' 1 box_prepare NODE_NAME=lc-1
refused 'containerd is not there\|the container runtime does not answer' 0 kube_install
prepare_box 0
act 0 'swapon -a'
refused 'running with swap on' 0 kube_init OVERCLOUD_ID=test NODE_NAME=post NODE_IP="$post"
act 0 'swapoff -a; sysctl -w net.ipv4.ip_forward=0'
refused 'ip_forward contents are not set to 1' 0 kube_init OVERCLOUD_ID=test NODE_NAME=post NODE_IP="$post"
act 0 'sysctl -w net.ipv4.ip_forward=1'
act 0 'boxsvc stop containerd'
refused 'container runtime is not running' 0 kube_init OVERCLOUD_ID=test NODE_NAME=post NODE_IP="$post"
act 0 'boxsvc start containerd'
act 0 'mkdir -p /etc/sandbox/fail && echo "9 asked for" >/etc/sandbox/fail/kubeadm'
refused 'asked for' 0 kube_init OVERCLOUD_ID=test NODE_NAME=post NODE_IP="$post"
act 0 'rm /etc/sandbox/fail/kubeadm'

# -- clusters: each chain by itself, all at the same time ---------------------------------------------------------------
for_boxes prepare_box 1 2 3
holds "the boxes have their names" 2 '[ "$(hostname)" = lc-2 ] && getent hosts lc-3 && grep -q "^# overcloud: .*swap" /etc/fstab'

refuse_join 'connection refused' "$no_token" "$no_hash"
init_post
token=$(field 0 token) ca_hash=$(field 0 ca_hash)
act 0 'kubeadm token create --ttl 1s --print-join-command >/tmp/short'
short=$(on 0 "sed -n 's/.*--token \([a-z0-9.]*\).*/\1/p' /tmp/short")
sleep 1.1
refuse_join 'it has expired' "$short" "$ca_hash"
refuse_join 'token id "abcdef" is invalid' "$no_token" "$ca_hash"
refuse_join 'failed to verify JWS' "${token%.*}.0123456789abcdef" "$ca_hash"
refuse_join 'none of the public keys' "$token" "$no_hash"
join_box 1
refused 'gave up waiting for 4 nodes' 0 nodes_wait_ready CLUSTER_COUNT=3 WAIT_S=1
for_boxes join_box 2 3
refused 'gave up waiting for 4 nodes' 0 nodes_wait_ready CLUSTER_COUNT=3 WAIT_S=1
good 0 network_apply POD_CIDR=10.244.0.0/16
good 0 nodes_wait_ready CLUSTER_COUNT=3 WAIT_S=10 POLL_S=1

# -- equipment ----------------------------------------------------------------------------------------------------------
# shellcheck disable=SC2086  # $common is a list of words
{
  refused 'no matches for kind "CephCluster"' 0 datalake_cluster $common
  good 0 datalake_operator $common
  act 0 'KUBECONFIG=/etc/kubernetes/admin.conf kubectl -n rook-ceph scale deployment rook-ceph-operator --replicas=0'
  good 0 datalake_cluster $common
  refused 'gave up waiting for a healthy Ceph cluster' 0 datalake_wait_health $common WAIT_S=1
  act 0 'KUBECONFIG=/etc/kubernetes/admin.conf kubectl -n rook-ceph scale deployment rook-ceph-operator --replicas=1'
  good 0 datalake_wait_health $common WAIT_S=10
  good 0 datalake_storageclass $common
  good 0 datalake_check $common POST_IP="$post"
  good 0 fabric_prometheus POST_IP="$post"
  good 0 fabric_topology POST_IP="$post"
  good 0 fabric_influxdb NODE_IP="$post"
  influx_url=$(field 0 influx_url) influx_token=$(field 0 influx_token)
  for box in 0 1 2 3; do
    good "$box" fabric_telegraf NODE_NAME="$(name_of "$box")" INFLUX_URL="$influx_url" INFLUX_TOKEN="$influx_token"
  done
  refused 'unauthorized' 1 fabric_telegraf NODE_NAME=lc-1 INFLUX_URL="$influx_url" INFLUX_TOKEN=wrong
  good 1 fabric_telegraf NODE_NAME=lc-1 INFLUX_URL="$influx_url" INFLUX_TOKEN="$influx_token"
  good 0 fabric_verify $common WAIT_S=10
  good 0 post_tools $common
  echo '{"overcloud_id": "test"}' >"$lab/record"
  script_stdin=$lab/record
  good 0 record_write
  script_stdin=/dev/null
}
holds "Prometheus answers on its NodePort" 3 "curl -fsS http://$post:30090/-/ready | grep -q SIMULATED"
holds "the control plane comes back when it is killed" 0 \
  'kill -9 "$(cat /run/sandbox/apiserver.pid)"; sleep 3; KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes --no-headers | grep -c Ready | grep -qx 4'

# -- everything again: nothing may break, nothing may be made twice -----------------------------------------------------
uid_before=$(on 0 'KUBECONFIG=/etc/kubernetes/admin.conf kubectl get namespace kube-system -o "jsonpath={.metadata.uid}"' 2>/dev/null)
# shellcheck disable=SC2086
{
  prepare_box 1
  init_post
  token=$(field 0 token) ca_hash=$(field 0 ca_hash)
  join_box 1
  good 0 network_apply
  good 0 nodes_wait_ready $common WAIT_S=10
  for name in datalake_operator datalake_cluster datalake_wait_health datalake_storageclass datalake_check fabric_prometheus \
    fabric_topology fabric_influxdb fabric_verify post_tools; do
    good 0 "$name" $common POST_IP="$post" NODE_IP="$post" WAIT_S=10
  done
}
uid_after=$(on 0 'KUBECONFIG=/etc/kubernetes/admin.conf kubectl get namespace kube-system -o "jsonpath={.metadata.uid}"' 2>/dev/null)
if [ -n "$uid_before" ] && [ "$uid_before" = "$uid_after" ]; then ok "the second run kept the cluster"; else bad "the second run made another cluster"; fi

# -- what is switched off does nothing and says so ------------------------------------------------------------------------
for name in datalake_operator datalake_cluster datalake_wait_health datalake_storageclass datalake_check; do
  good 0 "$name" DATALAKE_ENABLED=false POST_IP="$post"
done
good 0 fabric_prometheus PROMETHEUS_ENABLED=false POST_IP="$post"
good 0 fabric_topology GRAFANA_ENABLED=false POST_IP="$post"
if grep -q '"url": null' "$lab/out.0"; then ok "no address without Grafana"; else bad "an address without Grafana"; fi
good 0 fabric_influxdb INFLUXDB_ENABLED=false NODE_IP="$post"
good 0 fabric_telegraf NODE_NAME=post INFLUX_URL=null INFLUX_TOKEN=null

# -- destroy --------------------------------------------------------------------------------------------------------------
good 0 cluster_probe
if grep -q '"cluster": true' "$lab/out.0"; then ok "the probe sees the cluster"; else bad "the probe sees no cluster"; fi
act 0 'KUBECONFIG=/etc/kubernetes/admin.conf kubectl apply -f -' <<'CLAIM'
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: work
  namespace: default
spec:
  storageClassName: rook-ceph-block
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: writer
  namespace: default
spec:
  replicas: 2
  template:
    spec:
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: work
CLAIM
good 0 datalake_preserve OVERCLOUD_ID=test PRESERVE_MODE=none
refused 'is not supported' 0 datalake_preserve OVERCLOUD_ID=test PRESERVE_MODE=export PRESERVE_TARGET=ftp://x
act 0 'mkdir -p /srv/keep'
good 0 datalake_preserve OVERCLOUD_ID=test PRESERVE_MODE=snapshot PRESERVE_TARGET=file:///srv/keep
good 0 datalake_preserve OVERCLOUD_ID=test PRESERVE_MODE=snapshot PRESERVE_TARGET=file:///srv/keep
holds "the archive holds the volume's bytes" 0 \
  'mkdir -p /tmp/t && tar -C /tmp/t -xf /srv/keep/test.tar && cd /tmp/t && sha256sum -c SHA256SUMS && zcat default.work.raw.gz | grep -q "sandbox volume of default/work"'
good 0 datalake_preserve OVERCLOUD_ID=test PRESERVE_MODE=export
holds "the archive lies ready to be fetched" 0 '[ -s /var/lib/overcloud/preserve/test.tar ]'
for _ in 1 2; do
  good 0 datalake_reclaim
  for box in 0 1 2 3; do good "$box" fabric_agent_remove; done
  good 0 fabric_remove
  for box in 1 2 3; do good "$box" datalake_wipe; done
  good 0 cluster_drain NODES='lc-1 lc-2 lc-3'
  for box in 1 2 3; do good "$box" kube_reset; done
done
holds "only the Post is a node now" 0 '[ "$(KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes --no-headers | wc -l)" = 1 ]'
good 0 kube_reset
good 0 kube_reset
good 0 cluster_probe
if grep -q '"cluster": false' "$lab/out.0"; then ok "the probe sees that there is no cluster"; else bad "the probe sees a cluster"; fi
holds "no stand-in process of the cluster is left on the Post" 0 \
  "! cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -E '(apiserver|kubelet|influxd|telegraf)[.]pl'"
holds "no device was erased" 1 '! [ -e /var/lib/sandbox/erased ]'

# -- nothing may be left on the host -------------------------------------------------------------------------------------
boxes_down
trap - EXIT
left=$(ip -o link | grep "$tag" || true; ip netns list | grep "$tag" || true; grep "$lab" /proc/mounts || true; ls -d "$lab" 2>/dev/null || true)
if [ -z "$left" ]; then ok "nothing is left on the host"; else bad "left on the host: $left"; fi
echo "took $(($(date +%s) - started)) s"
exit "$failed"
