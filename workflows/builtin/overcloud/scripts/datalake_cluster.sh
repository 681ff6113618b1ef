# datalake_cluster.sh - runs on the Post. Declares the Ceph cluster, its block pool, its dashboard and the toolbox.
# Inputs: DATALAKE_ENABLED, DATALAKE_REPLICAS, DATALAKE_DEVICE_FILTER, CEPH_IMAGE, ROOK_DASHBOARD_NODEPORT
# (defaults.sh), CLUSTER_COUNT.
# Idempotent: the manifests are written whole and applied; Rook brings the cluster to what they say.
if ! is_on "$DATALAKE_ENABLED"; then
  emit enabled false
  exit 0
fi
dir=/etc/overcloud/manifests/rook-$ROOK_VERSION
replicas=$(effective_replicas)
# Monitors vote: an even number would gain nothing, and two would be worse than one.
monitors=3
[ "$replicas" -ge 3 ] || monitors=1
safe=true
[ "$replicas" -ge 2 ] || safe=false

if [ -n "$DATALAKE_DEVICE_FILTER" ]; then
  devices="deviceFilter: '$DATALAKE_DEVICE_FILTER'"
else
  devices='useAllDevices: true'
fi

put_file "$dir/overcloud-cluster.yaml" 0644 <<CLUSTER
apiVersion: ceph.rook.io/v1
kind: CephCluster
metadata:
  name: rook-ceph
  namespace: rook-ceph
spec:
  cephVersion:
    image: $CEPH_IMAGE
  dataDirHostPath: /var/lib/rook
  mon:
    count: $monitors
    allowMultiplePerNode: false
  mgr:
    count: 1
  dashboard:
    enabled: true
    ssl: false
  storage:
    useAllNodes: true
    $devices
---
apiVersion: ceph.rook.io/v1
kind: CephBlockPool
metadata:
  name: replicapool
  namespace: rook-ceph
spec:
  failureDomain: host
  replicated:
    size: $replicas
    requireSafeReplicaSize: $safe
---
apiVersion: v1
kind: Service
metadata:
  name: rook-ceph-mgr-dashboard-nodeport
  namespace: rook-ceph
spec:
  type: NodePort
  selector:
    app: rook-ceph-mgr
    mgr_role: active
  ports:
    - name: dashboard
      port: 7000
      targetPort: 7000
      nodePort: $ROOK_DASHBOARD_NODEPORT
CLUSTER
kubectl apply -f "$dir/overcloud-cluster.yaml" >&2

[ -s "$dir/toolbox.yaml" ] || fetch "$(fill "$ROOK_BASE_URL" V "$ROOK_VERSION")/toolbox.yaml" "$dir/toolbox.yaml"
kubectl apply -f "$dir/toolbox.yaml" >&2
emit enabled true replicas "$replicas" monitors "$monitors"
