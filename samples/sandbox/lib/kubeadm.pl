# Stand-in for kubeadm: version, config images pull, init, join, reset, token create|list. Checks the real
# preconditions on the box and refuses in the real order: preflight first, then discovery, then the credentials.
use strict;
use warnings;
use Sandbox;

begin('kubeadm');
my $VERSION = installed('kubeadm') // fail_with(127, 'sh: kubeadm: not found');
my $API_DIR = "$Sandbox::STATE/api";
my $ADMIN = '/etc/kubernetes/admin.conf';
my $MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';

my (%option, @word);
while (@ARGV) {
    my $argument = shift @ARGV;
    if    ($argument =~ /^--([\w-]+)=(.*)$/) { $option{$1} = $2 }
    elsif ($argument =~ /^--(print-join-command|force|skip-phases)$/) { $option{$1} = 1 }
    elsif ($argument =~ /^--([\w-]+)$/) { $option{$1} = shift @ARGV }
    elsif ($argument =~ /^-([a-z])$/) { $option{$1} = $1 eq 'o' || $1 eq 'v' ? shift @ARGV : 1 }
    else  { push @word, $argument }
}
my $command = $word[0] // '';

if    ($command eq 'version') { print +($option{o} // '') eq 'short' ? "v$VERSION\n" : "kubeadm version: v$VERSION SIMULATED\n" }
elsif ("@word" eq 'config images pull') { images_pull() }
elsif ($command eq 'init')  { init() }
elsif ($command eq 'join')  { join_cluster() }
elsif ($command eq 'reset') { reset_box() }
elsif ("@word" eq 'token create') { token_create() }
elsif ("@word" eq 'token list') { print read_file("$API_DIR/settings.json") // '', "\n" }
else  { fail_with(1, "error: the stand-in knows no kubeadm @word") }
exit 0;

sub images_pull {
    my $version = $option{'kubernetes-version'} // "v$VERSION";
    fail_with(1, 'failed to pull image: the container runtime does not answer (unix:///run/containerd/containerd.sock)')
      unless service_runs('containerd');
    my $registry = $option{'image-repository'} // 'registry.k8s.io';
    print "[config/images] Pulled $registry/$_:$version\n" for qw(kube-apiserver kube-controller-manager kube-scheduler kube-proxy);
}

# read_config KIND: (the document of that kind, all documents).
sub read_config {
    my ($kind) = @_;
    my $path = $option{config} // fail_with(3, 'error: the stand-in wants --config FILE');
    my $text = read_file($path) // fail_with(1, "unable to read config from \"$path\": no such file or directory");
    my @documents = eval { parse_yaml($text) };
    fail_with(1, "error parsing config \"$path\": $@") if $@;
    for my $document (@documents) {
        my $version = $document->{apiVersion} // '';
        next unless $version =~ m{^kubeadm\.k8s\.io/};
        fail_with(1, "your configuration file uses the unsupported API version \"$version\" (kind $document->{kind}); use kubeadm.k8s.io/v1beta4")
          unless $version eq 'kubeadm.k8s.io/v1beta4';
        fail_with(3, 'error: kubeletExtraArgs must be a list of name and value')
          if ref(field($document, 'nodeRegistration', 'kubeletExtraArgs') // []) ne 'ARRAY';
    }
    my ($wanted) = grep { ($_->{kind} // '') eq $kind } @documents;
    fail_with(3, "error: no $kind in $path") unless $wanted;
    return ($wanted, @documents);
}

sub preflight {
    my ($is_init) = @_;
    my @errors;
    push @errors, 'Swap]: running with swap on is not supported. Please disable swap' if swap_is_on();
    for my $key (qw(net.ipv4.ip_forward net.bridge.bridge-nf-call-iptables)) {
        my $value = sysctl_value($key);
        my $file = '/proc/sys/' . $key =~ tr{.}{/}r;
        my $id = 'FileContent-' . $file =~ tr{/}{-}r;
        if    (!defined $value) { push @errors, "$id]: $file does not exist" }
        elsif ($value ne '1')   { push @errors, "$id]: $file contents are not set to 1" }
    }
    push @errors, 'CRI]: container runtime is not running: unix:///run/containerd/containerd.sock does not answer' unless service_runs('containerd');
    push @errors, 'FileExisting-conntrack]: conntrack not found in system path' unless installed('conntrack');
    push @errors, 'FileExisting-kubelet]: kubelet not found in system path' unless installed('kubelet');
    if ($is_init) {
        push @errors, "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml]: $MANIFEST already exists" if -e $MANIFEST;
        my ($status) = http(host => '127.0.0.1', port => 6443, path => '/readyz', timeout => 1);
        push @errors, 'Port-6443]: Port 6443 is in use' if $status;
    }
    else {
        push @errors, "FileAvailable--etc-kubernetes-kubelet.conf]: /etc/kubernetes/kubelet.conf already exists" if -e '/etc/kubernetes/kubelet.conf';
        push @errors, "FileAvailable--etc-kubernetes-pki-ca.crt]: /etc/kubernetes/pki/ca.crt already exists" if -e '/etc/kubernetes/pki/ca.crt';
    }
    print "[preflight] Running pre-flight checks\n";
    return unless @errors;
    warn_line("error execution phase preflight: [preflight] Some fatal errors occurred:\n"
          . join("\n", map { "\t[ERROR $_" } @errors) . "\n[preflight] SIMULATED checks of a sandbox box");
    exit 2;
}

sub machine_id {
    my $id = read_file("$Sandbox::STATE/machine-id");
    return $id if defined $id && $id ne '';
    $id = random_text(32);
    write_file("$Sandbox::STATE/machine-id", $id);
    return $id;
}

sub write_kubeconfig {
    my ($path, $server, $user, $token) = @_;
    write_file($path, <<CONFIG, 0600);
apiVersion: v1
kind: Config
clusters:
  - name: overcloud
    cluster:
      server: https://$server
users:
  - name: $user
    user:
      token: $token
contexts:
  - name: $user
    context:
      cluster: overcloud
      user: $user
current-context: $user
CONFIG
}

# wait_for CHECK: up to five seconds, in steps of 50 ms.
sub wait_for {
    my ($check) = @_;
    for (1 .. 100) {
        return 1 if $check->();
        select undef, undef, undef, 0.05;
    }
    return 0;
}

sub run_service { system('/opt/foehn/sandbox/bin/boxsvc', @_) == 0 or fail_with(1, "error: boxsvc @_ failed") }

sub ca_hash { my ($ca) = @_; return 'sha256:' . sha256($ca) }

sub init {
    my ($init, @documents) = read_config('InitConfiguration');
    my ($cluster) = grep { ($_->{kind} // '') eq 'ClusterConfiguration' } @documents;
    my $wanted = field($cluster, 'kubernetesVersion') // "v$VERSION";
    my ($have_minor) = $VERSION =~ /^1\.(\d+)/;
    my ($want_minor) = $wanted =~ /^v?1\.(\d+)/ or fail_with(3, "couldn't parse Kubernetes version \"$wanted\"");
    fail_with(1, "this version of kubeadm only supports deploying clusters up to 1.$have_minor. Wanted: $wanted") if $want_minor > $have_minor;
    preflight(1);
    my $address = field($init, 'localAPIEndpoint', 'advertiseAddress') // fail_with(3, 'error: advertiseAddress is missing');
    my $name = field($init, 'nodeRegistration', 'name') // 'post';
    my $ca = "-----BEGIN CERTIFICATE-----\nSIMULATED" . random_text(48) . "\n-----END CERTIFICATE-----\n";
    my $admin_token = random_text(40);
    remove_tree($API_DIR, "$Sandbox::STATE/volumes");
    write_file("$API_DIR/settings.json", to_json({ca => $ca, admin_token => $admin_token, version => "v$VERSION", tokens => {},
        pod_cidr => field($cluster, 'networking', 'podSubnet') // '10.244.0.0/16'}), 0600);
    for my $namespace (qw(default kube-system kube-public kube-node-lease)) {
        write_file("$API_DIR/objects/Namespace_2f_2f$namespace", to_json({kind => 'Namespace', apiVersion => 'v1',
            metadata => {name => $namespace, uid => random_text(16)}}), 0600);
    }
    write_file('/etc/kubernetes/pki/ca.crt', $ca);
    print "[certs] Generated \"ca\" certificate and key\n";
    write_kubeconfig($ADMIN, "$address:6443", 'kubernetes-admin', $admin_token);
    write_file('/var/lib/kubelet/config.yaml', "cgroupDriver: systemd\n");
    write_file($MANIFEST, "kind: Pod\nmetadata:\n  name: kube-apiserver\n  namespace: kube-system\n");
    run_service('restart', 'kubelet');
    wait_for(sub { (http(host => '127.0.0.1', port => 6443, path => '/readyz', timeout => 1))[0] == 200 })
      or fail_with(1, 'error execution phase wait-control-plane: the API server did not become healthy');
    my $api = load_kubeconfig($ADMIN);
    my ($status, $body) = http(%$api, method => 'POST', path => '/join', body => to_json({name => $name, ip => $address,
        machine_id => machine_id(), version => "v$VERSION", disks => -e '/etc/sandbox/no-disk' ? 0 : 1,
        labels => {'node-role.kubernetes.io/control-plane' => ''},
        taints => [{key => 'node-role.kubernetes.io/control-plane', effect => 'NoSchedule'}]}));
    $status == 200 or fail_with(1, "error execution phase mark-control-plane: $body");
    write_kubeconfig('/etc/kubernetes/kubelet.conf', "$address:6443", "system:node:$name", from_json($body)->{secret});
    print "Your Kubernetes control-plane has initialized successfully! (SIMULATED)\n";
}

sub join_cluster {
    my ($config) = read_config('JoinConfiguration');
    preflight(0);
    my $discovery = field($config, 'discovery', 'bootstrapToken') // fail_with(3, 'error: discovery.bootstrapToken is missing');
    my $token = $discovery->{token} // '';
    $token =~ /^([a-z0-9]{6})\.[a-z0-9]{16}$/ or fail_with(3, "discovery.bootstrapToken.token: Invalid value: the bootstrap token has not the right form");
    my $id = $1;
    my ($host, $port) = ($discovery->{apiServerEndpoint} // '') =~ /^([^:]+):(\d+)$/ or fail_with(3, 'error: apiServerEndpoint is not host:port');
    my $failed = 'error execution phase preflight: couldn\'t validate the identity of the API Server: ';
    my ($status, $body) = http(host => $host, port => $port, path => "/cluster-info?id=$id", timeout => 3);
    fail_with(1, "$failed$body") if $status != 200;
    my $info = from_json($body);
    fail_with(1, "${failed}failed to verify JWS signature of received cluster info object: token id \"$id\" does not fit")
      unless $info->{signature} eq sha256($info->{ca} . $token);
    my @pins = @{$discovery->{caCertHashes} // []};
    fail_with(3, 'error: caCertHashes is missing') unless @pins;
    my $hash = ca_hash($info->{ca});
    fail_with(1, "${failed}cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"$hash\" are pinned")
      unless grep { $_ eq $hash } @pins;
    my $name = field($config, 'nodeRegistration', 'name') // fail_with(3, 'error: nodeRegistration.name is missing');
    my ($ip) = map { $_->{value} } grep { ($_->{name} // '') eq 'node-ip' } @{field($config, 'nodeRegistration', 'kubeletExtraArgs') // []};
    ($status, $body) = http(host => $host, port => $port, token => "Bearer $token", method => 'POST', path => '/join',
        body => to_json({name => $name, ip => $ip, machine_id => machine_id(), version => "v$VERSION", disks => -e '/etc/sandbox/no-disk' ? 0 : 1}));
    fail_with(1, "error execution phase kubelet-start: $body") unless $status == 200;
    my $joined = from_json($body);
    write_file('/etc/kubernetes/pki/ca.crt', $joined->{ca});
    write_file('/var/lib/kubelet/config.yaml', "cgroupDriver: systemd\n");
    write_kubeconfig('/etc/kubernetes/kubelet.conf', "$host:$port", "system:node:$name", $joined->{secret});
    run_service('restart', 'kubelet');
    print "This node has joined the cluster (SIMULATED)\n";
}

sub token_create {
    my $api = load_kubeconfig($ADMIN) // fail_with(1, "failed to load admin kubeconfig: open $ADMIN: no such file or directory");
    my ($status, $body) = http(%$api, method => 'POST', path => '/token?ttl=' . ($option{ttl} // '24h'));
    fail_with(1, "error: could not create a token: $body") unless $status == 200;
    my $token = from_json($body)->{token};
    print $option{'print-join-command'}
      ? "kubeadm join $api->{host}:$api->{port} --token $token --discovery-token-ca-cert-hash " . ca_hash(read_file('/etc/kubernetes/pki/ca.crt')) . " \n"
      : "$token\n";
}

sub reset_box {
    fail_with(1, 'error: the stand-in resets only with -f') unless $option{f} || $option{force};
    system('/opt/foehn/sandbox/bin/boxsvc', 'stop', 'kubelet') if service_runs('kubelet');
    if (service_runs('apiserver')) {
        kill 'TERM', read_file("$Sandbox::RUN/apiserver.pid") =~ s/\s//gr;
        wait_for(sub { !service_runs('apiserver') }) or fail_with(1, 'error: the API server does not stop');
    }
    remove_tree('/etc/kubernetes/manifests', '/etc/kubernetes/pki', $ADMIN, '/etc/kubernetes/kubelet.conf', '/var/lib/kubelet',
        $API_DIR, "$Sandbox::STATE/volumes");
    print "[reset] The node was reset. CNI configuration in /etc/cni/net.d is left alone. (SIMULATED)\n";
}
