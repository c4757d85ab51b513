"""A report counts once, whatever call it is that fails, or after which the program is killed."""
import collections
import errno
import fcntl
import os
import subprocess

import pytest

import local_tracker_client as client
from local_tracker_client import LocalTrackerClient
from segments import all_events, files, text

CALLS = ((os, "open"), (os, "read"), (os, "write"), (os, "fsync"), (os, "fdatasync"), (os, "rename"), (os, "unlink"),
         (os, "ftruncate"), (os, "close"), (os, "mkdir"), (os, "listdir"), (os, "fstat"), (fcntl, "flock"))
WAYS = ("killed before", "killed after", "fails", "fails from then on", "fails twice")


def report(value):
    return client.make_body("u", "t", "m", {"value": value, "timestamp": "2026-11-23T14:02:11.5Z"}, "s")


def tamper(way, at):
    """The `at`-th call of the client, from 1, goes wrong in this process."""
    count = [0]

    def wrap(module, name):
        real = getattr(module, name)

        def call(*arguments, **named):
            count[0] += 1
            here = count[0] == at
            if here and way == "killed before":
                os._exit(9)
            if way.startswith("fails") and name != "close" and (
                    here or (way == "fails from then on" and count[0] > at) or (way == "fails twice" and count[0] == at + 1)):
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            result = real(*arguments, **named)
            if here and way == "killed after":
                os._exit(9)
            return result
        setattr(module, name, call)
    for module, name in CALLS:
        wrap(module, name)
    return count


def in_child(work):
    """Exit status of `work` in a forked child."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = work()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def sections(data):
    found = collections.defaultdict(list)
    for path in files(data):
        if path.stat().st_size:
            for line in text(path).splitlines():
                if line.startswith('{"frame"'):
                    section = []
                    found[client.json.loads(line)["writer"]].append(section)
                section.append(line)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_any_call_that_goes_wrong(tmp_path, monkeypatch, way):
    monkeypatch.setattr(client.time, "sleep", lambda _: None)
    at, ended = 0, False
    while not ended:
        at += 1
        folder = tmp_path / str(at)
        monkeypatch.setenv("TRACKER_DATA", str(folder / "data"))
        monkeypatch.setenv("TRACKER_SPOOL", str(folder / "spool"))
        LocalTrackerClient().spool.keep(report(1))
        reader, pipe = os.pipe()

        def work():
            write, sender = os.write, LocalTrackerClient()
            count = tamper(way, at)
            sender.flush_spool()
            sent = sender.send_metrics("t", "m", {"value": 2, "timestamp": "2026-11-23T14:02:11.5Z"}, "s",
                                       retries=3, backoff_factor=0)
            sender.flush_spool()
            write(pipe, b"sent" if sent else b"not sent")
            return 0 if count[0] >= at else 1
        status = in_child(work)
        os.close(pipe)
        said = os.read(reader, 10)
        os.close(reader)
        assert status in (0, 1, 9), status
        ended = status == 1
        rest = LocalTrackerClient()
        assert rest.flush_spool(), (way, at)
        rest.close()
        found = sections(folder / "data")
        assert client.body_digest(report(1))[:32] in found, (way, at)
        for copies in found.values():
            assert all(copy == copies[0] for copy in copies), (way, at, copies)
            assert '"at"' not in copies[0][0]
        values = [client.json.loads(line)["value"] for copies in found.values() for line in copies[0] if '"metric":' in line]
        assert sorted(values) in ([1], [1, 2]), (way, at, values)
        assert 2 in values or said in (b"", b"not sent"), (way, at, said)
        verify(folder / "data")
    assert at > 30


def verify(data):
    """With the tracker itself, where it is built."""
    binary = os.environ.get("TRACKER_BIN")
    if binary:
        shown = subprocess.run([binary, "verify", "--data", str(data)], capture_output=True, text=True)
        assert shown.returncode == 0, shown.stdout


def test_spooled_and_flushed_twice_counts_once(data, monkeypatch):
    tracker = LocalTrackerClient()
    tracker.spool.keep(report(1))
    with monkeypatch.context() as faults:
        faults.setattr(os, "unlink", lambda *_, **__: (_ for _ in ()).throw(OSError(5, "EIO")))
        assert not tracker.flush_spool()
    assert LocalTrackerClient().flush_spool()
    (one, two), = sections(data).values()
    assert one == two


def test_a_body_that_cannot_be_removed_does_not_hold_up_the_rest(data, monkeypatch):
    tracker, real = LocalTrackerClient(), os.unlink
    for value in (1, 2, 3):
        tracker.spool.keep(report(value))
    stuck = os.path.join(tracker.spool.folder, tracker.spool.names()[0])

    def unlink(path, *arguments, **named):
        if path == stuck:
            raise OSError(errno.EPERM, "not permitted")
        return real(path, *arguments, **named)
    monkeypatch.setattr(os, "unlink", unlink)
    assert not tracker.flush_spool() and len(tracker.spool.names()) == 1
    assert sorted({e["value"] for e in all_events(data) if "metric" in e}) == [1, 2, 3]


def test_what_is_no_body_in_the_spool_is_no_exception(data, tmp_path):
    tracker = LocalTrackerClient()
    tracker.spool.keep(report(1))
    for name, content in (("a.json", b"["), ("b.json", b"[" * 100_000), ("c.json", b"\xff"), ("d.json", b"{}"),
                          ("zz.json", b'{"userId":"\\ud800"}'), ("0.json", b"7")):
        (tmp_path / "spool" / name).write_bytes(content)
    os.mkfifo(tmp_path / "spool" / "fifo.json")
    (tmp_path / "spool" / "folder.json").mkdir()
    assert not tracker.flush_spool()
    assert sorted(tracker.spool.names()) == ["fifo.json", "folder.json"]
    assert len(tracker.spool.names("rejected")) == 6
    tracker.spool.keep(report(2))
    assert len(tracker.spool.names()) == 3


def test_an_abandoned_file_of_the_spool_goes_at_once_and_one_being_written_stays(tmp_path):
    tracker = LocalTrackerClient()
    tracker.spool.keep(report(1))
    dead, alive = (tmp_path / "spool" / (".%016x-%08x" % (number, number)) for number in (1, 2))
    dead.write_bytes(b"half")
    with open(alive, "wb") as file:
        file.write(b"half")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_SH)
        assert tracker.flush_spool()
        assert alive.exists() and not dead.exists()
