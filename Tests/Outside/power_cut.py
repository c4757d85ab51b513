#!/usr/bin/env python3
"""Power cuts under three writers, a server with its intake and an indexer, on ext4 and XFS.

    Tests/Outside/power_cut.py --fs ext4 xfs --level written interval durable --cuts 100

A cut is the file system's shutdown ioctl, then unmount, mount (which replays the journal), and a look at
what is there. With `--drive forgets` the drive below loses any part of what it was not told to flush. Needs root; skips with the reason where it cannot run.
"""
import os
import pathlib
import random
import subprocess
import tempfile
import threading
import time


import outside
from outside import harness
from loop_image import LIBC, Image, own_mounts

WRITERS = 3
# Few are synced one by one, many with one sync of the file system.
SESSIONS = (1, 24)
INTERVAL_SECONDS = 0.5  # LogLimits.syncIntervalMilliseconds
ROUNDS_IN_A_FOLDER = 3
RUN_SECONDS = {"written": (0.05, 1.0), "interval": (0.3, 1.6), "durable": (0.05, 1.0)}


class Lag(threading.Thread):
    """How late this machine wakes a thread: what is over the interval must be more than this."""

    STEP_SECONDS = 0.01

    def __init__(self):
        super().__init__(daemon=True)
        self.worst, self.stop = 0.0, threading.Event()
        self.start()

    def run(self):
        before = time.monotonic()
        while not self.stop.wait(self.STEP_SECONDS):
            now = time.monotonic()
            self.worst = max(self.worst, now - before - self.STEP_SECONDS)
            before = now


class Indexing(threading.Thread):
    """`tracker index`, again and again."""

    def __init__(self, tracker):
        super().__init__(daemon=True)
        self.tracker, self.stop, self.failure = tracker, threading.Event(), None
        self.start()

    def run(self):
        while not self.stop.is_set():
            result = subprocess.run(
                [self.tracker.binary, "index", "--data", str(self.tracker.data)], capture_output=True,
                text=True, env=harness.environment(), timeout=60)
            try:
                outside.ended_well(result.returncode, result.stderr, "tracker index")
            except outside.Lost as failure:
                self.failure = failure
                return


class Writeback(threading.Thread):
    """The kernel's own writing back, at moments of our choice: all of it, or some files' pages alone."""

    def __init__(self, mount_point, dice):
        super().__init__(daemon=True)
        self.mount_point, self.dice, self.stop = mount_point, random.Random(dice.random()), threading.Event()
        self.start()

    def run(self):
        while not self.stop.wait(self.dice.uniform(0, 0.4)):
            try:
                files = sorted(self.mount_point.rglob("*.zst"))
                everything = self.dice.random() < 0.3 or not files
                descriptor = os.open(self.mount_point if everything else self.dice.choice(files), os.O_RDONLY)
            except OSError:
                return  # the power has gone
            if everything:
                LIBC.syncfs(descriptor)
            else:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


class Totals(outside.Finding):
    def __init__(self):
        super().__init__()
        self.cuts = self.snapshots = self.ahead = self.empty = self.lag_ms = 0
        self.ages = []
        self.forgotten = self.flushes = 0  # sectors and flushes of a drive that forgets

    def text(self, kind, level, seconds):
        ages = ", oldest lost %.0f ms before the cut (of %d cuts that lost something; median %.0f ms; over half a second in %d; the machine's own lag at most %.0f ms)" % (
            1000 * max(self.ages), len(self.ages), 1000 * sorted(self.ages)[len(self.ages) // 2],
            sum(age > INTERVAL_SECONDS for age in self.ages), self.lag_ms) if self.ages else ""
        drive = "; %d flushes, %d sectors forgotten" % (self.flushes, self.forgotten) if self.flushes else ""
        return ("measured: power cuts, %s, %s: %d cuts, %d events acknowledged before them"
                " (%d more during them), %d lost%s;"
                " %d snapshots whole, %d ahead of their log and rebuilt%s; %.0f s" % (
                    kind, level, self.cuts, self.acknowledged, self.undecided, self.lost, ages, self.snapshots, self.ahead,
                    drive, seconds))


def snapshots(tracker, totals):
    """Each snapshot is whole: the old one or the new one. Some say more than their log has."""
    for path in sorted((tracker.data / "index").rglob("*.snap")):
        if path.name == "catalog.snap":  # its last saving may be cut off: that is what it is made for
            if not path.read_bytes().startswith(b"TRKCATLG"):
                raise outside.Lost("%s is no catalogue: %d bytes" % (path, path.stat().st_size))
            continue
        result = subprocess.run(["zstd", "-dcq", str(path)], capture_output=True)
        if result.returncode or not result.stdout.endswith((b"}", b"\n")):
            raise outside.Lost("%s is not whole: %d bytes, %s" % (path, path.stat().st_size, result.stderr))
        totals.snapshots += 1
        folder = tracker.data / "log" / path.parent.name / path.stem
        for segment in harness.json.loads(result.stdout)["inputs"]:
            file = folder / segment["name"]
            if not file.exists() or file.stat().st_size < segment["offset"]:
                totals.ahead += 1
                break


def one_cut(image, tracker, level, streams, dice, totals):
    """Writers and a reader of the log, then no power, then the look."""
    fresh = [outside.Stream("r%dw%d" % (len(streams), n)) for n in range(WRITERS)]
    lag, feeders, helpers, server = Lag(), [], [], None
    role = dice.choice(("server", "server", "index"))
    if role == "server":
        server = outside_server(tracker, level)
        for session in ("s%d" % number for number in range(dice.choice(SESSIONS))):
            known = next((s for s in streams if s.name == outside.taken(session)), None)
            helpers.append(outside.Intake(server, session, known))
            fresh += [] if known else [helpers[-1].stream]
    else:
        helpers = [Indexing(tracker)]
    feeders = [outside.Feeder(tracker, stream, dice, level=level, most=dice.choice((1, 5, 25)))
               for stream in fresh[:WRITERS]]
    streams += fresh
    for feeder in feeders:
        feeder.first_ack.wait(20)
    writeback = Writeback(image.mount_point, dice) if level == "written" and dice.random() < 0.7 else None
    time.sleep(dice.uniform(*RUN_SECONDS[level]))  # the moment of the cut is what is tested
    at = image.cut()
    if writeback:
        writeback.stop.set()
        writeback.join()
    for feeder in feeders:
        status, text = feeder.end()
        outside.ended_well(status, text, "tracker log")
    for helper in helpers:
        helper.stop.set()
    if server:
        if server.child.poll() is not None:
            raise outside.Lost("the server ended with %s: %s" % (server.child.returncode, tracker.log("serve")))
        server.kill()
    for helper in helpers:
        helper.join(60)
        if getattr(helper, "failure", None):
            raise helper.failure
    lag.stop.set()
    image.unmount()
    image.mount()
    snapshots(tracker, totals)
    finding = outside.look(tracker, streams, at)
    totals += finding
    totals.cuts += 1
    totals.lag_ms = max(totals.lag_ms, 1000 * lag.worst)
    if finding.lost:
        totals.ages.append(finding.oldest)
        if level == "durable":
            raise outside.Lost("%d events that were said to be durable are lost: %s" % (
                finding.lost, "; ".join(finding.losses)))
        if level == "interval" and finding.oldest > INTERVAL_SECONDS + lag.worst + SYNC_SECONDS:
            raise outside.Lost("lost what was acknowledged %.3f s before the cut; the machine lagged %.3f s: %s" % (
                finding.oldest, lag.worst, sorted(finding.losses, key=lambda p: p.split("acknowledged")[1])[-3:]))


# What waking the writer's thread and the sync itself may take while this machine does other things as well.
SYNC_SECONDS = 0.5


def outside_server(tracker, level):
    child = tracker.start("serve", "--port", "0", "--durability", level)
    return harness.Server(tracker, child)


def run(binary, kind, level, cuts, dice, folder=None, losing=False, mount=""):
    """`cuts` cuts on one image; returns the totals. Folders are kept over several cuts."""
    begin = time.monotonic()
    totals = Totals()
    with tempfile.TemporaryDirectory(dir=folder, prefix="tracker-cut-") as temporary:
        home = pathlib.Path(temporary)
        with Image(kind, home, dice if losing else None, mount) as image:
            image.mount()
            number, tracker, streams = 0, None, []
            try:
                for cut in range(cuts):
                    if cut % ROUNDS_IN_A_FOLDER == 0:
                        image.clear()
                        number += 1
                        tracker = harness.Tracker(binary, home)
                        tracker.data = image.mount_point / ("d%d" % number)
                        streams = []
                    one_cut(image, tracker, level, streams, dice, totals)
            finally:
                if tracker:
                    tracker.end()
            if image.drive:
                totals.flushes, totals.forgotten = image.drive.flushes, image.drive.lost
    outside.say(totals.text(kind + (" on a drive that forgets what was not flushed" if losing else ""), level, time.monotonic() - begin))
    return totals


def main():
    options = outside.options(__doc__, fs=["ext4", "xfs"], level=list(outside.LEVELS), cuts=20,
                              drive="keeps", mount="")
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("power cuts"):
        own_mounts()
        for kind in options.fs:
            for level in options.level:
                run(options.binary, kind, level, options.cuts, dice, options.folder,
                    losing=options.drive == "forgets", mount=options.mount)


if __name__ == "__main__":
    main()
