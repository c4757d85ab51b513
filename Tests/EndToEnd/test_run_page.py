"""The page of a run, a selected span and the heat map, in a real browser and without scripts."""
import random

import pytest
from axe_playwright_python.sync_playwright import Axe
from harness import AXE, LOOKS, within

SESSION = "sessions/u/s"
START = 1_794_924_131_000


def events(name, start, seconds, slow):
    yield {"ts": start, "event": "run_started", "run": name, "test": "load", "target": "http://localhost:3000/",
           "params": {"rate": 60}, "environment": {"cores": 8}}
    dice = random.Random(start)
    for number in range(seconds * 60):
        value = 3 * dice.lognormvariate(0, .4) * (8 if number // 60 in slow else 1)
        yield {"ts": start + number * 1000 // 60, "run": name, "metric": "http.latency_ms", "unit": "ms",
               "value": round(value, 3), "labels": {"route": "/%d" % (number % 3)}}
    yield {"ts": start + seconds * 1000, "event": "run_finished", "run": name, "state": "finished", "summary": {}}


@pytest.fixture
def recorded(tracker):
    import json
    lines = [json.dumps(event) for number in range(3)
             for event in events("r%d" % number, START + number * 60_000, 40, (20, 21))]
    tracker.run("log", "--user", "u", "--session", "s", text_input="\n".join(lines) + "\n")
    server = tracker.serve()
    within(10, lambda: [row for row in server.json("api/sessions")["sessions"] if row["events"] >= 7206],
           "the session is indexed")
    return server


def figure(page, name):
    return page.locator("#kpis > div", has=page.locator("dt", has_text=name)).first.inner_text()


def test_the_table_of_runs_leads_to_the_page_of_a_run(recorded, open_page):
    page = open_page(recorded.url + SESSION)
    page.locator("#runs-table a", has_text="r1").first.click()
    page.wait_for_url("**/sessions/u/s/runs/r1")
    assert page.title().startswith("r1, ") and page.locator("h1").inner_text().startswith("r1")
    assert page.locator("#conditions").count() == 1 and "2,400" in figure(page, "p50")
    page.locator("nav.pager a", has_text="r2").click()
    page.wait_for_url("**/runs/r2")


def test_what_is_not_there_is_said(recorded):
    for path, words in (("/runs/none", b"no such run"), ("?run=none", b"no such run"),
                        ("?metric=none", b"no such metric"), ("/runs/r1?metric=none", b"no such metric")):
        status, body = recorded.get(SESSION + path, headers={"Accept": "text/html"})
        assert status == 404 and words in body and b"/sessions/u/s" in body, path
    assert recorded.get("sessions/u/other/runs/r1")[0] == 404


def test_a_dragged_span_recomputes_the_page_and_is_in_its_address(recorded, open_page):
    page = open_page(recorded.url + SESSION + "/runs/r0")
    whole = figure(page, "p99")
    box = page.locator("#over-time-plots svg").first.bounding_box()
    for x, act in ((.6, page.mouse.down), (.9, page.mouse.up)):
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + 60)
        act()
    page.locator("[data-span]").click()
    page.wait_for_url("**from=*")
    assert figure(page, "p99") != whole
    assert "every number and chart is of this span" in page.locator("#span").inner_text()
    again = open_page(page.url)
    assert again.inner_text("#kpis") == page.inner_text("#kpis")
    again.locator("#span a", has_text="The whole time").click()
    again.wait_for_url("**/runs/r0")
    assert figure(again, "p99") == whole


def test_a_span_is_chosen_with_keys_alone(recorded, open_page):
    page = open_page(recorded.url + SESSION + "/runs/r0")
    page.locator("#over-time-plots").focus()
    for key in ["ArrowRight"] * 3 + ["Enter"] + ["ArrowRight"] * 12 + ["Enter", "Enter"]:
        page.keyboard.press(key)
    page.wait_for_url("**from=*")
    assert "every number and chart is of this span" in page.locator("#span").inner_text()


def test_a_percentile_of_a_wider_column_says_so(recorded, open_page):
    page = open_page(recorded.url + SESSION + "/runs/r0")
    text = page.inner_text("#over-time")
    assert "1 s usually has 60 samples. p90 needs 100: each of its points is over 2 s." in text
    assert "p99 needs 1,000: each of its points is over 17 s to 23 s." in text
    page.locator("#over-time-plots").focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    tip = page.locator(".tip").inner_text()
    assert "ms of 2 s, n 120" in tip and "ms of 17 s, n 1,020" in tip and tip.count(" of ") == 2, tip


def test_a_span_is_a_form_without_scripts(recorded, open_page):
    page = open_page(recorded.url + SESSION, java_script_enabled=False)
    page.locator("#span-form summary").click()
    page.locator("#span-form input[name=from]").fill("2026-11-17T14:02:15")
    page.locator("#span-form input[name=to]").fill("2026-11-17T14:02:25")
    page.locator("#span-form button").click()
    text = page.locator("#span").inner_text()
    assert "14:02:15 to 14:02:25" in text and "10 s: every number and chart is of this span" in text
    assert "600" in figure(page, "p50") and page.locator("#runs-table tbody tr").count() == 1


def test_a_click_into_the_heat_map_pins_a_column(recorded, open_page):
    page = open_page(recorded.url + SESSION)
    page.locator("#views a", has_text="Heat map").click()
    page.wait_for_url("**view=heat*")
    box = page.locator("#over-time-plots svg").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * .1, box["y"] + 100)
    page.wait_for_url("**at=*")
    page.wait_for_selector("#distribution :text('pinned column')")
    assert page.locator("path.pinned").count() == 1
    share = page.locator("#distribution header p").inner_text()
    page.reload()
    assert page.locator("#distribution header p").inner_text() == share
    plain = open_page(recorded.url + SESSION + "?view=heat", java_script_enabled=False)
    plain.locator("#over-time-data summary").click()
    plain.locator("#over-time-data a").nth(5).click()
    assert "pinned column" in plain.inner_text("#distribution")


@pytest.mark.parametrize("scheme, size", LOOKS)
def test_axe_finds_nothing_with_tables_open(recorded, open_page, scheme, size):
    for path in ("/runs/r1", "?view=heat&at=2026-11-17T14:02:20Z", "?from=2026-11-17T14:02:15"):
        page = open_page(recorded.url + SESSION + path, color_scheme=scheme,
                         viewport={"width": size[0], "height": size[1]})
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
        result = Axe().run(page, options=AXE)
        assert result.violations_count == 0, result.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


TOUCHING = """() => [...document.querySelectorAll('.x')].flatMap((axis) => {
  const boxes = [...axis.children].map((label) => label.getBoundingClientRect())
    .filter((box) => box.width > 0).sort((a, b) => a.left - b.left);
  return boxes.slice(1).filter((box, index) => box.left < boxes[index].right - 0.5)
    .map((box) => `${axis.closest('section')?.id} at ${box.left}`);
})"""


@pytest.mark.parametrize("width", (320, 390, 768, 1024, 1440, 2560))
def test_labels_of_axes_do_not_touch(recorded, open_page, width):
    for path in ("", "/runs/r0", "?from=2026-11-17T14:02:15&to=2026-11-17T14:02:18"):
        page = open_page(recorded.url + SESSION + path, viewport={"width": width, "height": 900})
        assert page.evaluate(TOUCHING) == []
        assert page.evaluate("document.querySelectorAll('#over-time .x span').length") > 0


def test_a_tap_shows_the_numbers_until_one_elsewhere(recorded, open_page):
    page = open_page(recorded.url + SESSION + "/runs/r0", viewport={"width": 390, "height": 844}, has_touch=True)
    chart = page.locator("#over-time-plots")
    chart.scroll_into_view_if_needed()
    chart.tap()
    tip = page.locator("#over-time-plots .tip")
    assert tip.is_visible() and "p99" in tip.inner_text()
    page.locator("#over-time h2").tap()
    assert not tip.is_visible()


#: Of a page of A4 within the margins of the browser, in CSS pixels.
PAPER = {"width": 717, "height": 1046}
CUT = """() => {
    const panels = [...document.querySelectorAll('.panel')];
    return [document.documentElement, ...panels.flatMap(panel => [...panel.querySelectorAll('td, th, dd, .spark')])]
        .filter(part => part === document.documentElement ? part.scrollWidth > innerWidth
            : part.getBoundingClientRect().right > part.closest('.panel').getBoundingClientRect().right + 1)
        .map(part => part.outerHTML.slice(0, 80));
}"""


def test_paper_has_one_column_with_every_number_and_nothing_cut(recorded, open_page):
    page = open_page(recorded.url + SESSION, viewport=PAPER)
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    assert page.locator("#runs-table th.lo").first.is_visible(), "columns that a phone leaves out"
    curve, distribution = (page.locator(panel).bounding_box() for panel in ("#curve", "#distribution"))
    assert distribution["y"] >= curve["y"] + curve["height"] and abs(curve["x"] - distribution["x"]) < 1
    page.emulate_media(media="screen")
    assert not page.locator("#runs-table th.lo").first.is_visible(), "on a screen as narrow the phone's rules hold"


def test_a_phone_says_which_number_is_a_and_which_is_b(recorded, open_page):
    page = open_page(recorded.url + "compare?a=u/s%23r0&b=u/s%23r1", viewport={"width": 390, "height": 844})
    names = [page.locator("#forest tbody tr").first.locator("td b").nth(place).evaluate(
        "element => getComputedStyle(element, '::before').content") for place in (0, 1)]
    assert names == ['"A "', '"B "']
