# datalake_wipe.sh - runs on a logical cluster at destroy, after the reclaim. Removes what Ceph leaves on the box.
# Inputs: DATALAKE_WIPE_DEVICES (defaults.sh). Only devices named there are erased, and none that is mounted.
# Idempotent: erasing twice is the same as once.
rm -rf /var/lib/rook
for device in $DATALAKE_WIPE_DEVICES; do
  [ -b "$device" ] || die "$device is no block device"
  if lsblk -nro MOUNTPOINT "$device" | grep -q .; then
    die "$device is mounted; not erased"
  fi
  log "erasing $device"
  sgdisk --zap-all "$device" >&2
  wipefs --all "$device" >&2
done
emit wiped true
