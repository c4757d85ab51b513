import errno
import os
import shutil

import pytest

import local_tracker_client as client
from local_tracker_client import SegmentWriter, SessionLog, sample_line
from segments import all_events, all_frames, files, files_limited_to, frames


def lines(*numbers):
    return [sample_line("m", number) for number in numbers]


def values(data):
    return [event["value"] for event in all_events(data) if "metric" in event]


class Faulty:
    """Stands in for a function of `os`: the n-th call (from 1) goes wrong as told."""

    def __init__(self, monkeypatch, name, faults):
        self.real, self.faults, self.calls = getattr(os, name), faults, []
        monkeypatch.setattr(os, name, self)

    def __call__(self, *arguments, **named):
        self.calls.append(arguments)
        fault = self.faults.get(len(self.calls))
        if isinstance(fault, int):
            raise OSError(fault, os.strerror(fault))
        return fault(self.real, *arguments) if fault else self.real(*arguments, **named)


def half(real, descriptor, frame):
    return real(descriptor, frame[:len(frame) // 2])


@pytest.fixture
def writer(data, request):
    if "ending" in request.fixturenames:
        request.getfixturevalue("ending")
    writer = SegmentWriter(str(data), "u", "s", "durable")
    writer.append(lines(0))  # so that write number 1 of a test is a frame
    yield writer
    writer.abandon()


def test_one_frame_is_one_write(data, writer, monkeypatch):
    written = Faulty(monkeypatch, "write", {})
    for number in (1, 2):
        writer.append(lines(*range(number * 100, number * 100 + 100)))
    assert [call[1] for call in written.calls] == [frame.raw for frame in all_frames(data)[1:]]


def test_a_short_write_is_undone_and_written_again_whole(data, writer, monkeypatch, ending):
    written = Faulty(monkeypatch, "write", {1: half})
    writer.append(lines(1))
    assert len(written.calls) == 2 and written.calls[0] == written.calls[1]
    assert values(data) == [0, 1]  # every byte of the file belongs to a frame


def test_a_second_short_write_goes_to_the_caller_and_leaves_nothing(data, writer, monkeypatch):
    Faulty(monkeypatch, "write", {1: half, 2: half})
    with pytest.raises(OSError):
        writer.append(lines(1))
    writer.append(lines(2))
    assert values(data) == [0, 2]
    assert [frame.header["seq"] for frame in all_frames(data)] == [0, 1]  # no gap


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_a_failed_write_is_not_accepted_and_the_next_is(data, writer, monkeypatch, fault):
    Faulty(monkeypatch, "write", {1: fault})
    with pytest.raises(OSError):
        writer.append(lines(1))
    writer.append(lines(2))
    writer.sync()
    assert values(data) == [0, 2]


def test_a_torn_write_that_cannot_be_undone_starts_a_new_segment(data, writer, monkeypatch):
    Faulty(monkeypatch, "write", {1: half})
    Faulty(monkeypatch, "ftruncate", {1: errno.EIO})
    with pytest.raises(OSError):
        writer.append(lines(1))
    writer.append(lines(2))
    first, second = files(data)
    assert first.name[:16] == second.name[:16] and second.name[17:23] == "000002"
    assert [frame.events[0]["value"] for frame in frames(second)] == [2]


def test_after_a_failed_sync_all_is_written_again_elsewhere(data, writer, monkeypatch):
    writer.append(lines(1))
    synced = Faulty(monkeypatch, "fdatasync", {1: errno.EIO})
    writer.sync()
    first, second = files(data)
    assert [f.raw for f in frames(first)] == [f.raw for f in frames(second)]  # equal identity: counts once
    assert len(synced.calls) == 2
    writer.append(lines(2))
    writer.sync()
    assert [f.header["seq"] for f in frames(second)] == [0, 1, 2]


@pytest.mark.parametrize("gone", ["log", "log/u", "log/u/s", "segment", ""])
@pytest.mark.parametrize("is_moved", [False, True])
@pytest.mark.parametrize("before_the_sync", [False, True])
def test_what_is_gone_takes_nothing_more(data, tmp_path, gone, is_moved, before_the_sync):
    writer = SegmentWriter(str(data), "u", "s", "interval")
    writer.append(lines(0))
    writer.sync()
    segment = files(data)[0]
    path = segment if gone == "segment" else data / gone
    if before_the_sync:
        writer.append(lines(1))
    os.rename(path, tmp_path / "aside")
    if not is_moved:
        shutil.rmtree(tmp_path / "aside", ignore_errors=True)
        (tmp_path / "aside").unlink(missing_ok=True)
    if not before_the_sync:
        writer.append(lines(1))
        assert values(data) == [1]  # accepted, hence where readers look
    writer.close()
    assert values(data) == [1]
    if is_moved:  # it comes back, and each frame counts once
        os.rename(tmp_path / "aside" / segment.relative_to(path), segment)
        assert {frame.header["seq"]: frame.events[0]["value"] for frame in all_frames(data)} == {0: 0, 1: 1}


def test_nothing_is_claimed_while_syncs_fail_and_all_is_sent_again_later(data, writer, monkeypatch):
    Faulty(monkeypatch, "fdatasync", {1: errno.EIO, 2: errno.EIO, 3: errno.EIO})
    for _ in range(2):
        with pytest.raises(OSError):
            writer.sync()
    writer.append(lines(1))  # syncs what is pending first
    writer.sync()
    last = frames(files(data)[-1])
    assert [f.header["seq"] for f in last] == [0, 1]


def test_a_full_disk_at_a_real_limit(data):
    log = SessionLog(session="s", user="u")
    log.sample("m", 0)
    assert log.flush()
    with files_limited_to(files(data)[0].stat().st_size + 40):
        for number in range(1, 300):
            assert log.sample("m", number)
        flushed = log.flush()
    assert not flushed
    assert log.flush() and log.close()
    assert values(data) == list(range(300))


def test_a_log_that_closes_on_a_full_disk_says_what_is_lost(data, caplog):
    log = SessionLog(session="s", user="u")
    log.sample("m", 0)
    assert log.flush()
    with files_limited_to(files(data)[0].stat().st_size):
        log.sample("m", 1)
        ends = [log.close(), log.flush(), log.close()]
    assert not any(ends)
    assert "1 events of session s are lost" in caplog.text and log.statistics["dropped"] == 1
    assert values(data) == [0]


def test_a_full_queue_drops_counts_and_says_so_in_the_log(data, monkeypatch):
    monkeypatch.setattr(client, "MAX_QUEUED_BYTES", 2_000)
    log = SessionLog(session="s", user="u", policy="drop")
    with log._io:  # the disk takes its time
        accepted = [log.sample("m", number) for number in range(100)]
    assert log.close() and 0 < sum(accepted) < 100
    assert values(data) == [number for number, taken in enumerate(accepted) if taken]
    assert sum(frame.header.get("dropped", 0) for frame in all_frames(data)) == accepted.count(False)
    assert log.statistics["dropped"] == accepted.count(False)


def test_block_waits_once_and_then_never_holds_the_program_again(data, monkeypatch):
    monkeypatch.setattr(client, "MAX_QUEUED_BYTES", 2_000)
    monkeypatch.setattr(client, "MAX_BLOCK_SECONDS", 0.2)
    log = SessionLog(session="s", user="u", policy="block")
    with log._io:
        waits = []
        monkeypatch.setattr(log._changed, "wait_for", lambda *_: waits.append(1) or False)
        results = [log.sample("m", number) for number in range(200)]
    assert len(waits) == 1 and results.count(False) > 1
    log.close()


def test_rotation_at_the_limit(data, monkeypatch):
    monkeypatch.setattr(client, "ROTATE_AFTER_BYTES", 200)
    with SessionLog(session="s", user="u") as log:
        for number in range(5):
            log.sample("m", number)
            log.flush()
    paths = files(data)
    assert len(paths) > 1 and [path.name[17:23] for path in paths] == [
        "%06d" % number for number in range(1, len(paths) + 1)]
    assert [frame.header["seq"] for frame in all_frames(data)] == list(range(5))


@pytest.mark.parametrize("level, least, most", [("written", 0, 0), ("interval", 1, 2), ("durable", 2, 9)])
def test_levels(data, monkeypatch, level, least, most):
    synced = Faulty(monkeypatch, "fdatasync", {})
    log = SessionLog(session="s", user="u", level=level)
    log.sample("m", 1)
    log.flush()
    if level != "interval":
        log.sample("m", 2)
        log.flush()
    log.close()
    assert least <= len(synced.calls) <= most


def test_interval_syncs_by_itself(data, monkeypatch):
    import threading
    synced, real = threading.Event(), os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: (real(descriptor), synced.set()))
    log = SessionLog(session="s", user="u")
    for number in range(100):
        log.sample("m", number)
    assert synced.wait(5)
    log.close()


def test_an_existing_file_is_never_touched(data, monkeypatch):
    monkeypatch.setattr(client.secrets, "token_hex", lambda size: "0" * 2 * size)
    folder = data / "log" / "u" / "s"
    folder.mkdir(parents=True)
    taken = folder / ("0" * 16 + ".000001.jsonl.zst")
    taken.write_bytes(b"somebody's")
    writer = SegmentWriter(str(data), "u", "s")
    with pytest.raises(FileExistsError):
        writer.append(lines(1))
    assert taken.read_bytes() == b"somebody's"


def test_wrong_constructor_arguments(data):
    for wrong in ({"level": "x"}, {"policy": "x"}, {"session": "x" * 201}, {"user": "X" * 67}):
        with pytest.raises(ValueError):
            SessionLog(**wrong)
