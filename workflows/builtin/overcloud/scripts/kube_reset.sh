# kube_reset.sh - runs on a logical cluster after its drain, and on the Post last. Undoes kubeadm init or join.
# Inputs: none.
# Idempotent: a box without kubeadm or without a node on it is fine.
if kubeadm version -o short >/dev/null 2>&1; then
  kubeadm reset -f >&2
fi
rm -rf /etc/cni/net.d
rm -f /etc/overcloud/joined-to /etc/overcloud/control-plane-of
for link in flannel.1 cni0; do
  if [ -e "/sys/class/net/$link" ]; then
    ip link delete "$link" || log "warning: $link stays"
  fi
done
emit reset true
