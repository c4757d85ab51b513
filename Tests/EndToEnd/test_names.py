"""Names are bytes: every command and every route with names that look alike, or alike once decoded.

A command or a route that is not in the walk fails the test."""
import hashlib
import html
import http.server
import json
import re
import subprocess
import threading
import urllib.parse

from prometheus_client.parser import text_string_to_metric_families as parse_metrics

import harness

COMPOSED, DECOMPOSED = "\u00fc", "u\u0308"
#: Canonically equal, differing in case, equal once more decoded, or special in a path or a query.
NAMES = [COMPOSED, DECOMPOSED, "A", "a", "%41", "%2541", "a%2Fb", "a/b", "a+b", "a b", "a%20b", "+", " ", "..",
         "K", "\u212a", "by-folder", "a\tb", "a,b", "a?b=c&d", "a;b", "~1"]
#: Of runs, metrics, labels, tags, targets, params.
PAIR = [COMPOSED, DECOMPOSED]
TS = 1763899200000


def line(**members):
    return json.dumps({"ts": TS, **members}, ensure_ascii=False) + "\n"


def samples(count, **members):
    return "".join(line(metric="m", value=1, **members) for _ in range(count))


def lines_of_pairs():
    """One session in which everything that has a name comes in both spellings: once, and twice."""
    text = ""
    for times, name in enumerate(PAIR, 1):
        text += line(event="run_started", run=name, target=name, commit="abcdef" + name,
                     params={name: name, "x": name, **({COMPOSED: "1", DECOMPOSED: "2"} if times == 1 else {})})
        text += line(event="tag", tag=name) + line(event="note", text=name, run=name)
        text += line(event="run_finished", run=name, summary={name: times})
        for _ in range(times):
            text += line(metric="latency_ms", value=times, unit="ms", run=name, labels={name: name})
            text += line(metric=name, value=times, unit=name, run=name)
            text += line(metric="both", value=1, run=name, labels={COMPOSED: "1", DECOMPOSED: "2"})
    # The tag's other spelling stays when this one goes.
    return text + line(event="tag", tag=COMPOSED + "x") + line(event="tag", tag=DECOMPOSED + "x") + json.dumps(
        {"ts": TS + 1, "event": "untag", "tag": COMPOSED + "x"}) + "\n"


class Walk:
    """A data folder in which the n-th name has n + 1 events: as a session of `u`, and as a user of `s`."""

    def __init__(self, tracker):
        self.tracker = tracker
        self.sessions = {}
        for count, name in enumerate(NAMES, 1):
            self.add("u", name, samples(count))
            self.add(name, "s", samples(count))
        self.add("pairs", "p", lines_of_pairs())

    def add(self, user, session, text):
        self.tracker.run("log", "--user", user, "--session", session, text_input=text)
        self.sessions[user, session] = self.sessions.get((user, session), 0) + text.count("\n")

    def counted(self):
        """The sessions with one name each, and their events."""
        return [(key, count) for key, count in self.sessions.items() if key[0] != "pairs"]

    def names(self):
        return [("/".join(key), count) for key, count in self.counted()]


def events(rows):
    return {(row["user"], row["session"]): row["events"] for row in rows}


# The commands

def walk_log(walk):
    for (user, session), _ in walk.counted():
        walk.add(user, session, samples(1))
    assert events(walk.tracker.json("sessions")) == walk.sessions


def walk_index(walk):
    for words in ((), ("--rebuild",)):
        walk.tracker.run("index", *words)
        assert events(walk.tracker.json("sessions")) == walk.sessions


def walk_sessions(walk):
    for user in NAMES:
        found = walk.tracker.json("sessions", "--user", user)
        assert events(found) == {(user, "s"): walk.sessions[user, "s"]}, user
    assert walk.tracker.json("sessions", "--user", "pairs")[0]["tags"] == sorted(
        [*PAIR, DECOMPOSED + "x"], key=str.encode)


def walk_export_and_report(walk):
    for name, count in walk.names():
        exported = walk.tracker.run("export", name, "--format", "ndjson").stdout
        assert len(exported.splitlines()) == count, name
        page = walk.tracker.run("report", name).stdout
        assert "all %d events" % count in page, name
    table = walk.tracker.run("export", "pairs/p", "--format", "csv").stdout.split("\n")
    assert all("label." + name in table[0].split(",") for name in PAIR)
    for times, name in enumerate(PAIR, 1):
        own = walk.tracker.run("export", "pairs/p#" + name, "--format", "csv").stdout.split("\n")
        assert len(own) == 3 * times + 2, name


def walk_show(walk):
    for name, count in walk.names():
        assert walk.tracker.json("show", name)["events"] == count, name
    for (user, session), count in walk.counted():
        assert walk.tracker.json("show", session, "--user", user)["events"] == count, (user, session)
    found = walk.tracker.json("show", "pairs/p")
    assert sorted(run["run"] for run in found["runs"]) == sorted(PAIR)
    for run in found["runs"]:
        times = PAIR.index(run["run"]) + 1
        assert {one["metric"]: one["count"] for one in run["series"]} == {
            "latency_ms": times, run["run"]: times, "both": times}
        labels = {one["metric"]: one["labels"] for one in run["series"]}
        assert labels["latency_ms"] == {run["run"]: run["run"]}
        assert labels["both"] == {COMPOSED: "1", DECOMPOSED: "2"}


def walk_cat(walk):
    for name, count in walk.names():
        assert walk.tracker.run("cat", name).stdout.count("\n") == count, name


def walk_verify(walk):
    for name, count in walk.names():
        found = walk.tracker.json("verify", name)
        assert "/".join(found["sessions"][0][part] for part in ("user", "session")) == name
        assert len(found["sessions"]) == 1 and found["total"]["events"] == count, name


def walk_repair(walk):
    for name, _ in walk.names():
        found = walk.tracker.json("repair", name)
        assert found["sessions"] == [], name


def walk_compact(walk):
    for name, _ in walk.names():
        found = walk.tracker.json("compact", name, "--dry-run", "--quiet", "0")
        text = json.dumps(found, ensure_ascii=False)
        assert len(found["sessions"]) <= 1, text
        for row in found["sessions"]:
            assert row["user"] + "/" + row["session"] == name


def walk_prune_and_restore(walk):
    for name, count in walk.names():
        taken = walk.tracker.json("prune", name, "--apply")["taken"]
        assert [(row["user"] + "/" + row["session"], row["events"]) for row in taken] == [(name, count)]
        left = events(walk.tracker.json("sessions"))
        assert left == {key: many for key, many in walk.sessions.items() if "/".join(key) != name}
        back = walk.tracker.json("restore", name)["sessions"]
        assert [row["user"] + "/" + row["session"] for row in back] == [name]
        assert events(walk.tracker.json("sessions")) == walk.sessions


def walk_fold_and_merge(walk):
    log = walk.tracker.data / "log"
    segments = sorted(str(path) for path in log.glob("*/*/*"))
    state = str(walk.tracker.folder / "all.state")
    walk.tracker.start_bare("fold", *segments, "-o", state).wait(60)
    found = walk.tracker.json("merge", state)["sessions"]
    assert events(found) == walk.sessions


def walk_baseline(walk):
    for run in PAIR:
        walk.tracker.run("baseline", "pairs/p#" + run)
        walk.sessions["pairs", "p"] += 1
        assert walk.tracker.run("baseline", "--target", run).stdout == "pairs/p#%s\n" % run


def walk_edits(walk):
    """Tags, names, authors, ids and runs that look alike are told apart; everything is taken back."""
    def edit(*arguments):
        walk.sessions["pairs", "p"] += 1
        return walk.tracker.json(*arguments)["id"]

    def shown():
        return walk.tracker.json("show", "pairs/p")

    before = shown()
    tags = [name + "y" for name in PAIR]
    first, second = (edit("tag", "pairs/p", tag, "--by", tag) for tag in tags)
    assert set(shown()["tags"]) == {*before["tags"], *tags}
    by = {one["id"]: one["by"] for one in shown()["edits"]}
    assert [by[first], by[second]] == tags
    untag = edit("untag", "pairs/p", tags[0])
    assert set(shown()["tags"]) == {*before["tags"], tags[1]}
    ids = [first, second, untag]
    for run in PAIR:
        ids.append(edit("note", "pairs/p#" + run, run))
        assert shown()["notes"][-1]["run"] == shown()["notes"][-1]["text"] == run
        ids.append(edit("rename", "pairs/p", run))
        assert shown()["name"] == run
        folded = walk.tracker.folder / "folded"
        folded.write_text("main;%s 3\n" % run)
        ids.append(edit("attach", folded, "pairs/p#" + run))
        assert shown()["edits"][-1]["run"] == run and shown()["edits"][-1]["event"] == "profile"
        ids.append(edit("left-out", "pairs/p#" + run, "x"))
        assert [one["run"] for one in shown()["runs"] if one["left_out"]] == [run]
        edit("left-out", "pairs/p#" + run, "--take-in")
    edit("archive", "pairs/p")
    edit("unarchive", "pairs/p")
    for one in ids:
        edit("undo", "pairs/p", one)
    after = shown()
    for key in ("name", "tags", "notes", "archived", "first", "last", "runs"):
        assert after[key] == before[key], key


def walk_compare(walk):
    for before, after in (PAIR, PAIR[::-1]):
        found = walk.tracker.json("compare", "pairs/p#" + before, "pairs/p#" + after, "--metric", "latency_ms")
        means = {row["statistic"]: (row["a"], row["b"]) for row in found["rows"]}
        assert means["mean"] == (PAIR.index(before) + 1, PAIR.index(after) + 1)
        differing = {row["name"] for row in found["differences"]}
        assert {"commit", "target", "x", *PAIR} <= differing
        failed = walk.tracker.run(
            "compare", "pairs/p#" + before, "pairs/p#" + after, "--metric", before, expect=(1, 2))
        assert "sample" in failed.stderr


def walk_why(walk):
    for before, after in (PAIR, PAIR[::-1]):
        found = walk.tracker.json("why", "pairs/p#" + before, "pairs/p#" + after, "--metric", "latency_ms")
        assert (found["a"], found["b"]) == ("pairs/p#" + before, "pairs/p#" + after)
        assert {"commit", "target", "x", *PAIR} <= {row["name"] for row in found["differences"]}


def walk_mcp(walk):
    calls = [("initialize", {"protocolVersion": "2025-11-25"})] + [
        ("tools/call", {"name": "show_session", "arguments": {"session": name}}) for name, _ in walk.names()]
    text = "".join(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n"
                   for number, (method, params) in enumerate(calls))
    answers = list(map(json.loads, walk.tracker.run("mcp", text_input=text).stdout.splitlines()))
    for (name, count), answer in zip(walk.names(), answers[1:], strict=True):
        # Each session of the walk has as many samples of one metric as events.
        assert "; n=%d, errors=0" % count in answer["result"]["content"][0]["text"], name


def walk_trend(walk):
    for target in PAIR:
        found = walk.tracker.json("trend", target)
        assert [run["run"] for run in found["runs"]] == ["pairs/p#" + target]
        found = walk.tracker.json("trend", target, "--metric", target)
        assert [run["n"] for run in found["runs"]] == [PAIR.index(target) + 1]
        walk.tracker.run("trend", target, "--metric", PAIR[1 - PAIR.index(target)], expect=(2,))


def walk_gate(walk):
    for target in PAIR:
        # Its only run is the baseline, so there is none to judge: not the run of the other spelling.
        result = walk.tracker.run("gate", "--target", target, "--against", "baseline", "--max", "p50=5%", expect=(2, 3, 4))
        assert "pairs/p#" not in result.stdout


def walk_session(walk):
    ids = {user: walk.tracker.run("session", "start", "--user", user).stdout.strip() for user in NAMES}
    assert len(set(ids.values())) == len(NAMES)
    for user, session in ids.items():
        walk.sessions[user, session] = 1
        assert walk.tracker.run("session", "current", "--user", user).stdout.strip() == session
    for user in NAMES:
        walk.tracker.run("session", "end", "--user", user)
        walk.tracker.run("session", "current", "--user", user, expect=(1,))
        del ids[user]
        for other, session in ids.items():
            assert walk.tracker.run("session", "current", "--user", other).stdout.strip() == session


def walk_load_and_demo(walk):
    target = walk.tracker.start_bare("demo", "target", "--port", "0", "--errors", "0")
    url = target.reader.next(harness.START_SECONDS).split()[2]
    for user in PAIR:
        for tag in PAIR:
            found = json.loads(walk.tracker.run(
                "load", url, "--requests", "3", "--user", user, "--tag", tag, "--target-name", user,
                "--no-watch", "--json").stdout)
            key = user + "/" + found["session_id"]
            shown = walk.tracker.json("show", key)
            walk.sessions[user, found["session_id"]] = shown["events"]
            assert shown["tags"] == [tag] and shown["runs"][0]["target"] == user
        found = walk.tracker.run("doctor", url, "--for", "50ms", "--user", user, "--json", expect=(0, 1)).stdout
        key = json.loads(found)["noise"]["session"]
        shown = walk.tracker.json("show", key)
        walk.sessions[user, key.split("/", 1)[1]] = shown["events"]
        assert shown["tags"] == ["doctor"] and shown["runs"][0]["target"] == url
    found = walk.tracker.run("demo", "--user", DECOMPOSED, "--runs", "1", "--duration", "1s", "--json").stdout
    session = json.loads(found)["session_id"]
    walk.sessions[DECOMPOSED, session] = walk.tracker.json("show", DECOMPOSED + "/" + session)["events"]


def walk_import_and_measure(walk):
    results = walk.tracker.folder / "results.csv"
    results.write_text("response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
                       "0.1,0,0,0,0.1,0,200,0\n")
    for user in PAIR:
        walk.tracker.run("import", str(results), "--user", user, "--target", user)
        # Words after `--` are the command's.
        walk.tracker.run("measure", "--user", user, "--data", str(walk.tracker.data), "--target-name", user, "--tag",
                         user, "--", "true")
        found = [key for key in events(walk.tracker.json("sessions")) if key[0] == user and key not in walk.sessions]
        assert len(found) == 2
        for key in found:
            shown = walk.tracker.json("show", "/".join(key))
            assert [run["target"] for run in shown["runs"]] == [user]
            walk.sessions[key] = shown["events"]


def walk_scrape(walk):
    """Names of metrics and labels, and the target's, as a service exposes them."""
    page = "".join('{"%s","%s"="%s"} 1\n' % (name, name, name) for name in PAIR).encode()

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    for user in PAIR:
        walk.tracker.run("scrape", "http://127.0.0.1:%d/" % service.server_port, "--for", "1ms", "--user", user,
                         "--target-name", user)
        [key] = [key for key in events(walk.tracker.json("sessions")) if key[0] == user and key not in walk.sessions]
        shown = walk.tracker.json("show", "/".join(key))
        assert [run["target"] for run in shown["runs"]] == [user]
        assert sorted((one["metric"], one["labels"]) for one in shown["runs"][0]["series"]) == sorted(
            (name, {name: name}) for name in PAIR)
        walk.sessions[key] = shown["events"]
    service.shutdown()
    service.server_close()


def walk_ab(walk):
    for user in PAIR:
        walk.tracker.run("ab", "--user", user, "--name", user, "--command", f"true '{user}'", "--command", "true",
                         "--rounds", "1", expect=(3,))
        [key] = [key for key in events(walk.tracker.json("sessions")) if key[0] == user and key not in walk.sessions]
        shown = walk.tracker.json("show", "/".join(key))
        assert {run["params"]["ab"]["name"] for run in shown["runs"]} == {f"true '{user}'", "true"}
        walk.sessions[key] = shown["events"]


def walk_user(walk):
    server, users = walk.tracker.serve(), ["of " + name for name in PAIR]
    for _ in range(2):
        for user in users:
            # The first one that is sent claims the name.
            for key in sorted(PAIR, key=lambda one: not user.endswith(one)):
                status, _ = server.post("/api/track", harness.track_body(user), {"x-api-key": key.encode().hex()})
                assert status == (200 if user.endswith(key) else 403), (user, key)
    server.stop()
    for row in walk.tracker.json("sessions"):
        walk.sessions.setdefault((row["user"], row["session"]), row["events"])
    assert {row["user"] for row in walk.tracker.json("user", "list", "--all")} == {user for user, _ in walk.sessions}
    for left in (users, users[1:]):
        assert [row["user"] for row in walk.tracker.json("user", "list")] == sorted(left, key=folder_name)
        assert walk.tracker.json("user", "release", left[0])["user"] == left[0]


def walk_serve(walk):
    server = walk.tracker.serve()
    served = {pattern for patterns, check in ROUTES.items() for pattern in check(walk, server) or (patterns,)}
    assert served == set(patterns_in_source())
    server.stop()


COMMANDS = {
    ("log",): walk_log, ("index",): walk_index, ("sessions",): walk_sessions, ("show",): walk_show,
    ("cat",): walk_cat, ("verify",): walk_verify, ("repair",): walk_repair, ("compact",): walk_compact,
    ("prune", "restore"): walk_prune_and_restore, ("fold", "merge"): walk_fold_and_merge,
    ("baseline",): walk_baseline, ("why",): walk_why, ("mcp",): walk_mcp,
    ("note", "tag", "untag", "rename", "archive", "unarchive", "left-out", "undo", "attach"): walk_edits, ("compare",): walk_compare, ("trend",): walk_trend, ("gate",): walk_gate,
    ("session",): walk_session, ("user",): walk_user, ("load", "demo", "doctor"): walk_load_and_demo,
    ("export", "report"): walk_export_and_report, ("ab",): walk_ab,
    ("import", "measure"): walk_import_and_measure, ("scrape",): walk_scrape, ("serve",): walk_serve,
}
#: They take no name of the log.
NAMELESS = {"selftest", "help"}


def commands_in_help(tracker):
    text = subprocess.run([tracker.binary, "help"], capture_output=True, text=True, check=True, timeout=20).stdout
    return set(re.findall(r"^  ([a-z-]+)  ", text[text.index("SUBCOMMANDS:"):], re.M)) - NAMELESS


def test_every_command(tracker):
    assert commands_in_help(tracker) == {name for names in COMMANDS for name in names}
    walk = Walk(tracker)
    for names, check in COMMANDS.items():
        print(names)
        check(walk)


# The routes

def patterns_in_source():
    folder = harness.ROOT / "Sources" / "TrackerWeb" / "Routes"
    return {pattern for path in folder.glob("*.swift")
            for pattern in re.findall(r'pattern:\s*"([^"]*)"', path.read_text())}


def quoted(name):
    return urllib.parse.quote(name, safe="")


def fits_path(name):
    """Browsers take `..` for a step up; control characters are refused."""
    return name not in (".", "..") and not re.search(r"[\x00-\x1f\x7f-\x9f]", name)


def folder_name(name):
    return re.sub(rb"[^a-z0-9_.-]|^[.-]", lambda at: b"%%%02x" % at[0][0], name.encode()).decode()


def addresses(key):
    return [part + "/".join(map(how, key)) for part, how in (
        ("/", quoted), ("/by-folder/", lambda name: quoted(folder_name(name))))
        if how is not quoted or all(map(fits_path, key))]


def route_list(walk, server):
    _, body = server.get("/")
    links = set(re.findall(r'href="(/sessions/[^"]*)"', body.decode()))
    assert len(links) == len(walk.sessions)
    counts = []
    for link in links:
        status, page = server.get(link)
        assert status == 200, link
        counts.append(events_on(page))
    assert sorted(counts) == sorted(walk.sessions.values())
    for user in NAMES:
        found = events(server.json("/api/sessions?q=" + quoted('user:"%s"' % user))["sessions"])
        assert (user, "s") in found or user in (" ", "..", "a\tb"), (user, found)
    return ["/"]


def events_on(page):
    return int(re.search(r"([\d,]+) events counted", page.decode())[1].replace(",", ""))


def route_page(walk, server):
    for key, count in walk.sessions.items():
        for address in addresses(key):
            status, page = server.get("/sessions" + address)
            assert status == 200 and events_on(page) == count, address
    for name in PAIR:
        _, page = server.get("/sessions/pairs/p?metric=" + quoted(name))
        assert page.decode().count(">%s<" % name) and 'aria-current="true"' in page.decode()
        _, page = server.get("/sessions/pairs/p?run=%s&metric=latency_ms" % quoted(name))
        assert 'class="on"' in page.decode()
    return ["/sessions/{user}/{session}", "/sessions/by-folder/{user}/{session}"]


def route_run(walk, server):
    """Each link to a run leads to it: in a path, or in the query where no path can hold its name."""
    seen = set()
    for key in walk.sessions:
        for address in addresses(key):
            _, page = server.get("/sessions" + address)
            links = set(re.findall(r'<th scope="row"><a href="(/sessions/[^"]*(?:/runs/|[?]run=)[^"]*)"', page.decode()))
            for link in links:
                assert server.get(link.replace("&amp;", "&"))[0] == 200, link
            seen |= {"by-folder" in link for link in links if "/runs/" in link}
    assert seen, "no run has a page of its own"
    return ["/sessions/{user}/{session}/runs/{run}", "/sessions/by-folder/{user}/{session}/runs/{run}"]


def route_catalog(walk, server):
    rows = server.json("/api/sessions")["sessions"]
    assert events(rows) == walk.sessions
    for row in rows:
        status, page = server.get(row["path"])
        assert status == 200 and events_on(page) == row["events"], row["path"]
    return ["/api/sessions"]


def route_summary(walk, server):
    for key, count in walk.sessions.items():
        for address in addresses(key):
            found = server.json("/api/sessions" + address)
            assert (found["user"], found["session"], found["events"]) == (*key, count), address
    return ["/api/sessions/{user}/{session}", "/api/sessions/by-folder/{user}/{session}"]


def route_panels(walk, server):
    for key, _ in walk.counted():
        for address in addresses(key):
            path = "/api/v1/sessions%s/panels/figures" % address
            found = server.json(path)
            whole = server.json("/api/sessions" + address)
            counts = [one["count"] for run in whole["runs"] for one in run["series"] if one["metric"] == found["metric"]]
            assert (found["user"], found["session"]) == key and sum(row[0] for row in found["rows"]) == sum(counts), address
            assert server.get(path + "/csv")[0] == 200
            text = server.get("/api/v1/sessions%s/report/markdown" % address)[1].decode()
            assert text == walk.tracker.run("report", "/".join(key), "--markdown").stdout, address
    for times, name in enumerate(PAIR, 1):
        for query in ("run=%s&metric=latency_ms" % quoted(name), "metric=" + quoted(name)):
            assert server.json("/api/v1/sessions/pairs/p/panels/figures?" + query)["rows"][0][0] == times, query
    place = "/api/v1/sessions%s/{user}/{session}/panels/{panel}"
    return [place % folder + form for folder in ("", "/by-folder") for form in ("", "/csv")] + [
        "/api/v1/sessions%s/{user}/{session}/report/markdown" % folder for folder in ("", "/by-folder")]


def route_track(walk, server):
    for times, user in enumerate(filter(fits_path, NAMES), 1):
        for name in PAIR:
            body = harness.track_body(user, name, times, target_url=name)
            assert server.post("/api/track", body)[0] == 200
    for times, user in enumerate(filter(fits_path, NAMES), 1):
        found = server.json("/api/track/" + quoted(user))
        reported = {target: {session: [run["value"] for run in runs] for session, runs in sessions.items()}
                    for target, sessions in found.items() if target in PAIR}
        for name in PAIR:
            assert reported[name][name] == [times], (user, reported)
    return ["/api/track/{user}"]


def route_otlp(walk, server):
    users = [name for name in NAMES if name != ".."]
    for times, user in enumerate(users, 1):
        for name in PAIR:
            resource = {"attributes": [{"key": "tracker." + key, "value": {"stringValue": value}} for key, value in (
                ("user", user), ("session", name), ("run", name))]}
            points = [{"asInt": str(times), "timeUnixNano": str(TS * 10 ** 6 + times)}]
            span = {"kind": 2, "startTimeUnixNano": str(TS * 10 ** 6), "endTimeUnixNano": str((TS + times) * 10 ** 6)}
            assert server.post("/v1/metrics", {"resourceMetrics": [{"resource": resource, "scopeMetrics": [
                {"metrics": [{"name": name, "gauge": {"dataPoints": points}}]}]}]}) == (200, b"{}")
            assert server.post("/v1/traces", {"resourceSpans": [{"resource": resource, "scopeSpans": [
                {"spans": [span]}]}]}) == (200, b"{}")
    assert server.post("/v1/logs", {})[0] == 404
    resource = {"attributes": [{"key": "tracker.user", "value": {"stringValue": ".."}}]}
    assert server.post("/v1/metrics", {"resourceMetrics": [{"resource": resource, "scopeMetrics": [
        {"metrics": [{"name": "m", "gauge": {"dataPoints": points}}]}]}]})[0] == 400
    for times, user in enumerate(users, 1):
        for name in PAIR:
            found = server.json("/api/sessions/by-folder/%s/%s" % (quoted(folder_name(user)), quoted(folder_name(name))))
            run, = (run for run in found["runs"] if run["run"] == name)
            assert {one["metric"]: one["sum"] for one in run["series"]} == {name: times, "server.latency_ms": times}
    return ["/v1/metrics", "/v1/traces", "/v1/logs"]


def route_nameless(walk, server):
    assert server.json("/health")["sessions"] == len(walk.sessions)
    assert server.get("/favicon.ico")[0] == 204
    _, body = server.get("/")
    asset = re.search(r'"(/assets/[^"]*)"', body.decode())[1]
    assert server.get(asset)[0] == 200
    assert server.get(asset.rsplit("/", 1)[0] + "/" + quoted(COMPOSED))[0] == 404
    return ["/health", "/favicon.ico", "/assets/{hash}/{name}", "/api/live", "/login"]


def route_answers(walk, server):
    for before, after in (PAIR, PAIR[::-1]):
        groups = ["pairs/p#" + before, "pairs/p#" + after]
        query = "?a=%s&b=%s&metric=latency_ms" % tuple(map(quoted, groups))
        found = server.json("/api/v1/compare" + query)
        assert found == walk.tracker.json("compare", *groups, "--metric", "latency_ms")
        assert server.get("/api/v1/compare/csv" + query)[0] == 200
        assert server.get("/api/v1/compare/markdown" + query)[1].decode() == walk.tracker.run(
            "report", *groups, "--markdown", "--metric", "latency_ms").stdout
        status, page = server.get("/compare" + query)
        assert status == 200 and all(group in html.unescape(page.decode()) for group in groups)
    listed = html.unescape(server.get("/targets")[1].decode())
    for target in PAIR:
        query = "?target=" + quoted(target)
        assert server.json("/api/v1/trend" + query) == walk.tracker.json("trend", target)
        assert target in server.get("/api/v1/trend/csv" + query)[1].decode()
        status, page = server.get("/trends" + query)
        assert status == 200 and target in html.unescape(page.decode())
        assert "/trends" + query in listed
    assert server.get("/storage")[0] == 200
    assert {row["target"] for row in server.json("/api/v1/targets")["targets"]} >= set(PAIR)
    assert server.json("/api/v1/storage")["sessions"] == len(walk.sessions)
    found = {(row["user"], row["sessions"] + row["archived"]) for row in server.json("/api/v1/users")["users"]}
    owners = [user for user, _ in walk.sessions]
    assert found == {(user, owners.count(user)) for user in owners}
    named = html.unescape(server.get("/users")[1].decode())
    for user in PAIR:
        assert "/?user=" + quoted(user) in named or user not in owners
        rows = server.json("/api/v1/sessions?user=" + quoted(user))["sessions"]
        assert len(rows) == owners.count(user) and all(row["user"] == user for row in rows)
    return ["/users", "/api/v1/users", "/api/v1/compare", "/api/v1/compare/csv", "/api/v1/compare/markdown", "/api/v1/trend/csv", "/compare", "/targets", "/api/v1/trend", "/trends", "/storage", "/api/v1/targets", "/api/v1/storage"]


def route_edits(walk, server):
    """Each name that looks like another gets a note of its own."""
    for user, session in (("u", name) for name in PAIR):
        for address in addresses((user, session)):
            before = server.json("/api/sessions" + address)["events"]
            form = urllib.parse.urlencode({"kind": "note", "text": session}).encode()
            status, _ = server.post("/edits" + address, form, {
                "Content-Type": "application/x-www-form-urlencoded", "Origin": server.url.rstrip("/")})
            assert status == 200
            found = server.json("/api/sessions" + address)
            assert (found["events"], found["notes"][-1]["text"]) == (before + 1, session)
            walk.sessions[user, session] += 1
    return ["/edits/{user}/{session}", "/edits/by-folder/{user}/{session}"]


def route_metrics(walk, server):
    families = {family.name: family for family in parse_metrics(server.get("/metrics")[1].decode())}
    assert families["tracker_sessions"].samples[0].value == len(walk.sessions)
    shown = {sample.labels["target"] for sample in families["tracker_run_info"].samples}
    cut = families["tracker_targets_left_out"].samples[0].value
    assert len(shown) + cut == families["tracker_targets"].samples[0].value and shown
    return ["/metrics"]


def route_events(walk, server):
    text = samples(1)
    for user, session in (("u", name) for name in NAMES if name != ".."):
        status, _ = server.post("/api/events?user=%s&session=%s" % (quoted(user), quoted(session)), text.encode(),
                                {"Content-Type": "application/x-ndjson"})
        assert status == 200, session
        walk.sessions[user, session] += 1
    for user, session in walk.sessions:
        count = server.json("/api/sessions/by-folder/" + quoted(folder_name(user)) + "/" + quoted(folder_name(session)))
        assert count["events"] == walk.sessions[user, session], (user, session)
    return ["/api/events"]


#: The reports come last: they add sessions.
def route_profiles(walk, server):
    """A profile is shown below the session that has it, and below no other one."""
    folded = walk.tracker.folder / "folded"
    folded.write_text("main;serve 3\nmain 1\n")
    name = hashlib.sha256(folded.read_bytes()).hexdigest()
    for session, other in (PAIR, PAIR[::-1]):
        edit = walk.tracker.json("attach", folded, "u/" + session)
        walk.sessions["u", session] += 1
        for address in addresses(("u", session)):
            path = "/sessions%s/profiles/%s" % (address, name)
            harness.within(10, lambda: server.get(path)[0] == 200, "an attached profile is shown")
            assert b"in serve itself" in server.get(path)[1]
            assert server.get("/sessions%s/profiles/%s" % (address, "0" * 64))[0] == 404
        if session == PAIR[0]:
            assert server.get("/sessions/u/%s/profiles/%s" % (quoted(other), name))[0] == 404
        assert edit["profile"] == name
    return ["/sessions/{user}/{session}/profiles/{hash}", "/sessions/by-folder/{user}/{session}/profiles/{hash}"]


ROUTES = {"profiles": route_profiles, "metrics": route_metrics, "run": route_run, "edits": route_edits, "answers": route_answers, "list": route_list, "page": route_page, "catalog": route_catalog, "summary": route_summary, "panels": route_panels,
          "nameless": route_nameless, "events": route_events, "track": route_track, "otlp": route_otlp}
