"""`tracker measure`: what it says of a program is what the program did."""
import json
import os
import signal
import subprocess
import sys
import time

import pytest

import harness


def measure(tracker, *arguments, **named):
    """Options and the command after `--`; the data folder comes from the environment."""
    return subprocess.run(
        [tracker.binary, "measure", *arguments], cwd=tracker.folder, capture_output=True, text=True, timeout=60,
        env=harness.environment(TRACKER_DATA=str(tracker.data)), **{"stdin": subprocess.DEVNULL, **named})


def test_time_and_memory_are_those_of_the_program(tracker):
    program = ("import time; block = bytearray(200_000_000); time.sleep(0.3); end = time.process_time() + 0.2\n"
               "while time.process_time() < end: pass")
    result = measure(tracker, "--json", "--", sys.executable, "-c", program)
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert found["command.duration_s"] >= 0.5
    assert 0.2 <= found["command.user_s"] + found["command.system_s"] <= found["command.duration_s"] * 1.5
    # Python itself has some 10 MB.
    assert 200_000_000 <= found["command.peak_memory_bytes"] <= 300_000_000


def test_processes_that_it_starts_count(tracker):
    busy = "import time; end = time.process_time() + 0.2\nwhile time.process_time() < end: pass"
    result = measure(tracker, "--json", "--", "sh", "-c", '"$0" -c "$1" & wait', sys.executable, busy)
    assert json.loads(result.stdout)["command.user_s"] + json.loads(result.stdout)["command.system_s"] >= 0.2


def test_input_and_output_are_the_programs_own(tracker):
    result = measure(tracker, "--", "cat", input="a line\n", stdin=None)
    assert result.stdout.startswith("a line\n") and "run 1 of 1: " in result.stdout


def test_a_stop_ends_the_program_and_the_run(tracker):
    child = tracker.start_bare(
        "measure", "--runs", "5", "--", "sh", "-c", "echo begun; exec sleep 60", env={"TRACKER_DATA": str(tracker.data)})
    assert child.reader.next(20) == "begun\n"
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 130
    [entry] = tracker.json("sessions")
    [run] = tracker.json("show", "anonymous/" + entry["session"])["runs"]
    assert run["state"] == "stopped"


def test_a_second_signal_kills_a_program_that_ignores_the_first(tracker):
    """It went on without the tracker, and its run had no end."""
    child = tracker.start_bare(
        "measure", "--runs", "5", "--", "sh", "-c", "trap '' TERM INT; echo $$; while :; do sleep 0.1; done",
        env={"TRACKER_DATA": str(tracker.data)})
    process = int(child.reader.next(20))
    child.send_signal(signal.SIGTERM)
    time.sleep(1.2)
    assert "send the signal again to kill what is running" in tracker.log("measure")
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    [entry] = tracker.json("sessions")
    [run] = tracker.json("show", "anonymous/" + entry["session"])["runs"]
    assert run["state"] == "stopped"


@pytest.mark.parametrize("words,status,told,state", [
    (("--", "no-such-program"), 2, "cannot start no-such-program: No such file or directory", "failed"),
    (("--", "sh", "-c", "kill -SEGV $$"), 139, "signal 11", "failed"),
    (("--runs", "3", "--", "sh", "-c", "exit 9"), 9, "exit status 9", "failed"),
    (("--prepare", "exit 4", "--", "true"), 2, "--prepare failed: exit status 4", None),
    (("--warmup", "1", "--", "false"), 1, "", None),
])
def test_what_does_not_go_well_is_said_and_no_run_comes_after_it(tracker, words, status, told, state):
    result = measure(tracker, *words)
    assert result.returncode == status and told in result.stdout + result.stderr, result.stdout + result.stderr
    # A warm-up that fails has opened no log.
    runs = [run for entry in (tracker.json("sessions") if (tracker.data / "tracker.json").exists() else ())
            for run in tracker.json("show", "anonymous/" + entry["session"])["runs"]]
    assert [run["state"] for run in runs] == ([state] if state else []), runs


def test_runs_are_compared_as_any_others(tracker):
    """Three runs a side: a program that takes ten times as long is worse, and the gate says so."""
    for name, seconds in (("before", "0.05"), ("after", "0.5")):
        result = measure(tracker, "--new-session", "--name", name, "--runs", "3", "--target-name", "sleep", "--",
                         "sleep", seconds)
        assert result.returncode == 0, result.stderr
    names = {one["name"]: "anonymous/" + one["session"] for one in tracker.json("sessions")}
    table = tracker.run("compare", names["before"], names["after"], "--metric", "command.duration_s").stdout
    assert "Worse" in table, table
