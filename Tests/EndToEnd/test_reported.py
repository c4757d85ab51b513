"""Runs that programs report as a whole: numbers as they gave them, never distributions of them."""
import json
import re

import harness

TARGET = "http://localhost:3000/"


def report(session, number, ms, rps, failed, commit):
    """What the guide's client sends when its caller gives no value: 1."""
    body = harness.track_body(
        session=session, value=1, avg_latency_ms=ms + number / 10, rps=rps + number, total_requests=100,
        failed_requests=failed, successful_requests=100 - failed, error_rate=float(failed), commit_hash=commit)
    hour = 14 if session == "before" else 15
    body.update(metricName="load_test_completed", timestamp="2026-11-23T%d:%02d:11Z" % (hour, number))
    return body


def test_reports_are_compared_and_gated_as_reports(tracker):
    server = tracker.serve()
    for number in range(6):
        assert server.post("/api/track", report("before", number, 12.5, 480, 0, "a" * 40))[0] == 200
        assert server.post("/api/track", report("after", number, 31.0, 120, 50, "b" * 40))[0] == 200
    rows = {row["session"]: row for row in server.json("/api/sessions")["sessions"]}
    after = rows["after"]["reported"]
    assert rows["after"]["headline"] is None
    assert after == {
        "metric": "avg_latency_ms", "unit": "ms", "runs": 6, "newest": 31.5, "per_second": 125,
        "requests": 600, "failed": 300, "over_time": [31, 31.1, 31.2, 31.3, 31.4, 31.5]}
    summary = server.json("/api/sessions/u/after")
    assert all(run["series"] == [] for run in summary["runs"])
    assert {"name": "avg_latency_ms", "value": 31, "unit": "ms"} in summary["runs"][0]["reported_numbers"]
    page = server.get("/sessions/u/after")[1].decode()
    assert "reported, newest of 6 runs" in page and "reported, 300 of 600" in page
    assert not re.search(r"<dt>p(50|99)</dt>", page) and "Percentile curve" not in page
    assert "reported avg_latency_ms 31.5 ms" in server.get("/")[1].decode()
    server.stop()

    found = json.loads(tracker.run("compare", "u/before", "u/after", "--json").stdout)
    assert found["reported"] and found["metric"] == "avg_latency_ms"
    verdicts = {row["metric"]: row["row"]["verdict"] for row in found["reported_numbers"]}
    assert [verdicts[name] for name in ("avg_latency_ms", "rps", "error_rate")] == ["Worse"] * 3
    text = tracker.run("compare", "u/before", "u/after").stdout
    assert "As reported by the tools" in text and "p50" not in text

    why = tracker.run("why", "u/before", "u/after").stdout.splitlines()
    assert why[0].startswith("Worse: error rate rose by 50.00 pp, from 0% to 50.0%")
    assert why[2].startswith("Beside it: ") and "avg_latency_ms +1" in why[2] and "rps -7" in why[2]
    markdown = tracker.run("report", "u/before", "u/after", "--markdown").stdout
    assert markdown.startswith("**Worse** (error rate): ") and " ms ms " not in markdown

    gate = ("gate", "--target", TARGET, "--against", "last", "--json")
    result = json.loads(tracker.run(*gate, "--max", "rps:-5%", expect=(1,)).stdout)
    assert [(line["limit"], line["result"]) for line in result["limits"]] == [("rps:-5%", "worse")]
    tracker.run(*gate, "--max", "rps:-90%", expect=(1,))   # half of the requests failed
    tracker.run(*gate, "--max", "rps:-90%", "--include-failures", expect=(0,))
    result = tracker.run(*gate, "--max", "p95:+5%", expect=(2,))
    assert "were reported, not measured" in result.stderr
    trend = json.loads(tracker.run("trend", TARGET, "--json").stdout)
    assert trend["reported"] and trend["metric"] == "avg_latency_ms"


def test_one_run_of_each_has_no_interval(tracker):
    server = tracker.serve()
    server.post("/api/track", report("before", 0, 12.5, 480, 0, "a" * 40))
    server.post("/api/track", report("after", 0, 31.0, 120, 50, "b" * 40))
    server.stop()
    found = json.loads(tracker.run("compare", "u/before", "u/after", "--json").stdout)
    rows = {row["metric"]: row["row"] for row in found["reported_numbers"]}
    assert rows["rps"]["low"] is None and rows["rps"]["reason"] == "one_run"


def test_thousands_of_reports_stay_readable(tracker):
    """The guide's client keeps one session for ever."""
    folder = tracker.data / "log" / "u" / "s"
    folder.mkdir(parents=True)
    with open(folder / "shared.000001.jsonl", "w") as file:
        for number in range(5000):
            at = 1763899200000 + number * 60000
            run = "track-%016x" % number
            for event in (
                    {"event": "run_started", "run": run, "target": TARGET,
                     "params": {"metric_name": "load_test", "value": 1}},
                    {"metric": "load_test", "value": 1, "run": run},
                    {"event": "run_finished", "run": run, "summary": {
                        "avg_latency_ms": 10 + number % 7, "rps": 100, "total_requests": 10,
                        "failed_requests": 0}}):
                file.write(json.dumps({"ts": at, **event}) + "\n")
    server = tracker.serve()
    row, _ = harness.within(
        60, lambda: [row for row in server.json("/api/sessions")["sessions"] if row["events"] == 15000],
        "all of it is folded", pause=0.2)
    assert row[0]["reported"]["runs"] == 5000
    page = server.get("/sessions/u/s")[1]
    assert b"newest of 5,000 runs" in page
    assert len(page) < 150000
    assert b"Page 1 of 25" in page
    last = server.get("/sessions/u/s?runs=25")[1]
    assert b"Page 25 of 25" in last and b"Run 1<" in last
    server.stop()
    shown = tracker.run("show", "u/s").stdout
    assert "the newest 100 of 5000 runs" in shown
    assert shown.count("reported:") == 100
    assert tracker.run("show", "u/s", "--runs", "all").stdout.count("reported:") == 5000
