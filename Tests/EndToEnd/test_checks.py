"""What tells whether a log can be trusted: verify, repair, selftest."""
import hashlib
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import pytest

import harness

LONG_AGO = 1_700_000_000


@pytest.fixture
def selftest(tracker):
    tracker.data.mkdir()

    def run(*arguments, expect=(0,), seconds=1):
        return tracker.json("selftest", "--seconds", str(seconds), *arguments, expect=expect)
    yield run
    assert not list(tracker.data.glob("selftest-*")), "the self-test leaves its folder behind"
    assert tracker.json("index")["sessions"] == 0, "the self-test leaves a session behind"


def test_this_file_system_is_tried_and_holds(selftest):
    found = selftest(seconds=10 if harness.LONG else 2)
    print("measured: %s, fdatasync p50 %.3f ms, p99 %.3f ms; %s" % (
        found["file_system"], found["fdatasync"]["p50_ms"], found["fdatasync"]["p99_ms"],
        "; ".join(check["text"] for check in found["checks"])))
    assert found["good"] and found["seed"]
    assert [check["name"] for check in found["checks"]] == ["append", "kill -9", "flock", "replace", "calls"]
    assert all(check["good"] for check in found["checks"])


def test_what_is_no_local_disk_is_warned_about(tracker):
    shared_memory = pathlib.Path("/dev/shm")
    kind = subprocess.run(["stat", "-f", "-c", "%T", shared_memory], capture_output=True, text=True).stdout.strip()
    assert kind == "tmpfs", "this test needs memory at /dev/shm, not %s" % kind
    with tempfile.TemporaryDirectory(dir=shared_memory) as folder:
        tracker.data = pathlib.Path(folder)
        found = tracker.json("selftest", "--seconds", "1")
        assert found["class"] == "memory" and "reboot" in found["warning"]
        text = tracker.run("selftest", "--seconds", "1").stdout
        assert "warning: tmpfs is memory" in text and "seed " in text


def children_of(process):
    return [int(path.split("/")[2]) for path in map(str, pathlib.Path("/proc").glob("[0-9]*/stat"))
            if parent_of(path) == process.pid]


def parent_of(path):
    try:
        with open(path) as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except OSError:
        return None


def test_one_that_was_killed_leaves_nothing_for_long(tracker, selftest):
    child = tracker.start("selftest", "--seconds", "60")
    harness.within(10, lambda: len(children_of(child)) >= 4, "the writers of the self-test")
    processes = children_of(child)
    child.send_signal(signal.SIGKILL)
    child.wait()
    harness.within(10, lambda: not any(os.path.exists("/proc/%d" % each) for each in processes),
                   "the writers end when nobody listens")
    assert list(tracker.data.glob("selftest-*"))
    selftest()


def test_one_that_is_stopped_cleans_up(tracker, selftest):
    child = tracker.start("selftest", "--seconds", "60")
    harness.within(10, lambda: len(children_of(child)) >= 4, "the writers of the self-test")
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == 130


def test_it_needs_a_folder(tracker):
    assert tracker.run("selftest", expect=(2,)).stderr.startswith("error: ")


def damaged(tracker, client_environment):
    """A session with one frame in the wrong session's file and a torn one; its segment."""
    from local_tracker_client import SegmentWriter, sample_line
    segments = {}
    for session in ("s", "t"):
        writer = SegmentWriter(str(tracker.data), "u", session)
        for frame in range(3):
            writer.append([sample_line("m", n, ts=1763899200000 + n) for n in range(frame * 10, frame * 10 + 10)])
        writer.close()
        segments[session], = tracker.data.glob("log/u/%s/*.zst" % session)
    whole = segments["s"].read_bytes()
    # All of t's frames are pasted into s; in t they are gone.
    segments["s"].write_bytes(whole[:-20] + segments["t"].read_bytes())
    segments["t"].write_bytes(b"")
    for segment in segments.values():
        os.utime(segment, (LONG_AGO, LONG_AGO))
    return segments["s"]


def test_damage_is_found_and_what_can_be_saved_is_saved(tracker, client_environment):
    segment = damaged(tracker, client_environment)
    before = hashlib.sha256(segment.read_bytes()).hexdigest()
    found = tracker.json("verify", expect=(1,))
    assert not found["whole"] and found["total"]["events"] == 20
    text = tracker.run("verify", "u/s", expect=(1,)).stdout
    assert "torn" in text and "misplaced" in text and "tracker repair" in text

    assert "30 lines can be saved" in tracker.run("repair", expect=(1,)).stdout
    assert tracker.json("verify", expect=(1,))["total"]["events"] == 20
    assert "30 lines saved" in tracker.run("repair", "--apply").stdout
    assert tracker.json("repair", "--apply")["lines"] == 0
    assert tracker.json("verify", expect=(1,))["total"]["events"] == 50
    assert tracker.json("verify", "u/t")["total"]["events"] == 30
    assert hashlib.sha256(segment.read_bytes()).hexdigest() == before
    assert tracker.json("index")["digest"] == tracker.json("index", "--rebuild")["digest"]


def test_repair_beside_a_live_writer_leaves_its_file(tracker, client_environment):
    child = tracker.start("log", "--session", "s", "--ack", stdin=subprocess.PIPE)
    child.stdin.write('{"ts":1763899200000,"metric":"m","value":1}\n')
    child.stdin.flush()
    child.reader.next(20)
    segment, = tracker.data.glob("log/*/s/*.zst")
    half_a_frame = segment.read_bytes()[:60]
    with open(segment, "ab") as file:
        file.write(half_a_frame)
    os.utime(segment, (LONG_AGO, LONG_AGO))
    assert "may still be written to: skipped" in tracker.run("repair", "--apply").stdout
    assert tracker.run("verify").returncode == 0
    child.stdin.close()
    assert child.wait(20) == 0
    os.utime(segment, (LONG_AGO, LONG_AGO))
    assert tracker.run("verify", expect=(1,)).returncode == 1


def test_a_log_that_is_being_written_is_never_called_damaged(tracker):
    child = tracker.start("log", "--session", "s", "--ack", stdin=subprocess.PIPE)
    line = '{"ts":1763899200000,"metric":"m","value":1,"labels":{"n":"%d"}}\n'
    number, looks = 500, 0
    child.stdin.write("".join(line % n for n in range(number)))
    child.stdin.flush()
    assert child.reader.next(20), "the first lines are not acknowledged"
    end = time.monotonic() + (20 if harness.LONG else 2)
    while time.monotonic() < end:
        child.stdin.write("".join(line % (number + n) for n in range(500)))
        child.stdin.flush()
        number += 500
        found = tracker.run("verify", "--json", expect=(0,))
        looks += 1
        assert '"whole":true' in found.stdout
    child.stdin.close()
    assert child.wait(20) == 0
    assert looks > 3 and tracker.json("verify")["total"]["events"] == number
