# Stand-in for kubectl: the calls the OverCloud scripts make, against the API server stand-in of the Post, found through
# the kubeconfig kubeadm wrote. get, apply, delete, patch, wait, rollout status, scale, taint, cordon, drain, exec,
# version. Output forms: table, yaml, name, jsonpath with plain paths, custom-columns.
use strict;
use warnings;
use Sandbox;

begin('kubectl');
my $VERSION = installed('kubectl') // fail_with(127, 'sh: kubectl: not found');

my (%option, @word, @command);
my %flag = map { $_ => 1 } qw(all all-namespaces A server-side force-conflicts ignore-daemonsets delete-emptydir-data force
  no-headers ignore-not-found client quiet i t h);
while (@ARGV) {
    my $argument = shift @ARGV;
    if    ($argument eq '--') { @command = @ARGV; last }
    elsif ($argument =~ /^--?([\w-]+)=(.*)$/s) { $option{$1} = $2 }
    elsif ($argument =~ /^--?([\w-]+)$/) { my $name = $1; $option{$name} = $flag{$name} ? 1 : shift @ARGV }
    else  { push @word, $argument }
}
$option{n} //= $option{namespace};
$option{o} //= $option{output};
$option{f} //= $option{filename};
$option{A} //= $option{'all-namespaces'};

if (($word[0] // '') eq 'version') { print "Client Version: v$VERSION\n"; exit 0 }

my $config_path = $option{kubeconfig} // $ENV{KUBECONFIG} // '/root/.kube/config';
my $api = load_kubeconfig($config_path);
$api // fail_with(1, 'The connection to the server localhost:8080 was refused - did you specify the right host or port?');

my %verb = (
    get => \&get, apply => \&apply, delete => \&delete_objects, patch => \&patch, wait => \&wait_for, rollout => \&rollout,
    scale => \&scale, taint => \&taint, cordon => sub { cordon($word[1], 'true') }, uncordon => sub { cordon($word[1], undef) },
    drain => \&drain, exec => \&run_in_toolbox,
);
my $verb = $verb{$word[0] // ''} // fail_with(1, 'error: the stand-in knows no kubectl ' . ($word[0] // ''));
$verb->();
exit 0;

sub encode { return join '&', map { my $v = $_[0]{$_}; defined $v ? ("$_=" . $v =~ s/([^A-Za-z0-9._-])/sprintf '%%%02x', ord $1/ger) : () } sort keys %{$_[0]} }

# call METHOD PATH QUERY BODY: (status, decoded answer or message). Ends the program when the server is not there.
sub call {
    my ($method, $path, $query, $body) = @_;
    my ($status, $text) = http(%$api, method => $method, path => "$path?" . encode($query), body => $body, timeout => 10);
    fail_with(1, "The connection to the server $api->{host}:$api->{port} was refused - did you specify the right host or port? ($text)") if $status == 0;
    fail_with(1, 'error: You must be logged in to the server (Unauthorized)') if $status == 401;
    return ($status, $status < 300 ? from_json($text) : $text);
}

sub must { my ($status, $answer) = call(@_); fail_with(1, $answer) if $status >= 300; return $answer }

# targets WORDS: "deploy/x", "pvc x y" or "pods,services": list of [kind, name or undef].
sub targets {
    my @words = @_;
    return map { [split m{/}, $_, 2] } @words if grep { m{/} } @words;
    my ($kinds, @names) = @words;
    return map { my $kind = $_; @names ? map { [$kind, $_] } @names : [$kind, undef] } split /,/, $kinds // '';
}

sub read_objects {
    my $text;
    if ($option{f} eq '-') { local $/; $text = <STDIN> }
    else { $text = read_file($option{f}) // fail_with(1, "error: the path \"$option{f}\" does not exist") }
    my @objects = eval { parse_yaml($text) };
    fail_with(1, "error: error parsing $option{f}: $@") if $@;
    for my $object (@objects) {
        fail_with(1, "error: unable to decode \"$option{f}\": Object 'Kind' is missing") unless ref $object eq 'HASH' && $object->{kind};
    }
    return @objects;
}

sub get {
    if (defined $option{raw}) {
        my ($status, $text) = http(%$api, path => $option{raw}, timeout => 5);
        fail_with(1, "The connection to the server $api->{host}:$api->{port} was refused ($text)") if $status == 0;
        fail_with(1, $text) if $status >= 300;
        print $text;
        return;
    }
    my @answers;
    for my $target (targets(@word[1 .. $#word])) {
        my ($kind, $name) = @$target;
        my ($status, $answer) = call('GET', '/get', {kind => $kind, name => $name, ns => $option{n}, all => $option{A}});
        next if $status == 404 && $option{'ignore-not-found'} && $answer =~ /NotFound/;
        fail_with(1, $answer) if $status >= 300;
        push @answers, $answer;
    }
    my @items = map { @{$_->{items}} } @answers;
    my $form = $option{o} // '';
    if ($form =~ /^jsonpath=(.*)$/s) { print json_path($1, $word[2] || grep({ m{/} } @word) ? $items[0] : {items => \@items}) }
    elsif ($form =~ /^custom-columns=(.*)$/s) { columns($1, @items) }
    elsif ($form eq 'name') { print lc($_->{kind}) . "/$_->{metadata}{name}\n" for @items }
    elsif ($form =~ /^(yaml|json)$/) { print to_yaml({apiVersion => 'v1', kind => 'List', items => \@items}) }
    else { table(@items) }
}

# json_path TEXT DATA: {.a.b[0].c} and {.items[*].a}; dots in keys are written \. as in the real tool.
sub json_path {
    my ($text, $data) = @_;
    return $text =~ s/\{([^{}]*)\}/join ' ', map { ref $_ ? to_json($_) : $_ } grep { defined } walk($data, $1)/ger;
}

sub walk {
    my ($data, $path) = @_;
    my @at = ($data);
    for my $step (map { s/\\\././gr } $path =~ /((?:\\\.|[^.\[\]])+|\[[^\]]*\])/g) {
        if ($step =~ /^\[(.*)\]$/) { my $index = $1; @at = map { ref $_ eq 'ARRAY' ? ($index eq '*' ? @$_ : $_->[$index]) : () } @at }
        else { @at = map { ref $_ eq 'HASH' ? $_->{$step} : () } @at }
    }
    return @at;
}

sub columns {
    my ($text, @items) = @_;
    my @column = map { [split /:/, $_, 2] } split /,/, $text;
    print join('   ', map { $_->[0] } @column) . "\n" unless $option{'no-headers'};
    for my $item (@items) {
        print join('   ', map { my ($value) = walk($item, $_->[1]); defined $value && $value ne '' ? $value : '<none>' } @column) . "\n";
    }
}

sub table {
    my (@items) = @_;
    if (!@items) { warn_line('No resources found'); return }
    my $is_node = $items[0]{kind} eq 'Node';
    print $is_node ? "NAME   STATUS   ROLES   VERSION\n" : "NAME   STATUS\n" unless $option{'no-headers'};
    for my $item (@items) {
        my ($condition) = @{field($item, 'status', 'conditions') // []};
        if ($is_node) {
            my $status = $condition->{status} eq 'True' ? 'Ready' : 'NotReady';
            $status .= ',SchedulingDisabled' if (field($item, 'spec', 'unschedulable') // '') eq 'true';
            my $role = exists $item->{metadata}{labels}{'node-role.kubernetes.io/control-plane'} ? 'control-plane' : '<none>';
            print "$item->{metadata}{name}   $status   $role   " . field($item, 'status', 'nodeInfo', 'kubeletVersion') . "\n";
        }
        else {
            my $status = field($item, 'status', 'phase') // ($condition ? "$condition->{type}=$condition->{status}" : '-');
            print "$item->{metadata}{name}   $status\n";
        }
    }
}

sub apply {
    defined $option{f} or fail_with(1, 'error: must specify -f');
    for my $object (read_objects()) {
        my $answer = must('POST', '/apply', {ns => $option{n}}, to_json($object));
        print "$answer->{name} " . ($option{'server-side'} ? 'serverside-applied' : $answer->{action}) . "\n";
    }
}

# delete_one KIND NAME NS: waits for the object to be gone, at most --timeout.
sub delete_one {
    my ($kind, $name, $ns) = @_;
    my ($status, $answer) = call('DELETE', '/delete', {kind => $kind, name => $name, ns => $ns});
    if ($status == 404) {
        return if $option{'ignore-not-found'};
        fail_with(1, $answer);
    }
    fail_with(1, $answer) if $status >= 300;
    warn_line($answer->{warning}) if defined $answer->{warning};
    if ($status == 202) {
        my $why = $answer->{waiting};
        repeat_until(sub { (call('GET', '/get', {kind => $kind, name => $name, ns => $ns}))[0] == 404 }, 0)
          or fail_with(1, "error: timed out waiting for the condition on $kind/$name ($why)");
    }
    print "$answer->{name} deleted\n";
}

sub delete_objects {
    if (defined $option{f}) {
        for my $object (reverse read_objects()) {
            delete_one($object->{kind}, $object->{metadata}{name}, $object->{metadata}{namespace} // $option{n});
        }
        return;
    }
    for my $target (targets(@word[1 .. $#word])) {
        my ($kind, $name) = @$target;
        if (defined $name) { delete_one($kind, $name, $option{n}); next }
        $option{all} or fail_with(1, 'error: resource(s) were provided, but no name was specified');
        my $found = must('GET', '/get', {kind => $kind, ns => $option{n}});
        delete_one($kind, $_->{metadata}{name}, $option{n}) for @{$found->{items}};
    }
}

sub patch {
    my ($target) = targets(@word[1 .. $#word]);
    my $text = $option{p} // $option{patch} // fail_with(1, 'error: must specify -p');
    my $body = eval { to_json(from_json($text)) } // fail_with(1, "error: unable to parse \"$text\": $@");
    my $answer = must('POST', '/patch', {kind => $target->[0], name => $target->[1], ns => $option{n}}, $body);
    print "$answer->{name} patched\n";
}

sub seconds { my ($text, $default) = @_; return $default unless defined $text; my ($n, $u) = $text =~ /^(\d+)(s|m|h)?$/ or fail_with(1, "error: bad duration $text"); return $n * {s => 1, m => 60, h => 3600}->{$u // 's'} }

# repeat_until CHECK DEFAULT_TIMEOUT: true when CHECK became true within --timeout (0: five minutes).
sub repeat_until {
    my ($check, $default) = @_;
    my $limit = seconds($option{timeout}, $default) || 300;
    my $end = time + $limit;
    until ($check->()) {
        return 0 if time >= $end;
        select undef, undef, undef, 0.15;
    }
    return 1;
}

sub wait_for {
    my ($type) = ($option{for} // '') =~ /^condition=([A-Za-z]+)$/ or fail_with(1, 'error: the stand-in waits for condition=NAME only');
    for my $target (targets(@word[1 .. $#word])) {
        my ($kind, $name) = @$target;
        my $check = sub {
            my $found = must('GET', '/get', {kind => $kind, name => $name, ns => $option{n}});
            fail_with(1, 'error: no matching resources found') unless @{$found->{items}};
            for my $item (@{$found->{items}}) {
                return 0 unless grep { lc $_->{type} eq lc $type && $_->{status} eq 'True' } @{field($item, 'status', 'conditions') // []};
            }
            return 1;
        };
        repeat_until($check, 30) or fail_with(1, "error: timed out waiting for the condition on $kind/" . ($name // '*'));
        print "$kind/" . ($name // '*') . " condition met\n";
    }
}

sub rollout {
    my ($target) = targets(@word[2 .. $#word]);
    my ($kind, $name) = @$target;
    my $check = sub {
        my $found = must('GET', '/get', {kind => $kind, name => $name, ns => $option{n}});
        my $item = $found->{items}[0];
        return 1 if $item->{kind} eq 'DaemonSet';
        return (field($item, 'status', 'availableReplicas') // 0) >= (field($item, 'spec', 'replicas') // 1);
    };
    repeat_until($check, 0) or fail_with(1, "error: timed out waiting for the rollout of $kind/$name");
    print "$kind \"$name\" successfully rolled out\n";
}

sub scale {
    my $replicas = $option{replicas} // fail_with(1, 'error: --replicas is required');
    for my $target (targets(@word[1 .. $#word])) {
        my ($kind, $name) = @$target;
        my @names = defined $name ? $name : map { $_->{metadata}{name} } @{must('GET', '/get', {kind => $kind, ns => $option{n}})->{items}};
        for my $one (@names) {
            my $answer = must('POST', '/patch', {kind => $kind, name => $one, ns => $option{n}}, to_json({spec => {replicas => $replicas}}));
            print "$answer->{name} scaled\n";
        }
    }
}

sub taint {
    my (undef, undef, $node, $taint) = @word;
    my ($key) = ($taint // '') =~ /^([^:=]+)(?:=[^:]*)?:\w+-$/ or fail_with(1, 'error: the stand-in only removes taints');
    my $found = must('GET', '/get', {kind => 'node', name => $node});
    my @taints = @{field($found->{items}[0], 'spec', 'taints') // []};
    fail_with(1, "error: taint \"$key\" not found") unless grep { $_->{key} eq $key } @taints;
    must('POST', '/patch', {kind => 'node', name => $node}, to_json({spec => {taints => [grep { $_->{key} ne $key } @taints]}}));
    print "node/$node untainted\n";
}

sub cordon {
    my ($node, $value) = @_;
    must('POST', '/patch', {kind => 'node', name => $node}, to_json({spec => {unschedulable => $value}}));
    print "node/$node " . ($value ? 'cordoned' : 'uncordoned') . "\n";
}

sub drain {
    my $node = $word[1] // fail_with(1, 'error: USAGE: drain NODE');
    my $found = must('GET', '/get', {kind => 'node', name => $node})->{items}[0];
    cordon($node, 'true');
    my $sets = must('GET', '/get', {kind => 'daemonset', all => 1})->{items};
    fail_with(1, "error: cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore) on node \"$node\"")
      if @$sets && !$option{'ignore-daemonsets'};
    fail_with(1, "error: unable to drain node \"$node\": its pods do not end, the node does not answer")
      if $found->{status}{conditions}[0]{status} ne 'True';
    print "node/$node drained\n";
}

sub run_in_toolbox {
    my $answer = must('POST', '/exec', {}, to_json({argv => \@command}));
    binmode STDOUT;
    print $answer->{out};
    print STDERR $answer->{err} // '';
    exit $answer->{code};
}
