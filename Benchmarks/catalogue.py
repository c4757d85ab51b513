"""The part `catalogue` of Benchmarks/run: ten thousand sessions with nothing new and with one new frame, the list with
a filter, the start of the server; and from write(2) by another process to the published summary."""
import json
import pathlib
import random
import shutil
import socket
import statistics
import tempfile
import time

import scaling

FILTER = ["--tag", "none", "--target", "localhost", "--since", "2025-11-01", "--sort", "p99"]
WRITES = 200
# Farther apart than the index publishes a busy session: each write is published by itself.
LEAST_PAUSE_S, MOST_PAUSE_S = 0.25, 0.35
WRITER = "00000000000000ff"


class Stream:
    """`GET /api/live` of a server: its versions as they come."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.sendall(("GET /api/live HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % port).encode())
        self.rest = b""
        self.version = 0

    def next(self):
        """Waits for the next version."""
        while b"}\n\n" not in self.rest:
            self.rest += self.socket.recv(1 << 16)
        event, _, self.rest = self.rest.partition(b"}\n\n")
        self.version = int(event.rsplit(b":", 1)[1])
        return self.version


def bytes_read(process):
    text = pathlib.Path("/proc/%d/io" % process).read_text()
    return int(text.split("rchar: ")[1].split()[0])


def frames(compress, session, count):
    """Frames of one event each, as a writer appends them."""
    for seq in range(count):
        header = {"frame": 1, "session": session, "writer": WRITER, "seq": seq, "events": 1}
        line = '{"ts":%d,"metric":"http.latency_ms","value":%d}\n' % (time.time() * 1_000, seq)
        yield compress((json.dumps(header) + "\n" + line).encode())


def publishing(start, compress, folder, path, seed):
    """From just before each write to the moment at which the server has said that a summary with it is published.

    Milliseconds of each; bytes that the server read for each, and bytes written for each.
    """
    dice = random.Random(seed)
    server = start(folder)
    server.first_answer()
    stream = Stream(server.port)
    events = lambda: server.json("/api/sessions/%s" % path)["events"]  # noqa: E731
    before = events()
    segment = folder / "log" / path / (WRITER + ".000001.jsonl.zst")
    times, written, read_before = [], 0, None
    with segment.open("ab", buffering=0) as file:
        for number, frame in enumerate(frames(compress, segment.parent.name, WRITES + 5)):
            if number == 5:  # the first ones open the session
                times, written, read_before = [], 0, bytes_read(server.process.pid)
            begin = time.perf_counter()
            file.write(frame)
            written += len(frame)
            while True:
                stream.next()
                took = (time.perf_counter() - begin) * 1_000
                if events() == before + number + 1:
                    break
            times.append(took)
            time.sleep(dice.uniform(LEAST_PAUSE_S, MOST_PAUSE_S))
    read = bytes_read(server.process.pid) - read_before
    server.stop()
    segment.unlink()
    return times, read / WRITES, written / WRITES


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def list_rows(measure, tracker, folder, rounds):
    plain = [tracker, "sessions", "--data", folder, "--json"]
    some = [tracker, "sessions", "--data", folder, "--json", *FILTER]
    measure(plain)
    results, _ = scaling.in_turn(measure, {"all": plain, "some": some}, rounds)
    return [("`tracker sessions`, all of them", [seconds * 1_000 for seconds, _ in results["all"]], "ms"),
            ("the same with a filter by tag, target and time, sorted by p99",
             [seconds * 1_000 for seconds, _ in results["some"]], "ms")]


def row(name, values, unit):
    return "| %s | %.0f | %.0f–%.0f | %s |" % (name, statistics.median(values), min(values), max(values), unit)


def report(measure, start, tracker, python, arguments, header, data_set):
    """The lines of the section."""
    import zstandard
    compress = zstandard.ZstdCompressor(level=1, write_checksum=True).compress
    script, rounds = pathlib.Path(__file__).with_name("make_dataset.py"), arguments.runs
    lines = [header, "", "| %s sessions, as a whole process | median | range | unit |" % format(
        scaling.SMALL_SESSIONS, ","), "| --- | --- | --- | --- |"]
    measured = scaling.incremental_rows(measure, tracker, python, script, arguments.data, rounds)
    many = arguments.data / ("sessions-%d" % scaling.SMALL_SESSIONS)
    lines += [row(*one) for one in measured]
    lines.append(row("one new frame, beyond nothing new before it",
                     [one - nothing for nothing, one in zip(measured[0][1], measured[1][1])], "ms"))
    lines += [row(*one) for one in list_rows(measure, tracker, many, rounds)]
    starts = []
    for _ in range(rounds):
        server = start(many)
        starts.append(server.first_answer())
        server.stop()
    lines.append(row("start of `tracker serve` to its first page", starts, "ms"))
    lines += ["", "| from `write(2)` to the published summary | p50 ms | p95 ms | p99 ms | bytes written each "
              "| bytes read by the server each |", "| --- | --- | --- | --- | --- | --- |"]
    with tempfile.TemporaryDirectory(dir=arguments.data) as folder:
        small = pathlib.Path(folder) / "small"
        (small / "log" / "bench" / "one").mkdir(parents=True)
        first = next(frames(compress, "one", 1)).replace(WRITER.encode(), b"00000000000000fe")
        (small / "log" / "bench" / "one" / "00000000000000fe.000001.jsonl.zst").write_bytes(first)
        large = pathlib.Path(folder) / "large"
        shutil.copytree(data_set, large)
        cases = [("in a new session", small), ("behind %s events in ten sessions" % format(arguments.events, ","), large),
                 ("beside %s sessions" % format(scaling.SMALL_SESSIONS, ","), many)]
        for name, place in cases:
            measure([tracker, "index", "--data", place, "--json"])
            session = sorted((place / "log").glob("*/*"))[0]
            times, read, written = publishing(start, compress, place, "/".join(session.parts[-2:]), arguments.runs)
            lines.append("| %s | %.1f | %.1f | %.1f | %.0f | %s |" % (
                name, *(quantile(times, q) for q in (0.5, 0.95, 0.99)), written, format(round(read), ",")))
    return lines
