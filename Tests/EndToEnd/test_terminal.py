"""What a person sees on a terminal: tables that fit, nothing that acts on it, hints that can be copied."""
import fcntl
import json
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import termios
import time
import unicodedata

import pytest

import harness

HOSTILE = "a\x1b[2J\x1b]0;title\x07\u202e\u009bb"


def on_terminal(tracker, *arguments, columns=80, data=True):
    """Everything that a command prints to a terminal of this width; its exit status."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    child = subprocess.Popen(
        [tracker.binary, *arguments, *(["--data", str(tracker.data)] if data else [])], stdin=subprocess.DEVNULL,
        stdout=slave, stderr=slave, cwd=tracker.folder, env=harness.environment())
    tracker.children.append(child)
    os.close(slave)
    printed, end = b"", time.monotonic() + 60
    while select.select([master], [], [], max(0, end - time.monotonic()))[0]:
        try:
            some = os.read(master, 1 << 16)
        except OSError:  # EIO: nobody has the other end any more
            break
        if not some:
            break
        printed += some
    os.close(master)
    return child.wait(60), printed.decode().replace("\r\n", "\n")


def columns_of(line):
    return sum(0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
               for letter in line)


def record(tracker, session, name="", count=200, metric="http.latency_ms"):
    start = 1_763_899_200_000
    events = [{"ts": start, "event": "session", "name": name},
              {"ts": start, "event": "run_started", "run": "r1", "target": "http://localhost:3000/"}]
    events += [{"ts": start + 10 * n, "metric": metric, "value": 10 + n % 7, "unit": "ms", "run": "r1",
                "labels": {"route": "/a/route/of/some/length"}} for n in range(count)]
    events.append({"ts": start + 10 * count, "event": "run_finished", "run": "r1"})
    tracker.run("log", "--user", "anonymous", "--session", session,
                text_input="".join(json.dumps(event) + "\n" for event in events))


def test_tables_fit_the_terminal(tracker):
    session = "20261123-140211-9f3c77aa"
    record(tracker, session, name="测试 with a name that is long enough to be cut somewhere 🚀")
    record(tracker, "other", name="e\u0301 short", metric="a.metric.with.a.rather.long.name_ms")
    for columns in (80, 100, 160):
        for command in (["sessions"], ["show", "anonymous/" + session]):
            status, printed = on_terminal(tracker, *command, columns=columns)
            assert status == 0, printed
            for line in printed.splitlines():
                assert columns_of(line) <= columns, (columns, line)
            assert session in printed
            assert columns > 80 or "Not shown: " in printed, printed
    # A pipe has 80 columns; --wide and --json have everything.
    piped = tracker.run("sessions").stdout
    assert max(map(columns_of, piped.splitlines())) <= 80 and "EVENTS" not in piped.splitlines()[0]
    wide = tracker.run("sessions", "--wide").stdout
    assert "EVENTS" in wide.splitlines()[0] and "somewhere 🚀" in wide
    # What stands behind a name with wide letters begins in the same column.
    heading, *rows = wide.splitlines()[:3]
    at = columns_of(heading[:heading.index("STARTED")])
    for row in rows:
        assert columns_of(row[:row.index("2025-11-23T")]) == at, wide


def test_an_experiment_shows_how_its_interval_closes(tracker):
    """On 80 columns as well: the number of A makes room for the picture while it runs."""
    status, text = on_terminal(tracker, "ab", "--command", "sleep 0.05", "--command", "sleep 0.02", "--rounds", "3")
    assert status == 3, text
    tables = [part.splitlines() for part in text.split("; Ctrl-C stops\n")[1:]]
    assert len(tables) == 3, text
    for heading, row in (table[:2] for table in tables):
        assert "CLOSING" in heading and max(columns_of(heading), columns_of(row)) <= 80, text
        assert re.fullmatch(r"[.\-\[\]|o]{25}", row[heading.index("CLOSING"):][:25]), text


def test_the_log_does_not_act_on_a_terminal_and_is_as_it_is_in_a_pipe(tracker):
    line = json.dumps({"ts": 1_763_899_200_000, "event": "note", "text": HOSTILE}, ensure_ascii=False)
    raw = line.replace("\\u001b", "\x1b").replace("\\u0007", "\x07").encode()
    folder = tracker.data / "log" / "anonymous" / "s"
    folder.mkdir(parents=True)
    (folder / "shared.000001.jsonl").write_bytes(line.encode() + b"\n" + raw + b"\n")
    status, printed = on_terminal(tracker, "cat", "anonymous/s")
    assert status == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed), ascii(printed)
    assert "\\u{1b}[2J" in printed and "\\u{202e}" in printed
    piped = subprocess.run([tracker.binary, "cat", "anonymous/s", "--data", str(tracker.data)],
                           stdout=subprocess.PIPE, env=harness.environment(), timeout=60).stdout
    assert piped == line.encode() + b"\n" + raw + b"\n"
    for command in (["show", "anonymous/s"], ["sessions", HOSTILE], ["show", HOSTILE], [HOSTILE], ["gate", HOSTILE],
                    ["load", "x", "--name", HOSTILE], ["compare", HOSTILE, HOSTILE], ["sessions", "--sort", HOSTILE]):
        _, printed = on_terminal(tracker, *command)
        # The progress of a load rewrites its own line.
        printed = printed.replace("\r\x1b[2K", "")
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed), ascii(printed)


def test_an_export_does_not_act_on_a_terminal_and_is_as_it_is_in_a_pipe(tracker):
    ts = 1_763_899_200_000
    lines = [{"ts": ts, "event": "run_started", "run": HOSTILE, "target": HOSTILE, "test": HOSTILE},
             {"ts": ts, "metric": "m" + HOSTILE, "unit": "ms", "value": 1, "run": HOSTILE, "labels": {"l" + HOSTILE: HOSTILE}},
             {"ts": ts + 9, "event": "run_finished", "run": HOSTILE, "summary": {"rps": 1}}]
    folder = tracker.data / "log" / "anonymous" / "s"
    folder.mkdir(parents=True)
    (folder / "shared.000001.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    written = [["export", "anonymous/s", "--format", name] for name in (
        "csv", "runs-csv", "json", "ndjson", "openmetrics", "hlog", "hgrm", "postgresql", "bencher",
        "github-action-benchmark")]
    for command in written + [["report", "anonymous/s"], ["report", "anonymous/s", "--markdown"]]:
        status, printed = on_terminal(tracker, *command)
        assert status == 0 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", printed), (command, ascii(printed))
    piped = subprocess.run([tracker.binary, *written[1], "--data", str(tracker.data)], stdout=subprocess.PIPE,
                           env=harness.environment(), timeout=60).stdout
    assert b"\x1b" in piped and piped.count(b"\r\n") == 3


@pytest.mark.parametrize("words, parent", [
    (["nosuch", "--help"], "tracker"), (["help", "nosuch"], "tracker"), (["nosuch"], "tracker"),
    (["session", "nosuch", "--help"], "tracker session"), (["demo", "nosuch", "-h"], "tracker demo")])
def test_a_command_that_does_not_exist_has_no_help(tracker, words, parent):
    result = subprocess.run([tracker.binary, *words], capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout) == (64, "")
    assert '"nosuch"' in result.stderr and "\nUsage: %s " % parent in result.stderr


def test_a_usage_error_shows_the_usage_of_its_command(tracker):
    for command, wrong in (("load", ["localhost", "--duration", "soon"]), ("show", []), ("gate", ["--target", "x"]),
                           ("sessions", ["--since", "never"]), ("show", ["a/b", "--user="])):
        refused = tracker.run(command, *wrong, expect=(64,))
        assert refused.stderr.startswith("Error: ") and "\nUsage: tracker %s " % command in refused.stderr
        assert refused.stdout == ""


def test_a_hint_works_when_it_is_copied(tracker):
    record(tracker, "s")
    refused = tracker.run("show", "anonymous/nowhere", expect=(2,)).stderr
    hint = shlex.split(re.search("`tracker (.*?)`", refused).group(1))
    # From another folder, and without anything of the environment.
    listed = subprocess.run([tracker.binary, *hint], capture_output=True, text=True, cwd="/", timeout=60,
                            env=harness.environment())
    assert listed.returncode == 0 and "anonymous/s " in listed.stdout, (hint, listed)


def test_a_load_says_what_was_written_and_where_it_is_shown(tracker):
    server = tracker.serve()
    arguments = ["load", server.url, "--requests", "3", "--no-watch"]
    text = tracker.run(*arguments).stderr
    assert "Written to %s\n" % tracker.data in text
    assert "`tracker serve --data %s` at http://localhost:8082/sessions/" % shlex.quote(str(tracker.data)) in text
    # Programs that report to a server on another port are shown there.
    text = tracker.run(*arguments, env={"TRACKING_SERVICE_URL": "http://localhost:9191/api/track"}).stderr
    assert "`tracker serve --port 9191 --data " in text and " at http://localhost:9191/sessions/" in text
    # A relative folder is found from everywhere.
    result = subprocess.run([tracker.binary, *arguments], cwd=tracker.folder, capture_output=True, text=True,
                            env=harness.environment(), timeout=60)
    assert "Written to %s\n" % tracker.data in result.stderr and "`tracker serve` at" in result.stderr
