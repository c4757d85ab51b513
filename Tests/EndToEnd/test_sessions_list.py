"""The session list: the same filter for the command, the page and the API; and what one more frame costs the server."""
import datetime
import html
import json
import pathlib
import re
import urllib.parse

import harness
from test_index_command import large_log

COMMITS = {"one": "9f3c2a1bb0", "two": "77aa", "three": None}
SESSIONS = {
    ("ann", "one"): ("2026-11-20T10:00:00Z", ["pool", "postgres 16"], "http://localhost:8080/", 40),
    ("ann", "two"): ("2026-11-22T10:00:00Z", ["pool"], "http://localhost:9090/", 10),
    ("bob", "three"): ("2026-11-24T10:00:00Z", [], "http://localhost:8080/x", 90),
}


def record(tracker):
    for (user, session), (start, tags, target, value) in SESSIONS.items():
        ms = datetime.datetime.fromisoformat(start).timestamp() * 1_000
        events = [{"ts": ms, "event": "run_started", "run": "r", "target": target,
                   **({"commit": COMMITS[session], "test": "checkout"} if COMMITS[session] else {})}]
        events += [{"ts": ms + n, "metric": "http.latency_ms", "value": value + n, "run": "r"} for n in range(10)]
        events += [{"ts": ms + 20, "event": "tag", "tag": tag} for tag in tags]
        events.append({"ts": ms + 30, "event": "run_finished", "run": "r"})
        tracker.run("log", "--user", user, "--session", session,
                    text_input="".join(json.dumps(event) + "\n" for event in events))


def test_the_list_is_filtered_and_sorted(tracker):
    record(tracker)

    def names(*arguments):
        return [entry["session"] for entry in tracker.json("sessions", *arguments)]
    assert names() == ["three", "two", "one"]
    assert names("--user", "ann") == names("user:ANN") == ["two", "one"]
    assert names("--user", "Ann") == []
    assert names("--tag", "pool", "--target", "8080") == ["one"]
    assert names("--text", "POSTGRES") == ["one"]
    assert names("tag:pool", "9090") == ["two"]
    assert names("--since", "2026-11-21", "--until", "2026-11-23") == ["two"]
    assert names("p99>50ms") == ["three"] and names("errors>0") == names("is:failed") == []
    assert names("commit:9F3C") == names("commit:9f3c2a1bb0ffff") == ["one"] and names("commit:77a") == ["two"]
    assert names("test:checkout") == ["two", "one"] and names("worse") == []
    assert "did you mean tag:pool?" in tracker.run("sessions", "tga:pool").stderr
    assert names("--sort", "p99") == ["three", "one", "two"]
    assert names("--sort", "oldest") == ["one", "two", "three"]
    assert names("--sort", "p99", "--reverse") == ["two", "one", "three"]
    assert names("--sort", "name") == ["one", "three", "two"] == names("--sort", "name", "--reverse")[::-1]
    assert names("--reverse") == names("--sort", "oldest") and names("--sort", "oldest", "--reverse") == names()
    assert "no session of 3 matches" in tracker.run("sessions", "nowhere").stdout
    refused = tracker.run("sessions", "--since", "sometime", expect=(64,))
    assert "2026-11-25" in refused.stderr


def test_the_api_filters_as_the_page_does(tracker):
    record(tracker)
    server = tracker.serve()

    def found(query):
        path = "/api/sessions?" + urllib.parse.urlencode({"q": query})
        listed = [entry["session"] for entry in server.json(path)["sessions"]]
        page = server.get("/?" + urllib.parse.urlencode({"q": query}))[1].decode()
        assert re.findall(r'<th scope="row"><a href="/sessions/\w+/(\w+)"', page) == listed, query
        return listed
    harness.within(20, lambda: len(server.json("/api/sessions")["sessions"]) == 3, "all sessions are published")
    assert found("") == ["three", "two", "one"]
    assert found('tag:"postgres 16"') == ["one"]
    assert found("user:ann since:2026-11-21") == ["two"]
    assert found("commit:9f") == ["one"]
    doubted = server.json("/api/sessions?q=tga:pool+is:wors")["doubts"]
    assert ["did you mean tag:pool?" in doubted[0], "did you mean is:worse?" in doubted[1]] == [True, True], doubted
    page = server.get("/?q=tga:pool+is:wors")[1].decode()
    assert [html.escape(doubt) in page for doubt in doubted] == [True, True]
    assert server.json("/api/sessions")["doubts"] == []
    assert found("target:8080 until:2026-11-21T00:00:00Z") == ["one"]


def test_the_list_says_of_how_many_samples_its_percentiles_are(tracker):
    record(tracker)
    rows = tracker.run("sessions", "--wide").stdout.splitlines()
    assert re.search(r"PER SECOND +N +P50", rows[0])
    assert all(re.search(r"http\.latency_ms +\S+ +10 +~?\S+ +~", row) for row in rows[1:4]), rows
    server = tracker.serve()
    harness.within(20, lambda: len(server.json("/api/sessions")["sessions"]) == 3, "all sessions are published")
    page = server.get("/")[1].decode()
    assert '>n</a></th>' in page and page.count('<td class="n q lo">10</td>') == 3


def test_one_more_frame_costs_the_server_its_own_bytes(tracker):
    """By what the kernel counts as read, so that no clock is asked."""
    before = large_log(tracker, sessions=1)
    tracker.run("index")
    server = tracker.serve()
    folder = tracker.data / "log" / "u" / "s0"
    size = sum(path.stat().st_size for path in folder.iterdir())
    shared = folder / "shared.000001.jsonl"

    def events():
        return server.json("/api/sessions/u/s0")["events"]

    def bytes_read():
        return int(re.search(r"rchar: (\d+)", pathlib.Path("/proc/%d/io" % server.child.pid).read_text()).group(1))
    assert events() == before
    start = bytes_read()
    for number in range(10):
        with open(shared, "ab", buffering=0) as file:
            file.write(b'{"ts":1763899200000,"metric":"http.latency_ms","value":1}\n')
        harness.within(10, lambda wanted=before + number + 1: events() == wanted, "the event is published")
    read = bytes_read() - start
    print("measured: %d bytes read for ten frames behind %d" % (read, size))
    assert read < size / 4, (read, size)


def test_worse_is_beyond_what_earlier_sessions_vary_by(tracker):
    """Nine alike, one that is slower, one of another load; the command, the page and the API agree."""
    start = datetime.datetime.fromisoformat("2026-11-01T10:00:00Z").timestamp() * 1_000
    for day in range(12):
        slower, rate = (3 if day == 9 else 1), (50 if day == 11 else 10)
        at = start + day * 86_400_000
        events = [{"ts": at, "event": "run_started", "run": "r", "target": "api", "params": {"rate": rate}}]
        events += [{"ts": at + n, "metric": "http.latency_ms", "run": "r",
                    "value": (20 + day % 3 + n % 7) * slower * (4 if day == 11 else 1)} for n in range(1_000)]
        events.append({"ts": at + 2_000, "event": "run_finished", "run": "r", "state": "finished"})
        tracker.run("log", "--user", "ann", "--session", "day-%02d" % day,
                    text_input="".join(json.dumps(event) + "\n" for event in events))
    assert [row["session"] for row in tracker.json("sessions", "worse")] == ["day-09"]
    # Held against those before it: the slow one is among them, and widens what they vary by.
    assert tracker.json("sessions", "better") == []
    server = tracker.serve()
    harness.within(20, lambda: len(server.json("/api/sessions")["sessions"]) == 12, "all sessions are published")
    assert [row["session"] for row in server.json("/api/sessions?q=worse")["sessions"]] == ["day-09"]
    page = server.get("/?q=worse")[1].decode()
    assert re.findall(r'<th scope="row"><a href="/sessions/ann/([\w-]+)"', page) == ["day-09"]


def test_what_is_no_request_has_no_rate(tracker):
    lines = "".join(json.dumps({"ts": 1795651200000 + n * 100, "metric": "heap_bytes", "unit": "B", "value": 5e6 + n}) + "\n"
                    for n in range(50))
    tracker.run("log", "--session", "heap", text_input=lines)
    tracker.run("log", "--session", "web", text_input=lines.replace("heap_bytes", "latency_ms").replace('"B"', '"ms"'))
    head, *rows = tracker.run("sessions", "--wide", "--sort", "name").stdout.splitlines()
    place = head.index("PER SECOND")
    shown = {row.split()[0]: row[place:place + len("PER SECOND")].strip() for row in rows[:2]}
    assert shown["anonymous/heap"] == "-" and float(shown["anonymous/web"]) > 0
    assert [row["session"] for row in tracker.json("sessions", "rate>0")] == ["web"]
