# kube_join.sh - runs on a logical cluster. Joins it to the control plane of the Post.
# Inputs: NODE_NAME, NODE_IP, JOIN_ENDPOINT ip:port, JOIN_TOKEN, JOIN_CA_HASH.
# Idempotent: a kubelet that runs with credentials of this very control plane is kept; otherwise the remains of a
# broken attempt are reset before the join.
need NODE_NAME NODE_IP JOIN_ENDPOINT JOIN_TOKEN JOIN_CA_HASH
config=/etc/overcloud/kubeadm-join.yaml
joined=/etc/overcloud/joined-to

if [ -s /etc/kubernetes/kubelet.conf ] && [ "$(cat "$joined" 2>/dev/null)" = "$JOIN_ENDPOINT $JOIN_CA_HASH" ]; then
  svc is-active kubelet || svc start kubelet >&2
  # With its own credentials a node may read itself. Gone there means it was deleted: join anew.
  if kubectl --kubeconfig /etc/kubernetes/kubelet.conf --request-timeout=20s get node "$NODE_NAME" >/dev/null; then
    log "$NODE_NAME has joined already"
    emit name:s "$NODE_NAME" joined false
    exit 0
  fi
fi

rm -f "$joined"
if [ -e /etc/kubernetes/kubelet.conf ] || [ -e /etc/kubernetes/pki/ca.crt ]; then
  log "clearing what an earlier attempt left"
  kubeadm reset -f >&2
fi
# The file holds the token, so it is there during the join only.
trap 'rm -rf "$work_dir" "$config"' EXIT
mkdir -p /etc/overcloud
put_file "$config" 0600 <<CONFIG
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken:
    token: $JOIN_TOKEN
    apiServerEndpoint: $JOIN_ENDPOINT
    caCertHashes:
      - $JOIN_CA_HASH
nodeRegistration:
  name: $NODE_NAME
  criSocket: unix:///run/containerd/containerd.sock
  kubeletExtraArgs:
    - name: node-ip
      value: $NODE_IP
CONFIG
kubeadm join --config "$config" >&2
echo "$JOIN_ENDPOINT $JOIN_CA_HASH" | put_file "$joined" 0644
emit name:s "$NODE_NAME" joined true
