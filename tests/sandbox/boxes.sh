# Raises and takes down sandbox boxes for tests/sandbox/run.sh: network and other namespaces, an overlay of the host's
# root, a real sshd, and the stand-ins first in PATH. Everything is named after the caller's process id, so parallel
# runs do not meet. Needs root.
# shellcheck shell=sh

lab=$(mktemp -d /var/tmp/foehn-sandbox.XXXXXX)
tag=$(printf 'fs%x' "$$")               # interface names: fs<pid>b and fs<pid>0..9, at most 15 letters
bridge=${tag}b
net=10.$(($(od -An -N1 -tu1 /dev/urandom) % 100 + 100)).$(($(od -An -N1 -tu1 /dev/urandom)))
sandbox_dir=$(cd "$(dirname "$0")/../../samples/sandbox" && pwd)

box_ip() { echo "$net.$((10 + $1))"; }
box_up() {
  dir=$lab/box$1 ns=$tag-$1 link=$tag$1
  mkdir -p "$dir/upper" "$dir/work" "$dir/root"
  ip netns add "$ns"
  ip link add "$link" type veth peer name eth0 netns "$ns"
  ip link set "$link" master "$bridge" up
  ip -n "$ns" link set lo up
  ip -n "$ns" addr add "$(box_ip "$1")/24" dev eth0
  ip -n "$ns" link set eth0 up
  # nsenter, because "ip netns exec" would mount its own /sys.
  LAB=$lab DIR=$dir BOX=box$1 SANDBOX=$sandbox_dir setsid nsenter --net="/run/netns/$ns" \
    unshare --mount --pid --uts --ipc --fork --kill-child sh "$lab/init.sh" >"$dir/log" 2>&1 &
  echo "$!" >"$dir/pid"
}

write_init() {
  cat >"$lab/init.sh" <<'INIT'
set -eu
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=/,upperdir=$DIR/upper,workdir=$DIR/work" "$DIR/root"
cd "$DIR/root"
mount -t proc proc proc
for masked in run:755 tmp:1777 home:755 root:700; do
  mount -t tmpfs -o "mode=${masked#*:}" tmpfs "${masked%:*}"
done
mount --rbind /dev dev
mount --rbind /sys sys
mkdir -p run/sshd root/.ssh opt/foehn/sandbox
chmod 700 root/.ssh
cp "$LAB/key.pub" root/.ssh/authorized_keys
chmod 600 root/.ssh/authorized_keys
mount --bind "$SANDBOX" opt/foehn/sandbox
mount -o remount,bind,ro opt/foehn/sandbox
# What an earlier life of the host's root may have left must not be seen as the box's state.
rm -rf etc/sandbox etc/kubernetes etc/overcloud etc/cni var/lib/sandbox var/lib/overcloud var/lib/rook usr/local/bin/helm
printf '/swap.img none swap sw 0 0\n' >etc/fstab
hostname "$BOX"
mkdir -p .old
pivot_root . .old
umount -l /.old
rm -f /etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
exec /usr/sbin/sshd -D -e -f /dev/null -h /etc/ssh/ssh_host_ed25519_key -o PermitRootLogin=prohibit-password \
  -o PasswordAuthentication=no -o UsePAM=no -o PidFile=none -o MaxStartups=200 -o MaxSessions=200 \
  -o SetEnv=PATH=/opt/foehn/sandbox/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
INIT
}

# boxes_up COUNT
boxes_up() {
  ssh-keygen -q -t ed25519 -N '' -f "$lab/key"
  write_init
  ip link add "$bridge" type bridge
  ip addr add "$net.1/24" dev "$bridge"
  ip link set "$bridge" up
  box=0
  while [ "$box" -lt "$1" ]; do
    box_up "$box"
    box=$((box + 1))
  done
  box=0
  while [ "$box" -lt "$1" ]; do
    tries=0
    until ssh-keyscan -T 2 -t ed25519 "$(box_ip "$box")" 2>/dev/null | grep ed25519 >>"$lab/known_hosts"; do
      tries=$((tries + 1))
      [ "$tries" -lt 100 ] || return 1
      sleep 0.05
    done
    box=$((box + 1))
  done
}

boxes_down() {
  for dir in "$lab"/box*; do
    [ -f "$dir/pid" ] || continue
    # unshare --fork ignores SIGTERM; --kill-child then ends the whole process tree of the box.
    kill -9 "$(cat "$dir/pid")" 2>/dev/null || true
    number=${dir##*box}
    tries=0
    while [ -n "$(ip netns pids "$tag-$number" 2>/dev/null)" ] && [ "$tries" -lt 100 ]; do
      sleep 0.05
      tries=$((tries + 1))
    done
    ip link del "$tag$number" 2>/dev/null || true
    ip netns del "$tag-$number" 2>/dev/null || true
  done
  ip link del "$bridge" 2>/dev/null || true
  rm -rf "$lab"
}
