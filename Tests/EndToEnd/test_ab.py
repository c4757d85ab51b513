"""`tracker ab`: it settles what differs, ends what it starts, and goes on after it was killed."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

import harness

#: Answers each request after as many seconds as its second argument says.
SERVER = """
import http.server, signal, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        time.sleep(float(sys.argv[2]))
        # In one piece: two would wait for each other.
        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    def log_message(self, *_): pass
def end(*_):
    with open(sys.argv[3], "a") as file: file.write("ended\\n")
    sys.exit()
signal.signal(signal.SIGTERM, end)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def ab(tracker, *arguments, expect, folder=None):
    result = subprocess.run(
        [tracker.binary, "ab", *arguments], cwd=folder or tracker.folder, capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, env=harness.environment(TRACKER_DATA=str(tracker.data), TMPDIR=str(tracker.folder)))
    assert result.returncode == expect, result.stdout + result.stderr
    return result


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def is_open(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def servers(tracker, port, *delays):
    path = tracker.folder / "server.py"
    path.write_text(SERVER)
    return [f"exec {sys.executable} {path} {port} {delay} {tracker.folder / 'ended'}" for delay in delays]


def test_commands_are_settled_and_recorded(tracker):
    """A third of the time is better; its runs are ordinary runs, which compare and the page know."""
    result = ab(tracker, "--command", "sleep 0.09", "--command", "sleep 0.03", "--order-seed", "5", "--json",
                "--for", "30s", expect=0)
    found = json.loads(result.stdout)
    assert found["ended"] == "settled" and found["seed"] == 5 and found["outcome"] == "good"
    [row] = found["rows"]
    assert row["finding"] == "better" and row["upper"] < 0 and row["lower"] <= row["difference"] <= row["upper"]
    assert 6 <= found["rounds"] <= 20 and len(row["by_round"]) == found["rounds"]
    runs = tracker.json("show", found["session"])["runs"]
    assert len(runs) == 2 * found["rounds"] and {run["test"] for run in runs} == {"ab"}
    tags = [run["params"]["ab"] for run in runs]
    assert {(tag["variant"], tag["round"]) for tag in tags} == {
        (variant, number + 1) for variant in "AB" for number in range(found["rounds"])}
    # The interval is of the values in the log.
    first = {tag["variant"]: run["series"] for tag, run in zip(tags, runs) if tag["round"] == 1}
    wall = {variant: next(one for one in series if one["metric"] == "command.duration_s")["sum"]
            for variant, series in first.items()}
    assert abs(wall["B"] / wall["A"] - 1 - row["by_round"][0]["difference"]) < 1e-6
    # Each round's order is that of the times of its runs.
    times = sorted((run["started"], tag["round"], tag["place"]) for tag, run in zip(tags, runs))
    assert [place for _, _, place in times] == [1, 2] * found["rounds"]
    status, body = tracker.serve().get("/sessions/" + found["session"])
    page = body.decode()
    assert status == 200 and "Which is better" in page and "badge good" in page and "sleep 0.03" in page


def test_a_worse_one_is_exit_status_1_and_an_open_one_3(tracker):
    worse = ab(tracker, "--command", "sleep 0.02", "--command", "sleep 0.08", "--for", "30s", expect=1)
    assert "Worse" in worse.stdout and "Every number is settled after" in worse.stdout
    assert "round 5: mean of B +" in worse.stdout and "seed" in worse.stderr
    few = ab(tracker, "--command", "true", "--command", "true", "--rounds", "2", expect=3)
    assert "All rounds are done after 2 rounds. Not settled: mean of B." in few.stdout
    assert "It goes on with more --rounds and --resume anonymous/" in few.stderr


@pytest.mark.parametrize("options,told", [
    (("--command", "true", "--command", "true", "--number", "p99"), "a command has one value a run"),
    (("--command", "", "--command", "true"), "a command must not be empty"),
    (("--a", "", "--b", "true", "--url", "http://127.0.0.1:1/"), "a command must not be empty"),
])
def test_what_has_no_answer_is_refused(tracker, options, told):
    """The one duration of each run was called its p99."""
    assert told in ab(tracker, *options, expect=64).stderr
    assert not (tracker.data / "tracker.json").exists()


def test_servers_are_started_and_ended(tracker):
    port = free_port()
    slow, fast = servers(tracker, port, 0.1, 0.002)
    result = ab(tracker, "--a", slow, "--b", fast, "--url", f"http://127.0.0.1:{port}/", "--rate", "150",
                "--duration", "200ms", "--warmup", "50ms", "--number", "p50", "--rounds", "2", "--json", expect=3)
    [row] = json.loads(result.stdout)["rows"]
    assert row["a"] > 99 > row["b"] and row["difference"] < 0
    # Asked to end, not killed after five seconds.
    assert not is_open(port) and (tracker.folder / "ended").read_text() == "ended\n" * 4


def test_a_number_that_a_run_cannot_have_ends_it_after_one_round(tracker):
    """150 requests have no p95: ten are to lie beyond it."""
    port = free_port()
    commands = servers(tracker, port, 0.001, 0.001)
    result = ab(tracker, "--a", commands[0], "--b", commands[1], "--url", f"http://127.0.0.1:{port}/", "--rate", "100",
                "--duration", "200ms", "--warmup", "10ms", expect=2)
    assert "20 successes, and it needs 200" in result.stderr
    [entry] = tracker.json("sessions")
    assert len(tracker.json("show", "anonymous/" + entry["session"])["runs"]) == 2


def test_a_server_that_does_not_start_is_an_error(tracker):
    port = free_port()
    result = ab(tracker, "--a", "exit 3", "--b", "exit 3", "--url", f"http://127.0.0.1:{port}/", expect=2)
    assert "ended before" in result.stderr and "--show-output" in result.stderr
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        busy = ab(tracker, "--a", "true", "--b", "true", "--url", f"http://127.0.0.1:{port}/", expect=2)
    assert "is in use" in busy.stderr


#: Ends by itself, takes a moment to end when it is asked, or fails half of its requests.
ODD_SERVER = """
import http.server, os, signal, sys, time
left = [int(sys.argv[2])]
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        left[0] -= 1
        if left[0] == 0: os._exit(7)
        status = b"500 No" if sys.argv[3] == "fails" and left[0] % 2 else b"200 OK"
        self.wfile.write(b"HTTP/1.1 " + status + b"\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    def log_message(self, *_): pass
def end(*_):
    time.sleep(0.3)
    with open(sys.argv[4], "a") as file: file.write("ended\\n")
    os._exit(0)
signal.signal(signal.SIGTERM, end)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def odd(tracker, port, left=-1, how="works"):
    """Without exec: the shell waits for it."""
    path = tracker.folder / "odd.py"
    path.write_text(ODD_SERVER)
    return f"{sys.executable} {path} {port} {left} {how} {tracker.folder / 'ended'}"


def test_a_server_that_ends_while_it_is_loaded_is_no_variant(tracker):
    """The answers that it gave before are not its numbers: the run is left out, and says why."""
    port = free_port()
    result = ab(tracker, "--a", odd(tracker, port), "--b", odd(tracker, port, left=40), "--url",
                f"http://127.0.0.1:{port}/", "--rate", "100", "--duration", "1s", "--warmup", "50ms", "--number", "p50",
                "--rounds", "3", expect=2)
    assert "the server ended while it was loaded" in result.stderr and "--show-output" in result.stderr
    assert not is_open(port)
    [entry] = tracker.json("sessions")
    reasons = [run["left_out"]["reason"] for run in tracker.json("show", "anonymous/" + entry["session"])["runs"]
               if run.get("left_out")]
    assert reasons == ["the server ended while it was loaded"]


def test_a_server_below_a_shell_has_time_to_end(tracker):
    port = free_port()
    command = odd(tracker, port)
    ab(tracker, "--a", command, "--b", command + " ", "--url", f"http://127.0.0.1:{port}/", "--rate", "100",
       "--duration", "300ms", "--warmup", "50ms", "--number", "p50", "--rounds", "1", expect=3)
    assert (tracker.folder / "ended").read_text() == "ended\n" * 2


def test_failures_are_told_where_only_times_were_asked_for(tracker):
    port = free_port()
    options = ("--a", odd(tracker, port), "--b", odd(tracker, port, how="fails"), "--url", f"http://127.0.0.1:{port}/",
               "--rate", "100", "--duration", "500ms", "--warmup", "50ms", "--rounds", "1", "--number", "p50")
    result = ab(tracker, *options, expect=3)
    assert "warning: requests failed: A 0.00 %, B 50" in result.stderr, result.stderr
    assert "requests failed" not in ab(tracker, *options, "--number", "errors", expect=3).stderr


def test_it_goes_on_after_it_was_killed(tracker):
    """kill -9 leaves no server behind, and --resume takes the rounds that are in the log."""
    port = free_port()
    commands = servers(tracker, port, 0.001, 0.001)
    common = ["--a", commands[0], "--b", commands[1], "--url", f"http://127.0.0.1:{port}/", "--rate", "200",
              "--duration", "100ms", "--warmup", "10ms", "--number", "mean", "--rounds", "4"]
    child = tracker.start_bare("ab", *common, env={"TRACKER_DATA": str(tracker.data)})
    while "round 1: " not in (line := child.reader.next(20)):
        assert line is not None
    until(lambda: is_open(port))
    child.send_signal(signal.SIGKILL)
    child.wait(20)
    until(lambda: not is_open(port))
    [entry] = tracker.json("sessions")
    session = "anonymous/" + entry["session"]
    other = ab(tracker, *common, "--min-effect", "5%", "--resume", session, expect=64)
    assert "give the same" in other.stderr
    faster = ab(tracker, *["400" if word == "200" else word for word in common], "--resume", session, expect=64)
    assert "variant A was run with rate 200: give the same" in faster.stderr
    result = ab(tracker, *common, "--resume", session, "--json", expect=3)
    found = json.loads(result.stdout)
    assert found["session"] == session and found["rounds"] == 4 and found["incomplete_rounds"] <= 1
    assert len(tracker.json("sessions")) == 1


def test_it_goes_on_after_it_was_killed_in_its_first_run(tracker):
    common = ["--command", "sleep 0.3", "--command", "sleep 0.31", "--rounds", "2"]
    child = tracker.start_bare("ab", *common, env={"TRACKER_DATA": str(tracker.data)})
    # In the first run of the first round: of the other variant nothing is known.
    until(lambda: (tracker.data / "log").exists() and sum(entry["runs"] for entry in tracker.json("sessions")) == 1)
    child.send_signal(signal.SIGKILL)
    child.wait(20)
    [entry] = tracker.json("sessions")
    assert entry["runs"] == 1, "killed too late"
    session = "anonymous/" + entry["session"]
    result = ab(tracker, *common, "--resume", session, "--json", expect=3)
    assert json.loads(result.stdout)["rounds"] == 2
    other = ab(tracker, "--command", "sleep 0.2", *common[2:], "--resume", session, expect=64)
    assert "variant A was sleep 0.3: give the same" in other.stderr


def is_running(process):
    try:
        stat = pathlib.Path("/proc", process, "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    # A container may have nobody who reaps it.
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


def test_a_stop_ends_what_a_command_started(tracker):
    """The shell ends by the signal; what it waits for has to get it too."""
    marker = tracker.folder / "below"
    below = f"{sys.executable} -c 'import os, time; open(\"{marker}\", \"w\").write(str(os.getpid())); time.sleep(100)'"
    child = tracker.start_bare("ab", "--command", f"({below}; true); true", "--command", "true",
                               env={"TRACKER_DATA": str(tracker.data)})
    until(lambda: marker.exists() and marker.read_text())
    process = marker.read_text()
    assert is_running(process)
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 130
    until(lambda: not is_running(process))


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *words], cwd=folder, check=True,
                   capture_output=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})


def test_commits_are_built_in_trees_that_are_removed(tracker):
    repository = tracker.folder / "repository"
    repository.mkdir()
    git(repository, "init", "-q")
    for name, seconds in (("v1", "0.02"), ("v2", "0.08")):
        (repository / "seconds").write_text(seconds)
        git(repository, "add", "seconds")
        git(repository, "commit", "-q", "-m", name)
        git(repository, "tag", name)

    def trees():
        out = subprocess.run(["git", "worktree", "list"], cwd=repository, check=True, capture_output=True, text=True)
        return len(out.stdout.splitlines())

    options = ["--commits", "v1", "v2", "--command", "sh ./bench", "--for", "30s", "--json"]
    result = ab(tracker, *options, "--build", 'echo "sleep $(cat seconds)" >bench', expect=1, folder=repository)
    found = json.loads(result.stdout)
    assert [one["name"] for one in found["variants"]] == ["v1", "v2"]
    runs = tracker.json("show", found["session"])["runs"]
    assert len({run["commit"] for run in runs}) == 2
    assert trees() == 1 and not list(tracker.folder.glob("tracker-ab-*"))
    failed = ab(tracker, *options, "--build", "exit 7", expect=2, folder=repository)
    assert "--build of v1 failed: exit status 7" in failed.stderr
    assert trees() == 1 and not list(pathlib.Path(tracker.folder).glob("tracker-ab-*"))
    unknown = ab(tracker, "--commits", "v1", "v9", "--command", "true", expect=2, folder=repository)
    assert "no commit v9" in unknown.stderr


def repository_of_two(tracker):
    repository = tracker.folder / "repository"
    repository.mkdir()
    git(repository, "init", "-q")
    for name in ("v1", "v2"):
        (repository / "name").write_text(name)
        git(repository, "add", "name")
        git(repository, "commit", "-q", "-m", name)
        git(repository, "tag", name)
    return repository


OF_COMMITS = ["--commits", "v1", "v2", "--command", "sleep 0.1; cat name", "--rounds", "3"]


def begun(tracker, repository):
    """An experiment of many rounds, after the first."""
    child = tracker.start_bare("ab", *OF_COMMITS[:-1], "60", cwd=repository,
                               env={"TRACKER_DATA": str(tracker.data), "TMPDIR": str(tracker.folder)})
    while "round 1: " not in (line := child.reader.next(20)):
        assert line is not None
    return child


def killed(tracker, repository):
    child = begun(tracker, repository)
    child.send_signal(signal.SIGKILL)
    child.wait(20)


def test_trees_of_a_killed_experiment_are_removed_by_the_next(tracker):
    """And those of one that is at work are not."""
    repository = repository_of_two(tracker)
    killed(tracker, repository)
    [left] = tracker.folder.glob("tracker-ab-*")
    result = ab(tracker, *OF_COMMITS, expect=3, folder=repository)
    assert f"Removed {left}/0, of an experiment that was killed." in result.stderr
    assert not list(tracker.folder.glob("tracker-ab-*"))
    running = begun(tracker, repository)
    [theirs] = tracker.folder.glob("tracker-ab-*")
    assert "of an experiment" not in ab(tracker, *OF_COMMITS, expect=3, folder=repository).stderr
    session = "anonymous/" + theirs.name.removeprefix("tracker-ab-")
    again = ab(tracker, *OF_COMMITS, "--resume", session, expect=2, folder=repository)
    assert "another tracker ab is at work" in again.stderr
    assert sorted(one.name for one in theirs.iterdir()) == ["0", "1"]
    running.send_signal(signal.SIGTERM)
    assert running.wait(20) == 130
    assert not theirs.exists()


def test_trees_of_a_killed_experiment_are_made_again(tracker):
    """Also where not all of their files are there any more, and where git had locked one that it was making."""
    repository = repository_of_two(tracker)
    common = OF_COMMITS
    killed(tracker, repository)
    [folder] = tracker.folder.glob("tracker-ab-*")
    (folder / "0" / ".git").unlink()
    git(repository, "worktree", "lock", str(folder / "1"))
    shutil.rmtree(folder / "1")
    [entry] = tracker.json("sessions")
    result = ab(tracker, *common, "--resume", "anonymous/" + entry["session"], "--json", expect=3, folder=repository)
    assert json.loads(result.stdout)["rounds"] >= 3
    listed = subprocess.run(["git", "worktree", "list"], cwd=repository, check=True, capture_output=True, text=True)
    assert len(listed.stdout.splitlines()) == 1 and not folder.exists(), listed.stdout
    git(repository, "tag", "--force", "v2", "v1")
    moved = ab(tracker, *common, "--resume", "anonymous/" + entry["session"], expect=64, folder=repository)
    assert "variant B was run with commit " in moved.stderr
