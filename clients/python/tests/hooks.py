"""What the tests of the hooks share: a log that keeps what it gets, and a server on the loopback."""
import contextlib
import http.server
import json
import os
import subprocess
import threading


class Kept:
    """Takes samples as a `SessionLog` does."""

    def __init__(self):
        self.samples = []

    def sample(self, metric, value, unit=None, *, ok=None, labels=None):
        assert value >= 0 and unit == "ms"
        self.samples.append((metric, ok, {name: value for name, value in (labels or {}).items()}))
        return True

    @property
    def labels(self):
        return [labels for _, _, labels in self.samples]


class Broken:
    """A log with a fault of its own: no program may notice."""

    def sample(self, *_, **__):
        raise RuntimeError("a fault of the log")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes

    def do_GET(self):
        path = self.path
        if path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/items/1")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/broken":  # says more than it sends
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"ten bytes.")
            self.close_connection = True
        elif path == "/parts":  # the second part comes when the test has seen the first
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nfirst\r\n")
            self.wfile.flush()
            self.server.go_on.wait(30)
            self.server.go_on.clear()
            self.wfile.write(b"6\r\nsecond\r\n0\r\n\r\n")
        else:
            self.send_response(500 if path == "/error" else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    do_POST = do_GET

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def target():
    """A server; its `url` has no slash at the end, and `go_on` lets `/parts` go on."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.go_on = threading.Event()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    server.host = "127.0.0.1:%d" % server.server_port
    server.url = "http://" + server.host
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        thread.join()
        server.server_close()


def shown_by_the_tracker(data):
    """The one session as the tracker reads it, where it is built; it must find nothing wrong."""
    binary = os.environ.get("TRACKER_BIN")
    if not binary:
        return None
    verified = subprocess.run([binary, "verify", "--data", str(data)], capture_output=True, text=True)
    assert verified.returncode == 0, verified.stdout
    session, = data.glob("log/*/*")
    shown = subprocess.run([binary, "show", session.name, "--json", "--data", str(data)], capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)
