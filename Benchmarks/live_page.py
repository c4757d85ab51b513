#!/usr/bin/env python3
"""What an open page costs while its session is written to: bytes, the tab's and the server's processor time, and
the longest task of the tab.

    Benchmarks/live_page.py TRACKER [--runs 200] [--points 10000] [--seconds 20] [--rate 20] [--path PATH]

Needs Playwright, and Chromium (CHROMIUM names another one). The session has so many runs of so many points, and one
more that is written to while the page is looked at. A figure is of the whole time of observation. The tab is Chromium's
renderer, by the kernel's count of its processor time.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
BEGIN_MS = 1_763_899_200_000
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
TASKS = """() => { window.__tasks = []; new PerformanceObserver((list) => { for (const task of list.getEntries())
    window.__tasks.push(Math.round(task.duration)); }).observe({ type: 'longtask', buffered: false }); }"""


def processor_ms(pid):
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICKS


def line(**fields):
    return json.dumps(fields, separators=(",", ":")) + "\n"


def fill(folder, runs, points, seed):
    """One session with so many runs, and 199 others of a run each, so that the list is long as well."""
    dice = random.Random(seed)
    for session in range(199):
        place = folder / "log" / "bench" / ("s%03d" % session)
        place.mkdir(parents=True)
        begin = BEGIN_MS - 86_400_000 + session * 60_000
        with open(place / "shared.000001.jsonl", "w") as file:
            file.write(line(ts=begin, event="run_started", run="r", test="get", target="http://localhost:3000/"))
            for number in range(100):
                file.write(line(ts=begin + number * 100, run="r", metric="latency_ms", unit="ms",
                                value=round(dice.lognormvariate(1.5, 0.4), 3)))
    place = folder / "log" / "bench" / "live"
    place.mkdir(parents=True)
    for run in range(runs):
        begin = BEGIN_MS + run * 120_000
        name = "r%03d" % run
        with open(place / ("shared.%06d.jsonl" % (run + 1)), "w") as file:
            file.write(line(ts=begin, event="run_started", run=name, test="get", target="http://localhost:3000/"))
            file.writelines(
                '{"ts":%d,"run":"%s","metric":"latency_ms","unit":"ms","value":%.3f,"labels":{"route":"/%d"}}\n' % (
                    begin + number * 10, name, dice.lognormvariate(1.5, 0.4), number % 6)
                for number in range(points))
            file.write(line(ts=begin + points * 10, event="run_finished", run=name))


class Writer(threading.Thread):
    """Appends to the live run, so many samples a second, ten times a second."""

    def __init__(self, folder, rate):
        super().__init__(daemon=True)
        self.rate, self.ending = rate, threading.Event()
        self.file = open(folder / "log" / "bench" / "live" / "shared.900000.jsonl", "a")
        self.file.write(line(ts=int(time.time() * 1000), event="run_started", run="now", test="get",
                             target="http://localhost:3000/"))

    def run(self):
        dice = random.Random(7)
        while not self.ending.wait(0.1):
            now = int(time.time() * 1000)
            for number in range(max(1, self.rate // 10)):
                self.file.write(line(ts=now, run="now", metric="latency_ms", unit="ms",
                                     value=round(dice.lognormvariate(1.5, 0.4), 3), labels={"route": "/1"}))
            self.file.flush()


def renderer_of(browser):
    """The process of the page: the renderer that has used most."""
    found = browser.send("SystemInfo.getProcessInfo")["processInfo"]
    return max((p for p in found if p["type"] == "renderer"), key=lambda p: p["cpuTime"])["id"]


def observe(browser, url, server, seconds):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    received = {"bytes": 0, "answers": 0}
    network.on("Network.dataReceived", lambda event: received.update(bytes=received["bytes"] + event["dataLength"]))
    network.on("Network.loadingFinished", lambda event: received.update(answers=received["answers"] + 1))
    page.goto(url)
    first = received["bytes"]
    renderer = renderer_of(browser.new_browser_cdp_session())
    page.wait_for_timeout(3_000)  # what the first sight costs is over
    page.evaluate(TASKS)
    before = (dict(received), processor_ms(server), processor_ms(renderer), time.monotonic())
    shown = page.inner_text("main")
    page.wait_for_timeout(seconds * 1_000)
    took = time.monotonic() - before[3]
    assert page.inner_text("main") != shown, "the page did not follow"
    result = {
        "page_kB": round(first / 1000, 1),
        "kB_s": round((received["bytes"] - before[0]["bytes"]) / 1000 / took, 1),
        "answers_s": round((received["answers"] - before[0]["answers"]) / took, 2),
        "server_percent": round((processor_ms(server) - before[1]) / took / 10, 1),
        "tab_percent": round((processor_ms(renderer) - before[2]) / took / 10, 1),
        "long_tasks_ms": page.evaluate("window.__tasks"),
    }
    context.close()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tracker")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rate", type=int, default=100, help="samples a second of the live run")
    parser.add_argument("--path", action="append", help="of the page; may be repeated")
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright
    with tempfile.TemporaryDirectory(prefix="live-page") as folder:
        folder = pathlib.Path(folder)
        fill(folder, options.runs, options.points, seed=15)
        subprocess.run([options.tracker, "index", "--data", folder], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([options.tracker, "serve", "--port", "0", "--data", folder],
                                  stdout=subprocess.PIPE, text=True)
        writer = Writer(folder, options.rate)
        try:
            url = server.stdout.readline().split(": ", 1)[1].strip()
            writer.start()
            time.sleep(2)  # the index has read what was there
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox"] if os.getuid() == 0 else [])
                for path in options.path or ["sessions/bench/live", "sessions/bench/live/runs/now", ""]:
                    found = observe(browser, url + path, server.pid, options.seconds)
                    print(json.dumps({"path": "/" + path, **found}), flush=True)
                # What writing and the index cost without a page.
                before, begin = processor_ms(server.pid), time.monotonic()
                time.sleep(options.seconds)
                percent = (processor_ms(server.pid) - before) / (time.monotonic() - begin) / 10
                print(json.dumps({"path": None, "server_percent": round(percent, 1)}))
                browser.close()
        finally:
            writer.ending.set()
            server.terminate()
            server.wait()


if __name__ == "__main__":
    sys.exit(main())
