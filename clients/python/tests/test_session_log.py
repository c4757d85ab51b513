import datetime
import fcntl
import json
import multiprocessing
import os
import re
import stat
import subprocess
import sys
import threading
import time

import pytest

import local_tracker_client as client
from local_tracker_client import SessionLog
from segments import all_events, all_frames, files, frames, text

CLIENT_FOLDER = os.path.dirname(client.__file__)


def values(data, **where):
    return [event["value"] for event in all_events(data, **where) if "metric" in event]


def test_a_segment_reads_with_the_standard_tools(data, ending):
    with SessionLog(session="s", user="u") as log:
        for number in range(250):
            assert log.sample("http.latency_ms", number / 2, unit="ms", route="/", status=200)
    path, = files(data, "u", "s")
    assert re.fullmatch(r"[0-9a-f]{16}\.000001\.jsonl\." + ending, path.name)
    lines = text(path).splitlines()
    assert len(lines) == 250 + len(frames(path))
    assert values(data) == [number / 2 for number in range(250)]
    event = all_events(data)[3]
    assert event["unit"] == "ms" and event["labels"] == {"route": "/", "status": "200"}
    assert abs(event["ts"] / 1000 - time.time()) < 60


def test_headers_carry_identity_sequence_and_count(data, ending):
    log = SessionLog(session="S ß", user="u")
    for batch in range(3):
        log.sample("m", batch)
        assert log.flush()
    log.close()
    found = all_frames(data, user="u", session="%53%20%c3%9f")
    writer = files(data)[0].name.split(".")[0]
    assert [frame.header["seq"] for frame in found] == [0, 1, 2]
    assert {(frame.header["writer"], frame.header["session"]) for frame in found} == {(writer, "S ß")}
    assert abs(found[0].header["at"] / 1000 - time.time()) < 60


def test_modes_and_layout(data):
    SessionLog(user="u").close()
    path, = files(data)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (path.parent, path.parent.parent, data / "log", data):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert json.loads((data / "tracker.json").read_text()) == {"format": 1}


def test_an_open_segment_is_locked_and_a_closed_one_is_not(data):
    log = SessionLog(session="s", user="u")
    log.sample("m", 1)
    log.flush()
    descriptor = os.open(files(data)[0], os.O_RDONLY)
    with pytest.raises(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    log.close()
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_each_start_is_a_new_session(data):
    ids = {SessionLog(user="u").session for _ in range(3)}
    assert len(ids) == 3
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", name) for name in ids)


def test_the_current_session_is_joined_until_it_ends(data):
    current = data / "current"
    current.mkdir(parents=True)
    (current / "%55.json").write_text('{"session":"morning","user":"U","started":1}')
    assert SessionLog(user="U").session == "morning"
    assert SessionLog(user="other").session != "morning"
    assert SessionLog(user="U", session="own").session == "own"
    (current / "%55.json").unlink()
    assert SessionLog(user="U").session != "morning"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"session":""}', b'{"session":7}', b"\xff"])
def test_a_damaged_current_file_is_ignored(data, content):
    (data / "current").mkdir(parents=True)
    (data / "current" / "u.json").write_bytes(content)
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{8}", SessionLog(user="u").session)


def test_a_current_file_that_is_a_fifo_or_link_does_not_block(data, tmp_path):
    (data / "current").mkdir(parents=True)
    os.mkfifo(data / "current" / "u.json")
    (data / "current" / "v.json").symlink_to("/dev/zero")
    for user in "uv":
        assert SessionLog(user=user).session


def test_a_symbolic_link_in_the_data_folder_is_not_followed(data, tmp_path):
    (data / "log").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (data / "log" / "u").symlink_to(tmp_path / "elsewhere")
    log = SessionLog(session="s", user="u")
    log.sample("m", 1)
    assert not log.flush()
    assert list((tmp_path / "elsewhere").iterdir()) == []
    log.close()


def test_runs(data):
    log = SessionLog(session="s", user="u")
    with log.run(test="warm", target="http://x/", params={"rate": 10}, commit="abc") as run:
        run.sample("m", 1)
        run.summary["rps"] = 9.5
    with pytest.raises(ZeroDivisionError), log.run(run="second"):
        1 // 0
    with pytest.raises(KeyboardInterrupt), log.run(run="third"):
        raise KeyboardInterrupt
    log.close()
    events = all_events(data)
    assert events[0] == {"ts": events[0]["ts"], "event": "run_started", "run": run.id, "test": "warm",
                         "target": "http://x/", "commit": "abc", "params": {"rate": 10}}
    assert events[1]["run"] == run.id
    finished = [event for event in events if event.get("event") == "run_finished"]
    assert [(event["run"], event["state"]) for event in finished] == [
        (run.id, "finished"), ("second", "failed"), ("third", "stopped")]
    assert finished[0]["summary"] == {"rps": 9.5}


def test_what_a_metric_is(data):
    log = SessionLog()
    assert log.describe("jobs", unit="jobs/s", kind="rate", better="higher", ts=1763899200000)
    for wrong in (dict(), dict(kind="colour"), dict(better="up"), dict(unit="x" * 1025)):
        assert not log.describe("jobs", **wrong)
    assert not log.describe("", better="lower")
    log.close()
    said = [line for line in all_events(data) if line.get("metrics")]
    assert said == [{"ts": 1763899200000, "event": "session", "metrics": {
        "jobs": {"unit": "jobs/s", "kind": "rate", "better": "higher"}}}]


def test_a_thread_writes_without_flush_within_about_a_second(data):
    log = SessionLog(session="s", user="u")
    log.sample("m", 1)
    end = time.monotonic() + 5
    while not values(data) and time.monotonic() < end:
        time.sleep(0.02)  # another process would look at the file just so
    assert values(data) == [1]
    log.close()


def test_bad_events_are_counted_and_never_raise(data):
    log = SessionLog(session="s", user="u")
    bad = [("", 1), ("m" * 129, 1), ("m", float("nan")), ("m", float("inf")), ("m", "x"), ("m", None),
           ("m", 10 ** 400), ("m", object())]
    for metric, value in bad:
        assert log.sample(metric, value) is False
    assert not log.sample("m", 1, labels={str(number): "" for number in range(33)})
    assert not log.sample("m", 1, unit="x" * 1025)
    assert not log.sample("m", 1, ts="yesterday")
    assert not log.sample("m", 1, labels=7)
    nested = []
    for _ in range(40):
        nested = [nested]
    assert not log.event("run_started", run="r", params={"x": nested})
    assert not log.event("note", text="x" * (1 << 20))
    assert log.statistics["dropped"] == len(bad) + 6
    assert log.sample("m", 1)
    log.close()
    assert values(data) == [1]
    assert not log.sample("m", 2) and log.close()


def test_hostile_strings_come_back_as_they_were(data):
    strings = ["<script>alert(1)</script>", "\u202e", "\u2028", "\0\x1b]0;x\x07", '"\\', "😀" * 100, "=cmd()"]
    with SessionLog(session="s", user="u") as log:
        for string in strings:
            log.sample(string[:100], 1, unit=string, labels={string: string})
        log.sample("lone \ud800 surrogate", 1)
    events = all_events(data)
    assert [event["unit"] for event in events[:-1]] == strings
    assert [list(event["labels"].items()) for event in events[:-1]] == [[(s, s)] for s in strings]
    assert events[-1]["metric"] == "lone ? surrogate"


def test_values_and_times_of_other_types(data):
    with SessionLog(session="s", user="u") as log:
        zone = datetime.timezone(datetime.timedelta(hours=2))
        log.sample("m", True, ts=datetime.datetime(2025, 11, 23, 14, tzinfo=zone))
        log.sample("m", 1 << 60, ts=datetime.datetime(2025, 11, 23, 12))
        log.sample("m", 0.1, ts=1763899200000.5, ok=1)
        log.event("run_started", run="r", params={"when": datetime.date(2025, 1, 2), "n": float("nan"), 3: (1,)})
    one, two, three, started = all_events(data)
    assert one["ts"] == two["ts"] == 1763899200000 and three["ts"] == 1763899200000.5
    assert (one["value"], two["value"], three["value"]) == (1, 1 << 60, 0.1) and three["ok"] is True
    assert started["params"] == {"when": "2025-01-02", "n": None, "3": [1]}


def test_threads_lose_and_mix_nothing(data, ending):
    log = SessionLog(session="s", user="u")
    def work(thread):
        for number in range(2_000):
            assert log.sample("m", number, thread=thread)
    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    log.close()
    events = all_events(data)
    for name in range(4):
        assert [e["value"] for e in events if e["labels"]["thread"] == str(name)] == list(range(2_000))
    assert [frame.header["seq"] for frame in all_frames(data)] == list(range(len(all_frames(data))))
    assert log.statistics["accepted"] == 8_000 and log.statistics["dropped"] == 0


def test_a_forked_child_writes_files_of_its_own(data):
    log = SessionLog(session="s", user="u")
    log.sample("m", 1)
    log.flush()
    log.sample("m", 2)  # queued at the fork: the parent's
    child = os.fork()
    if child == 0:
        log.sample("m", 3)
        os._exit(0 if log.flush() else 1)
    assert os.waitpid(child, 0)[1] == 0
    log.sample("m", 4)
    log.close()
    assert len(files(data)) == 2
    by_writer = {}
    for frame in all_frames(data):
        by_writer.setdefault(frame.header["writer"], []).append(frame)
    assert sorted([e["value"] for f in found for e in f.events] for found in by_writer.values()) == [[1, 2, 4], [3]]
    for path in files(data):
        assert {f.header["writer"] for f in frames(path)} == {path.name.split(".")[0]}


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_multiprocessing_child_keeps_its_last_events(data):
    log = SessionLog(session="s", user="u")
    log.sample("m", 0)
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=log.sample, args=("m", number)) for number in (1, 2)]
    [child.start() for child in children]
    [child.join() for child in children]
    log.close()
    assert sorted(values(data)) == [0, 1, 2]


def test_a_program_that_just_ends_loses_nothing(data, tmp_path):
    program = ("import local_tracker_client as c\n"
               "log = c.SessionLog(session='s', user='u')\n"
               "[log.sample('m', n) for n in range(150)]\n")
    subprocess.run([sys.executable, "-c", program], check=True,
                   env={**os.environ, "PYTHONPATH": CLIENT_FOLDER})
    assert values(data) == list(range(150))


def test_kill_9_keeps_all_that_was_flushed(data):
    program = ("import sys, local_tracker_client as c\n"
               "log = c.SessionLog(session='s', user='u')\n"
               "n = 0\n"
               "while True:\n"
               "    log.sample('m', n); n += 1\n"
               "    if n % 50 == 0 and log.flush(): print(n, flush=True)\n")
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True,
                             env={**os.environ, "PYTHONPATH": CLIENT_FOLDER})
    seen = [child.stdout.readline() for _ in range(40)]
    child.kill()
    seen += child.stdout.read().splitlines()
    child.wait()
    acknowledged = int(seen[-1])
    kept = subprocess.run(["zstd", "-dcq", str(files(data)[0])], capture_output=True).stdout.count(b'"metric"')
    assert kept >= acknowledged >= 2_000
    client._recover(str(data))
