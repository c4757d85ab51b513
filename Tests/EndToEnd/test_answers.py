"""The answers on the pages: comparisons, verdicts, trends and edits, with the numbers of the commands."""
import json
import re
import urllib.parse

import pytest
from axe_playwright_python.sync_playwright import Axe
from harness import AXE, LOOKS, within

START_MS = 1763899200000
SESSIONS = {"before": 10, "again": 10, "after": 14}
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true })"
SIZES = ((1440, 900), (1024, 800), (390, 844), (320, 640))


def record(tracker, session, start_ms, base):
    lines = []
    for number in range(3):
        at, run = start_ms + number * 60000, "r%d" % number
        lines.append({"ts": at, "event": "run_started", "run": run, "target": "api", "commit": "abc%d0001" % (base % 7)})
        lines += [{"ts": at + 50 * n, "metric": "http.latency_ms", "value": base + (n * 7 + number) % 40 / 10, "unit": "ms",
                   "run": run, "status": 500 if n % 100 == 0 else 200} for n in range(1200)]
        lines.append({"ts": at + 60000, "event": "run_finished", "run": run})
    tracker.run("log", "--user", "u", "--session", session, text_input="".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def recorded(tracker):
    for number, (session, base) in enumerate(SESSIONS.items()):
        record(tracker, session, START_MS + number * 86400000, base)
    server = tracker.serve()
    within(20, lambda: len(server.json("api/sessions")["sessions"]) == 3, "all sessions are published")
    return server


COMPARE = "compare?a=u%2Fbefore&b=u%2Fafter"
SEVERAL = "compare?a=u%2Fbefore&b=u%2Fnone&b=u%2Fagain&b=u%2Fafter"
PATHS = ("", COMPARE, SEVERAL, "compare", "sessions/u/after", "sessions/u/before", "targets", "trends?target=api", "storage", "users")


def test_pages_and_programs_have_the_numbers_of_the_commands(tracker, recorded):
    assert recorded.json("api/v1/" + COMPARE) == tracker.json("compare", "u/before", "u/after")
    trend = tracker.json("trend", "api")
    for change in trend["changes"]:
        change["bisect"] = []  # commands for a folder of the reader's
    assert recorded.json("api/v1/trend?target=api") == trend
    page = recorded.get(COMPARE)[1].decode()
    assert "Worse: p99 rose by" in page and "tracker compare u/before u/after" in page
    status, body = recorded.get("sessions/u/after")
    assert status == 200 and "u/again" in body.decode() and "Worse: p99 rose by" in body.decode()
    tracker.run("baseline", "u/before")
    within(10, lambda: b"Against the baseline of its target" in recorded.get("sessions/u/after")[1], "the pin counts")


@pytest.mark.parametrize("scheme, size", LOOKS)
def test_pages_are_accessible(recorded, open_page, scheme, size):
    for path in PATHS:
        page = open_page(recorded.url + path, color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
        page.evaluate(OPEN_ALL)
        result = Axe().run(page, options=AXE)
        assert result.violations_count == 0, path + result.generate_report()
        page.context.close()


def test_pages_fit(recorded, open_page):
    page = open_page(recorded.url)
    for path in PATHS:
        page.goto(recorded.url + path)
        page.evaluate(OPEN_ALL)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)


def test_a_key_swaps_the_groups_and_another_returns_to_the_comparison(recorded, open_page):
    page = open_page(recorded.url + COMPARE)
    assert "Worse: p99 rose" in page.inner_text("h1")
    page.keyboard.press("x")
    page.wait_for_url("**/compare?a=u%2Fafter&b=u%2Fbefore")
    assert "Better: p99 fell" in page.inner_text("h1")
    page.goto(recorded.url + "sessions/u/after")
    page.keyboard.press("c")
    page.wait_for_url("**/compare?a=u%2Fagain&b=u%2Fafter")


def test_several_groups_are_seen_at_once_though_one_cannot_be_compared(tracker, recorded, open_page):
    page = open_page(recorded.url + SEVERAL)
    heads = page.locator("#each tbody th")
    assert heads.all_inner_texts() == ["u/none", "u/again\np99, below", "u/after\np99"]
    assert page.locator("#each td").first.inner_text() == "There is no session u/none."
    assert page.locator("#same code").inner_text().startswith("tracker compare u/before u/again")
    for name in ("u/again", "u/after"):
        shown = next(row for row in tracker.json("compare", "u/before", name)["rows"] if row["statistic"] == "p99")
        cells = page.locator("#each tr", has=page.get_by_role("link", name=name)).locator("td b").all_inner_texts()
        assert [float(cell.split()[0]) for cell in cells] == pytest.approx([shown["a"], shown["b"]], rel=6e-4), name
    page.get_by_role("link", name="u/after").click()
    page.wait_for_url("**/compare?a=u%2Fbefore&b=u%2Fafter&b=u%2Fagain&b=u%2Fnone")
    assert "Worse: p99 rose" in page.inner_text("h1")
    assert heads.all_inner_texts() == ["u/after\np99, below", "u/again\np99", "u/none"]
    status, body = recorded.get("compare?a=u%2Fbefore&b=u%2Fnone&b=u%2Fnobody")
    assert status == 404 and b"There is no session u/none." in body


def test_ticked_rows_are_compared_without_a_script(recorded, open_page):
    page = open_page(recorded.url, java_script_enabled=False)
    page.get_by_label("Compare after").check()
    page.get_by_label("Compare before").check()
    page.get_by_role("button", name="Compare the ticked sessions").click()
    assert "Worse: p99 rose" in page.inner_text("h1")
    page.goto(recorded.url)
    page.get_by_role("link", name="p99", exact=True).click()
    assert page.url.endswith("/?sort=p99")
    assert page.locator("tbody th a").first.inner_text() == "after"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_note_is_written_and_taken_back_on_the_page(tracker, recorded, open_page, scripts):
    page = open_page(recorded.url + "sessions/u/after", java_script_enabled=scripts)
    labels = page.locator("#edit label").evaluate_all("all => all.map(label => label.firstChild.data.trim())")
    assert "About" in labels and "Run" not in labels and len(labels) == len(set(labels)), labels
    note = page.locator("#edit form.wide")
    note.get_by_label("Note").fill("cache on\nfrom here")
    note.get_by_label("Moment, from the start").fill("0:20")
    note.get_by_role("button", name="Add the note").click()
    page.wait_for_url("**/sessions/u/after#edit")
    assert "cache on" in page.inner_text("#notes")
    edit, = tracker.json("show", "u/after")["edits"]
    assert edit["text"] == "cache on\nfrom here" and edit["by"] and edit["from"] == START_MS + 2 * 86400000 + 20000
    page.get_by_role("button", name="Take back: note").click()
    page.wait_for_url("**/sessions/u/after#edit")
    assert page.locator("#notes").count() == 0
    assert tracker.verify() == 0


def test_two_tabs_that_edit_at_once_agree(tracker, recorded, open_page):
    tabs = [open_page(recorded.url + "sessions/u/after") for _ in range(2)]
    for number, tab in enumerate(tabs):
        form = tab.locator("#edit form", has=tab.locator("input[value=tag]"))
        form.get_by_label("Tag", exact=True).fill("tag-%d" % number)
        form.get_by_role("button", name="Tag", exact=True).click()
        tab.wait_for_url("**/sessions/u/after#edit")
    tabs[0].reload()
    for tab in tabs:
        assert re.findall(r"tag-\d", tab.inner_text("#head")) == ["tag-0", "tag-1"]
    assert tracker.json("show", "u/after")["tags"] == ["tag-0", "tag-1"]


def test_the_key_guards_edits(tracker):
    record(tracker, "after", START_MS, 10)
    server = tracker.serve(env={"LOCAL_TRACKER_API_KEY": "secret"})
    within(20, lambda: len(server.json("api/sessions")["sessions"]) == 1, "the session is published")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    fields = {"kind": "note", "text": "x"}

    def send(**more):
        return server.post("edits/u/after", urllib.parse.urlencode({**fields, **more}).encode(), form)[0]
    assert (send(), send(key="wrong"), send(key="secret")) == (401, 403, 200)
