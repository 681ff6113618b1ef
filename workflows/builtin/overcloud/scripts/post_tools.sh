# post_tools.sh - runs on the Post. Makes it the place to work from: helm, kubectl set up for root, a home for records.
# Inputs: OVERCLOUD_ID, HELM_* (defaults.sh).
# Idempotent: versions are looked at first, files written whole.
need OVERCLOUD_ID
ensure_helm
put_file /etc/profile.d/overcloud.sh 0644 <<'PROFILE'
# Administrator of this OverCloud: kubectl and helm find their cluster. Only root can read the file it names.
if [ -r /etc/kubernetes/admin.conf ]; then
  export KUBECONFIG=/etc/kubernetes/admin.conf
fi
PROFILE
# The same for commands run through ssh, which read no profile.
mkdir -p /root/.kube
chmod 0700 /root/.kube
put_file /root/.kube/config 0600 </etc/kubernetes/admin.conf
mkdir -p /var/lib/overcloud
chmod 0700 /var/lib/overcloud
echo "$OVERCLOUD_ID" | put_file /var/lib/overcloud/id 0644
emit helm:s "$(helm version --short)"
