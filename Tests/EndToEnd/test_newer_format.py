"""A data folder of a newer format: no command writes into it (docs/FORMAT.md, section 1)."""
import re
import subprocess

import pytest

# How each command that writes into the data folder is asked to. The parser's own errors have status 64.
WRITES = {
    "log": [["--metric", "m", "--value", "1"], ["--session", "s1", "--metric", "m", "--value", "1"]],
    "load": [["http://127.0.0.1:9/", "--duration", "1s", "--rate", "1"]],
    "doctor": [["http://127.0.0.1:9/", "--for", "1s"]],
    "session": [["start"], ["end"]],
    "demo": [["play", "--duration", "1s"]],
    "baseline": [["u/s1"]],
    "note": [["u/s1", "x"], ["u/s1#r", "x"]],
    "tag": [["u/s1", "x"]],
    "untag": [["u/s1", "x"]],
    "rename": [["u/s1", "x"]],
    "archive": [["u/s1"]],
    "unarchive": [["u/s1"]],
    "left-out": [["u/s1#r", "x"]],
    "undo": [["u/s1", "x"]],
    "attach": [["STATES", "u/s1"]],
    "serve": [["--port", "0"], ["--port", "0", "--statsd", "0"]],
    "scrape": [["http://127.0.0.1:9/", "--for", "1s"]],
    "index": [[], ["--rebuild"]],
    "compact": [["--quiet", "0"]],
    "user": [["release", "u"]],
    "prune": [["u/s1", "--apply"]],
    "restore": [["u/s2"]],
    "repair": [["--apply"]],
    "selftest": [["--seconds", "1"]],
    "merge": [["STATES"]],
    "import": [["RESULTS"]],
    "ab": [["--command", "true", "--command", "true", "--rounds", "1"]],
    # Words after `--` are the command's.
    "measure": [["--user", "u", "--data", "DATA", "--", "true"]],
}
# These read, or write elsewhere.
READS = {"fold", "cat", "sessions", "show", "export", "report", "compare", "trend", "gate", "verify", "help", "why"}
# Its tools that write are `note` and `load`, and refuse as these do: see test_mcp.py.
READS |= {"mcp"}


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*"))}


@pytest.fixture
def newer(tracker):
    """Two sessions with a finished run each, one of them in the trash; one is current; all from before the upgrade."""
    for session in ("s1", "s2"):
        tracker.run("log", "--user", "u", "--session", session, text_input="\n".join((
            '{"event":"run_started","run":"r","target":"http://t/"}', '{"metric":"m","value":1,"run":"r"}',
            '{"event":"run_finished","run":"r","state":"finished"}', "")))
    tracker.run("session", "start", "--user", "u")
    tracker.run("index")
    segments = list(map(str, tracker.data.glob("log/u/s1/*.zst")))
    tracker.run("prune", "u/s2", "--apply")
    states = tracker.folder / "states"
    subprocess.run([tracker.binary, "fold", "-o", states, *segments], check=True)
    (tracker.data / "tracker.json").write_text('{"format":2}\n')
    results = tracker.folder / "results.csv"
    results.write_text("response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
                       "0.1,0,0,0,0.1,0,200,0\n")
    return tracker, {"STATES": states, "RESULTS": results, "DATA": tracker.data}


def test_each_command_is_known_here(tracker):
    text = subprocess.run([tracker.binary, "--help"], capture_output=True, text=True, check=True).stdout
    found = set(re.findall(r"^  ([a-z-]+) ", text.partition("SUBCOMMANDS:")[2], re.M))
    assert len(found) > 15 and found - set(WRITES) - READS == set()


@pytest.mark.parametrize("command,arguments", [
    (command, arguments) for command in sorted(WRITES) for arguments in WRITES[command]])
def test_it_writes_nothing_and_says_why(newer, command, arguments):
    tracker, paths = newer
    before = files(tracker.data)
    arguments = [str(paths.get(argument, argument)) for argument in arguments]
    result = tracker.run(command, *arguments, "--user", "u", expect=(1, 2), timeout=30)
    assert "format 2" in result.stderr and "newer tracker" in result.stderr, result.stderr
    assert files(tracker.data) == before


@pytest.mark.parametrize("command,arguments", [
    ("cat", ["u/s1"]), ("verify", []), ("compact", ["--dry-run"]), ("prune", ["u/s1"]), ("restore", []),
    ("repair", []), ("session", ["current"])])
def test_what_only_looks_still_works(newer, command, arguments):
    tracker, _ = newer
    before = files(tracker.data)
    tracker.run(command, *arguments, "--user", "u")
    assert files(tracker.data) == before


@pytest.mark.parametrize("command,arguments", [
    ("sessions", []), ("show", ["u/s1"]), ("trend", ["http://t/"]), ("compare", ["u/s1", "u/s1"]),
    ("why", ["u/s1", "u/s1"]),
    ("gate", ["--target", "http://t/", "--against", "last", "--max", "mean:+5%", "--metric", "m"])])
def test_what_reads_through_the_index_leaves_it_as_it_is(newer, command, arguments):
    """A newer tracker's index may look different: no file of it is replaced, and none is added."""
    tracker, _ = newer
    (tracker.data / "log/u/s1/new.000001.jsonl").write_text('{"metric":"m","value":2,"ts":1760000000000}\n')
    before = files(tracker.data)
    tracker.run(command, *arguments, "--user", "u", expect=(0, 1, 2))
    assert files(tracker.data) == before
