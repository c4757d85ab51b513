"""The wall clock only stamps: it may say anything, and nothing waits, hurries or is forgotten."""
import json
import os
import random
import re
import socket
import threading
import time

import pytest

import local_tracker_client as client
from local_tracker_client import LocalTrackerClient, SessionLog
from segments import all_events, all_frames, files
from service import service

YEAR = 365.25 * 86_400
REAL_NS, REAL_GMTIME = time.time_ns, time.gmtime


@pytest.fixture(params=["steps", -10 * YEAR, 100 * YEAR, "before 1970"])
def clock(request, monkeypatch):
    """A wall clock that is wrong, or another one at each look."""
    seed = int(os.environ.get("TRACKER_SEED") or random.SystemRandom().randrange(1 << 32))
    print("TRACKER_SEED=%d" % seed)
    dice = random.Random(seed)

    def now_ns():
        if request.param == "before 1970":
            return -123_456_789_000
        step = dice.uniform(-10 * YEAR, 100 * YEAR) if request.param == "steps" else request.param
        return REAL_NS() + int(step * 1e9)
    monkeypatch.setattr(time, "time_ns", now_ns)
    monkeypatch.setattr(time, "time", lambda: now_ns() / 1e9)
    monkeypatch.setattr(time, "gmtime", lambda *seconds: REAL_GMTIME(*(seconds or (now_ns() / 1e9,))))


def values(data):
    return [event["value"] for event in all_events(data) if "metric" in event]


def test_a_log(data, clock, monkeypatch):
    written, real = threading.Event(), os.write
    log = SessionLog(user="u")
    log.flush()
    monkeypatch.setattr(os, "write", lambda *arguments: (real(*arguments), written.set())[0])
    begin = time.monotonic()
    assert log.sample("m", 0) and written.wait(10)  # by its thread, after a second
    assert time.monotonic() - begin < 5
    for number in range(1, 500):
        assert log.sample("m", number)
    assert log.close() and values(data) == list(range(500))
    assert len(files(data)) == 1, "a new segment, as if a day had gone"
    assert all(isinstance(frame.header["at"], int) and frame.header["at"] >= 0 for frame in all_frames(data))


def test_a_full_queue_holds_the_caller_no_longer(data, clock, monkeypatch):
    monkeypatch.setattr(client, "MAX_QUEUED_BYTES", 2_000)
    monkeypatch.setattr(client, "MAX_BLOCK_SECONDS", 0.2)
    log = SessionLog(session="s", user="u")
    begin = time.monotonic()
    with log._io:
        results = [log.sample("m", number) for number in range(100)]
    assert 0.2 <= time.monotonic() - begin < 5 and results.count(False) > 1
    log.close()


def test_reports_the_spool_and_its_order(data, clock, monkeypatch, tmp_path):
    monkeypatch.setenv("TRACKING_SERVICE_URL", "http://127.0.0.1:1/api/track")
    sender, waits = LocalTrackerClient(), []
    monkeypatch.setattr(time, "sleep", waits.append)
    for value in range(6):
        assert sender.send_metrics("t", "m", {"value": value}, "s", retries=3, backoff_factor=0.5) is False
    assert waits == [0.5, 1.0] * 6
    abandoned = tmp_path / "spool" / (".%016x-%08x" % (1, 1))
    abandoned.write_bytes(b"half")
    with service() as tracker:
        sender.service_url = tracker.url
        assert sender.flush_spool(seconds=30)
    bodies = tracker.accepted()
    assert [json.loads(body)["value"] for body in bodies] == list(range(6)) and not abandoned.exists()
    for body in bodies:  # each has a time that the tracker takes
        assert client.events_of_body(body)


def test_what_a_killed_program_had_queued(data, clock):
    child = os.fork()
    if child == 0:
        log = SessionLog(session="s", user="u")
        os._exit(0 if all([log.sample("m", number) for number in range(150)]) else 1)
    assert os.waitpid(child, 0)[1] == 0
    for _ in range(2):
        client._recover(str(data))
    assert sorted(values(data)) == list(range(150))


def test_the_wall_clock_is_read_for_stamps_alone():
    source = open(client.__file__, encoding="utf-8").read()
    assert not re.findall(r"time\.time\(|st_mtime|datetime\.now|utcnow", source)
    functions = re.split(r"\n(?=\s*def )", source)
    readers = {re.match(r"\s*def (\w+)", text).group(1) for text in functions if "time_ns()" in text}
    assert readers == {"_milliseconds", "_now_milliseconds", "_iso8601", "keep"}


def test_a_server_that_sends_a_byte_now_and_then_does_not_hold_the_program(monkeypatch):
    monkeypatch.setattr(client, "HTTP_TIMEOUT_SECONDS", 0.3)
    ended, server = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def drip():
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"H")
                except OSError:
                    return
    thread = threading.Thread(target=drip)
    thread.start()
    monkeypatch.setenv("TRACKING_SERVICE_URL", "http://127.0.0.1:%d/" % server.getsockname()[1])
    begin = time.monotonic()
    try:
        assert not LocalTrackerClient().send_metrics("t", "m", {"value": 1}, "s", retries=1)
        assert time.monotonic() - begin < 2
    finally:
        ended.set()
        thread.join()
        server.close()
