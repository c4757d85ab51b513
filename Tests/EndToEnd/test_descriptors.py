"""Every command with few file descriptors or threads: it does its work, or says what is missing. It never traps."""
import http.client
import resource
import signal
import socket
import subprocess

import pytest

import harness

#: Fewer than four, and the system cannot even load the program's libraries.
LIMITS = [*range(4, 20), 24, 28, 32, 36, 40, 48, 64]
LINES = "".join('{"ts":%d,"metric":"m","value":1}\n' % (1763899200000 + n) for n in range(20))


def few(most):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@pytest.fixture
def filled(tracker):
    tracker.run("log", "--user", "u", "--session", "s", text_input=LINES)
    return tracker


def commands(tracker):
    segment = str(next((tracker.data / "log").glob("u/s/*")))
    data = ["--data", str(tracker.data)]
    return [
        ["index", *data], ["index", "--rebuild", *data], ["verify", *data], ["sessions", *data],
        ["show", "u/s", *data], ["cat", "u/s", *data], ["compare", "u/s", "u/s", *data], ["trend", "t", *data],
        ["gate", "--target", "t", "--against", "last", "--max", "p50=5%", *data], ["baseline", "--target", "t", *data],
        ["repair", "--apply", *data], ["compact", "--quiet", "0", *data], ["prune", "u/s", *data],
        ["restore", *data], ["fold", segment, "-o", str(tracker.folder / "state")],
        ["log", "--user", "v", "--session", "s", *data], ["tag", "v/s", "x", *data],
        ["session", "start", *data], ["session", "current", *data],
        ["session", "end", *data], ["load", "http://127.0.0.1:1/", "--requests", "1", *data],
        ["demo", "--runs", "1", "--duration", "100ms", *data], ["help"],
        ["selftest", "--help"],
    ]


@pytest.mark.parametrize("most", LIMITS)
def test_commands_with_few_descriptors(filled, most):
    for words in commands(filled):
        text = LINES if words[0] == "log" else ""
        result = subprocess.run(
            [filled.binary, *words], input=text, capture_output=True, text=True, timeout=60,
            env=harness.environment(), preexec_fn=few(most))
        assert 0 <= result.returncode < 128, (most, words, result.returncode, result.stderr[-500:])
        assert result.returncode == 0 or result.stderr or result.stdout, (most, words, result)
        assert "Fatal error" not in result.stderr, (most, words, result.stderr[-500:])
    # Nothing acknowledged is lost, and nothing is half done.
    assert filled.json("show", "u/s")["events"] == 20


@pytest.mark.parametrize("most", LIMITS)
def test_a_server_with_few_descriptors(filled, most):
    child = filled.start("serve", "--port", "0", preexec_fn=few(most))
    line = child.reader.next(harness.START_SECONDS)
    if line is None:
        assert child.wait(10) == 2 and "file descriptors" in filled.log("serve"), filled.log("serve")
        assert most < 64
        return
    port = int(line.rsplit(":", 1)[1].strip("/\n"))

    def ask():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/api/sessions/u/s")
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()
    assert ask()[0] == 200
    # More connections than it has descriptors: refused or waiting, and afterwards it answers again.
    held = []
    for _ in range(most + 16):
        held.append(socket.create_connection(("127.0.0.1", port), timeout=5))
    assert child.poll() is None, filled.log("serve")
    for connection in held:
        connection.close()

    def answers():
        try:
            return ask()[0] == 200
        except (OSError, http.client.HTTPException):
            return False
    harness.within(20, answers, "the server answers again")
    child.send_signal(signal.SIGTERM)
    assert child.wait(15) == 0, filled.log("serve")


def test_many_sessions_with_few_descriptors(tracker):
    """More sessions in turn than may be open: each report is taken, and each session has one file."""
    server = harness.Server(tracker, tracker.start("serve", "--port", "0", preexec_fn=few(64)))
    for value in range(3):
        for number in range(100):
            assert server.post("/api/track", harness.track_body(session="s%d" % number, value=value))[0] == 200
    server.stop()
    assert len(list((tracker.data / "log" / "u").rglob("*.zst"))) == 100
    assert tracker.json("index")["events"] == 900


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["load", "http://127.0.0.1:1/", "--requests", "1"]])
def test_no_more_threads(filled, command, unprivileged):
    """The system gives a user's programs only so many threads."""
    result = subprocess.run(
        [*unprivileged(3), filled.binary, *command, "--data", str(filled.data)], capture_output=True, text=True,
        timeout=60, env=harness.environment())
    assert 0 < result.returncode < 128 and "threads" in result.stderr, result


@pytest.fixture
def unprivileged(filled):
    """Runs a program as a user that may have only so many threads; a superuser may have any number."""
    import os
    import shutil
    if os.getuid() != 0 or not shutil.which("setpriv") or not shutil.which("prlimit"):
        pytest.skip("needs a superuser that can become another user")
    uid = 61_000 + os.getpid() % 4_000
    for path in [filled.folder, *filled.folder.rglob("*")]:
        os.chown(path, uid, uid)
    folder = filled.folder
    while folder != folder.parent:
        if not folder.stat().st_mode & 0o001:
            pytest.skip("%s cannot be entered by another user" % folder)
        folder = folder.parent
    return lambda most: ["prlimit", "--nproc=%d" % most, "setpriv", "--reuid=%d" % uid, "--regid=%d" % uid,
                         "--clear-groups"]
