"""What the scripts of this folder share: programs that write, what they were told, and what is there.

The oracle everywhere: what was acknowledged is read back; what is read was sent, byte for byte and once;
the index says the same as a rebuild; nobody ends by a signal that we did not send.
"""
import argparse
import collections
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import threading
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))
import harness  # noqa: E402  (the path above)

LEVELS = ("written", "interval", "durable")
FIRST_MS = 1763899200000
LINE = re.compile(r'\{"ts":\d+,"metric":"([a-z0-9]+)","value":(\d+),"labels":\{"from":"outside"\}\}')
TAKEN = re.compile(r'"metric":"avg_latency_ms","value":(\d+),')


class Skipped(Exception):
    """What the script needs is not here; says what."""


def taken(session):
    """The name of the stream of reports that a server took for a session."""
    return "taken." + session


def line(name, number):
    """The event `number` of a stream; its time follows from both, so that wrong data is seen."""
    tick = zlib.crc32(b"%s %d" % (name.encode(), number)) % 10_000
    return '{"ts":%d,"metric":"%s","value":%d,"labels":{"from":"outside"}}' % (FIRST_MS + tick, name, number)


class Stream:
    """Events 0, 1, 2, … of one writer: how many were sent, which were acknowledged, and when."""

    def __init__(self, name):
        self.name, self.sent = name, 0
        self.acks = []  # (first, end, seconds)
        self.seen = set()  # what was read back before: it must stay

    def acknowledge(self, first, end):
        self.acks.append((first, end, time.monotonic()))

    @property
    def acknowledged(self):
        return sum(end - first for first, end, _ in self.acks)


class Feeder(threading.Thread):
    """A `tracker log --ack`, fed batch by batch; notes each acknowledgement with its time.

    It waits for one acknowledgement before it sends the next batch, or lets a few be under way.
    """

    def __init__(self, tracker, stream, dice, *, session="s", level="interval", most=50, prefix=(), env=None):
        super().__init__(daemon=True)
        self.stream, self.dice, self.most = stream, random.Random(dice.random()), most
        self.ahead = self.dice.choice((1, 1, 4))
        self.pause = self.dice.choice((0.0005, 0.002, 0.005))  # or all time goes into reading back
        self.errors = open(tracker.folder / ("log.%s.txt" % stream.name), "w+b")
        self.stop = threading.Event()
        self.first_ack = threading.Event()
        # A prefix such as strace must not be what we kill: it execs, or ends with its child.
        self.child = subprocess.Popen(
            [*prefix, tracker.binary, "log", "--ack", "--session", session, "--durability", level,
             "--data", str(tracker.data)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, cwd=tracker.folder,
            env=harness.environment(**(env or {})))
        tracker.children.append(self.child)
        self.start()

    def run(self):
        base = told = self.stream.sent
        pending = 0
        try:
            while not self.stop.wait(self.pause):
                count = self.dice.randint(1, self.most)
                first = self.stream.sent
                self.stream.sent = first + count
                self.child.stdin.write("".join(
                    line(self.stream.name, n) + "\n" for n in range(first, first + count)).encode())
                self.child.stdin.flush()
                pending += 1
                if pending >= self.ahead:
                    told = self.take(base, told)
                    pending = 0 if told == self.stream.sent else pending - 1
            self.child.stdin.close()
            while told is not None:
                told = self.take(base, told)
        except (OSError, EOFError, ValueError):
            self.rest(base, told)

    def take(self, base, told):
        """Reads one `acked N`; None at the end."""
        text = self.child.stdout.readline()
        if not text.endswith(b"\n"):
            if self.stop.is_set() and not text:
                return None
            raise EOFError
        end = base + int(text.split()[1])
        self.stream.acknowledge(told, end)
        self.first_ack.set()
        return end

    def rest(self, base, told):
        """What was said before the pipe broke counts as well."""
        try:
            while told is not None:
                told = self.take(base, told)
        except (OSError, EOFError, ValueError):
            pass
        self.first_ack.set()

    def end(self, seconds=20):
        """Lets it finish; returns its exit status, negative for a signal, and what it said."""
        self.stop.set()
        try:
            self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            raise AssertionError("tracker log did not end within %d s" % seconds) from None
        self.join(seconds)
        return self.result()

    def kill(self, signal_number=9):
        self.child.send_signal(signal_number)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            raise AssertionError("tracker log did not end by signal %d" % signal_number) from None
        self.join(20)
        return self.result()

    def result(self):
        for stream in (self.child.stdin, self.child.stdout):
            try:
                stream.close()
            except OSError:
                pass
        self.errors.seek(0)
        text = self.errors.read().decode(errors="replace")
        self.errors.close()
        return self.child.returncode, text


class Intake(threading.Thread):
    """Posts reports to a server, one after the other; each is a run of three events."""

    def __init__(self, server, session, stream=None, retries=False):
        super().__init__(daemon=True)
        self.server, self.session = server, session
        self.stream = stream or Stream(taken(session))
        self.stop, self.retries, self.refused = threading.Event(), retries, 0
        self.start()

    def run(self):
        while not self.stop.is_set():
            number = self.stream.sent
            self.stream.sent = number + 1
            while not self.stop.is_set():
                try:
                    status = self.server.post("/api/track", harness.track_body(
                        session=self.session, value=number))[0]
                except (OSError, ValueError, http.client.HTTPException):
                    return  # the server has gone
                if status == 200:
                    self.stream.acknowledge(number, number + 1)
                    break
                self.refused += 1
                if not self.retries:
                    break
                self.stop.wait(0.02)  # a client's pause before it tries again


class Lost(AssertionError):
    """Something that was acknowledged is not there, or something is there that must not be."""


def read_back(tracker):
    """Every line as `tracker cat` gives it: numbers by stream, checked byte for byte."""
    found = collections.defaultdict(set)
    for folder in sorted((tracker.data / "log").glob("*/*/")):
        result = tracker.run("cat", "/".join(folder.parts[-2:]), expect=(0, 1))
        read_lines(result.stdout.splitlines(), folder.name, found)
    return found


def read_lines(lines, session, found):
    for text in lines:
        if '"run"' in text:
            match = TAKEN.search(text)
            if not match:
                continue
            name, number = taken(session), int(match.group(1))
        else:
            match = LINE.fullmatch(text)
            if not match or line(match.group(1), int(match.group(2))) != text:
                raise Lost("never sent: %r" % text)
            name, number = match.group(1), int(match.group(2))
        if number in found[name]:
            raise Lost("twice: %s %d" % (name, number))
        found[name].add(number)


def index_agrees(tracker):
    """The incremental index, then a rebuild: both must say the same. Returns the rebuild's report."""
    first = json.loads(tracker.run("index", "--json").stdout)
    again = json.loads(tracker.run("index", "--rebuild", "--json").stdout)
    for report in (first, again):
        for volatile in ("seconds", "saved"):
            del report[volatile]
    if first != again:
        raise Lost("the index says %s, a rebuild %s" % (first, again))
    return again


class Finding:
    """What one look at a folder showed."""

    def __init__(self):
        self.acknowledged = self.recovered = self.lost = 0
        self.oldest = 0.0  # seconds between the oldest lost acknowledgement and the cut
        self.reported = 0  # gaps and regions that the index names
        self.undecided = 0  # acknowledged while the cut was made
        self.losses = []  # what is lost, in words
        self.lost_of = {}  # stream name: events, seconds between the oldest and the cut

    def __iadd__(self, other):
        self.acknowledged += other.acknowledged
        self.recovered += other.recovered
        self.lost += other.lost
        self.undecided += other.undecided
        self.oldest = max(self.oldest, other.oldest)
        self.reported += other.reported
        return self


def look(tracker, streams, at=None):
    """Reads everything back and compares. `at` is when the disk was cut off, if it was.

    Raises for what may never be; counts what the level may lose.
    """
    finding, found = Finding(), read_back(tracker)
    report = index_agrees(tracker)
    known = {stream.name: stream for stream in streams}
    for name, numbers in found.items():
        if name not in known or max(numbers) >= known[name].sent:
            raise Lost("never sent: %s %d" % (name, max(numbers)))
    events = sum(len(numbers) * (3 if name.startswith("taken.") else 1) for name, numbers in found.items())
    if report["events"] != events or report["bad_lines"]:
        raise Lost("%d events were read, the index says %s" % (events, report))
    for stream in streams:
        numbers = found[stream.name]
        if stream.seen - numbers:
            raise Lost("%s: %d events were there after the last restart and have gone" % (
                stream.name, len(stream.seen - numbers)))
        gap = False
        for first, end, seconds in stream.acks:
            if at is not None and seconds >= at:
                # A sync that is under way when the shutdown ioctl comes returns 0 at times, though its
                # data is not kept (seen with strace, ext4): no power was lost between the two.
                finding.undecided += end - first
                continue
            missing = sum(n not in numbers for n in range(first, end))
            if missing:
                events, oldest = finding.lost_of.get(stream.name, (0, 0.0))
                finding.lost_of[stream.name] = events + missing, max(oldest, (at or seconds) - seconds)
            finding.acknowledged += end - first
            finding.lost += missing
            if missing and at is not None:
                finding.oldest = max(finding.oldest, at - seconds)
                finding.losses.append("%s %d–%d of %d, acknowledged %.4f s before the cut" % (
                    stream.name, first, end - 1, max(numbers, default=-1) + 1, at - seconds))
            gap = gap or (missing and max(numbers, default=-1) >= end)
        if gap and not report["missing_frames"] + report["bad_regions"]:
            raise Lost("%s: events are missing before the last one, and no gap is reported" % stream.name)
        finding.recovered += len(numbers)
        stream.seen = numbers
        stream.acks = []
    finding.reported = report["missing_frames"] + report["bad_regions"]
    return finding


def say(text):
    print(text, flush=True)


def ended_well(status, text, what, expected=(0, 1, 2, 3, 74)):
    """No signal, no trap; who fails says why. 74: standard output could not be written."""
    if status not in expected:
        raise Lost("%s ended with %s: %s" % (what, status, text[-2000:]))
    if status > 0 and not text.strip():
        raise Lost("%s ended with %d and said nothing" % (what, status))


def seeded(seed=None):
    """Random numbers, and the seed that repeats them."""
    seed = seed if seed is not None else int(
        os.environ.get("TRACKER_SEED") or random.SystemRandom().randrange(1 << 32))
    return random.Random(seed), seed


@contextlib.contextmanager
def trials(what):
    """Of a script: what was lost ends it with an error, what this machine lacks with a note."""
    try:
        yield
    except Skipped as reason:
        say("note: %s skipped: %s" % (what, reason))
    except Lost as lost:
        sys.exit("error: %s" % lost)


def options(description, **defaults):
    """`--name value` for each default, and `--binary`, `--seed`, `--folder`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--binary", default=os.environ.get("TRACKER_BIN") or str(
        harness.ROOT / ".build" / "release" / "tracker"))
    parser.add_argument("--seed", type=int)
    parser.add_argument("--folder", type=pathlib.Path, help="where temporary files go")
    for name, value in defaults.items():
        many = isinstance(value, (list, tuple))
        parser.add_argument("--" + name.replace("_", "-"), default=value, nargs="+" if many else None,
                            type=type(value[0] if many else value))
    return parser.parse_args()
