# Stand-in for a running containerd: holds its socket open so that others can see whether the runtime is up. It reads
# its configuration at start and refuses one that lacks the systemd cgroup driver, as a kubelet would fail with it.
use strict;
use warnings;
use IO::Socket::UNIX;
use Sandbox;

my $config = read_file('/etc/containerd/config.toml') // '';
$config =~ /SystemdCgroup\s*=\s*true/ or fail_with(1, 'containerd: the stand-in wants SystemdCgroup = true');
mkdir '/run/containerd';
my $path = '/run/containerd/containerd.sock';
unlink $path;
my $socket = IO::Socket::UNIX->new(Local => $path, Listen => 16) or fail_with(1, "containerd: cannot listen on $path: $!");
$SIG{TERM} = sub { unlink $path; exit 0 };
while (1) { my $client = $socket->accept or next; close $client }
