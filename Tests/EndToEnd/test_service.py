"""A server that starts by itself: sockets that were opened before it, units, and a second server on one folder."""
import os
import signal
import socket
import subprocess

import pytest

import harness

HAS_IPV6 = socket.has_ipv6 and os.path.exists("/proc/net/if_inet6") and any(
    line.startswith("0" * 31 + "1 ") for line in open("/proc/net/if_inet6"))


def listening(family, host, port=0):
    one = socket.socket(family, socket.SOCK_STREAM)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind((host, port))
    one.listen(16)
    return one


def both():
    """A socket for each address of this machine, on one port."""
    for _ in range(20):
        first = listening(socket.AF_INET, "127.0.0.1")
        if not HAS_IPV6:
            return [first]
        try:
            return [first, listening(socket.AF_INET6, "::1", first.getsockname()[1])]
        except OSError:
            first.close()
    raise AssertionError("no port is free on both addresses")


#: As systemd does: the sockets from descriptor 3 on, and the process of the program in LISTEN_PID.
START = 'i=3; for from in $SOCKETS; do eval "exec $i<&$from"; i=$((i + 1)); done; LISTEN_PID=$$ exec "$@"'


def with_sockets(tracker, sockets, count=None):
    # Above those that they are to become.
    copies = [os.dup2(one.fileno(), 60 + n, inheritable=True) for n, one in enumerate(sockets)]
    try:
        child = subprocess.Popen(
            ["bash", "-c", START, "bash", tracker.binary, "serve", "--data", str(tracker.data)], pass_fds=copies,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=open(tracker.folder / "serve.log", "a"), text=True,
            env=harness.environment(LISTEN_FDS=str(count if count is not None else len(sockets)),
                                    SOCKETS=" ".join(map(str, copies))))
    finally:
        for copy in copies:
            os.close(copy)
    child.reader = harness.Reader(child.stdout)
    tracker.children.append(child)
    return child


def test_requests_that_came_before_the_server_are_answered(tracker):
    sockets = both()
    port = sockets[0].getsockname()[1]
    # It waits in the queue of the socket.
    early = socket.create_connection(("127.0.0.1", port), timeout=20)
    early.sendall(b"GET /health HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n" % port)
    server = harness.Server(tracker, with_sockets(tracker, sockets))
    assert server.port == port
    answer = b""
    while piece := early.recv(65536):
        answer += piece
    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 ") and b'"status":"ok"' in body
    # The same guard and the same headers as on a socket of its own.
    assert b"\r\ndate: " in head.lower() and b"content-security-policy" in head.lower()
    status, _ = server.ask(harness.urllib.request.Request(server.url + "health", headers={"Host": "evil.example"}))
    assert status in (400, 403, 421)
    if HAS_IPV6:
        status, _ = server.ask(harness.urllib.request.Request("http://[::1]:%d/health" % port))
        assert status == 200
    # A clean stop; the sockets stay open for the next start.
    server.child.send_signal(signal.SIGTERM)
    assert server.child.wait(20) == 0
    again = harness.Server(tracker, with_sockets(tracker, sockets))
    assert again.json("/health")["status"] == "ok"


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no ::1")
def test_the_address_that_was_not_passed_is_opened(tracker):
    first = listening(socket.AF_INET, "127.0.0.1")
    server = harness.Server(tracker, with_sockets(tracker, [first]))
    status, _ = server.ask(harness.urllib.request.Request("http://[::1]:%d/health" % server.port))
    assert status == 200


def test_a_socket_that_others_reach_is_refused(tracker, tmp_path):
    anywhere = listening(socket.AF_INET, "0.0.0.0")
    local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    local.bind(str(tmp_path / "s"))
    local.listen(1)
    silent = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    one, other = listening(socket.AF_INET, "127.0.0.1"), listening(socket.AF_INET, "127.0.0.1")
    for sockets, count, said in (
            ([anywhere], None, "listens on 0.0.0.0: only 127.0.0.1"), ([local], None, "a socket that is not TCP"),
            ([silent], None, "is not a listening socket"), ([one, other], None, "use one port for both"),
            ([one], 2, "descriptor 4"), ([one], "x", 'LISTEN_FDS is "x"')):
        child = with_sockets(tracker, sockets, count)
        assert child.wait(20) == 2
        assert said in tracker.log("serve").splitlines()[-1]
    assert not tracker.data.exists()


def test_a_second_server_says_who_has_the_index(tracker):
    first = tracker.serve()
    first.json("/health")
    second = tracker.serve()
    assert second.json("/health")["status"] == "ok"
    notes = [line for line in tracker.log("serve").splitlines() if line.startswith("note: process ")]
    assert len(notes) == 1
    assert "process %d, `" % first.child.pid in notes[0] and "serve --port 0" in notes[0]


def test_install_writes_units_that_systemd_accepts(tracker, tmp_path):
    home = tmp_path / "ho me"
    home.mkdir()
    where = {"HOME": str(home), "XDG_CONFIG_HOME": ""}
    result = tracker.run("serve", "--install", "--port", "8099", env=where)
    folder = home / ".config" / "systemd" / "user"
    service, sockets = (folder / ("local-tracker." + kind) for kind in ("service", "socket"))
    assert str(tracker.data) in service.read_text() and "127.0.0.1:8099" in sockets.read_text()
    for said in ("systemctl --user enable --now local-tracker.socket", "To undo it:", "http://localhost:8099/"):
        assert said in result.stdout
    assert not tracker.data.exists()
    if os.path.exists("/usr/bin/systemd-analyze"):
        checked = subprocess.run(
            ["systemd-analyze", "verify", "--user", "--man=no", str(sockets), str(service)], capture_output=True,
            text=True, timeout=60, env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(home)})
        assert checked.returncode == 0 and "local-tracker" not in checked.stderr, checked.stderr
    refused = tracker.run("serve", "--install", "--port", "0", expect=(64,), env=where)
    assert "--install needs ports" in refused.stderr
