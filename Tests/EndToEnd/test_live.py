"""The pages follow a running test by themselves."""
import json
import pathlib
import time

import harness
from harness import within


def test_the_demo_is_seen_while_it_runs(tracker, server, open_page):
    page = open_page(server.url)
    page.evaluate("window.__notReloaded = true")
    demo = tracker.start("demo", "--duration", "12s")
    link = page.locator('main a[href^="/sessions/"]').first
    link.wait_for(state="attached")
    assert page.evaluate("window.__notReloaded")
    link.click()
    page.wait_for_url("**/sessions/**")
    page.evaluate("window.__notReloaded = true")
    page.locator("main figure svg path").first.wait_for(state="attached")
    before = page.inner_text("main")
    page.wait_for_function("before => document.querySelector('main').innerText !== before", arg=before)
    assert demo.poll() is None, "the demo ended too early: %s" % tracker.log("demo")
    assert page.evaluate("window.__notReloaded"), "the page was reloaded as a whole"
    assert page.locator("main figure svg path").count() > 0
    assert demo.wait(60) == 0, tracker.log("demo")
    shown = server.json("/api/sessions")
    assert shown, "the session list is empty"
    assert tracker.verify() == 0


def test_a_page_goes_on_after_the_server_was_started_again(tracker, browser):
    server = tracker.serve()
    page = browser.new_page()
    page.goto(server.url)
    port = server.port
    server.kill()
    server = tracker.serve(port=port)
    tracker.run("log", "--session", "later", text_input='{"ts":1763899200000,"metric":"m","value":1}\n')
    page.locator('main a[href$="/later"]').first.wait_for(state="attached", timeout=15_000)
    page.close()


def test_start_to_first_answer(tracker):
    """Its own time of the processor must not grow; how long it takes depends on what else the machine does."""
    took, worked = [], []
    for _ in range(5):
        begin = time.monotonic()
        server = tracker.serve()
        assert server.json("/health")["status"] == "ok"
        took.append(time.monotonic() - begin)
        threads = pathlib.Path("/proc/%d/task" % server.child.pid).glob("*/schedstat")
        worked.append(sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9)
        server.stop()
    print("measured: start to first answer %s ms, of it %s ms of the processor" % (
        [round(t * 1000) for t in took], [round(t * 1000) for t in worked]))
    assert min(worked) < 0.05 and min(took) < 1, (worked, took)


def test_a_port_that_is_taken_is_said_so(tracker):
    server = tracker.serve()
    result = harness.Tracker(tracker.binary, tracker.folder / "..").run(
        "serve", "--port", str(server.port), expect=range(1, 126))
    assert str(server.port) in result.stderr and "in use" in result.stderr.lower()


def recorded(tracker, name):
    tracker.run("log", "--session", name, text_input='{"ts":1763899200000,"metric":"m","value":1}\n')
    return 'main a[href$="/%s"]' % name


def test_eight_windows_share_one_stream(tracker, server, open_page):
    first = open_page(server.url)
    windows = [first]
    streams = {}

    def watch(page):
        asked = lambda request: request.url.endswith("/api/live") and streams.setdefault(page, []).append(request)
        page.on("request", asked)

    # The first window asked before it was watched.
    for _ in range(7):
        page = first.context.new_page()
        page.set_default_timeout(15_000)
        watch(page)
        page.goto(server.url)
        windows.append(page)
    link = recorded(tracker, "one")
    for page in windows:
        page.locator(link).first.wait_for(state="attached")
    assert not streams, "a window opened a stream of its own"
    # The window with the stream goes: another one takes over, and nobody misses anything.
    first.close()
    link = recorded(tracker, "two")
    for page in windows[1:]:
        page.locator(link).first.wait_for(state="attached")
    assert [len(asked) for asked in streams.values()] == [1]


def test_a_page_says_how_old_it_is(tracker, browser):
    server = tracker.serve()
    # Not `open_page`: the browser prints each connection that is refused.
    page = browser.new_page()
    page.set_default_timeout(20_000)
    page.goto(server.url)
    age = page.locator("#foot [data-age]")
    shown = age.inner_text()
    assert shown.endswith(" s")
    # The stream says when the index looked last: the age does not only grow.
    page.wait_for_function(
        "([shown, old]) => document.querySelector('#foot [data-age]').dataset.age > old",
        arg=[shown, age.get_attribute("data-age")])
    port = server.port
    offline = page.locator(".offline")
    assert offline.is_hidden()
    page.evaluate("window.__ages = []; setInterval(() => window.__ages.push("
                  "document.querySelector('#foot [data-age]').textContent), 500)")
    server.kill()
    offline.wait_for(state="visible")
    page.wait_for_function("() => new Set(window.__ages.slice(-8)).size > 2")
    page.wait_for_function("() => /lost \\d/.test(document.querySelector('.offline').textContent)")
    tracker.serve(port=port)
    link = recorded(tracker, "later")
    page.locator(link).first.wait_for(state="attached")
    offline.wait_for(state="hidden")
    page.close()


def nine_runs(tracker, session):
    """Nine runs of a minute ago, of which each has samples of its own."""
    start = int(time.time() * 1000) - 60_000
    lines = ""
    for run in range(9):
        lines += json.dumps({"ts": start + run * 5000, "event": "run_started", "run": "r%d" % run}) + "\n"
        for number in range(200):
            lines += json.dumps({"ts": start + run * 5000 + number * 20, "run": "r%d" % run,
                                 "metric": "latency_ms", "unit": "ms", "value": 3 + number % 7}) + "\n"
    tracker.run("log", "--session", session, text_input=lines)


def test_only_what_has_changed_is_sent_and_replaced(tracker, server, open_page):
    nine_runs(tracker, "live")
    nine_runs(tracker, "other")
    within(10, lambda: sum(row["events"] >= 1800 for row in server.json("api/sessions")["sessions"]) == 2, "indexed")
    for path, row, changing in (("", "tr:has(a[href$='/other'])", "tr:has(a[href$='/live'])"),
                                ("sessions/anonymous/live", "#runs tr:has(a[href$='/r1'])",
                                 "#runs tr:has(a[href$='/r8'])")):
        page = open_page(server.url + path)
        whole = len(page.content())
        page.evaluate("row => { document.querySelector(row).mine = true; }", row)
        before = page.locator(changing).first.inner_text()
        with page.expect_response(lambda reply: "x-page-state" in reply.request.headers) as found:
            tracker.run("log", "--session", "live", "--run", "r8", "--metric", "latency_ms", "--value", "900",
                        "--unit", "ms")
        page.wait_for_function("([row, old]) => document.querySelector(row).innerText !== old",
                               arg=[changing, before])
        assert page.evaluate("row => document.querySelector(row).mine", row), "a row that is as it was was replaced"
        answer = found.value.text()
        assert "data-changes" in answer and len(answer) < whole / 2, (len(answer), whole)


def test_a_page_with_something_typed_goes_on_around_it(tracker, server, open_page):
    nine_runs(tracker, "live")
    page = open_page(server.url + "sessions/anonymous/live")
    note = page.locator("textarea").first
    note.evaluate("field => { field.closest('details')?.setAttribute('open', ''); }")
    note.fill("half a sent")
    before = page.inner_text("#runs")
    tracker.run("log", "--session", "live", "--run", "r8", "--metric", "latency_ms", "--value", "900", "--unit", "ms")
    page.wait_for_function("old => document.querySelector('#runs').innerText !== old", arg=before)
    assert note.input_value() == "half a sent"


def test_a_whole_page_comes_to_one_that_the_server_does_not_know(tracker, browser):
    server = tracker.serve()
    nine_runs(tracker, "live")
    page = browser.new_page()
    page.set_default_timeout(20_000)
    page.goto(server.url + "sessions/anonymous/live")
    before = page.inner_text("#kpis")
    port = server.port
    server.kill()
    tracker.serve(port=port)
    tracker.run("log", "--session", "live", "--run", "r8", "--metric", "latency_ms", "--value", "900", "--unit", "ms")
    page.wait_for_function("old => document.querySelector('#kpis').innerText !== old", arg=before)
    page.close()
