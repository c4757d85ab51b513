#!/usr/bin/env python3
"""A disk that fills under four writing processes, gets space back while they go on, and fills again.

    Tests/Outside/full_disk.py --times 10

On a tmpfs of 2 MiB (needs root), and under a file size limit of 256 KiB a process (needs nothing). The writers
are `tracker log` processes, started again when they fail, or programs that post to `tracker serve` and try again.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import outside
from loop_image import own_mounts
from outside import harness

WRITERS = 4
DISK_BYTES = 2 << 20
FILE_BYTES = 256 << 10
STEP_BYTES = 80 << 10  # what it gets back at a time
ROUNDS = 8
REFUSALS = 12  # before it gets space back


class Disk:
    """A tmpfs of `DISK_BYTES`, and a file on it that takes what the writers leave."""

    def __init__(self, folder):
        if os.geteuid() != 0:
            raise outside.Skipped("a tmpfs needs root")
        self.folder = folder
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % DISK_BYTES, "tmpfs", str(folder)],
                          capture_output=True).returncode:
            raise outside.Skipped("tmpfs cannot be mounted here")

    def begin(self):
        """All but one step of the space is taken."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        with open(self.folder / "ballast", "wb") as file:
            file.write(b"\0" * (DISK_BYTES - 2 * STEP_BYTES))

    def give(self):
        """One step of space back."""
        size = (self.folder / "ballast").stat().st_size
        os.truncate(self.folder / "ballast", max(0, size - STEP_BYTES))

    def give_all(self):
        os.truncate(self.folder / "ballast", 0)

    def close(self):
        subprocess.run(["umount", "-l", str(self.folder)], check=False)


class Retrying(threading.Thread):
    """A program that is started again each time `tracker log` gives up, as a shell's loop would."""

    def __init__(self, tracker, stream, dice, level, limit=None):
        super().__init__(daemon=True)
        self.tracker, self.stream, self.dice, self.level = tracker, stream, dice, level
        self.limit, self.refused, self.bad, self.stop = limit, 0, None, threading.Event()
        self.progress = threading.Event()
        self.start()

    def run(self):
        while not self.stop.is_set():
            feeder = outside.Feeder(self.tracker, self.stream, self.dice, level=self.level,
                                    prefix=self.limit or ())
            before = self.stream.acknowledged
            while feeder.is_alive() and not self.stop.is_set():
                feeder.join(0.02)
            try:
                status, text = feeder.end()
                outside.ended_well(status, text, "tracker log")
            except AssertionError as failure:
                self.bad = failure
                return
            self.refused += status != 0
            if self.stream.acknowledged > before:
                self.progress.set()


def watch(tracker, writers, disk, rounds):
    """Waits until the writers have filled what there is, gives them more; at last all there is, and all go on."""
    for _ in range(rounds):
        refused = sum(w.refused for w in writers)
        harness.within(60, lambda: sum(w.refused for w in writers) > refused + REFUSALS or failed(writers),
                       "a full disk refuses")
        tracker.run("index", expect=(0, 2))  # its snapshot may find no room either
        # Some may be too late for what others took: a step is small.
        go_on(writers, disk.give, any)
    # On a busy machine some begin again seconds after the others: who has gone on ends, or it fills all there is.
    go_on(writers, disk.give_all, all, stop_first=True)


def go_on(writers, give, who, stop_first=False):
    marks = [w.stream.acknowledged for w in writers]
    give()

    def have_gone_on():
        gone = [w.stream.acknowledged > mark for w, mark in zip(writers, marks)]
        for writer, has_gone in zip(writers, gone):
            if stop_first and has_gone:
                writer.stop.set()
        return failed(writers) or who(gone)
    harness.within(60, have_gone_on, "writers go on when there is room")


def failed(writers):
    return [w.bad for w in writers if getattr(w, "bad", None)]


def summary(what, tracker, streams, writers, begin):
    for failure in failed(writers):
        raise failure
    finding = outside.look(tracker, streams)
    outside.say("measured: full disk, %s: %d appends refused, %d events acknowledged, %d lost; %.0f s" % (
        what, sum(w.refused for w in writers), finding.acknowledged, finding.lost, time.monotonic() - begin))
    if finding.lost:
        raise outside.Lost("%d acknowledged events are lost: %s" % (finding.lost, finding.losses[:5]))
    return finding


def logs(binary, dice, home, disk, rounds):
    begin = time.monotonic()
    tracker = harness.Tracker(binary, home)
    tracker.data = disk.folder / "data"
    disk.begin()
    streams = [outside.Stream("w%d" % n) for n in range(WRITERS)]
    writers = [Retrying(tracker, s, dice, dice.choice(outside.LEVELS)) for s in streams]
    try:
        watch(tracker, writers, disk, rounds)
    finally:
        stop(writers)
        tracker.end()
    return summary("four tracker log on a tmpfs of 2 MiB", tracker, streams, writers, begin)


def server(binary, dice, home, disk, rounds):
    """One server that lives through it; a report that was refused is sent again."""
    begin = time.monotonic()
    tracker = harness.Tracker(binary, home)
    tracker.data = disk.folder / "data"
    disk.begin()
    running = harness.Server(tracker, tracker.start(
        "serve", "--port", "0", "--durability", dice.choice(outside.LEVELS)))
    writers = [outside.Intake(running, "s%d" % n, retries=True) for n in range(WRITERS)]
    try:
        watch(tracker, writers, disk, rounds)
        stop(writers)
        if running.child.poll() is not None:
            raise outside.Lost("the server ended: %s" % tracker.log("serve"))
        running.stop()
    finally:
        stop(writers)
        tracker.end()
    return summary("four programs that post to tracker serve on it", tracker, [w.stream for w in writers],
                   writers, begin)


def stop(writers):
    for writer in writers:
        writer.stop.set()
    for writer in writers:
        writer.join(30)


def limited_files(binary, dice, rounds, home):
    """RLIMIT_FSIZE: a segment may grow no further, and its writer's next process begins another."""
    begin = time.monotonic()
    tracker = harness.Tracker(binary, home)
    tracker.data = home / "limited"
    prefix = (sys.executable, "-c", "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (%d, %d));"
              " os.execv(sys.argv[1], sys.argv[1:])" % (FILE_BYTES, FILE_BYTES))
    streams = [outside.Stream("w%d" % n) for n in range(WRITERS)]
    writers = [Retrying(tracker, s, dice, dice.choice(outside.LEVELS), limit=prefix) for s in streams]
    try:
        harness.within(120, lambda: failed(writers) or sum(w.refused for w in writers) >= rounds, "limits are met",
                       pause=0.05)
    finally:
        stop(writers)
        tracker.end()
    return summary("four tracker log with files of at most 256 KiB (RLIMIT_FSIZE)", tracker, streams, writers, begin)


def run(binary, dice, times, folder=None, rounds=ROUNDS):
    """`times` full disks, each of which gets space back `rounds` times."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="tracker-full-") as temporary:
        home = pathlib.Path(temporary)
        limited_files(binary, dice, times * rounds, home)
        (home / "disk").mkdir()
        own_mounts()
        disk = Disk(home / "disk")
        try:
            for _ in range(times):
                logs(binary, dice, home, disk, rounds)
                server(binary, dice, home, disk, rounds)
        finally:
            disk.close()


def main():
    options = outside.options(__doc__, times=4)
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("full disk"):
        run(options.binary, dice, options.times, options.folder)


if __name__ == "__main__":
    main()
