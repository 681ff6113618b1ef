# fabric_verify.sh - runs on the Post. Checks that the Visible Fabric sees every box.
# Inputs: PROMETHEUS_ENABLED, INFLUXDB_ENABLED, ports (defaults.sh), CLUSTER_COUNT; WAIT_S, POLL_S.
# Idempotent: it only looks.
need CLUSTER_COUNT
want=$((CLUSTER_COUNT + 1))

targets_up() {
  targets=$(curl -fsS --max-time 10 --get --data-urlencode 'query=sum(up{job="node-exporter"})' \
    "http://127.0.0.1:$PROMETHEUS_NODEPORT/api/v1/query" | sed -n 's/.*"value":\[[^,]*,"\([0-9]*\)".*/\1/p') || return 1
  [ "${targets:-0}" -ge "$want" ]
}

targets=0
if is_on "$PROMETHEUS_ENABLED"; then
  wait_until "$WAIT_S" "$want boxes to be targets of Prometheus" targets_up
fi
if is_on "$INFLUXDB_ENABLED"; then
  curl -fsS --max-time 10 -o /dev/null "http://127.0.0.1:$INFLUX_PORT/health" || die "InfluxDB does not answer"
fi
emit targets "$targets"
