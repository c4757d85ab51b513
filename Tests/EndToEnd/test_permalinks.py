"""An address holds the whole view: after a reload, the way back, and in a window of somebody else."""
import json
import urllib.parse

import pytest
from harness import LONG, within
from test_answers import record
from test_run_page import START, events

FROM, TO = "2026-11-17T14:02:15Z", "2026-11-17T14:02:25Z"
SPAN = "from=%s&to=%s" % (FROM, TO)
#: Addresses, each of another view.
STATES = [
    "", "?q=user:u", "?q=target:api+since:2020-01-01", "?sort=-p99", "?sort=name&q=u", "?q=nothing-has-this",
    "sessions/u/s", "sessions/u/s?metric=heap_bytes", "sessions/u/s?metric=build_s", "sessions/u/s?view=heat",
    "sessions/u/s?view=heat&at=2026-11-17T14:02:21.500Z", "sessions/u/s?" + SPAN, "sessions/u/s?view=heat&" + SPAN,
    "sessions/u/s?from=" + FROM, "sessions/u/s?metric=heap_bytes&" + SPAN, "?q=p99%3E20ms",
    "sessions/u/s/runs/r1", "sessions/u/s/runs/r1?metric=heap_bytes", "sessions/u/s/runs/r0?" + SPAN,
    "sessions/u/s/runs/r1?view=heat", "sessions/u/s?run=r2", "sessions/u/many", "sessions/u/many?runs=2",
    "sessions/u/many?labels=2", "compare?a=u%2Fbefore&b=u%2Fafter", "compare?a=u%2Fafter&b=u%2Fbefore",
    "compare?a=u%2Fbefore%23r0&b=u%2Fafter%23r1&metric=http.latency_ms", "compare?a=u%2Fbefore&b=u%2Fagain&b=u%2Fafter",
    "trends?target=api", "trends?target=api&statistic=p50", "targets", "storage", "users", "?user=u",
]
#: What a reader sees: words, chosen links, drawn shapes, and the part of the chart in view.
SEEN = """() => {
  const main = document.querySelector('main');
  const words = main.innerText.replace(/^.*(ago|behind|read at|Read to).*$/gm, '');
  const chosen = [...main.querySelectorAll('[aria-current], .on, [open]')].map((e) => e.textContent.slice(0, 80));
  const shapes = [...main.querySelectorAll('svg')].map((e) => e.getAttribute('viewBox') + e.innerHTML.length);
  const fields = [...main.querySelectorAll('input:not([type=hidden]), select')].map((e) => e.value);
  return JSON.stringify([document.title, words, chosen, shapes, fields]);
}"""


@pytest.fixture
def recorded(tracker):
    lines = [event for number in range(3) for event in events("r%d" % number, START + number * 60_000, 40, (20, 21))]
    for number in range(3):
        for second in range(40):
            lines.append({"ts": START + number * 60_000 + second * 1000, "run": "r%d" % number, "metric": "heap_bytes",
                          "value": 3e9 + second * 1e6, "unit": "B"})
        lines.append({"ts": START + number * 60_000, "run": "r%d" % number, "metric": "build_s", "value": 30 + number, "unit": "s"})
    many = []
    for number in range(240):
        at, run = START + number * 1000, "n%03d" % number
        many += [{"ts": at, "event": "run_started", "run": run},
                 {"ts": at + 1, "run": run, "metric": "m_ms", "value": 1 + number % 7, "labels": {"route": "/%d" % number}},
                 {"ts": at + 500, "event": "run_finished", "run": run}]
    for session, rows in (("s", lines), ("many", many)):
        tracker.run("log", "--user", "u", "--session", session, text_input="".join(json.dumps(row) + "\n" for row in rows))
    for number, (session, base) in enumerate((("before", 10), ("again", 10), ("after", 14))):
        record(tracker, session, START + number * 86_400_000, base)
    server = tracker.serve()
    within(20, lambda: len(server.json("api/sessions")["sessions"]) == 5, "all sessions are published")
    return server


def test_thirty_views_survive_a_reload_the_way_back_and_another_window(recorded, open_page):
    assert len(STATES) >= 30
    found = {}
    page, other = (open_page(recorded.url + "storage") for _ in range(2))
    # A normal run tries every third.
    for state in STATES if LONG else STATES[::3]:
        page.goto(recorded.url + state, wait_until="domcontentloaded")
        seen = page.evaluate(SEEN)
        address = page.url
        page.reload()
        assert page.evaluate(SEEN) == seen, "reload: " + state
        page.goto(recorded.url + ("storage" if state != "storage" else "targets"),
                  wait_until="domcontentloaded")
        page.go_back(wait_until="domcontentloaded")
        assert page.url == address and page.evaluate(SEEN) == seen, "back: " + state
        other.goto(address, wait_until="domcontentloaded")
        assert other.evaluate(SEEN) == seen, "another window: " + state
        found.setdefault(seen, []).append(state)
    same = [states for states in found.values() if len(states) > 1]
    assert not same, same


def test_links_of_a_page_keep_what_is_in_view(recorded, open_page):
    """From a heat map of a span, another metric or run is shown of the same span."""
    page = open_page(recorded.url + "sessions/u/s?view=heat&" + SPAN)
    page.locator("#runs-table a", has_text="r0").first.click()
    page.wait_for_url("**/runs/r0?**")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)
    assert query["view"] == ["heat"] and set(query) == {"view", "from", "to"}
    page.locator("#choices a", has_text="heap_bytes").click()
    page.wait_for_url("**metric=heap_bytes**")
    assert "from=" in page.url and "/runs/r0?" in page.url


def drawn(page):
    """The ends of what the chart over time shows, and the labels of its axis."""
    shape = page.locator("#over-time-plots .plot > svg").first.get_attribute("viewBox").split(" ")
    return [float(number) for number in shape[:3]], page.locator("#over-time-plots .x").inner_text()


def test_the_part_of_a_chart_in_view_is_in_the_address(recorded, open_page):
    page = open_page(recorded.url + "sessions/u/s/runs/r0")
    whole = drawn(page)
    box = page.locator("#over-time-plots .plot > svg").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * .3, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * .7, box["y"] + 50)
    page.mouse.up()
    (shape, labels), address = drawn(page), page.url
    assert shape[2] < whole[0][2] / 2 and "#zoom=2026-11-17T14:02:2" in address
    page.reload()
    for other in (page, open_page(address)):
        assert drawn(other) == (pytest.approx(shape, abs=.1), labels)
        assert other.locator("[data-reset]").is_visible()
    page.locator("[data-reset]").click()
    assert "#" not in page.url and drawn(page) == whole
