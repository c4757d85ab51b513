#!/usr/bin/env python3
"""Writes a data folder of format 1 with the history of one target: a session for each run, one a quarter of an hour.

    make_history.py FOLDER [--runs N] [--samples N] [--first N] [--seed N]

The same arguments give the same lines. With `--first`, runs from that number on are added to a folder that is there.
Latencies are log-normal, the level of a run wanders by 2 %, and every thousandth run begins a level 10 % higher or
lower.
"""
import argparse
import json
import pathlib

import numpy
import zstandard

from make_dataset import FIRST_MS, ZSTD_LEVEL, frames

TARGET = "http://localhost:3000/"
RUN_SECONDS = 20
PERIOD_MS = 15 * 60_000
NEW_LEVEL_EVERY = 1_000
FRAME_EVENTS = 500


def parse(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5_000)
    parser.add_argument("--samples", type=int, default=2_000, help="of each run")
    parser.add_argument("--first", type=int, default=0, help="number of the first run")
    parser.add_argument("--seed", type=int, default=20261125)
    return parser.parse_args(argv)


def line(**fields):
    return json.dumps(fields, separators=(",", ":")) + "\n"


def run_lines(random, number, samples):
    start = FIRST_MS + number * PERIOD_MS
    level = 20 * (1.1 if number // NEW_LEVEL_EVERY % 2 else 1) * random.lognormal(0, 0.02)
    times = start + numpy.arange(samples) * (RUN_SECONDS * 1_000 / samples)
    values = level * random.lognormal(0, 0.4, samples)
    failed = random.random(samples) < 0.002
    run = "load-%06d" % number
    yield line(ts=start, event="run_started", run=run, test="load", target=TARGET, commit="%040x" % (number // 4),
               params={"load_model": "open", "latency": "corrected", "rate": samples / RUN_SECONDS},
               environment={"host": "bench", "cores": 2})
    for time, value, fails in zip(times.tolist(), values.tolist(), failed.tolist()):
        yield ('{"ts":%.3f,"metric":"http.latency_ms","value":%.3f,"unit":"ms","run":"%s",'
               '"labels":{"route":"/","status":"%d"}}\n' % (time, value, run, 503 if fails else 200))
    yield line(ts=start + RUN_SECONDS * 1_000, event="run_finished", run=run, state="finished")


def stamp(number):
    minutes = number * 15
    return "2025%02d%02d-%02d%02d00-%08x" % (1 + minutes // 40_320 % 12, 1 + minutes // 1_440 % 28,
                                            minutes // 60 % 24, minutes % 60, number)


def main():
    arguments = parse()
    user = arguments.folder / "log" / "bench"
    user.mkdir(parents=True, mode=0o700, exist_ok=True)
    (arguments.folder / "tracker.json").write_text('{"format":1}\n')
    # A frame without a checksum would be read as unchecked; libraries leave it off unless asked.
    compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)
    for number in range(arguments.first, arguments.first + arguments.runs):
        random = numpy.random.default_rng((arguments.seed, number))
        folder = user / stamp(number)
        folder.mkdir(mode=0o700)
        writer = "%016x" % random.integers(1, 2**63)
        lines = list(run_lines(random, number, arguments.samples))
        packed = [compressor.compress(frame) for frame in frames(lines, folder.name, writer, FRAME_EVENTS)]
        (folder / ("%s.000001.jsonl.zst" % writer)).write_bytes(b"".join(packed))


if __name__ == "__main__":
    main()
