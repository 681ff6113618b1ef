# datalake_storageclass.sh - runs on the Post. Makes the DataLake the default storage of the OverCloud.
# Inputs: DATALAKE_ENABLED.
# Idempotent: applying the same class again changes nothing.
if ! is_on "$DATALAKE_ENABLED"; then
  emit storage_class null
  exit 0
fi
put_file /etc/overcloud/manifests/storageclass.yaml 0644 <<'CLASS'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: rook-ceph-block
  annotations:
    storageclass.kubernetes.io/is-default-class: "true"
provisioner: rook-ceph.rbd.csi.ceph.com
parameters:
  clusterID: rook-ceph
  pool: replicapool
  imageFormat: "2"
  imageFeatures: layering
  csi.storage.k8s.io/fstype: ext4
  csi.storage.k8s.io/provisioner-secret-name: rook-csi-rbd-provisioner
  csi.storage.k8s.io/provisioner-secret-namespace: rook-ceph
  csi.storage.k8s.io/controller-expand-secret-name: rook-csi-rbd-provisioner
  csi.storage.k8s.io/controller-expand-secret-namespace: rook-ceph
  csi.storage.k8s.io/node-stage-secret-name: rook-csi-rbd-node
  csi.storage.k8s.io/node-stage-secret-namespace: rook-ceph
allowVolumeExpansion: true
reclaimPolicy: Delete
CLASS
kubectl apply -f /etc/overcloud/manifests/storageclass.yaml >&2
emit storage_class rook-ceph-block
