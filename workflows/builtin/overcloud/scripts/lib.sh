# Shared helpers of the OverCloud scripts. The engine runs defaults.sh, this file and one script as a single file.
#
# Conventions: log lines go to stderr; stdout carries exactly one line of JSON, printed last by emit. Inputs come from
# the environment or from stdin, never from the script text. Every script may be run again at any time. PATH is left
# alone. The scripts need root: started as another user they start themselves again through sudo without a password.
# shellcheck shell=sh
set -eu
umask 022

# Exit code 78 (EX_CONFIG of sysexits): no repetition helps, a person has to act.
cannot_work_here() { printf 'error: %s\n' "$*" >&2; exit 78; }

# Set by the local driver for boxes that are no machines of their own: what follows would change the server's host.
if [ "${FOEHN_BOX:-}" = process ]; then
  cannot_work_here "this box is a plain sshd process of user $(id -un) on the host $(hostname), because the server may" \
    "not make namespaces; nothing was changed. Run 'foehn serve' as root for boxes that are machines of their own, or" \
    "use a provider with real machines"
fi

if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || cannot_work_here "the OverCloud scripts need root on $(hostname): log in as root or let" \
    "user $(id -un) use sudo without a password"
  exec sudo -n -E sh "$0" "$@"
fi

export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
export KUBECONFIG="${KUBECONFIG:-/etc/kubernetes/admin.conf}"
if [ -n "$HTTP_PROXY_URL" ]; then
  export http_proxy="$HTTP_PROXY_URL" https_proxy="$HTTP_PROXY_URL" no_proxy="$NO_PROXY_LIST"
fi

work_dir=$(mktemp -d)
trap 'rm -rf "$work_dir"' EXIT

log() { printf '%s\n' "$*" >&2; }
die() { log "error: $*"; exit 1; }

# need NAME...: stop unless each variable is set and not empty.
need() {
  for need_name in "$@"; do
    eval "[ -n \"\${$need_name:-}\" ]" || die "the variable $need_name is missing"
  done
}

# is_on VALUE: true for the usual spellings of yes.
is_on() {
  case $1 in true | True | TRUE | yes | on | 1) return 0 ;; *) return 1 ;; esac
}

# json_string TEXT: print TEXT as a JSON string. Control characters other than tab and newline are dropped.
json_string() {
  printf '%s' "$1" | tr -d '\000-\010\013-\037' | sed 's/\\/\\\\/g; s/"/\\"/g; s/	/\\t/g' |
    awk 'BEGIN { printf "\"" } NR > 1 { printf "\\n" } { printf "%s", $0 } END { printf "\"" }'
}

# emit key value [key value]...: print the one JSON line. A value "null", true, false or a plain number is not quoted;
# write key:s to force a string.
emit() {
  emit_line='{' emit_comma=''
  while [ $# -gt 0 ]; do
    emit_key=${1%:s}
    case $1 in
      *:s) emit_value=$(json_string "$2") ;;
      *)
        case $2 in
          null | true | false) emit_value=$2 ;;
          '' | *[!0-9]* | 0?*) emit_value=$(json_string "$2") ;;
          *) emit_value=$2 ;;
        esac
        ;;
    esac
    emit_line="$emit_line$emit_comma$(json_string "$emit_key"): $emit_value"
    emit_comma=', '
    shift 2
  done
  printf '%s}\n' "$emit_line"
}

# write_file PATH MODE: replace PATH with stdin in one step. True when the content changed.
write_file() {
  mkdir -p "$(dirname "$1")"
  cat >"$work_dir/new_file"
  if [ -f "$1" ] && cmp -s "$work_dir/new_file" "$1"; then
    chmod "$2" "$1"
    return 1
  fi
  (umask 077 && cat "$work_dir/new_file" >"$1.overcloud-new")
  chmod "$2" "$1.overcloud-new"
  mv -f "$1.overcloud-new" "$1"
}

# put_file PATH MODE: write_file for callers to whom a change does not matter.
put_file() { write_file "$1" "$2" || true; }

# fill TEMPLATE KEY VALUE: replace @KEY@ in TEMPLATE.
fill() {
  fill_rest=$1 fill_done=''
  while :; do
    case $fill_rest in
      *"@$2@"*)
        fill_done="$fill_done${fill_rest%%"@$2@"*}$3"
        fill_rest=${fill_rest#*"@$2@"}
        ;;
      *) break ;;
    esac
  done
  printf '%s' "$fill_done$fill_rest"
}

# fetch URL FILE [SHA256]: download to FILE; three attempts; verify the checksum when one is given.
fetch() {
  mkdir -p "$(dirname "$2")"
  curl -fsSL --retry 3 --retry-delay 2 --connect-timeout 20 --max-time 600 -o "$work_dir/download" "$1" ||
    die "cannot download $1"
  if [ -n "${3:-}" ]; then
    fetch_sum=$(sha256sum "$work_dir/download" | cut -d ' ' -f 1)
    [ "$fetch_sum" = "$3" ] || die "checksum of $1 is $fetch_sum, expected $3"
  fi
  put_file "$2" 0644 <"$work_dir/download"
}

# short_pause STEP: pause a little longer at each call of a waiting loop, at most POLL_S seconds.
short_pause() {
  case $1 in
    0 | 1 | 2 | 3 | 4) sleep 0.2 2>/dev/null || sleep 1 ;;
    5 | 6 | 7) [ "$POLL_S" -lt 1 ] || sleep 1 ;;
    *) sleep "$POLL_S" ;;
  esac
}

# wait_until SECONDS WHAT COMMAND...: repeat COMMAND until it succeeds; die after SECONDS. Its output goes to stderr.
wait_until() {
  wait_deadline=$(($(date +%s) + $1)) wait_what=$2 wait_step=0
  shift 2
  until "$@" >&2; do
    [ "$(date +%s)" -lt "$wait_deadline" ] || die "gave up waiting for $wait_what"
    short_pause "$wait_step"
    wait_step=$((wait_step + 1))
  done
}

# with_lock NAME COMMAND...: run COMMAND while no other OverCloud script on this box runs one under the same lock.
with_lock() {
  mkdir -p /run/lock
  (
    flock -w 600 9 || die "the lock $1 is taken"
    shift
    "$@"
  ) 9>"/run/lock/overcloud-$1"
}

# svc ACTION NAME: manage a service. ACTION is start, stop, restart, enable, disable, is-active or reload-units.
# With systemd that is systemctl. A box without systemd may bring a command boxsvc which takes the same words.
svc() {
  if [ -d /run/systemd/system ]; then
    case $1 in
      reload-units) systemctl daemon-reload ;;
      is-active) systemctl is-active --quiet "$2" ;;
      *) systemctl "$1" "$2" ;;
    esac
  elif command -v boxsvc >/dev/null 2>&1; then
    boxsvc "$@"
  else
    die "neither systemd nor boxsvc manages services on this box"
  fi
}

# apt PACKAGE...: install packages; waits for a running apt, keeps changed configuration files.
apt_update() { apt-get -o DPkg::Lock::Timeout=300 -qq update >&2; }
apt_install() {
  apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold -qq install -y --no-install-recommends \
    --allow-change-held-packages --allow-downgrades "$@" >&2
}

# apt_repo NAME URL SUITE KEY_URL KEY_SHA256: declare a signed package source. The key stays in its armoured form,
# which apt reads itself, so no gpg is needed.
apt_repo() {
  mkdir -p /etc/apt/keyrings
  [ -s "/etc/apt/keyrings/$1.asc" ] || fetch "$4" "/etc/apt/keyrings/$1.asc" "$5"
  put_file "/etc/apt/sources.list.d/$1.list" 0644 <<REPO
deb [signed-by=/etc/apt/keyrings/$1.asc] $2 $3
REPO
  apt_update
}

# version_matches HAVE WANT: 1.36.4-x matches 1.36.4 and 1.36; 1.36.40 does not match 1.36.4.
version_matches() {
  case $1 in "$2" | "$2".* | "$2"-* | "$2"+*) return 0 ;; *) return 1 ;; esac
}

# ensure_helm: install helm of HELM_VERSION. Several scripts of the Post may ask at the same time.
ensure_helm() { with_lock helm install_helm; }
install_helm() {
  helm_have=$(helm version --short 2>/dev/null | sed 's/^v//; s/+.*//') || helm_have=''
  if [ -n "$helm_have" ] && version_matches "$helm_have" "$HELM_VERSION"; then
    return 0
  fi
  helm_url=$(fill "$(fill "$HELM_URL" V "$HELM_VERSION")" ARCH "$(dpkg --print-architecture)")
  fetch "$helm_url.sha256sum" "$work_dir/helm.sum"
  fetch "$helm_url" "$work_dir/helm.tar.gz" "$(cut -d ' ' -f 1 "$work_dir/helm.sum")"
  tar -xzf "$work_dir/helm.tar.gz" -C "$work_dir"
  install -m 0755 "$work_dir/linux-$(dpkg --print-architecture)/helm" /usr/local/bin/helm
  log "helm $HELM_VERSION installed"
}

# effective_replicas: DATALAKE_REPLICAS, but not more than there are logical clusters, and at least 1.
effective_replicas() {
  replicas=$DATALAKE_REPLICAS
  if [ -n "${CLUSTER_COUNT:-}" ] && [ "$CLUSTER_COUNT" -lt "$replicas" ]; then
    replicas=$CLUSTER_COUNT
  fi
  [ "$replicas" -ge 1 ] || replicas=1
  echo "$replicas"
}

# api_ready: the control plane answers with the administrator's rights.
api_ready() {
  [ -s "$KUBECONFIG" ] && [ "$(kubectl get --raw /readyz --request-timeout=10s 2>/dev/null)" = ok ]
}

# datalake_claims: print "namespace name volume" of each claim on the DataLake's storage class.
datalake_claims() {
  kubectl get pvc -A --no-headers -o \
    custom-columns=NS:.metadata.namespace,NAME:.metadata.name,CLASS:.spec.storageClassName,PV:.spec.volumeName |
    awk '$3 == "rook-ceph-block" { print $1, $2, $4 }'
}

# quiesce_writers: stop every workload in the namespaces that hold DataLake claims, so that no volume is in use.
quiesce_writers() {
  for quiet_ns in $(datalake_claims | awk '{ print $1 }' | sort -u); do
    log "stopping the workloads of namespace $quiet_ns"
    # kubectl fails when there is nothing to scale; a workload that did not stop shows later as a claim in use.
    kubectl -n "$quiet_ns" scale deployment,statefulset --all --replicas=0 >&2 || log "no deployment was stopped"
    kubectl -n "$quiet_ns" delete job --all --ignore-not-found >&2
  done
}
