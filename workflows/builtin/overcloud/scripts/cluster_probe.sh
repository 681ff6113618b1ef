# cluster_probe.sh - runs on the Post at destroy. Fails unless the control plane answers.
# Inputs: none.
# Idempotent: it only looks.
if [ ! -s "$KUBECONFIG" ]; then
  die "this box has no control plane"
fi
wait_until 15 "the control plane" api_ready
emit api true
