# kube_init.sh - runs on the Post. Makes the control plane and gives out what a logical cluster needs to join.
# Inputs: OVERCLOUD_ID, NODE_NAME, NODE_IP; POD_CIDR, SERVICE_CIDR, DNS_DOMAIN, IMAGE_REGISTRY, JOIN_TOKEN_TTL,
# POST_SCHEDULABLE (defaults.sh).
# Output: {endpoint, token, ca_hash, version, cluster_uid}. The token is short-lived and allows joining only.
# Idempotent: a control plane of this OverCloud that answers is kept; the remains of a broken attempt are reset first.
# A new token is made at each run, the old ones expire.
need OVERCLOUD_ID NODE_NAME NODE_IP
config=/etc/overcloud/kubeadm-init.yaml
owner=/etc/overcloud/control-plane-of

full_version=$(kubeadm version -o short)
mkdir -p /etc/overcloud
put_file "$config" 0600 <<CONFIG
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: $NODE_IP
  bindPort: 6443
nodeRegistration:
  name: $NODE_NAME
  criSocket: unix:///run/containerd/containerd.sock
  kubeletExtraArgs:
    - name: node-ip
      value: $NODE_IP
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: overcloud
kubernetesVersion: ${full_version%%-*}
imageRepository: $IMAGE_REGISTRY
controlPlaneEndpoint: $NODE_IP:6443
networking:
  podSubnet: $POD_CIDR
  serviceSubnet: $SERVICE_CIDR
  dnsDomain: $DNS_DOMAIN
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
CONFIG

if [ -s "$KUBECONFIG" ]; then
  svc is-active kubelet || svc start kubelet >&2 || true
  tries=0
  until api_ready || [ "$tries" -ge 6 ]; do
    short_pause "$tries"
    tries=$((tries + 1))
  done
fi
if api_ready && [ "$(cat "$owner" 2>/dev/null)" = "$OVERCLOUD_ID" ]; then
  log "the control plane is up already"
else
  if [ -e /etc/kubernetes/manifests/kube-apiserver.yaml ] || [ -e /etc/kubernetes/pki/ca.crt ] || [ -s "$KUBECONFIG" ]; then
    log "clearing what an earlier attempt left"
    kubeadm reset -f >&2
  fi
  echo "$OVERCLOUD_ID" | put_file "$owner" 0644
  # It prints a join command; the token in it is not for the log.
  { kubeadm init --config "$config" 2>&1 && : >"$work_dir/initialised"; } | sed -u 's/--token [^ ]*/--token ***/g' >&2
  [ -e "$work_dir/initialised" ] || die "kubeadm init failed"
fi
wait_until 120 "the control plane" api_ready
chmod 0600 "$KUBECONFIG"

if is_on "$POST_SCHEDULABLE"; then
  kubectl taint nodes "$NODE_NAME" node-role.kubernetes.io/control-plane:NoSchedule- >&2 || true
fi

# The printed join command is the one stable way to get token and hash together.
kubeadm token create --ttl "$JOIN_TOKEN_TTL" --print-join-command >"$work_dir/join"
token=$(sed -n 's/.*--token \([a-z0-9.]*\).*/\1/p' "$work_dir/join")
ca_hash=$(sed -n 's/.*--discovery-token-ca-cert-hash \(sha256:[0-9a-f]*\).*/\1/p' "$work_dir/join")
[ -n "$token" ] || die "kubeadm gave no join token"
[ -n "$ca_hash" ] || die "kubeadm gave no CA hash"
uid=$(kubectl get namespace kube-system -o 'jsonpath={.metadata.uid}')
emit endpoint:s "$NODE_IP:6443" token:s "$token" ca_hash:s "$ca_hash" version:s "$full_version" cluster_uid:s "$uid"
