# datalake_preserve.sh - runs on the Post at destroy. Copies the content of the DataLake out of the OverCloud.
# Inputs: OVERCLOUD_ID; PRESERVE_MODE none | snapshot | export; PRESERVE_TARGET; PRESERVE_DIR (defaults.sh).
#   snapshot: a snapshot of every volume is taken and copied, writers go on (the copy is what a power cut would leave).
#   export:   the writers are stopped first, then the volumes are copied.
#   PRESERVE_TARGET: file:///DIR (a mounted place outside the OverCloud), rsync://..., https://.../ (PUT), or empty:
#   the archive stays in PRESERVE_DIR and the caller fetches it.
# Output: {mode, volumes, bytes, sha256, target, fetch_path}; fetch_path is null when nothing is left to fetch.
# Idempotent: a snapshot left by a broken attempt is used again, the archive is built anew and only then replaces an
# older one. The snapshots are removed at the end: an image that has any cannot be deleted by the reclaim.
need OVERCLOUD_ID PRESERVE_MODE
target=${PRESERVE_TARGET:-}
case $PRESERVE_MODE in
  none)
    emit mode none volumes 0 bytes 0 sha256 null target null fetch_path null
    exit 0
    ;;
  snapshot | export) ;;
  *) die "PRESERVE_MODE=$PRESERVE_MODE is unknown; use none, snapshot or export" ;;
esac
# Refuse a target that cannot work before any writer is stopped.
case $target in
  '' | rsync://* | https://* | http://*) ;;
  file://*) [ -d "${target#file://}" ] || die "${target#file://} is no directory on the Post" ;;
  *) die "PRESERVE_TARGET=$target is not supported; use file://, rsync:// or https://" ;;
esac
if ! kubectl get crd cephclusters.ceph.rook.io >/dev/null 2>&1; then
  log "there is no DataLake"
  emit mode:s "$PRESERVE_MODE" volumes 0 bytes 0 sha256 null target null fetch_path null
  exit 0
fi

tool() { kubectl -n rook-ceph exec deploy/rook-ceph-tools -- "$@"; }

[ "$PRESERVE_MODE" = snapshot ] || quiesce_writers
mkdir -p "$PRESERVE_DIR"
chmod 0700 "$PRESERVE_DIR"
part=$PRESERVE_DIR/part
rm -rf "$part"
mkdir -p "$part"
snapshot=overcloud-preserve

datalake_claims >"$work_dir/claims"
kubectl get pv --no-headers -o \
  custom-columns=PV:.metadata.name,POOL:.spec.csi.volumeAttributes.pool,IMAGE:.spec.csi.volumeAttributes.imageName \
  >"$work_dir/images"
# namespace claim pool image, one line per volume
awk 'NR == FNR { pool[$1] = $2; image[$1] = $3; next } $3 in image { print $1, $2, pool[$3], image[$3] }' \
  "$work_dir/images" "$work_dir/claims" >"$part/volumes.txt"

count=0
if [ "$PRESERVE_MODE" = snapshot ]; then
  # All snapshots first, close together; copying takes long.
  while read -r ns name pool image; do
    tool rbd snap ls "$pool/$image" </dev/null | grep -q "$snapshot" ||
      tool rbd snap create "$pool/$image@$snapshot" </dev/null >&2
  done <"$part/volumes.txt"
fi
while read -r ns name pool image; do
  source=$pool/$image
  [ "$PRESERVE_MODE" != snapshot ] || source=$source@$snapshot
  log "copying $source of $ns/$name"
  # Without pipefail the exit code of an export in a pipe would be lost; the file in between keeps it.
  tool rbd export --no-progress "$source" - </dev/null >"$part/$ns.$name.raw" || die "export of $source failed"
  gzip -f "$part/$ns.$name.raw"
  count=$((count + 1))
done <"$part/volumes.txt"
kubectl get pvc -A -o yaml >"$part/claims.yaml"
(cd "$part" && sha256sum -- * >"$work_dir/sums" && mv "$work_dir/sums" SHA256SUMS)

archive=$PRESERVE_DIR/$OVERCLOUD_ID.tar
tar -C "$part" -cf "$archive.new" .
mv -f "$archive.new" "$archive"
if [ "$PRESERVE_MODE" = snapshot ]; then
  while read -r _ _ pool image; do
    tool rbd snap rm --no-progress "$pool/$image@$snapshot" </dev/null >&2
  done <"$part/volumes.txt"
fi
rm -rf "$part"
sum=$(sha256sum "$archive" | cut -d ' ' -f 1)
bytes=$(wc -c <"$archive" | tr -d ' ')

fetch_path=null
case $target in
  '') fetch_path=$archive ;;
  file://*)
    cp "$archive" "${target#file://}/$OVERCLOUD_ID.tar.new"
    [ "$(sha256sum "${target#file://}/$OVERCLOUD_ID.tar.new" | cut -d ' ' -f 1)" = "$sum" ] ||
      die "the copy in $target differs"
    mv -f "${target#file://}/$OVERCLOUD_ID.tar.new" "${target#file://}/$OVERCLOUD_ID.tar"
    ;;
  rsync://*) rsync --checksum "$archive" "${target%/}/$OVERCLOUD_ID.tar" >&2 ;;
  *) curl -fsS --retry 3 -T "$archive" "${target%/}/$OVERCLOUD_ID.tar" >&2 ;;
esac
emit mode:s "$PRESERVE_MODE" volumes "$count" bytes "$bytes" sha256:s "$sum" target:s "$target" fetch_path "$fetch_path"
