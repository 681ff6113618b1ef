# Shared code of the stand-ins: state files, package state, faults, a small YAML/JSON reader, HTTP client and server.
# Only modules of Debian's perl-base are used, so a minimal box can run it. Data is nested hashes and arrays whose
# scalars are strings; that is all the stand-ins need, and it is no general YAML implementation.
package Sandbox;
use strict;
use warnings;
use Exporter 'import';
use Errno qw(EINTR);
use IO::Select;
use IO::Socket::INET;
use IPC::Open2;
use POSIX ();

our @EXPORT = qw(begin fail_with warn_line installed read_file write_file remove_tree sha256 random_text
  parse_yaml to_json from_json to_yaml field http serve load_kubeconfig sysctl_value swap_is_on service_runs);

our $STATE = '/var/lib/sandbox';
our $RUN   = '/run/sandbox';
use constant DEPTH_MAX => 60;
use constant BODY_BYTES_MAX => 8 * 1024 * 1024;

# begin TOOL: every stand-in starts here. Says that it is none of the real thing and obeys /etc/sandbox/fail/TOOL.
sub begin {
    my ($tool) = @_;
    $0 =~ m{^/opt/foehn/sandbox/} or fail_with(70, "sandbox: $tool is a stand-in and runs only inside a sandbox box");
    warn_line("SIMULATED $tool");
    my $fault = read_file("/etc/sandbox/fail/$tool");
    if (defined $fault) {
        my ($code, $message) = $fault =~ /^(\d+)\s*(.*?)\s*$/s;
        fail_with($code || 1, $message || "$tool: failure asked for by /etc/sandbox/fail/$tool");
    }
}

sub warn_line { print STDERR "$_[0]\n" }

sub fail_with {
    my ($code, $message) = @_;
    warn_line($message);
    exit $code;
}

# installed PACKAGE: its version, or undef.
sub installed {
    my $version = read_file("$STATE/pkg/$_[0]");
    chomp $version if defined $version;
    return $version;
}

sub read_file {
    open my $file, '<', $_[0] or return;
    local $/;
    my $text = <$file>;
    return defined $text ? $text : '';
}

# write_file PATH TEXT [MODE]: whole or not at all.
sub write_file {
    my ($path, $text, $mode) = @_;
    my $dir = '';
    for my $part (split m{/}, $path =~ s{/[^/]*$}{}r) {
        $dir .= "$part/";
        mkdir $dir unless -d $dir;
    }
    my $new = "$path.new.$$";
    my $old_mask = umask 077;
    open my $file, '>', $new or die "cannot write $new: $!\n";
    print {$file} $text;
    close $file or die "cannot write $new: $!\n";
    umask $old_mask;
    chmod $mode // 0644, $new;
    rename $new, $path or die "cannot replace $path: $!\n";
}

sub remove_tree {
    for my $path (@_) {
        if (-d $path && !-l $path) {
            opendir my $dir, $path or next;
            remove_tree(map { "$path/$_" } grep { !/^\.\.?$/ } readdir $dir);
            closedir $dir;
            rmdir $path;
        }
        else { unlink $path }
    }
}

sub sha256 {
    my $pid = open2(my $out, my $in, 'sha256sum');
    print {$in} $_[0];
    close $in;
    my $line = <$out>;
    waitpid $pid, 0;
    return substr $line, 0, 64;
}

# random_text LENGTH: lower-case letters and digits.
sub random_text {
    my ($length) = @_;
    open my $random, '<', '/dev/urandom' or die "no /dev/urandom: $!\n";
    my @letters = ('a' .. 'z', '0' .. '9');
    my $text = '';
    while (length $text < $length) {
        read $random, my $byte, 1;
        $text .= $letters[ord $byte] if ord $byte < @letters;
    }
    return $text;
}

# field DATA KEY...: walk down; undef when something is missing.
sub field {
    my ($data, @path) = @_;
    for my $key (@path) {
        if    (ref $data eq 'HASH')  { $data = $data->{$key} }
        elsif (ref $data eq 'ARRAY') { $data = $key =~ /^\d+$/ ? $data->[$key] : undef }
        else                         { return }
    }
    return $data;
}

# -- JSON -----------------------------------------------------------------------------------------------------------
sub to_json {
    my ($data) = @_;
    return '{' . join(',', map { to_json("$_") . ':' . to_json($data->{$_}) } sort keys %$data) . '}' if ref $data eq 'HASH';
    return '[' . join(',', map { to_json($_) } @$data) . ']' if ref $data eq 'ARRAY';
    return 'null' unless defined $data;
    my $text = "$data";
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f-\xff])/sprintf '\\u%04x', ord $1/ge;
    return "\"$text\"";
}

# from_json TEXT: JSON, and YAML's one-line {a: b, c: [d]} as well. Dies on anything else.
sub from_json {
    my ($text) = @_;
    my $data = flow_value(\$text, 0);
    $text =~ /\G\s*\z/gc or die "unexpected text after a value\n";
    return $data;
}

sub flow_value {
    my ($text, $depth) = @_;
    $depth < DEPTH_MAX or die "nested too deeply\n";
    $$text =~ /\G\s*/gc;
    if ($$text =~ /\G\{\s*/gc) {
        my %map;
        until ($$text =~ /\G\s*\}/gc) {
            my $key = flow_scalar($text, ':');
            $$text =~ /\G\s*:\s*/gc or die "a colon is missing\n";
            $map{$key} = flow_value($text, $depth + 1);
            $$text =~ /\G\s*,\s*/gc or $$text =~ /\G\s*(?=\})/gc or die "a comma is missing\n";
        }
        return \%map;
    }
    if ($$text =~ /\G\[\s*/gc) {
        my @list;
        until ($$text =~ /\G\s*\]/gc) {
            push @list, flow_value($text, $depth + 1);
            $$text =~ /\G\s*,\s*/gc or $$text =~ /\G\s*(?=\])/gc or die "a comma is missing\n";
        }
        return \@list;
    }
    return flow_scalar($text, '');
}

sub flow_scalar {
    my ($text, $stop) = @_;
    if ($$text =~ /\G"((?:[^"\\]|\\.)*)"/gcs) {
        my $value = $1;
        my %escape = (n => "\n", t => "\t", r => "\r", b => "\b", f => "\f");
        $value =~ s/\\(?:u([0-9a-fA-F]{4})|(.))/defined $1 ? chr(hex $1) : $escape{$2} \/\/ $2/gse;
        return $value;
    }
    if ($$text =~ /\G'((?:[^']|'')*)'/gcs) { return $1 =~ s/''/'/gr }
    if ($stop eq ':' ? $$text =~ /\G([^\s,\[\]{}"':][^,\[\]{}:]*)/gc : $$text =~ /\G([^\s,\[\]{}"'][^,\[\]{}]*)/gc) {
        my $value = $1 =~ s/\s+$//r;
        return $value eq 'null' || $value eq '~' ? undef : $value;
    }
    die "a value is missing\n";
}

# -- YAML (block style, the part manifests use) -----------------------------------------------------------------------
# parse_yaml TEXT: the documents in it, empty ones left out.
sub parse_yaml {
    my ($text) = @_;
    my @documents;
    for my $part (split /^---[^\n]*\n/m, $text) {
        my @lines = split /\n/, $part;
        my $at = 0;
        skip_blank(\@lines, \$at);
        next if $at >= @lines;
        my $document = yaml_block(\@lines, \$at, 0, 0);
        skip_blank(\@lines, \$at);
        die "line not understood: $lines[$at]\n" if $at < @lines;
        push @documents, $document;
    }
    return @documents;
}

sub skip_blank {
    my ($lines, $at) = @_;
    $$at++ while $$at < @$lines && $lines->[$$at] =~ /^\s*(?:#.*)?$/;
}

sub indent_of { $_[0] =~ /^( *)/; return length $1 }

my $KEY = qr/("[^"]*"|'[^']*'|[^\s\-?"'\[{#][^:]*?|-[^\s:][^:]*?)\s*:(?:\s+(.*?))?\s*$/;

sub yaml_block {
    my ($lines, $at, $indent, $depth) = @_;
    $depth < DEPTH_MAX or die "nested too deeply\n";
    my $first = $lines->[$$at];
    return yaml_list($lines, $at, indent_of($first), $depth) if $first =~ /^ *-(?:\s|$)/;
    return yaml_map($lines, $at, indent_of($first), $depth) if $first =~ /^ *$KEY/;
    $$at++;
    return yaml_scalar($first =~ s/^\s+//r);
}

sub yaml_map {
    my ($lines, $at, $indent, $depth) = @_;
    my %map;
    while (1) {
        skip_blank($lines, $at);
        last if $$at >= @$lines || indent_of($lines->[$$at]) < $indent;
        die "line not understood: $lines->[$$at]\n" unless $lines->[$$at] =~ /^ {$indent}$KEY/;
        my ($key, $rest) = ($1, $2 // '');
        $key =~ s/^(["'])(.*)\1$/$2/;
        $$at++;
        $map{$key} = yaml_after_key($lines, $at, $indent, $rest, $depth);
    }
    return \%map;
}

sub yaml_after_key {
    my ($lines, $at, $indent, $rest, $depth) = @_;
    $rest = '' if $rest =~ /^#/;
    return yaml_literal($lines, $at, $indent, $1, $2) if $rest =~ /^([|>])([-+]?)\s*$/;
    return yaml_scalar($rest) if $rest ne '';
    skip_blank($lines, $at);
    return if $$at >= @$lines;
    my $next = indent_of($lines->[$$at]);
    # A list may stand at the indent of its key.
    return if $next < $indent || ($next == $indent && $lines->[$$at] !~ /^ *-(?:\s|$)/);
    return yaml_block($lines, $at, $next, $depth + 1);
}

sub yaml_list {
    my ($lines, $at, $indent, $depth) = @_;
    my @list;
    while (1) {
        skip_blank($lines, $at);
        last if $$at >= @$lines || $lines->[$$at] !~ /^ {$indent}-(\s+|$)(.*)$/;
        my ($gap, $rest) = ($1, $2);
        if ($rest eq '' || $rest =~ /^#/) {
            $$at++;
            push @list, yaml_after_key($lines, $at, $indent, '', $depth);
        }
        elsif ($rest =~ /^-\s/ || ($rest =~ /^$KEY/ && $rest !~ /^[\[{]/)) {
            $lines->[$$at] = ' ' x ($indent + 1 + length $gap) . $rest;
            push @list, yaml_block($lines, $at, 0, $depth + 1);
        }
        elsif ($rest =~ /^([|>])([-+]?)\s*$/) {
            my ($style, $chomp) = ($1, $2);
            $$at++;
            push @list, yaml_literal($lines, $at, $indent, $style, $chomp);
        }
        else {
            $$at++;
            push @list, yaml_scalar($rest);
        }
    }
    return \@list;
}

sub yaml_literal {
    my ($lines, $at, $indent, $style, $chomp) = @_;
    my (@text, $own);
    while ($$at < @$lines && ($lines->[$$at] =~ /^\s*$/ || indent_of($lines->[$$at]) > $indent)) {
        my $line = $lines->[$$at++];
        $own //= indent_of($line) if $line =~ /\S/;
        push @text, length $line >= ($own // 0) ? substr($line, $own // 0) : '';
    }
    pop @text while @text && $text[-1] eq '';
    return join($style eq '|' ? "\n" : ' ', @text) . ($chomp eq '-' ? '' : "\n");
}

sub yaml_scalar {
    my ($text) = @_;
    $text =~ s/\s+$//;
    if ($text =~ /^[\[{"']/) {
        my $copy = $text =~ s/\s+#[^"'\]}]*$//r;
        return from_json($copy);
    }
    $text =~ s/\s+#.*$//;
    return if $text eq 'null' || $text eq '~' || $text eq '';
    return $text;
}

sub to_yaml {
    my ($data, $indent) = @_;
    $indent //= 0;
    my $pad = ' ' x $indent;
    my $text = '';
    if (ref $data eq 'HASH') {
        for my $key (sort keys %$data) {
            my $value = $data->{$key};
            if (ref $value eq 'HASH' ? %$value : ref $value eq 'ARRAY' ? @$value : 0) {
                $text .= "$pad$key:\n" . to_yaml($value, $indent + 2);
            }
            else { $text .= "$pad$key: " . to_json($value) . "\n" }
        }
    }
    elsif (ref $data eq 'ARRAY') {
        for my $value (@$data) {
            my $inner = ref $value ? to_yaml($value, $indent + 2) : ' ' x ($indent + 2) . to_json($value) . "\n";
            substr $inner, $indent, 1, '-' if length $inner;
            $text .= $inner;
        }
    }
    return $text;
}

# -- HTTP -----------------------------------------------------------------------------------------------------------
# http {host, port, method, path, body, token, type, timeout}: (status, body). Status 0: not reached, body says why.
sub http {
    my (%request) = @_;
    my $timeout = $request{timeout} // 5;
    my $socket = IO::Socket::INET->new(
        PeerHost => $request{host}, PeerPort => $request{port}, Proto => 'tcp', Timeout => $timeout);
    return (0, "dial tcp $request{host}:$request{port}: connect: " . lc "$!") unless $socket;
    my $body = $request{body} // '';
    my $head = ($request{method} // 'GET') . " $request{path} HTTP/1.1\r\nHost: $request{host}:$request{port}\r\n";
    $head .= "Authorization: $request{token}\r\n" if defined $request{token};
    $head .= 'Content-Type: ' . ($request{type} // 'application/json') . "\r\n" if $body ne '';
    $head .= 'Content-Length: ' . length($body) . "\r\nConnection: close\r\n\r\n";
    local $SIG{PIPE} = 'IGNORE';
    print {$socket} $head . $body;
    $socket->flush;
    my $reply = read_until_closed($socket, $timeout);
    return (0, "read tcp $request{host}:$request{port}: no answer in time") unless defined $reply;
    my ($status, $content) = $reply =~ m{^HTTP/1\.[01] (\d{3})[^\n]*\r\n.*?\r\n\r\n(.*)$}s;
    return ($status // 0, $content // 'not an HTTP answer');
}

sub read_until_closed {
    my ($socket, $timeout) = @_;
    my ($reply, $end, $select) = ('', time + $timeout, IO::Select->new($socket));
    while (1) {
        return unless $select->can_read($end - time > 0 ? $end - time : 0);
        my $got = sysread $socket, $reply, 65536, length $reply;
        return $reply if !$got;
        return if length $reply > BODY_BYTES_MAX;
    }
}

# serve HANDLERS, TICK: answer requests for ever. HANDLERS maps a port to code(method, path, query, header, body) that
# gives (status, type, body); TICK is called about once a second and may add or take away ports.
# Requests are short and answered one after another; a silent client is cut off after two seconds.
sub serve {
    my ($handlers, $tick) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my (%socket_of, $select);
    while (1) {
        for my $port (keys %$handlers) {
            $socket_of{$port} //= IO::Socket::INET->new(
                LocalAddr => '0.0.0.0', LocalPort => $port, Proto => 'tcp', Listen => 64, ReuseAddr => 1);
        }
        for my $port (keys %socket_of) {
            if (!$handlers->{$port}) { close delete $socket_of{$port} if $socket_of{$port} }
        }
        $select = IO::Select->new(grep { defined } values %socket_of);
        for my $ready ($select->can_read(1)) {
            my $client = $ready->accept or next;
            answer($client, $handlers->{$ready->sockport});
            close $client;
        }
        $tick->() if $tick;
    }
}

sub answer {
    my ($client, $handler) = @_;
    my ($text, $end, $select, $want) = ('', time + 2, IO::Select->new($client), undef);
    while (1) {
        return unless $select->can_read($end - time > 0 ? $end - time : 0);
        my $got = sysread $client, $text, 65536, length $text;
        next if !defined $got && $! == EINTR;
        return unless $got;
        return if length $text > BODY_BYTES_MAX;
        if (!defined $want && $text =~ /\r\n\r\n/) {
            $want = $+[0] + ($text =~ /^content-length:\s*(\d+)/im ? $1 : 0);
        }
        last if defined $want && length $text >= $want;
    }
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    my ($method, $target) = $head =~ m{^(\S+) (\S+) HTTP/} or return;
    my %header = map { /^([^:]+):\s*(.*?)\s*$/ ? (lc $1, $2) : () } split /\r\n/, $head;
    my ($path, $query_text) = split /\?/, $target, 2;
    my %query = map { my ($k, $v) = split /=/, $_, 2; ($k => unescape($v // '')) } split /&/, $query_text // '';
    my ($status, $type, $content) = eval { $handler->($method, $path, \%query, \%header, $body // '') };
    ($status, $type, $content) = (500, 'text/plain', "stand-in error: $@") if $@;
    print {$client} "HTTP/1.1 $status X\r\nServer: sandbox-SIMULATED\r\nContent-Type: $type\r\nContent-Length: "
      . length($content) . "\r\nConnection: close\r\n\r\n$content";
}

sub unescape { return $_[0] =~ tr/+/ /r =~ s/%([0-9a-fA-F]{2})/chr hex $1/ger }

# -- the box ----------------------------------------------------------------------------------------------------------
# load_kubeconfig PATH: {host, port, token}, or undef.
sub load_kubeconfig {
    my $text = read_file($_[0]);
    return unless defined $text && $text ne '';
    my ($config) = parse_yaml($text);
    my $server = field($config, 'clusters', 0, 'cluster', 'server') // return;
    my ($host, $port) = $server =~ m{^https?://([^:/]+):(\d+)} or return;
    return {host => $host, port => $port, token => 'Bearer ' . (field($config, 'users', 0, 'user', 'token') // '')};
}

# sysctl_value KEY: as the sysctl stand-in keeps it; undef when the kernel knows no such key.
sub sysctl_value {
    my ($key) = @_;
    return if $key =~ /^net\.bridge\./ && (read_file("$STATE/modules") // '') !~ /^br_netfilter$/m;
    my $value = read_file('/proc/sys/' . $key =~ tr{.}{/}r) // read_file("$STATE/sysctl/$key");
    $value =~ s/\s+$// if defined $value;
    return $value;
}

sub swap_is_on { return (read_file("$STATE/swap") // 'on') !~ /^off/ }

sub service_runs {
    my $pid = read_file("$RUN/$_[0].pid") // return 0;
    $pid =~ s/\s+//g;
    return $pid =~ /^\d+$/ && kill 0, $pid;
}

1;
