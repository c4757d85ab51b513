"""A program written for the guide's service works unchanged."""
import json
import subprocess
import sys

import harness

PROGRAM = harness.PYTHON_CLIENT / "examples" / "guide_program.py"
KEY = {"LOCAL_TRACKER_API_KEY": "local_dev_key"}
RUN_FIELDS = {"id", "schema_version", "user_id", "challenge_type", "metric_name", "value", "timestamp",
              "labels", "run_details", "session_id", "commit_hash", "target_app"}


def run_program(server, session, key="local_dev_key"):
    return subprocess.run(
        [sys.executable, str(PROGRAM), session, "http://localhost:3000/checkout"], text=True,
        capture_output=True, timeout=60, env=harness.environment(
            TRACKING_SERVICE_URL=server.url + "api/track", LOCAL_TRACKER_API_KEY=key,
            LOCAL_TRACKER_USER_ID="local_dev_user"))


def test_it_sends_a_run_and_finds_it_on_the_page_and_in_the_api(tracker, open_page):
    server = tracker.serve(env=KEY)
    result = run_program(server, "guide-session")
    assert (result.returncode, result.stdout) == (0, "sent\n"), result.stderr
    answer = server.json("/api/track/local_dev_user")
    assert list(answer) == ["http://localhost:3000/checkout"]
    run, = answer["http://localhost:3000/checkout"]["guide-session"]
    assert set(run) >= RUN_FIELDS
    assert (run["user_id"], run["challenge_type"], run["metric_name"], run["value"]) == (
        "local_dev_user", "load_test", "avg_latency_ms", 12.75)
    assert run["commit_hash"] == "0123abc" and run["labels"] == {"method": "GET"}
    assert run["run_details"]["error_rate"] == 1.0 and run["run_details"]["total_requests"] == 500
    page = open_page(server.url)
    page.locator('main a[href="/sessions/local_dev_user/guide-session"]').first.click()
    page.wait_for_url("**/sessions/local_dev_user/guide-session*")
    assert "http://localhost:3000/checkout" in page.inner_text("main")


def test_what_was_sent_outlives_the_server(tracker):
    server = tracker.serve(env=KEY)
    assert run_program(server, "s").returncode == 0
    before = server.json("/api/track/local_dev_user")
    server.stop()
    assert tracker.serve(env=KEY).json("/api/track/local_dev_user") == before
    assert tracker.verify() == 0


def test_a_retry_with_the_same_body_counts_once_also_after_a_restart(tracker):
    server = tracker.serve()
    body = json.dumps(harness.track_body()).encode()
    assert [server.post("/api/track", body)[0] for _ in range(2)] == [200, 200]
    server.stop()
    server = tracker.serve()
    assert server.post("/api/track", body)[0] == 200
    assert len(server.json("/api/track/u")["http://localhost:3000/"]["s"]) == 1
    shown = tracker.json("show", "u/s")
    assert len(shown["runs"]) == 1 and shown["events"] == 3 and shown["runs"][0]["series"] == []


def test_keys_and_bodies_that_are_wrong(tracker):
    server = tracker.serve(env=KEY)
    body = harness.track_body()
    assert server.post("/api/track", body) == (401, b'{"error":"API key is missing."}')
    assert server.post("/api/track", body, {"x-api-key": "x"}) == (403, b'{"error":"Invalid API key."}')
    for missing in ("userId", "challengeType", "metricName", "runDetails"):
        broken = {name: value for name, value in body.items() if name != missing}
        for wrong in (broken, {**broken, missing: 7}):
            status, answer = server.post("/api/track", wrong, {"x-api-key": "local_dev_key"})
            assert status == 400 and json.loads(answer)["status"] == "error"
    assert server.json("/api/track/u") == {}
    assert run_program(server, "s", key="wrong").returncode == 1


def test_the_key_is_read_from_a_dot_env_file(tracker):
    (tracker.folder / ".env").write_text('LOCAL_TRACKER_API_KEY="from file"\n')
    server = tracker.serve()
    assert server.post("/api/track", harness.track_body())[0] == 401
    assert server.post("/api/track", harness.track_body(), {"x-api-key": "from file"})[0] == 200


def test_a_time_that_nobody_can_mean_is_told(tracker):
    server = tracker.serve()
    for timestamp, why in (("1970-01-21T09:58:19.200Z", "before 2000"), ("2199-01-01T00:00:00Z", "after 2099"),
                           ("2025-11-23T14:02:11Z", None)):
        status, answer = server.post("/api/track", {**harness.track_body(), "timestamp": timestamp})
        answer = json.loads(answer)
        assert (status, answer["status"]) == (200, "ok")
        assert ("warning" in answer) == (why is not None) and (why or "") in answer.get("warning", "")
