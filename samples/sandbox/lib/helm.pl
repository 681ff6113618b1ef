# Stand-in for helm: version, upgrade --install, status, list, uninstall, for the one chart the OverCloud uses. A release
# is a Secret in its namespace, as with the real tool; its workloads and NodePorts are made in the API server stand-in.
use strict;
use warnings;
use Sandbox;

begin('helm');
# The real binary lands here; until the script has put it there, helm is not installed.
my $marker = read_file('/usr/local/bin/helm') // fail_with(127, 'sh: helm: not found');
my ($VERSION) = $marker =~ /^# helm-version (\S+)/m or fail_with(126, 'sh: helm: not a stand-in binary');

my (%option, @word);
my %flag = map { $_ => 1 } qw(short install create-namespace wait);
while (@ARGV) {
    my $argument = shift @ARGV;
    if    ($argument =~ /^--?([\w-]+)=(.*)$/s) { $option{$1} = $2 }
    elsif ($argument =~ /^--?([\w-]+)$/) { my $name = $1; $option{$name} = $flag{$name} ? 1 : shift @ARGV }
    else  { push @word, $argument }
}
if (($word[0] // '') eq 'version') { print "v$VERSION-sim+gSIMULATED\n"; exit 0 }

my $ns = $option{namespace} // $option{n} // 'default';
my $api = load_kubeconfig($ENV{KUBECONFIG} // '/root/.kube/config')
  // fail_with(1, 'Error: Kubernetes cluster unreachable: no kubeconfig');
my $release = $word[1] // '';
my $secret = "sh.helm.release.v1.$release";
my %command = (upgrade => \&upgrade, status => \&status, list => \&status, uninstall => \&uninstall);
my $command = $command{$word[0] // ''} // fail_with(1, 'Error: unknown command "' . ($word[0] // '') . '" for the stand-in');
$command->();
exit 0;

sub call {
    my ($method, $path, $body) = @_;
    my ($code, $text) = http(%$api, method => $method, path => $path, body => $body, timeout => 10);
    fail_with(1, "Error: Kubernetes cluster unreachable: $text") if $code == 0 || $code == 401;
    return ($code, $text);
}

sub apply {
    my ($object) = @_;
    my ($code, $text) = call('POST', '/apply', to_json($object));
    fail_with(1, "Error: $text") unless $code == 200;
}

sub upgrade {
    my $chart = $word[2] // fail_with(1, 'Error: "helm upgrade" requires 2 arguments');
    $option{install} or fail_with(1, "Error: UPGRADE FAILED: \"$release\" has no deployed releases");
    $option{version} or fail_with(1, 'Error: the stand-in wants a pinned --version');
    $chart =~ m{(^|/)kube-prometheus-stack$} or fail_with(1, "Error: $chart: not found");
    my ($values) = parse_yaml(read_file($option{values} // $option{f} // '') // '');
    apply({kind => 'Namespace', apiVersion => 'v1', metadata => {name => $ns}}) if $option{'create-namespace'};
    my $workload = sub { {kind => $_[0], apiVersion => 'apps/v1', metadata => {name => "$release-$_[1]", namespace => $ns}, spec => {}} };
    my $service = sub {
        my ($name, $port) = @_;
        return {kind => 'Service', apiVersion => 'v1', metadata => {name => "$release-$name", namespace => $ns},
            spec => {type => 'NodePort', ports => [{port => 80, nodePort => $port}]}};
    };
    apply($workload->('Deployment', 'operator'));
    apply($workload->('StatefulSet', 'prometheus'));
    apply($workload->('DaemonSet', 'node-exporter'));
    apply($service->('prometheus', field($values, 'prometheus', 'service', 'nodePort') // 30090));
    if ((field($values, 'grafana', 'enabled') // 'true') eq 'true') {
        apply($workload->('Deployment', 'grafana'));
        apply($service->('grafana', field($values, 'grafana', 'service', 'nodePort') // 30030));
    }
    if ($option{wait}) {
        my ($code, $text) = call('GET', "/get?kind=deployment&ns=$ns&name=$release-operator");
        fail_with(1, 'Error: UPGRADE FAILED: context deadline exceeded: no node can run the pods')
          unless (field(from_json($text), 'items', 0, 'status', 'availableReplicas') // 0) > 0;
    }
    apply({kind => 'Secret', apiVersion => 'v1', metadata => {name => $secret, namespace => $ns}, chart => "$chart $option{version}"});
    print "Release \"$release\" has been upgraded (SIMULATED)\n";
}

sub status {
    my ($code) = call('GET', "/get?kind=secret&ns=$ns&name=$secret");
    fail_with(1, 'Error: release: not found') unless $code == 200;
    print "NAME: $release\nNAMESPACE: $ns\nSTATUS: deployed\nSIMULATED\n";
}

sub uninstall {
    my ($code) = call('GET', "/get?kind=secret&ns=$ns&name=$secret");
    fail_with(1, "Error: uninstall: Release not loaded: $release: release: not found") unless $code == 200;
    for my $kind (qw(service deployment statefulset daemonset)) {
        my ($found, $text) = call('GET', "/get?kind=$kind&ns=$ns");
        next unless $found == 200;
        for my $item (@{from_json($text)->{items}}) {
            my $name = $item->{metadata}{name};
            call('DELETE', "/delete?kind=$kind&ns=$ns&name=$name") if $name =~ /^\Q$release\E-/;
        }
    }
    call('DELETE', "/delete?kind=secret&ns=$ns&name=$secret");
    print "release \"$release\" uninstalled\n";
}
