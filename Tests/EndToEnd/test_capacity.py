"""`tracker load --find-max` on a queue that is known exactly, and `tracker doctor` on a machine that is disturbed."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest

import harness
from test_load import sessions, target  # noqa: F401

BUSY = [sys.executable, "-c", "while True: pass"]


def find(tracker, url, *arguments, expect=(0,)):
    return json.loads(tracker.run("load", url + "/", *arguments, "--json", expect=expect, timeout=3600).stdout)


def test_each_step_is_a_run_of_one_session(tracker, target):  # noqa: F811
    # One connection, and 10 ms for each answer: never more than 100 requests a second.
    url = target("--median", "10ms", "--sigma", "0", "--errors", "0").url
    found = find(tracker, url, "--find-max", "p50<20ms,errors<5%", "--rate", "80", "--max-connections", "1",
                 "--within", "50%", "--for", "4m", expect=(0, 3))
    assert found["ending"] == "found" and found["condition"] == "p50<20ms", found
    assert found["interval"][0] <= found["rate"] <= found["interval"][1]
    assert 40 < found["rate"] < 115 and found["broken"] <= 160, found
    [session] = sessions(tracker)
    shown = tracker.json("show", "anonymous/" + session["session"])
    assert shown["tags"] == ["find-max"]
    asked = {run["run"]: run["params"]["rate"] for run in shown["runs"]}
    assert {run["test"] for run in shown["runs"]} == {"find-max"}
    assert {run: rate["rate"] for rate in found["rates"] for run in rate["runs"]} == asked
    assert len(found["runs"]) == len(asked) > 2


def test_without_a_rate_the_steps_have_all_connections(tracker, target):  # noqa: F811
    """The first rate is that of one connection; the steps were made with one connection as well."""
    url = target("--median", "1ms", "--errors", "0").url
    for given, limit in ([], 256), (["--max-connections", "7"], 7):
        find(tracker, url, "--find-max", "p50<20ms", "--for", "8s", *given, expect=(0, 3))
        shown = tracker.json("show", "anonymous/" + sessions(tracker)[0]["session"])
        steps = [run["params"] for run in shown["runs"] if run["params"]["load_model"] == "open"]
        assert steps and {step["max_connections"] for step in steps} == {limit}
    for arguments in (["--find-max", "p50<20ms", "--max-connections", "0"], ["--max-connections", "2"]):
        assert "--max-connections" in tracker.run("load", url + "/", *arguments, expect=(64,)).stderr
    assert "open loop" in tracker.run("ab", url + "/a", url + "/b", "--max-connections", "2", expect=(64,)).stderr


def test_a_stop_ends_with_what_is_known(tracker, target):  # noqa: F811
    url = target("--median", "1ms", "--errors", "0").url
    child = tracker.start("load", url + "/", "--find-max", "p50<50ms", "--rate", "50")
    lines = [child.reader.next(harness.START_SECONDS) for _ in range(3)]
    assert "so far" in lines[1] and "kept" in lines[2], lines
    child.send_signal(signal.SIGINT)
    while child.reader.next(30) is not None:
        pass
    assert child.wait(10) == 130
    text = "".join(child.reader.seen)
    assert "So far: p50<50ms was kept at each rate" in text, text


def test_the_time_of_a_search_is_bounded(tracker, target):  # noqa: F811
    """Steps of 2.4 s, of which the third cannot end in time: the answer is what is known, and says that it is early."""
    url = target("--median", "1ms", "--errors", "0").url
    arguments = ("load", url + "/", "--find-max", "p50<20ms", "--rate", "50")
    begin = time.monotonic()
    result = tracker.run(*arguments, "--for", "6s", expect=(3,))
    # The last answers may be later than that, by the timeout and a second.
    assert time.monotonic() - begin < 6 + 11 + harness.START_SECONDS
    lines = result.stdout.splitlines()
    assert "at most 6 s, a step at least 2.4 s" in lines[0], lines
    assert any(line.startswith("So far: ") and "p50<20ms" in line for line in lines), lines
    assert "The time was over before that was sure: give more with --for" in lines, lines
    name = "anonymous/" + sessions(tracker)[0]["session"]
    told = [run["reported"]["find_max"] for run in tracker.json("show", name)["runs"]]
    assert 1 <= len(told) <= 2 and [one["out_of_time"] for one in told] == [False] * (len(told) - 1) + [True], told
    found = find(tracker, url, *arguments[2:], "--for", "3s", "--new-session", expect=(3,))
    assert found["ending"] == "time" and len(found["runs"]) == 1, found
    # Not even one: nothing is sent.
    refused = tracker.run(*arguments, "--for", "2s", expect=(64,))
    assert '--for "2s": a step for p50<20ms takes 2.4 s' in refused.stderr, refused.stderr
    assert "--for goes with --find-max" in tracker.run("load", url + "/", "--for", "2s", expect=(64,)).stderr


@pytest.mark.parametrize("condition,problem", [
    ("p99<20", "say in which unit"), ("p98<20ms", "is not one of"), ("p99:+5%", "what it has to be below"),
    ("errors<0%", "never below 0%"), ("rps>5", "what it has to be below"),
    ("p99<1ms,p99<2ms", "another limit"), ("p99<1ms,", "what it has to be below"), ("", "what it has to be below")])
def test_a_condition_that_is_none(tracker, condition, problem):
    result = tracker.run("load", "http://127.0.0.1:9/", "--find-max", condition, expect=(64,))
    assert "--find-max" in result.stderr and problem in result.stderr, result.stderr
    assert not tracker.data.exists()


def test_no_target(tracker):
    result = tracker.run("load", "http://127.0.0.1:9/", "--find-max", "p99<1ms", expect=(1,))
    assert "accepted no connection" in result.stderr


def test_few_connections_are_not_called_the_target(tracker, target):  # noqa: F811
    """Two connections and 20 ms for each answer: at 100 requests a second they are busy, and the target is not."""
    url = target("--median", "20ms", "--sigma", "0", "--errors", "0").url
    # From above: what breaks the promise is known after two steps, of 12 s each, also where a rate near the limit takes
    # the rest of the time.
    arguments = ("--find-max", "p90<100ms", "--rate", "160", "--max-connections", "2", "--within", "50%", "--for", "2m")
    found = find(tracker, url, *arguments, expect=(3,))
    assert found["ending"] in ("found", "time"), found
    # Where other programs take the machine, the generator is late as well, and the rate lower; the target is the limit
    # in no case.
    assert found["limit"] in ("connections", "generator") and found["broken"] > 50, found
    [session] = sessions(tracker)
    name = "anonymous/" + session["session"]
    told = [run["reported"]["find_max"] for run in tracker.json("show", name)["runs"]]
    assert told[-1]["limit"] == found["limit"] and told[-1]["rate"] == found["rate"], told[-1]
    assert told[0]["ending"] == "never_broken" and len(told[-1]["rates"]) == len(found["rates"])
    server = tracker.serve()
    status, page = server.get("/sessions/" + name)
    page = page.decode()
    assert status == 200 and 'id="capacity"' in page and "The target was the limit" not in page
    if found["limit"] == "connections":
        assert "with 2 connections, p90&lt;100ms %s" % (
            "is kept up to" if found["kept"] else "was not kept at any rate") in page
    server.stop()


# Is this machine quiet?

def test_doctor_of_a_url_that_cannot_be_reached_has_found_nothing(tracker):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))   # and does not listen
        result = tracker.run("doctor", "http://127.0.0.1:%d/" % taken.getsockname()[1], "--for", "1s", expect=(2,))
    assert "accepted no connection" in result.stderr


def doctor(tracker, *arguments, **named):
    """The findings by their codes."""
    result = subprocess.run(
        [tracker.binary, "doctor", "--json", *arguments], cwd=tracker.folder, capture_output=True, text=True,
        timeout=60, env=harness.environment(TRACKER_DATA=str(tracker.data)), stdin=subprocess.DEVNULL, **named)
    found = json.loads(result.stdout)
    assert result.returncode == (0 if found["quiet"] else 1), result.stderr
    return {finding["code"]: finding["what"] for finding in found["findings"]}


def is_named(program, text):
    """Among the three that are the busiest, unless three others are."""
    return "(%d)" % program.pid in text or text.count("(") == 3


def test_other_programs_are_named(tracker, target):  # noqa: F811
    with subprocess.Popen(BUSY) as busy:
        try:
            found = doctor(tracker, "--for", "1s")
        finally:
            busy.kill()
    assert is_named(busy, found["other_load"]), found


def test_a_storm_of_short_programs(tracker):
    """None of them is there at both looks."""
    with subprocess.Popen(["sh", "-c", "while :; do /bin/true; done"]) as storm:
        try:
            found = doctor(tracker, "--for", "1s")
        finally:
            storm.kill()
    assert "other programs used" in found["other_load"], found


def test_a_second_load_on_the_machine(tracker, target):  # noqa: F811
    """The generator of somebody else and its target, both by name and process."""
    url = target("--errors", "0", "--median", "0ms").url
    other = tracker.start("load", url + "/", "--connections", "16", "--duration", "20s")
    try:
        harness.within(10, lambda: any("run" in line for line in other.reader.seen) or cpu_s(other.pid) > 0.2, "its load")
        found = doctor(tracker, "--for", "1s")
    finally:
        other.kill()
    assert is_named(other, found["other_load"]), found


def cpu_s(pid):
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_low_place_among_programs(tracker):
    def lower():
        os.nice(7)
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    found = doctor(tracker, "--for", "200ms", preexec_fn=lower)
    assert found["policy"] == "the tracker is scheduled as SCHED_BATCH"
    assert found["nice"].startswith("the tracker runs with nice ")
    if os.cpu_count() > 1:
        assert found["affinity"] == "the tracker may run on 1 of %d processors" % os.cpu_count()


@pytest.fixture
def group():
    """A control group of half a processor; where this user may not make one, there is nothing to see."""
    for root, limit in (("/sys/fs/cgroup/cpu", ("cpu.cfs_quota_us", "50000")), ("/sys/fs/cgroup", ("cpu.max", "50000 100000"))):
        folder = pathlib.Path(root, "tracker-test-%d" % os.getpid())
        try:
            folder.mkdir()
            (folder / limit[0]).write_text(limit[1])
        except OSError:
            if folder.exists():
                folder.rmdir()
            continue
        yield folder
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                return folder.rmdir()
            except OSError:
                time.sleep(0.05)
        return None
    pytest.skip("no control group may be made here")


def test_a_limited_group(tracker, group):
    def enter():
        (group / "cgroup.procs").write_text(str(os.getpid()))

    with subprocess.Popen(BUSY, preexec_fn=enter) as busy:
        try:
            found = doctor(tracker, "--for", "1s", preexec_fn=enter)
        finally:
            busy.kill()
    assert "its control group may use 0.500 of" in found["cgroup_cpu"], found
    # Where the machine is busy beside, the group does not even get what it may use.
    assert "used up its processor time" in found.get("cgroup_throttled", "") or "load" in found, found


def test_a_disturbed_run_says_so(tracker, target):  # noqa: F811
    with subprocess.Popen(BUSY) as busy:
        try:
            summary = json.loads(tracker.run(
                "load", target("--errors", "0").url + "/", "--rate", "50", "--duration", "1s", "--json").stdout)
        finally:
            busy.kill()
    [other] = [one for one in summary["disturbances"] if one["code"] == "other_load"]
    assert is_named(busy, other["what"]), other
    text = tracker.run("show", "anonymous/" + summary["session_id"]).stdout
    assert "not quiet: other programs used" in text, text


def test_the_noise_of_a_target(tracker, target):  # noqa: F811
    url = target("--errors", "0", "--sigma", "0.2").url + "/"
    found = json.loads(tracker.run(
        "doctor", url, "--for", "1s", "--rate", "200", "--json", expect=(0, 1)).stdout)["noise"]
    assert (found["target"], found["runs_each"], found["run_s"]) == (url, 3, 1)
    assert {row["statistic"] for row in found["rows"]} >= {"p50", "p95", "mean"}
    # Without an upper end: where other programs take the machine, runs of a second differ by any factor.
    assert all(row["smallest_visible_percent"] > 0 for row in found["rows"]), found
    shown = tracker.json("show", found["session"])
    groups = [run["params"]["group"] for run in shown["runs"]]
    assert sorted(groups) == list("AAABBB") and shown["tags"] == ["doctor"]
