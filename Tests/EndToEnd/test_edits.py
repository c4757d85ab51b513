"""Edits from the command line: notes, tags, names, the archive, runs that are left out, and taking back."""
import getpass
import json
import os
import pwd
import subprocess
import time

import pytest

START_MS = 1763899200000


def record(tracker, session, start_ms, runs=("r1", "r2", "r3")):
    lines = []
    for number, run in enumerate(runs):
        at = start_ms + number * 60000
        lines.append({"ts": at, "event": "run_started", "run": run, "target": "api"})
        lines += [{"ts": at + 500 * n, "metric": "latency_ms", "value": 10 + n % 7, "unit": "ms", "run": run}
                  for n in range(40)]
        lines.append({"ts": at + 20000, "event": "run_finished", "run": run})
    tracker.run("log", "--user", "u", "--session", session, text_input="".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def recorded(tracker):
    record(tracker, "old", START_MS)
    record(tracker, "new", START_MS + 86400000)
    return tracker


def test_the_printed_command_takes_an_edit_back(recorded):
    """As a person would: by copying the line that was printed into a shell."""
    for arguments in (("note", "u/old", "cache on"), ("tag", "u/old", "a b"), ("rename", "u/old", "it's"),
                      ("archive", "u/old"), ("left-out", "u/old#r2", "the backup ran")):
        before = recorded.json("show", "u/old")
        printed = recorded.run(*arguments).stdout.splitlines()
        assert len(printed) == 2 and "to take it back: tracker undo u/old " in printed[1], printed
        changed = recorded.json("show", "u/old")
        assert changed != before
        command = printed[1].partition("to take it back: ")[2]
        path = "%s:%s" % (os.path.dirname(recorded.binary), os.environ["PATH"])
        subprocess.run(command, shell=True, check=True, cwd="/", env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL)
        after = recorded.json("show", "u/old")
        for key in ("name", "tags", "archived", "notes", "edits", "runs", "first", "last"):
            assert after[key] == before[key], (arguments, key)
    assert recorded.verify() == 0


def test_the_author_is_the_account(recorded):
    done = recorded.json("note", "u/old", "n")
    assert done["by"] == pwd.getpwuid(os.getuid()).pw_name == getpass.getuser() or "USER" in os.environ
    assert [edit["by"] for edit in recorded.json("show", "u/old")["edits"]] == [done["by"]]


def test_a_left_out_run_is_in_no_number(recorded):
    recorded.run("left-out", "u/old#r2", "the backup ran", "--by", "ann")
    left_out = {"run": "u/old#r2", "reason": "the backup ran", "by": "ann"}
    for command, *arguments in (("compare", "u/old", "u/new"), ("trend", "api"),
                                ("gate", "--target", "api", "--against", "last")):
        found = json.loads(recorded.run(command, *arguments, "--json", expect=(0, 1, 3)).stdout)
        assert [{key: run[key] for key in left_out} for run in found["left_out"]] == [left_out], command
        text = recorded.run(command, *arguments, expect=(0, 1, 3)).stdout
        assert "left out: 1 run\n  u/old#r2: the backup ran (ann)\n" in text
    assert "u/old#r2" not in found["runs_before"] and len(found["runs_before"]) == 2
    assert len(json.loads(recorded.run("trend", "api", "--json").stdout)["runs"]) == 5


def test_an_edit_of_an_old_session_makes_it_no_newer(recorded):
    """Its place in the list, the filters, and what prune removes: by events and by the files' times."""
    long_ago = time.time() - 100 * 86400
    for path in recorded.data.glob("log/u/*/*"):
        os.utime(path, (long_ago, long_ago))
    prune = ("prune", "--keep-last", "1", "--older-than", "30")
    before = recorded.json("sessions")
    assert [one["session"] for one in recorded.json(*prune)["taken"]] == ["old"]
    recorded.run("rename", "u/old", "still old")
    after = recorded.json("sessions")
    assert [(one["session"], one["first"], one["last"]) for one in after] == [
        (one["session"], one["first"], one["last"]) for one in before]
    assert recorded.json("sessions", "--since", "2025-11-24") == after[:1]
    assert [one["session"] for one in recorded.json(*prune)["taken"]] == ["old"]
    # A sample makes it new.
    recorded.run("log", "--user", "u", "--session", "old", "--metric", "m", "--value", "1")
    assert [one["session"] for one in recorded.json(*prune)["taken"]] == ["new"]


def test_parts_that_arrive_in_any_order_say_the_same(recorded, tmp_path):
    """The undo is copied before the edit it takes back: rebuilt, grown and merged are one."""
    note = recorded.json("note", "u/old", "n")["id"]
    recorded.run("undo", "u/old", note)
    recorded.run("left-out", "u/old#r1", "x")
    whole = recorded.json("index", "--rebuild")
    files = sorted(recorded.data.glob("log/u/old/*"), key=lambda path: path.stat().st_mtime_ns)
    assert len(files) == 4
    other = tmp_path / "other"
    for path in recorded.data.glob("log/u/new/*"):
        (other / "log/u/new").mkdir(parents=True, exist_ok=True)
        (other / "log/u/new" / path.name).write_bytes(path.read_bytes())
    (other / "log/u/old").mkdir(parents=True)
    for path in reversed(files):
        (other / "log/u/old" / path.name).write_bytes(path.read_bytes())
        grown = subprocess.run([recorded.binary, "index", "--json", "--data", str(other)],
                               check=True, capture_output=True, text=True).stdout
    assert json.loads(grown)["digest"] == whole["digest"]
