# cluster_probe.sh - runs on the Post at destroy. Says whether there is a control plane, and fails when there is one
# that does not answer.
# Inputs: none.
# Output: {cluster}; false when no control plane was ever made on this box, or it was reset already.
# Idempotent: it only looks.
if [ ! -s "$KUBECONFIG" ] && [ ! -e /etc/kubernetes/manifests/kube-apiserver.yaml ]; then
  log "this box has no control plane"
  emit cluster false
  exit 0
fi
wait_until 15 "the control plane" api_ready
emit cluster true
