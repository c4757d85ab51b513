#!/usr/bin/env python3
"""kill -9 of prune and restore, with and without a size cap, and partial copies of two machines into one folder.

    Tests/Outside/move_trials.py --moves 621 --thinnings 200 --digests 171

After each kill every line is in the log or in the trash, and none counts twice in the log. After each copy the index
has the digest of a folder that has the same files and never had an index, and counts what an independent reader
(frames.py) counts; when all is copied, it has the digest of the whole.
"""
import json
import os
import shutil
import subprocess
import time

import frames
import outside
from kill_trials import index_counts, new_tracker
from outside import harness

FILES = 60
LINES = 3
SESSION = "u/s"
BARE = "shared.000001.jsonl"
TRIES = 5  # kills of one command, before it may end
FRAMES = 4
COPIES = 5  # partial copies in one round of the two machines


def write(folder, session, first, *, count=FILES):
    """Segments with the same names whatever `first` is, and other lines; and one of lines without a header that has
    its first line from nobody in particular. Returns all lines."""
    folder.mkdir(parents=True)
    for number in range(count):
        writer = "%016x" % (number + 1)
        text = [outside.line("m", first + number * LINES + n) for n in range(LINES)]
        # An identity of its own: frames of one identity are copies.
        packed = frames.frame(session, "%016x" % (first + number + 1), 0, text)
        (folder / (writer + ".000001.jsonl.zst")).write_bytes(packed)
        yield from text
    bare = [outside.line("b", 0), outside.line("b", first + 1), outside.line("b", first + 2)]
    (folder / BARE).write_text("\n".join(bare) + "\n")
    yield from bare


def killed_command(tracker, words, dice, longest, expected=(0, -9)):
    """Whether it was killed; it may have ended before."""
    child = subprocess.Popen([tracker.binary, *words, "--data", str(tracker.data)], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, env=harness.environment())
    time.sleep(dice.uniform(0, longest))  # the moment of the kill is what is tested
    child.kill()
    text = child.communicate()[1].decode(errors="replace")
    outside.ended_well(child.returncode, text, "tracker " + words[0], expected)
    return child.returncode == -9


def all_are_there(tracker, expected, is_done=False):
    log, trash = tracker.data / "log" / SESSION, tracker.data / "trash" / "sessions" / "u"
    counted = frames.lines(log) if log.is_dir() else []
    if len(set(counted)) != len(counted):
        raise outside.Lost("lines of the log count twice")
    found = set(counted).union(*(frames.lines(folder) for folder in trash.glob("*")))
    if found != expected:
        raise outside.Lost("%d lines are gone, %d were never there" % (len(expected - found), len(found - expected)))
    if is_done and set(counted) != expected:
        raise outside.Lost("%d lines are not back in the log" % len(expected - set(counted)))
    return counted


def moves(binary, kills, dice, folder=None):
    """Kills `prune --apply`, and `restore` into a free name or beside a new session of the name."""
    done = rounds = 0
    with new_tracker(binary, folder, "tracker-moves-") as tracker:
        seconds = {"prune": 0.1, "restore": 0.1}

        def until_done(words):
            nonlocal done
            for _ in range(TRIES):
                if is_there(tracker, words) or done >= kills:
                    break
                done += killed_command(tracker, words, dice, seconds[words[0]])
                all_are_there(tracker, expected)
            if not is_there(tracker, words):
                begin = time.monotonic()
                tracker.run(*words)
                seconds[words[0]] = time.monotonic() - begin

        while done < kills:
            shutil.rmtree(tracker.data, ignore_errors=True)
            expected = set(write(tracker.data / "log" / SESSION, "s", 0))
            until_done(["prune", SESSION, "--apply"])
            if dice.random() < 0.7:
                expected |= set(write(tracker.data / "log" / SESSION, "s", 1_000_000))
            until_done(["restore", SESSION])
            index_counts(tracker, all_are_there(tracker, expected, is_done=True))
            tracker.run("verify")
            rounds += 1
    outside.say("measured: %d kills of prune and restore in %d rounds, 0 lines lost, 0 twice" % (done, rounds))
    return done


def is_there(tracker, words):
    """Whether the command has nothing left to do."""
    trash = tracker.data / "trash" / "sessions" / SESSION
    return trash.exists() if words[0] == "prune" else not trash.exists()


def write_load(folder, session, *, frames_of=150):
    """A session of a load run, which nobody has written to for an hour."""
    folder.mkdir(parents=True)
    for number in range(4):
        writer, raw = "%016x" % (number + 1), b""
        for seq in range(10):
            first = (number * 10 + seq) * frames_of
            text = ['{"ts":%d,"metric":"m","value":%d.5}' % (1763899200000 + 5 * n, n % 97)
                    for n in range(first, first + frames_of)]
            raw += frames.frame(session, writer, seq, text)
        path = folder / (writer + ".000001.jsonl.zst")
        path.write_bytes(raw)
        os.utime(path, (time.time() - 3600, time.time() - 3600))


def thins(binary, kills, dice, folder=None):
    """Kills `prune --keep-size --apply` and the restore of the samples: after each the index, made from nothing, has
    the digest and the events of before."""
    done = rounds = 0
    with new_tracker(binary, folder, "tracker-thins-") as tracker:
        for number in range(3):
            write_load(tracker.data / "log" / "u" / ("s%d" % number), "s%d" % number)
        rebuilt = lambda: index_of(tracker, "--rebuild")
        before, names = rebuilt(), sorted(path.name for path in (tracker.data / "log").glob("*/*/*"))
        size = sum(path.stat().st_size for path in (tracker.data / "log").glob("*/*/*"))
        cap = ["prune", "--keep-size", str(size // 2), "--apply"]
        seconds = {"prune": 0.2, "restore": 0.1}
        while done < kills:
            for words in (cap, ["restore", "u/s0"], ["restore", "u/s1"]):
                for _ in range(TRIES):
                    if done >= kills:
                        break
                    was_killed = killed_command(tracker, words, dice, seconds[words[0]], (0, 2, -9))
                    done += was_killed
                    if rebuilt() != before:
                        raise outside.Lost("after a kill the index says %s and not %s" % (rebuilt(), before))
                    if not was_killed:
                        break
                begin = time.monotonic()
                # A restore that was done before it was killed has nothing left to do.
                tracker.run(*words, expect=(0,) if words[0] == "prune" else (0, 2))
                seconds[words[0]] = time.monotonic() - begin
                if rebuilt() != before:
                    raise outside.Lost("when all is done the index says %s and not %s" % (rebuilt(), before))
            if sorted(path.name for path in (tracker.data / "log").glob("*/*/*")) != names:
                raise outside.Lost("not all samples are back")
            rounds += 1
    outside.say("measured: %d kills of prune --keep-size and restore in %d rounds, 0 digests differ" % (done, rounds))
    return done


def record(tracker, writer, numbers, dice):
    """A segment of some frames."""
    numbers = list(numbers)
    folder, raw, seq = tracker.data / "log" / SESSION, b"", 0
    folder.mkdir(parents=True, exist_ok=True)
    while numbers:
        count = min(len(numbers), dice.randint(1, 2 * len(numbers) // FRAMES + 1))
        some, numbers = numbers[:count], numbers[count:]
        raw += frames.frame("s", writer, seq, [outside.line("m", n) for n in some])
        seq += 1
    (folder / (writer + ".000001.jsonl.zst")).write_bytes(raw)


def machine(binary, folder, name):
    (folder / name).mkdir()
    return harness.Tracker(binary, folder / name)


def two_machines(binary, home, dice):
    """Machines that had the same files once, and then went on by themselves; each may have compacted."""
    one, two = machine(binary, home, "one"), machine(binary, home, "two")
    for number in range(3):
        record(one, "%016x" % (number + 1), range(number * 100, number * 100 + dice.randint(1, 100)), dice)
    shutil.copytree(one.data, two.data)
    for at, tracker in enumerate((one, two)):
        for number in range(3):
            first = 1_000 * (at + 1) + 100 * number
            record(tracker, "%016x" % (first + 1), range(first, first + dice.randint(1, 100)), dice)
        if dice.random() < 0.5:
            tracker.run("compact", "--quiet", "0")
    return one, two


def copy(source, target, dice=None):
    """Copies one segment up to a random byte, or all of them; nothing that the target has gets shorter."""
    paths = sorted((source.data / "log" / SESSION).iterdir())
    for path in [dice.choice(paths)] if dice else paths:
        raw = path.read_bytes()
        place = target.data / "log" / SESSION / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        has = place.stat().st_size if place.exists() else 0
        size = dice.choice((len(raw), dice.randint(0, len(raw)))) if dice else len(raw)
        if size > has:
            with open(place, "ab") as file:
                file.write(raw[has:size])


def index_of(tracker, *words):
    report = json.loads(tracker.run("index", "--json", *words).stdout)
    return report["digest"], report["events"]


def agrees(merged, home, name, binary):
    """The index that grew with the copies is that of the same files from nothing."""
    fresh = machine(binary, home, name)
    shutil.copytree(merged.data / "log", fresh.data / "log")
    grown, new = index_of(merged), index_of(fresh)
    counted = len(frames.lines(merged.data / "log" / SESSION))
    if grown != new or new[1] != counted:
        raise outside.Lost("the index says %s, one from nothing %s, and %d lines were read" % (grown, new, counted))
    return grown


def merges(binary, digests, dice, folder=None):
    """Copies files of two machines into a third folder, in parts and in any order."""
    done = rounds = 0
    while done < digests:
        with new_tracker(binary, folder, "tracker-merges-") as whole:
            home = whole.folder
            machines = two_machines(binary, home, dice)
            merged = machine(binary, home, "merged")
            for number in range(COPIES):
                for _ in range(dice.randint(1, 4)):
                    copy(dice.choice(machines), merged, dice)
                agrees(merged, home, "fresh%d" % number, binary)
                done += 1
            for source in dice.sample(machines, 2):
                copy(source, merged)
            for source in machines:
                copy(source, whole)
            if agrees(merged, home, "all", binary) != index_of(whole):
                raise outside.Lost("all was copied, and the index is not that of the whole")
            done, rounds = done + 1, rounds + 1
    outside.say("measured: %d digests of partial copies of two machines in %d rounds, 0 differ" % (done, rounds))
    return done


def main():
    options = outside.options(__doc__, moves=20, thinnings=12, digests=12)
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("moves and copies"):
        moves(options.binary, options.moves, dice, options.folder)
        thins(options.binary, options.thinnings, dice, options.folder)
        merges(options.binary, options.digests, dice, options.folder)


if __name__ == "__main__":
    main()
