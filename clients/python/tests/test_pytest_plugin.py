"""The pytest plugin in suites of its own: durations, outcomes, the fixture, xdist and pytest-benchmark."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

from hooks import shown_by_the_tracker
from segments import all_events

CLIENT = pathlib.Path(__file__).resolve().parent.parent

SUITE = '''
import pytest

def test_passes(tracker):
    assert tracker.sample("rows", 3, kind="a") is LOGS
    with tracker.measure("query_ms", table="users") as timing:
        timing.labels["rows"] = 3

@pytest.mark.parametrize("size", (1, 2))
def test_sizes(size):
    pass

def test_fails():
    assert False

def test_raises_in_a_block(tracker):
    with pytest.raises(LookupError), tracker.measure("query_ms"):
        raise LookupError

@pytest.fixture
def broken():
    raise RuntimeError("no")

def test_error(broken):
    pass

def test_skipped():
    pytest.skip("not today")

@pytest.mark.xfail
def test_expected():
    assert False
'''
OUTCOMES = {"test_passes": ("passed", True), "test_sizes[1]": ("passed", True), "test_sizes[2]": ("passed", True),
            "test_fails": ("failed", False), "test_raises_in_a_block": ("passed", True), "test_error": ("error", False),
            "test_expected": ("xfailed", True)}


@pytest.fixture
def suite(tmp_path):
    """Runs pytest on one file, in a folder of its own; returns its status and what it said."""
    folder = tmp_path / "shop"
    folder.mkdir()

    # This very test may run in a worker of pytest-xdist: the suite does not.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    def run(text, *options, **environment):
        (folder / "test_shop.py").write_text(text)
        (folder / "pytest.ini").write_text("[pytest]\n")
        done = subprocess.run(
            [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:locust",
             "-p", "local_tracker.pytest_plugin", *options],
            cwd=folder, capture_output=True, text=True, timeout=120,
            env={**outside, "PYTHONPATH": str(CLIENT), **environment})
        return done.returncode, done.stdout + done.stderr
    return run


def runs(data):
    events = all_events(data)
    started = [event for event in events if event.get("event") == "run_started"]
    finished = [event for event in events if event.get("event") == "run_finished"]
    samples = [event for event in events if "metric" in event]
    assert len(list(data.glob("log/*/*"))) == 1, "one session"
    assert {event["run"] for event in finished + samples} == {event["run"] for event in started}
    return started, finished, samples


def check_suite(data, status, output):
    (started,), (finished,), samples = runs(data)
    assert status == 1 and finished["state"] == "failed"
    assert started["test"] == "pytest" and started["target"] == "pytest shop"
    assert finished["summary"] == {"passed": 4, "failed": 1, "error": 1, "skipped": 1, "xfailed": 1, "exit_status": 1}
    durations = [event for event in samples if event["metric"] == "pytest.duration_ms"]
    assert {event["labels"]["test"].partition("::")[2]: (event["labels"]["outcome"], event["ok"])
            for event in durations} == OUTCOMES and len(durations) == len(OUTCOMES)
    own = {(event["metric"], event.get("ok"), event["labels"].get("table"), event["labels"].get("error"))
           for event in samples if event not in durations}
    assert own == {("query_ms", False, None, "LookupError"), ("query_ms", None, "users", None), ("rows", None, None, None)}
    assert len(samples) == len(durations) + len(own)
    rows = next(event for event in samples if event["metric"] == "rows")
    assert rows["labels"] == {"test": "test_shop.py::test_passes", "kind": "a"} and rows["value"] == 3
    assert re.search("local tracker: session %s, run %s, below" % (
        next(data.glob("log/*/*")).name, started["run"]), output)
    shown = shown_by_the_tracker(data)
    if shown:
        run, = shown["runs"]
        assert run["state"] == "failed"
        assert sum(series["count"] for series in run["series"]) == len(samples)
        assert sum(series["errors"] for series in run["series"]) == 3  # a failure, an error, a block that was left


@pytest.mark.parametrize("options", ((), ("-n", "2"), ("-n", "2", "--dist", "loadfile")))
def test_each_test_is_one_sample_of_one_run(suite, data, options):
    check_suite(data, *suite(SUITE.replace("LOGS", "True"), "--tracker", *options))


def test_without_the_option_nothing_is_logged(suite, data):
    status, output = suite(SUITE.replace("LOGS", "False"))
    assert status == 1 and "4 passed" in output and "1 failed" in output and "1 error" in output
    assert not data.exists() and "local tracker" not in output


@pytest.mark.parametrize("text, status, state", (
    ("def test_a(): pass", 0, "finished"), ("", 5, "finished"), ("import nothing_here", 2, "failed"),
    ("def test_a(): raise KeyboardInterrupt", 2, "stopped")))
def test_how_a_run_ends(suite, data, text, status, state):
    assert suite(text, "--tracker")[0] == status
    _, (finished,), _ = runs(data)
    assert finished["state"] == state and finished["summary"]["exit_status"] == status


def test_a_list_of_tests_is_no_run(suite, data):
    assert suite("def test_a(): pass", "--tracker", "--collect-only")[0] == 0
    assert not data.exists()


def test_the_commit_is_recorded(suite, data, tmp_path):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@localhost", "-C", str(tmp_path / "shop")]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(git + command, check=True, timeout=60)
    commit = subprocess.run(git + ["rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    suite("def test_a(): pass", "--tracker")
    (started,), _, _ = runs(data)
    assert started["commit"] == commit


def test_a_log_that_cannot_be_written_changes_no_outcome(suite, data):
    data.mkdir()
    (data / "tracker.json").write_text('{"format":99}')
    status, output = suite("def test_a(tracker): tracker.sample('x', 1)", "--tracker")
    assert status == 0 and "1 passed" in output and "local tracker: not all of it could be written" in output
    status, output = suite("def test_a(tracker): tracker.sample('x', 1)", "--tracker", LOCAL_TRACKER_USER_ID="u" * 300)
    assert status == 0 and "1 passed" in output and "local tracker: an id of 300 bytes is too long" in output


BENCHMARK = '''
def test_sum(benchmark):
    benchmark.pedantic(sum, args=([1, 2],), rounds=ROUNDS, iterations=2)

def test_fails(benchmark):
    texts = ["x", "2", "1"]
    benchmark.pedantic(lambda: int(texts.pop()), rounds=3)
'''


@pytest.mark.parametrize("rounds, kept", ((7, 7), (25_000, 8_334)))
def test_the_rounds_of_a_benchmark_are_samples(suite, data, rounds, kept):
    status, output = suite(BENCHMARK.replace("ROUNDS", str(rounds)), "--tracker", "--benchmark-disable-gc")
    _, _, samples = runs(data)
    assert status == 1, output
    own = [event for event in samples if event["metric"] == "benchmark.duration_ms"]
    assert len(own) == kept and {event["labels"]["test"] for event in own} == {"test_shop.py::test_sum"}
    assert all(0 <= event["value"] < 10_000 and event["unit"] == "ms" for event in own)
    assert len(samples) == kept + 2


def test_a_benchmark_that_is_switched_off_has_no_rounds(suite, data):
    assert suite(BENCHMARK.replace("ROUNDS", "3"), "--tracker", "--benchmark-disable")[0] == 0
    assert [event["metric"] for event in runs(data)[2]] == ["pytest.duration_ms"] * 2
    # A fixture of the suite that happens to have this name.
    text = "import pytest\n@pytest.fixture\ndef benchmark():\n    return 3\ndef test_a(benchmark): pass\n"
    assert suite(text, "--tracker", "-p", "no:benchmark")[0] == 0
