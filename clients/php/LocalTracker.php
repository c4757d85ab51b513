<?php

declare(strict_types=1);

/**
 * Local Tracker, PHP client: one file, PHP 8.1 or newer with zlib. Linux and macOS.
 *
 *     $log = new LocalTracker(name: 'cache off, then on');
 *     $run = $log->run(test: 'warm cache', target: 'http://localhost:3000/');
 *     $run->sample('http.latency_ms', 12.5, unit: 'ms', labels: ['route' => '/', 'status' => 200]);
 *     $run->finish();
 *     $log->close();
 *
 * Given the declared types, nothing here throws. A method returns false for what it did not accept or write; `dropped()` counts
 * such events and `error()` has the reason. Events are queued and written as one gzip member of 100
 * events, or of a second by the next call; the last ones by `flush`, `close` or the end of the request.
 * The format is docs/FORMAT.md of the tracker.
 */
final class LocalTracker
{
    private const FRAME_EVENTS = 100;
    private const FRAME_CONTENT_BYTES = 256 << 10; // of a busy writer's frame
    private const FRAME_SECONDS = 1.0;
    private const RETRY_SECONDS = 1.0; // between two tries on a disk that failed
    private const MAX_LINE_BYTES = 1 << 20;
    private const MAX_QUEUED_BYTES = 3 << 20; // one frame, below its 4 MiB even if nothing can be compressed
    private const MAX_NAME_BYTES = 1024;
    private const MAX_METRIC_LENGTH = 128;
    private const MAX_LABELS = 32;
    private const MAX_FOLDER_NAME_BYTES = 200;
    private const ROTATE_BYTES = 64 << 20;
    private const ROTATE_SECONDS = 24 * 3600;
    private const LOCK_TRIES = 20; // 10 ms apart: an indexer may hold the lock for a moment
    private const GZIP_LEVEL = 1;
    private const JSON = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_LINE_TERMINATORS
        | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR;

    private string $data;
    private string $session;
    private array $folders;
    private string $writer;
    private string $queue;
    /** @var resource|null */
    private $file = null;
    private int|false $pid;
    private int $number, $size, $seq, $events, $dropped, $reported;
    private float $opened, $first, $retryAt;
    private bool $failing, $unusable = false, $closed = false;
    private ?string $error = null;

    /** Without arguments: the environment, and a new session. */
    public function __construct(
        ?string $data = null,
        ?string $user = null,
        ?string $session = null,
        ?string $name = null,
        private int $rotateBytes = self::ROTATE_BYTES,
    ) {
        $this->data = ($data ?: getenv('TRACKER_DATA')) ?: 'data';
        if ($this->data[0] !== '/') {
            $this->data = getcwd() . '/' . $this->data; // a shutdown function may run in another folder
        }
        $user = ($user ?: getenv('LOCAL_TRACKER_USER_ID')) ?: 'anonymous';
        $this->session = $session ?: gmdate('Ymd-His-') . self::randomHex(4);
        $this->reset();
        $this->folders = ['log', self::folderName($user), self::folderName($this->session)];
        $lengths = array_map('strlen', $this->folders);
        if (min($lengths) === 0 || max($lengths) > self::MAX_FOLDER_NAME_BYTES || !preg_match('//u', $this->session)) {
            $this->unusable = true;
            $this->error = 'the id of a user or session is empty, too long or no UTF-8';
        } else {
            $this->attempt(fn () => $this->openFolder());
        }
        register_shutdown_function(fn () => $this->flush());
        $this->event('session', name: $name, user: $user, host: gethostname() ?: null);
    }

    public function session(): string { return $this->session; }

    public function error(): ?string { return $this->error; }

    /** Events that were not accepted, or could not be written so far. */
    public function dropped(): int { return $this->dropped + ($this->failing ? $this->events : 0); }

    /** One value. `ts` is Unix milliseconds. */
    public function sample(string $metric, int|float $value, ?string $unit = null, ?string $run = null, ?bool $ok = null,
        array $labels = [], int|float|null $ts = null): bool
    {
        return $this->accept(function () use ($metric, $value, $unit, $run, $ok, $labels, $ts) {
            $length = preg_match_all('/./su', self::text($metric));
            self::check($length >= 1 && $length <= self::MAX_METRIC_LENGTH, 'metric is not a string of 1 to 128 characters');
            self::check(is_finite((float) $value), 'value is not a finite number');
            self::check(count($labels) <= self::MAX_LABELS, 'more than 32 labels');
            return ['ts' => $ts ?? self::now(), 'metric' => $metric, 'value' => $value, 'unit' => self::name($unit),
                'run' => self::name($run), 'ok' => $ok, 'labels' => $labels ? self::flat($labels) : null];
        });
    }

    /** Starts a run. */
    public function run(?string $id = null, ?string $test = null, ?string $target = null, array $params = []): LocalTrackerRun
    {
        $id ??= 'run-' . self::randomHex(4);
        $this->event('run_started', run: $id, test: $test, target: $target, params: $params ?: null);
        return new LocalTrackerRun($this, $id);
    }

    public function note(string $text, ?string $run = null): bool { return $this->event('note', text: $text, run: $run); }

    /** Any other event of the format. What is null is left out. */
    public function event(string $kind, string|array|null ...$fields): bool
    {
        return $this->accept(function () use ($kind, $fields) {
            self::name($fields['run'] ?? null);
            $members = array_map(fn ($value) => is_array($value) ? self::flat($value) : $value, $fields);
            return ['ts' => self::now(), 'event' => $kind] + $members;
        });
    }

    /** Writes what is queued. When it returns true, a killed program loses nothing of it. */
    public function flush(): bool
    {
        $this->pid === getmypid() || $this->reset();
        return $this->events > 0 ? $this->writeQueue() : !$this->unusable;
    }

    /** Returns whether everything was written. Later events are dropped. */
    public function close(): bool
    {
        if (!$this->closed) {
            $this->flush();
            $this->dropped += $this->events;
            $this->events = 0;
            $this->failing = false;
            $this->closed = true;
            $this->file = null;
        }
        return $this->dropped === 0;
    }

    /** Also in a forked child: what is queued stays the parent's; the child makes its own file. */
    private function reset(): void
    {
        $this->pid = getmypid();
        $this->writer = self::randomHex(8);
        $this->queue = '';
        $this->file = null;
        $this->number = $this->size = $this->seq = $this->events = $this->dropped = $this->reported = 0;
        $this->opened = $this->first = $this->retryAt = 0.0;
        $this->failing = false;
    }

    /** Runs the code; an error, or a warning of PHP, becomes `error` and false. */
    private function attempt(callable $code): bool
    {
        set_error_handler(fn (int $level, string $text) => throw new RuntimeException($text));
        try {
            $code();
            return true;
        } catch (Throwable $failure) {
            $this->error = $failure->getMessage();
            return false;
        } finally {
            restore_error_handler();
        }
    }

    private function accept(callable $make): bool
    {
        $this->pid === getmypid() || $this->reset();
        $accepted = $this->attempt(function () use ($make) {
            self::check(!$this->closed, 'the log is closed');
            self::check(!$this->unusable, (string) $this->error);
            $line = self::json(array_filter($make(), fn ($member) => $member !== null)) . "\n";
            self::check(strlen($line) <= self::MAX_LINE_BYTES + 1, 'line longer than 1 MiB');
            self::check(strlen($this->queue) + strlen($line) <= self::MAX_QUEUED_BYTES, "the queue is full: {$this->error}");
            $this->first = $this->events === 0 ? self::ticks() : $this->first;
            $this->queue .= $line;
            $this->events++;
        });
        $this->dropped += $accepted ? 0 : 1;
        $due = $this->events >= self::FRAME_EVENTS || strlen($this->queue) >= self::FRAME_CONTENT_BYTES
            || self::ticks() - $this->first >= self::FRAME_SECONDS;
        if ($accepted && $due && (!$this->failing || self::ticks() >= $this->retryAt)) {
            $this->writeQueue();
        }
        return $accepted;
    }

    private function writeQueue(): bool
    {
        $this->failing = true; // until the frame is written
        $this->retryAt = self::ticks() + self::RETRY_SECONDS;
        return !$this->unusable && !$this->closed && $this->attempt(function () {
            if ($this->file === null || $this->size >= $this->rotateBytes
                || self::ticks() - $this->opened >= self::ROTATE_SECONDS) {
                $this->nextSegment();
            }
            $dropped = $this->dropped - $this->reported;
            $header = ['frame' => 1, 'session' => $this->session, 'writer' => $this->writer, 'seq' => $this->seq,
                'events' => $this->events, 'at' => self::now()] + ($dropped > 0 ? ['dropped' => $dropped] : []);
            $this->append(gzencode(self::json($header) . "\n" . $this->queue, self::GZIP_LEVEL));
            $this->reported += $dropped;
            $this->seq++;
            $this->events = 0;
            $this->queue = '';
            $this->failing = false;
        });
    }

    /** One write of the whole frame. A short one is cut off and tried once more, never continued. */
    private function append(string $frame): void
    {
        for ($tries = 0; $tries < 2; $tries++) {
            // Without a buffer, fwrite is one write(2); PHP's warning about it is what `error` will say.
            try {
                if (fwrite($this->file, $frame) === strlen($frame)) {
                    $this->size += strlen($frame);
                    return;
                }
                $failure = new RuntimeException('a short write');
            } catch (RuntimeException $warning) {
                $failure = $warning;
            }
            if (!ftruncate($this->file, $this->size)) {
                $this->file = null; // the torn bytes stay; readers skip them
                break;
            }
        }
        throw $failure;
    }

    /** Makes the folders and checks the format of the data folder, before anything is written. */
    private function openFolder(): string
    {
        is_dir($this->data) || mkdir($this->data, 0700, true);
        $description = "{$this->data}/tracker.json";
        if (!file_exists($description)) { // made whole, and never over that of another writer
            $temporary = "$description.{$this->writer}.tmp";
            file_put_contents($temporary, "{\"format\":1}\n");
            chmod($temporary, 0600);
            try {
                link($temporary, $description);
            } catch (RuntimeException) {
                // Another writer made it; without the file it is format 1.
            }
            unlink($temporary);
        }
        clearstatcache();
        if (file_exists($description)) {
            $format = json_decode(file_get_contents($description), true)['format'] ?? null;
            if ($format !== 1 && $format !== 1.0) {
                $this->unusable = true;
                throw new RuntimeException("$description does not name format 1: use a newer client, or another folder");
            }
        }
        $folder = $this->data;
        foreach ($this->folders as $name) {
            $folder .= "/$name";
            try {
                mkdir($folder, 0700);
            } catch (RuntimeException $failure) {
                if (is_link($folder) || !is_dir($folder)) {
                    throw new RuntimeException("$folder: {$failure->getMessage()}");
                }
            }
        }
        return $folder;
    }

    private function nextSegment(): void
    {
        $folder = $this->openFolder();
        $name = sprintf('%s/%s.%06d.jsonl.gz', $folder, $this->writer, $this->number + 1);
        fclose(fopen($name, 'x')); // O_EXCL, which follows no link; then O_APPEND, which PHP has only without it
        chmod($name, 0600);
        $file = fopen($name, 'a');
        stream_set_write_buffer($file, 0);
        for ($tries = 0; $tries < self::LOCK_TRIES && !flock($file, LOCK_SH | LOCK_NB, $busy) && $busy; $tries++) {
            usleep(10_000);
        }
        $this->file = $file;
        $this->number++;
        $this->size = 0;
        $this->opened = self::ticks();
    }

    private static function check(bool $holds, string $otherwise): void
    {
        $holds || throw new RuntimeException($otherwise);
    }

    /** The id as a directory name: one id, one name, also where the file system folds case. */
    private static function folderName(string $id): string
    {
        return preg_replace_callback('/[^a-z0-9_.-]|\A[.-]/', fn ($found) => sprintf('%%%02x', ord($found[0])), $id);
    }

    /** Numbers are spelled shortest, whatever the settings of the program say. */
    private static function json(array $members): string
    {
        $before = ini_set('serialize_precision', '-1');
        try {
            return json_encode($members, self::JSON);
        } finally {
            ini_set('serialize_precision', (string) $before);
        }
    }

    private static function text(string $text): string
    {
        return json_decode(json_encode($text, self::JSON), false, 4, JSON_THROW_ON_ERROR);
    }

    private static function name(?string $name): ?string
    {
        self::check($name === null || strlen($name) <= self::MAX_NAME_BYTES, 'name longer than 1,024 bytes');
        return $name;
    }

    private static function flat(array $pairs): object
    {
        $texts = [];
        foreach ($pairs as $key => $value) {
            $texts[self::name((string) $key)] = is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
        }
        return (object) $texts;
    }

    private static function now(): int { return (int) (microtime(true) * 1000); }

    /** Seconds by a clock that nobody sets. */
    private static function ticks(): float { return hrtime(true) / 1e9; }

    private static function randomHex(int $bytes): string
    {
        try {
            return bin2hex(random_bytes($bytes));
        } catch (Throwable) {
            return substr(hash('sha256', uniqid((string) getmypid(), true)), 0, 2 * $bytes);
        }
    }
}

/** A run of a session, between its start and `finish`. */
final class LocalTrackerRun
{
    public function __construct(private LocalTracker $log, public readonly string $id) {}

    public function sample(string $metric, int|float $value, ?string $unit = null, ?bool $ok = null, array $labels = [],
        int|float|null $ts = null): bool
    {
        return $this->log->sample($metric, $value, $unit, $this->id, $ok, $labels, $ts);
    }

    public function note(string $text): bool { return $this->log->note($text, $this->id); }

    /** `state`: finished, failed or stopped. */
    public function finish(string $state = 'finished'): bool
    {
        $known = in_array($state, ['finished', 'failed', 'stopped'], true);
        return $this->log->event('run_finished', run: $this->id, state: $known ? $state : 'failed');
    }
}
