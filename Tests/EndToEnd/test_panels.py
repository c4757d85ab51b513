"""Beside each panel: the same numbers as JSON, as CSV and as a command."""
import collections
import csv
import io
import json
import re
import shlex

import pytest
from harness import Server, within
from test_run_page import START, events

SESSION = "sessions/u/s"
#: A page, and the panels that it has links for.
STATES = {
    "": {"figures", "over-time", "curve", "distribution", "runs", "labels", "resources", "reported"},
    "/runs/r1": {"figures", "over-time", "curve", "distribution", "labels", "resources", "metrics", "reported"},
    "?metric=heap_bytes": {"figures", "over-time", "curve", "distribution", "runs", "reported"},
    "?metric=build_s": {"figures", "over-time", "runs", "reported"},
    "?view=heat": {"figures", "heat-map", "curve", "distribution", "runs", "labels", "resources", "reported"},
    "?view=heat&at=2026-11-17T14:02:21.500Z": {
        "figures", "heat-map", "curve", "distribution", "runs", "labels", "resources", "reported"},
    "?from=2026-11-17T14:02:15Z&to=2026-11-17T14:02:25Z": {
        "figures", "over-time", "curve", "distribution", "runs", "labels", "resources", "reported"},
    "?metric=checkout_ms": {
        "figures", "over-time", "curve", "distribution", "runs", "routes", "labels", "resources", "reported"},
    "/runs/r0?from=2026-11-17T14:02:15Z&to=2026-11-17T14:02:25Z": {
        "figures", "over-time", "curve", "distribution", "labels", "resources", "metrics", "reported"},
}
#: Tables of a page, and which columns of theirs are which of the panel's.
TABLES = {
    "over-time": ("#over-time-data table", {"p50": "p50", "p90": "p90", "p99": "p99", "Slowest": "max", "Count": "n",
                                            "Per second": "per second", "Errors": "errors"}),
    "distribution": ("#distribution-data table", {"From": "from", "To": "to", "Count": "n", "Share": "share"}),
    "runs": ("#runs-table table", {"p50": "p50", "p90": "p90", "p99": "p99", "p99.9": "p99.9", "Slowest": "max",
                                   "Per second": "per second", "Errors": "errors"}),
    "labels": ("#labels-table table", {"Count": "n", "Errors": "errors", "Errors %": "errors", "p50": "p50", "p95": "p95",
                                       "p99": "p99", "Slowest": "max", "Per second": "per second"}),
    "routes": ("#routes-table table", {"Count": "n", "Errors": "errors", "Errors %": "errors", "p50": "p50", "p95": "p95",
                                       "p99": "p99", "Slowest": "max", "Per second": "per second"}),
    "metrics": ("#metrics-table table", {"n": "n"}),
}


@pytest.fixture
def recorded(tracker):
    lines = [event for number in range(3) for event in events("r%d" % number, START + number * 60_000, 40, (20, 21))]
    for number in range(3):
        at, run = START + number * 60_000, "r%d" % number
        for second in range(40):
            lines += [{"ts": at + second * 1000, "run": run, "metric": name, "value": value, **unit} for name, value, unit in (
                ("heap_bytes", 3e9 + second * 1e6, {"unit": "B"}), ("target.cpu_percent", 40 + second % 9, {"unit": "%"}),
                ("target.resident_bytes", 5e7 + second, {"unit": "B"}))]
        # Routes with two statuses and one, in two regions.
        lines += [{"ts": at + count * 300, "run": run, "metric": "checkout_ms", "unit": "ms", "value": 5 + count % 9,
                   "labels": {"region": "eu" if count % 3 else "us", "route": "/%d" % (count % 2),
                              "status": "503" if count % 20 == 0 else "200"}} for count in range(130)]
        lines.append({"ts": at + 1, "run": run, "metric": "build_s", "value": 30 + number, "unit": "s"})
        lines.append({"ts": at + 2, "run": run, "metric": "http.latency_ms", "unit": "ms", "value": 9, "ok": False,
                      "labels": {"route": "/failing"}})
    finished = [line for line in lines if line.get("event") == "run_finished"]
    for line in finished:
        line["summary"] = {"avg_latency_ms": 3.25, "rps": 60.5}
    tracker.run("log", "--user", "u", "--session", "s", text_input="".join(json.dumps(line) + "\n" for line in lines))
    server = tracker.serve()
    within(10, lambda: [row for row in server.json("api/sessions")["sessions"] if row["events"] == len(lines)],
           "the session is indexed")
    return server


def rows_of(text):
    """The rows of a file of cells, each by the name of its column without unit."""
    names, *rows = csv.reader(io.StringIO(text))
    return names, rows


def is_rounded(shown, exact):
    """Whether a number of a page is the exact one, rounded to the digits that are shown."""
    number = re.match(r"[~−-]?[\d,]*\.?\d+", shown)
    if not number or exact == "":
        return not number and exact == ""
    digits = number[0].replace(",", "").replace("−", "-")
    step = 10.0 ** -len(digits.partition(".")[2])
    return abs(float(digits) - float(exact)) <= step * 0.5000001


def check_table(page, panel, names, rows):
    selector, columns = TABLES[panel]
    shown = page.eval_on_selector(
        selector, "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent.trim()))")
    heads, body = shown[0], [row for row in shown[1:] if not row[0].startswith("All ")]
    assert len(body) == len(rows), (panel, len(body), len(rows))
    checked = 0
    for at, head in enumerate(heads):
        if head not in columns:
            continue
        place = [re.sub(r" \(.*", "", name) for name in names].index(columns[head]) + (head == "Errors %")
        for cells, row in zip(body, rows):
            text, exact = cells[at], row[place]
            if text != "no data":
                assert is_rounded(text, exact), (panel, head, text, exact)
            checked += 1
    assert checked >= len(body), (panel, heads)


@pytest.mark.parametrize("state", STATES)
def test_each_panel_has_its_numbers_in_every_form(tracker, recorded, open_page, state):
    page = open_page(recorded.url + SESSION + state)
    found = set()
    for box in page.locator(".as").all():
        panel = box.get_attribute("id").removesuffix("-as")
        found.add(panel)
        links = {link.inner_text(): link.get_attribute("href") for link in box.locator("a").all()}
        answer = recorded.json(links["JSON"].lstrip("/"))
        status, body = recorded.get(links["CSV"].lstrip("/"))
        names, rows = rows_of(body.decode())
        assert status == 200 and answer["panel"] == panel
        assert names == [one["name"] + (" (%s)" % one["unit"] if one["unit"] else "") for one in answer["columns"]]
        cells = [["" if cell is None else cell if isinstance(cell, str) else float(cell) for cell in row]
                 for row in answer["rows"]]
        assert len(cells) == len(rows)
        for cell, text in zip((cell for row in cells for cell in row), (text for row in rows for text in row)):
            assert (float(text) if isinstance(cell, float) else text) == cell, (panel, cell, text)
        assert answer["rows"] or panel == "reported", panel
        program, *words = shlex.split(box.locator("code").text_content())
        assert program == "tracker" and words[-2:] == ["--data", str(tracker.data)]
        assert tracker.run(*words[:-2], "--csv").stdout == body.decode().replace("\r\n", "\n")
        assert tracker.json(*words[:-2]) == answer
        assert len(tracker.run(*words[:-2]).stdout.splitlines()) >= len(rows) + 1
        if panel in TABLES and page.locator(TABLES[panel][0]).count() and "heap" not in state:
            check_table(page, panel, names, rows)
        if panel == "figures" and "metric" not in state:
            figures = {part.locator("dt").inner_text(): part.locator("dd.v").inner_text()
                       for part in page.locator("#kpis > div").all()}
            by_name = {re.sub(r" \(.*", "", name): text for name, text in zip(names, rows[0]) if name != "errors"}
            for shown, name in (("Throughput", "per second"), ("p50", "p50"), ("p99", "p99"), ("p99.9", "p99.9"),
                                ("Errors", "errors")):
                assert is_rounded(figures[shown], by_name[name]), (shown, figures, by_name)
    assert found == STATES[state]


def test_a_span_of_time_has_its_own_share_of_each_set_of_labels(recorded, open_page):
    span = "?metric=checkout_ms&from=2026-11-17T14:02:15.250Z&to=2026-11-17T14:02:25Z"
    wanted = collections.Counter()
    values = []  # Of successes: percentiles are theirs.
    for count in range(130):
        if START + 4250 <= START + count * 300 < START + 14000:
            wanted["/%d" % (count % 2), "503" if count % 20 == 0 else "200"] += 1
            values += [5 + count % 9] if count % 20 else []
    answer = recorded.json("api/v1/%s/panels/routes%s" % (SESSION, span))
    place = [column["name"] for column in answer["columns"]].index("n")
    assert {(row[0], row[1]): row[place] for row in answer["rows"] if row[1] != "all"} == wanted
    figures = recorded.json("api/v1/%s/panels/figures%s" % (SESSION, span))
    named = dict(zip((column["name"] for column in figures["columns"]), figures["rows"][0]))
    assert named["n"] == sum(wanted.values())
    assert named["max"] == max(values)
    page = open_page(recorded.url + SESSION + span)
    assert "n = %d" % len(values) in page.inner_text("#kpis")
    assert page.inner_text("#span").startswith("Only 14:02:15 to 14:02:25 UTC, 9.8 s: every number and chart is of this span.")


def test_a_table_has_all_rows_and_no_formula(tracker, recorded):
    tracker.run("log", "--user", "u", "--session", "f", text_input=json.dumps(
        {"ts": START, "run": "=cmd()", "metric": "m", "value": 1}) + "\n")
    body = tracker.run("show", "u/f", "--panel", "runs", "--csv").stdout
    assert body.splitlines()[1].startswith("'=cmd(),")
    for panel in ("heat-map", "over-time"):
        names, rows = rows_of(recorded.get("api/v1/%s/panels/%s/csv" % (SESSION, panel))[1].decode())
        count = names.index("n")
        # Failures have no value in the heat map.
        assert sum(int(row[count]) for row in rows) == (7200 if panel == "heat-map" else 7203)


@pytest.mark.parametrize("query, status, words", [
    ("runs?run=none", 404, "no run"), ("runs?metric=none", 404, "no metric"), ("none", 404, "figures, over-time"),
    ("runs?metric=avg_latency_ms", 404, "reported"), ("distribution?at=2020-01-01T00:00:00Z", 404, "No column"),
    ("runs?from=noon", 404, "are times"), ("distribution?at=noon", 404, "are times"),
    ("runs?from=2026-11-17T14:02:25Z&to=2026-11-17T14:02:15Z", 404, "ends before"), ("runs?limit=1", 400, "limit")])
def test_what_is_not_there_is_said_and_not_replaced(tracker, recorded, query, status, words):
    panel, _, options = query.partition("?")
    for form in ("", "/csv"):
        got, body = recorded.get("api/v1/%s/panels/%s%s?%s" % (SESSION, panel, form, options))
        assert got == status and words in json.loads(body)["message"], body
    if "limit" in query:
        return
    given = [word for part in options.split("&") if part for word in ("--" + part.split("=")[0], part.split("=")[1])]
    failed = tracker.run("show", "u/s", "--panel", panel, *given, expect=(2, 64))
    assert words in failed.stderr, failed.stderr


def test_errors_of_a_route_are_opened_into_statuses(recorded, open_page):
    """The first table by labels; a route is the sum of its statuses, over all regions and runs."""
    page = open_page(recorded.url + SESSION + "?metric=checkout_ms")
    assert page.evaluate("[...document.querySelectorAll('#routes, #labels')].map(panel => panel.id)") == ["routes", "labels"]
    rows = page.eval_on_selector("#routes-table table", """table => [...table.tBodies[0].rows].map(row =>
        [row.cells[0].innerText.replace(/\\s+/g, ' ').trim(), row.cells[1].innerText, row.cells[2].innerText])""")
    assert rows == [["route /0", "195", "21"], ["status 200", "174", "0"], ["status 503", "21", "21"],
                    ["route /1 status 200", "195", "0"]]
    first = page.locator("#labels-table tbody th").first.inner_text().split()
    assert first[::2] == ["route", "status", "region"], first


def test_a_command_is_copied(recorded, open_page):
    page = open_page(recorded.url + SESSION + "/runs/r1", permissions=["clipboard-read", "clipboard-write"])
    box = page.locator("#curve-as")
    assert not box.locator("code").is_visible()
    box.locator("summary").click()
    box.locator("button").click()
    box.locator("button", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == box.locator("code").text_content()
    plain = open_page(recorded.url + SESSION, java_script_enabled=False)
    plain.locator("#runs-as summary").click()
    assert "tracker show u/s --panel runs --data " in plain.locator("#runs-as code").inner_text()
    assert not plain.locator("#runs-as button").is_visible()
    with plain.expect_download() as download:
        plain.locator("#runs-as a", has_text="CSV").click()
    assert download.value.suggested_filename == "runs.csv"


def test_commands_name_the_folder_as_it_is_found_from_anywhere(tracker):
    tracker.run("log", "--user", "u", "--session", "s", text_input='{"ts":1763899200000,"metric":"a_ms","value":1}\n')
    server = Server(tracker, tracker.start_bare("serve", "--port", "0", "--data", "data"))
    within(10, lambda: server.json("api/sessions")["sessions"], "the session is indexed")
    for page in ("storage", SESSION):
        assert str(tracker.data) in server.get(page)[1].decode(), page


def test_no_panel_that_is_not_here(recorded):
    """Every panel is in a state above."""
    known = set().union(*STATES.values())
    described = recorded.json("api/openapi.json")["components"]["schemas"]["panel"]["properties"]["panel"]["enum"]
    assert known == set(described)


def check_shape(tracker, server, page, panel, box):
    """The numbers of a chart of a comparison: the same in every form, and those of the table below it."""
    links = {link.inner_text(): link.get_attribute("href")[1:] for link in box.locator("a").all()}
    answer = server.json(links["JSON"])
    names, rows = rows_of(server.get(links["CSV"])[1].decode())
    words = shlex.split(box.locator("code").text_content())[1:-2]
    assert answer["panel"] == panel and words[-2:] == ["--panel", panel]
    assert (answer["a"], answer["b"]) == ("u/before", "u/after")
    assert tracker.run(*words, "--csv").stdout == server.get(links["CSV"])[1].decode().replace("\r\n", "\n")
    assert len(tracker.run(*words).stdout.splitlines()) >= len(rows) + 1
    assert names == [one["name"] + (" (%s)" % one["unit"] if one["unit"] else "") for one in answer["columns"]]
    assert [[float(cell) if cell.replace(".", "").isdigit() else cell for cell in row] for row in rows] == answer["rows"]
    shown = page.eval_on_selector(
        "#%s-data table" % panel, "table => [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent.trim()))")
    if panel == "aligned":
        assert len(shown) == len(rows) and {row[0] for row in rows} == {"A", "B"}
        assert all(is_rounded(cells[3], row[3]) and is_rounded(cells[4], row[4]) for cells, row in zip(shown, rows))
        return
    exact = {float(row[0]): row for row in rows}
    assert len(shown) == 6
    for cells in shown:
        row = exact[float(cells[0])]
        assert all(is_rounded(text.split(" ")[0], value) for text, value in zip(cells[1:], row[1:3])), (cells, row)


def test_a_change_of_a_trend_has_its_numbers(tracker, open_page):
    for day in range(16):
        lines = list(events("r", START - (20 - day) * 86_400_000, 20, ()))
        for line in lines:
            if "value" in line:
                line["value"] *= 3 if day >= 8 else 1 + day % 3 / 100
        tracker.run("log", "--user", "u", "--session", "d%02d" % day, text_input="".join(
            json.dumps(line) + "\n" for line in lines))
    server = tracker.serve()
    within(20, lambda: len(server.json("api/sessions")["sessions"]) == 16, "all sessions are published")
    page = open_page(server.url + "trends?target=http%3A%2F%2Flocalhost%3A3000%2F")
    links = {link.inner_text(): link.get_attribute("href")[1:] for link in page.locator("#changes-as a").all()}
    trend = server.json(links["JSON"])
    names, rows = rows_of(server.get(links["CSV"])[1].decode())
    assert len(rows) == len(trend["changes"]) > 0
    for row, change in zip(rows, trend["changes"]):
        row = dict(zip(names, row))
        assert float(row["before"]) == change["before"]["mean"] and float(row["after"]) == change["after"]["mean"]
        assert float(row["p"]) == change["p"] and row["first after"] == change["first_after"]["run"]
        assert (row["change (%)"] == "") == (change["change"] is None)
    status, body = server.get("api/v1/trend/csv?target=http%3A%2F%2Flocalhost%3A3000%2F&panel=none")
    assert status == 404 and "runs, changes" in json.loads(body)["message"]


def test_the_tables_of_a_comparison_and_a_trend(tracker, open_page):
    for day, (session, slower) in enumerate((("before", 1), ("again", 1), ("after", 1.5))):
        lines = [line for number in range(3)
                 for line in events("r%d" % number, START + day * 86_400_000 + number * 60_000, 40, ())]
        for line in lines:
            if line.get("labels") == {"route": "/0"}:
                line["value"] *= slower
        tracker.run("log", "--user", "u", "--session", session, text_input="".join(json.dumps(line) + "\n" for line in lines))
    server = tracker.serve()
    within(20, lambda: len(server.json("api/sessions")["sessions"]) == 3, "all sessions are published")
    page = open_page(server.url + "compare?a=u%2Fbefore&b=u%2Fafter")
    boxes = {box.get_attribute("id"): box for box in page.locator(".as").all()}
    assert set(boxes) == {"forest-as", "where-as", "curve-as", "aligned-as"}
    for box in boxes.values():
        program, *words = shlex.split(box.locator("code").text_content())
        assert words[-2:] == ["--data", str(tracker.data)]
        assert server.json(box.locator("a", has_text="JSON").get_attribute("href")[1:]) == tracker.json(*words[:-2])

    def table(box):
        names, rows = rows_of(server.get(box.locator("a", has_text="CSV").get_attribute("href")[1:])[1].decode())
        return [dict(zip(names, row)) for row in rows]
    answer = tracker.json("compare", "u/before", "u/after")
    changes, shown = table(boxes["forest-as"]), page.locator("#forest-table tbody tr").all()
    assert len(changes) == len(answer["rows"]) == len(shown) >= 7
    for change, row, line in zip(changes, answer["rows"], shown):
        assert [float(change[name]) for name in ("A", "B")] == [row["a"], row["b"]]
        factor = 1 if change["unit of change"] == "pp" else 100
        assert float(change["change"]) == pytest.approx(row["difference"] * factor)
        assert [float(change[end]) for end in ("low", "high")] == pytest.approx([row[end] * factor for end in ("low", "high")])
        cells = [cell.inner_text() for cell in line.locator("td b").all()]
        assert is_rounded(cells[0], change["A"]) and is_rounded(cells[1], change["B"])
        assert change["verdict"].lower() in line.inner_text().lower()
    parts, shown = table(boxes["where-as"]), page.locator("#where-table tbody tr").all()
    assert len(parts) == len(shown) == 3
    for part, line in zip(parts, shown):
        assert part["part"] in line.inner_text()
        cells = [cell.inner_text() for cell in line.locator("td b").all()]
        assert is_rounded(cells[0], part["mean of A (ms)"]) and is_rounded(cells[1], part["mean of B (ms)"])
    for form in ("", "/csv"):
        status, body = server.get("api/v1/compare%s?a=u%%2Fbefore&b=u%%2Fafter&panel=none" % form)
        assert status == 404 and "forest, where, curve, aligned" in json.loads(body)["message"]
    failed = tracker.run("compare", "u/before", "u/after", "--panel", "none", expect=(64,)).stderr
    assert "give forest, where, curve, aligned" in failed
    assert "--csv needs --panel" in tracker.run("compare", "u/before", "u/after", "--csv", expect=(64,)).stderr
    for panel in ("curve", "aligned"):
        check_shape(tracker, server, page, panel, boxes[panel + "-as"])

    page = open_page(server.url + "trends?target=http%3A%2F%2Flocalhost%3A3000%2F")
    boxes = {box.get_attribute("id"): box for box in page.locator(".as").all()}
    assert set(boxes) == {"trend-as", "runs-as"} | ({"changes-as"} if page.locator("#changes").count() else set())
    assert table(boxes["trend-as"]) == table(boxes["runs-as"])
    box = page.locator("#runs-as")
    program, *words = shlex.split(box.locator("code").text_content())
    trend = server.json(box.locator("a", has_text="JSON").get_attribute("href")[1:])
    assert {**tracker.json(*words[:-2]), "changes": trend["changes"]} == trend
    runs, shown = table(box), page.locator("#runs-table tbody tr").all()
    assert len(runs) == len(trend["runs"]) == len(shown) == 9
    name = page.locator("#runs-table thead th").last.text_content()
    for run, line in zip(runs, reversed(shown)):
        assert run["run"] in line.inner_text() and is_rounded(line.locator("td").last.inner_text(), run[name + " (ms)"])
