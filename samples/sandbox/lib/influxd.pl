# Stand-in for a running InfluxDB 2: health, first set-up, and writes that need the token of the set-up. It keeps the
# count of lines and the last one, not the data.
use strict;
use warnings;
use Sandbox;

my $STORE = '/var/lib/influxdb/sandbox.json';
my $state = -e $STORE ? from_json(read_file($STORE)) : {lines => 0};

sub handle {
    my ($method, $path, $query, $header, $body) = @_;
    return (200, 'application/json', '{"name":"influxdb","status":"pass","version":"v2.8.0-sim","message":"SIMULATED"}') if $path eq '/health';
    if ($path eq '/api/v2/setup') {
        my $allowed = defined $state->{token} ? 'false' : 'true';
        return (200, 'application/json', "{\"allowed\":$allowed}") if $method eq 'GET';
        return (422, 'application/json', '{"code":"conflict","message":"onboarding has already been completed"}') if $allowed eq 'false';
        my $in = eval { from_json($body) } // {};
        return (400, 'application/json', '{"code":"invalid","message":"username, org, bucket and token are needed"}')
          if grep { ($in->{$_} // '') eq '' } qw(username password org bucket token);
        @$state{qw(token org bucket)} = @$in{qw(token org bucket)};
        write_file($STORE, to_json($state), 0600);
        return (201, 'application/json', '{}');
    }
    if ($path eq '/api/v2/write' && $method eq 'POST') {
        return (401, 'application/json', '{"code":"unauthorized","message":"unauthorized access"}')
          if !defined $state->{token} || ($header->{authorization} // '') ne "Token $state->{token}";
        return (404, 'application/json', '{"code":"not found","message":"bucket not found"}') if ($query->{bucket} // '') ne $state->{bucket};
        my @lines = grep { /\S/ } split /\n/, $body;
        $state->{lines} += @lines;
        $state->{last} = $lines[-1] if @lines;
        return (204, 'text/plain', '');
    }
    return (200, 'application/json', to_json({lines => $state->{lines}, last => $state->{last}})) if $path eq '/sandbox';
    return (404, 'application/json', '{"code":"not found","message":"path not found"}');
}

$SIG{TERM} = sub { write_file($STORE, to_json($state), 0600); exit 0 };
serve({8086 => \&handle});
