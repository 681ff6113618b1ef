# Stand-in for the Kubernetes control plane: API server, scheduler, controllers, Rook's operator, and the NodePorts.
# The kubelet stand-in of the Post starts it when kubeadm has written its manifest. It listens on 0.0.0.0:6443 and
# speaks plain HTTP with a private, small set of calls (not the Kubernetes REST API); rights are by bearer token.
# Objects are files below /var/lib/sandbox/api. What controllers would do is worked out when something is read.
use strict;
use warnings;
use Sandbox;

my $DIR = "$Sandbox::STATE/api";
my $HEARTBEAT_S_MAX = 10;    # a node that was silent for longer is NotReady
my $CEPH_LOOKS = 2;          # a new Ceph cluster warns for so many looks at it

# kind => [namespaced, plural, short names]
my %BUILT_IN = (
    Namespace => [0, 'namespaces', 'ns'], Node => [0, 'nodes', 'no'], PersistentVolume => [0, 'persistentvolumes', 'pv'],
    StorageClass => [0, 'storageclasses', 'sc'], ClusterRole => [0, 'clusterroles'],
    ClusterRoleBinding => [0, 'clusterrolebindings'], CustomResourceDefinition => [0, 'customresourcedefinitions', 'crd'],
    VolumeAttachment => [0, 'volumeattachments'], CSIDriver => [0, 'csidrivers'],
    ConfigMap => [1, 'configmaps', 'cm'], Secret => [1, 'secrets'], Service => [1, 'services', 'svc'],
    ServiceAccount => [1, 'serviceaccounts', 'sa'], Role => [1, 'roles'], RoleBinding => [1, 'rolebindings'],
    Deployment => [1, 'deployments', 'deploy'], DaemonSet => [1, 'daemonsets', 'ds'],
    StatefulSet => [1, 'statefulsets', 'sts'], Job => [1, 'jobs'], Pod => [1, 'pods', 'po'],
    PersistentVolumeClaim => [1, 'persistentvolumeclaims', 'pvc'],
);

my %objects;    # "Kind/namespace/name" => object
my %looks_at;   # uid of a Ceph cluster => how often it was looked at while healthy
my $settings = from_json(read_file("$DIR/settings.json") // die "the control plane was never initialised\n");
my $handlers = {6443 => \&handle};

sub key_of { my ($object) = @_; return join '/', $object->{kind}, $object->{metadata}{namespace} // '', $object->{metadata}{name} }
sub file_of { return "$DIR/objects/" . $_[0] =~ s{([^A-Za-z0-9.-])}{sprintf '_%02x', ord $1}ger }

sub load_objects {
    opendir my $dir, "$DIR/objects" or return;
    for my $name (grep { !/^\./ && !/\.new\./ } readdir $dir) {
        my $object = from_json(read_file("$DIR/objects/$name"));
        $objects{key_of($object)} = $object;
    }
}

sub save {
    my ($object) = @_;
    $objects{key_of($object)} = $object;
    write_file(file_of(key_of($object)), to_json($object), 0600);
}

sub drop {
    my ($object) = @_;
    delete $objects{key_of($object)};
    unlink file_of(key_of($object));
}

sub of_kind { my ($kind) = @_; return grep { $_->{kind} eq $kind } map { $objects{$_} } sort keys %objects }
sub find { my ($kind, $ns, $name) = @_; return $objects{join '/', $kind, $ns // '', $name} }

# -- kinds ------------------------------------------------------------------------------------------------------------
sub crd_of_kind {
    my ($kind, $group) = @_;
    for my $crd (of_kind('CustomResourceDefinition')) {
        next if (field($crd, 'spec', 'names', 'kind') // '') ne $kind;
        return $crd if !defined $group || field($crd, 'spec', 'group') eq $group;
    }
    return;
}

# resolve WORD: (kind, namespaced) for what a user types: pvc, deployments, cephcluster, crd, volumeattachments.storage...
sub resolve {
    my $word = lc $_[0] =~ s/\..*//r;
    for my $kind (keys %BUILT_IN) {
        my ($namespaced, @names) = @{$BUILT_IN{$kind}};
        return ($kind, $namespaced) if grep { $_ eq $word } lc $kind, @names;
    }
    for my $crd (of_kind('CustomResourceDefinition')) {
        my $names = field($crd, 'spec', 'names') // {};
        return ($names->{kind}, 1) if grep { defined && $_ eq $word } $names->{plural}, $names->{singular}, lc $names->{kind};
    }
    return;
}

sub display_name {
    my ($object) = @_;
    my ($group) = ($object->{apiVersion} // 'v1') =~ m{^(.*)/};
    return lc($object->{kind}) . (defined $group ? ".$group" : '') . '/' . $object->{metadata}{name};
}

# -- what controllers know ----------------------------------------------------------------------------------------------
sub node_ready { my ($node) = @_; return ($node->{beat} // 0) > time - $HEARTBEAT_S_MAX && ($node->{cni} // '') eq '1' }
sub ready_nodes { return grep { node_ready($_) } of_kind('Node') }

sub schedulable {
    return grep {
        (field($_, 'spec', 'unschedulable') // '') ne 'true'
          && !grep { ($_->{effect} // '') eq 'NoSchedule' } @{field($_, 'spec', 'taints') // []}
    } ready_nodes();
}

sub available {
    my ($workload) = @_;
    my $replicas = field($workload, 'spec', 'replicas') // 1;
    return 0 unless $replicas > 0 && schedulable();
    return $replicas;
}

sub operator_runs {
    my $operator = find('Deployment', 'rook-ceph', 'rook-ceph-operator');
    return $operator && available($operator);
}

sub ceph_health {
    my ($cluster) = @_;
    return '' unless $cluster && operator_runs();
    my @pools = grep { $_->{metadata}{namespace} eq $cluster->{metadata}{namespace} } of_kind('CephBlockPool');
    my ($need) = sort { $b <=> $a } (field($cluster, 'spec', 'mon', 'count') // 3),
      map { field($_, 'spec', 'replicated', 'size') // 1 } @pools;
    my $have = grep { ($_->{disks} // 0) > 0 } ready_nodes();
    return 'HEALTH_ERR' unless $have;
    return 'HEALTH_WARN' if $have < $need;
    return 'HEALTH_OK';
}

sub provisioned_by_ceph {
    my ($class_name) = @_;
    my $class = find('StorageClass', '', $class_name // '') // return;
    return unless ($class->{provisioner} // '') =~ /rbd\.csi\.ceph\.com$/;
    my $pool = field($class, 'parameters', 'pool') // return;
    my ($cluster) = of_kind('CephCluster');
    return unless find('CephBlockPool', 'rook-ceph', $pool) && ceph_health($cluster) =~ /^HEALTH_(OK|WARN)$/;
    return $pool;
}

sub claims_used_by {
    my ($object) = @_;
    my $volumes = field($object, 'spec', 'template', 'spec', 'volumes') // [];
    return grep { defined } map { field($_, 'persistentVolumeClaim', 'claimName') } @$volumes;
}

sub job_complete {
    my ($job) = @_;
    return 0 unless schedulable();
    for my $name (claims_used_by($job)) {
        my $claim = find('PersistentVolumeClaim', $job->{metadata}{namespace}, $name);
        return 0 unless $claim && field($claim, 'spec', 'volumeName');
    }
    return 1;
}

# reconcile: bind claims, finish deletions that waited, open and close NodePorts.
sub reconcile {
    for my $claim (of_kind('PersistentVolumeClaim')) {
        next if field($claim, 'spec', 'volumeName');
        my $pool = provisioned_by_ceph(field($claim, 'spec', 'storageClassName')) // next;
        my $volume = 'pvc-' . random_text(12);
        write_file("$Sandbox::STATE/volumes/$volume", "sandbox volume of $claim->{metadata}{namespace}/$claim->{metadata}{name}\n", 0600);
        save({kind => 'PersistentVolume', apiVersion => 'v1', metadata => {name => $volume, uid => random_text(16)},
            spec => {claimRef => {namespace => $claim->{metadata}{namespace}, name => $claim->{metadata}{name}},
                csi => {volumeAttributes => {pool => $pool, imageName => "csi-vol-$volume"}}}});
        $claim->{spec}{volumeName} = $volume;
        save($claim);
    }
    for my $key (sort keys %objects) {
        my $object = $objects{$key} // next;
        try_delete($object) if $object->{metadata}{deletionTimestamp};
    }
    my %wanted = (6443 => 1);
    for my $service (of_kind('Service')) {
        next unless (field($service, 'spec', 'type') // '') eq 'NodePort';
        for my $port (@{field($service, 'spec', 'ports') // []}) {
            my $number = $port->{nodePort} // next;
            next unless $number =~ /^3\d{4}$/;
            $wanted{$number} = 1;
            my $name = $service->{metadata}{name};
            $handlers->{$number} //= sub { node_port($name, @_) };
        }
    }
    for my $port (keys %$handlers) { delete $handlers->{$port} unless $wanted{$port} }
}

# held_back OBJECT: why its deletion has to wait, or undef.
sub held_back {
    my ($object) = @_;
    my ($kind, $ns, $name) = ($object->{kind}, $object->{metadata}{namespace} // '', $object->{metadata}{name});
    if ($kind eq 'CephBlockPool') {
        return "volumes still use pool $name"
          if grep { (field($_, 'spec', 'csi', 'volumeAttributes', 'pool') // '') eq $name } of_kind('PersistentVolume');
    }
    elsif ($kind eq 'CephCluster') {
        return 'a CephBlockPool still depends on the cluster' if of_kind('CephBlockPool');
        return 'no operator runs that could remove the finalizer' unless operator_runs();
    }
    elsif ($kind eq 'PersistentVolumeClaim') {
        for my $user (grep { ($_->{metadata}{namespace} // '') eq $ns } map { of_kind($_) } qw(Deployment StatefulSet Job)) {
            next unless grep { $_ eq $name } claims_used_by($user);
            return "the claim is in use by " . display_name($user)
              if $user->{kind} eq 'Job' ? !job_complete($user) : (field($user, 'spec', 'replicas') // 1) > 0;
        }
    }
    elsif ($kind eq 'CustomResourceDefinition') {
        return "there are still objects of this kind" if of_kind(field($object, 'spec', 'names', 'kind') // '');
    }
    elsif ($kind eq 'Namespace') {
        # Workloads end first, so that the claims become free.
        for my $pass (1 .. 2) {
            for my $inner (grep { ($_->{metadata}{namespace} // '') eq $name } values %objects) {
                next if $pass == 1 && $inner->{kind} !~ /^(Deployment|StatefulSet|Job|DaemonSet|CephBlockPool)$/;
                next if $pass == 1 && $inner->{kind} eq 'Deployment' && $inner->{metadata}{name} =~ /operator$/ && of_kind('CephCluster');
                $inner->{metadata}{deletionTimestamp} //= time;
                try_delete($inner);
            }
        }
        return 'the namespace is not empty' if grep { ($_->{metadata}{namespace} // '') eq $name } values %objects;
    }
    return;
}

sub try_delete {
    my ($object) = @_;
    my $reason = held_back($object);
    if (defined $reason) {
        $object->{metadata}{deletionTimestamp} //= time;
        save($object);
        return $reason;
    }
    if ($object->{kind} eq 'PersistentVolumeClaim' && field($object, 'spec', 'volumeName')) {
        my $volume = find('PersistentVolume', '', $object->{spec}{volumeName});
        drop($volume) if $volume;
        unlink glob "$Sandbox::STATE/volumes/$object->{spec}{volumeName}*";
    }
    if ($object->{kind} eq 'CephCluster') {
        my $confirmed = (field($object, 'spec', 'cleanupPolicy', 'confirmation') // '') eq 'yes-really-destroy-data';
        $settings->{rook} = $confirmed ? 'wipe' : 'leave';
        save_settings();
    }
    drop($object);
    return;
}

sub save_settings { write_file("$DIR/settings.json", to_json($settings), 0600) }

# view OBJECT: what a reader sees: the stored object with its status.
sub view {
    my ($object) = @_;
    my $copy = from_json(to_json($object));
    my $kind = $copy->{kind};
    my $status = $copy->{status} //= {};
    my $condition = sub { $status->{conditions} = [{type => $_[0], status => $_[1] ? 'True' : 'False'}] };
    if ($kind eq 'Node') { $condition->('Ready', node_ready($object)); delete @$copy{qw(beat cni)} }
    elsif ($kind eq 'CustomResourceDefinition') { $condition->('Established', 1) }
    elsif ($kind eq 'Deployment' || $kind eq 'StatefulSet') {
        $status->{availableReplicas} = available($object);
        $condition->('Available', available($object) || (field($object, 'spec', 'replicas') // 1) == 0);
    }
    elsif ($kind eq 'DaemonSet') { $status->{numberReady} = scalar(my @n = ready_nodes()) }
    elsif ($kind eq 'Job') { $condition->('Complete', job_complete($object)) }
    elsif ($kind eq 'PersistentVolumeClaim') { $status->{phase} = field($object, 'spec', 'volumeName') ? 'Bound' : 'Pending' }
    elsif ($kind eq 'CephCluster') {
        my $health = ceph_health($object);
        $health = 'HEALTH_WARN' if $health eq 'HEALTH_OK' && $looks_at{$object->{metadata}{uid}}++ < $CEPH_LOOKS;
        if ($health ne '') { $status->{ceph} = {health => $health}; $status->{phase} = $health eq 'HEALTH_OK' ? 'Ready' : 'Progressing' }
    }
    return $copy;
}

# -- calls ------------------------------------------------------------------------------------------------------------
sub reply { my ($status, $data) = @_; return ($status, 'application/json', to_json($data)) }
sub refuse { my ($status, $message) = @_; return ($status, 'text/plain', $message) }

# who HEADER: admin, node:NAME, bootstrap:ID or anonymous; undef for a credential that is not valid.
sub who {
    my ($header) = @_;
    my ($token) = ($header->{authorization} // '') =~ /^Bearer (\S+)$/ or return 'anonymous';
    return 'admin' if $token eq $settings->{admin_token};
    for my $node (of_kind('Node')) { return "node:$node->{metadata}{name}" if ($node->{secret} // '') eq $token }
    my ($id) = $token =~ /^([a-z0-9]{6})\.[a-z0-9]{16}$/ or return;
    my $known = $settings->{tokens}{$id} // return;
    return unless $known->{token} eq $token && $known->{expires} > time;
    return "bootstrap:$id";
}

my %CALL = (
    'GET /cluster-info' => [qr/./, \&call_cluster_info],
    'POST /join' => [qr/^(admin$|bootstrap:)/, \&call_join],
    'POST /heartbeat' => [qr/^node:/, \&call_heartbeat],
    'POST /token' => [qr/^admin$/, \&call_token],
    'GET /get' => [qr/^(admin$|node:)/, \&call_get],
    'POST /apply' => [qr/^admin$/, \&call_apply],
    'POST /patch' => [qr/^admin$/, \&call_patch],
    'DELETE /delete' => [qr/^admin$/, \&call_delete],
    'POST /exec' => [qr/^admin$/, \&call_exec],
);

sub handle {
    my ($method, $path, $query, $header, $body) = @_;
    return (200, 'text/plain', 'ok') if $path =~ m{^/(readyz|livez|healthz)$};
    return reply(200, {gitVersion => $settings->{version}}) if $path eq '/version';
    my $call = $CALL{"$method $path"} // return refuse(404, "the stand-in has no $method $path");
    my $who = who($header) // return refuse(401, 'Unauthorized');
    return refuse($who eq 'anonymous' ? 401 : 403, $who eq 'anonymous' ? 'Unauthorized' : "forbidden: $who may not $method $path")
      unless $who =~ $call->[0];
    reconcile();
    my @answer = $call->[1]->($query, $body, $who);
    reconcile();
    return @answer;
}

sub call_cluster_info {
    my ($query) = @_;
    my $known = $settings->{tokens}{$query->{id} // ''};
    return refuse(404, "token id \"" . ($query->{id} // '') . "\" is invalid for this cluster or it has expired")
      unless $known && $known->{expires} > time;
    return reply(200, {ca => $settings->{ca}, signature => sha256($settings->{ca} . $known->{token})});
}

sub call_token {
    my ($query) = @_;
    my $token = $query->{token} // random_text(6) . '.' . random_text(16);
    my ($number, $unit) = ($query->{ttl} // '24h') =~ /^(\d+)(s|m|h)(?:0m)?(?:0s)?$/ or return refuse(400, 'bad ttl');
    my $seconds = $number * {s => 1, m => 60, h => 3600}->{$unit};
    for my $id (keys %{$settings->{tokens}}) { delete $settings->{tokens}{$id} if $settings->{tokens}{$id}{expires} <= time }
    $settings->{tokens}{substr $token, 0, 6} = {token => $token, expires => time + $seconds};
    save_settings();
    return reply(200, {token => $token});
}

sub call_join {
    my ($query, $body) = @_;
    my $in = from_json($body);
    my $old = find('Node', '', $in->{name});
    return refuse(409, "a Node with name \"$in->{name}\" and status \"Ready\" already exists in the cluster; delete it or choose another name")
      if $old && node_ready($old) && ($old->{machine_id} // '') ne $in->{machine_id};
    my $node = {kind => 'Node', apiVersion => 'v1', secret => random_text(32), machine_id => $in->{machine_id},
        disks => $in->{disks}, created => time,
        metadata => {name => $in->{name}, uid => random_text(16), labels => {'overcloud.io/simulated' => 'true', %{$in->{labels} // {}}}},
        spec => {taints => $in->{taints} // []},
        status => {addresses => [{type => 'InternalIP', address => $in->{ip}}], nodeInfo => {kubeletVersion => $in->{version}, machineID => $in->{machine_id}}}};
    save($node);
    return reply(200, {secret => $node->{secret}, ca => $settings->{ca}});
}

# The answer tells the kubelet what the pods of DaemonSets would do on its box.
sub call_heartbeat {
    my ($query, $body, $who) = @_;
    my $in = from_json($body);
    my $node = find('Node', '', $who =~ s/^node://r) // return refuse(404, 'no such node');
    @$node{qw(beat cni disks)} = (time, $in->{cni}, $in->{disks});
    save($node) if ($node->{saved_cni} // '') ne $in->{cni};
    $node->{saved_cni} = $in->{cni};
    return reply(200, {cni => pod_network(), rook => scalar(of_kind('CephCluster')) ? 'keep' : $settings->{rook} // 'leave'});
}

# Flannel works only when its configuration names the pod network kubeadm was given.
sub pod_network {
    my $flannel = find('DaemonSet', 'kube-flannel', 'kube-flannel-ds') // return '';
    my $config = field(find('ConfigMap', 'kube-flannel', 'kube-flannel-cfg'), 'data', 'net-conf.json') // return '';
    my ($network) = $config =~ /"Network":\s*"([^"]+)"/ or return '';
    return $network eq $settings->{pod_cidr} ? 'flannel' : '';
}

sub call_get {
    my ($query, $body, $who) = @_;
    my ($kind, $namespaced) = resolve($query->{kind});
    return refuse(404, "error: the server doesn't have a resource type \"$query->{kind}\"") unless $kind;
    return refuse(403, "forbidden: $who may read only itself")
      if $who =~ /^node:(.*)/ && !($kind eq 'Node' && ($query->{name} // '') eq $1);
    my @found = grep { !$namespaced || $query->{all} || ($_->{metadata}{namespace} // '') eq ($query->{ns} // 'default') } of_kind($kind);
    if (defined $query->{name}) {
        @found = grep { $_->{metadata}{name} eq $query->{name} } @found;
        return refuse(404, "Error from server (NotFound): " . lc($kind) . "s \"$query->{name}\" not found") unless @found;
    }
    return reply(200, {kind => $kind, namespaced => $namespaced, items => [map { view($_) } @found]});
}

sub call_apply {
    my ($query, $body) = @_;
    my $object = from_json($body);
    my ($kind, $version) = ($object->{kind} // '', $object->{apiVersion} // '');
    my $name = field($object, 'metadata', 'name') // return refuse(422, 'error: resource name may not be empty');
    my ($group) = $version =~ m{^(.*)/};
    my $known = $BUILT_IN{$kind};
    if (!$known) {
        crd_of_kind($kind, $group // '') or return refuse(404,
            "error: resource mapping not found for name: \"$name\": no matches for kind \"$kind\" in version \"$version\"\nensure CRDs are installed first");
        $known = [1];
    }
    if ($known->[0]) {
        my $ns = $object->{metadata}{namespace} //= $query->{ns} // 'default';
        return refuse(404, "Error from server (NotFound): error when creating \"$name\": namespaces \"$ns\" not found")
          unless find('Namespace', '', $ns);
    }
    else { delete $object->{metadata}{namespace} }
    my $old = $objects{key_of($object)};
    return refuse(409, 'Error from server (Conflict): ' . display_name($old) . ' is being deleted') if $old && $old->{metadata}{deletionTimestamp};
    my $text = to_json($object);
    my $action = !$old ? 'created' : ($old->{applied} // '') eq $text ? 'unchanged' : 'configured';
    if ($old) {
        $object->{metadata}{uid} = $old->{metadata}{uid};
        $object->{created} = $old->{created};
        $object->{spec}{volumeName} = $old->{spec}{volumeName} if $kind eq 'PersistentVolumeClaim' && $old->{spec}{volumeName};
    }
    else { $object->{metadata}{uid} = random_text(16); $object->{created} = time }
    $object->{applied} = $text;
    save($object);
    return reply(200, {action => $action, name => display_name($object)});
}

sub merge {
    my ($into, $patch) = @_;
    for my $key (keys %$patch) {
        if (!defined $patch->{$key}) { delete $into->{$key} }
        elsif (ref $patch->{$key} eq 'HASH') { $into->{$key} = {} unless ref $into->{$key} eq 'HASH'; merge($into->{$key}, $patch->{$key}) }
        else { $into->{$key} = $patch->{$key} }
    }
}

sub call_patch {
    my ($query, $body) = @_;
    my ($kind, $namespaced) = resolve($query->{kind});
    return refuse(404, "error: the server doesn't have a resource type \"$query->{kind}\"") unless $kind;
    my $object = find($kind, $namespaced ? $query->{ns} // 'default' : '', $query->{name})
      // return refuse(404, "Error from server (NotFound): " . lc($kind) . "s \"$query->{name}\" not found");
    merge($object, from_json($body));
    save($object);
    return reply(200, {name => display_name($object)});
}

sub call_delete {
    my ($query) = @_;
    my ($kind, $namespaced) = resolve($query->{kind});
    return refuse(404, "error: the server doesn't have a resource type \"$query->{kind}\"") unless $kind;
    my $object = find($kind, $namespaced ? $query->{ns} // 'default' : '', $query->{name})
      // return refuse(404, "Error from server (NotFound): " . lc($kind) . "s \"$query->{name}\" not found");
    my $warning = $kind eq 'Node' && (field($object, 'spec', 'unschedulable') // '') ne 'true'
      ? "Warning: node $query->{name} was not drained; what ran on it is lost" : undef;
    my $waiting = try_delete($object);
    return reply(defined $waiting ? 202 : 200, {name => display_name($object), waiting => $waiting, warning => $warning});
}

# exec in the Rook toolbox: ceph health, ceph status, rbd snap ls|create|rm, rbd export.
sub call_exec {
    my ($query, $body) = @_;
    my $in = from_json($body);
    my @argv = grep { !/^--/ } @{$in->{argv}};
    my $tools = find('Deployment', 'rook-ceph', 'rook-ceph-tools');
    return refuse(404, 'Error from server (NotFound): deployments.apps "rook-ceph-tools" not found') unless $tools;
    return refuse(400, 'error: the toolbox has no running pod') unless available($tools);
    my ($cluster) = of_kind('CephCluster');
    my $health = ceph_health($cluster);
    return reply(200, {code => 1, out => '', err => "unable to get monitor info\n"}) if $health eq '';
    my $command = join ' ', @argv[0 .. ($#argv > 1 ? 1 : $#argv)];
    return reply(200, {code => 0, out => "$health\n"}) if $command eq 'ceph health';
    return reply(200, {code => 0, out => "  cluster:\n    health: $health\n    SIMULATED\n"}) if $command eq 'ceph status';
    my $spec = $argv[0] eq 'rbd' ? ($argv[1] eq 'snap' ? $argv[3] : $argv[2]) : '';
    my ($volume, $snapshot) = ($spec // '') =~ m{^[^/]+/csi-vol-([^@]+)(?:@(.+))?$}
      or return reply(200, {code => 127, out => '', err => "the stand-in toolbox does not know: @argv\n"});
    my $file = "$Sandbox::STATE/volumes/$volume";
    my $content = read_file(defined $snapshot && $command ne 'rbd snap' ? "$file\@$snapshot" : $file);
    return reply(200, {code => 2, out => '', err => "rbd: error opening image: no such file\n"}) unless defined $content;
    return reply(200, {code => 0, out => $content}) if $command eq 'rbd export';
    if ($argv[2] eq 'create') { write_file("$file\@$snapshot", $content, 0600); return reply(200, {code => 0, out => ''}) }
    if ($argv[2] eq 'rm') { unlink "$file\@$snapshot"; return reply(200, {code => 0, out => ''}) }
    my @names = map { s/.*@//r } glob "$file\@*";
    return reply(200, {code => 0, out => join '', map { "$_\n" } @names});
}

# -- NodePorts ----------------------------------------------------------------------------------------------------------
sub node_port {
    my ($service, $method, $path, $query) = @_;
    if ($service =~ /prometheus/) {
        return (200, 'text/plain', 'Prometheus Server is Ready. SIMULATED') if $path eq '/-/ready';
        if ($path eq '/api/v1/query') {
            my $count = () = ready_nodes();
            return (200, 'application/json',
                "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{\"metric\":{},\"value\":[" . time . ",\"$count\"]}]}}");
        }
    }
    return (200, 'text/html', "<!doctype html><title>$service</title><p>SIMULATED: here the real OverCloud shows <b>$service</b>.</p>\n");
}

load_objects();
write_file("$Sandbox::RUN/apiserver.pid", "$$\n");
$SIG{TERM} = sub { unlink "$Sandbox::RUN/apiserver.pid"; exit 0 };
serve($handlers, \&reconcile);
