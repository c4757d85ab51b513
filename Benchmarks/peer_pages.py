#!/usr/bin/env python3
"""The pages of the tracker beside those of MLflow, TensorBoard and Trackio, on the same runs: time to the list, to one
run's chart, to a comparison of two, and what each loads.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install playwright mlflow tensorboard tensorboardX trackio
    /tmp/peers/bin/python Benchmarks/peer_pages.py TRACKER [--runs 1000] [--points 100] [--rounds 5] [--markdown]

A peer that is not installed is left out, and said to be. Every program has the same runs and the same values, and a
server of its own on a free port; the browser is Chromium without a cache, a new context each time. A page is there when
what was asked for is in it: the name of the newest run in the list, a line of the chart, the two runs compared. What it
loads is what came over the network, as it came. Programs are asked in turn, each once a round; the table has the
medians. Times depend on the browser as much as on the server, which is what a person waits for.
"""
import argparse
import contextlib
import importlib.util
import json
import os
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
BEGIN_MS = 1_795_651_200_000
METRIC = "latency_ms"


def name(run):
    return "run-%04d" % run


def values(run, points):
    dice = random.Random(run)
    return [round(dice.lognormvariate(1.5 + run % 7 * 0.02, 0.3), 3) for _ in range(points)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """A program with its data and its server."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        folder.mkdir()

    def start(self, command, path="/", **named):
        environment = {**os.environ, **named.pop("env", {})}
        with open(self.folder / "server.log", "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, env=environment,
                                            start_new_session=True)
        deadline = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(self.url + path, timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "server.log").read_text()[-2000:]
                time.sleep(0.2)

    def stop(self):
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, 9)  # some of them outlive a polite end; their data goes as well
            self.process.wait()


class Tracker(Peer):
    title = "Local Tracker"

    def __init__(self, folder, runs, points, program):
        super().__init__(folder)
        data = folder / "data"
        for run in range(runs):
            place = data / "log" / "bench" / name(run)
            place.mkdir(parents=True)
            begin = BEGIN_MS + run * 60_000
            lines = [{"ts": begin, "event": "run_started", "run": "r", "test": "get", "target": "http://localhost:3000/"}]
            lines += [{"ts": begin + at * 100, "run": "r", "metric": METRIC, "unit": "ms", "value": value}
                      for at, value in enumerate(values(run, points))]
            lines.append({"ts": begin + points * 100, "event": "run_finished", "run": "r"})
            (place / "shared.000001.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        subprocess.run([program, "index", "--data", data], check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        self.url = "http://localhost:%d" % port
        self.start([program, "serve", "--port", str(port), "--data", str(data)])
        while json.loads(urllib.request.urlopen(self.url + "/health").read())["sessions"] < runs:
            time.sleep(0.2)
        a, b = "bench/" + name(runs - 2), "bench/" + name(runs - 1)
        self.pages = {
            "list": ("/?repeats=open", "text=%s" % name(runs - 1)),
            "chart": ("/sessions/" + b, "figure svg path.l99"),
            "comparison": ("/compare?" + urllib.parse.urlencode({"a": a, "b": b}), "main figure svg path")}


class MLflow(Peer):
    title, module = "MLflow", "mlflow"

    def __init__(self, folder, runs, points, program):
        super().__init__(folder)
        import mlflow
        from mlflow.entities import Metric, RunTag
        store = "sqlite:///%s" % (folder / "mlflow.db")
        mlflow.set_tracking_uri(store)
        client = mlflow.tracking.MlflowClient()
        experiment = client.create_experiment("bench", artifact_location=str(folder / "artifacts"))
        made = []
        for run in range(runs):
            begin = BEGIN_MS + run * 60_000
            found = client.create_run(experiment, start_time=begin, run_name=name(run),
                                      tags={"target": "http://localhost:3000/"})
            metrics = [Metric(METRIC, value, begin + at * 100, at) for at, value in enumerate(values(run, points))]
            client.log_batch(found.info.run_id, metrics=metrics, tags=[RunTag("test", "get")])
            client.set_terminated(found.info.run_id, end_time=begin + points * 100)
            made.append(found.info.run_id)
        port = free_port()
        self.url = "http://127.0.0.1:%d" % port
        self.start([sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, "--port", str(port),
                    "--workers", "1"], "/health", env={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"})
        compare = urllib.parse.urlencode({"runs": json.dumps(made[-2:]), "experiments": json.dumps([experiment])})
        self.pages = {
            "list": ("/#/experiments/%s/runs" % experiment, "text=%s" % name(runs - 1)),
            "chart": ("/#/experiments/%s/runs/%s/model-metrics" % (experiment, made[-1]), ".js-plotly-plot svg .lines path, canvas"),
            "comparison": ("/#/compare-runs?" + compare, ".js-plotly-plot svg.main-svg")}


class TensorBoard(Peer):
    title, module = "TensorBoard", "tensorboard"

    def __init__(self, folder, runs, points, program):
        super().__init__(folder)
        from tensorboardX import SummaryWriter
        logs = folder / "logs"
        for run in range(runs):
            with SummaryWriter(str(logs / name(run)), flush_secs=600) as writer:
                for at, value in enumerate(values(run, points)):
                    writer.add_scalar(METRIC, value, at, walltime=(BEGIN_MS + run * 60_000 + at * 100) / 1000)
        port = free_port()
        self.url = "http://127.0.0.1:%d" % port
        self.start([sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--port", str(port)])
        deadline = time.monotonic() + 600
        while len(json.loads(urllib.request.urlopen(self.url + "/data/runs").read())) < runs:
            assert time.monotonic() < deadline, "TensorBoard has not read its runs"
            time.sleep(0.5)

        def chosen(*runs):
            return "/?runFilter=" + urllib.parse.quote("^(%s)$" % "|".join(map(name, runs))) + "#timeseries"
        self.pages = {
            "list": ("/#timeseries", "text=%s" % name(0)),  # the first of its pages: it sorts by name
            "chart": (chosen(runs - 1), "line-chart canvas, line-chart svg"),
            "comparison": (chosen(runs - 2, runs - 1), "line-chart canvas, line-chart svg")}


class Trackio(Peer):
    title, module = "Trackio", "trackio"

    def __init__(self, folder, runs, points, program):
        super().__init__(folder)
        port = free_port()
        environment = {"TRACKIO_DIR": str(folder / "data"), "GRADIO_SERVER_PORT": str(port),
                       "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
        script = "\n".join((
            "import random, json", "from trackio.sqlite_storage import SQLiteStorage",
            "values = json.load(open('values.json'))", "for run, found in values.items():",
            "    SQLiteStorage.bulk_log('bench', run, [{%r: v} for v in found], list(range(len(found))))" % METRIC))
        (folder / "values.json").write_text(json.dumps({name(run): values(run, points) for run in range(runs)}))
        subprocess.run([sys.executable, "-c", script], check=True, cwd=folder, env={**os.environ, **environment})
        self.url = "http://127.0.0.1:%d" % port
        show = "import trackio; trackio.show(project='bench', open_browser=False, block_thread=True)"
        self.start([sys.executable, "-c", show], env=environment)
        chosen = "/?project=bench&run_ids=%s"
        self.pages = {
            "list": ("/?project=bench", "text=%s" % name(runs - 1)),
            "chart": (chosen % name(runs - 1), "canvas, svg.marks"),
            "comparison": (chosen % ",".join(map(name, (runs - 2, runs - 1))), "canvas, svg.marks")}


PEERS = (MLflow, TensorBoard, Trackio)


def visit(browser, url, selector):
    """Milliseconds until it is there, and kilobytes that came."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    received = []
    network.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    begin = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(selector).first.wait_for(state="visible")
    took = (time.perf_counter() - begin) * 1000
    page.wait_for_timeout(500)  # what is still on its way
    context.close()
    return took, sum(received) / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tracker")
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--points", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", action="store_true", help="print a table")
    options = parser.parse_args()
    program = str(pathlib.Path(options.tracker).resolve())
    from playwright.sync_api import Error, sync_playwright
    folder = pathlib.Path(tempfile.mkdtemp(prefix="peer-pages"))
    peers, found = [], {}
    try:
        for kind in (Tracker, *PEERS):
            if kind is not Tracker and not importlib.util.find_spec(kind.module):
                print("%s is not installed" % kind.title, file=sys.stderr)
                continue
            begin = time.monotonic()
            peer = kind.__new__(kind)
            try:
                peer.__init__(folder / kind.title.replace(" ", ""), options.runs, options.points, program)
            except Exception as problem:
                print("%s: %s" % (kind.title, problem), file=sys.stderr)
                peer.stop()
                continue
            peers.append(peer)
            print("%s has its runs after %.0f s" % (kind.title, time.monotonic() - begin), file=sys.stderr)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox"] if os.getuid() == 0 else [])
            for round in range(options.rounds + 1):  # the first one warms up
                for peer in peers:
                    for page, (path, selector) in peer.pages.items():
                        try:
                            result = visit(browser, peer.url + path, selector)
                        except Error as problem:
                            print("%s, %s: %s" % (peer.title, page, str(problem).split("\n")[0]), file=sys.stderr)
                            continue
                        if round:
                            found.setdefault((peer.title, page), []).append(result)
            browser.close()
    finally:
        for peer in peers:
            peer.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if options.markdown:
        print("| | list, ms | kB | one run's chart, ms | kB | comparison of two, ms | kB |\n| --- |" + " ---: |" * 6)
    for peer in peers:
        cells = []
        for page in ("list", "chart", "comparison"):
            results = found.get((peer.title, page))
            cells += ["%.0f" % statistics.median(part) for part in zip(*results)] if results else ["–", "–"]
        if options.markdown:
            print("| %s | %s |" % (peer.title, " | ".join(cells)))
        else:
            print(json.dumps({"program": peer.title, **{
                page: [round_of for round_of in found.get((peer.title, page), [])] for page in peer.pages}}))


if __name__ == "__main__":
    sys.exit(main())
