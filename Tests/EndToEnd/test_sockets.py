"""Where the server listens: the loopback, a Unix socket of this account, and addresses that were asked for."""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import sys

import pytest

import harness

KEY = "a-key-of-more-than-sixteen-bytes"
#: Asks over a Unix socket: status and body, or what went wrong.
ASK = """
import socket, sys
one = socket.socket(socket.AF_UNIX)
one.settimeout(10)
try:
    one.connect(sys.argv[1])
    one.sendall(b"GET /health HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n")
    answer = b""
    while more := one.recv(65536):
        answer += more
    print("answer", answer.split(b"\\r\\n")[0].decode())
except OSError as error:
    print("error", error.errno)
"""


def start(tracker, *arguments, env=None):
    """The server, when it has said where it is."""
    child = tracker.start("serve", *arguments, env=env)
    said = []
    while not said or not said[-1].startswith("data: "):
        line = child.reader.next(harness.START_SECONDS)
        assert line, "tracker serve ended with %s: %s" % (child.wait(), tracker.log("serve"))
        said.append(line)
    return child, said


def ask(path, program=(), who="localhost"):
    return subprocess.run([*program, sys.executable, "-c", ASK, str(path)], capture_output=True, text=True,
                          timeout=30).stdout.split()


def request(path, method, target, body=None, headers=None, host="localhost"):
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(10)
    one.connect(str(path))
    connection = http.client.HTTPConnection(host)
    connection.sock = one
    connection.request(method, target, body, headers or {})
    reply = connection.getresponse()
    try:
        return reply.status, reply.read()
    finally:
        connection.close()


def listeners(child):
    """Addresses on which the process listens over TCP."""
    text = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout
    return sorted(line.split()[3].rpartition(":")[0] for line in text.splitlines() if "pid=%d," % child.pid in line)


def stop(child):
    child.send_signal(signal.SIGTERM)
    assert child.wait(15) == 0


@pytest.fixture
def path():
    """Short, as the paths of sockets must be."""
    folder = pathlib.Path(subprocess.run(["mktemp", "-d", "/tmp/lt.XXXXXX"], capture_output=True, text=True,
                                         check=True).stdout.strip())
    yield folder / "s"
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_a_socket_beside_the_port(tracker, path):
    child, said = start(tracker, "--port", "0", "--socket", str(path))
    assert "socket: %s\n" % path in said
    assert stat.S_ISSOCK(path.stat().st_mode) and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ask(path) == ["answer", "HTTP/1.1", "200", "OK"]
    status, answer = request(path, "POST", "/api/track", json.dumps(harness.track_body()),
                             {"Content-Type": "application/json"})
    assert status == 200, answer
    found = subprocess.run(["curl", "-sS", "--unix-socket", str(path), "http://localhost/api/sessions"],
                           capture_output=True, text=True, check=True, timeout=20).stdout
    assert json.loads(found)["sessions"][0]["user"] == "u"
    # The same guards as over TCP.
    assert request(path, "GET", "/health", host="evil.com")[0] == 421
    assert request(path, "GET", "/api/sessions", headers={"Origin": "http://evil.com"})[0] == 403
    assert request(path, "DELETE", "/")[0] == 405 and request(path, "GET", "/..")[0] == 404
    stop(child)
    assert not path.exists()


def test_a_socket_alone(tracker, path):
    child, said = start(tracker, "--port", "none", "--socket", str(path))
    assert said[0] == "Local Tracker: no port\n"
    assert listeners(child) == []
    assert ask(path) == ["answer", "HTTP/1.1", "200", "OK"]
    stop(child)
    assert not path.exists()


def test_the_socket_of_a_server_that_was_killed_is_replaced(tracker, path):
    child, _ = start(tracker, "--port", "none", "--socket", str(path))
    child.kill()
    child.wait()
    assert path.exists()
    child, _ = start(tracker, "--port", "none", "--socket", str(path))
    assert ask(path)[0] == "answer"
    # A second one takes nothing away from the first.
    result = tracker.run("serve", "--port", "none", "--socket", str(path), expect=(2,))
    assert "a server listens on %s already" % path in result.stderr
    assert ask(path)[0] == "answer"
    # What somebody put in its place is not removed.
    path.unlink()
    path.write_text("mine")
    stop(child)
    assert path.read_text() == "mine"


def test_what_is_no_socket_is_left_alone(tracker, path):
    other = path.parent / "other"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path.parent / "theirs"))
    listening.close()

    def link():
        path.symlink_to(path.parent / "theirs")

    for make, remove in ((lambda: path.write_text("x"), path.unlink), (path.mkdir, path.rmdir),
                         (lambda: os.mkfifo(path), path.unlink), (link, path.unlink),
                         (lambda: path.symlink_to(other), path.unlink)):
        make()
        before = os.lstat(path)
        result = tracker.run("serve", "--port", "none", "--socket", str(path), expect=(2,))
        assert "is there, and is not a socket" in result.stderr
        after = os.lstat(path)
        assert (before.st_ino, before.st_mode, before.st_size) == (after.st_ino, after.st_mode, after.st_size)
        remove()
    assert not other.exists() and stat.S_ISSOCK(os.lstat(path.parent / "theirs").st_mode)
    for bad, says in (("x" * 120, "1 to 107 bytes"), ("/nowhere/s", "cannot make the socket")):
        assert says in tracker.run("serve", "--port", "none", "--socket", bad, expect=(2,)).stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another account, which needs root")
def test_another_account_gets_no_answer_from_the_socket(tracker, path):
    child, _ = start(tracker, "--port", "none", "--socket", str(path))
    path.parent.chmod(0o755)
    nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    assert ask(path, nobody) == ["error", "13"]
    # Also where somebody opens the file for everybody.
    path.chmod(0o666)
    assert ask(path, nobody)[:1] in (["answer"], ["error"]) and ask(path, nobody)[-1] in ("answer", "104", "32")
    assert ask(path) == ["answer", "HTTP/1.1", "200", "OK"]
    stop(child)


def address():
    """One of this machine that is not on the loopback."""
    text = subprocess.run(["ip", "-4", "-o", "addr"], capture_output=True, text=True).stdout
    found = [one for one in re.findall(r"inet ([\d.]+)", text) if not one.startswith("127.")]
    return found[0] if found else None


def get(host, port, path, headers):
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_only_this_machine_reaches_the_server(tracker):
    server = tracker.serve()
    assert set(listeners(server.child)) <= {"127.0.0.1", "[::1]"} and "127.0.0.1" in listeners(server.child)
    if address():
        with pytest.raises(ConnectionRefusedError):
            get(address(), server.port, "/health", {})
    server.stop()


def test_listen_needs_a_key_that_cannot_be_guessed(tracker):
    words = ("--port", "0", "--listen", address() or "192.0.2.9", "--host", "lab.example")
    assert "--listen needs a key" in tracker.run("serve", *words, expect=(2,)).stderr
    short = tracker.run("serve", *words, expect=(2,), env={"LOCAL_TRACKER_API_KEY": "short"})
    assert "at least 16 bytes" in short.stderr and "short\n" not in short.stderr


@pytest.mark.skipif(address() is None, reason="this machine has no address beyond the loopback")
def test_others_reach_it_with_the_key_and_the_name(tracker):
    child, said = start(tracker, "--port", "0", "--listen", address(), "--host", "lab.example",
                        env={"LOCAL_TRACKER_API_KEY": KEY})
    port = int(re.search(r":(\d+)/", said[0])[1])
    assert "warning: others reach this server at %s" % address() in tracker.log("serve")
    assert address() in listeners(child)
    ours, key = {"Host": "lab.example:%d" % port}, {"x-api-key": KEY}
    for host in (address(), "127.0.0.1"):
        assert get(host, port, "/", ours) == 401
        assert get(host, port, "/", {**ours, **key}) == 200
        assert get(host, port, "/", {"Host": "evil.com:%d" % port, **key}) == 421
        assert get(host, port, "/", {"Host": "%s:%d" % (address(), port), **key}) == 421
        assert get(host, port, "/api/sessions", {**ours, **key, "Origin": "http://lab.example:%d" % port}) == 200
        assert get(host, port, "/api/sessions", {**ours, **key, "Origin": "http://evil.com"}) == 403
    stop(child)
    assert KEY not in tracker.log("serve")


def test_an_address_of_another_machine_is_an_error_of_the_start(tracker):
    result = tracker.run("serve", "--port", "0", "--listen", "203.0.113.7", "--host", "lab.example", expect=(2,),
                         env={"LOCAL_TRACKER_API_KEY": KEY})
    assert "this machine has no address 203.0.113.7" in result.stderr
