"""What `tracker report` writes stands for itself: no request, no script, and its events come back."""
import json
import pathlib
import random
import re
import struct
import xml.etree.ElementTree

import pytest

import harness

START = 1_795_442_400_000
LIMIT = 300_000


def record(tracker, session, seconds, rate, slower=1.0):
    """A run at a constant rate, with three routes and some failures."""
    dice = random.Random(seconds * rate)
    lines = [{"ts": START, "event": "session", "name": "cache <b>%s</b>" % session},
             {"ts": START, "event": "run_started", "run": "r-" + session, "test": "load", "target": "http://localhost:3000/",
              "params": {"rate": rate}, "commit": "abc"}]
    for at in range(seconds * rate):
        lines.append({"ts": round(START + at * 1000 / rate + dice.random(), 3), "metric": "http.latency_ms", "unit": "ms",
                      "run": "r-" + session, "value": round(slower * dice.lognormvariate(2, 0.6), 3),
                      "ok": dice.random() > 0.01, "labels": {"route": "/%d" % dice.randrange(3)}})
    lines += [{"ts": START + seconds * 1000, "event": "run_finished", "run": "r-" + session, "summary": {"rps": rate}},
              {"ts": START + 1000, "event": "note", "text": "a <script>alert(1)</script> note", "id": "aa11aa11aa"}]
    tracker.run("log", "--user", "ann", "--session", session, text_input="".join(json.dumps(line) + "\n" for line in lines))
    return "ann/" + session


@pytest.fixture(scope="module")
def recorded(binary, tmp_path_factory):
    tracker = harness.Tracker(binary, tmp_path_factory.mktemp("report"))
    record(tracker, "short", 60, 50)
    record(tracker, "after", 60, 50, slower=0.7)
    record(tracker, "long", 600, 100)
    yield tracker
    tracker.end()


def report(tracker, *names, form="html", options=(), **named):
    path = tracker.folder / ("%s.%s" % ("-".join(name.split("/")[-1] for name in names), form))
    tracker.run("report", *names, *options, "-o", str(path), "--force", **named)
    return path


def imported(tracker, path):
    return tracker.run("import", str(path)).stdout.split(" imported as ")[1].split()[0]


def curves(shown):
    """The numbers of each metric of a run, all labels together."""
    found = {}
    for run in shown["runs"]:
        for series in run["series"]:
            own = found.setdefault((run["run"], series["metric"]), [0, 0, {}])
            own[0] += series["count"]
            own[1] += series["errors"]
            for part in (series, series["failures"] or {"buckets": []}):
                for bucket, count in part["buckets"]:
                    own[2][bucket] = own[2].get(bucket, 0) + count
    return found


@pytest.mark.parametrize("names", [["ann/short"], ["ann/long"], ["ann/short", "ann/after"]])
def test_it_needs_nothing(recorded, browser, names):
    path = report(recorded, *names)
    assert path.stat().st_size < LIMIT
    text = path.read_text()
    markup = re.sub(r"<style>.*?</style>", "", text, flags=re.S)
    assert not re.search(r"""(?:href|src|action)=["'](?!#|data:)""", markup), "it leads somewhere"
    assert "url(" not in text.split("<style>")[1].split("</style>")[0].replace("url(data:", "")
    assert "<script>alert" not in text
    asked = []
    for scripted in (True, False):
        context = browser.new_context(java_script_enabled=scripted)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        assert page.locator("h1").count() == 1 and page.locator("svg").count() > 3
        assert page.locator("#foot").is_visible() and not page.locator("form").count()
        width = page.evaluate("document.documentElement.scrollWidth") if scripted else 0
        assert width <= 1280
        page.emulate_media(media="print")
        assert page.locator("h1").is_visible()
        context.close()
    # Browsers list what is in the page as a request.
    assert {url for url in asked if not url.startswith("data:")} == {path.as_uri()}


def test_events_come_back_whole(recorded):
    path = report(recorded, "ann/short")
    assert "It holds all 3004 events" in path.read_text()
    back = recorded.json("show", imported(recorded, path), "--buckets")
    shown = recorded.json("show", "ann/short", "--buckets")
    for name in ("name", "notes", "runs", "events", "first", "last"):
        assert back[name] == shown[name], name
    assert "nothing was added" in recorded.run("import", str(path)).stdout


def test_histograms_come_back_where_samples_do_not_fit(recorded):
    """Ten minutes of 100 requests a second."""
    path = report(recorded, "ann/long")
    assert "instead of 60000 samples" in path.read_text()
    back = recorded.json("show", imported(recorded, path), "--buckets")
    shown = recorded.json("show", "ann/long", "--buckets")
    assert curves(back) == curves(shown)
    for name in ("name", "notes"):
        assert back[name] == shown[name]
    for name in ("run", "target", "commit", "state", "started", "finished", "params", "reported"):
        assert back["runs"][0][name] == shown["runs"][0][name], name


def test_a_comparison_holds_both_sides(recorded):
    path = report(recorded, "ann/short", "ann/after")
    text = path.read_text()
    assert "p99" in text and "95" in text
    back = recorded.json("show", imported(recorded, path), "--buckets")
    assert {run["run"] for run in back["runs"]} == {"r-short", "r-after"}


def test_a_page_that_is_cut_is_refused(recorded, tmp_path):
    whole = report(recorded, "ann/short").read_bytes()
    (tmp_path / "cut.html").write_bytes(whole[:len(whole) * 3 // 4])
    result = recorded.run("import", str(tmp_path / "cut.html"), expect=(1,))
    assert "cut" in result.stderr


def test_markdown(recorded):
    text = recorded.run("report", "ann/short", "ann/after", "--markdown").stdout
    assert re.search(r"^\| p99 \| [\d.]+ ms \| [\d.]+ ms \| \S+% \| .* to .* \| \d+, \d+ \| ", text.replace("\\", ""), re.M), text
    assert "95 % interval" in text and text.startswith("**")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
    text = recorded.run("report", "ann/short", "--markdown").stdout
    assert "&lt;b&gt;" in text or "&lt;b\\&gt;" in text or "&lt;b\\>" in text
    assert re.search(r"http\.latency\\?_ms \| 3000 \| \d+ \|", text), text


def test_markdown_says_which_runs_are_not_to_be_believed(tracker):
    lines = []
    for number, state in enumerate(("finished", "failed", "stopped", "finished")):
        run = "r%d" % number
        at = START + number * 60_000
        lines.append({"ts": at, "event": "run_started", "run": run, "target": "api"})
        lines += [{"ts": at + n * 10, "metric": "m_ms", "unit": "ms", "value": 5, "run": run} for n in range(200)]
        lines.append({"ts": at + 2_000, "event": "run_finished", "run": run, "state": state,
                      "summary": {"reason": "it *broke*"} if state == "failed" else {}})
    lines.append({"ts": 1_000, "metric": "m_ms", "unit": "ms", "value": 5, "run": "r0"})
    tracker.run("log", "--user", "ann", "--session", "odd", text_input="".join(json.dumps(line) + "\n" for line in lines))
    tracker.run("left-out", "ann/odd#r3", "the backup ran", "--by", "ann")
    text = tracker.run("report", "ann/odd", "--markdown").stdout
    assert "- :warning: r1: failed: it \\*broke\\*\n" in text
    assert "- :warning: r2: stopped\n" in text and "r0: " not in text
    assert "r3: left out of comparisons, trends and gates: the backup ran" in text
    assert ":warning: events with an implausible time: 1\n" in text
    # Two of 200 samples are beyond p99, a hundred beyond p50.
    assert "| r1 | m\\_ms | 200 | 0 | 5.00 ms | 5.00 ms | \\~5.00 ms | 5.00 ms |" in text
    assert "fewer than 10 samples are beyond it" in text


@pytest.mark.parametrize("chart", ["over-time", "throughput"])
def test_svg(recorded, chart):
    path = report(recorded, "ann/short", form="svg", options=("--svg", chart))
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    paths = [one for one in root.iter("{http://www.w3.org/2000/svg}path") if one.get("fill") == "none"]
    assert len(paths) == (3 if chart == "over-time" else 1)
    width, height = float(root.get("width")), float(root.get("height"))
    for one in paths:
        points = [tuple(map(float, pair)) for pair in re.findall(r"[ML]([\d.]+) ([\d.]+)", one.get("d"))]
        assert len(points) > 20 and all(0 <= x <= width and 0 <= y <= height for x, y in points)
        assert points == sorted(points)


def test_png(recorded):
    data = report(recorded, "ann/short", form="png", options=("--png",)).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert (width, height) == (1280, 3200) and len(data) > 50_000


def test_png_without_chromium_is_a_clear_error(recorded, tmp_path):
    result = recorded.run("report", "ann/short", "--png", "-o", str(tmp_path / "x.png"), expect=(2,), env={"PATH": str(tmp_path)})
    assert "Chromium" in result.stderr and "report.html" in result.stderr
    assert not pathlib.Path(tmp_path / "x.png").exists()


def test_what_is_not_there_is_said(recorded, tmp_path):
    for arguments, word in ((("ann/none",), "none"), (("ann/short#no",), "no"), (("ann/short", "--metric", "x", "--svg", "throughput"), "")):
        result = recorded.run("report", *arguments, "-o", str(tmp_path / "x"), expect=(0, 2))
        assert word in result.stderr
    path = tmp_path / "kept.html"
    path.write_text("mine")
    assert "--force" in recorded.run("report", "ann/short", "-o", str(path), expect=(2,)).stderr
    assert path.read_text() == "mine"
