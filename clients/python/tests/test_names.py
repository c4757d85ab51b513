"""User and session ids are bytes: what differs in one byte is another id, and none is changed."""
import json
import os
import subprocess
import sys

import pytest

import local_tracker_client as client
from local_tracker_client import LocalTrackerClient, SessionLog, directory_name
from segments import all_events, all_frames
from service import service

#: Each pair is one text to a program that normalises, folds case or trims.
PAIRS = [("\u00e9", "e\u0301"), ("\u212b", "\u00c5"), ("\u212a", "K"), ("\ufb01", "fi"), ("\uff21", "A"), ("\uac00", "\u1100\u1161"),
         ("a", "A"), ("\u00df", "ss"), ("a", "a "), ("a", "a\u200b"), ("a\u00a0", "a "), ("\u1e9b\u0323", "\u1e9b\u0323\u200d"),
         ("\ud800", "\udfff"), ("\udcff", "?"), ("\udcff", "\ufffd"), ("a\x00", "a"), ("\u0130", "i\u0307")]


@pytest.mark.parametrize("one, two", PAIRS)
def test_two_ids_stay_two(data, monkeypatch, one, two):
    assert directory_name(one) != directory_name(two)
    for number, name in enumerate((one, two)):
        with SessionLog(session=name, user=name) as log:
            log.sample("m", number)
            monkeypatch.setattr(client, "user_of", lambda _, name=name: name)
            sender = LocalTrackerClient()
            assert sender.send_metrics("t", "m", {"value": number}, name)
            sender.close()
    for number, name in enumerate((one, two)):
        where = {"user": directory_name(name), "session": directory_name(name)}
        assert [event["value"] for event in all_events(data, **where) if "metric" in event] == [number] * 2
        assert len({frame.header["session"] for frame in all_frames(data, **where)}) == 1


def test_one_client_writes_to_two_sessions_that_look_alike(data):
    sender = LocalTrackerClient()
    for number, name in enumerate(("\u00e9", "e\u0301")):
        assert sender.send_metrics("t", "m", {"value": number}, name)
        assert [event["value"] for event in all_events(data, session=directory_name(name)) if "metric" in event] == [number]


def test_over_http_the_bytes_are_those_given(monkeypatch):
    with service() as tracker:
        monkeypatch.setenv("TRACKING_SERVICE_URL", tracker.url)
        for name in ("\u00e9", "e\u0301"):
            monkeypatch.setenv("LOCAL_TRACKER_USER_ID", name)
            assert LocalTrackerClient().send_metrics("t", "m", {"value": 1}, name)
    for body, name in zip(tracker.accepted(), ("\u00e9", "e\u0301")):
        assert json.loads(body)["userId"] == json.loads(body)["runDetails"]["session_id"] == name


@pytest.mark.parametrize("source", ("environment", "file"))
def test_users_of_bytes_that_are_no_text(data, tmp_path, source):
    """Two of them were one user `?`."""
    for number, name in enumerate((b"\xff", b"\xfe", "\u00e9".encode(), "e\u0301".encode(), b"?")):
        environment = {os.fsencode(key): os.fsencode(value) for key, value in os.environ.items()}
        environment[b"PYTHONPATH"] = os.fsencode(os.path.dirname(client.__file__))
        if source == "file":
            (tmp_path / ".env").write_bytes(b"LOCAL_TRACKER_USER_ID=" + name + b"\n")
        else:
            environment[b"LOCAL_TRACKER_USER_ID"] = name
        program = "import local_tracker_client as c\nwith c.SessionLog(session='s') as log: log.sample('m', %d)" % number
        subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    assert len(list((data / "log").iterdir())) == 5
    assert len(all_events(data)) == 5


def test_ids_given_as_bytes(data):
    with SessionLog(session="\u00e9".encode(), user=b"a") as log:
        log.sample("m", 1)
    assert len(all_events(data, user="a", session="%c3%a9")) == 1


def test_the_current_session_is_that_of_this_user_alone(data):
    (data / "current").mkdir(parents=True)
    (data / "current" / (directory_name("\u00e9") + ".json")).write_text('{"session":"e\\u0301"}')
    assert SessionLog(user="\u00e9").session == "e\u0301"
    assert SessionLog(user="e\u0301").session != "e\u0301"
