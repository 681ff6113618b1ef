# datalake_check.sh - runs on the Post. Proves that the DataLake works: the toolbox answers, and a test volume can be
# claimed, written, read and deleted.
# Inputs: DATALAKE_ENABLED, CHECK_IMAGE, ROOK_DASHBOARD_NODEPORT (defaults.sh), POST_IP.
# Output: {health, storage_class, rook_url}; nulls when the DataLake is off.
# Idempotent: the test namespace is deleted before and after.
need POST_IP
if ! is_on "$DATALAKE_ENABLED"; then
  emit health UNKNOWN storage_class null rook_url null
  exit 0
fi
kubectl -n rook-ceph rollout status deployment/rook-ceph-tools --timeout=90s >&2
status=$(kubectl -n rook-ceph exec deploy/rook-ceph-tools -- ceph health) || die "the Ceph toolbox does not answer"
log "ceph health: $status"

kubectl delete namespace overcloud-check --ignore-not-found --timeout=60s >&2
cat >"$work_dir/check.yaml" <<CHECK
apiVersion: v1
kind: Namespace
metadata:
  name: overcloud-check
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: check
  namespace: overcloud-check
spec:
  storageClassName: rook-ceph-block
  accessModes:
    - ReadWriteOnce
  resources:
    requests:
      storage: 64Mi
---
apiVersion: batch/v1
kind: Job
metadata:
  name: check
  namespace: overcloud-check
spec:
  backoffLimit: 2
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: check
          image: $CHECK_IMAGE
          command:
            - sh
            - -c
            - echo overcloud >/data/check && sync && grep -qx overcloud /data/check && rm /data/check
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          persistentVolumeClaim:
            claimName: check
CHECK
kubectl apply -f "$work_dir/check.yaml" >&2
kubectl -n overcloud-check wait --for=condition=complete job/check --timeout=120s >&2 ||
  die "the test volume could not be written and read"
kubectl delete namespace overcloud-check --timeout=60s >&2
emit health:s "${status%% *}" storage_class rook-ceph-block rook_url:s "http://$POST_IP:$ROOK_DASHBOARD_NODEPORT"
