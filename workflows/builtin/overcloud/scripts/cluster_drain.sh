# cluster_drain.sh - runs on the Post. Empties logical clusters and deletes them from the control plane.
# Inputs: NODES "lc-1 lc-2 ...".
# Idempotent: a node that is gone is passed over.
for node in ${NODES:-}; do
  kubectl get node "$node" >/dev/null 2>&1 || {
    log "$node is not a node any more"
    continue
  }
  if ! kubectl drain "$node" --ignore-daemonsets --delete-emptydir-data --force --timeout=60s >&2; then
    # Pods of a dead node cannot end. Deleting the node is the way out; a living one must drain.
    kubectl get node "$node" --no-headers | awk '{ exit $2 ~ /NotReady/ ? 0 : 1 }' || die "$node cannot be drained"
    log "warning: $node does not answer, deleting it undrained"
  fi
  kubectl delete node "$node" --ignore-not-found >&2
done
emit drained:s "${NODES:-}"
