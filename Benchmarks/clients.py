#!/usr/bin/env python3
"""How many events a second each client appends to a log, in turn, against the Python client in the same round.

    Benchmarks/clients.py                     a table on the terminal
    Benchmarks/clients.py --events 50000 --runs 3

A round runs the scenario `samples` of clients/conformance once with each client whose tools are there, each in a new
folder: one sample with a unit, a label and a given time after the other, from one thread, until the log is closed. The time
of a round without events, which is the start of the language, is taken off. Nothing is installed; the programs are built
into a temporary folder. The frames that were written are counted by their header lines.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "clients" / "conformance"))
sys.dont_write_bytecode = True
import languages  # noqa: E402

SLOW = {"shell": 100}  # this many times fewer events: the result is a rate
LONGEST_SECONDS = 600


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5, help="of each client, in turn (default: 5)")
    return parser.parse_args()


def seconds(command, events, folder):
    """How long the program takes, and that the log has every event."""
    environment = {**os.environ, "TRACKER_DATA": str(folder / "data"), "LOCAL_TRACKER_USER_ID": "u",
                   "CONFORMANCE_SESSION": "s"}
    begin = time.monotonic()
    done = subprocess.run([*command, "samples", str(events)], env=environment, cwd=folder, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=LONGEST_SECONDS)
    took = time.monotonic() - begin
    assert done.returncode == 0 and "dropped 0" in done.stdout, done.stdout + done.stderr
    written = sum(frame["events"] for path in (folder / "data" / "log" / "u" / "s").iterdir() for frame in headers(path))
    assert written == events + 1, "%d events of %d" % (written, events)
    return took


def headers(path):
    program = ["zstd", "-dcq"] if path.name.endswith(".zst") else ["gzip", "-dcq"]
    text = subprocess.run([*program, path], capture_output=True, check=True).stdout.decode("utf-8")
    return (json.loads(line) for line in text.splitlines() if line.startswith('{"frame"'))


def rate(language, command, events, folder):
    """Events a second, without the start of the language."""
    events = events // SLOW.get(language.name, 1)
    rates = []
    for count in (0, events):
        place = folder / str(count)
        place.mkdir()
        rates.append(seconds(command, count, place))
    return events / max(rates[1] - rates[0], 1e-6)


def main():
    arguments = parse()
    there = [language for language in languages.ALL if not language.missing]
    for language in languages.ALL:
        if language.missing:
            print("left out: %s: no %s" % (language.name, " ".join(language.missing)), file=sys.stderr)
    rates = {language.name: [] for language in there}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        commands = {language.name: language.make(folder / language.name) for language in there}
        for number in range(arguments.runs):
            for language in there:
                place = folder / ("%s-%d" % (language.name, number))
                place.mkdir()
                rates[language.name].append(rate(language, commands[language.name], arguments.events, place))
            print("round %d of %d" % (number + 1, arguments.runs), file=sys.stderr)
    print("| client | events a second | range | Python = 1 |\n| --- | --- | --- | --- |")
    for language in sorted(there, key=lambda language: -statistics.median(rates[language.name])):
        mine = rates[language.name]
        ratios = [one / python for one, python in zip(mine, rates["python"])]
        print("| %s | %s | %s–%s | %.2f |" % (language.name, *("{:,.0f}".format(number) for number in (
            statistics.median(mine), min(mine), max(mine))), statistics.median(ratios)))


if __name__ == "__main__":
    main()
