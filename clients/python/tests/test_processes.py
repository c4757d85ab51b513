"""What the client keeps when processes begin and end in every way: the table in README.md, a test a row."""
import collections
import fcntl
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading

import pytest

import local_tracker_client as client
from local_tracker_client import SessionLog
from segments import files, text

CLIENT_FOLDER = os.path.dirname(client.__file__)
METHODS = ("fork", "spawn", "forkserver")
BEGIN = """
import concurrent.futures, functools, multiprocessing, os, signal, sys, threading, time
from local_tracker_client import SessionLog, LocalTrackerClient
log = SessionLog(session="s", user="u")
def sample(number):
    return log.sample("m", number)
def given(other, number):
    return other.sample("m", number)
def leave(numbers, how, other=None):
    for number in numbers:
        assert (other or log).sample("m", number)
    if how == "exit":
        os._exit(3)
    os.kill(os.getpid(), how)
    threading.Event().wait(60)
def report(number):
    assert LocalTrackerClient().send_metrics("t", "r", {"value": number}, "s")
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
"""
ALL = list(range(400))
ROWS = {
    "Pool, ended by its with": "with context.Pool(4) as pool: pool.map(sample, range(400))",
    "Pool, the log as an argument": "with context.Pool(4) as pool: pool.map(functools.partial(given, log), range(400))",
    "Pool, closed and joined": "pool = context.Pool(4); pool.map(sample, range(400)); pool.close(); pool.join()",
    "Pool, workers replaced": "with context.Pool(4, maxtasksperchild=10) as pool: pool.map(sample, range(400), 1)",
    "ProcessPoolExecutor": "with concurrent.futures.ProcessPoolExecutor(4, mp_context=context) as pool: list(pool.map(sample, range(400)))",
    "Process, os._exit": "child = context.Process(target=leave, args=(range(400), 'exit')); child.start(); child.join()",
    "Process, SIGTERM": "child = context.Process(target=leave, args=(range(400), signal.SIGTERM)); child.start(); child.join()",
    "Process, SIGKILL": "child = context.Process(target=leave, args=(range(400), signal.SIGKILL, log)); child.start(); child.join()",
    "events of parent and child": "sample(0); sample(1); child = context.Process(target=leave, args=(range(2, 399), 'exit')); child.start(); child.join(); sample(399)",
    "reports of a Pool": "with context.Pool(4) as pool: pool.map(report, range(400))",
}


def run(tmp_path, program, *arguments, expect=0, python=sys.executable):
    path = tmp_path / "program.py"
    path.write_text(program)
    done = subprocess.run([python, str(path), *arguments], capture_output=True, text=True, timeout=120,
                          env={**os.environ, "PYTHONPATH": CLIENT_FOLDER})
    assert done.returncode == expect, done.stderr[-3000:]
    return done


def counted(data):
    """Values as the tracker counts them, copies once, and the events that are said to be lost."""
    values, dropped, seen = [], 0, collections.defaultdict(dict)
    for path in files(data):
        lines = text(path).splitlines() if path.stat().st_size else []
        while lines:
            header, section = json.loads(lines[0]), [lines.pop(0)]
            section += [lines.pop(0) for _ in range(header["events"])]
            first = seen[header["writer"]].setdefault(header["seq"], section)
            assert first == section, "one identity, two contents"
            if first is section:
                dropped += header.get("dropped", 0)
                values += [json.loads(line)["value"] for line in section[1:] if '"metric":' in line]
    for writer, numbers in seen.items():
        if len(writer) == 16:
            assert sorted(numbers) == list(range(len(numbers))), "a gap"
    binary = os.environ.get("TRACKER_BIN")
    if binary:
        shown = subprocess.run([binary, "verify", "--data", str(data)], capture_output=True, text=True)
        assert shown.returncode == (1 if dropped else 0), shown.stdout
    return sorted(values), dropped


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("row", ROWS)
def test_multiprocessing(data, tmp_path, row, method):
    run(tmp_path, BEGIN + "    " + ROWS[row], method)
    assert counted(data) == (ALL, 0)


def test_forked_children_that_end_at_once(data, tmp_path):
    """Not of multiprocessing: the parent's end brings what they had queued."""
    run(tmp_path, BEGIN + """
    sample(0)
    for begin in (1, 101, 201):
        child = os.fork()
        if child == 0:
            leave(range(begin, begin + 100), "exit" if begin == 1 else signal.SIGKILL)
        os.waitpid(child, 0)
    sample(301)
""", "fork")
    assert counted(data) == (list(range(302)), 0)


def test_a_fork_while_other_threads_log(data, tmp_path):
    run(tmp_path, BEGIN + """
    stop = threading.Event()
    def work(thread):
        number = 1000 * thread
        while not stop.is_set() and number < 1000 * thread + 1000:
            sample(number); number += 1
            if number % 10 == 0: log.flush()
    threads = [threading.Thread(target=work, args=(thread,)) for thread in (1, 2, 3)]
    [thread.start() for thread in threads]
    for number in range(20):
        child = os.fork()
        if child == 0:
            sample(number)
            os._exit(0 if log.flush() else 1)
        assert os.waitpid(child, 0)[1] == 0
    stop.set()
    [thread.join() for thread in threads]
""", "fork")
    values, dropped = counted(data)
    assert values[:20] == list(range(20)) and len(values) == len(set(values)) and dropped == 0


@pytest.mark.parametrize("how", ["'exit'", "signal.SIGTERM", "signal.SIGKILL", "signal.SIGABRT"])
def test_a_program_that_is_ended_is_recovered_by_the_next(data, tmp_path, how):
    run(tmp_path, BEGIN + "    leave(range(150), %s)" % how, "fork",
        expect=3 if how == "'exit'" else -getattr(signal, how[7:]))
    SessionLog(session="other", user="u", data=str(data)).close()
    assert counted(data) == (list(range(150)), 0)


def test_kill_9_at_any_moment_loses_and_doubles_nothing(data, tmp_path):
    seed = int(os.environ.get("TRACKER_SEED") or random.SystemRandom().randrange(1 << 32))
    print("TRACKER_SEED=%d" % seed)
    dice = random.Random(seed)
    for number in range(12):
        folder = tmp_path / str(number)
        program = tmp_path / "program.py"
        program.write_text(BEGIN + """
    data, number = sys.argv[2], 0
    log = SessionLog(session="s", user="u", data=data)
    while True:
        log.sample("m", number); os.write(1, b"%d\\n" % number); number += 1
""")
        child = subprocess.Popen([sys.executable, str(program), "fork", str(folder)], stdout=subprocess.PIPE,
                                 env={**os.environ, "PYTHONPATH": CLIENT_FOLDER})
        seen = [child.stdout.readline() for _ in range(dice.randrange(1, 1500))]
        child.kill()
        seen += child.stdout.read().split(b"\n")[:-1]
        child.wait()
        child.stdout.close()
        assert client._recover(str(folder)) >= 0
        values, dropped = counted(folder)
        assert values == list(range(len(values))) and len(values) - len(seen) in (0, 1) and dropped == 0
    SessionLog(session="end", user="u", data=str(data)).close()


CALLS = ("open", "write", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "mkdir", "listdir", "posix_fallocate")


@pytest.mark.parametrize("when", ("before", "after"))
def test_killed_at_each_call_of_a_log_and_of_its_recovery(tmp_path, when):
    """Also while it recovers: what was accepted is there, once."""
    def in_child(at, work):
        child = os.fork()
        if child == 0:
            status = 70
            try:
                count = [0]
                for name in CALLS:
                    def call(*arguments, real=getattr(os, name), **named):
                        count[0] += 1
                        if count[0] == at and when == "before":
                            os._exit(9)
                        result = real(*arguments, **named)
                        if count[0] == at:
                            os._exit(9)
                        return result
                    setattr(os, name, call)
                work()
                status = 0 if count[0] >= at else 1
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    at, status = 0, 0
    while status != 1:
        at += 1
        folder = str(tmp_path / str(at))
        os.mkdir(folder)
        reader, pipe = os.pipe()

        def log_some(write=os.write):
            log = SessionLog(session="s", user="u", data=folder)
            for number in range(30):
                if log.sample("m", number):
                    write(pipe, b".")
                if number % 10 == 5:
                    log.flush()
        status = in_child(at, log_some)
        os.close(pipe)
        accepted = len(os.read(reader, 1000))
        os.close(reader)
        assert status in (0, 1, 9)
        for again in range(1, 40, 3):
            in_child(again, lambda: client._recover(folder))
        client._recover(folder)
        values, dropped = counted(tmp_path / str(at))
        assert values == list(range(len(values))) and len(values) - accepted in (0, 1) and dropped == 0, (at, accepted)
        assert not [path for path in client._journals() if json.loads(
            open(path, "rb").read()[256:4096].rstrip(b"\0"))["data"] == folder]
    assert at > 10


def test_what_does_not_fit_into_the_journal_is_counted(data, monkeypatch):
    monkeypatch.setattr(client, "JOURNAL_HALF_BYTES", 1000)
    child = os.fork()
    if child == 0:
        log = SessionLog(session="s", user="u", data=str(data))
        with log._io:  # the disk takes its time
            os._exit(0 if all([log.sample("m", number) for number in range(100)]) else 1)
    assert os.waitpid(child, 0)[1] == 0
    client._recover(str(data))
    values, dropped = counted(data)
    assert 10 < len(values) < 50 and values == list(range(len(values))) and len(values) + dropped == 100


def test_a_journal_folder_of_somebody_else_is_not_used(data, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "JOURNAL_PARENT", str(tmp_path))
    (tmp_path / ("local-tracker-%d" % os.geteuid())).symlink_to(tmp_path)
    with SessionLog(session="s", user="u") as log:
        assert log.sample("m", 1) and log._journal is None and log.flush()
    assert counted(data) == ([1], 0)


def test_a_journal_that_was_never_finished_is_removed(data, tmp_path, monkeypatch):
    """A process that is killed while it makes one leaves 260 KiB of memory behind; one that makes its own keeps it."""
    monkeypatch.setattr(client, "JOURNAL_PARENT", str(tmp_path))
    folder = pathlib.Path(client._journal_folder(create=True))
    left, locked = folder / ".0123456789abcdef", folder / ".fedcba9876543210"
    left.write_bytes(bytes(1000))
    with open(locked, "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        log = SessionLog(session="s", user="u")
        assert log.sample("m", 1) and not left.exists() and locked.exists()
        assert log.close()


def test_a_damaged_journal_is_no_exception(data):
    folder, seed = client._journal_folder(create=True), 7
    dice, path = random.Random(seed), os.path.join(folder, "%016x.journal" % 7)
    about = json.dumps({"data": str(data), "user": "u", "session": "s", "writer": "0" * 16, "half": 4096, "at": 1}).encode()
    data.mkdir()
    try:
        for size in (0, 100, 256, 4096, 5000, 12288):
            for head in (b"", b"[]", b"{}", about, about.replace(b"4096", b"99999999999"), about.replace(b"4096", b"-5")):
                content = bytearray(dice.randbytes(size))
                content[256:256 + len(head)] = head.ljust(4096 - 256, b"\0") if size > 4096 else head
                with open(path, "wb") as file:
                    file.write(content)
                client._recover(str(data))
    finally:
        if os.path.exists(path):
            os.unlink(path)
    assert counted(data)[0] == []


def test_a_subinterpreter(data, tmp_path):
    pytest.importorskip("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
    run(tmp_path, BEGIN + """
    import importlib
    interpreters = importlib.import_module("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
    script = '''
import sys; sys.path.insert(0, %r)
from local_tracker_client import SessionLog
log = SessionLog(session="s", user="u")
for number in range(200): assert log.sample("m", number)
''' % os.environ["PYTHONPATH"]
    for options in ({}, {"isolated": False} if sys.version_info < (3, 13) else {}):
        other = interpreters.create(**options)
        failed = interpreters.run_string(other, script)
        assert not failed, failed
        interpreters.destroy(other)
""", "fork")
    assert counted(data) == (sorted(2 * list(range(200))), 0)


GREEN = {
    "patched first": "import gevent.monkey; gevent.monkey.patch_all()\n",
    "patched after the import": "import local_tracker_client, gevent.monkey; gevent.monkey.patch_all()\n",
}
LATE = """
import gevent.monkey
from local_tracker_client import SessionLog
used = %r
log = SessionLog(session="s", user="u")
if used: log.sample("m", 0)
gevent.monkey.patch_all()
import gevent
def work(begin):
    for number in range(begin, begin + 100):
        assert log.sample("m", number)
        if number %% 10 == 0: gevent.sleep(0)
        if number %% 50 == 0: assert log.flush()
gevent.joinall([gevent.spawn(work, begin) for begin in (1, 101, 201)])
assert log.flush()
"""


@pytest.mark.parametrize("order", GREEN)
def test_gevent(data, tmp_path, order):
    pytest.importorskip("gevent")
    run(tmp_path, GREEN[order] + LATE % False, "")
    assert counted(data) == (list(range(1, 301)), 0)


@pytest.mark.parametrize("used", (False, True))
def test_gevent_that_patches_after_the_log_was_made(data, tmp_path, used):
    pytest.importorskip("gevent")
    run(tmp_path, LATE % used, "")
    assert counted(data) == (list(range(0 if used else 1, 301)), 0)


def test_a_log_and_a_client_can_be_sent_to_another_process(data):
    import pickle
    log = SessionLog(session="s", user="u")
    assert pickle.loads(pickle.dumps(log)) is log
    log.close()
    other = pickle.loads(pickle.dumps(log))
    assert other is not log and (other.session, other.user, other.data) == (log.session, log.user, log.data)
    other.close()
    sender = pickle.loads(pickle.dumps(client.LocalTrackerClient()))
    assert sender.send_metrics("t", "m", {"value": 1}, "s")


def test_nothing_is_logged_in_a_signal_handler_twice(data):
    """A handler that logs while its own thread does."""
    log = SessionLog(session="s", user="u")
    before = signal.signal(signal.SIGALRM, lambda *_: log.sample("m", -1))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        for number in range(3000):
            assert log.sample("m", number)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert log.close()
    values, dropped = counted(data)
    assert values[values.count(-1):] == list(range(3000)) and dropped == 0


def test_a_hung_disk_holds_flush_and_close_no_longer_than_their_limit(data, monkeypatch):
    monkeypatch.setattr(client, "MAX_ANSWER_SECONDS", 0.05)
    log = SessionLog(session="s", user="u")
    log.sample("m", 1)
    entered, leave = threading.Event(), threading.Event()

    def hang():
        with log._io:
            entered.set()
            leave.wait(30)
    thread = threading.Thread(target=hang)
    thread.start()
    entered.wait(30)
    assert not log.flush() and not log.close()
    leave.set()
    thread.join()
    log._journal.end(remove=True)
