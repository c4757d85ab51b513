"""Pages of metrics that are no latency, and of few values, in a real browser."""
import itertools
import json
import math

import pytest
from axe_playwright_python.sync_playwright import Axe
from harness import within

SESSION = "sessions/local_dev_user/20261123-161500-0a1b2c3d"
METRICS = ("room.temperature", "heap_bytes", "cache.hit_ratio", "build_seconds")


@pytest.fixture
def recorded(tracker, server, client_environment):
    from local_tracker_client import SessionLog
    with SessionLog(session="20261123-161500-0a1b2c3d", user="local_dev_user") as log:
        for name in ("one", "two"):
            with log.run(test=name) as run:
                for number in range(120):
                    run.sample("room.temperature", 21 + math.sin(number / 9), unit="°C")
                    run.sample("heap_bytes", 3.3e9 + number * 1e6, unit="B")
                    run.sample("cache.hit_ratio", 0.9 + number / 2000, unit="ratio")
                for value in (31.5, 29.25, 34):
                    run.sample("build_seconds", value, unit="s")
    within(5, lambda: [row for row in server.json("api/sessions")["sessions"] if row["events"] >= 726],
           "the session is indexed")
    return server


def test_a_gauge_has_no_words_of_a_load_test(recorded, open_page):
    text = open_page(recorded.url + SESSION + "?metric=room.temperature").inner_text("main")
    for word in ("Throughput", "Slowest", "requests", "Errors"):
        assert word not in text, word
    assert "Lowest" in text and "°C" in text


def test_few_values_have_their_numbers(recorded, open_page):
    page = open_page(recorded.url + SESSION + "?metric=build_seconds")
    shown = page.locator("#over-time .num").all_inner_texts()
    assert {"31.5 s", "34.0 s"} <= set(shown)
    assert page.locator("#values-table tbody tr").count() == 6
    assert "p99" not in page.inner_text("#kpis")
    # With the script or without, each dot leads to its run.
    page.locator("#over-time a.dotlink").first.click()
    assert page.locator("#values-table tbody tr").count() == 3


def test_the_mark_beside_few_values_is_the_median_of_the_figures(tracker, server, open_page):
    lines = "".join(json.dumps({"ts": 1_763_899_200_000 + at * 1000, "run": "r", "metric": "build_s", "unit": "s", "value": value,
                                **more}) + "\n" for at, (value, more) in enumerate(
        [(1, {}), (5, {}), (9, {"ok": False}), (10, {"ok": False})]))
    tracker.run("log", "--user", "u", "--session", "s", text_input=lines)
    within(5, lambda: server.json("api/sessions")["sessions"], "the session is indexed")
    page = open_page(server.url + "sessions/u/s")
    assert page.locator("#kpis > div", has_text="Median").locator("dd.v").inner_text().startswith("1.00")
    marks = page.eval_on_selector_all("#values-table .mark", "all => all.map(mark => mark.getBBox().x)")
    assert marks == [100] * 4, marks


def test_the_tip_of_a_gauge_has_its_unit(recorded, open_page):
    page = open_page(recorded.url + SESSION + "?metric=room.temperature")
    page.locator("#over-time-plots").focus()
    page.keyboard.press("ArrowRight")
    tip = page.locator(".tip").inner_text()
    assert "Mean" in tip and tip.count("°C") == 3, tip


@pytest.mark.parametrize("scheme, size", list(
    itertools.product(("light", "dark"), ((1440, 900), (390, 844)))))
def test_axe_finds_nothing_with_tables_open(recorded, open_page, scheme, size):
    for metric in METRICS:
        page = open_page(recorded.url + SESSION + "?metric=" + metric, color_scheme=scheme,
                         viewport={"width": size[0], "height": size[1]})
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
        result = Axe().run(page, options={
            "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
        assert result.violations_count == 0, result.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_long_list_of_metrics_is_searched(tracker, server, client_environment, open_page):
    from local_tracker_client import SessionLog
    with SessionLog(session="many", user="u") as log, log.run(test="scrape") as run:
        for number in range(60):
            run.sample("service.metric_%02d" % number, number)
    within(5, lambda: server.json("api/sessions")["sessions"], "the session is indexed")
    page = open_page(server.url + "sessions/u/many")
    assert page.locator("nav[aria-label=Metric] a").count() == 10
    page.locator("#more-metrics summary").click()
    page.locator("#find").fill("_5")
    shown = page.locator("#metrics-found a:visible").all_inner_texts()
    assert shown and all("_5" in name for name in shown)
    plain = open_page(server.url + "sessions/u/many", java_script_enabled=False)
    plain.locator("#more-metrics summary").click()
    plain.locator("#find").fill("metric_57")
    plain.locator("#more-metrics button").click()
    assert plain.locator("#metrics-found a").all_inner_texts() == ["service.metric_57"]
