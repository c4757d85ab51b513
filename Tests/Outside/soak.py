#!/usr/bin/env python3
"""Everything at once: writers, a server with clients, an indexer, compaction; kills of all kinds; power cuts.

    Tests/Outside/soak.py --seconds 600 --disk ext4

`--disk none` kills only, and needs no root. The writers share a session, at every level; the clock of some jumps,
so that they begin new segments often. After each round everything acknowledged must be there; after a power cut
the level says what may be missing.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import outside
import power_cut
from loop_image import SIZES, Image, own_mounts
from outside import harness

WRITERS = 3
CLIENTS = 2
ROUNDS_IN_A_FOLDER = 5
HOW = (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGBUS, signal.SIGSEGV, signal.SIGHUP, signal.SIGINT)
JUMPS_MS = (0, 50, 200, 1000)


def clock_jumps(folder):
    """The library that makes the clock jump; None without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        outside.say("note: no C compiler: no rotation in the soak")
        return None
    library = folder / "clock_jumps.so"
    if library.exists():
        return library
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library),
                    str(pathlib.Path(__file__).with_name("clock_jumps.c")), "-ldl"], check=True)
    return library


class Totals(power_cut.Totals):
    def __init__(self):
        super().__init__()
        self.rounds = self.kills = self.segments = 0
        self.runs = {}

    def text(self, disk, seconds):
        return ("measured: soak, %s: %d rounds, %d kills, %d power cuts, %d segments, %s; %d events acknowledged;"
                " 0 lost but by power cuts, which took %d at levels written and interval (there the oldest %.0f ms"
                " before) and 0 at level durable; %d snapshots whole, %d ahead of their log and rebuilt; %.0f s" % (
                    disk, self.rounds, self.kills, self.cuts, self.segments,
                    ", ".join("%d runs of tracker %s" % (n, name) for name, n in sorted(self.runs.items())),
                    self.acknowledged, self.lost, 1000 * max(self.ages, default=0), self.snapshots, self.ahead,
                    seconds))


class Repeating(threading.Thread):
    """A command run again and again; now and then killed in the middle."""

    def __init__(self, tracker, words, dice, totals):
        super().__init__(daemon=True)
        self.tracker, self.words, self.totals = tracker, words, totals
        self.dice = outside.random.Random(dice.random())
        self.stop, self.failure = threading.Event(), None
        self.start()

    def run(self):
        name = self.words[0]
        while not self.stop.is_set():
            child = subprocess.Popen([self.tracker.binary, *self.words, "--data", str(self.tracker.data)],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=harness.environment())
            killed = self.dice.random() < 0.5
            if killed:
                self.stop.wait(self.dice.uniform(0, 0.05))
                child.kill()
            text = child.communicate()[1].decode(errors="replace")
            self.totals.runs[name] = self.totals.runs.get(name, 0) + 1
            self.totals.kills += killed
            try:
                outside.ended_well(child.returncode, text, "tracker " + name, (0, 1, 2, -9) if killed else (0, 1, 2))
            except outside.Lost as failure:
                self.failure = failure
                return


class Crew:
    """Who is at work on a folder."""

    def __init__(self, tracker, streams, dice, totals, library):
        self.tracker, self.streams, self.dice, self.totals, self.library = tracker, streams, dice, totals, library
        self.level_of, self.unsynced = {}, set()  # of streams; those whose writer was killed with events unsynced
        self.feeders = [self.feeder() for _ in range(WRITERS)]
        words = dice.choice([["serve"], ["index"], ["index", "--rebuild"]] + [["compact", "--quiet", "0"]] * 2 * has_compact(tracker))
        self.server, self.clients, self.helper = None, [], None
        if words == ["serve"]:
            self.serve()
        else:
            self.helper = Repeating(tracker, words, dice, totals)

    def feeder(self):
        stream = outside.Stream("w%d" % len(self.streams))
        self.streams.append(stream)
        level = self.level_of[stream.name] = self.dice.choice(outside.LEVELS)
        env = {"LD_PRELOAD": str(self.library), "CLOCK_JUMP_MS": str(self.dice.choice(JUMPS_MS))} \
            if self.library else {}
        return outside.Feeder(self.tracker, stream, self.dice, level=level, env=env,
                              most=self.dice.choice((1, 5, 25)))

    def serve(self):
        level = self.dice.choice(outside.LEVELS)
        self.server = power_cut.outside_server(self.tracker, level)
        self.totals.runs["serve"] = self.totals.runs.get("serve", 0) + 1
        for number in range(CLIENTS):
            session = "c%d" % len(self.streams)
            client = outside.Intake(self.server, session)
            self.level_of[client.stream.name] = level
            self.streams.append(client.stream)
            self.clients.append(client)

    def disturb(self):
        """One kill, and what was killed is started again."""
        self.totals.kills += 1
        how = self.dice.choice(HOW)
        if self.server and self.dice.random() < 0.3:
            self.end_server(how if how in (signal.SIGKILL, signal.SIGBUS) else signal.SIGTERM)
            self.serve()
            return
        index = self.dice.randrange(WRITERS)
        feeder = self.feeders[index]
        status, text = feeder.kill(how)
        if status != -how:
            outside.ended_well(status, text, "tracker log")
        self.unsynced.add(feeder.stream.name)
        self.feeders[index] = self.feeder()

    def end_server(self, how):
        if self.server.child.poll() is not None:
            raise outside.Lost("the server ended: %s" % self.tracker.log("serve"))
        self.server.child.send_signal(how)
        status = self.server.child.wait(20)
        if status != (0 if how == signal.SIGTERM else -how):
            raise outside.Lost("the server ended with %s: %s" % (status, self.tracker.log("serve")))
        for client in self.clients:
            client.stop.set()
            client.join(20)
            if how != signal.SIGTERM:
                self.unsynced.add(client.stream.name)
        self.server, self.clients = None, []

    def end(self, is_cut):
        """Everybody stops, in good order or by force."""
        for feeder in self.feeders:
            feeder.stop.set()
        for feeder in self.feeders:
            if is_cut or self.dice.random() < 0.5:
                outside.ended_well(*feeder.end(), "tracker log")
            else:
                feeder.kill()
        if self.server:
            self.end_server(signal.SIGKILL if is_cut else signal.SIGTERM)
        if self.helper:
            self.helper.stop.set()
            self.helper.join(60)
            if self.helper.failure:
                raise self.helper.failure


def has_compact(tracker):
    text = subprocess.run([tracker.binary, "--help"], capture_output=True, text=True).stdout
    return " compact " in text


def one_round(tracker, streams, dice, totals, image, library):
    lag = power_cut.Lag()
    crew = Crew(tracker, streams, dice, totals, library)
    for feeder in crew.feeders:
        feeder.first_ack.wait(20)
    for _ in range(dice.randint(1, 5)):
        time.sleep(dice.uniform(0.02, 0.3))  # the moment of the kill is what is tested
        crew.disturb()
    time.sleep(dice.uniform(0.02, 0.5))
    at = image.cut() if image and dice.random() < 0.7 else None
    crew.end(at is not None)
    lag.stop.set()
    if at is not None:
        totals.cuts += 1
        image.unmount()
        image.mount()
    elif image:
        image.sync()  # what is read now must be there after the next cut
    power_cut.snapshots(tracker, totals)
    finding = outside.look(tracker, streams, at)
    for name, (events, oldest) in finding.lost_of.items():
        level = crew.level_of.get(name)
        if at is None or level == "durable":
            raise outside.Lost("%s, level %s: %d events lost: %s" % (name, level, events, finding.losses[:4]))
        if level == "interval" and name not in crew.unsynced:
            totals.ages.append(oldest)
            if oldest > power_cut.INTERVAL_SECONDS + lag.worst + power_cut.SYNC_SECONDS:
                raise outside.Lost("%s lost what was acknowledged %.3f s before the cut" % (name, oldest))
    totals += finding
    totals.rounds += 1
    totals.segments += sum(1 for _ in (tracker.data / "log").rglob("*.zst"))


def run(binary, disk, seconds, dice, folder=None):
    for how in set(HOW) - {signal.SIGKILL}:
        if signal.getsignal(how) == signal.SIG_IGN:  # as in the background of a shell; children would inherit it
            signal.signal(how, signal.SIG_DFL)
    begin, totals = time.monotonic(), Totals()
    with tempfile.TemporaryDirectory(dir=folder, prefix="tracker-soak-") as temporary:
        home = pathlib.Path(temporary)
        library = clock_jumps(home)
        image = None if disk == "none" else Image(disk, home)
        with image or open(os.devnull):
            if image:
                image.mount()
            base, tracker, streams = image.mount_point if image else home, None, []
            try:
                while time.monotonic() - begin < seconds:
                    if totals.rounds % ROUNDS_IN_A_FOLDER == 0:
                        if image:
                            image.clear()
                        elif tracker:
                            shutil.rmtree(tracker.data)
                        tracker, streams = harness.Tracker(binary, home), []
                        tracker.data = base / ("d%d" % totals.rounds)
                    one_round(tracker, streams, dice, totals, image, library)
            finally:
                if tracker:
                    tracker.end()
    outside.say(totals.text(disk, time.monotonic() - begin))
    return totals


def main():
    options = outside.options(__doc__, seconds=60.0, disk=["none", *SIZES])
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("the soak"):
        if options.disk != ["none"]:
            own_mounts()
        for disk in options.disk:
            run(options.binary, disk, options.seconds, dice, options.folder)


if __name__ == "__main__":
    main()
