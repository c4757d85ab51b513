"""Too much of everything, from raw sockets, against the real program."""
import json
import pathlib
import socket
import time

import harness

LONG_DETAILS = 900_000


def request(server, path, more=""):
    return ("GET %s HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\n" % (path, server.port, more)).encode()


def connect(server, receive=None):
    one = socket.socket()
    one.settimeout(30)
    if receive:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    one.connect(("127.0.0.1", server.port))
    return one


def status(server, name):
    """A value of /proc/PID/status, in MiB."""
    text = pathlib.Path("/proc/%d/status" % server.child.pid).read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(name + ":"))) >> 10


def timed(ask):
    begin = time.monotonic()
    ask()
    return time.monotonic() - begin


def test_two_thousand_connections(tracker, server):
    """The idle ones make room, and nobody else waits for them."""
    opened = []
    for number in range(2_000):
        opened.append(connect(server))
        if number % 4 == 0:
            opened[-1].sendall(b"GET / HT")  # a head that never ends
    assert timed(lambda: server.json("/health")) < 5
    descriptors = list(pathlib.Path("/proc/%d/fd" % server.child.pid).iterdir())
    assert len(descriptors) < 256 + 100
    for one in opened:
        one.close()
    assert server.post("/api/track", harness.track_body())[0] == 200


def test_long_answers_that_nobody_reads(tracker, server):
    """Of 40 answers of 27 MB that nobody reads the server holds a few, and says so to the others."""
    for number in range(30):
        assert server.post("/api/track", harness.track_body(value=number, pad="x" * LONG_DETAILS))[0] == 200
    path = "/api/track/u"
    harness.within(20, lambda: len(server.json(path)["http://localhost:3000/"]["s"]) == 30, "all reports are counted")
    assert len(server.get(path)[1]) > 30 * LONG_DETAILS
    before = status(server, "VmHWM")
    readers = [connect(server, 4 << 10) for _ in range(40)]
    for one in readers:
        one.sendall(request(server, path))
    heads = [one.recv(12) for one in readers]
    assert heads.count(b"HTTP/1.1 200") >= 2 and b"HTTP/1.1 503" in heads, heads
    assert set(heads) == {b"HTTP/1.1 200", b"HTTP/1.1 503"}
    # The answers of the limit, and a few while they are made.
    assert status(server, "VmHWM") - before < 600
    assert timed(lambda: server.json("/health")) < 5
    for one in readers:
        one.close()
    harness.within(30, lambda: server.get(path)[0] == 200, "there is room again")


def test_a_damaged_snapshot_is_not_served(tracker):
    """What it should have said comes from the log."""
    lines = "".join('{"ts":%d,"metric":"m","value":%d,"unit":"ms"}\n' % (1_763_899_200_000 + 10 * number, number % 97)
                    for number in range(20_000))
    tracker.run("log", "--user", "u", "--session", "s", text_input=lines)
    tracker.run("index")
    [snapshot] = tracker.data.glob("index/u/s.snap")
    good = snapshot.read_bytes()
    catalog = tracker.data / "index" / "catalog.snap"

    def shown():
        server = tracker.serve()
        try:
            page = server.get("/sessions/u/s")
            assert page[0] == 200
            session = server.json("/api/sessions/u/s")
            return json.dumps([session["events"], session["runs"]], sort_keys=True)
        finally:
            server.stop()
    expected = shown()
    assert "20000" in expected.replace("20,000", "20000")
    for damaged in (b"", good[:1], good[:len(good) // 2], good[:-1], good + b"x", b"\0" * len(good), b"<html>" * 100,
                    good[:40] + bytes([good[40] ^ 1]) + good[41:], b"\x28\xb5\x2f\xfd" + b"\xff" * 60):
        snapshot.write_bytes(damaged)
        catalog.write_bytes(damaged)
        assert shown() == expected, damaged[:40]
