# record_write.sh - runs on the Post. Keeps a copy of the OverCloud's repository record.
# Inputs: the record as JSON on stdin. It holds references to secrets only, never their values.
# Idempotent: the file is written whole.
cat >"$work_dir/record.json"
[ -s "$work_dir/record.json" ] || die "the record is empty"
put_file /var/lib/overcloud/record.json 0600 <"$work_dir/record.json"
emit bytes "$(wc -c <"$work_dir/record.json" | tr -d ' ')"
