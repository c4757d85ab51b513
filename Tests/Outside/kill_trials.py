#!/usr/bin/env python3
"""kill -9 of writers, of the server while it takes reports, and of Python programs with a spool.

    Tests/Outside/kill_trials.py --writers 542 --servers 47 --spools 188

After each kill a reader that shares nothing with the tracker (frames.py) finds all that was acknowledged, and nothing
that was not sent; at the end the index counts as much.
"""
import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time

import frames
import outside
from outside import harness

CLIENTS = 4
# Above this many sessions a new data folder begins: the trial is of kills, not of long lists.
SESSIONS_IN_A_FOLDER = 60
DEAD_SERVICE = "http://127.0.0.1:1/api/track"
SPOOL_PROGRAM = '''
import random, sys
from local_tracker_client import LocalTrackerClient
dice, number = random.Random(int(sys.argv[1])), int(sys.argv[2])
sender = LocalTrackerClient()
while True:
    print("sent", number, flush=True)
    taken = sender.send_metrics("load_test", "avg_latency_ms", {
        "value": number, "timestamp": "2026-11-23T14:02:11Z", "target_url": "http://localhost:3000/"}, "s", retries=1)
    print("taken" if taken else "kept", number, flush=True)
    number += 1
    if dice.random() < 0.3:
        sender.flush_spool(1)
'''


@contextlib.contextmanager
def new_tracker(binary, folder, prefix):
    with tempfile.TemporaryDirectory(dir=folder, prefix=prefix) as temporary:
        tracker = harness.Tracker(binary, pathlib.Path(temporary))
        try:
            yield tracker
        finally:
            tracker.end()


def index_counts(tracker, text):
    """The index, and a rebuild, count as many events as the independent reader found lines."""
    report = outside.index_agrees(tracker)
    if report["events"] != len(text) or report["bad_lines"]:
        raise outside.Lost("%d lines were read, the index says %s" % (len(text), report))


def all_lines(tracker):
    return [line for folder in sorted((tracker.data / "log").glob("*/*/")) for line in frames.lines(folder)]


def writers(binary, kills, dice, folder=None):
    """Kills writers, each in a session of its own. Returns how many events were acknowledged."""
    acknowledged = done = 0
    while done < kills:
        with new_tracker(binary, folder, "tracker-writers-") as tracker:
            for _ in range(min(SESSIONS_IN_A_FOLDER, kills - done)):
                session, stream = "s%d" % done, outside.Stream("w%d" % done)
                feeder = outside.Feeder(tracker, stream, dice, session=session, level=dice.choice(outside.LEVELS),
                                        most=dice.choice((5, 50, 500)))
                if dice.random() < 0.9:
                    feeder.first_ack.wait(20)
                time.sleep(dice.uniform(0, 0.3))  # the moment of the kill is what is tested
                status, text = feeder.kill()
                if status != -9:
                    raise outside.Lost("tracker log ended with %s: %s" % (status, text))
                folders = (tracker.data / "log").glob("*/" + session)
                acknowledged += frames.compare([stream], session, frames.lines(*folders))
                done += 1
            index_counts(tracker, all_lines(tracker))
    outside.say("measured: %d kills of a writer, %d events acknowledged, 0 lost, 0 invented" % (done, acknowledged))
    return acknowledged


def servers(binary, kills, dice, folder=None):
    """Kills a server that some clients post to. Returns how many reports were acknowledged."""
    sessions = ["c%d" % number for number in range(CLIENTS)]
    streams = [outside.Stream(outside.taken(session)) for session in sessions]
    with new_tracker(binary, folder, "tracker-servers-") as tracker:
        for _ in range(kills):
            server = tracker.serve()
            clients = [begin(server, *pair) for pair in zip(sessions, streams)]
            time.sleep(dice.uniform(0.02, 0.8))  # the moment of the kill is what is tested
            server.kill()
            for client in clients:
                client.join(20)
            acknowledged = sum(frames.compare([stream], session, frames.lines(tracker.data / "log" / "u" / session))
                               for session, stream in zip(sessions, streams))
        index_counts(tracker, all_lines(tracker))
    outside.say("measured: %d kills of a server, %d reports acknowledged, 0 lost, 0 invented, 0 twice" % (
        kills, acknowledged))
    return acknowledged


def begin(server, session, stream):
    """A client that first sends its last report again, which may have been recorded before the kill."""
    if stream.sent:
        number = stream.sent - 1
        status, answer = server.post("/api/track", harness.track_body(session=session, value=number))
        if status != 200:
            raise outside.Lost("a report that was sent again: %d %r" % (status, answer))
        stream.acknowledge(number, number + 1)
    return outside.Intake(server, session, stream)


def spools(binary, kills, dice, folder=None):
    """Kills Python programs that report to a server, to one that is gone, and into files. Returns how many reports
    were delivered or kept in the spool."""
    stream = outside.Stream(outside.taken("s"))
    with new_tracker(binary, folder, "tracker-spools-") as tracker:
        program = tracker.folder / "program.py"
        program.write_text(SPOOL_PROGRAM)
        services = {"server": tracker.serve().url + "api/track", "gone": DEAD_SERVICE, "files": ""}
        for _ in range(kills):
            way = dice.choice(sorted(services))
            child = subprocess.Popen(
                [sys.executable, str(program), str(dice.randrange(1 << 32)), str(stream.sent)],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=python(tracker, services[way]))
            reader = harness.Reader(child.stdout)
            reader.next(20)
            time.sleep(dice.uniform(0, 0.25))  # the moment of the kill is what is tested
            child.kill()
            if child.wait(20) != -9:
                raise outside.Lost("the Python program ended with %s" % child.returncode)
            reader.join(20)
            child.stdout.close()
            note(stream, reader.seen)
            text = frames.lines(*(tracker.data / "log" / "u").glob("s"))
            frames.compare([unacknowledged(stream)], "s", text)
        subprocess.run([sys.executable, str(harness.PYTHON_CLIENT / "local_tracker_client.py")], check=True,
                       env=python(tracker, ""), stderr=subprocess.DEVNULL, timeout=120)
        text = frames.lines(tracker.data / "log" / "u" / "s")
        acknowledged = frames.compare([stream], "s", text)
        index_counts(tracker, text)
        left = [path.name for path in (tracker.folder / "spool").rglob("*.json")]
        if left:
            raise outside.Lost("left in the spool: %s" % left)
    outside.say("measured: %d kills of a Python program with a spool, %d reports delivered or kept, 0 lost, 0 twice" % (
        kills, acknowledged))
    return acknowledged


def python(tracker, service):
    settings = {"TRACKING_SERVICE_URL": service} if service else {}
    return harness.environment(
        PYTHONPATH=str(harness.PYTHON_CLIENT), PYTHONDONTWRITEBYTECODE="1", LOCAL_TRACKER_USER_ID="u",
        TRACKER_DATA=str(tracker.data), TRACKER_SPOOL=str(tracker.folder / "spool"), **settings)


def note(stream, lines):
    """What a program said before it was killed."""
    for line in lines:
        if line.endswith("\n"):
            what, number = line.split()
            if what == "sent":
                stream.sent = int(number) + 1
            else:
                stream.acknowledge(int(number), int(number) + 1)


def unacknowledged(stream):
    """While some are still in the spool, only what was never sent, or is there twice, can be told."""
    other = outside.Stream(stream.name)
    other.sent = stream.sent
    return other


def main():
    options = outside.options(__doc__, writers=20, servers=5, spools=20)
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("kills"):
        writers(options.binary, options.writers, dice, options.folder)
        servers(options.binary, options.servers, dice, options.folder)
        spools(options.binary, options.spools, dice, options.folder)


if __name__ == "__main__":
    main()
