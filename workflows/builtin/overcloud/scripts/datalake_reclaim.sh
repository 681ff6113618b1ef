# datalake_reclaim.sh - runs on the Post at destroy. Removes the DataLake: claims, pool, Ceph cluster, operator.
# Each step waits for the one before, because Rook holds a cluster back while a pool or volume depends on it.
# Inputs: ROOK_* (defaults.sh).
# Idempotent: what is gone is passed over.
if ! kubectl get crd cephclusters.ceph.rook.io >/dev/null 2>&1; then
  log "there is no DataLake"
  emit reclaimed true
  exit 0
fi
dir=/etc/overcloud/manifests/rook-$ROOK_VERSION

quiesce_writers
datalake_claims >"$work_dir/claims"
while read -r ns name _; do
  kubectl -n "$ns" delete pvc "$name" --ignore-not-found --timeout=120s </dev/null >&2
done <"$work_dir/claims"
kubectl delete storageclass rook-ceph-block --ignore-not-found >&2
kubectl -n rook-ceph delete cephblockpool --all --timeout=180s >&2
if kubectl -n rook-ceph get cephcluster rook-ceph >/dev/null 2>&1; then
  kubectl -n rook-ceph patch cephcluster rook-ceph --type merge \
    -p '{"spec":{"cleanupPolicy":{"confirmation":"yes-really-destroy-data"}}}' >&2
  kubectl -n rook-ceph delete cephcluster rook-ceph --timeout=300s >&2
fi
reversed=''
for name in $ROOK_MANIFESTS; do
  reversed="$name $reversed"
done
for name in toolbox.yaml $reversed; do
  [ ! -s "$dir/$name" ] || kubectl delete -f "$dir/$name" --ignore-not-found --timeout=120s >&2
done
kubectl delete namespace rook-ceph --ignore-not-found --timeout=120s >&2
emit reclaimed true
