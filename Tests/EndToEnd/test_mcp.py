"""tracker mcp, asked by the real client of the protocol, and by lines that no client sends."""
import asyncio
import concurrent.futures
import json
import random
import signal

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

import harness

START_MS = 1763899200000
ANSWER_BYTES = 2000
TOOLS = {"list_sessions", "show_session", "compare", "trend", "gate", "log_note", "run_load"}
HELLO = {"jsonrpc": "2.0", "id": 0, "method": "initialize",
         "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}}


def record(tracker, session, start_ms, dice, slower=1.0, runs=3, routes=8):
    """Runs of 20 seconds; the times of one route are `slower` times as long."""
    lines = []
    for number in range(runs):
        at, run = start_ms + number * 60000, "r%d" % number
        lines.append({"ts": at, "event": "run_started", "run": run, "target": "api", "params": {"rate": 60}})
        for n in range(1200):
            route = dice.randrange(routes)
            value = (5 + route) * dice.lognormvariate(0, 0.2) * (slower if route == 3 else 1)
            lines.append({"ts": at + n * 1000 / 60, "metric": "latency_ms", "unit": "ms", "value": round(value, 4),
                          "run": run, "labels": {"route": "/r%d" % route, "status": "200"}})
        lines.append({"ts": at + 20000, "event": "run_finished", "run": run, "state": "finished"})
    tracker.run("log", "--user", "u", "--session", session, text_input="".join(json.dumps(line) + "\n" for line in lines))


@pytest.fixture
def recorded(tracker):
    # Always the same, because verdicts are asked for.
    dice = random.Random(3)
    record(tracker, "old", START_MS, dice)
    record(tracker, "new", START_MS + 86400000, dice, slower=2.5)
    record(tracker, "one", START_MS + 2 * 86400000, dice, runs=1)
    return tracker


def talk(tracker, conversation):
    """Runs `conversation(session, initialized)` with the real client."""
    parameters = StdioServerParameters(
        command=tracker.binary, args=["mcp", "--data", str(tracker.data), "--user", "u"],
        cwd=str(tracker.folder), env=harness.environment())

    async def main():
        with open(tracker.folder / "mcp.log", "a") as log:
            async with stdio_client(parameters, errlog=log) as streams, ClientSession(*streams) as session:
                return await conversation(session, await session.initialize())
    # In a thread of its own: the browser of other tests leaves its event loop running in this one.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(main(), 60)).result()


def text_of(result, fails=False):
    [content] = result.content
    assert content.type == "text" and len(content.text.encode()) <= ANSWER_BYTES
    assert bool(result.is_error) == fails, content.text
    return content.text


def test_the_real_client_is_answered(recorded):
    async def conversation(session, hello):
        assert (hello.server_info.name, hello.protocol_version) == ("tracker", "2025-11-25")
        await session.send_ping()
        listed = (await session.list_tools()).tools
        assert {tool.name for tool in listed} == TOOLS
        assert {tool.name for tool in listed if not tool.annotations.read_only_hint} == {"log_note", "run_load"}
        asked = {}
        for tool, arguments in (
                ("list_sessions", {}), ("list_sessions", {"query": "n>2000", "limit": 1}),
                ("show_session", {"session": "u/new"}), ("compare", {"a": "u/old", "b": "u/new"}),
                ("compare", {"a": "u/old", "b": "u/one"}), ("trend", {"target": "api"}),
                ("gate", {"target": "api", "against": "last", "max": ["p95:+5%"]})):
            text = text_of(await session.call_tool(tool, arguments))
            asked[tool, json.dumps(arguments)] = text
        gone = text_of(await session.call_tool("compare", {"a": "u/old", "b": "u/none"}), fails=True)
        return (*asked.values(), gone)
    sessions, one, shown, worse, open_, trend, gate, gone = talk(recorded, conversation)
    assert sessions.startswith("3 of 3 sessions match") and sessions.index("u/one") < sessions.index("u/old")
    assert one.startswith("2 of 3 sessions match; 1 shown") and "u/new" in one
    assert "n=3600" in shown and "3 finished" in shown
    lines = worse.splitlines()
    assert "`tracker sessions --data %s`" % recorded.data in gone
    assert len(lines) <= 20 and lines[0].startswith("Worse: p99 rose by")
    assert "95 % interval +" in lines[1] and "n = 3600 and 3600" in lines[1]
    assert "route=/r3 stands out" in worse and "Next: look into route=/r3" in worse
    # The same as the command says.
    command = recorded.run("why", "u/old", "u/new").stdout.splitlines()
    assert [line.split(" --data ")[0] for line in command][:5] == lines[:5]
    assert open_.startswith("No conclusion about the whole") and "Inconclusive: p99 went from" in open_
    assert "n = 7 of 7 runs" in trend
    assert gate.startswith("pass: api") and "p95:+5%: pass; " in gate and "n = 3600 and 1200" in gate


def test_a_note_names_the_client_and_can_be_taken_back(recorded):
    async def conversation(session, _):
        done = text_of(await session.call_tool("log_note", {"session": "u/old", "text": "--by me\n\u202eoff"}))
        gone = text_of(await session.call_tool("log_note", {"session": "u/none", "text": "x"}), fails=True)
        return done, gone
    done, gone = talk(recorded, conversation)
    [note] = recorded.json("show", "u/old")["notes"]
    assert note["text"] == "--by me\n\u202eoff" and note["by"].endswith(" (mcp)")
    assert note["id"] in done and "there is no session u/none" in gone
    recorded.run("undo", "u/old", note["id"])
    assert recorded.json("show", "u/old")["notes"] == []


def test_a_load_test_is_recorded_and_only_of_this_machine(tracker):
    child = tracker.start_bare("demo", "target", "--port", "0", "--errors", "0", "--median", "1ms")
    url = child.reader.next(harness.START_SECONDS).split()[2]

    async def conversation(session, _):
        refused = []
        for arguments in ({"url": "http://example.com/"}, {"url": "http://127.0.0.1.example.com/"},
                          {"url": "http://127.999.1.1/"}, {"url": "http://localhost@10.0.0.1/"}, {"url": url, "duration_s": 3600},
                          {"url": url, "rate": 1e6}, {"url": url, "rate": -1}, {"url": url, "headers": "x"}, {}):
            refused.append(text_of(await session.call_tool("run_load", arguments), fails=True))
        done = text_of(await session.call_tool(
            "run_load", {"url": url, "rate": 50, "duration_s": 2, "name": "from an agent"}))
        return refused, done
    refused, done = talk(tracker, conversation)
    assert all("is not this machine" in text for text in refused[:3]) and "credentials" in refused[3], refused
    assert "duration_s must be from 1 to 60" in refused[4] and "url is missing" in refused[8], refused
    assert done.startswith("finished: u/") and "n = 100, failed = 0" in done and "p99 ~" in done
    [session] = tracker.json("sessions")
    assert (session["name"], session["user"]) == ("from an agent", "u")
    assert "u/%s#" % session["session"] in done


# Spellings of addresses that a resolver could be asked for, that a request could end at another machine by, or of others.
ELSEWHERE = ["http://%s/" % host for host in (
    "0.0.0.0:1", "[::ffff:1.2.3.4]", "[::ffff:127.0.0.1]:1", "[::]:1", "[::1%25lo]:1", "127.1:1", "2130706433:1", "0x7f000001:1",
    "0177.0.0.1:1", "127.0.0.08:1", "127.0.0.09:1", "127.08.0.1:1", "127.0.0.010:1", "127.0.0.1.:1", "127.0.0.+1:1", "127..0.1:1",
    "localhost.example.com", "127.0.0.1.example.com", "localhost.:1", "127.0.0.1%2eexample.com", "1.2.3.4", "-h")]


def test_no_spelling_of_another_address_is_loaded(tracker):
    raw = Raw(tracker)
    for number, url in enumerate(ELSEWHERE):
        raw.call(number, "run_load", url=url, duration_s=1, rate=1)
        result = raw.answer()["result"]
        assert result["isError"] and "is not this machine" in result["content"][0]["text"], (url, result)
    raw.call("last", "run_load", url="http://127.0.0.1:1/", duration_s=1, rate=1)
    result = raw.answer()["result"]
    assert result["isError"] and "not this machine" not in result["content"][0]["text"]
    # Also where the machine is busy, and that is noted.
    assert result["content"][0]["text"].startswith("http://127.0.0.1:1 accepted no connection"), result
    assert raw.end() == 0


def test_a_client_with_a_long_name_is_no_person(recorded):
    raw = Raw(recorded, client="ann" + " " * 5000)
    raw.call(1, "log_note", session="u/old", text="x")
    assert not raw.answer()["result"]["isError"]
    assert raw.end() == 0
    [note] = recorded.json("show", "u/old")["notes"]
    assert note["by"].startswith("ann") and note["by"].endswith(" (mcp)")


class Raw:
    """The server and its pipes."""

    def __init__(self, tracker, client="raw"):
        self.child = tracker.start("mcp", "--user", "u", stdin=-1)
        self.send({**HELLO, "params": {**HELLO["params"], "clientInfo": {"name": client, "version": "1"}}})
        assert self.answer()["result"]["protocolVersion"] == "2025-11-25"

    def write(self, text):
        self.child.stdin.write(text)
        self.child.stdin.flush()

    def send(self, message):
        self.write(json.dumps(message) + "\n")

    def call(self, number, tool, **arguments):
        self.send({"jsonrpc": "2.0", "id": number, "method": "tools/call",
                   "params": {"name": tool, "arguments": arguments}})

    def answer(self):
        line = self.child.reader.next(30)
        assert line is not None, "the server ended with %s" % self.child.wait(10)
        return json.loads(line)

    def end(self):
        self.child.stdin.close()
        assert self.child.reader.next(20) is None
        return self.child.wait(10)


HOSTILE = [
    ("nonsense", -32700), ("{", -32700), ("\x00", -32700), ("[" * 100000, -32700),
    ('{"jsonrpc":"2.0","id":1,"method":"ping"} x', -32700), ('{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', -32700),
    ("[]", -32600), ('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600), ("{}", -32600),
    ('{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600), ('{"id":1,"method":"ping"}', -32600),
    ('{"jsonrpc":"2.0","id":1,"method":"%s"}' % ("m" * 70000), -32601), ('{"jsonrpc":"2.0","id":1,"method":""}', -32601),
    ('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"drop"}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["compare"]}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"compare","arguments":[1]}}', -32602),
    ('{"jsonrpc":"2.0","id":"%s","method":"ping"}' % ("i" * 257), -32600),
    ("x" * 300000, -32600), ('{"jsonrpc":"2.0","id":1,"method":"ping","params":"%s"}' % ("x" * 2000000), -32600)]


def test_hostile_lines_are_answered_and_the_next_one_is_read(recorded, dice):
    raw = Raw(recorded)
    for line, code in HOSTILE:
        raw.write(line + "\n")
        answer = raw.answer()
        assert answer["error"]["code"] == code and answer["jsonrpc"] == "2.0", (line[:80], answer)
        assert len(json.dumps(answer)) <= ANSWER_BYTES
    # No answer: notifications, answers to nobody, empty lines.
    raw.write('\n \r\n{"jsonrpc":"2.0","method":"notifications/initialized"}\n{"jsonrpc":"2.0","id":5,"result":{}}\n'
              '{"jsonrpc":"2.0","method":"tools/call","params":7}\n')
    # Cut and changed messages: an answer to each line that is none or asks for something, and no end.
    whole = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "compare", "arguments": {"a": "u/old", "b": "u/new", "metric": "latency_ms"}}})
    for _ in range(200):
        at = dice.randrange(len(whole))
        raw.write(whole[:at] + chr(dice.randrange(32, 127)) * dice.randrange(3) + whole[at + dice.randrange(1, 4):] + "\n")
    raw.send({"jsonrpc": "2.0", "id": "last", "method": "ping"})
    raw.child.stdin.close()
    seen = [json.loads(line) for line in iter(lambda: raw.child.reader.next(30), None)]
    assert {"jsonrpc": "2.0", "id": "last", "result": {}} in seen
    assert all(answer["jsonrpc"] == "2.0" and ("result" in answer) != ("error" in answer) for answer in seen)
    assert raw.child.wait(10) == 0


@pytest.mark.parametrize("arguments", [
    {"session": "u/old\x00"}, {"session": "../../etc"}, {"session": "x" * 5000}, {"session": 7}, {"session": ["u/old"]},
    {"session": ""}, {"session": "u/old", "more": 1}, {}])
def test_arguments_that_name_nothing_are_refused_in_words(recorded, arguments):
    raw = Raw(recorded)
    raw.call(1, "show_session", **arguments)
    result = raw.answer()["result"]
    assert result["isError"] and 5 < len(result["content"][0]["text"].encode()) <= ANSWER_BYTES
    assert raw.end() == 0


def test_units_are_never_added_up_and_what_is_left_out_is_said(tracker):
    lines = [{"ts": START_MS + n, "metric": "lat", "value": 10, "unit": unit, "run": run}
             for unit, run in (("ms", "r1"), ("B", "r1"), ("ms", "r2")) for n in range(40)]
    lines += [{"ts": START_MS + 5_000, "event": "run_finished", "run": run} for run in ("r1", "r2")]
    lines += [{"ts": START_MS + n, "metric": "broken_ms", "value": 1, "run": "r1", "ok": False} for n in range(3)]
    lines += [{"ts": 1_000, "metric": "lat", "value": 10, "unit": "ms", "run": "r1"}]
    tracker.run("log", "--user", "u", "--session", "mixed", text_input="".join(json.dumps(line) + "\n" for line in lines))
    tracker.run("left-out", "u/mixed#r2", "the backup ran")
    raw = Raw(tracker)
    raw.call(1, "show_session", session="mixed")
    [content] = raw.answer()["result"]["content"]
    found = content["text"].splitlines()
    assert "lat: p50 10.0 B, p95 ~10.0 B, p99 ~10.0 B; n=40, errors=0" in found
    assert "lat: p50 10.0 ms, p95 ~10.0 ms, p99 ~10.0 ms; n=41, errors=0" in found
    assert "broken_ms: none succeeded; n=3, errors=3" in found
    assert any(line.startswith("Units: lat: ") for line in found)
    assert "Data: events with an implausible time: 1" in found
    assert "Runs that a person left out, which are not in these numbers: 1" in found
    assert raw.end() == 0


def running(raw, recorded, number):
    """A load test that was seen to record."""
    child = recorded.start_bare("demo", "target", "--port", "0", "--errors", "0", "--median", "1ms")
    url = child.reader.next(harness.START_SECONDS).split()[2]
    before = {row["session"] for row in recorded.json("sessions")}
    raw.call(number, "run_load", url=url, rate=100, duration_s=60)

    def started():
        rows = [row for row in recorded.json("sessions") if row["session"] not in before and row["events"] > 50]
        return rows[0]["session"] if rows else None
    return harness.within(30, started, "the load test records", pause=0.2)[0]


def state(recorded, session):
    return [run["state"] for run in recorded.json("show", "u/" + session)["runs"]]


def test_a_ping_is_answered_while_a_load_test_runs_and_the_test_is_cancelled(recorded):
    raw = Raw(recorded)
    session = running(raw, recorded, 7)
    raw.send({"jsonrpc": "2.0", "id": "p", "method": "ping"})
    assert raw.answer() == {"jsonrpc": "2.0", "id": "p", "result": {}}
    raw.call(8, "list_sessions")
    raw.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}})
    # The cancelled call has no answer, and the next one runs.
    assert raw.answer()["id"] == 8
    assert state(recorded, session) == ["stopped"]
    assert raw.end() == 0 and recorded.verify() == 0


@pytest.mark.parametrize("how", ["input", "signal"])
def test_the_end_stops_a_load_test_cleanly(recorded, how):
    raw = Raw(recorded)
    session = running(raw, recorded, 7)
    if how == "input":
        raw.child.stdin.close()
    else:
        raw.child.send_signal(signal.SIGTERM)
    assert raw.child.wait(20) == (0 if how == "input" else 130)
    assert state(recorded, session) == ["stopped"] and recorded.verify() == 0


def test_calls_before_the_end_of_the_input_are_answered(recorded):
    raw = Raw(recorded)
    for number in range(1, 6):
        raw.call(number, "compare", a="u/old", b="u/new")
    raw.child.stdin.close()
    answers = [json.loads(line) for line in iter(lambda: raw.child.reader.next(30), None)]
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4, 5]
    assert all(not answer["result"]["isError"] for answer in answers)
    assert raw.child.wait(10) == 0


def test_more_calls_than_are_taken_are_refused(recorded):
    raw = Raw(recorded)
    for number in range(1, 301):
        raw.call(number, "trend", target="api")
    answers = [raw.answer() for _ in range(300)]
    assert {answer["id"] for answer in answers} == set(range(1, 301))
    refused = [answer for answer in answers if "error" in answer]
    assert all(answer["error"]["code"] == -32000 for answer in refused) and len(refused) <= 236
    assert raw.end() == 0


def test_a_folder_of_a_newer_format_is_not_written_to(recorded):
    (recorded.data / "tracker.json").write_text('{"format":2}\n')
    raw = Raw(recorded)
    raw.call(1, "log_note", session="u/old", text="x")
    raw.call(2, "run_load", url="http://127.0.0.1:9/", duration_s=1)
    for _ in range(2):
        result = raw.answer()["result"]
        assert result["isError"] and "newer tracker" in result["content"][0]["text"]
    assert raw.end() == 0


def test_a_missing_folder_and_a_wrong_option_are_told(tracker):
    raw = Raw(tracker)
    raw.call(1, "list_sessions")
    result = raw.answer()["result"]
    assert result["isError"] and "--data" in result["content"][0]["text"]
    assert raw.end() == 0 and not tracker.data.exists()
    refused = tracker.run("mcp", "--user", "", expect=(64,), text_input="")
    assert refused.stdout == "" and "--user" in refused.stderr
