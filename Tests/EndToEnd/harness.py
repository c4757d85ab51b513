"""Starts the real binary on folders of its own, and ends only what it started."""
import contextlib
import itertools
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON_CLIENT = ROOT / "clients" / "python"
SETTINGS = ("TRACKING_SERVICE_URL", "LOCAL_TRACKER_API_KEY", "API_KEY", "LOCAL_TRACKER_USER_ID",
            "INFLUENCER_USER", "TRACKER_DATA", "TRACKER_SPOOL")
START_SECONDS = 20
LONG = os.environ.get("TRACKER_TEST_MODE") == "long"
# The schemes and sizes in which a page is looked at: all in the long run, the two that differ most in a normal one.
ALL_LOOKS = list(itertools.product(("light", "dark"), ((1440, 900), (390, 844))))
LOOKS = ALL_LOOKS if LONG else [ALL_LOOKS[0], ALL_LOOKS[-1]]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}


def environment(**extra):
    """The machine's environment without any setting of the tracker, and these."""
    return {**{name: value for name, value in os.environ.items() if name not in SETTINGS}, **extra}


class Reader(threading.Thread):
    """Collects a stream's lines, so that no pipe fills and any wait has an end."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.lines, self.seen = stream, queue.Queue(), []
        self.start()

    def run(self):
        for line in self.stream:
            self.seen.append(line)
            self.lines.put(line)
        self.lines.put(None)

    def next(self, seconds):
        """The next line; None at the end of the stream. Fails after `seconds`."""
        try:
            return self.lines.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError("no line within %s s; so far: %r" % (seconds, self.seen)) from None


class Tracker:
    """The command line on one data folder."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.data = binary, folder, folder / "data"
        self.children = []

    def run(self, command, *arguments, expect=(0,), text_input=None, env=None, timeout=120):
        result = subprocess.run(
            [self.binary, command, *arguments, "--data", str(self.data)], input=text_input,
            stdin=None if text_input is not None else subprocess.DEVNULL, cwd=self.folder,
            capture_output=True, text=True, env=environment(**(env or {})), timeout=timeout)
        assert result.returncode in expect, "tracker %s %s: exit status %d\n%s%s" % (
            command, " ".join(arguments), result.returncode, result.stdout[-2000:], result.stderr[-2000:])
        return result

    def json(self, command, *arguments, **named):
        return json.loads(self.run(command, *arguments, "--json", **named).stdout)

    def start(self, command, *arguments, **named):
        return self.start_bare(command, *arguments, "--data", str(self.data), **named)

    def start_bare(self, command, *arguments, env=None, **named):
        """Without the data folder."""
        child = subprocess.Popen(
            [self.binary, command, *arguments], text=True,
            stdout=subprocess.PIPE, stderr=open(self.folder / (command + ".log"), "a"),
            env=environment(**(env or {})), **{"stdin": subprocess.DEVNULL, "cwd": self.folder, **named})
        child.reader = Reader(child.stdout)
        self.children.append(child)
        return child

    def log(self, command):
        return (self.folder / (command + ".log")).read_text(errors="replace")[-3000:]

    def serve(self, env=None, port=0):
        return Server(self, self.start("serve", "--port", str(port), env=env))

    def verify(self):
        """Its exit status; only a torn end may have been found."""
        result = self.run("verify", expect=(0, 1))
        text = result.stdout + result.stderr
        for reason in ("not-a-frame", "corrupt", "checksum", "too-large", "unterminated", "misplaced",
                       "stray-checksum", "budget"):
            assert not re.search(r"(?<![\w-])%s(?![\w-])" % reason, text), text[-3000:]
        return result.returncode

    def end(self):
        for child in self.children:
            if child.poll() is None:
                child.terminate()
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)
                continue
            child.kill()
            child.wait()


class Server:
    """A running `tracker serve`."""

    def __init__(self, tracker, child):
        self.tracker, self.child = tracker, child
        line = child.reader.next(START_SECONDS)
        assert line, "tracker serve ended with %s: %s" % (child.wait(), tracker.log("serve"))
        found = re.fullmatch(r"Local Tracker: (http://localhost:(\d+)/)\n", line)
        assert found, "the first line of tracker serve is %r" % line
        self.url, self.port = found.group(1), int(found.group(2))

    def get(self, path, headers=None):
        """Status and body of a GET."""
        return self.ask(urllib.request.Request(self.url + path.lstrip("/"), headers=headers or {}))

    def post(self, path, body, headers=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask(urllib.request.Request(
            self.url + path.lstrip("/"), raw, {"Content-Type": "application/json", **(headers or {})}))

    @staticmethod
    def ask(request):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=10) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def json(self, path, **named):
        status, body = self.get(path, **named)
        assert status == 200, (status, body)
        return json.loads(body)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        assert self.child.wait(15) == 0, self.tracker.log("serve")


def within(seconds, check, what, pause=0.02):
    """Asks until `check()` gives something; returns it and how long that took."""
    begin = time.monotonic()
    while True:
        found = check()
        took = time.monotonic() - begin
        if found:
            return found, took
        assert took < seconds, "%s: not within %s s" % (what, seconds)
        time.sleep(pause)  # what is asked has no event to wait for


def track_body(user="u", session="s", value=12.5, **details):
    return {
        "schema_version": "1.0", "userId": user, "challengeType": "load_test",
        "metricName": "avg_latency_ms", "value": value, "timestamp": "2026-11-23T14:02:11Z",
        "labels": {"method": "GET"},
        "runDetails": {"session_id": session, "target_url": "http://localhost:3000/",
                       "total_requests": 10, "successful_requests": 10, "failed_requests": 0,
                       "avg_latency_ms": value, "error_rate": 0.0, "rps": 5.0, "duration_s": 2.0,
                       **details}}
