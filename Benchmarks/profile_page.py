#!/usr/bin/env python3
"""How long the page of a folded profile of 10 MB takes: the first answer of a server that has just begun, and Chromium.

    Benchmarks/profile_page.py --binary .build/release/tracker --times 5

A server keeps the trees that it has read: each time is one of a new server. Needs Playwright (`.venv-test`) for the browser.
"""
import argparse
import os
import pathlib
import random
import re
import statistics
import subprocess
import tempfile
import time
import urllib.request

MEGABYTES = 10
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PAINT = """() => new Promise(done => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name == 'first-contentful-paint') done(entry.startTime);
}).observe({ type: 'paint', buffered: true }))"""


def folded(path, seed=1):
    """Stacks of 5 to 40 frames, of 3,000 functions: some 180,000 nodes."""
    dice = random.Random(seed)
    names = ["module%d::Class%d::method_with_a_long_name_%d" % (i % 40, i % 300, i) for i in range(3000)]
    lines, size = [], 0
    while size < MEGABYTES * 1_000_000:
        frames = [names[(37 * at + dice.randint(0, 8 + 3 * at)) % 3000] for at in range(dice.randint(5, 40))]
        lines.append(";".join(["main", *frames]) + " %d\n" % dice.randint(1, 50))
        size += len(lines[-1])
    path.write_text("".join(sorted(lines)))


def server(binary, data):
    child = subprocess.Popen(
        [binary, "serve", "--port", "0", "--data", str(data)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)
    return child, re.search(r"http://\S+", child.stdout.readline())[0]


def answer(url):
    begin = time.monotonic()
    with urllib.request.urlopen(url) as reply:
        size = len(reply.read())
    return 1000 * (time.monotonic() - begin), size


def paint(url, browser):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(url, wait_until="load")
    ms = page.evaluate(PAINT)
    page.close()
    return ms


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/tracker")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    from playwright.sync_api import sync_playwright
    with tempfile.TemporaryDirectory(prefix="tracker-profile-") as home, sync_playwright() as playwright:
        data, file = pathlib.Path(home, "data"), pathlib.Path(home, "big.folded")
        folded(file)
        subprocess.run([options.binary, "measure", "--data", str(data), "--", "true"], check=True, capture_output=True)
        session = "anonymous/" + next((data / "log" / "anonymous").iterdir()).name
        told = subprocess.run([options.binary, "attach", "--data", str(data), str(file), session], check=True,
                              capture_output=True, text=True).stdout
        [profile] = [path.name.split(".")[0] for path in (data / "profiles").iterdir()]
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"] if os.getuid() == 0 else [])
        browser.new_page().close()
        first, kept, painted = [], [], []
        for take in (answer, paint):
            for _ in range(options.times):
                child, url = server(options.binary, data)
                page = "%ssessions/%s/profiles/%s" % (url, session, profile)
                if take is answer:
                    ms, size = answer(page)
                    first.append(ms)
                    kept.append(answer(page)[0])
                else:
                    painted.append(paint(page, browser))
                child.terminate()
                child.wait(20)
        browser.close()

    def text(values):
        return "%.0f ms (%.0f to %.0f)" % (statistics.median(values), min(values), max(values))

    print(told.splitlines()[0])
    print("measured: a page of %d kB of a folded profile of %d MB: first answer %s, later ones %s, first paint in"
          " Chromium from a server without the tree %s" % (
              size // 1000, MEGABYTES, text(first), text(kept), text(painted)))


if __name__ == "__main__":
    main()
