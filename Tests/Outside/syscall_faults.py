#!/usr/bin/env python3
"""The kernel says no: errors put into the n-th system call of the real programs, with strace.

    Tests/Outside/syscall_faults.py --runs 2000

Each run takes one program, one or two calls, one error and one n from the seed. Nobody may end by a signal; who
fails says why; who says 0 has told the truth; what was acknowledged is there, and the next run is fine.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import outside
from outside import harness

BATCHES, BATCH = 25, 4
KILL = "SIGKILL"  # the process ends there, and the call is not made
REPORTS = 8
WAIT_SECONDS = 30
NO_ROOM = ("ENOSPC", "EDQUOT", "EFBIG")
NO_FILE = ("EMFILE", "ENFILE", "EACCES", "EIO", "EINTR", "ENOMEM")
FAULTS = {  # call: what it may say; a number is what it claims to have done without doing it
    "write": ("EIO", "EINTR", *NO_ROOM, "1", "10", "60"),
    "fdatasync": ("EIO", "EINTR", "ENOSPC", "EDQUOT"),
    "fsync": ("EIO", "EINTR", "ENOSPC"),
    "ftruncate": ("EIO", "EINTR"),
    "openat": (*NO_FILE, "ENOSPC", "EROFS", "ELOOP"),
    "mkdirat": ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EACCES"),
    "renameat": ("EIO", "ENOSPC", "EROFS"),
    "unlinkat": ("EIO", "EROFS"),
    "close": ("EIO", "EINTR"),
    "flock": ("EINTR", "EIO", "ENOLCK", "EWOULDBLOCK"),
    "pread64": ("EIO", "EINTR"),
    "read": ("EIO", "EINTR"),
    "fstat": ("EIO",),
    "newfstatat": ("EIO", "EACCES"),
    "getdents64": ("EIO", "EINTR"),
    "inotify_init1": ("EMFILE",),
    "inotify_add_watch": ("ENOSPC", "EACCES"),
    "accept4": ("EMFILE", "EINTR", "ECONNABORTED"),
    "epoll_wait": ("EINTR",),
    "clone3": ("EAGAIN",),
}
CALLS = {
    "log": ("read", "write", "write", "write", "fdatasync", "fdatasync", "fsync", "openat", "openat", "mkdirat", "close",
            "flock", "fstat", "clone3"),
    # Not write: strace cannot tell a segment from the event loop's own descriptors, whose failure ends SwiftNIO.
    "serve": ("fdatasync", "fdatasync", "fsync", "openat", "openat", "mkdirat", "renameat",
              "unlinkat", "close", "flock", "pread64", "fstat", "newfstatat", "getdents64",
              "inotify_init1", "inotify_add_watch", "accept4", "epoll_wait"),
    "index": ("write", "fsync", "openat", "openat", "mkdirat", "renameat", "unlinkat", "close", "flock",
              "pread64", "pread64", "fstat", "newfstatat", "getdents64"),
    "verify": ("write", "openat", "close", "pread64", "pread64", "fstat", "newfstatat", "getdents64"),
}
CALLS["rebuild"] = CALLS["index"]
WEIGHTS = {"log": 5, "serve": 3, "index": 3, "rebuild": 2, "verify": 2}


class Tracing:
    """`strace` in front of a program; the program stays our own child."""

    def __init__(self, folder, rules, traced=tuple(FAULTS)):
        self.path = folder / "strace.txt"
        self.path.unlink(missing_ok=True)
        self.kills = any(KILL in rule for rule in rules)
        self.fails_writes = any(rule.startswith("write:") for rule in rules)
        calls = ",".join(sorted({rule.partition(":")[0] for rule in rules} or traced))
        self.prefix = ("strace", "-D", "-f", "--seccomp-bpf", "-qqq", "-o", str(self.path), "-e", "signal=none",
                       "-e", "trace=" + calls, *(word for rule in rules for word in ("-e", "inject=" + rule)))

    def so_far(self):
        return self.path.read_text(errors="replace") if self.path.exists() else ""

    def text(self):
        """What was traced; the tracer writes until the last thread has gone."""
        def ended():
            text = self.so_far()
            return (text,) if not holders(self.path) else None
        (text,), _ = harness.within(WAIT_SECONDS, ended, "strace ends")
        return text


def holders(path):
    """Whether a process of ours still has the file open."""
    wanted = os.path.realpath(path)
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if open("/proc/%s/comm" % pid).read().strip() != "strace":
                continue
            for name in os.listdir("/proc/%s/fd" % pid):
                if os.readlink("/proc/%s/fd/%s" % (pid, name)) == wanted:
                    return True
        except OSError:
            continue
    return False


def furthest(text):
    """How many of each call the busiest thread made."""
    made = collections.Counter(re.findall(r"^(\d+ +\w+)\(", text, re.M))
    counts = collections.Counter()
    for key, count in made.items():
        call = key.split()[1]
        counts[call] = max(counts[call], count)
    return counts


def rules_for(program, dice, counts):
    """One call and one error, once, twice or for ever; or two calls."""
    rules = []
    for _ in range(dice.choice((1, 1, 1, 2))):
        call = dice.choice(CALLS[program])
        says = dice.choice((*FAULTS[call], KILL))
        first = dice.randint(1, max(1, counts[call]))
        when = dice.choice(("%d", "%d", "%d", "%d..%d+1", "%d+"))
        when = when % ((first, first + 2) if when.count("%d") == 2 else first)
        if when.endswith("+") and (says == KILL or says == "EINTR" or call in ("epoll_wait", "accept4", "clone3", "read")):
            when = str(first)  # for ever interrupted is for ever waiting, and rightly so
        if not any(rule.startswith(call + ":") for rule in rules):
            rules.append("%s:%s=%s:when=%s" % (
                    call, "signal" if says == KILL else "retval" if says.isdigit() else "error", says, when))
    if any(rule.startswith("write:retval") for rule in rules) and dice.random() < 0.3:
        rules.append("ftruncate:error=EIO:when=1+")
    return rules


def check_end(status, text, what, tracing):
    """As everywhere. The dynamic loader says its own errors; who cannot write cannot say any."""
    loader = status == 127 and "error while loading shared libraries" in text
    killed = status == -9 and tracing.kills
    # libdispatch ends the program when it cannot read its own threads' state under /proc.
    killed = killed or status == -4 and re.search(r'"/proc/\d+/stat".*INJECTED', tracing.text())
    outside.ended_well(0 if loader or killed else status, text or ("?" if tracing.fails_writes else ""), what)


def fault_in_log(tracker, tracing, stream, dice):
    level = dice.choice(outside.LEVELS)
    base = stream.sent
    with open(tracker.folder / "log.txt", "w+b") as errors:
        child = subprocess.Popen(
            [*tracing.prefix, tracker.binary, "log", "--ack", "--session", "s", "--durability", level, "--data",
             str(tracker.data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            env=harness.environment())
        tracker.children.append(child)
        try:
            for _ in range(BATCHES):
                first = stream.sent
                stream.sent += BATCH
                child.stdin.write("".join(outside.line(stream.name, n) + "\n"
                                          for n in range(first, stream.sent)).encode())
                child.stdin.flush()
                time.sleep(0.002)  # so that batches become frames; an acknowledgement may never come
        except OSError:
            pass
        output = child.communicate(timeout=WAIT_SECONDS)[0]
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    if output.startswith(b"OVERVIEW"):
        return  # the call was one by which the runtime reads the arguments: without any, help is shown
    told = [int(word.split()[1]) for word in output.decode().splitlines(True)
            if re.fullmatch(r"acked \d+\n", word)]
    if told:
        stream.acknowledge(base, base + max(told))
    check_end(child.returncode, text, "tracker log", tracing)
    if child.returncode == 0 and (not told or base + max(told) != stream.sent) and not tracing.fails_writes:
        raise outside.Lost("tracker log ended with 0 after %s of %d" % (told[-1:], stream.sent - base))


def fault_in_serve(tracker, tracing, streams, dice):
    level = dice.choice(outside.LEVELS)
    stream = streams.setdefault("taken", outside.Stream(outside.taken("s")))
    errors = tracker.folder / "serve.log"
    errors.write_bytes(b"")
    child = subprocess.Popen(
        [*tracing.prefix, tracker.binary, "serve", "--port", "0", "--durability", level, "--data",
         str(tracker.data)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        stderr=open(errors, "a"), env=harness.environment())
    child.reader = harness.Reader(child.stdout)
    tracker.children.append(child)
    line = child.reader.next(WAIT_SECONDS)
    if line:  # else it has ended
        server = harness.Server.__new__(harness.Server)
        server.tracker, server.child = tracker, child
        server.url = line.split()[-1]
        for _ in range(REPORTS):
            number = stream.sent
            stream.sent += 1
            for _ in range(3):
                try:
                    if server.post("/api/track", harness.track_body(value=number))[0] == 200:
                        stream.acknowledge(number, number + 1)
                        break
                except (OSError, ValueError, outside.http.client.HTTPException):
                    if child.poll() is not None:
                        break
        try:
            server.get("/")
        except (OSError, ValueError, outside.http.client.HTTPException):
            pass
        child.send_signal(signal.SIGTERM)
    try:
        status = child.wait(WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        raise outside.Lost("tracker serve did not end: %s" % tracker.log("serve")) from None
    check_end(status, tracker.log("serve"), "tracker serve", tracing)


def fault_in_reader(program, tracker, tracing):
    """Who reads the log and says 0 has read all of it."""
    words = {"index": ["index", "--json"], "rebuild": ["index", "--rebuild", "--json"],
             "verify": ["verify", "--json"]}[program]
    child = subprocess.Popen([*tracing.prefix, tracker.binary, *words, "--data", str(tracker.data)],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=harness.environment())
    tracker.children.append(child)
    output, text = (raw.decode(errors="replace") for raw in child.communicate(timeout=WAIT_SECONDS))
    problems = output if '"problems":["' in output else ""
    check_end(child.returncode, text or problems, "tracker " + " ".join(words), tracing)
    if child.returncode == 0 and not tracing.fails_writes and not output.startswith("OVERVIEW"):
        if not output.endswith("}\n"):
            raise outside.Lost("exit status 0, and %r for output" % output)
        report = json.loads(output)
        events = report["events"] if program != "verify" else sum(s["events"] for s in report["sessions"])
        return events
    return None


def prepare(tracker, streams, dice):
    """A log of three sessions; half of it is in the index."""
    for part in ("a", "b"):
        for session in ("s", "t", "u"):
            name = part + session
            stream = streams.setdefault(name, outside.Stream(name))
            stream.sent = 40
            tracker.run("log", "--session", session, "--ack", text_input="".join(
                outside.line(name, n) + "\n" for n in range(40)))
            stream.acknowledge(0, 40)
        if part == "a":
            tracker.run("index")
    return 240


def one_run(binary, home, dice, program, rules):
    """Returns what was traced, and what was found afterwards."""
    folder = home / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tracker = harness.Tracker(binary, folder)
    tracing = Tracing(folder, rules)
    streams, told, expected = {}, None, 0
    try:
        if program == "log":
            streams["w"] = outside.Stream("w")
            if dice.random() < 0.5 or any("retval" in rule for rule in rules):
                other = streams["other"] = outside.Stream("other")
                other.sent = 1
                tracker.run("log", "--session", "other", text_input=outside.line("other", 0) + "\n")
                other.acknowledge(0, 1)
            fault_in_log(tracker, tracing, streams["w"], dice)
        elif program == "serve":
            prepare(tracker, streams, dice)
            fault_in_serve(tracker, tracing, streams, dice)
        else:
            expected = prepare(tracker, streams, dice)
            told = fault_in_reader(program, tracker, tracing)
        text = tracing.text()
        if told is not None and told != expected:
            raise outside.Lost("it said %d events with exit status 0, and there are %d" % (told, expected))
        after = outside.Stream("after")
        after.sent = 3
        tracker.run("log", "--session", "s", text_input="".join(outside.line("after", n) + "\n" for n in range(3)))
        after.acknowledge(0, 3)
        finding = outside.look(tracker, [*streams.values(), after])
        if finding.lost:
            raise outside.Lost("lost: %s" % finding.lost)
        return text, finding
    except (AssertionError, subprocess.TimeoutExpired) as failure:
        raise outside.Lost("%s with %s: %s" % (program, ", ".join(rules), failure)) from failure
    finally:
        tracker.end()


def run(binary, dice, runs, folder=None, keep_going=False):
    if not shutil.which("strace"):
        raise outside.Skipped("needs strace")
    begin, total, failures = time.monotonic(), outside.Finding(), []
    counts, injected = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory(dir=folder, prefix="tracker-faults-") as temporary:
        home = pathlib.Path(temporary)
        calls = {program: furthest(one_run(binary, home, dice, program, [])[0]) for program in WEIGHTS}
        for _ in range(runs):
            program = dice.choices(list(WEIGHTS), WEIGHTS.values())[0]
            rules = rules_for(program, dice, calls[program])
            try:
                text, finding = one_run(binary, home, dice, program, rules)
            except outside.Lost as lost:
                if not keep_going:
                    raise
                failures.append(lost)
                outside.say("error: %s" % lost)
                continue
            counts[program] += 1
            injected[program] += text.count("(INJECTED)")
            total += finding
    outside.say("measured: system calls made to fail: %s; %d events acknowledged, %d lost, %d runs failed; %.0f s" % (
        ", ".join("%s %d runs %d calls" % (name, counts[name], injected[name]) for name in WEIGHTS),
        total.acknowledged, total.lost, len(failures), time.monotonic() - begin))
    if failures:
        raise outside.Lost("%d runs failed" % len(failures))
    return total


def sweep(binary, dice, program, call, error, folder=None):
    """One call of one program fails, each in its turn."""
    if not shutil.which("strace"):
        raise outside.Skipped("needs strace")
    with tempfile.TemporaryDirectory(dir=folder, prefix="tracker-faults-") as temporary:
        home = pathlib.Path(temporary)
        for number in range(furthest(one_run(binary, home, dice, program, [])[0])[call]):
            one_run(binary, home, dice, program, ["%s:error=%s:when=%d" % (call, error, number + 1)])


def main():
    options = outside.options(__doc__, runs=300, keep_going=0)
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("failing system calls"):
        run(options.binary, dice, options.runs, options.folder, bool(options.keep_going))


if __name__ == "__main__":
    main()
