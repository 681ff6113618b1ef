# runtime_install.sh - runs on every box. Installs containerd with the systemd cgroup driver.
# Inputs: CONTAINERD_*, PAUSE_IMAGE (defaults.sh).
# Idempotent: the installed version is looked at first; the configuration is written whole and containerd is restarted
# only when it changed or does not run.
have=$(containerd --version 2>/dev/null | awk '{ print $3 }') || have=''
have=${have#v}
if [ -z "$have" ] || ! version_matches "$have" "$CONTAINERD_VERSION"; then
  log "installing containerd $CONTAINERD_VERSION (found: ${have:-none})"
  distro=$(sed -n 's/^ID=//p' /etc/os-release | tr -d '"')
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release | tr -d '"')
  apt_update
  apt_install ca-certificates curl
  apt_repo overcloud-containerd "$(fill "$CONTAINERD_REPO_URL" DISTRO "$distro")" "$codename stable" \
    "$(fill "$CONTAINERD_REPO_KEY_URL" DISTRO "$distro")" "$CONTAINERD_REPO_KEY_SHA256"
  apt_install "containerd.io=$CONTAINERD_VERSION-*"
fi

changed=false
if write_file /etc/containerd/config.toml 0644 <<CONFIG
version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '$PAUSE_IMAGE'

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '/etc/containerd/certs.d'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
CONFIG
then
  changed=true
fi

if [ -n "$HTTP_PROXY_URL" ] && write_file /etc/systemd/system/containerd.service.d/overcloud-proxy.conf 0644 <<PROXY
[Service]
Environment="HTTP_PROXY=$HTTP_PROXY_URL" "HTTPS_PROXY=$HTTP_PROXY_URL" "NO_PROXY=$NO_PROXY_LIST"
PROXY
then
  svc reload-units
  changed=true
fi

svc enable containerd >&2
if [ "$changed" = true ] || ! svc is-active containerd; then
  svc restart containerd >&2
fi
wait_until 30 "the containerd socket" test -S /run/containerd/containerd.sock

have=$(containerd --version | awk '{ print $3 }')
have=${have#v}
version_matches "$have" "$CONTAINERD_VERSION" || die "containerd is $have, wanted $CONTAINERD_VERSION"
emit version:s "$have"
