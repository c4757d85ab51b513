#!/usr/bin/env python3
"""What a call of the Python client and of its hooks costs, in processor time.

    Benchmarks/python_hooks.py                     a table on the terminal
    Benchmarks/python_hooks.py --events 5000 --runs 3

A round makes so many calls of each kind in turn, into a new data folder. The time of the calling thread is that of the
calls; the time of the process has the thread that writes as well, until all is in the log. Both are processor time, so that
what else the machine does counts little, and that of the same application or function without the hook is taken off. The
rate is by the clock on the wall, calls and writing together. Each round checks that every event was accepted and that none
was dropped.
"""
import argparse
import pathlib
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients" / "python"))
sys.dont_write_bytecode = True
from local_tracker import SessionLog, measure, timed  # noqa: E402
from local_tracker.asgi import TrackerASGI  # noqa: E402
from local_tracker.wsgi import TrackerWSGI  # noqa: E402


def sample(log):
    if log is None:
        return lambda: None
    return lambda: log.sample("http.latency_ms", 12.5, unit="ms", labels={"route": "/", "status": 200})


def function(log):
    def work():
        return None
    return work if log is None else timed("work_ms", log=log)(work)


def coroutine(log):
    async def work():
        return None
    waits = work if log is None else timed("work_ms", log=log)(work)
    return lambda: drive(waits())


def block(log):
    def without():
        pass

    def within():
        with measure("work_ms", log=log, table="users"):
            pass
    return without if log is None else within


def wsgi(log):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]
    whole = app if log is None else TrackerWSGI(app, log=log)

    def call():
        body = whole({"REQUEST_METHOD": "GET", "PATH_INFO": "/items/42"}, lambda status, headers: None)
        for _ in body:
            pass
        if hasattr(body, "close"):
            body.close()
    return call


def asgi(log):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def send(message):
        pass
    whole = app if log is None else TrackerASGI(app, log=log)
    return lambda: drive(whole({"type": "http", "method": "GET", "path": "/items/42"}, None, send))


def drive(waits):
    try:
        waits.send(None)
    except StopIteration:
        pass


KINDS = {"`log.sample` with two labels": sample, "`@timed`, a function": function,
         "`@timed`, a coroutine function": coroutine, "`with measure(…)` with a label": block,
         "WSGI, a request": wsgi, "ASGI, a request": asgi}


def seconds(call, events, log):
    """Of the calling thread within the calls, of the whole process until the log has all, and on the wall."""
    wall, whole, calling = time.monotonic(), time.process_time(), time.thread_time()
    for _ in range(events):
        call()
    calling = time.thread_time() - calling
    assert log is None or log.flush()
    return calling, time.process_time() - whole, time.monotonic() - wall


def measured(kind, events):
    """Microseconds of a call, with writing, and events a second."""
    with tempfile.TemporaryDirectory() as folder, SessionLog("s", "u", folder) as log:
        calling, whole, wall = seconds(kind(log), events, log)
        assert log.statistics["accepted"] == events and log.statistics["dropped"] == 0
    without = seconds(kind(None), events, None)
    return (calling - without[0]) / events * 1e6, (whole - without[1]) / events * 1e6, events / wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=7, help="of each kind, in turn (default: 7)")
    arguments = parser.parse_args()
    found = {name: [] for name in KINDS}
    for number in range(arguments.runs + 1):
        for name, kind in KINDS.items():
            took = measured(kind, arguments.events)
            if number:  # the first round warms up
                found[name].append(took)
    print("| a call | in the calling thread | with writing | events a second |")
    print("| --- | --- | --- | --- |")
    for name, rounds in found.items():
        calling, whole, rate = (statistics.median(column) for column in zip(*rounds))
        print("| %s | %.3g µs | %.3g µs | %s |" % (name, calling, whole, format(round(rate, -2), ",.0f")))


main()
