# fabric_agent_remove.sh - runs on every box at destroy. Stops the measuring agent and forgets its token.
# Inputs: none.
# Idempotent: an agent that is not there is fine.
if [ -e /etc/telegraf/telegraf.conf ]; then
  svc stop telegraf >&2 || log "telegraf did not run"
  svc disable telegraf >&2 || true
  rm -f /etc/telegraf/telegraf.conf
fi
emit removed true
