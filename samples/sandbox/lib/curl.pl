# Stand-in for curl. Addresses the OverCloud scripts download from are answered with stand-in files; plain http goes
# over the network for real; anything else is left to the real curl.
use strict;
use warnings;
use Sandbox;

my @original = @ARGV;
my (%option, @header, @form, $url);
my %with_value = map { $_ => 1 } qw(o H T X m retry retry-delay connect-timeout max-time data-binary data-urlencode);
while (@ARGV) {
    my $argument = shift @ARGV;
    if ($argument =~ /^--([\w-]+)$/ || $argument =~ /^-(\w)$/) {
        my $name = $1;
        if (!$with_value{$name}) { $option{$name} = 1; next }
        my $value = shift @ARGV;
        if ($name eq 'H') { push @header, $value } elsif ($name eq 'data-urlencode') { push @form, $value } else { $option{$name} = $value }
    }
    elsif ($argument =~ /^-(\w+)$/) { $option{$_} = 1 for split //, $1 }
    else { $url = $argument }
}
$url // fail_with(2, 'curl: no URL specified');

sub output {
    my ($content) = @_;
    if (defined $option{o}) {
        open my $file, '>', $option{o} or fail_with(23, "curl: (23) cannot write $option{o}");
        print {$file} $content;
        close $file;
    }
    else { binmode STDOUT; print $content }
    exit 0;
}

# helm_archive VERSION ARCH: made once, so that the archive and its checksum fit together.
sub helm_archive {
    my ($version, $arch) = @_;
    my $path = "$Sandbox::STATE/helm-$version-$arch.tar.gz";
    return $path if -e $path;
    my $dir = "$Sandbox::STATE/helm-tree.$$";
    write_file("$dir/linux-$arch/helm", "#!/bin/sh\n# helm-version $version\necho 'SIMULATED: put the sandbox first in PATH' >&2\nexit 1\n", 0755);
    system('tar', '-C', $dir, '-czf', "$path.$$", "linux-$arch") == 0 or fail_with(1, 'curl stand-in: tar failed');
    rename "$path.$$", $path;
    remove_tree($dir);
    return $path;
}

sub bundled {
    my ($name) = @_;
    my $text = read_file("/opt/foehn/sandbox/lib/manifests/$name");
    fail_with(22, "curl: (22) The requested URL returned error: 404 ($url)") unless defined $text;
    return $text;
}

my $key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nSIMULATED\n-----END PGP PUBLIC KEY BLOCK-----\n";
if ($url =~ m{^https://}) {
    begin('curl');
    output($key) if $url =~ m{^https://(pkgs\.k8s\.io/.*/Release\.key|download\.docker\.com/linux/\w+/gpg|repos\.influxdata\.com/[\w.-]+\.key)$};
    output(bundled('kube-flannel.yml')) if $url =~ m{^https://github\.com/flannel-io/flannel/releases/download/v[\d.]+/kube-flannel\.yml$};
    output(bundled("rook/$1")) if $url =~ m{^https://raw\.githubusercontent\.com/rook/rook/v[\d.]+/deploy/examples/([\w-]+\.yaml)$};
    if ($url =~ m{^https://get\.helm\.sh/helm-v([\d.]+)-linux-(\w+)\.tar\.gz(\.sha256sum)?$}) {
        my $path = helm_archive($1, $2);
        output(defined $3 ? sha256(read_file($path)) . "  helm-v$1-linux-$2.tar.gz\n" : read_file($path));
    }
}
if ($url !~ m{^http://([^:/]+)(?::(\d+))?(/.*)?$}) {
    for my $real (qw(/usr/bin/curl /bin/curl)) { exec $real, @original if -x $real }
    fail_with(6, "curl: (6) Could not resolve host: $url (sandbox: no real curl on this box)");
}
my ($host, $port, $path) = ($1, $2 // 80, $3 // '/');
my $body = $option{'data-binary'};
if (defined $body && $body =~ /^@(.*)$/) { $body = $1 eq '-' ? do { local $/; <STDIN> } : read_file($1) }
if (defined $option{T}) { $body = read_file($option{T}) // fail_with(26, "curl: (26) cannot read $option{T}") }
if (@form) {
    my $query = join '&', map { my ($k, $v) = split /=/, $_, 2; "$k=" . $v =~ s/([^A-Za-z0-9._-])/sprintf '%%%02X', ord $1/ger } @form;
    $path .= ($path =~ /\?/ ? '&' : '?') . $query;
}
my $method = $option{X} // (defined $option{T} ? 'PUT' : defined $body ? 'POST' : 'GET');
my ($type) = map { /^content-type:\s*(.*)$/i ? $1 : () } @header;
my ($token) = map { /^authorization:\s*(.*)$/i ? $1 : () } @header;
my ($status, $content) = http(host => $host, port => $port, path => $path, method => $method, body => $body, type => $type,
    token => $token, timeout => $option{'max-time'} // 10);
fail_with(7, "curl: (7) Failed to connect to $host port $port: $content") if $status == 0;
fail_with(22, "curl: (22) The requested URL returned error: $status") if $option{f} && $status >= 400;
output($content);
