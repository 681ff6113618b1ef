# fabric_influxdb.sh - runs on the Post. Installs InfluxDB 2, the store of operational data, and sets it up.
# Inputs: INFLUXDB_ENABLED, INFLUX_* (defaults.sh), NODE_IP.
# Output: {influx_url, influx_token, chronograf_url}; null when it is off. Chronograf is not installed.
# Idempotent: package and set-up state are looked at first; password and token are made once and kept in
# /etc/overcloud (readable by root only).
need NODE_IP
if ! is_on "$INFLUXDB_ENABLED"; then
  emit influx_url null influx_token null chronograf_url null
  exit 0
fi
local_url=http://127.0.0.1:$INFLUX_PORT

if ! influxd version >/dev/null 2>&1; then
  apt_repo overcloud-influxdata "$INFLUX_REPO_URL" "stable main" "$INFLUX_REPO_KEY_URL" "$INFLUX_REPO_KEY_SHA256"
  apt_install "$INFLUX_PACKAGE"
fi
svc enable influxdb >&2
svc is-active influxdb || svc start influxdb >&2
wait_until 60 "InfluxDB" curl -fsS -o /dev/null "$local_url/health"

mkdir -p /etc/overcloud
for secret in influx-password influx-token; do
  if [ ! -s "/etc/overcloud/$secret" ]; then
    od -An -N 24 -tx1 /dev/urandom | tr -d ' \n' | put_file "/etc/overcloud/$secret" 0600
  fi
done
token=$(cat /etc/overcloud/influx-token)

if curl -fsS "$local_url/api/v2/setup" | tr -d ' \n' | grep -q '"allowed":true'; then
  # The body goes through stdin: an argument could be seen in the process list.
  printf '{"username":"overcloud","password":%s,"org":%s,"bucket":%s,"token":%s}' \
    "$(json_string "$(cat /etc/overcloud/influx-password)")" "$(json_string "$INFLUX_ORG")" \
    "$(json_string "$INFLUX_BUCKET")" "$(json_string "$token")" |
    curl -fsS -o /dev/null -H 'Content-Type: application/json' --data-binary @- "$local_url/api/v2/setup" ||
    die "InfluxDB refused its first set-up"
fi
emit influx_url:s "http://$NODE_IP:$INFLUX_PORT" influx_token:s "$token" chronograf_url null
