"""The part `load` of Benchmarks/run: what `tracker load` can send, against wrk in turn."""
import contextlib
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RATES = (10_000, 20_000, 40_000)
CONNECTIONS = 64
SECONDS = 3


def build(folder):
    compiler = next((name for name in ("cc", "clang", "gcc") if shutil.which(name)), None)
    if not compiler:
        raise SystemExit("error: no C compiler for Benchmarks/target.c: install gcc or clang")
    binary = pathlib.Path(folder) / "target"
    subprocess.run([compiler, "-O2", "-Wall", "-Werror", str(HERE / "target.c"), "-o", str(binary)], check=True)
    return binary


@contextlib.contextmanager
def target(binary):
    """The URL of a target that runs as long as the block."""
    child = subprocess.Popen([str(binary)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield "http://127.0.0.1:%s/" % child.stdout.readline().strip()
    finally:
        child.stdin.close()
        child.wait()


def tracker_load(tracker, url, *arguments):
    """The summary of a run, recorded as every run is."""
    with tempfile.TemporaryDirectory() as data:
        done = subprocess.run([str(tracker), "load", url, "--duration", "%ds" % SECONDS, "--data", data, "--json", *arguments],
                              check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    summary = json.loads(done.stdout)
    if summary["failed_requests"]:
        raise SystemExit("error: %d requests failed: %s" % (summary["failed_requests"], summary["outcomes"]))
    return summary


def wrk(url):
    """Requests a second."""
    text = subprocess.run(["wrk", "-t1", "-c%d" % CONNECTIONS, "-d%ds" % SECONDS, url],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    return float(next(line for line in text.splitlines() if line.startswith("Requests/sec")).split()[1])


def measure(tracker, binary, rounds, note):
    """Summaries of the open loop by rate, of the closed loop, and wrk's rates: each once a round, in turn."""
    opened, closed, others = {rate: [] for rate in RATES}, [], []
    if not shutil.which("wrk"):
        note("left out: wrk, which is not installed (Debian: apt-get install wrk)")
    for number in range(rounds + 1):
        note("round %d of %d ..." % (number, rounds) if number else "one round to warm up ...")
        with target(binary) as url:
            found = {rate: tracker_load(tracker, url, "--rate", str(rate)) for rate in RATES}
            own = tracker_load(tracker, url, "--connections", str(CONNECTIONS))
            other = wrk(url) if shutil.which("wrk") else None
        if not number:
            continue
        for rate in RATES:
            opened[rate].append(found[rate])
        closed.append(own)
        others.append(other)
    return opened, closed, others


def spread(values, form):
    return "%s | %s–%s" % tuple(format(value, form) for value in (statistics.median(values), min(values), max(values)))


def open_rows(opened):
    rows = []
    for rate, runs in opened.items():
        late = sum(run["generator_limited"] for run in runs)
        rows.append("| %s | %s | %s | %s | %s | %d of %d |" % (
            format(rate, ","), spread([run["rps"] for run in runs], ",.0f"),
            format(sum(run["unsent_requests"] + run["unrecorded_requests"] for run in runs), ","),
            spread([run["send_lag_p99_ms"] for run in runs], ".2f"),
            spread([run["generator_cpu_percent"] for run in runs], ".0f"), late, len(runs)))
    return rows


def closed_rows(closed, others):
    own = [run["rps"] for run in closed]
    rows = ["| `tracker load`, every request recorded | %s | |" % spread(own, ",.0f")]
    if None in others:
        return rows + ["| `wrk`: not installed, left out | | | |"]
    ratios = [mine / theirs for mine, theirs in zip(own, others)]
    return rows + ["| `wrk`, one thread | %s | |" % spread(others, ",.0f"),
                   "| tracker / wrk, within a round | %s | at least 0.5 |" % spread(ratios, ".2f")]


def report(tracker, rounds, note, header):
    with tempfile.TemporaryDirectory() as folder:
        opened, closed, others = measure(tracker, build(folder), rounds, note)
    lines = [header, "",
             "| open loop, asked a second | answered a second | range | not sent or not recorded | send lag p99 ms | range "
             "| processor, % of a core | range | limited |", "| --- " * 9 + "|"]
    lines += open_rows(opened)
    lines += ["", "| closed loop, %d connections | requests a second | range | asked for |" % CONNECTIONS,
              "| --- | --- | --- | --- |"]
    return lines + closed_rows(closed, others)
