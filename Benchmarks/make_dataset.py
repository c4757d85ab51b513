#!/usr/bin/env python3
"""Writes a data folder of format 1 to measure with: HTTP samples of several sessions.

    make_dataset.py FOLDER [--events N] [--sessions N] [--segments N] [--frame N] [--seed N] [--raw FILE]
                           [--shape NAME]

The same arguments give the same lines. `--raw FILE` also writes the event lines alone, for the writer's speed.
"""
import argparse
import datetime
import json
import pathlib

import numpy
import zstandard

ROUTES = ("/", "/login", "/api/items", "/api/items/{id}", "/api/cart", "/healthz")
STATUSES = (200, 404, 503)
STATUS_SHARES = (0.9, 0.05, 0.05)
RUNS_PER_SESSION = 4
FIRST_MS = 1_763_899_200_000.0
MEAN_GAP_MS = 0.6
ZSTD_LEVEL = 3

LINE = ('{"ts":%.3f,"metric":"http.latency_ms","value":%.3f,"run":"run-%d",'
        '"labels":{"route":"%s","status":"%d"}}\n')
TURNS = ("http.latency_ms", "http.wait_ms", "http.bytes")


def stamp(ms):
    seconds = datetime.datetime.fromtimestamp(ms // 1_000, datetime.timezone.utc)
    return "%s.%03dZ" % (seconds.strftime("%Y-%m-%dT%H:%M:%S"), ms % 1_000)


# How else programs write the same sample: each takes time, value, run, route, status, and the line's number.
SHAPES = {
    "plain": lambda t, v, r, route, status, n: LINE % (t, v, r, route, status),
    "order": lambda t, v, r, route, status, n: (
        '{"labels":{"status":"%d","route":"%s"},"run":"run-%d","value":%.3f,"metric":"http.latency_ms","ts":%.3f}\n'
        % (status, route, r, v, t)),
    "whitespace": lambda t, v, r, route, status, n: (
        '{ "ts": %.3f, "metric": "http.latency_ms", "value": %.3f, "run": "run-%d", '
        '"labels": { "route": "%s", "status": "%d" } }\n' % (t, v, r, route, status)),
    "escapes": lambda t, v, r, route, status, n: LINE % (
        t, v, r, route.replace("/", "\\/") + "?q=\\u00e9%d" % (n % 10), status),
    "labels": lambda t, v, r, route, status, n: (LINE % (t, v, r, route, status))[:-3] + "".join(
        ',"label%02d":"value-%d"' % (k, k * 7) for k in range(18)) + "}}\n",
    "routes": lambda t, v, r, route, status, n: LINE % (
        t, v, r, "/api/items/%08x" % (n * 2_654_435_761 % 2**32), status),
    "turns": lambda t, v, r, route, status, n: LINE.replace("http.latency_ms", TURNS[n % 3]) % (
        t, v, r, route, status),
    "rfc3339": lambda t, v, r, route, status, n: LINE.replace("%.3f", '"%s"', 1) % (stamp(t), v, r, route, status),
    "unknown": lambda t, v, r, route, status, n: (LINE % (t, v, r, route, status))[:-2]
        + ',"trace":"%016x","span":{"id":%d,"sampled":true}}\n' % (n * 11_400_714_819_323_198_485 % 2**64, n),
    "digits": lambda t, v, r, route, status, n: LINE.replace('"value":%.3f', '"value":%r') % (t, v, r, route, status),
}


def parse(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--segments", type=int, default=2, help="files of each session")
    parser.add_argument("--frame", type=int, default=1_000, help="events of each frame")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--raw", type=pathlib.Path)
    parser.add_argument("--shape", choices=SHAPES, default="plain", help="how the lines are written")
    return parser.parse_args(argv)


def session_lines(random, number, events, shape="plain"):
    """The event lines of one session, in the order of time."""
    times = FIRST_MS + number * 3_600_000 + numpy.cumsum(random.exponential(MEAN_GAP_MS, events))
    # Log-normal, as latencies are: a long tail to the right. Each session a little slower than the one before.
    values = random.lognormal(2.5 + 0.02 * (number % 8), 0.6, events)
    routes = random.integers(0, len(ROUTES), events)
    statuses = random.choice(STATUSES, events, p=STATUS_SHARES)
    runs = numpy.arange(events) * RUNS_PER_SESSION // events
    columns = (times.tolist(), values.tolist(), runs.tolist(), routes.tolist(), statuses.tolist())
    line = SHAPES[shape]
    return [line(time, value, run, ROUTES[route], status, number * events + at)
            for at, (time, value, run, route, status) in enumerate(zip(*columns))]


def frames(lines, session, writer, size, at):
    """The session's frames, uncompressed: a header line and its events."""
    for seq, first in enumerate(range(0, len(lines), size)):
        events = lines[first:first + size]
        header = {"frame": 1, "session": session, "writer": writer, "seq": seq, "events": len(events),
                  "at": at}
        yield (json.dumps(header, separators=(",", ":")) + "\n" + "".join(events)).encode()


def write_session(folder, lines, writer, arguments, at):
    folder.mkdir(parents=True, mode=0o700)
    # A frame without a checksum would be read as unchecked; libraries leave it off unless asked.
    compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
    packed = [compressor.compress(frame) for frame in frames(lines, folder.name, writer, arguments.frame, at)]
    per_segment = -(-len(packed) // arguments.segments)
    for number, first in enumerate(range(0, len(packed), per_segment), 1):
        path = folder / ("%s.%06d.jsonl.zst" % (writer, number))
        path.write_bytes(b"".join(packed[first:first + per_segment]))


def main():
    arguments = parse()
    random = numpy.random.default_rng(arguments.seed)
    user = arguments.folder / "log" / "bench"
    user.mkdir(parents=True, mode=0o700)
    (arguments.folder / "tracker.json").write_text('{"format":1}\n')
    raw = arguments.raw.open("w") if arguments.raw else None
    for number in range(arguments.sessions):
        lines = session_lines(random, number, arguments.events // arguments.sessions, arguments.shape)
        name = "20251123-%02d%02d00-%08x" % (12 + number % 12, number // 12 % 60, number)
        # Written when the session was over: events later than their header would have no plausible time.
        written = int(FIRST_MS + (number + 1) * 3_600_000 + 2 * MEAN_GAP_MS * arguments.events)
        write_session(user / name, lines, "%016x" % random.integers(1, 2**63), arguments, written)
        if raw:
            raw.writelines(lines)
    if raw:
        raw.close()


if __name__ == "__main__":
    main()
