"""Each run has an end in the log, its summary and its state, and the exit status says how it went."""
import ctypes
import json
import os
import signal
import socket
import subprocess

import pytest

import harness
from test_load import HangingTarget, Target, load, sessions, shown

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def target(tracker):
    return lambda *arguments: Target(tracker, *arguments)


@pytest.fixture(autouse=True)
def no_nohup():
    """What a shell or nohup has set for this process is not the question."""
    inherited = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, inherited)


def only_run(tracker):
    [entry] = sessions(tracker)
    found = tracker.json("show", "anonymous/" + entry["session"])
    return entry, found["runs"][0]


def under_way(tracker, more_than=20):
    """Waits until the log has so many events of the only session."""
    return harness.within(
        20, lambda: [one for one in sessions(tracker) if one["events"] > more_than], "requests are in the log",
        pause=0.2)[0][0]["events"]


# Signals

@pytest.mark.parametrize("number", SIGNALS)
def test_two_signals_within_a_second_are_one(tracker, target, number):
    """As `timeout` sends them: to the process and to its group."""
    child = tracker.start("load", target().url + "/", "--rate", "100", "--duration", "60s", "--json")
    under_way(tracker)
    for _ in range(2):
        child.send_signal(number)
        # The second one must not be merged with the first by the kernel.
        assert harness.within(5, lambda: "Stopping" in tracker.log("load"), "the first signal is handled")
    assert child.wait(15) == 130, tracker.log("load")
    summary = json.loads(child.reader.next(5))
    run = shown(tracker, summary)["runs"][0]
    assert (summary["state"], run["state"]) == ("stopped", "stopped")
    assert run["reported"]["total_requests"] == summary["total_requests"] > 0


def test_timeout_ends_a_run(tracker, target):
    url = target().url + "/"
    ended = subprocess.run(
        ["timeout", "2", tracker.binary, "load", url, "--rate", "50", "--duration", "60s", "--json",
         "--data", str(tracker.data)], capture_output=True, text=True, timeout=60)
    assert json.loads(ended.stdout)["state"] == "stopped", ended
    assert only_run(tracker)[1]["state"] == "stopped"


def test_under_nohup_the_end_of_the_terminal_ends_nothing(tracker, target):
    child = tracker.start(
        "load", target().url + "/", "--rate", "100", "--duration", "60s", "--json",
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    before = under_way(tracker)
    child.send_signal(signal.SIGHUP)
    under_way(tracker, more_than=before + 200)
    assert child.poll() is None
    child.send_signal(signal.SIGTERM)
    assert child.wait(15) == 130


@pytest.mark.parametrize("command", (["demo", "--duration", "60s"], ["demo", "target", "--port", "0"]))
def test_the_end_of_the_terminal_ends_a_demo(tracker, command):
    child = tracker.start(*command) if command[1] != "target" else tracker.start_bare(*command)
    if command[1] == "target":
        assert child.reader.next(20).startswith("Listening")
    else:
        under_way(tracker)
    child.send_signal(signal.SIGHUP)
    assert child.wait(15) == (0 if command[1] == "target" else 130), tracker.log("demo")
    if command[1] != "target":
        assert only_run(tracker)[1]["state"] == "stopped"


def test_a_signal_right_after_the_start_is_not_lost(tracker):
    """Of 150 tries 9 hung while the signal was ignored and nothing listened for it yet."""
    for number in range(60):
        child = tracker.start_bare("demo", "target", "--port", "0")
        assert child.reader.next(20).startswith("Listening")
        child.send_signal((signal.SIGHUP, signal.SIGINT, signal.SIGTERM)[number % 3])
        assert child.wait(15) == 0, tracker.log("demo")


def test_the_end_of_the_terminal_ends_a_server_cleanly(tracker):
    server = tracker.serve()
    server.child.send_signal(signal.SIGHUP)
    assert server.child.wait(15) == 0, tracker.log("serve")


def test_a_run_stopped_before_any_answer_has_no_headline(tracker):
    with HangingTarget(answers=0) as hanging:
        child = tracker.start("load", hanging.url, "--rate", "50", "--duration", "60s", "--json")
        assert hanging.busy.wait(20)
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 130
    entry, run = only_run(tracker)
    assert entry["headline"] is None and run["state"] == "stopped", entry
    assert run["count"] == 0


# Targets

def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("model", (["--requests", "3"], ["--rate", "50", "--duration", "3s"]))
@pytest.mark.parametrize("host", ("no-such-host.invalid", "127.0.0.1:"))
def test_a_target_that_cannot_be_reached_is_listed_as_failed(tracker, host, model):
    address = host + str(closed_port()) if host.endswith(":") else host
    result = tracker.run("load", "http://%s/" % address, *model, expect=(1,))
    assert "could not reach" in result.stdout and host in result.stdout, result.stdout
    assert "generator" not in result.stderr, result.stderr
    entry, run = only_run(tracker)
    assert run["state"] == "failed" and run["reported"]["reason"].startswith("could not reach"), run
    assert host in run["reported"]["reason"]
    # No number of this process looks like one of the target.
    assert entry["headline"] is None or entry["headline"]["metric"] == "http.latency_ms"
    if "invalid" in host:
        assert run["series"] == [] and entry["headline"] is None
    assert entry["failure"] == run["reported"]["reason"]
    assert "failed: could not reach" in tracker.run("sessions", "--wide").stdout
    assert "failed: could" in tracker.run("sessions").stdout
    assert "failed: could not reach" in tracker.run("show", "anonymous/" + entry["session"]).stdout
    assert "failed: could not reach" in tracker.serve().get("/")[1].decode()


def test_a_run_whose_requests_all_failed_has_failed(tracker, target):
    tracker.run("load", target("--errors", "100").url + "/", "--requests", "20", "--json", expect=(1,))
    entry, run = only_run(tracker)
    assert run["state"] == "failed", run
    assert run["reported"]["reason"] == "all 20 requests failed: status 500" == entry["failure"]
    assert (run["reported"]["throughput"], run["reported"]["p50_ms"]) == (0, None)
    assert run["reported"]["attempted"] > 0 and run["reported"]["failed_p50_ms"] > 0


# Duration

def test_an_open_loop_lasts_as_long_as_planned_at_half_a_request_a_second(tracker, target):
    [summary] = load(tracker, target("--errors", "0").url + "/", "--rate", "0.5", "--duration", "3s")
    assert summary["total_requests"] == 2
    assert 3 <= summary["duration_s"] < 4
    assert summary["rps"] == summary["throughput"] == pytest.approx(2 / summary["duration_s"], rel=1e-4)
    run = shown(tracker, summary)["runs"][0]
    assert run["finished"] - run["started"] >= 2990
    [entry] = sessions(tracker)
    assert entry["headline"]["per_second"] == pytest.approx(summary["throughput"], rel=0.1)


def test_the_rate_of_a_stopped_open_loop_is_that_until_the_stop(tracker, target):
    child = tracker.start(
        "load", target("--errors", "0").url + "/", "--rate", "0.2", "--duration", "60s", "--json")
    # The processes are watched once a second: with the fourth reading three seconds have passed.
    under_way(tracker, more_than=30)
    child.send_signal(signal.SIGINT)
    assert child.wait(15) == 130
    summary = json.loads(child.reader.next(5))
    assert summary["duration_s"] > 2.5 and summary["throughput"] < 0.9, summary


# The generator

def test_the_generator_is_the_limit_when_its_delay_changes_a_number(tracker, target):
    url = target("--errors", "0", "--median", "20ms").url + "/"
    result = tracker.run("load", url, "--rate", "30", "--duration", "2s", "--json")
    summary = json.loads(result.stdout)
    # How late it is depends on what else this machine does.
    is_limited = summary["generator_bias_percent"] > 2 or summary["sending_threads_percent"] > 90
    assert summary["generator_limited"] == is_limited
    assert result.stderr.count("may be the limit") == is_limited, result.stderr
    assert summary["avg_latency_ms"] >= summary["avg_service_ms"]


# Standard output

READING = (["sessions"], ["sessions", "--json"], ["show", "SESSION"], ["show", "SESSION", "--json"],
           ["cat", "SESSION"], ["cat", "SESSION", "--json"], ["verify"], ["index", "--json"],
           ["export", "SESSION", "--format", "csv"], ["export", "SESSION", "--format", "sqlite"],
           ["report", "SESSION", "--markdown"])


@pytest.fixture
def recorded(tracker):
    tracker.run("log", "--session", "s", text_input="".join(
        '{"ts":%d,"metric":"m","value":%d}\n' % (1795944992344 + i, i) for i in range(50)))
    return tracker


def with_output(tracker, output, *arguments):
    words = ["anonymous/s" if word == "SESSION" else word for word in arguments]
    return subprocess.run(
        [tracker.binary, *words, "--data", str(tracker.data)], stdin=subprocess.DEVNULL, stdout=output,
        stderr=subprocess.PIPE, text=True, timeout=60, env=harness.environment())


def closed_pipe():
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_what_was_not_printed_is_an_error(recorded, arguments):
    with open("/dev/full", "w") as full:
        ended = with_output(recorded, full, *arguments)
    assert (ended.returncode, "standard output: No space left on device" in ended.stderr) == (74, True), ended
    pipe = closed_pipe()
    try:
        ended = with_output(recorded, pipe, *arguments)
    finally:
        os.close(pipe)
    assert (ended.returncode, "standard output: Broken pipe" in ended.stderr) == (74, True), ended


def test_closed_standard_streams_never_get_into_the_log(tracker, target):
    url = target("--errors", "0").url + "/"
    for closed, status in ((">&-", 74), (">&- 2>&- <&-", 74), ("2>&- <&-", 0)):
        ended = subprocess.run(
            ["sh", "-c", '"$0" load "$1" --requests 5 --data "$2" ' + closed, tracker.binary, url, str(tracker.data)],
            capture_output=True, text=True, timeout=60, env=harness.environment())
        assert ended.returncode == status, (closed, ended)
    assert tracker.verify() == 0
    assert [one["headline"]["count"] for one in sessions(tracker)] == [5, 5, 5]


def test_help_that_was_not_printed_is_an_error(recorded):
    with open("/dev/full", "w") as full:
        ended = subprocess.run([recorded.binary, "--help"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 74 and "standard output" in ended.stderr, ended


def test_a_command_that_changes_something_does_so_all_the_same(recorded):
    with open("/dev/full", "w") as full:
        ended = with_output(recorded, full, "tag", "SESSION", "nightly")
    assert ended.returncode == 74, ended
    assert sessions(recorded)[0]["tags"] == ["nightly"]


def test_the_status_of_a_command_that_failed_stays(recorded):
    with open("/dev/full", "w") as full:
        ended = with_output(recorded, full, "show", "anonymous/none")
    assert ended.returncode == 2, ended


@pytest.mark.parametrize("output", (closed_pipe, lambda: os.open("/dev/full", os.O_WRONLY)))
def test_a_load_whose_output_is_lost_has_its_end_and_says_so(tracker, target, output):
    url = target("--errors", "0").url + "/"
    descriptor = output()
    try:
        ended = with_output(tracker, descriptor, "load", url, "--requests", "10", "--runs", "3")
    finally:
        os.close(descriptor)
    assert ended.returncode == 74 and "standard output" in ended.stderr, ended
    entry, run = only_run(tracker)
    # Nobody would see what the next two runs say.
    assert (entry["runs"], run["state"], run["count"]) == (1, "finished", 10)


# The disk

def unshared():
    """A mount namespace of its own for the child, where that is allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(0x00020000) == 0 and libc.mount(b"none", b"/", None, 0x44000, None) == 0


def may_mount():
    child = os.fork()
    if child == 0:
        os._exit(0 if unshared() else 1)
    return os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not may_mount(), reason="needs the right to mount a small file system")
def test_a_run_on_a_full_disk_has_its_end(tracker, target):
    """A file system of 1 MB that something else fills up during the run."""
    tracker.data.mkdir()
    script = (
        'mount -t tmpfs -o size=1m none "$1" && '
        '{ "$2" load "$3" --rate 200 --duration 4s --data "$1" --json > "$4.out" 2> "$4.err" & } && '
        'until grep -qs run_started -r "$1" || "$2" cat --data "$1" "$("$2" sessions --data "$1" --json | '
        'sed "s/.*\\"session\\":\\"\\([^\\"]*\\)\\".*/anonymous\\/\\1/")" 2>/dev/null | grep -q latency; do :; done; '
        'dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null; wait $!; echo "status $?"; rm "$1/filler"; '
        '"$2" sessions --data "$1" --json')
    ended = subprocess.run(
        ["unshare", "-m", "--propagation", "private", "bash", "-c", script, "bash", str(tracker.data),
         str(tracker.binary), target("--errors", "0").url + "/", str(tracker.folder / "load")],
        capture_output=True, text=True, timeout=120, env=harness.environment())
    status, listing = ended.stdout.splitlines()[:2]
    assert status == "status 1", ended
    summary = json.loads((tracker.folder / "load.out").read_text())
    assert summary["state"] == "failed" and summary["total_requests"] == 800
    assert summary["reason"].startswith("could not write the log") and "No space left" in summary["reason"]
    [entry] = json.loads(listing)
    assert (entry["running"], entry["failure"]) == (False, summary["reason"]), entry
