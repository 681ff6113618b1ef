# datalake_operator.sh - runs on the Post. Installs Rook: resource definitions, rights, CSI operator, operator.
# Inputs: DATALAKE_ENABLED, ROOK_* (defaults.sh).
# Idempotent: manifests are kept per version under /etc/overcloud/manifests and applied server-side.
if ! is_on "$DATALAKE_ENABLED"; then
  log "the DataLake is switched off"
  emit enabled false
  exit 0
fi
dir=/etc/overcloud/manifests/rook-$ROOK_VERSION
base=$(fill "$ROOK_BASE_URL" V "$ROOK_VERSION")
for name in $ROOK_MANIFESTS; do
  [ -s "$dir/$name" ] || fetch "$base/$name" "$dir/$name"
done
for name in $ROOK_MANIFESTS; do
  kubectl apply --server-side --force-conflicts -f "$dir/$name" >&2
  if [ "$name" = crds.yaml ]; then
    kubectl wait --for=condition=Established --timeout=60s \
      crd/cephclusters.ceph.rook.io crd/cephblockpools.ceph.rook.io >&2
  fi
done
kubectl -n rook-ceph rollout status deployment/rook-ceph-operator --timeout=150s >&2
emit enabled true rook:s "$ROOK_VERSION"
