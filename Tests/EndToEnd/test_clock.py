"""The wall clock is set while the real program runs, and a disk that does not answer: by clock_step.c."""
import ctypes
import http.server
import itertools
import json
import mmap
import shutil
import subprocess
import threading
import time

import pytest

import harness

SECOND = 1_000_000_000
YEAR = int(365.25 * 86_400) * SECOND
# Too far for any wait: a duration that is measured by this clock never ends, or has ended long ago.
STEPS = {"-10y": -10 * YEAR, "-10s": -10 * SECOND, "+1h": 3600 * SECOND, "+100y": 100 * YEAR}
LEVELS = ("written", "interval", "durable")
SOON = 10  # seconds; what is promised takes half of one


class Page(ctypes.Structure):
    """As in clock_step.c."""
    _fields_ = [(name, ctypes.c_int64) for name in ("offset_ns", "hold", "held", "fails", "expires", "syncs")]


class Clock:
    """The wall clock of the programs that are started in `env`, and what their disk does."""

    def __init__(self, library, folder):
        path = folder / "clock_page"
        path.write_bytes(bytes(mmap.PAGESIZE))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        self.page = Page.from_buffer(self.memory)
        self.env = {"LD_PRELOAD": str(library), "CLOCK_STEP_PAGE": str(path)}

    def step(self, name):
        self.page.offset_ns = STEPS[name]

    def now(self):
        return time.time() + self.page.offset_ns / SECOND

    def hold(self, after_write=False):
        self.page.hold = 2 if after_write else 1

    def release(self, fails=False):
        self.page.fails = int(fails)
        self.page.hold = 0
        harness.within(SOON, lambda: self.page.held == 0, "the disk is let go")
        self.page.fails = 0

    def until_held(self):
        harness.within(SOON, lambda: self.page.held > 0, "the disk is asked")

    def until_synced(self, before):
        harness.within(SOON, lambda: self.page.syncs > before, "fdatasync within half a second")


@pytest.fixture(scope="session")
def clock_library(tmp_path_factory):
    library = tmp_path_factory.mktemp("clock") / "clock_step.so"
    compiler = shutil.which("cc") or shutil.which("clang")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library,
                    harness.ROOT / "Tests/EndToEnd/clock_step.c", "-ldl"], check=True)
    return library


@pytest.fixture
def clock(clock_library, tmp_path):
    clock = Clock(clock_library, tmp_path)
    yield clock
    clock.page.hold = 0  # whoever is still there can end


class Log:
    """`tracker log --ack`, fed line by line."""

    def __init__(self, tracker, clock, *arguments):
        self.child = tracker.start("log", "--session", "s", "--ack", *arguments, stdin=subprocess.PIPE, env=clock.env)
        self.sent = 0

    def send(self):
        self.sent += 1
        self.child.stdin.write('{"ts":%d,"metric":"m","value":%d}\n' % (1_763_899_200_000 + self.sent, self.sent))
        self.child.stdin.flush()

    def acknowledged(self):
        assert self.child.reader.next(SOON) == "acked %d\n" % self.sent

    def end(self, status=0):
        self.child.stdin.close()
        assert self.child.wait(SOON) == status


def counted(tracker):
    rebuilt, grown = tracker.json("index", "--rebuild"), tracker.json("index")
    assert rebuilt["digest"] == grown["digest"]
    return rebuilt["events"]


@pytest.mark.parametrize("step", STEPS)
def test_interval_is_synced_whatever_the_clock_says(tracker, clock, step):
    log = Log(tracker, clock, "--durability", "interval")
    for _ in range(3):
        before = clock.page.syncs
        log.send()
        log.acknowledged()
        clock.step(step)  # between the append and its sync
        clock.until_synced(before)
        clock.page.offset_ns = 0
    log.end()
    assert counted(tracker) == 3


@pytest.mark.parametrize("level", LEVELS)
def test_an_append_waits_for_the_disk_whatever_the_clock_says(tracker, clock, level, dice):
    log = Log(tracker, clock, "--durability", level)
    steps = list(STEPS) if harness.LONG else dice.sample(sorted(STEPS), 2)
    for step in [*steps, "+1h"]:
        clock.page.offset_ns = 0
        clock.hold()
        log.send()
        clock.until_held()
        clock.step(step)
        with pytest.raises(subprocess.TimeoutExpired):
            log.child.wait(0.3)  # it ended at once with status 2 when the wait was by the wall clock
        clock.release()
        log.acknowledged()
    log.end()
    assert counted(tracker) == len(steps) + 1


@pytest.mark.parametrize("has_written", (False, True))
@pytest.mark.parametrize("level", LEVELS)
def test_no_answer_is_said_and_a_retry_counts_once(tracker, clock, level, has_written):
    words = ["log", "--session", "s", "--durability", level, "--identity", "build-42", "--metric", "m",
             "--value", "1", "--at", "1763899200000"]
    clock.hold(after_write=has_written)
    child = tracker.start(*words, env=clock.env)
    clock.until_held()
    clock.page.expires = 1  # thirty seconds without an answer
    assert child.wait(SOON) == 3, tracker.log("log")
    assert "may be recorded" in tracker.log("log")
    clock.page.expires = clock.page.hold = 0
    assert counted(tracker) == int(has_written)
    for _ in range(2):
        tracker.run(*words, env=clock.env)
    assert counted(tracker) == 1
    assert tracker.verify() == 0


def test_what_waits_behind_it_is_not_recorded(tracker, clock):
    """The first lines are acknowledged, then the disk hangs: each is said to be what it is."""
    log = Log(tracker, clock)
    log.send()
    log.acknowledged()
    clock.hold()
    log.send()
    clock.until_held()
    clock.page.expires = 1
    assert log.child.wait(SOON) == 3
    said = tracker.log("log")
    assert "events recorded: 1; not known, may be recorded: 1" in said, said
    assert "30000 ms" in said


@pytest.mark.parametrize("has_time", (True, False))
@pytest.mark.parametrize("hold,fails", ((1, False), (2, False), (1, True), (2, True)))
def test_a_report_that_the_disk_does_not_answer(tracker, clock, hold, fails, has_time):
    server = tracker.serve(env=clock.env)
    body = harness.track_body()
    if not has_time:
        del body["timestamp"]
    answers = []
    assert server.post("/api/track", harness.track_body(value=1))[0] == 200
    clock.hold(after_write=hold == 2)
    first = threading.Thread(target=lambda: answers.append(server.post("/api/track", body)))
    first.start()
    clock.until_held()
    clock.page.expires = 1
    first.join(SOON)
    (status, text), = answers
    assert status == 504 and b"may be recorded" in text and b"not recorded" not in text, answers
    # Behind it nothing begins: that is a failure, and is called one.
    status, text = server.post("/api/track", harness.track_body(value=2))
    assert status == 503 and b"were not recorded" in text, (status, text)
    clock.page.expires = 0
    clock.release(fails)
    status, text = server.post("/api/track", body)
    assert status == 200, (status, text)
    runs = [run for sessions in server.json("/api/track/u").values() for run in sessions["s"]]
    assert sorted(run["value"] for run in runs) == [1, 12.5], runs
    server.stop()
    assert counted(tracker) == 6
    shown = tracker.json("show", "u/s")
    assert shown["health"]["conflicting_frames"] == 0, shown["health"]


@pytest.mark.parametrize("step", STEPS)
def test_a_server_goes_on_whatever_the_clock_says(tracker, clock, step):
    server = tracker.serve(env=clock.env)
    for number, offset in enumerate(itertools.islice(itertools.cycle((step, None)), 4)):
        before = clock.page.syncs
        assert server.post("/api/track", harness.track_body(value=number))[0] == 200
        clock.page.offset_ns = STEPS[offset] if offset else 0
        clock.until_synced(before)
        # What another process appends is found as well, by a watch or by the look each second.
        tracker.run("log", "--session", "o", "--user", "u", "--metric", "m", "--value", "1", env=clock.env)
        harness.within(SOON, lambda: server.json("/api/sessions/u/o")["events"] == number + 1, "it is folded")
        shown = server.json("/api/track/u")["http://localhost:3000/"]["s"]
        assert len(shown) == number + 1
        harness.within(SOON, lambda: abs(
            server.json("/api/sessions")["freshness"]["indexed_at_ms"] / 1000 - clock.now()) < SOON, "a stamp of now")
    server.stop()
    assert counted(tracker) == 4 * 3 + 4


class Counting(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.release()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("step", STEPS)
def test_a_load_keeps_its_pace_whatever_the_clock_says(tracker, clock, step):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Counting) as target:
        target.asked = threading.Semaphore(0)
        serving = threading.Thread(target=target.serve_forever)
        serving.start()
        try:
            url = "http://127.0.0.1:%d/" % target.server_port
            child = tracker.start("load", url, "--rate", "50", "--duration", "1s", "--json", env=clock.env)
            for _ in range(10):
                assert target.asked.acquire(timeout=SOON)
            clock.step(step)
            line = child.reader.next(SOON)
            assert child.wait(SOON) == 0, tracker.log("load")
        finally:
            target.shutdown()
            serving.join()
    summary = json.loads(line)
    assert (summary["total_requests"], summary["successful_requests"]) == (50, 50), summary
    assert 0.9 < summary["duration_s"] < SOON
    shown = tracker.json("show", "anonymous/" + summary["session_id"], env=clock.env)
    run, = [run for run in shown["runs"] if run["run"]]
    assert run["state"] == "finished"
    assert 900 < run["finished"] - run["started"] < 1000 * SOON, run


@pytest.mark.parametrize("step", STEPS)
def test_an_index_is_the_same_whatever_the_clock_says(tracker, clock, step):
    tracker.run("log", "--session", "s", text_input="".join(
        '{"ts":%d,"metric":"m","value":%d}\n' % (1_763_899_200_000 + n, n) for n in range(1000)))
    expected = tracker.json("index", "--rebuild")["digest"]
    clock.step(step)
    assert tracker.json("index", env=clock.env)["digest"] == expected
    assert tracker.json("index", "--rebuild", env=clock.env)["digest"] == expected
    tracker.run("verify", env=clock.env)
    report = tracker.json("index", "--rebuild", env=clock.env)
    assert 0 <= report["seconds"] < SOON, report
