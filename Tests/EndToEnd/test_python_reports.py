"""A report is one fact, whatever way it takes: over HTTP, into files, or through the spool."""
import json
import struct
import subprocess

import harness

TEXTS = ("", "a", "/", "\\", '"', "\b\f\n\r\t", "\0\x1f\x7f", "é", "e\u0301", "\u212b", "Å", "😀", "\u2028",
         "<b>", "x_ms", "null", "1e3", "\ufeff", "\u0600", "K\u212a")
STAMPS = ("2026-11-23T14:02:11Z", "2026-11-23T14:02:11.25+01:00", "2026-11-23 14:02:11", "2026-02-29T00:00:00Z",
          "2026-11-23T14:02:60z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59.999-23:59",
          "2026-11-23T14:02:11.123456789012345Z", "2026-11-23T14:02Z", "2026-11-23T14:02:11,5Z", "0000-01-01T00:00:00Z",
          "2026-11-23T14:02:11+0100", "٢026-11-23T14:02:11Z", " 2026-11-23T14:02:11Z", "yesterday", "", 7, True)


def spelled(dice):
    """A number as some program might spell it."""
    if dice.random() < 0.3:
        return dice.choice((
            "0", "-0", "0.0", "-0.0", "1.50", "1e3", "1E+3", "1e-7", "12.5e0", "9007199254740993", "1e15", "1e16",
            "18014398509481984", "18014398509481988", "123456789012345678", "999999999999999.9", "1e308", "1e309",
            "5e-324", "1e-400", "0.0001", "0.00001", "100000000000000000000000", "0." + "1" * 253, "1" + "0" * 256,
            "4503599627370496.5", "0.1", "2.5e-5"))
    if dice.random() < 0.3:
        return repr(dice.randrange(-10**dice.randrange(1, 25), 10**dice.randrange(1, 25)))
    if dice.random() < 0.5:
        return repr(round(dice.uniform(-1e4, 1e4), dice.randrange(8)))
    while True:
        value, = struct.unpack("<d", dice.randbytes(8))
        if value - value == 0:
            return repr(value)


def text(dice):
    return "".join(dice.choice(TEXTS) for _ in range(dice.randrange(4)))


def string(dice, value):
    return json.dumps(value, ensure_ascii=dice.random() < 0.5)


def value(dice, depth=0):
    kind = dice.randrange(9 if depth < 4 else 6)
    if kind < 2:
        return spelled(dice)
    if kind < 4:
        return string(dice, text(dice))
    if kind < 6:
        return dice.choice(("true", "false", "null"))
    if kind < 7:
        return "[%s]" % ", ".join(value(dice, depth + 1) for _ in range(dice.randrange(4)))
    return members(dice, {text(dice): value(dice, depth + 1) for _ in range(dice.randrange(4))})


def members(dice, pairs):
    pairs = list(pairs.items())
    dice.shuffle(pairs)
    return "{%s}" % dice.choice((", ", ",")).join("%s: %s" % (string(dice, key), item) for key, item in pairs)


def sometimes(dice, usual, chance=0.1):
    return value(dice) if dice.random() < chance else usual


def random_body(dice):
    """Any JSON that looks like a report; most are accepted."""
    details = {"session_id": string(dice, dice.choice(("s", "S é", "a\x7f\bb", "e\u0301", "é")))}
    for name in ("target_url", "commit_hash", "method", "test_type", text(dice)):
        if dice.random() < 0.5:
            details[name] = sometimes(dice, string(dice, text(dice)))
    for name in ("duration_s", "request_count", "rps", text(dice)):
        if dice.random() < 0.5:
            details[name] = sometimes(dice, spelled(dice))
    if dice.random() < 0.1:
        details["session_id"] = value(dice)
    body = {"userId": string(dice, "u"), "challengeType": sometimes(dice, string(dice, "t" + text(dice)), 0.03),
            "metricName": sometimes(dice, string(dice, text(dice) + dice.choice(("m", "_ms", "a_ms"))), 0.03),
            "timestamp": json.dumps(dice.choice(STAMPS[:3] if dice.random() < 0.7 else STAMPS)),
            "runDetails": members(dice, details), "value": sometimes(dice, spelled(dice))}
    if dice.random() < 0.1:
        del body["value"]
    if dice.random() < 0.5:
        body["labels"] = sometimes(dice, members(dice, {
            text(dice): dice.choice((spelled(dice), string(dice, text(dice)), "true", "null"))
            for _ in range(dice.randrange(4))}))
    for name in ("schema_version", text(dice), text(dice)):
        if dice.random() < 0.4:
            body[name] = value(dice)
    if dice.random() < 0.03:
        body["deep"] = "[" * dice.randrange(27, 33) + "]" * 0
        body["deep"] += "]" * len(body["deep"])
    return members(dice, body).encode("utf-8", "surrogatepass")


def sections(data):
    """Every section of the log as its lines, by writer; the zstd program reads them."""
    found = {}
    for path in sorted(data.glob("log/*/*/*")):
        content = subprocess.run(["zstdcat", "-q", str(path)] if path.suffix == ".zst" else ["gzip", "-dc", str(path)],
                                 capture_output=True, check=True).stdout
        for line in content.split(b"\n")[:-1]:
            if line.startswith(b'{"frame"'):
                section = [line]
                found.setdefault((path.parent.name, json.loads(line)["writer"]), []).append(section)
            else:
                section.append(line)
    return found


def test_the_client_writes_what_the_server_writes(tracker, client_environment, dice):
    import local_tracker_client as client
    server, writer_of, accepted = tracker.serve(), {}, 0
    for _ in range(2_000 if harness.LONG else 600):
        body = random_body(dice)
        status, answer = server.post("/api/track", body)
        try:
            user, session, identity, lines = client.events_of_body(body)
        except ValueError as error:
            assert status == 400, (body, error)
            continue
        assert status == 200, (body, answer)
        accepted += 1
        writer_of[client.directory_name(session), identity[0]] = (session, lines, body)
    server.stop()
    over_http = sections(tracker.data)
    for key, (session, lines, body) in writer_of.items():
        (header, *found), = over_http[key]
        assert found == [line[:-1] for line in lines], body
        header = json.loads(header)
        assert "at" not in header and header["session"] == session
    assert accepted > 200
    for body in {body for _, _, body in writer_of.values()}:
        user, session, identity, lines = client.events_of_body(body)
        writer = client.SegmentWriter(str(tracker.data), user, session)
        writer.append(lines, identity)
        writer.close()
    shown = tracker.json("verify")
    assert shown["whole"]
    assert sum(session["repeated_frames"] for session in shown["sessions"]) == len(writer_of)


def random_report(dice):
    def scalar():
        return dice.choice((1, 2.0, -0.0, 0.1, 1e15, 1e22, 1e-7, True, "12.5", text(dice), None, 1 << 60, 12.345678901234567))
    data = {"avg_latency_ms": dice.choice((scalar(), dice.uniform(0, 1e6))), "duration_s": dice.uniform(0, 100)}
    for name in ("target_url", "commit_hash", "method", "request_count", "odd" + text(dice)):
        if dice.random() < 0.5:
            data[name] = dice.choice((scalar(), {"a": [scalar()]}))
    if dice.random() < 0.5:
        data["labels"] = {"l" + text(dice): scalar() for _ in range(3)}
    if dice.random() < 0.5:
        data["timestamp"] = dice.choice(STAMPS + (1763899200000, 1763899200000.25, -5, 1e30))
    return data


def test_a_report_that_goes_every_way_counts_once(tracker, client_environment, dice, tmp_path):
    """Over HTTP, into files, and from the spool by both, again and again."""
    import local_tracker_client as client
    server = tracker.serve()
    url, wanted = server.url + "api/track", set()
    for number in range(60):
        body = client.make_body("u", "load_test", "avg_latency_ms", random_report(dice), "s%d" % (number % 3))
        ways = []
        for _ in range(dice.randrange(2, 6)):
            sender = client.LocalTrackerClient()
            sender.service_url = url if dice.random() < 0.5 else None
            ways.append(sender._deliver(body))
            if dice.random() < 0.5:
                sender.spool.keep(body)
                ways.append("delivered" if sender.flush_spool(60) else "later")
            sender.close()
        assert set(ways) <= {"delivered", "rejected"}, ways
        if ways[0] == "delivered":
            wanted.add(client.body_digest(body))
            assert set(ways) == {"delivered"}
    server.stop()
    shown = tracker.json("verify")
    assert shown["whole"], shown
    found = sections(tracker.data)
    assert sum(session["events"] for session in shown["sessions"]) == sum(
        len(copies[0]) - 1 for copies in found.values())
    assert {digest[:32] for digest in wanted} == {writer for _, writer in found}


def test_the_vectors_are_what_the_server_writes(tracker):
    cases = json.loads((harness.ROOT / "clients/conformance/reports.json").read_text())
    server = tracker.serve()
    for case in cases["reports"]:
        assert server.post("/api/track", case["body"].encode())[0] == 200
    for case in cases["refused"]:
        assert server.post("/api/track", case["body"].encode())[0] == 400
    server.stop()
    found = {tuple(line.decode() for line in copy) for copies in sections(tracker.data).values() for copy in copies}
    assert found == {tuple(case["section"]) for case in cases["reports"]}
