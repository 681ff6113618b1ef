# fabric_telegraf.sh - runs on every box. Installs telegraf and lets it send the box's figures to InfluxDB.
# Inputs: TELEGRAF_ENABLED, INFLUX_* , TELEGRAF_INTERVAL (defaults.sh), NODE_NAME, INFLUX_URL, INFLUX_TOKEN.
# Idempotent: the package is looked at first; the configuration is written whole, and the agent restarted only when it
# changed or does not run. One measurement is sent before success is reported.
need NODE_NAME
case ${INFLUX_URL:-null} in null | None) TELEGRAF_ENABLED=false ;; esac
if ! is_on "$TELEGRAF_ENABLED"; then
  emit enabled false
  exit 0
fi
need INFLUX_TOKEN
if ! telegraf --version >/dev/null 2>&1; then
  apt_repo overcloud-influxdata "$INFLUX_REPO_URL" "stable main" "$INFLUX_REPO_KEY_URL" "$INFLUX_REPO_KEY_SHA256"
  apt_install telegraf
fi

changed=false
if write_file /etc/telegraf/telegraf.conf 0640 <<CONFIG
[agent]
  interval = "$TELEGRAF_INTERVAL"
  hostname = "$NODE_NAME"

[[outputs.influxdb_v2]]
  urls = ["$INFLUX_URL"]
  token = "$INFLUX_TOKEN"
  organization = "$INFLUX_ORG"
  bucket = "$INFLUX_BUCKET"

[[inputs.cpu]]
[[inputs.disk]]
[[inputs.mem]]
[[inputs.net]]
[[inputs.system]]
CONFIG
then
  changed=true
fi
if getent group telegraf >/dev/null; then
  chgrp telegraf /etc/telegraf/telegraf.conf
fi
telegraf --config /etc/telegraf/telegraf.conf --once >&2 || die "telegraf cannot write to $INFLUX_URL"
svc enable telegraf >&2
if [ "$changed" = true ] || ! svc is-active telegraf; then
  svc restart telegraf >&2
fi
emit enabled true
