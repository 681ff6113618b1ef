# Stand-in for telegraf: reads the configuration the scripts write and sends the box's load average to InfluxDB, once
# (--once) or for ever. A refused or unreachable output fails --once, as with the real agent.
use strict;
use warnings;
use Sandbox;

my %option;
while (@ARGV) {
    my $argument = shift @ARGV;
    if ($argument eq '--config') { $option{config} = shift @ARGV }
    elsif ($argument =~ /^--(once|version)$/) { $option{$1} = 1 }
    else { fail_with(1, "E! the stand-in knows no $argument") }
}
my $daemon = $ENV{SANDBOX_DAEMON};
begin('telegraf') unless $daemon;
my $version = installed('telegraf') // fail_with(127, 'sh: telegraf: not found');
if ($option{version}) { print "Telegraf $version SIMULATED\n"; exit 0 }

my $text = read_file($option{config} // '/etc/telegraf/telegraf.conf') // fail_with(1, 'E! [telegraf] Error running agent: no config file');
my %value = $text =~ /^\s*(\w+)\s*=\s*"([^"]*)"/mg;
my ($host, $port) = $text =~ m{urls\s*=\s*\["http://([^:/"]+):(\d+)"\]} or fail_with(1, 'E! [telegraf] Error running agent: no output');
my ($interval) = ($value{interval} // '10s') =~ /^(\d+)s$/;

sub send_line {
    my ($load) = (read_file('/proc/loadavg') // '0') =~ /^(\S+)/;
    return http(host => $host, port => $port, method => 'POST', type => 'text/plain', token => "Token $value{token}",
        path => "/api/v2/write?org=$value{organization}&bucket=$value{bucket}", body => "system,host=$value{hostname} load1=$load\n");
}

if ($option{once}) {
    my ($status, $body) = send_line();
    fail_with(1, "E! [outputs.influxdb_v2] Failed to write metric to bucket: $body") unless $status == 204;
    exit 0;
}
while (1) {
    send_line();
    select undef, undef, undef, $interval || 10;
}
