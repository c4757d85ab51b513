"""docs/schema.json: what each command prints with --json. A field that it does not have fails here."""
import http.server
import json
import random
import re
import subprocess
import threading

import jsonschema
import pytest

import harness
import test_mcp
from test_load import Target

SCHEMA = json.loads((harness.ROOT / "docs" / "schema.json").read_text())
START, DAY = test_mcp.START_MS, 86400000
COMMANDS = {name.replace(" ", "-"): name for name in (
    "sessions", "show", "compare", "why", "trend", "gate", "cat", "index", "fold", "merge", "verify", "repair",
    "selftest", "compact", "prune", "restore", "load", "demo play", "measure", "scrape", "ab", "doctor", "note", "tag", "untag", "rename",
    "archive", "unarchive", "left-out", "undo", "attach", "session start", "session current", "session end",
    "user list", "user release")}


def check(name, text):
    """Each line of `text` is what the schema of the command says."""
    schema = {"$ref": "#/$defs/" + name, "$defs": SCHEMA["$defs"], "$schema": SCHEMA["$schema"]}
    validator = jsonschema.Draft202012Validator(schema)
    values = [json.loads(line) for line in text.splitlines()]
    assert values, name
    for value in values:
        problems = sorted(validator.iter_errors(value), key=lambda problem: len(problem.path))
        assert not problems, "docs/schema.json, %s: at %s: %s" % (
            name, problems[0].json_path, problems[0].message[:500])
    return values


def subcommands(binary, *path):
    text = subprocess.run([binary, "help", *path], capture_output=True, text=True, timeout=20).stdout
    for name in re.findall(r"^  ([a-z][\w-]*)", text.partition("SUBCOMMANDS:")[2], re.M):
        if name == "help":
            continue
        found = subprocess.run([binary, "help", *path, name], capture_output=True, text=True, timeout=20).stdout
        if "SUBCOMMANDS:" in found:
            yield from subcommands(binary, *path, name)
        else:
            yield " ".join((*path, name)), found.partition("OPTIONS:")[2]


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def walk(node, path):
        if isinstance(node, dict):
            if "properties" in node:
                assert node.get("additionalProperties") is False, "%s takes fields that nobody described" % path
                assert set(node.get("required", [])) <= set(node["properties"]), path
            for key, part in node.items():
                walk(part, path + "/" + key)
        elif isinstance(node, list):
            for number, part in enumerate(node):
                walk(part, "%s/%d" % (path, number))
    walk(SCHEMA["$defs"], "")


def test_each_command_with_json_has_a_schema(binary):
    """Write its output into docs/schema.json, and a call of it into this file."""
    found = {name for name, options in subcommands(binary) if re.search(r"^  --json\b", options, re.M)}
    assert found == set(COMMANDS.values())
    described = {name.partition("#/$defs/")[2] for name in (part["$ref"] for part in SCHEMA["oneOf"])}
    assert described == set(COMMANDS) and described <= set(SCHEMA["$defs"])


class Outputs:
    """What every command prints, by the name of its schema."""

    def __init__(self, tracker):
        self.tracker, self.found = tracker, {}

    def keep(self, name, text):
        self.found.setdefault(name.replace(" ", "-"), []).append(text)
        return [json.loads(line) for line in text.splitlines()]

    def ask(self, name, *arguments, **named):
        words = name.split(" ")
        return self.keep(name, self.tracker.run(words[0], *words[1:], *arguments, "--json", **named).stdout)

    def ask_bare(self, name, *arguments):
        """A command that works on no data folder."""
        result = subprocess.run([self.tracker.binary, name, *arguments, "--json"], capture_output=True, text=True,
                                check=True, timeout=60)
        return self.keep(name, result.stdout)

    def log(self, session, lines):
        self.tracker.run("log", "--user", "u", "--session", session, text_input="".join(
            json.dumps(line) + "\n" for line in lines))


def record_sessions(found):
    dice = random.Random(5)
    for day, (session, named) in enumerate((
            ("old", {}), ("new", {"slower": 2.5}), ("one", {"runs": 1}), ("damaged", {"runs": 1}),
            ("gone", {"runs": 1}), *(("day-%d" % day, {"slower": 1 if day < 10 else 3, "runs": 2}) for day in range(5, 16)))):
        test_mcp.record(found.tracker, session, START + day * DAY, dice, **named)
    for day, session in enumerate(("reported-a", "reported-b")):
        lines = []
        for number in range(3):
            at, run = START + day * DAY + number * 60000, "r%d" % number
            summary = {"rps": 100.0 + number, "avg_latency_ms": 5 + day + number / 10, "total_requests": 1000,
                       "failed_requests": number, "error_rate": number / 10, "tool": "mine"}
            lines += [{"ts": at, "event": "run_started", "run": run, "target": "reports", "commit": "abc%d" % day},
                      {"ts": at + 9000, "event": "run_finished", "run": run, "state": "finished", "summary": summary}]
        found.log(session, lines)
    odd = [{"ts": START, "event": "run_started", "run": "r", "target": "odd", "params": {"a": [1, {"b": None}]},
            "environment": {"host": "h", "cores": 2, "git_dirty": True}},
           {"ts": START, "event": "session", "metrics": {"m": {"unit": "ms", "better": "higher", "kind": "duration"}}}]
    for n in range(40):
        odd += [{"ts": START + n * 500, "metric": "m", "value": n, "run": "r", "unit": "s" if n % 3 else "ms"},
                {"ts": START + n * 500, "metric": "http.latency_ms", "value": 5 + n % 7, "run": "r", "ok": n % 9 > 0},
                {"ts": START + n * 500, "metric": "t", "value": n - 20, "unit": "B" if n % 2 else "ms"}]
    found.log("odd", odd)
    # Lines of any program, without headers, in units and without one, and one that is no event.
    bare = [json.dumps({"ts": START + n, "metric": "size", "value": n, **({"unit": unit} if unit else {})})
            for unit in ("ms", "B", None) for n in range(9)]
    folder = found.tracker.data / "log" / "u" / "bare"
    folder.mkdir(parents=True)
    (folder / "shared.000001.jsonl").write_text("\n".join(bare + ["nonsense", ""]))


def damage(found):
    """A frame in the middle of a file is lost, and a line is none."""
    [path] = found.tracker.data.glob("log/u/damaged/*.zst")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    path.write_bytes(raw)
    (path.parent / "hand.000001.jsonl").write_text('{"metric":"x","value":1,"ts":%d}\nnonsense\n' % START)


def edit(found):
    ask = found.ask
    [note] = ask("note", "u/old#r1", "cache on", "--by", "ann")
    ask("undo", "u/old", note["id"])
    ask("note", "u/new", "kept")
    folded = found.tracker.folder / "folded"
    folded.write_text("main;serve 3\nmain 1\n")
    ask("attach", folded, "u/old#r1")
    ask("tag", "u/old", "x")
    ask("untag", "u/old", "x")
    ask("rename", "u/old", "Old")
    ask("archive", "u/one")
    ask("unarchive", "u/one")
    ask("left-out", "u/day-5#r0", "the backup ran")


def analyse(found):
    ask = found.ask
    ask("index")
    ask("index", "--rebuild")
    ask("sessions")
    for session in ("old", "new", "damaged", "reported-a", "odd", "bare", "day-5"):
        ask("show", "u/" + session)
        ask("show", "u/" + session, "--buckets")
    for a, b in (("u/old", "u/new"), ("u/old", "u/one"), ("u/old", "u/old"), ("u/reported-a", "u/reported-b"),
                 ("u/reported-a#r0", "u/reported-b"), ("u/damaged", "u/one"), ("u/odd", "u/odd")):
        ask("compare", a, b)
        ask("compare", a, b, "--run-noise", "2%", "--include-failures")
        ask("why", a, b)
    ask("compare", "--before", "u/day-5,u/day-6", "--after", "u/day-7")
    ask("compare", "u/odd", "u/odd", "--metric", "t")
    for panel in ("forest", "where", "curve", "aligned"):
        ask("compare", "u/old", "u/new", "--panel", panel)
    ask("trend", "api")
    ask("trend", "reports")
    values = "".join("%d\n" % (n % 3 + (20 if n > 30 else 0)) for n in range(60))
    found.keep("trend", subprocess.run(
        [found.tracker.binary, "trend", "--values", "--json"], input=values, capture_output=True, text=True,
        check=True, timeout=20).stdout)
    for limit in ("p95:+5%", "p95:+5ms", "p95<200ms", "errors:+0.1pp"):
        ask("gate", "--target", "api", "--against", "last", "--max", limit, expect=(0, 1, 3))
    ask("gate", "--target", "reports", "--against", "last", expect=(0, 1, 3))


def keep_files(found):
    ask, tracker = found.ask, found.tracker
    ask("cat", "u/old")
    ask("cat", "u/damaged", expect=(0, 1))
    ask("cat", "u/bare", expect=(0, 1))
    ask("verify", expect=(0, 1))
    ask("repair", expect=(0, 1))
    ask("repair", "--apply", expect=(0, 1))
    states = tracker.folder / "states"
    found.ask_bare("fold", "-o", str(states), *map(str, tracker.data.glob("log/u/new/*.zst")))
    ask("merge", str(states))
    ask("compact", "--quiet", "0", "--dry-run")
    ask("compact", "--quiet", "0")
    ask("prune", "--keep-size", "1G")
    ask("prune", "--keep-size", "1B", expect=(2,))
    ask("prune", "u/gone")
    ask("prune", "u/gone", "--apply")
    ask("restore")
    ask("restore", "u/gone")
    ask("selftest", "--seconds", "1", expect=(0, 1))


def record(found):
    ask = found.ask
    target = Target(found.tracker, "--median", "1ms", "--errors", "0.2")
    ask("load", target.url + "/", "--rate", "200", "--duration", "1s", "--new-session")
    ask("load", target.url + "/", "--connections", "2", "--requests", "20", "--new-session")
    ask("load", "http://127.0.0.1:1/", "--requests", "1", "--new-session", expect=(1,))
    ask("demo play", "--duration", "1s", "--runs", "1")
    # Words after `--` are the command's.
    measured = [found.tracker.binary, "measure", "--data", str(found.tracker.data), "--json", "--runs", "2"]
    for words in (["true"], ["sh", "-c", "exit 3"]):
        result = subprocess.run([*measured, "--ignore-failure", "--", *words], capture_output=True, text=True, timeout=60)
        found.keep("measure", result.stdout)
    scrape(found)
    experiment(found)
    ask("doctor", "--for", "300ms", expect=(0, 1))
    ask("session start")
    ask("session current")
    ask("session end")
    server = found.tracker.serve()
    assert server.post("/api/track", harness.track_body("claimed"), {"x-api-key": "k"})[0] == 200
    server.stop()
    ask("user list")
    ask("user list", "--all")
    ask("user release", "claimed")


def scrape(found):
    """A service whose page has a line that is none, and an address where there is none."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = b"jobs_total 7\nno line of metrics\nroom 1.5\n"
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        found.ask("scrape", "http://127.0.0.1:%d/" % service.server_port, "--every", "100ms", "--for", "300ms")
        service.shutdown()
    found.ask("scrape", "http://127.0.0.1:9/", "--every", "100ms", "--for", "200ms", expect=(2,))


def experiment(found):
    """One that ends before anything is settled, and one of a variant that is much slower."""
    env = harness.environment(TRACKER_DATA=str(found.tracker.data))
    for rounds, slower in ((2, "true"), (12, "sleep 0.1")):
        result = subprocess.run(
            [found.tracker.binary, "ab", "--command", "true", "--command", slower, "--rounds", str(rounds), "--json"],
            cwd=found.tracker.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env, timeout=60)
        assert result.returncode in (0, 1, 3), result.stderr
        found.keep("ab", result.stdout)


@pytest.fixture(scope="module")
def outputs(binary, tmp_path_factory):
    tracker = harness.Tracker(binary, tmp_path_factory.mktemp("schema"))
    found = Outputs(tracker)
    try:
        for step in (record_sessions, damage, edit, analyse, keep_files, record):
            step(found)
    finally:
        tracker.end()
    return found.found


@pytest.mark.parametrize("name", COMMANDS)
def test_what_it_prints_is_as_described(outputs, name):
    for text in outputs[name]:
        check(name, text)


def test_a_field_that_is_not_described_is_noticed(outputs):
    """Otherwise nothing above could fail."""
    for name, texts in outputs.items():
        value = json.loads(texts[0].splitlines()[0])
        row = value[0] if isinstance(value, list) else value
        row["a field that nobody described"] = 1
        with pytest.raises(AssertionError, match="docs/schema.json, %s: " % name):
            check(name, json.dumps(value))
