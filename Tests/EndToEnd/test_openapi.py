"""The interface for programs: what /api/openapi.json says of it is so, whatever is asked."""
import json
import pathlib
import re
import subprocess
import sys
import urllib.parse
import urllib.request

import jsonschema
import pytest

import harness
from harness import within
from test_list_page import record

#: Of what is sent, the schema says the shape and not each limit: its refusals are answers as described.
SENT = ("/api/v1/track", "/api/v1/events")
OF_SENT = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"


@pytest.fixture
def recorded(tracker):
    for day in range(5):
        record(tracker, "checkout-%d" % day, day, "checkout", 10 + day)
    record(tracker, "heap", 7, "soak", 3_000_000, metric="heap_bytes", unit="B")
    tracker.run("log", "--user", "ann", "--session", "reported", text_input="".join(json.dumps(line) + "\n" for line in (
        {"ts": 1794787200000, "event": "run_started", "run": "r", "target": "t"},
        {"ts": 1794787209000, "event": "run_finished", "run": "r", "summary": {"rps": 100.5, "total_requests": 10, "failed_requests": 1}})))
    server = tracker.serve()
    within(20, lambda: len(server.json("api/sessions")["sessions"]) == 7, "all sessions are published")
    return server


def validator(document, name):
    schema = {"$ref": "#/components/schemas/" + name, "components": document["components"]}
    return jsonschema.Draft202012Validator(schema)


def test_each_answer_is_as_the_document_says(recorded):
    document = recorded.json("api/openapi.json")
    assert recorded.json("api/v1/openapi.json") == document
    pair = "?a=ann/checkout-0&b=ann/checkout-4"
    recorded.post("api/v1/track", harness.track_body("bob", "latency_ms", 3))
    # What is asked twice below must not change between.
    harness.within(10, lambda: "bob" in str(recorded.json("api/sessions")), "the report is indexed")
    asked = {"/health": ["health"], "/api/v1/sessions": ["api/v1/sessions", "api/v1/sessions?q=worse&sort=p99", "api/v1/sessions?user=ann"],
             "/api/v1/sessions/{user}/{session}": ["api/v1/sessions/ann/" + name for name in ("checkout-0", "heap", "reported")],
             "/api/v1/sessions/by-folder/{user}/{session}": ["api/v1/sessions/by-folder/ann/heap"],
             "/api/v1/sessions/{user}/{session}/panels/{panel}": [
                 "api/v1/sessions/ann/%s/panels/%s" % (name, panel) for name in ("checkout-0", "heap", "reported")
                 for panel in ("figures", "over-time", "heat-map", "resources", "curve", "distribution", "runs", "routes", "labels",
                               "metrics", "reported")],
             "/api/v1/sessions/by-folder/{user}/{session}/panels/{panel}": [
                 "api/v1/sessions/by-folder/ann/heap/panels/runs"],
             "/api/v1/compare": ["api/v1/compare" + pair + panel for panel in ("", "&panel=forest", "&panel=where",
                                                                               "&panel=curve", "&panel=aligned")],
             "/api/v1/targets": ["api/v1/targets"], "/api/v1/storage": ["api/v1/storage"], "/api/v1/users": ["api/v1/users"],
             "/api/v1/trend": ["api/v1/trend?target=" + urllib.parse.quote("http://localhost:8080/", safe="")],
             "/api/v1/track/{user}": ["api/v1/track/ann", "api/v1/track/bob", "api/v1/track/nobody"]}
    described = {path for path, item in document["paths"].items() if "get" in item}
    tables = {path for path in described if path.endswith(("/csv", "/markdown"))}
    assert described - set(asked) - tables == {"/metrics", "/api/v1/live"}, "ask each of them here"
    for path, addresses in asked.items():
        answer = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        for address in addresses:
            problems = list(validator(document, answer.rsplit("/", 1)[1]).iter_errors(recorded.json(address)))
            assert not problems, (address, problems[0].json_path, problems[0].message[:300])
            if "/panels/" in address:
                continue
            old = address.replace("api/v1/sessions", "api/sessions").replace("api/v1/track", "api/track")
            if old == address:
                continue
            both = [recorded.json(one) for one in (address, old)]
            for one in both:
                one.pop("freshness", None)
            assert both[0] == both[1], address
    status, body = recorded.get("api/v1/sessions/ann/none")
    assert status == 404 and not list(validator(document, "http_error").iter_errors(json.loads(body)))


def test_values_are_those_of_the_command_line(tracker, recorded):
    rows = recorded.json("api/v1/sessions")["sessions"]
    for row in rows:
        assert row.pop("path").startswith("/sessions/")
    printed = tracker.json("sessions")
    for row in rows + printed:
        row.pop("folded_bytes"), row.pop("unread_bytes")
    assert rows == printed
    session = recorded.json("api/v1/sessions/ann/checkout-0")
    session.pop("freshness")
    assert session == tracker.json("show", "ann/checkout-0")


@pytest.mark.parametrize("sent", [False, True])
def test_schemathesis_finds_nothing(tracker, recorded, tmp_path, dice, sent):
    """What it makes up from the document: every path, with what fits the schema and what does not."""
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    (tmp_path / "hooks.py").write_text("""
import schemathesis
@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def lines(context, value):
    return value.encode(errors="replace") if isinstance(value, str) else repr(value).encode()
""")
    chosen = [word for path in SENT for word in ("--include-path" if sent else "--exclude-path", path)]
    # A stream of events has no end.
    chosen += ["--checks", OF_SENT] if sent else ["--exclude-path", "/api/v1/live"]
    done = subprocess.run(
        [str(program), "run", recorded.url + "api/openapi.json", *chosen, "--max-examples", "40", "--workers", "1",
         "--phases", "examples,coverage,fuzzing", "--seed", str(dice.randrange(1 << 31)), "--no-color"],
        capture_output=True, text=True, timeout=400, cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(tmp_path)})
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    selected, tested = (int(re.search(word + r": (\d+)", done.stdout)[1]) for word in ("Selected", "Tested"))
    assert selected == tested == (2 if sent else 20), done.stdout[-3000:]
    assert recorded.json("health")["status"] == "ok"


def test_users_are_those_of_the_page_of_the_command_and_of_the_list(tracker, recorded):
    recorded.post("api/v1/track", harness.track_body("Bob", "latency_ms", 3))
    tracker.run("archive", "ann/heap")
    within(20, lambda: {row["user"]: row["archived"] for row in recorded.json("api/v1/users")["users"]} == {
        "ann": 1, "Bob": 0}, "ann's session is archived")
    users = recorded.json("api/v1/users")["users"]
    page = recorded.get("users")[1].decode().replace("&amp;", "&")
    for user in users:
        rows = recorded.json("api/v1/sessions?user=" + user["user"])["sessions"]
        listed = [row for row in rows if not row["archived"]]
        assert {row["user"] for row in rows} == {user["user"]} and user["newest"] == listed[0]["session"]
        assert (user["sessions"], user["archived"]) == (len(listed), len(rows) - len(listed))
        assert user["runs"] == sum(row["runs"] for row in listed)
        assert user["last"] == max(row["last"] for row in rows)
        assert user["targets"] == sorted({target for row in listed for target in row["targets"]})
        assert user["path"] in page
        own = recorded.get(user["path"][1:])[1].decode()
        assert "Sessions of %s <small>%d of 8</small>" % (user["user"], len(listed)) in own
    for user in users:
        user.pop("path")
    assert tracker.json("user", "list", "--all") == users
    assert recorded.json("api/v1/sessions?user=bob")["sessions"] == []


def test_targets_and_storage_are_those_of_the_pages(tracker, recorded):
    rows = recorded.json("api/v1/sessions")["sessions"]
    targets = recorded.json("api/v1/targets")["targets"]
    assert {row["target"]: (row["sessions"], row["runs"]) for row in targets} == {
        target: (sum(target in row["targets"] for row in rows),
                 sum(row["runs"] for row in rows if target in row["targets"]))
        for row in rows for target in row["targets"]}
    page = recorded.get("targets")[1].decode()
    for row in targets:
        assert row["path"] in page.replace("&amp;", "&") and row["newest"] in rows
    storage = recorded.json("api/v1/storage")
    assert (storage["sessions"], storage["events"]) == (len(rows), sum(row["events"] for row in rows))
    assert storage["damaged"] == [] and storage["data_folder"] == str(tracker.data)
    assert storage["trash"] == {"sessions": 0, "files": 0, "bytes": 0}
    for address in ("targets", "storage", "users"):
        request = urllib.request.Request(recorded.url + "api/v1/" + address)
        with urllib.request.urlopen(request) as reply:
            tag = reply.headers["ETag"]
        assert recorded.get("api/v1/" + address, {"If-None-Match": tag}) == (304, b"")


def test_storage_has_the_digest_of_the_log_and_what_is_in_the_trash(tracker, recorded):
    within(60, lambda: recorded.json("api/v1/storage")["digest"], "all sessions are saved")
    digest = recorded.json("api/v1/storage")["digest"]
    assert digest == json.loads(tracker.run("index", "--json").stdout)["digest"]
    page = recorded.get("storage")[1].decode()
    assert digest in page and "Nothing is in the trash." in page
    tracker.run("prune", "ann/checkout-0", "--apply")
    after = recorded.json("api/v1/storage")["trash"]
    assert after["sessions"] == 1 and after["files"] >= 1 and after["bytes"] > 0
    assert "1 session, " in recorded.get("storage")[1].decode()
