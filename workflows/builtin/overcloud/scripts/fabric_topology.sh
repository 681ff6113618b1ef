# fabric_topology.sh - runs on the Post. Adds the topology view: a Grafana dashboard of boxes and what runs on them.
# It takes the place of Weave Scope, which is no longer maintained.
# Inputs: TOPOLOGY_KIND, PROMETHEUS_ENABLED, GRAFANA_ENABLED, GRAFANA_NODEPORT (defaults.sh), POST_IP.
# Output: {url}; null when it is off or there is no Grafana to show it.
# Idempotent: one ConfigMap, applied.
need POST_IP
if [ "$TOPOLOGY_KIND" = none ] || ! is_on "$PROMETHEUS_ENABLED" || ! is_on "$GRAFANA_ENABLED"; then
  emit url null
  exit 0
fi
[ "$TOPOLOGY_KIND" = builtin ] || die "TOPOLOGY_KIND=$TOPOLOGY_KIND is not supported; use builtin or none"
cat >"$work_dir/topology.yaml" <<'TOPOLOGY'
apiVersion: v1
kind: ConfigMap
metadata:
  name: overcloud-topology
  namespace: monitoring
  labels:
    grafana_dashboard: "1"
data:
  overcloud-topology.json: |
    {
      "uid": "overcloud-topology", "title": "OverCloud topology", "schemaVersion": 39, "refresh": "30s",
      "panels": [
        {"id": 1, "type": "table", "title": "Boxes", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 8},
         "targets": [{"refId": "A", "expr": "kube_node_info", "format": "table", "instant": true}]},
        {"id": 2, "type": "table", "title": "Pods by box", "gridPos": {"x": 0, "y": 8, "w": 24, "h": 10},
         "targets": [{"refId": "A", "expr": "count by (node, namespace) (kube_pod_info)", "format": "table", "instant": true}]},
        {"id": 3, "type": "timeseries", "title": "Traffic by box", "gridPos": {"x": 0, "y": 18, "w": 24, "h": 10},
         "targets": [{"refId": "A", "expr": "sum by (instance) (rate(node_network_transmit_bytes_total[5m]))"}]}
      ]
    }
TOPOLOGY
kubectl apply -f "$work_dir/topology.yaml" >&2
emit url:s "http://$POST_IP:$GRAFANA_NODEPORT/d/overcloud-topology"
