"""Lines over HTTP, and the data folder under a running server: as programs and people do it."""
import gzip
import os
import shutil
import socket
import threading

import pytest

import harness

TYPE = {"Content-Type": "application/x-ndjson"}
PATH = "/api/events?user=u&session=s"


def lines(first, count):
    return "".join('{"ts":%d,"metric":"m","value":%d}\n' % (1763899200000 + number, number)
                   for number in range(first, first + count)).encode()


def events(tracker):
    return tracker.json("index", "--rebuild")["events"]


def test_batches_and_a_kill(tracker):
    """What was acknowledged is there once, though every batch is sent until it is acknowledged, and again."""
    server = tracker.serve()
    sent = 0

    def send(number):
        body, key = lines(number * 5_000, 5_000), {"Idempotency-Key": "batch-%d" % number}
        packed = {"Content-Encoding": "gzip"} if number % 2 else {}
        body = gzip.compress(body) if number % 2 else body
        return server.post(PATH, body, {**TYPE, **key, **packed})[0]

    for number in range(6):
        assert send(number) == 200
        sent += 5_000
    killer = threading.Timer(0.01, server.kill)
    killer.start()
    with pytest.raises(OSError):
        while True:
            send(6)
    killer.join()
    server = tracker.serve()
    for number in range(7):
        assert send(number) == 200
    server.stop()
    assert events(tracker) == 35_000
    tracker.verify()
    found = tracker.json("show", "u/s")
    assert found["events"] == 35_000 and found["health"]["conflicting_frames"] == 0


def test_read_at_once(server):
    """Whoever reads sees what was acknowledged before."""
    for number in range(20):
        assert server.post(PATH, lines(number, 1), TYPE)[0] == 200
        assert server.json("/api/sessions/u/s")["events"] == number + 1


@pytest.mark.parametrize("how", ["made again", "read-only", "a link"])
def test_the_data_folder(tracker, how):
    if how == "read-only" and os.geteuid() == 0:
        pytest.skip("the rights of a folder do not bind root")
    server = tracker.serve()
    assert server.post("/api/track", harness.track_body("u", "s"))[0] == 200
    if how == "made again":
        shutil.rmtree(tracker.data)
        assert server.post("/api/track", harness.track_body("u", "s", 1))[0] == 503
        tracker.data.mkdir(mode=0o700)
        # What was acknowledged in the last half second may be written again.
        expected = {"new"}, {"new", "s"}
    elif how == "read-only":
        folder = tracker.data / "log" / "u"
        folder.chmod(0o500)
        assert server.post("/api/track", harness.track_body("u", "other"))[0] == 503
        folder.chmod(0o700)
        expected = ({"new", "s"},)
    else:
        aside = tracker.folder / "aside"
        aside.mkdir(mode=0o700)
        tracker.data.rename(tracker.folder / "old")
        tracker.data.symlink_to(aside)
        expected = ({"new"},)

    def listed():
        return {row["session"] for row in server.json("/api/sessions")["sessions"]}
    assert server.post("/api/track", harness.track_body("u", "new", 2))[0] == 200
    harness.within(10, lambda: listed() in expected, "the new folder is listed")
    # What the last look at the old folder found is told until the next look.
    harness.within(10, lambda: server.json("/health")["freshness"].get("problem") is None, "no problem is left")
    server.stop()
    assert {row["session"] for row in tracker.json("sessions")} in expected
    assert (tracker.data / "index").is_dir()


@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "socket"])
def test_something_else_is_in_the_place_of_the_lock(tracker, kind):
    tracker.run("log", "--session", "s", text_input=lines(0, 3).decode())
    lock = tracker.data / "index" / "lock"
    lock.parent.mkdir(exist_ok=True)
    lock.unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(lock)
    elif kind == "folder":
        lock.mkdir()
    elif kind == "link":
        lock.symlink_to("elsewhere")
    else:
        with socket.socket(socket.AF_UNIX) as name:
            os.chdir(lock.parent)  # the path of a socket is short
            name.bind("lock")
            os.chdir("/")
    server = tracker.serve()
    harness.within(10, lambda: "index/lock" in str(server.json("/health")["freshness"]), "the lock is named")
    shutil.rmtree(lock) if kind == "folder" else lock.unlink()
    server.stop()
    assert tracker.json("index")["saved"]


def test_a_folder_that_all_can_write_to(tracker):
    tracker.data.mkdir()
    tracker.data.chmod(0o777)
    tracker.serve().stop()
    assert "every account of this machine can write to" in tracker.log("serve")
