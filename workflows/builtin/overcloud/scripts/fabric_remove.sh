# fabric_remove.sh - runs on the Post at destroy. Removes Prometheus, Grafana, the topology view and InfluxDB.
# Inputs: none.
# Idempotent: what is not there is passed over.
if helm version --short >/dev/null 2>&1 && helm status monitoring --namespace monitoring >/dev/null 2>&1; then
  helm uninstall monitoring --namespace monitoring --wait --timeout 5m >&2
fi
kubectl delete namespace monitoring --ignore-not-found --timeout=180s >&2
if influxd version >/dev/null 2>&1; then
  svc stop influxdb >&2 || log "InfluxDB did not run"
  svc disable influxdb >&2 || true
fi
rm -f /etc/overcloud/influx-password /etc/overcloud/influx-token /etc/overcloud/grafana-admin \
  /etc/overcloud/monitoring-values.yaml
emit removed true
