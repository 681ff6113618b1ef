# nodes_wait_ready.sh - runs on the Post. Waits until the Post and every logical cluster are Ready.
# Inputs: CLUSTER_COUNT; WAIT_S, POLL_S.
# Idempotent: it only looks.
need CLUSTER_COUNT
want=$((CLUSTER_COUNT + 1))

nodes_ready() {
  kubectl get nodes --no-headers >"$work_dir/nodes" || return 1
  ready=$(awk '$2 == "Ready" || $2 ~ /^Ready,/ { n++ } END { print n + 0 }' "$work_dir/nodes")
  [ "$ready" -ge "$want" ]
}

if [ "$NETWORK_PLUGIN" = none ]; then
  log "not waiting: without a pod network no node becomes Ready"
else
  wait_until "$WAIT_S" "$want nodes to be Ready" nodes_ready
fi
kubectl get nodes >&2
emit nodes "$want"
