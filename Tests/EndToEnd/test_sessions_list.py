"""The session list: the same filter for the command, the page and the API; and what one more frame costs the server."""
import datetime
import html
import json
import pathlib
import re
import time
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


def test_a_session_of_the_year_2099_is_not_the_newest_for_ever(tracker):
    """Page, interface and command have it where it was received."""
    record(tracker)
    for session, at in (("ahead", 4070908800000), ("micro", 1763899200000000), ("last", time.time() * 1000 + 60_000)):
        tracker.run("log", "--user", "ann", "--session", session, text_input="".join(
            json.dumps({"ts": at + n, "metric": "latency_ms", "value": 5}) + "\n" for n in range(3)))
    rows = tracker.json("sessions")
    names = [row["session"] for row in rows]
    assert names == ["last", "micro", "ahead", "three", "two", "one"]
    assert all(abs(row["first"] / 1000 - time.time()) < 600 for row in rows[:3]), rows
    assert [row["session"] for row in tracker.json("sessions", "until:2026-11-25")] == ["three", "two", "one"]
    server = tracker.serve()
    harness.within(20, lambda: len(server.json("/api/sessions")["sessions"]) == 6, "all sessions are published")
    assert [row["session"] for row in server.json("/api/sessions")["sessions"]] == names
    page = server.get("/?repeats=open")[1].decode()
    assert re.findall(r'<th scope="row"><a href="/sessions/[^/]+/([\w-]+)"', page) == names
    assert "2099" not in page.partition("<main")[2]


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


#: Of the sessions of the next test: user, metric, unit, factor of its values, tags, errors in 200, failed, damaged, archived.
MIXED = [
    ("ann", "http.latency_ms", "ms", 1, ["pool"], 0, False, False, False),
    ("ann", "http.latency_ms", "ms", 30, ["Pool", "postgres 16"], 3, True, False, False),
    ("bob", "db_time", "µs", 500, ['say "hi"'], 40, False, False, False),
    ("bob", "db_time", "s", 0.02, [], 0, False, True, False),
    ("eve", "heap_bytes", "B", 40_000, ["pool"], 0, False, False, False),
    ("eve", "disk_read", "MB/s", 2, ["-5 degrees"], 0, False, False, False),
    ("eve", "room", "°C", 0.4, [], 0, False, False, False),
    ("eve", "hit_ratio", "ratio", 0.005, ["postgres"], 0, True, False, False),
    ("zoe", "http.latency_ms", "ms", 2, [], 0, False, False, True),
]
BEGIN = 1_794_441_600_000  # 2026-11-12


def mixed(tracker):
    """Records them, one a day; returns what a filter may ask, by name."""
    sessions = {}
    for number, (user, metric, unit, factor, tags, errors, fails, damaged, archived) in enumerate(MIXED):
        name, at = "m%d" % number, BEGIN + number * 86_400_000
        values = [factor * (50 + (count * 37) % 101) for count in range(200)]
        if unit == "°C":
            values = [-value for value in values]
        events = [{"ts": at, "event": "run_started", "run": "r", "target": "http://localhost:80%02d/" % number,
                   "commit": "abc%d123456" % number}]
        events += [{"ts": at + count * 100, "run": "r", "metric": metric, "unit": unit, "value": value,
                    **({"ok": False} if count < errors else {})} for count, value in enumerate(values)]
        events += [{"ts": at, "event": "tag", "tag": tag} for tag in tags]
        events.append({"ts": at + 20_000, "event": "run_finished", "run": "r", **({"state": "failed"} if fails else {})})
        tracker.run("log", "--user", user, "--session", name, text_input="".join(json.dumps(event) + "\n" for event in events))
        if damaged:
            (tracker.data / "log" / user / name / "shared.000900.jsonl").write_text("nonsense\n")
        if archived:
            tracker.run("archive", "%s/%s" % (user, name))
        good = sorted(values[errors:])
        sessions[name] = dict(
            at=at, user=user, unit=unit, tags=[tag.lower() for tag in tags], errors=errors, failed=fails, damaged=damaged,
            archived=archived, p50=good[-(-len(good) // 2) - 1], p99=good[-(-len(good) * 99 // 100) - 1], number=number,
            latency=unit in ("ms", "µs", "s"))
    return sessions


#: In ms, bytes, bytes/s, degrees and percent.
SIZES = {"ms": ("t", 1), "µs": ("t", 1e-3), "s": ("t", 1e3), "B": ("b", 1), "MB": ("b", 1e6), "MB/s": ("r", 1e6), "°C": ("c", 1),
         "ratio": ("%", 100), "%": ("%", 1), "kB": ("b", 1e3), "kB/s": ("r", 1e3)}


def beyond(session, name, limit, unit):
    (kind, size), (own, factor) = SIZES[unit], SIZES[session["unit"]]
    return kind == own and session[name] * factor > limit * size


QUERIES = {
    "": lambda s: True, "pool": lambda s: "pool" in s["tags"], "tag:POOL": lambda s: "pool" in s["tags"],
    "-tag:pool": lambda s: "pool" not in s["tags"], "!tag:pool": lambda s: "pool" not in s["tags"],
    'tag:"postgres 16"': lambda s: "postgres 16" in s["tags"], "postgres": lambda s: any("postgres" in tag for tag in s["tags"]),
    '-tag:"postgres 16" postgres': lambda s: "postgres" in s["tags"], 'tag:"say ""hi"""': lambda s: 'say "hi"' in s["tags"],
    '"-5 degrees"': lambda s: "-5 degrees" in s["tags"], "tag:postgres": lambda s: "postgres" in s["tags"],
    "target:8003": lambda s: s["number"] == 3, "target:LOCALHOST": lambda s: True, "-target:8003": lambda s: s["number"] != 3,
    "user:ann": lambda s: s["user"] == "ann", "user:ANN -tag:pool": lambda s: False, "-user:eve": lambda s: s["user"] != "eve",
    "user:e": lambda s: False, "commit:abc4": lambda s: s["number"] == 4, "commit:ABC4123456789": lambda s: s["number"] == 4,
    "p99>20ms": lambda s: beyond(s, "p99", 20, "ms"), "P99>20MS": lambda s: beyond(s, "p99", 20, "ms"),
    "p99>1s": lambda s: beyond(s, "p99", 1, "s"), "p99>70000us": lambda s: beyond(s, "p99", 70_000, "µs"),
    "p99>70000µs": lambda s: beyond(s, "p99", 70_000, "µs"), "-p99>1s": lambda s: not beyond(s, "p99", 1, "s"),
    "p50>3MB": lambda s: beyond(s, "p50", 3, "MB"), "p50>3mb": lambda s: beyond(s, "p50", 3, "MB"),
    "p50>5MB": lambda s: beyond(s, "p50", 5, "MB"), "p50>3900kB": lambda s: beyond(s, "p50", 3_900, "kB"),
    "p50>190MB/s": lambda s: beyond(s, "p50", 190, "MB/s"), "p50>190000kb/s": lambda s: beyond(s, "p50", 190, "MB/s"),
    "p50>-41°C": lambda s: beyond(s, "p50", -41, "°C"), "p50>-39°c": lambda s: beyond(s, "p50", -39, "°C"),
    "p50>49%": lambda s: beyond(s, "p50", 49, "%"), "p50>0.6ratio": lambda s: beyond(s, "p50", 60, "%"),
    "p99<20ms": lambda s: s["latency"] and not beyond(s, "p99", 20, "ms"),
    "errors>0": lambda s: s["errors"] > 0, "errors=0": lambda s: s["errors"] == 0, "errors=3": lambda s: s["errors"] == 3,
    "errors>1%": lambda s: s["errors"] > 2, "errors>=20%": lambda s: s["errors"] >= 40, "-errors>0": lambda s: not s["errors"],
    "n>=200": lambda s: True, "n>200": lambda s: False, "runs=1": lambda s: True, "events<100": lambda s: False,
    "is:failed": lambda s: s["failed"], "-is:failed": lambda s: not s["failed"], "is:damaged": lambda s: s["damaged"],
    "IS:Damaged": lambda s: s["damaged"], "is:failed errors>0": lambda s: s["failed"] and s["errors"] > 0,
    "since:2026-11-15": lambda s: s["number"] >= 3, "until:2026-11-15": lambda s: s["number"] < 3,
    "since:2026-11-13 until:2026-11-15T00:00:01Z": lambda s: 1 <= s["number"] <= 3,
    "-since:2026-11-15": lambda s: s["number"] < 3, "since:2026-11-15T02:00:00+02:00": lambda s: s["number"] >= 3, "is:archived": lambda s: s["archived"],
    "worse": lambda s: False, "-worse": lambda s: True, "tga:pool": lambda s: False, "-is:archived": lambda s: not s["archived"],
}


def test_what_each_filter_finds_is_counted_by_hand(tracker):
    """The same sessions on the page, for a program and for the command, without those that are archived."""
    sessions = mixed(tracker)
    server = tracker.serve()
    harness.within(20, lambda: len(server.json("/api/sessions")["sessions"]) == len(sessions), "all sessions are published")
    problems = []
    for query, holds in QUERIES.items():
        wanted = sorted((name for name, one in sessions.items()
                         if holds(one) and (query == "is:archived" or not one["archived"])), reverse=True)
        answer = server.json("/api/v1/sessions?" + urllib.parse.urlencode({"q": query}))
        page = server.get("/?" + urllib.parse.urlencode({"q": query, "repeats": "open"}))[1].decode()
        shown = re.findall(r'<th scope="row"><a href="/sessions/\w+/(\w+)"', page)
        command = [row["session"] for row in tracker.json("sessions", "--query", query)]
        found = [row["session"] for row in answer["sessions"]]
        if not found == command == shown == wanted:
            problems.append("%s: %s, page %s, command %s, counted %s" % (query, found, shown, command, wanted))
    assert not problems, "\n".join(problems)
    words = [row["session"] for row in tracker.json("sessions", "!is:failed", "!is:archived")]
    assert words == [row["session"] for row in tracker.json("sessions", "--q", "-is:failed")] != []
    warned = tracker.run("sessions", "--query", 'p99>20msec -tga:x "open').stderr
    assert "no unit is called msec" in warned and "did you mean tag:x?" in warned and "no end" in warned, warned
