<?php

declare(strict_types=1);

// The scenarios of clients/conformance, as this client writes them: conformance.php SCENARIO COUNT.
require __DIR__ . '/LocalTracker.php';

[, $scenario, $count] = $argv;
$rotate = getenv('CONFORMANCE_ROTATE');
$log = new LocalTracker(session: getenv('CONFORMANCE_SESSION'), name: 'Grüße, 世界 😀',
    rotateBytes: $rotate ? (int) $rotate : 64 << 20);

$samples = function (string $metric) use ($log, $count): void {
    for ($i = 0; $i < $count; $i++) {
        $log->sample($metric, $i, unit: 'ms', labels: ['route' => '/a'], ts: 1763899200000 + $i);
    }
};
$scenarios = [
    'samples' => fn () => $samples('n'),
    'exit' => fn () => $samples('n'),
    'story' => function () use ($log): void {
        $run = $log->run(id: 'r1', test: "warm \"cache\"\n", target: 'http://localhost:3000/',
            params: ['cache' => 'on', 'größe' => "1\t2\\"]);
        $run->sample('http.latency_ms', 12.5, unit: 'ms', ok: true, labels: ['route' => '/ü/😀', 'status' => 200]);
        $run->sample('http.latency_ms', 0.1, ok: false);
        $run->sample('large', 1e300);
        $run->sample('small', -1.5e-9);
        $log->sample('no_run', 3);
        $log->note("line one\nline two \x01\x7f \u{2028}");
        $run->finish('failed');
    },
    'bad' => function () use ($log): void {
        $log->sample('', 1);
        $log->sample(str_repeat('m', 129), 1);
        $log->sample('m', NAN);
        $log->sample('m', INF);
        $log->sample('m', 1, labels: array_fill(0, 33, 'x'));
        $log->sample('m', 1, unit: str_repeat('m', 1025));
        $log->note(str_repeat('m', 2 << 20));
        $log->sample('good', 1);
        $log->flush();
        $log->sample('good', 1);
    },
    'acknowledge' => function () use ($log, $count): void {
        for ($i = 1; $i <= $count; $i++) {
            $log->sample('n', $i - 1);
            if ($i % 10 === 0 && $log->flush()) {
                fwrite(STDOUT, "$i\n");
            }
        }
    },
    'quiet' => function () use ($log, $count): void {
        $log->sample('n', 0);
        usleep((int) $count * 1000);
        $log->sample('n', 1);
        fwrite(STDOUT, "1\n");
        sleep(60);
    },
    'overflow' => function () use ($log, $samples): void {
        $samples('n');
        fwrite(STDOUT, "full\n");
        fgets(STDIN);
        $log->flush();
    },
    'fork' => function () use ($log, $samples): void {
        $samples('before');
        $child = pcntl_fork();
        $samples($child ? 'parent' : 'child');
        if (!$child) {
            exit(0);
        }
        pcntl_waitpid($child, $status);
    },
];
$scenarios[$scenario]();
if ($scenario === 'exit') {
    exit(0);
}
$log->close();
echo "dropped {$log->dropped()}\n";
echo $log->error() === null ? '' : "error {$log->error()}\n";
echo "done\n";
