# kube_install.sh - runs on every box. Installs kubeadm, kubelet and kubectl, holds their versions, pulls the images.
# Inputs: KUBE_* , IMAGE_REGISTRY (defaults.sh).
# Idempotent: installed versions are looked at first; source list and key are written whole; pulled images stay.
minor=$(echo "$KUBE_VERSION" | cut -d . -f 1,2)

installed_version() {
  case $1 in
    kubeadm) kubeadm version -o short 2>/dev/null | sed 's/^v//' ;;
    kubelet) kubelet --version 2>/dev/null | awk '{ sub(/^v/, "", $2); print $2 }' ;;
    kubectl) kubectl version --client 2>/dev/null | awk '/^Client Version/ { sub(/^v/, "", $3); print $3 }' ;;
  esac
}

missing=''
for tool in kubeadm kubelet kubectl; do
  have=$(installed_version "$tool") || have=''
  if [ -z "$have" ] || ! version_matches "$have" "$KUBE_VERSION"; then
    log "$tool: found ${have:-none}, wanted $KUBE_VERSION"
    case $KUBE_VERSION in
      *.*.*) missing="$missing $tool=$KUBE_VERSION-*" ;;
      *) missing="$missing $tool=$KUBE_VERSION.*" ;;
    esac
  fi
done

if [ -n "$missing" ]; then
  apt_repo overcloud-kubernetes "$(fill "$KUBE_REPO_URL" MINOR "$minor")" / \
    "$(fill "$KUBE_REPO_KEY_URL" MINOR "$minor")" "$KUBE_REPO_KEY_SHA256"
  # The list of packages is made of words without blanks.
  # shellcheck disable=SC2086
  apt_install conntrack ethtool socat $missing
fi
apt-mark hold kubeadm kubelet kubectl >&2
svc enable kubelet >&2

have=$(installed_version kubeadm)
version_matches "$have" "$KUBE_VERSION" || die "kubeadm is $have, wanted $KUBE_VERSION"
# A version suffix (a distributor's or a stand-in's build) is no part of an image tag.
kubeadm config images pull --image-repository "$IMAGE_REGISTRY" --kubernetes-version "v${have%%-*}" >&2
emit version:s "$have"
