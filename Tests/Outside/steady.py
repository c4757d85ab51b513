#!/usr/bin/env python3
"""One server under everything at once for a long time: nothing acknowledged is lost or doubled, and nothing grows.

    Tests/Outside/steady.py --seconds 600 --rate 5000

Lines and reports come in at a rate, pages are read, streams are open, some readers are slow, segments are compacted;
the disk (a tmpfs; needs root) is full now and then, the wall clock steps, and the server is killed again and again.
Whoever was not answered sends the same again. Memory and descriptors are compared between one life of the server and
the next, at the same age. After a full disk the server takes reports, and says that nothing is wrong, within seconds.
"""
import collections
import http.client
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import time

import outside
from loop_image import own_mounts
from outside import harness

SENDERS, SESSIONS, STREAMS, SLOW = 2, 4, 20, 4
DISK_BYTES = 1 << 30
REPORTS_A_SECOND = 2
LIFE_SECONDS = 30
AGAIN_SECONDS = 2  # after space is there again
PAGE_MS = 100
GROWTH = 1.10
CLOCK_STEPS_MS = (-3_600_000, -1_000, 1_000, 86_400_000)


class Away(Exception):
    """The server has gone, or refuses for now."""


class Client:
    """One connection that is made again when it breaks."""

    def __init__(self, port):
        self.port, self.connection = port, None

    def ask(self, method, path, body=None, headers=None):
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self.connection.request(method, path, body, headers or {})
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Away from error

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Worker(threading.Thread):
    """Repeats one step until it is stopped; what it fails with is kept."""

    def __init__(self, soak, pause):
        super().__init__(daemon=True)
        self.soak, self.pause, self.failure = soak, pause, None
        self.client = Client(soak.port)
        self.start()

    def run(self):
        next_step = time.monotonic()
        while not self.soak.stop.is_set():
            try:
                self.step()
            except Away:
                self.soak.stop.wait(0.02)  # until the server is there again
                continue
            except Exception as failure:  # whatever it is, the main thread says it
                self.failure = failure
                return
            next_step = max(next_step + self.pause, time.monotonic() - self.pause)
            self.soak.stop.wait(max(0, next_step - time.monotonic()))
        self.client.close()

    def until_taken(self, path, body, headers):
        """Sends the same until it is acknowledged."""
        while not self.soak.stop.is_set():
            try:
                status, text = self.client.ask("POST", path, body, headers)
            except Away:
                self.soak.stop.wait(0.02)
                continue
            if status == 200:
                return True
            if status not in (503, 504):
                raise outside.Lost("%s: %d %r" % (path, status, text))
            self.soak.refused += 1
            self.soak.stop.wait(0.05)
        return False


class Lines(Worker):
    """Batches of lines, each under a key of its own."""

    def __init__(self, soak, number, rate):
        self.streams = [outside.Stream("lines%d%s" % (number, "abcdefgh"[n])) for n in range(SESSIONS)]
        self.number, self.turn = number, 0
        self.count = max(1, round(rate / 20))
        super().__init__(soak, self.count / rate)

    def step(self):
        stream = self.streams[self.turn % SESSIONS]
        first = stream.sent
        stream.sent = first + self.count
        text = "".join(outside.line(stream.name, n) + "\n" for n in range(first, stream.sent))
        if self.until_taken("/api/events?user=u&session=e%d" % (self.turn % SESSIONS), text.encode(), {
                "Content-Type": "application/x-ndjson", "Idempotency-Key": "%s-%d" % (stream.name, first)}):
            stream.acknowledge(first, stream.sent)
        self.turn += 1


class Reports(Worker):
    def __init__(self, soak, rate):
        self.streams = [outside.Stream(outside.taken("r%d" % n)) for n in range(SESSIONS)]
        self.turn = 0
        super().__init__(soak, 1 / rate)

    def step(self):
        stream = self.streams[self.turn % SESSIONS]
        number = stream.sent
        stream.sent = number + 1
        body = harness.track_body(session="r%d" % (self.turn % SESSIONS), value=number)
        if self.until_taken("/api/track", harness.json.dumps(body).encode(), {"Content-Type": "application/json"}):
            stream.acknowledge(number, number + 1)
        self.turn += 1


class Pages(Worker):
    """Reads pages, and notes how long each took."""

    PATHS = ("/", "/sessions/u/e0", "/sessions/u/r1", "/api/sessions/u/e1", "/health")

    def __init__(self, soak):
        self.times, self.turn = [], 0
        super().__init__(soak, 0.05)

    def step(self):
        begin = time.monotonic()
        status, text = self.client.ask("GET", self.PATHS[self.turn % len(self.PATHS)])
        self.turn += 1
        if status not in (200, 404):  # 404: before its first event
            raise outside.Lost("a page: %d %r" % (status, text[:200]))
        if not self.soak.is_disturbed:
            self.times.append(1000 * (time.monotonic() - begin))


class Stream(Worker):
    """A browser's window: follows the versions."""

    def __init__(self, soak):
        self.events = 0
        super().__init__(soak, 0.05)

    def step(self):
        try:
            with socket.create_connection(("127.0.0.1", self.soak.port), timeout=10) as connection:
                connection.sendall(b"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % self.soak.port)
                while not self.soak.stop.is_set():
                    text = connection.recv(4096)
                    if not text:
                        raise Away
                    self.events += text.count(b"\n\n")
        except OSError as error:
            raise Away from error


class Slow(Worker):
    """Asks for a page, and reads a few bytes a second of it."""

    def __init__(self, soak):
        super().__init__(soak, 0.5)

    def step(self):
        try:
            with socket.socket() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(10)
                connection.connect(("127.0.0.1", self.soak.port))
                connection.sendall(b"GET /sessions/u/e0 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % self.soak.port)
                for _ in range(40):
                    if not connection.recv(100) or self.soak.stop.wait(0.25):
                        return
        except OSError as error:
            raise Away from error


class Compacting(Worker):
    def __init__(self, soak):
        super().__init__(soak, 2)

    def step(self):
        result = subprocess.run(
            [self.soak.tracker.binary, "compact", "--quiet", "0", "--data", str(self.soak.tracker.data)],
            capture_output=True, text=True, env=harness.environment(), timeout=120)
        outside.ended_well(result.returncode, result.stderr or result.stdout, "tracker compact")


class Soak:
    def __init__(self, binary, home, disk, dice, life):
        self.dice, self.disk, self.life = dice, disk, life
        self.tracker = harness.Tracker(binary, home)
        self.tracker.data = disk / "data"
        self.stop, self.is_disturbed, self.refused = threading.Event(), False, 0
        self.kills = self.fills = self.steps = 0
        self.again = []  # seconds from space to the first report, and to a health that names nothing
        self.samples = collections.defaultdict(list)  # age: KiB and descriptors of each life
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.clock = home / "clock"
        self.library = clock_library(home)
        self.begin_life()

    def begin_life(self):
        environment = {}
        if self.library:
            environment = {"LD_PRELOAD": str(self.library), "CLOCK_STEP_PAGE": str(self.clock)}
        self.server = self.tracker.serve(port=self.port, env=environment)
        self.born = time.monotonic()

    def work(self, rate):
        return ([Lines(self, n, rate / SENDERS) for n in range(SENDERS)] + [Reports(self, REPORTS_A_SECOND)]
                + [Pages(self), Compacting(self)] + [Stream(self) for _ in range(STREAMS)]
                + [Slow(self) for _ in range(SLOW)])

    def run(self, seconds, rate):
        workers = self.work(rate)
        end, turns = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            self.one_life(workers, full=turns % 2 == 1)
            turns += 1
        self.stop.set()
        for worker in workers:
            worker.join(60)
            if worker.failure:
                raise worker.failure
        self.server.stop()
        return workers

    def one_life(self, workers, full):
        while time.monotonic() < self.born + self.life:
            self.stop.wait(min(1, self.life / 4))
            self.check(workers)
            self.sample()
        if self.library and self.dice.random() < 0.5:
            self.step_clock()
        if full:
            self.fill_disk()
        self.is_disturbed = True
        self.server.kill()
        self.kills += 1
        self.begin_life()
        self.is_disturbed = False

    def check(self, workers):
        for worker in workers:
            if worker.failure:
                raise worker.failure
        if self.server.child.poll() is not None:
            raise outside.Lost("the server ended: %s" % self.tracker.log("serve"))

    def sample(self):
        """What it takes, by its age in seconds."""
        process = pathlib.Path("/proc/%d" % self.server.child.pid)
        resident = next(int(text.split()[1]) for text in (process / "status").read_text().splitlines()
                        if text.startswith("VmRSS"))
        files = sum(1 for _ in (process / "fd").iterdir())
        self.samples[round(time.monotonic() - self.born)].append((resident, files))

    def step_clock(self):
        with open(self.clock, "r+b") as page:
            page.write((1_000_000 * self.dice.choice(CLOCK_STEPS_MS)).to_bytes(8, "little", signed=True))
        self.steps += 1

    def fill_disk(self):
        """Until it refuses; then there is room again."""
        self.is_disturbed = True
        ballast = self.disk / "ballast"
        refused = self.refused
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * (1 << 20))
            except OSError:
                pass
        harness.within(60, lambda: self.refused > refused + 3, "a full disk refuses")
        client = Client(self.port)
        if self.life >= LIFE_SECONDS:  # the index is saved every ten seconds
            harness.within(30, lambda: "not saved" in str(health(client)), "the index that is not saved is named", pause=0.2)
        os.truncate(ballast, 0)
        begin = time.monotonic()
        body = harness.json.dumps(harness.track_body(session="again", value=self.fills)).encode()
        harness.within(30, lambda: client.ask("POST", "/api/track", body, {"Content-Type": "application/json"})[0] == 200,
                       "reports are taken again")
        taken = time.monotonic() - begin

        harness.within(30, lambda: is_well(health(client)), "nothing is wrong any more")
        client.close()
        self.again.append((taken, time.monotonic() - begin))
        ballast.unlink()
        self.fills += 1
        self.is_disturbed = False

    def look(self, workers):
        streams = [stream for worker in workers for stream in getattr(worker, "streams", ())]
        again = outside.Stream(outside.taken("again"))
        again.sent = self.fills
        again.acknowledge(0, self.fills)
        finding = outside.look(self.tracker, [*streams, again])
        if finding.lost:
            raise outside.Lost("%d acknowledged events are lost: %s" % (finding.lost, finding.lost_of))
        self.tracker.verify()
        return finding

    def growth(self):
        """The largest ratio of a life to the one before the last, at the same age, after the first two lives."""
        worst = [1.0, 1.0]
        for values in self.samples.values():
            for before, after in zip(values[2:], values[3:]):
                for kind in (0, 1):
                    worst[kind] = max(worst[kind], after[kind] / before[kind])
        return worst


def health(client):
    return harness.json.loads(client.ask("GET", "/health")[1])


def is_well(said):
    return said["status"] == "ok" and not said["freshness"].get("problem")


def clock_library(home):
    """The library that sets the wall clock; None without a C compiler."""
    source = harness.ROOT / "Tests/EndToEnd/clock_step.c"
    library = home / "clock_step.so"
    compiled = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"],
                              capture_output=True)
    if compiled.returncode:
        outside.say("note: no C compiler: the clock stays as it is")
        return None
    (home / "clock").write_bytes(bytes(4096))
    return library


def run(binary, seconds, rate, dice, folder=None, life=LIFE_SECONDS):
    begin = time.monotonic()
    if os.geteuid() != 0:
        raise outside.Skipped("a tmpfs needs root")
    own_mounts()
    with tempfile.TemporaryDirectory(dir=folder, prefix="tracker-steady-") as temporary:
        home = pathlib.Path(temporary)
        disk = home / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % DISK_BYTES, "tmpfs", str(disk)],
                          capture_output=True).returncode:
            raise outside.Skipped("tmpfs cannot be mounted here")
        soak = Soak(binary, home, disk, dice, life)
        try:
            workers = soak.run(seconds, rate)
            pages = sorted(next(w for w in workers if isinstance(w, Pages)).times)
            finding = soak.look(workers)
        finally:
            soak.stop.set()
            soak.tracker.end()
            subprocess.run(["umount", "-l", str(disk)], check=False)
    p99 = pages[len(pages) * 99 // 100]
    memory, files = soak.growth()
    outside.say(
        "measured: steady, %d events a second asked for: %d kills, %d full disks, %d clock steps; %d events"
        " acknowledged, 0 lost, 0 twice, %d refusals; %d pages, p99 %.0f ms; memory from a life to the next at most"
        " x%.2f, descriptors x%.2f; after a full disk reports %.1f s, health %.1f s; %.0f s" % (
            rate, soak.kills, soak.fills, soak.steps, finding.acknowledged, soak.refused, len(pages), p99, memory,
            files, max((a for a, _ in soak.again), default=0), max((b for _, b in soak.again), default=0),
            time.monotonic() - begin))
    late = [times for times in soak.again if max(times) > AGAIN_SECONDS]
    if late:
        raise outside.Lost("after a full disk it took %s s" % late)
    return soak, p99, memory, files


def main():
    options = outside.options(__doc__, seconds=60.0, rate=5000.0, life=float(LIFE_SECONDS))
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("steady"):
        run(options.binary, options.seconds, options.rate, dice, options.folder, options.life)


if __name__ == "__main__":
    main()
