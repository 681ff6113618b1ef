# datalake_wait_health.sh - runs on the Post. Waits until Ceph reports HEALTH_OK. With a single replica Ceph always
# warns about it, so HEALTH_WARN is enough there.
# Inputs: DATALAKE_ENABLED, DATALAKE_REPLICAS, CLUSTER_COUNT; WAIT_S, POLL_S.
# Idempotent: it only looks.
if ! is_on "$DATALAKE_ENABLED"; then
  emit health UNKNOWN
  exit 0
fi
replicas=$(effective_replicas)
last=''

healthy() {
  health=$(kubectl -n rook-ceph get cephcluster rook-ceph -o 'jsonpath={.status.ceph.health}') || return 1
  if [ "$health" != "$last" ]; then
    log "ceph health: ${health:-not reported yet}"
    last=$health
  fi
  case $health in
    HEALTH_OK) return 0 ;;
    HEALTH_WARN) [ "$replicas" -eq 1 ] ;;
    *) return 1 ;;
  esac
}

wait_until "$WAIT_S" "a healthy Ceph cluster (last seen: run kubectl -n rook-ceph get cephcluster)" healthy
emit health:s "$health"
