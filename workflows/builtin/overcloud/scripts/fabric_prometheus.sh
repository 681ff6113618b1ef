# fabric_prometheus.sh - runs on the Post. Installs Prometheus, the node exporters and Grafana with one chart.
# Inputs: PROMETHEUS_ENABLED, GRAFANA_ENABLED, KPS_*, HELM_*, *_NODEPORT (defaults.sh), POST_IP.
# Output: {prometheus_url, grafana_url}; null for what is off.
# Idempotent: helm upgrade --install with a values file written whole; the Grafana password is made once and kept in
# /etc/overcloud/grafana-admin (readable by root only).
need POST_IP
if ! is_on "$PROMETHEUS_ENABLED"; then
  emit prometheus_url null grafana_url null
  exit 0
fi
ensure_helm

mkdir -p /etc/overcloud
if [ ! -s /etc/overcloud/grafana-admin ]; then
  od -An -N 18 -tx1 /dev/urandom | tr -d ' \n' | put_file /etc/overcloud/grafana-admin 0600
fi
grafana=false
is_on "$GRAFANA_ENABLED" && grafana=true

put_file /etc/overcloud/monitoring-values.yaml 0600 <<VALUES
grafana:
  enabled: $grafana
  adminPassword: "$(cat /etc/overcloud/grafana-admin)"
  service:
    type: NodePort
    nodePort: $GRAFANA_NODEPORT
prometheus:
  service:
    type: NodePort
    nodePort: $PROMETHEUS_NODEPORT
# kubeadm binds these to the loopback address, so they could only raise false alarms.
kubeControllerManager:
  enabled: false
kubeEtcd:
  enabled: false
kubeProxy:
  enabled: false
kubeScheduler:
  enabled: false
VALUES
helm upgrade --install monitoring "$KPS_CHART" --version "$KPS_VERSION" --namespace monitoring --create-namespace \
  --values /etc/overcloud/monitoring-values.yaml --wait --timeout 9m >&2

grafana_url=null
[ "$grafana" = false ] || grafana_url="http://$POST_IP:$GRAFANA_NODEPORT"
emit prometheus_url:s "http://$POST_IP:$PROMETHEUS_NODEPORT" grafana_url "$grafana_url"
