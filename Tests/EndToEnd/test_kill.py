"""kill -9 at any moment: what was acknowledged is there, and nothing that was never sent."""
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import threading
import time
import urllib.error

import pytest

import harness

ROUNDS = 30 if harness.LONG else 4


def events_after(tracker):
    """Events by a rebuild, which must agree with what the incremental index says."""
    incremental = tracker.json("index")
    rebuilt = tracker.json("index", "--rebuild")
    assert rebuilt["digest"] == incremental["digest"]
    assert rebuilt["events"] == incremental["events"]
    assert rebuilt["missing_frames"] == 0 and rebuilt["bad_lines"] == 0
    return rebuilt["events"]


def test_a_writer(tracker, dice):
    acknowledged = sent = 0
    for number in range(ROUNDS):
        child = tracker.start("log", "--session", "s", "--ack", stdin=subprocess.PIPE)
        count = [0]

        def feed(child=child, count=count):
            try:
                while True:
                    child.stdin.write("".join(
                        '{"ts":%d,"metric":"m","value":%d,"labels":{"round":"x"}}\n' % (1763899200000 + n, n)
                        for n in range(200)))
                    child.stdin.flush()
                    count[0] += 200
            except (BrokenPipeError, ValueError):
                pass
        feeder = threading.Thread(target=feed)
        feeder.start()
        first = child.reader.next(20)
        assert first.startswith("acked "), first
        time.sleep(dice.uniform(0, 0.5))  # the moment of the kill is what is tested
        child.kill()
        child.wait()
        feeder.join()
        child.reader.join()
        acknowledged += max(int(line.split()[1]) for line in child.reader.seen if line.endswith("\n"))
        sent += count[0] + 200
    events = events_after(tracker)
    print("acknowledged %d, found %d, sent at most %d" % (acknowledged, events, sent))
    assert acknowledged <= events <= sent
    tracker.verify()


def test_the_server_under_intake(tracker, dice):
    acknowledged, sent, number = set(), set(), 0
    for _ in range(ROUNDS):
        server = tracker.serve()
        stop = threading.Event()

        def kill_later(server=server, delay=dice.uniform(0.05, 0.8), stop=stop):
            stop.wait(delay)
            server.kill()
        killer = threading.Thread(target=kill_later)
        killer.start()
        try:
            while killer.is_alive():
                body = json.dumps(harness.track_body(value=number)).encode()
                sent.add(number)
                if server.post("/api/track", body)[0] == 200:
                    acknowledged.add(number)
                number += 1
        except (OSError, http.client.HTTPException):
            pass  # killed in the middle of an answer
        killer.join()
    server = tracker.serve()
    last = json.dumps(harness.track_body(value=max(sent))).encode()
    assert server.post("/api/track", last)[0] == 200  # the client's retry: counts once
    acknowledged.add(max(sent))
    server.stop()
    runs = tracker.json("show", "u/s")["runs"]
    values = [number["value"] for run in runs for number in run["reported_numbers"]
              if number["name"] == "avg_latency_ms"]
    print("acknowledged %d, found %d, sent %d" % (len(acknowledged), len(values), len(sent)))
    assert len(values) == len(set(values)), "a run counts twice"
    assert acknowledged <= {int(value) for value in values} <= sent
    assert events_after(tracker) == 3 * len(values)
    tracker.verify()


def test_the_indexer(tracker, dice, client_environment):
    from local_tracker_client import SegmentWriter, sample_line
    for session in range(6):
        writer = SegmentWriter(str(tracker.data), "u", "s%d" % session, "written")
        for frame in range(20):
            writer.append([sample_line("m", n, ts=1763899200000 + n, labels={"frame": frame})
                           for n in range(500)])
        writer.close()
    for _ in range(ROUNDS * 3):
        child = tracker.start("index", *dice.choice(((), ("--rebuild",))))
        time.sleep(dice.uniform(0, 0.15))  # the moment of the kill is what is tested
        child.kill()
        child.wait()
    assert events_after(tracker) == 6 * 20 * 500
    assert tracker.verify() == 0


def test_the_server_while_others_write(tracker, dice, client_environment):
    from local_tracker_client import SessionLog
    written = 0
    with SessionLog(session="s", user="u") as log:
        for _ in range(ROUNDS):
            server = tracker.serve()
            end = time.monotonic() + dice.uniform(0.1, 0.6)
            while time.monotonic() < end:
                written += sum(log.sample("m", n) for n in range(100))
                assert log.flush()
            server.kill()
    assert events_after(tracker) == written
    assert tracker.verify() == 0


def test_a_server_that_is_told_to_stop_stops(tracker):
    server = tracker.serve()
    assert server.post("/api/track", harness.track_body())[0] == 200
    server.stop()
    try:
        server.get("/health")
        raise AssertionError("it still answers")
    except urllib.error.URLError:
        pass


def test_a_writer_whose_reader_has_gone(tracker):
    """SIGPIPE is ignored: who feeds it and no longer listens loses nothing."""
    child = subprocess.Popen(
        [tracker.binary, "log", "--session", "s", "--ack", "--data", str(tracker.data)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=harness.environment())
    tracker.children.append(child)
    child.stdout.close()
    for n in range(50):
        child.stdin.write('{"ts":%d,"metric":"m","value":%d}\n' % (1763899200000 + n, n))
        child.stdin.flush()
    child.stdin.close()
    said = child.stderr.read()
    assert child.wait(60) == 74 and "cannot write to standard output: Broken pipe" in said, said
    assert events_after(tracker) == 50


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGPIPE, signal.SIGBUS, signal.SIGABRT, signal.SIGHUP])
def test_a_server_that_is_sent_a_signal(tracker, how):
    """SIGTERM and SIGHUP end it in good order, SIGPIPE not at all; after any other it starts again with all it took."""
    # What a shell or nohup has set for this process is not the question.
    inherited = signal.signal(how, signal.SIG_DFL)
    try:
        server = tracker.serve()
    finally:
        signal.signal(how, inherited)
    for number in range(20):
        assert server.post("/api/track", harness.track_body(value=number))[0] == 200
    server.child.send_signal(how)
    if how == signal.SIGPIPE:
        assert server.get("/health")[0] == 200
        server.stop()
    else:
        assert server.child.wait(15) == (0 if how in (signal.SIGTERM, signal.SIGHUP) else -how)
    server = tracker.serve()
    assert server.post("/api/track", harness.track_body(value=19))[0] == 200  # again: counts once
    server.stop()
    assert events_after(tracker) == 60


def test_no_segment_is_mapped_and_a_shorter_one_ends_nobody(tracker):
    """A mapped file that is cut short is SIGBUS."""
    server = tracker.serve()
    for number in range(20):
        assert server.post("/api/track", harness.track_body(value=number))[0] == 200
    maps = pathlib.Path("/proc/%d/maps" % server.child.pid).read_text()
    assert str(tracker.data) not in maps and "/tracker" in maps
    for segment in (tracker.data / "log").rglob("*.zst"):
        os.truncate(segment, segment.stat().st_size // 2)
    harness.within(20, lambda: server.get("/s/u/s")[0] and server.get("/health")[0] == 200, "it answers")
    assert server.post("/api/track", harness.track_body(value=99))[0] == 200
    server.stop()
    assert tracker.run("verify", expect=(1,))


def memory_group(name):
    """A folder of the memory controller, or None."""
    for root in ("/sys/fs/cgroup/memory", "/sys/fs/cgroup"):
        folder = pathlib.Path(root) / name
        try:
            folder.mkdir()
        except OSError:
            continue
        for limit in ("memory.limit_in_bytes", "memory.max"):
            if (folder / limit).exists():
                return folder, folder / limit
        folder.rmdir()
    return None


def test_a_server_that_the_kernel_kills_for_its_memory(tracker):
    group = memory_group("tracker-test-%d" % os.getpid())
    if not group:
        pytest.skip("needs root and a memory control group")
    folder, limit = group
    try:
        server = tracker.serve()
        for number in range(20):
            assert server.post("/api/track", harness.track_body(value=number))[0] == 200
        (folder / "cgroup.procs").write_text(str(server.child.pid))
        limit.write_text(str(1 << 20))
        taken = 20
        try:
            while server.child.poll() is None and taken < 20_000:
                if server.post("/api/track", harness.track_body(value=taken))[0] != 200:
                    break
                taken += 1
        except (OSError, http.client.HTTPException):
            pass
        assert server.child.wait(20) == -signal.SIGKILL
    finally:
        tracker.end()
        harness.within(10, lambda: not (folder / "cgroup.procs").read_text(), "the group is empty")
        folder.rmdir()
    tracker.serve().stop()
    assert events_after(tracker) in (3 * taken, 3 * taken + 3)


@pytest.mark.parametrize("most", range(7, 20))
def test_few_descriptors(tracker, most):
    """An error with its reason, or all of it."""
    lines = "".join('{"ts":%d,"metric":"m","value":1}\n' % (1763899200000 + n) for n in range(20))
    tracker.run("log", "--session", "s", text_input=lines)

    def run(*words, text=None):
        return subprocess.run(
            [tracker.binary, *words, "--data", str(tracker.data)], input=text, capture_output=True, text=True,
            stdin=None if text else subprocess.DEVNULL, timeout=60, env=harness.environment(),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
    for words in (("index",), ("index", "--rebuild"), ("verify",)):
        result = run(*words)
        assert result.returncode in (0, 2) and (result.returncode == 0 or result.stderr), (words, result)
        assert result.returncode or " 20 events" in result.stdout, (words, result)
    result = run("log", "--session", "t", text=lines)
    assert result.returncode == 0 or re.search("Too many open files|more file descriptors", result.stderr)
    assert events_after(tracker) == 20 + 20 * (result.returncode == 0)
