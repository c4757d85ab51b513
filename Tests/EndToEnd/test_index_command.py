"""`tracker index` for a person: how far it is, on a terminal alone; stopped in the middle, it goes on where it was."""
import json
import os
import pathlib
import pty
import random
import re
import select
import signal
import subprocess
import tempfile
import time

import zstandard

import harness

WRITER = "0123456789abcdef"
FRAMES = 120 if not harness.LONG else 600
FRAME_EVENTS = 40_000
PROGRESS = re.compile(r"[\d.]+ of [\d.]+ MB, [\d.]+ M events/s, \d+ s left, [\d,]+ of \d+ sessions")


def large_log(tracker, sessions):
    """As many events as take a good second to fold, in frames that are many to write quickly."""
    compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
    dice = random.Random(7)
    lines = "".join('{"ts":%d,"metric":"http.latency_ms","value":%.3f,"labels":{"route":"/%d"}}\n' % (
        1763899200000 + n, dice.expovariate(0.05), n % 7) for n in range(FRAME_EVENTS))
    for number in range(sessions):
        folder = tracker.data / "log" / "u" / ("s%d" % number)
        folder.mkdir(parents=True)
        with open(folder / (WRITER + ".000001.jsonl.zst"), "wb") as segment:
            for seq in range(FRAMES // sessions):
                header = {"frame": 1, "session": folder.name, "writer": WRITER, "seq": seq, "events": FRAME_EVENTS}
                segment.write(compressor.compress((json.dumps(header) + "\n" + lines).encode()))
    return FRAMES // sessions * sessions * FRAME_EVENTS


class Terminal:
    """A command whose standard error is a terminal."""

    def __init__(self, tracker, *arguments):
        self.master, slave = pty.openpty()
        self.child = subprocess.Popen(
            [tracker.binary, *arguments, "--data", str(tracker.data)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=slave, text=True, cwd=tracker.folder, env=harness.environment())
        tracker.children.append(self.child)
        os.close(slave)
        self.text = ""

    def read_until(self, pattern, seconds=60):
        """Reads what is written until it matches, or (`None`) to its end."""
        end = time.monotonic() + seconds
        while pattern is None or not pattern.search(self.text):
            assert select.select([self.master], [], [], end - time.monotonic())[0], "nothing more: %r" % self.text
            try:
                some = os.read(self.master, 1 << 16)
            except OSError:  # EIO: nobody has the other end any more
                some = b""
            if not some:
                assert pattern is None, "it ended: %r" % self.text
                return
            self.text += some.decode()

    def end(self):
        """Exit status and standard output."""
        self.read_until(None)
        output, _ = self.child.communicate(timeout=60)
        os.close(self.master)
        return self.child.returncode, output


def test_progress_is_for_a_terminal(tracker):
    events = large_log(tracker, sessions=3)
    terminal = Terminal(tracker, "index", "--rebuild", "--json", "--threads", "1")
    status, output = terminal.end()
    assert status == 0 and json.loads(output)["events"] == events
    shown = PROGRESS.findall(terminal.text)
    assert len(shown) > 1, terminal.text
    done = [float(line.split()[0]) for line in shown]
    assert done == sorted(done) and done[-1] > done[0]
    assert terminal.text.endswith("\r\x1b[K"), "the line is taken away at the end: %r" % terminal.text[-80:]
    # Standard error is a file or pipe here.
    assert tracker.run("index", "--rebuild").stderr == ""


def test_stopped_in_the_middle_it_goes_on(tracker):
    events = large_log(tracker, sessions=1)
    for number in (signal.SIGINT, signal.SIGTERM):
        terminal = Terminal(tracker, "index", "--rebuild", "--threads", "1")
        terminal.read_until(PROGRESS)
        terminal.child.send_signal(number)
        status, output = terminal.end()
        assert status == 130, (status, output, terminal.text)
        assert "stopped: so far 1 sessions" in output and "continues from here" in output and "digest" not in output
        done = int(re.search(r"(\d+) events", output).group(1))
        assert 0 < done < events
        rest, read = counted_run(tracker)
        assert rest["events"] == events and not rest["interrupted"]
        size = sum(path.stat().st_size for path in tracker.data.glob("log/*/*/*"))
        # What was done is not read again.
        assert read < size * (1 - done / events) + size // 10, (read, size, done, events)
    whole = tracker.json("index", "--rebuild")
    assert whole["digest"] == rest["digest"] and whole["events"] == events


def counted_run(tracker):
    """The next run: its report, and how many bytes it read of any file."""
    with tempfile.TemporaryFile("w+") as output:
        child = subprocess.Popen([tracker.binary, "index", "--json", "--data", str(tracker.data)], stdout=output,
                                 stderr=subprocess.DEVNULL, cwd=tracker.folder, env=harness.environment())
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        read = int(re.search(r"rchar: (\d+)", pathlib.Path("/proc/%d/io" % child.pid).read_text()).group(1))
        assert child.wait() == 0
        output.seek(0)
        return json.load(output), read


def test_a_folder_with_other_content_is_no_empty_data_folder(tracker, tmp_path):
    """To say "0 sessions: whole" of it would answer another question; and nothing is written into it."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"x")
    session = "u/s"
    for words in (("verify",), ("index",), ("sessions",), ("compact",), ("prune", session, "--apply"), ("restore",),
                  ("show", session), ("cat", session)):
        done = subprocess.run([tracker.binary, *words, "--data", str(folder)], capture_output=True, text=True,
                              env=harness.environment())
        assert done.returncode == 2 and "is no data folder" in done.stderr, (words, done)
        assert [path.name for path in folder.iterdir()] == ["a.jpg"], words
    # What is to become one is none yet: with nothing in it, with a README, or where something is recorded.
    (folder / "a.jpg").rename(folder / "README.md")
    for words in (("verify",), ("sessions",), ("index",), ("verify",)):
        subprocess.run([tracker.binary, *words, "--data", str(folder)], check=True, env=harness.environment())
    other = tmp_path / "project"
    other.mkdir()
    (other / "main.c").write_text("x")
    for words in (("log", "--metric", "m", "--value", "1"), ("verify",)):
        subprocess.run([tracker.binary, *words, "--data", str(other)], check=True, env=harness.environment())
