# Stand-in for a running kubelet. On the Post it keeps the API server going while its manifest is there. On every node
# it reports to the API server and does what DaemonSet pods would do on the box: write the CNI configuration, make or
# remove /var/lib/rook. Without a kubeconfig it waits, as the real one does before init or join.
use strict;
use warnings;
use Sandbox;

my $CONFIG = '/etc/kubernetes/kubelet.conf';
my $CNI = '/etc/cni/net.d/10-flannel.conflist';
my $BEAT_S = 2;

sub start_apiserver {
    return if !-e '/etc/kubernetes/manifests/kube-apiserver.yaml' || service_runs('apiserver');
    my $child = fork // return;
    return if $child;
    POSIX::setsid();
    exec('perl', '-I/opt/foehn/sandbox/lib', '/opt/foehn/sandbox/lib/apiserver.pl') or POSIX::_exit(1);
}

# beat: one report. True when the node is Ready as far as this box knows.
sub beat {
    my $api = load_kubeconfig($CONFIG) // return 0;
    my ($status, $body) = http(%$api, method => 'POST', path => '/heartbeat',
        body => to_json({cni => -e $CNI ? 1 : 0, disks => -e '/etc/sandbox/no-disk' ? 0 : 1}));
    return 0 unless $status == 200;
    my $work = from_json($body);
    my $had_cni = -e $CNI;
    if ($work->{cni} eq 'flannel' && !$had_cni) {
        write_file($CNI, "{\"name\": \"cbr0\", \"cniVersion\": \"1.0.0\", \"plugins\": [{\"type\": \"flannel\"}]}\n");
    }
    if ($work->{rook} eq 'keep') { write_file('/var/lib/rook/sandbox', "SIMULATED\n") unless -e '/var/lib/rook/sandbox' }
    elsif ($work->{rook} eq 'wipe') { remove_tree('/var/lib/rook') if -e '/var/lib/rook' }
    return beat() if $work->{cni} ne '' && !$had_cni && -e $CNI;
    return -e $CNI;
}

$SIG{CHLD} = 'IGNORE';
$SIG{TERM} = sub { exit 0 };
while (1) {
    start_apiserver();
    my $ready = beat();
    # A node that is not Ready looks again soon; an idle box hardly costs anything.
    select undef, undef, undef, -e $CONFIG ? ($ready ? $BEAT_S : 0.2) : 0.5;
}
