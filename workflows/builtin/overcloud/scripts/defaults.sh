# Defaults of every version, address and limit the OverCloud scripts use. This is the only place they are written.
#
# The engine puts this file in front of each script. A variable that is already set and not empty (profile.env of the
# OverCloud, or an entry of its profile) wins. @V@ inside an address is replaced by the component's version.
# The versions are those declared for the first release; they have not been run together on real machines yet.

# -- Kubernetes ---------------------------------------------------------------------------------------------------
: "${KUBE_VERSION:=1.36.4}"                      # full version, or minor only ("1.36") for its newest patch
: "${KUBE_REPO_URL:=https://pkgs.k8s.io/core:/stable:/v@MINOR@/deb/}"
: "${KUBE_REPO_KEY_URL:=https://pkgs.k8s.io/core:/stable:/v@MINOR@/deb/Release.key}"
: "${KUBE_REPO_KEY_SHA256:=}"                    # when set, the key file must have this checksum
: "${IMAGE_REGISTRY:=registry.k8s.io}"           # or a mirror of it
: "${POD_CIDR:=10.244.0.0/16}"
: "${SERVICE_CIDR:=10.96.0.0/12}"
: "${DNS_DOMAIN:=cluster.local}"
: "${JOIN_TOKEN_TTL:=2h}"
: "${POST_SCHEDULABLE:=true}"                    # false keeps the control-plane taint on the Post

# -- containerd ---------------------------------------------------------------------------------------------------
: "${CONTAINERD_VERSION:=2.3.4}"
: "${CONTAINERD_REPO_URL:=https://download.docker.com/linux/@DISTRO@}"
: "${CONTAINERD_REPO_KEY_URL:=https://download.docker.com/linux/@DISTRO@/gpg}"
: "${CONTAINERD_REPO_KEY_SHA256:=}"
: "${PAUSE_IMAGE:=registry.k8s.io/pause:3.10}"

# -- pod network --------------------------------------------------------------------------------------------------
: "${NETWORK_PLUGIN:=flannel}"                   # flannel | none (none: the user applies one)
: "${FLANNEL_VERSION:=0.28.9}"
: "${FLANNEL_URL:=https://github.com/flannel-io/flannel/releases/download/v@V@/kube-flannel.yml}"

# -- DataLake (Rook, Ceph) ----------------------------------------------------------------------------------------
: "${DATALAKE_ENABLED:=true}"
: "${ROOK_VERSION:=1.20.7}"
: "${ROOK_BASE_URL:=https://raw.githubusercontent.com/rook/rook/v@V@/deploy/examples}"
: "${ROOK_MANIFESTS:=crds.yaml common.yaml csi-operator.yaml operator.yaml}"  # applied in this order
: "${CEPH_IMAGE:=quay.io/ceph/ceph:v19.2.3}"
: "${DATALAKE_REPLICAS:=3}"                      # never more than there are logical clusters
: "${DATALAKE_DEVICE_FILTER:=}"                  # regular expression on device names; empty: every unused device
: "${DATALAKE_WIPE_DEVICES:=}"                   # "/dev/vdb ..." to erase on each cluster at destroy; empty: none
: "${CHECK_IMAGE:=docker.io/library/busybox:1.37}" # writes and reads the test volume
: "${ROOK_DASHBOARD_NODEPORT:=30700}"
: "${PRESERVE_DIR:=/var/lib/overcloud/preserve}" # where the Post builds an archive before it leaves the OverCloud

# -- Visible Fabric -----------------------------------------------------------------------------------------------
: "${PROMETHEUS_ENABLED:=true}"
: "${GRAFANA_ENABLED:=true}"
: "${KPS_VERSION:=92.3.0}"                       # kube-prometheus-stack chart
: "${KPS_CHART:=oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack}"
: "${PROMETHEUS_NODEPORT:=30090}"
: "${GRAFANA_NODEPORT:=30030}"
: "${TOPOLOGY_KIND:=builtin}"                    # builtin (a Grafana dashboard) | none
: "${INFLUXDB_ENABLED:=true}"
: "${TELEGRAF_ENABLED:=true}"
: "${INFLUX_REPO_URL:=https://repos.influxdata.com/debian}"
: "${INFLUX_REPO_KEY_URL:=https://repos.influxdata.com/influxdata-archive.key}"
: "${INFLUX_REPO_KEY_SHA256:=}"
: "${INFLUX_PACKAGE:=influxdb2}"
: "${INFLUX_PORT:=8086}"
: "${INFLUX_ORG:=overcloud}"
: "${INFLUX_BUCKET:=operational}"
: "${TELEGRAF_INTERVAL:=10s}"

# -- Post tools ---------------------------------------------------------------------------------------------------
: "${HELM_VERSION:=3.19.0}"
: "${HELM_URL:=https://get.helm.sh/helm-v@V@-linux-@ARCH@.tar.gz}"  # its .sha256sum file must lie beside it

# -- general ------------------------------------------------------------------------------------------------------
: "${HTTP_PROXY_URL:=}"                          # proxy for package and manifest downloads
: "${NO_PROXY_LIST:=127.0.0.1,localhost,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,.svc,.cluster.local}"
: "${POLL_S:=5}"                                 # longest pause between two looks at something awaited
: "${WAIT_S:=600}"                               # longest wait for something awaited
