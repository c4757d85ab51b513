# The scenarios of clients/conformance, as this client writes them: conformance.pl SCENARIO COUNT.
use strict;
use warnings;
use utf8;
use LocalTracker;

$| = 1;
my ($scenario, $count) = @ARGV;
utf8::decode(my $session = $ENV{CONFORMANCE_SESSION});
my $log = LocalTracker->open(
    session => $session, name => 'Grüße, 世界 😀', rotate_bytes => $ENV{CONFORMANCE_ROTATE});

sub samples {
    my $metric = shift;
    $log->sample($metric, $_, unit => 'ms', labels => { route => '/a' }, ts => 1763899200000 + $_) for 0 .. $count - 1;
}

my %scenarios = (
    samples => sub { samples('n') },
    exit    => sub { samples('n') },
    story   => sub {
        my $run = $log->run(id => 'r1', test => "warm \"cache\"\n", target => 'http://localhost:3000/',
            params => { cache => 'on', größe => "1\t2\\" });
        $run->sample('http.latency_ms', 12.5, unit => 'ms', ok => 1, labels => { route => '/ü/😀', status => 200 });
        $run->sample('http.latency_ms', 0.1, ok => 0);
        $run->sample('large', 1e300);
        $run->sample('small', -1.5e-9);
        $log->sample('no_run', 3);
        $log->note("line one\nline two \x01\x7f \x{2028}");
        $run->finish('failed');
    },
    bad => sub {
        $log->sample('', 1);
        $log->sample('m' x 129, 1);
        $log->sample('m', 'NaN');
        $log->sample('m', 9**9**9);
        $log->sample('m', 1, labels => { map { ("l$_" => 'x') } 1 .. 33 });
        $log->sample('m', 1, unit => 'm' x 1025);
        $log->note('m' x (2 << 20));
        $log->sample('good', 1);
        $log->flush;
        $log->sample('good', 1);
    },
    acknowledge => sub {
        for my $number (1 .. $count) {
            $log->sample('n', $number - 1);
            print "$number\n" if $number % 10 == 0 && $log->flush;
        }
    },
    quiet => sub {
        $log->sample('n', 0);
        select undef, undef, undef, $count / 1000;
        $log->sample('n', 1);
        print "1\n";
        sleep 60;
    },
    overflow => sub {
        samples('n');
        print "full\n";
        <STDIN>;
        $log->flush;
    },
    fork => sub {
        samples('before');
        my $child = fork;
        samples($child ? 'parent' : 'child');
        exit 0 if !$child;
        waitpid $child, 0;
    },
);
$scenarios{$scenario}->();
exit 0 if $scenario eq 'exit';
$log->close;
print 'dropped ', $log->dropped, "\n";
print 'error ', $log->error, "\n" if $log->error;
print "done\n";
