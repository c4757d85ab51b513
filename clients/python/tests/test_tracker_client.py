import itertools
import json
import os
import subprocess
import sys
import time

import pytest

import local_tracker_client as client
from local_tracker_client import LocalTrackerClient
from segments import all_events, all_frames, files
from service import service

DATA = {"avg_latency_ms": 12.5, "target_url": "http://x/", "commit_hash": "abc", "method": "GET",
        "total_requests": 10, "error_rate": 1.5, "rps": 4.5, "duration_s": 2, "custom": {"a": [1]},
        "labels": {"cache": "on", "n": 1}}


def send(tracker, value=12.5, **named):
    return tracker.send_metrics("load_test", "avg_latency_ms", {**DATA, "avg_latency_ms": value},
                                "s1", backoff_factor=0.001, **named)


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


def test_the_signature_is_the_guides():
    import inspect
    parameters = inspect.signature(LocalTrackerClient.send_metrics).parameters
    assert list(parameters) == ["self", "challenge_type", "metric_name", "metrics_data", "session_id",
                                "retries", "backoff_factor"]
    assert parameters["retries"].default == 3 and parameters["backoff_factor"].default == 0.5


def test_over_http(monkeypatch):
    monkeypatch.setenv("LOCAL_TRACKER_API_KEY", "key")
    monkeypatch.setenv("LOCAL_TRACKER_USER_ID", "me")
    with service() as tracker:
        monkeypatch.setenv("TRACKING_SERVICE_URL", tracker.url)
        assert send(LocalTrackerClient()) is True
    (_, body, headers), = tracker.received
    body = json.loads(body)
    stamp = body.pop("timestamp")
    assert stamp.endswith("Z") and len(stamp) == len("2026-11-23T15:00:00.000Z")
    assert body == {
        "schema_version": "1.0", "userId": "me", "challengeType": "load_test",
        "metricName": "avg_latency_ms", "value": 12.5, "labels": {"cache": "on", "n": "1"},
        "runDetails": {**{k: v for k, v in DATA.items() if k != "labels"}, "session_id": "s1"}}
    assert headers["x-api-key"] == "key" and headers["content-type"] == "application/json"


@pytest.mark.parametrize("environment, env_file, key, user", [
    ({}, "", None, "anonymous"),
    ({"API_KEY": "old", "INFLUENCER_USER": "inf"}, "", "old", "inf"),
    ({"API_KEY": "old", "LOCAL_TRACKER_API_KEY": "new"}, "LOCAL_TRACKER_USER_ID=file", "new", "file"),
    ({"LOCAL_TRACKER_USER_ID": "real"}, "# x\nexport LOCAL_TRACKER_USER_ID=file\nAPI_KEY='a b' # c", "a b", "real"),
    ({"LOCAL_TRACKER_USER_ID": ""}, 'INFLUENCER_USER="in file"\nnonsense\nAPI_KEY=k # c\n', "k", "in file"),
])
def test_settings(tmp_path, monkeypatch, environment, env_file, key, user):
    (tmp_path / ".env").write_text(env_file)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    tracker = LocalTrackerClient()
    assert (tracker.api_key, tracker.user_id) == (key, user)


def test_retries_send_the_same_bytes(monkeypatch):
    with service([500, "drop", 200]) as tracker:
        monkeypatch.setenv("TRACKING_SERVICE_URL", tracker.url)
        assert send(LocalTrackerClient()) is True
    assert len(tracker.received) == 3
    assert len({body for _, body, _ in tracker.received}) == 1


def test_backoff_doubles(monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with service([503] * 4) as tracker:
        monkeypatch.setenv("TRACKING_SERVICE_URL", tracker.url)
        assert LocalTrackerClient().send_metrics("t", "m", {"value": 1}, "s", retries=4) is False
    assert waits == [0.5, 1.0, 2.0] and len(tracker.received) == 4


def test_what_fails_waits_in_the_spool_and_the_next_call_sends_it(monkeypatch, spool):
    with service([500, 500, 500]) as tracker:
        monkeypatch.setenv("TRACKING_SERVICE_URL", tracker.url)
        sender = LocalTrackerClient()
        assert send(sender, 1) is False
        kept, = spool.glob("*.json")
        assert kept.read_bytes() == tracker.received[0][1]
        assert kept.stat().st_mode & 0o777 == 0o600 and spool.stat().st_mode & 0o777 == 0o700
        assert send(sender, 2) is True
    assert [json.loads(body)["value"] for body in tracker.accepted()] == [2, 1]
    assert tracker.accepted()[1] == tracker.received[0][1]
    assert list(spool.glob("*.json")) == []


def test_a_service_that_is_not_there(monkeypatch, spool):
    with service() as tracker:
        url = tracker.url
    monkeypatch.setenv("TRACKING_SERVICE_URL", url)
    sender = LocalTrackerClient()
    for value in range(5):
        assert send(sender, value, retries=1) is False
    assert not sender.flush_spool() and len(list(spool.glob("*.json"))) == 5
    with service() as tracker:
        sender.service_url = tracker.url
        assert sender.flush_spool()
    assert [json.loads(body)["value"] for body in tracker.accepted()] == list(range(5))


@pytest.mark.parametrize("step", (0, -10**9))
def test_a_spool_keeps_its_order_whatever_the_clock_does(monkeypatch, spool, step):
    monkeypatch.setenv("TRACKING_SERVICE_URL", "http://127.0.0.1:1/api/track")
    sender, clock = LocalTrackerClient(), itertools.count(time.time_ns(), step)
    monkeypatch.setattr(client.time, "time_ns", lambda: next(clock))
    for value in range(8):
        assert send(sender, value, retries=1) is False
    with service() as tracker:
        sender.service_url = tracker.url
        assert sender.flush_spool()
    assert [json.loads(body)["value"] for body in tracker.accepted()] == list(range(8))


def test_a_spool_survives_the_program_and_is_sent_by_another(monkeypatch, spool):
    monkeypatch.setenv("TRACKING_SERVICE_URL", "http://127.0.0.1:1/api/track")
    assert send(LocalTrackerClient(), retries=1) is False
    with service() as tracker:
        subprocess.run([sys.executable, client.__file__], check=True,
                       env={**os.environ, "TRACKING_SERVICE_URL": tracker.url})
    assert len(tracker.accepted()) == 1


def test_one_refused_body_does_not_hold_up_the_rest(monkeypatch, spool):
    with service([500, 500]) as tracker:
        monkeypatch.setenv("TRACKING_SERVICE_URL", tracker.url)
        sender = LocalTrackerClient()
        send(sender, 1, retries=1), send(sender, 2, retries=1)
    with service([400, 200]) as tracker:
        sender.service_url = tracker.url
        assert sender.flush_spool()
    assert len(list((spool / "rejected").glob("*.json"))) == 1 and len(tracker.accepted()) == 1


@pytest.mark.parametrize("status, tries, kept_in", [
    (400, 1, "rejected"), (413, 1, "rejected"), (401, 1, ""), (403, 1, ""), (404, 1, ""), (307, 1, ""),
    (500, 3, ""), (429, 3, "")])
def test_what_each_answer_means(monkeypatch, spool, status, tries, kept_in):
    with service([status] * 3) as tracker:
        monkeypatch.setenv("TRACKING_SERVICE_URL", tracker.url)
        assert send(LocalTrackerClient()) is False
    assert len(tracker.received) == tries
    assert len(list((spool / kept_in).glob("*.json"))) == 1


@pytest.mark.parametrize("url", ["nonsense", "ftp://x/", "http://", "http://[", "file:///etc/passwd",
                                 "http://localhost:99999/", "http://a b/"])
def test_a_wrong_url_is_no_exception(monkeypatch, spool, url):
    monkeypatch.setenv("TRACKING_SERVICE_URL", url)
    assert send(LocalTrackerClient(), retries=1) is False
    assert len(list(spool.glob("*.json"))) == 1


@pytest.mark.parametrize("data", [None, [], "x", {"value": object()}, {"value": float("nan")},
                                  {"labels": {"k%d" % n: 1 for n in range(40)}}, {"timestamp": object()}])
def test_odd_data_is_no_exception(data):
    assert LocalTrackerClient().send_metrics("t", "m", data, "s", retries=1) in (True, False)


def test_a_full_spool_says_so(monkeypatch, spool, caplog):
    monkeypatch.setenv("TRACKING_SERVICE_URL", "http://127.0.0.1:1/")
    monkeypatch.setattr(client, "MAX_SPOOL_FILES", 2)
    sender = LocalTrackerClient()
    assert [send(sender, value, retries=1) for value in range(3)] == [False] * 3
    assert len(list(spool.glob("*.json"))) == 2
    assert "metrics are lost" in caplog.text and "full" in caplog.text


def test_a_body_that_was_half_written_is_never_sent(monkeypatch, spool):
    monkeypatch.setenv("TRACKING_SERVICE_URL", "http://127.0.0.1:1/")
    def crash(*_):
        raise OSError("power cut")
    monkeypatch.setattr(os, "rename", crash)
    assert send(LocalTrackerClient(), retries=1) is False
    assert list(spool.glob("*.json")) == []


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with service() as tracker:
        monkeypatch.setenv("TRACKING_SERVICE_URL", tracker.url)
        assert send(LocalTrackerClient()) is True


# -- without a service: files


def test_into_files(data, monkeypatch, ending):
    monkeypatch.setenv("LOCAL_TRACKER_USER_ID", "Me")
    assert send(LocalTrackerClient()) is True
    frame, = all_frames(data, user="%4de", session="s1")
    started, sample, finished = frame.events
    run = "track-" + frame.header["writer"][:16]
    assert len(frame.header["writer"]) == 32
    assert frame.header["seq"] == 0 and frame.header["session"] == "s1"
    assert started == {"ts": sample["ts"] - 2000, "event": "run_started", "run": run, "test": "load_test",
                       "target": "http://x/", "commit": "abc", "params": {
                           "metric_name": "avg_latency_ms", "schema_version": "1.0", "value": 12.5,
                           "timestamp": started["params"]["timestamp"],
                           "labels": {"cache": "on", "n": "1"}, "method": "GET"}, "environment": {}}
    assert sample == {"ts": sample["ts"], "metric": "avg_latency_ms", "value": 12.5, "unit": "ms", "run": run,
                      "labels": {"cache": "on", "n": "1"}}
    assert finished == {"ts": sample["ts"], "event": "run_finished", "run": run, "state": "finished",
                        "summary": {**{k: v for k, v in DATA.items() if k != "labels"}, "session_id": "s1"}}


def test_a_session_keeps_one_file_and_a_client_few(data, monkeypatch):
    monkeypatch.setattr(client, "MAX_OPEN_WRITERS", 2)
    tracker = LocalTrackerClient()
    for session in ("a", "a", "b", "c", "a"):
        assert tracker.send_metrics("t", "m", {"value": 1}, session)
    assert [len(files(data, session=name)) for name in "abc"] == [2, 1, 1]
    assert len(tracker._writers) == 2
    tracker.close()


def test_without_a_session_id_it_makes_one_and_keeps_it(data):
    tracker = LocalTrackerClient()
    for value in (1, 2):
        assert tracker.send_metrics("t", "m", {"value": value}, None)
    session, = {path.parent.name for path in files(data)}
    assert session == tracker.session_id != LocalTrackerClient().session_id


def test_a_failed_sync_spools_and_counts_once(data, monkeypatch, spool):
    tracker = LocalTrackerClient()
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda _: (_ for _ in ()).throw(OSError(5, "EIO")))
    assert send(tracker, 1, retries=2) is False  # written, but not known to be safe
    monkeypatch.setattr(os, "fdatasync", real)
    assert send(tracker, 2) is True
    assert list(spool.glob("*.json")) == []
    once = {(f.header["writer"], f.header["seq"]): [e for e in f.events if "metric" in e]
            for f in all_frames(data)}
    assert sorted(e["value"] for events in once.values() for e in events) == [1, 2]


def test_a_data_folder_that_cannot_be_made(monkeypatch, spool, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRACKER_DATA", str(tmp_path / "file" / "data"))
    assert send(LocalTrackerClient()) is False
    assert len(list(spool.glob("*.json"))) == 1


@pytest.mark.parametrize("stamp, milliseconds", [
    ("2025-11-23T12:00:00Z", 0), ("2025-11-23T12:00:00", 0), ("2025-11-23T13:00:00.25+01:00", 250),
    ("2025-11-23 12:00:00.123456789Z", 123.457), ("2025-11-23T12:00Z", 0), ("2025-11-23T07:00:00-0500", 0)])
def test_timestamps_without_a_zone_are_utc(data, stamp, milliseconds):
    assert LocalTrackerClient().send_metrics("t", "m", {"value": 1, "timestamp": stamp}, "s")
    assert all_events(data)[1]["ts"] == pytest.approx(1763899200000 + milliseconds, abs=0.001)


def test_a_forked_child_sends_from_its_own_files(data):
    tracker = LocalTrackerClient()
    assert send(tracker, 1)
    child = os.fork()
    if child == 0:
        os._exit(0 if send(tracker, 2) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert send(tracker, 3)
    assert len(files(data)) == 2
    assert sorted(e["value"] for e in all_events(data) if "metric" in e) == [1, 2, 3]
