#!/usr/bin/env python3
"""Power cuts aimed at each single system call of a writer, of the indexer, and of compaction.

    Tests/Outside/aimed_cut.py --fs ext4 xfs --most 10000

strace stops the program right after its n-th call; then the power goes. n is swept over the calls by which files
are made, written, synced, renamed and removed; `--most` of all these moments are taken. Needs root and strace.
"""
import itertools
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import outside
import power_cut
from loop_image import Image, own_mounts
from outside import harness
from soak import clock_jumps
from syscall_faults import Tracing, furthest

CALLS = ("openat", "mkdirat", "write", "fsync", "fdatasync", "ftruncate", "renameat", "unlinkat", "linkat", "close")
STOP_SECONDS = 20
NAMES = itertools.count()
BATCHES, BATCH = 6, 3


class Moment:
    """A program held right after its n-th call; `call` is None for one that is let run to its end."""

    def __init__(self, home, call, number):
        self.call, self.number = call, number
        rules = ["%s:signal=SIGSTOP:when=%d" % (call, number)] if call else []
        self.tracing = Tracing(home, rules, traced=CALLS)

    def hold(self, tracker, words, batches=(), env=None):
        """Runs until it is held or ends; what it says is in the file `said`."""
        path = tracker.folder / "said"
        with open(path, "wb") as said:
            child = subprocess.Popen(
                [*self.tracing.prefix, tracker.binary, *words, "--data", str(tracker.data)],
                stdin=subprocess.PIPE, stdout=said, stderr=said, env=harness.environment(**(env or {})))
            self.child = child
            tracker.children.append(child)
            try:
                for number, batch in enumerate(batches):
                    child.stdin.write(batch.encode())
                    child.stdin.flush()
                    # Each batch becomes a frame.
                    sent = BATCH * (number + 1)
                    harness.within(STOP_SECONDS, lambda n=sent: acknowledged(path) >= n or self.stands(child),
                                   "a batch is acknowledged", pause=0.001)
                child.stdin.close()
            except OSError:
                pass
            harness.within(STOP_SECONDS, lambda: self.stands(child), "%s is held or ends" % words[0], pause=0.002)

    def stands(self, child):
        """Whether it has ended, or is held where it should be."""
        if child.poll() is not None or not self.call:
            return child.poll() is not None
        return furthest(self.tracing.so_far())[self.call] >= self.number and is_held(child.pid)

    def let_go(self):
        self.child.kill()
        self.child.wait()


def acknowledged(path):
    """How many events it has said to have."""
    told = re.findall(rb"^acked (\d+)\n", path.read_bytes(), re.M)
    return int(told[-1]) if told else 0


def is_held(pid):
    """Whether a thread is stopped, and not just for strace to look at it."""
    for _ in range(3):
        try:
            states = [open("/proc/%d/task/%s/stat" % (pid, task)).read().rsplit(")", 1)[1].split()[0]
                      for task in os.listdir("/proc/%d/task" % pid)]
        except OSError:
            return False
        if not all(state in "tT" for state in states):
            return False
        time.sleep(0.003)
    return True


class Scene:
    """What is there before, which command is cut, and what must hold afterwards."""

    def __init__(self, image, tracker):
        self.image, self.tracker = image, tracker
        self.streams = []

    def log(self, name, count, level, session="s"):
        stream = outside.Stream(name)
        stream.sent = count
        self.tracker.run("log", "--session", session, "--durability", level, text_input="".join(
            outside.line(name, n) + "\n" for n in range(count)))
        self.streams.append(stream)
        return stream

    def synced(self, stream):
        """From here on it must be there."""
        stream.acknowledge(0, stream.sent)


def writer(scene, moment, env=None):
    """Level durable: what it acknowledged before it was held is there."""
    stream = outside.Stream("w")
    stream.sent = BATCH * BATCHES
    scene.streams.append(stream)
    lines = [outside.line("w", n) + "\n" for n in range(stream.sent)]
    moment.hold(scene.tracker, ["log", "--session", "s", "--durability", "durable", "--ack"],
                ["".join(lines[n:n + BATCH]) for n in range(0, stream.sent, BATCH)], env)
    stream.acknowledge(0, acknowledged(scene.tracker.folder / "said"))


def rotation(scene, moment):
    """The same, and the clock jumps on by a day every few milliseconds: each batch begins a segment."""
    library = clock_jumps(scene.tracker.folder)
    writer(scene, moment, {"LD_PRELOAD": str(library), "CLOCK_JUMP_MS": "2"} if library else None)


def indexer(scene, moment):
    """An index of the first half is there; the second half is not synced, so the new one is ahead."""
    scene.synced(scene.log("a", 300, "durable"))
    scene.tracker.run("index")
    scene.image.sync()
    scene.log("b", 300, "written")
    moment.hold(scene.tracker, ["index"])


def compaction(scene, moment):
    """Many small segments of closed writers become one; no event may go."""
    for number in range(6):
        scene.synced(scene.log("c%d" % number, 40, "durable"))
    scene.tracker.run("index")
    scene.image.sync()
    moment.hold(scene.tracker, ["compact", "--quiet", "0"])


SCENES = {"writer": writer, "rotation": rotation, "indexer": indexer, "compaction": compaction}


def one_cut(image, binary, home, name, call, number, totals):
    tracker = harness.Tracker(binary, home)
    # A removal may be undone by the next cut: no name is used twice.
    tracker.data = image.mount_point / ("data%d" % next(NAMES))
    scene = Scene(image, tracker)
    moment = Moment(home, call, number)
    try:
        SCENES[name](scene, moment)
        at = image.cut()
    finally:
        moment.let_go()
        tracker.end()
    text = moment.tracing.text()
    image.unmount()
    image.mount()
    power_cut.snapshots(tracker, totals)
    empty = sum(path.stat().st_size == 0 for path in (tracker.data / "log").rglob("*.zst"))
    finding = outside.look(tracker, scene.streams, at) if tracker.data.exists() else outside.Finding()
    if finding.lost:
        raise outside.Lost("%s cut after %s %s: %s" % (name, call, number, finding.losses))
    totals += finding
    totals.cuts += 1
    totals.empty += empty
    shutil.rmtree(tracker.data, ignore_errors=True)
    return text


def run(binary, kind, dice, most, folder=None):
    """At most `most` moments of each scene."""
    if not shutil.which("strace"):
        raise outside.Skipped("needs strace")
    scenes = dict(SCENES)
    if " compact " not in subprocess.run([binary, "--help"], capture_output=True, text=True).stdout:
        del scenes["compaction"]
    with tempfile.TemporaryDirectory(dir=folder, prefix="tracker-aim-") as temporary:
        home = pathlib.Path(temporary)
        with Image(kind, home) as image:
            image.mount()
            for name in scenes:
                begin, totals = time.monotonic(), power_cut.Totals()
                made = furthest(one_cut(image, binary, home, name, None, 0, power_cut.Totals()))
                moments = [(call, n + 1) for call in CALLS for n in range(made[call])]
                chosen = moments if most >= len(moments) else dice.sample(moments, most)
                for call, number in chosen:
                    one_cut(image, binary, home, name, call, number, totals)
                outside.say(
                    "measured: power cuts aimed at each call of the %s, %s: %d of its %d moments, %d events acknowledged before,"
                    " %d lost, %d segments made and still empty, %d snapshots whole, %d ahead of their log and"
                    " rebuilt; %.0f s" % (name, kind, totals.cuts, len(moments), totals.acknowledged, totals.lost,
                                          totals.empty, totals.snapshots, totals.ahead, time.monotonic() - begin))


def main():
    options = outside.options(__doc__, fs=["ext4", "xfs"], most=10_000)
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("aimed power cuts"):
        own_mounts()
        for kind in options.fs:
            run(options.binary, kind, dice, options.most, options.folder)


if __name__ == "__main__":
    main()
