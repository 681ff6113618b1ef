# network_apply.sh - runs on the Post. Applies the pod network.
# Inputs: NETWORK_PLUGIN, FLANNEL_*, POD_CIDR (defaults.sh).
# Idempotent: server-side apply of a manifest kept under /etc/overcloud/manifests.
case $NETWORK_PLUGIN in
  none)
    log "no pod network wanted; nodes stay NotReady until one is applied"
    emit plugin none
    exit 0
    ;;
  flannel) ;;
  *) die "NETWORK_PLUGIN=$NETWORK_PLUGIN is not supported; use flannel or none" ;;
esac
manifest=/etc/overcloud/manifests/flannel-$FLANNEL_VERSION.yaml
[ -s "$manifest" ] || fetch "$(fill "$FLANNEL_URL" V "$FLANNEL_VERSION")" "$manifest"
# The published manifest is written for one pod network; put ours in its place.
sed "s#\"Network\": *\"[^\"]*\"#\"Network\": \"$POD_CIDR\"#" "$manifest" >"$work_dir/flannel.yaml"
kubectl apply --server-side --force-conflicts -f "$work_dir/flannel.yaml" >&2
emit plugin flannel version:s "$FLANNEL_VERSION"
