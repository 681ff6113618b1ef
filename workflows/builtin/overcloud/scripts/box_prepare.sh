# box_prepare.sh - runs on every box. Prepares the operating system for a Kubernetes node: host name, hosts file, time
# synchronisation, swap off (now and after a reboot), kernel modules and network settings.
# Inputs: NODE_NAME; HOSTS "ip=name ip=name ..." of all boxes.
# Idempotent: each file is written whole, the managed part of /etc/hosts and the swap lines of /etc/fstab are replaced,
# not appended.
need NODE_NAME HOSTS

put_file /etc/hostname 0644 <<NAME
$NODE_NAME
NAME
[ "$(hostname)" = "$NODE_NAME" ] || hostname "$NODE_NAME"

{
  [ ! -f /etc/hosts ] || sed '/^# overcloud begin$/,/^# overcloud end$/d' /etc/hosts
  echo '# overcloud begin'
  for pair in $HOSTS; do
    printf '%s %s\n' "${pair%%=*}" "${pair#*=}"
  done
  echo '# overcloud end'
} >"$work_dir/hosts"
# In place: some images mount this file, so it must not be replaced by a rename.
cmp -s "$work_dir/hosts" /etc/hosts || cat "$work_dir/hosts" >/etc/hosts

if [ -d /run/systemd/system ]; then
  timedatectl set-ntp true || log "warning: time synchronisation was not switched on"
fi

swapoff -a
if [ -f /etc/fstab ] && grep -Eq '^[^#]+[[:space:]]swap[[:space:]]' /etc/fstab; then
  sed -E 's/^([^#]+[[:space:]]swap[[:space:]].*)$/# overcloud: \1/' /etc/fstab | put_file /etc/fstab 0644
fi
[ -z "$(swapon --show --noheadings)" ] || die "swap is still in use"

put_file /etc/modules-load.d/overcloud.conf 0644 <<'MODULES'
overlay
br_netfilter
MODULES
modprobe overlay
modprobe br_netfilter

put_file /etc/sysctl.d/90-overcloud.conf 0644 <<'SETTINGS'
net.ipv4.ip_forward = 1
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
SETTINGS
sysctl -p /etc/sysctl.d/90-overcloud.conf >&2
[ "$(sysctl -n net.ipv4.ip_forward)" = 1 ] || die "net.ipv4.ip_forward cannot be set"

log "$NODE_NAME is prepared"
emit name:s "$NODE_NAME" kernel:s "$(uname -r)"
