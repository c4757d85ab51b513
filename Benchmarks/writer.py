"""The part `writer` of Benchmarks/run: builds writer-benchmark and makes tables of its lines of JSON."""
import json
import pathlib
import statistics
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CALLS_EVENTS = 200_000
VALUES = {"microseconds": "3 places, as `12.345`", "whole": "whole numbers", "full": "16 or 17 digits"}


def build():
    options = ["-c", "release", "--package-path", str(HERE), "--scratch-path", str(HERE / ".build")]
    subprocess.run(["swift", "build", "--quiet", *options], check=True)
    folder = subprocess.run(["swift", "build", *options, "--show-bin-path"], check=True, capture_output=True, text=True)
    return pathlib.Path(folder.stdout.strip()) / "writer-benchmark"


def measure(binary, what, folder, events, rounds):
    """What the benchmark prints, a dictionary for each line."""
    done = subprocess.run([str(binary), what, str(pathlib.Path(folder) / what), str(events), str(rounds)],
                          check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def throughput_rows(results):
    """One for each way and kind of value: its time against that of zstd in the same round."""
    rows = []
    for result in results:
        if result["way"] == "zstd -1":
            alone = result
            continue
        ratios = [mine / zstd for mine, zstd in zip(result["seconds"], alone["seconds"])]
        rates = [result["events"] / seconds / 1e6 for seconds in result["seconds"]]
        rows.append("| `%s` | %s | %.2f | %.2f–%.2f | %.2f | %.1f | %.1f |" % (
            result["way"], VALUES[result["digits"]], statistics.median(rates), min(rates), max(rates),
            statistics.median(ratios), result["bytes"] / result["events"], alone["bytes"] / alone["events"]))
    return rows


def call_rows(results):
    return ["| %s | %s | %s | %s | %s | %d |" % (
        result["name"], *(format(result[key], ",") for key in ("p50_ns", "p99_ns", "p999_ns", "max_ns")),
        result["dropped"]) for result in results if result["kind"] == "call"]


def report(data, events, rounds, note, header):
    note("building writer-benchmark ...")
    binary = build()
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data) as folder:
        note("encode, compress and write on one core, against zstd -1 ...")
        throughput = measure(binary, "throughput", folder, events, rounds)
        note("what a call costs ...")
        calls = measure(binary, "calls", folder, CALLS_EVENTS, 1)
        note("the levels ...")
        levels = measure(binary, "levels", folder, events, rounds)
    lines = [header, "",
             "| at level `written`, all on one core | values | million events/s | range | time, `zstd -1` alone = 1 "
             "| bytes an event | `zstd -1` |", "| --- | --- | --- | --- | --- | --- | --- |"]
    lines += throughput_rows(throughput)
    lines += ["", "| one call of `append(Sample)`, 200,000 a second | p50 ns | p99 ns | p99.9 ns | max ns | dropped |",
              "| --- | --- | --- | --- | --- | --- |"]
    lines += call_rows(calls)
    lines += ["", "| level, caller and writer on two cores | million events/s | range |", "| --- | --- | --- |"]
    for level in levels:
        rates = [rate / 1e6 for rate in level["rates"]]
        lines.append("| `%s` | %.2f | %.2f–%.2f |" % (level["name"], statistics.median(rates), min(rates), max(rates)))
    made = next(result for result in calls if result["kind"] == "allocations")
    lines += ["", "Allocations an event in the steady state, as fast as it goes: %.4f by the caller, %.4f by all threads." % (
        made["caller_per_event"], made["all_per_event"])]
    return lines
