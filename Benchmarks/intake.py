"""The part `intake` of Benchmarks/run: acknowledged reports a second over HTTP, by wrk with a different body each.

    python3 Benchmarks/intake.py [--beside PROGRAM] TRACKER [OTHER ...]    each program in turn

PROGRAM answers every request, and prints its port: the same requests sent to it say what is possible. Benchmarks/bare-nio is one:
    swift build -c release --package-path Benchmarks/bare-nio --scratch-path Benchmarks/.build-nio
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

SECONDS = 5
CONNECTIONS = 64
SESSIONS = 10_000
# Name, number of sessions that are posted to in turn, reports that are there before, connections.
CASES = (
    ("one session, from empty, 16 connections", 1, 0, 16),
    ("one session, from empty", 1, 0, CONNECTIONS),
    ("one session of 10,000 runs", 1, 10_000, CONNECTIONS),
    ("200 sessions in turn", 200, 0, CONNECTIONS),
    ("1,000 sessions in turn", 1_000, 0, CONNECTIONS),
    ("%s sessions in turn" % format(SESSIONS, ","), SESSIONS, 0, CONNECTIONS),
    ("%s sessions in turn, all of them there" % format(SESSIONS, ","), SESSIONS, SESSIONS, CONNECTIONS),
)
SCRIPT = """
local seed = "%s"
local sessions = %d
local count = %d
local head = '{"schema_version":"1.0","userId":"bench","challengeType":"latency","metricName":"avg_latency_ms",'
    .. '"timestamp":"2026-11-23T14:02:11.250000","labels":{"env":"dev"},"runDetails":{"commit_hash":"abc123",'
    .. '"target_url":"http://localhost:8081/api","request_count":100,"method":"GET","payload_urls":[],'
    .. '"total_requests":100,"successful_requests":98,"failed_requests":2,"error_rate":2.0,"rps":49.0,"duration_s":2.0,'
    .. '"test_type":"load",'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request()
    count = count + 1
    return wrk.format(nil, "/api/track", nil, head .. '"session_id":"s' .. (count %% sessions) .. '","note":"'
        .. seed .. count .. '"},"value":' .. (count %% 1000 + 0.5) .. '}')
end
function done(summary, latency)
    io.write(string.format("figures %%d %%d %%f %%f\\n", summary.requests, summary.errors.status + summary.errors.read
        + summary.errors.write + summary.errors.timeout, summary.duration / 1e6, latency:percentile(99) / 1000))
end
"""


class Server:
    def __init__(self, tracker, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen([str(tracker), "serve", "--data", str(folder), "--port", str(self.port)],
                                        stdout=subprocess.DEVNULL)
        for _ in range(1_000):
            try:
                with urllib.request.urlopen(self.url + "/health", timeout=10) as answer:
                    answer.read()
                return
            except OSError:
                time.sleep(0.01)
        raise SystemExit("error: the server did not answer")

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.port

    def seconds(self):
        """Of the processor, so far, in all threads."""
        fields = pathlib.Path("/proc/%d/stat" % self.process.pid).read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def post(server, folder, seed, sessions, connections, seconds, first=0):
    """Acknowledged reports, reports a second, and p99 in milliseconds."""
    script = pathlib.Path(folder) / "post.lua"
    script.write_text(SCRIPT % (seed, sessions, first))
    text = subprocess.run(["wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "-s", str(script), server.url],
                          check=True, capture_output=True, text=True).stdout
    found = re.search(r"figures (\d+) (\d+) ([\d.]+) ([\d.]+)", text)
    if not found or int(found[2]):
        raise SystemExit("error: not every report was acknowledged:\n" + text)
    return int(found[1]), int(found[1]) / float(found[3]), float(found[4])


def fill(server, folder, runs, sessions):
    """At least so many runs, in each session in turn."""
    there, part = 0, 0
    while there < runs:
        part += 1
        there += post(server, folder, "before%d." % part, sessions, 16, 1, there)[0]


def case(tracker, name, sessions, before, connections):
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        server = Server(tracker, data)
        fill(server, folder, before, sessions)
        before = server.seconds()
        acknowledged, rate, p99 = post(server, folder, "run.", sessions, connections, SECONDS)
        spent = (server.seconds() - before) * 1e6 / acknowledged
        server.stop()
        done = subprocess.run([str(tracker), "verify", "--data", str(data), "--json"], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit("error: the log of %r is not whole:\n%s" % (name, done.stdout[-2_000:]))
        files = sum(1 for _ in (data / "log").rglob("*.jsonl*"))
        return rate, p99, files, acknowledged, spent


class Beside:
    """A program that answers everything, and keeps nothing."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = "http://127.0.0.1:%d" % int(self.process.stdout.readline())

    def measure(self):
        with tempfile.TemporaryDirectory() as folder:
            return post(self, folder, "beside.", 1, CONNECTIONS, SECONDS)[1:]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def measure(trackers, rounds, note):
    if not shutil.which("wrk"):
        raise SystemExit("error: no wrk: install it (Debian: apt-get install wrk)")
    found = {(name, index): [] for name, *_ in CASES for index in range(len(trackers))}
    for number in range(rounds):
        note("round %d of %d ..." % (number + 1, rounds))
        for name, *rest in CASES:
            for index, tracker in enumerate(trackers):
                found[name, index].append(case(tracker, name, *rest))
    return found


def report(trackers, rounds, note, header):
    found = measure(trackers, rounds, note)
    lines = [header, "", "| %d connections, %d s | reports/s | range | p99 ms | range | µs of processor each | files | program |" % (
        CONNECTIONS, SECONDS), "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for (name, index), values in found.items():
        rates, times = [value[0] for value in values], [value[1] for value in values]
        lines.append("| %s | %s | %s–%s | %.1f | %.1f–%.1f | %.0f | %d | %d |" % (
            name, format(round(statistics.median(rates)), ","), format(round(min(rates)), ","), format(round(max(rates)), ","),
            statistics.median(times), min(times), max(times), statistics.median(value[4] for value in values),
            max(value[2] for value in values), index + 1))
    return lines


if __name__ == "__main__":
    words = sys.argv[1:]
    beside = None
    if words[:1] == ["--beside"] and len(words) > 1:
        beside = Beside(words[1])
        words = words[2:]
    if not words:
        raise SystemExit(__doc__)
    before = beside.measure() if beside else None
    for line in report(words, 1, lambda text: print(text, file=sys.stderr), "One round."):
        print(line)
    if beside:
        for when, (rate, p99) in (("before", before), ("after", beside.measure())):
            print("beside, %s: %s answers/s, p99 %.1f ms" % (when, format(round(rate), ","), p99))
        beside.stop()
