"""The Locust listener under the real Locust, as its own program: one process, and a master with workers."""
import os
import pathlib
import subprocess
import sys

import pytest

from hooks import shown_by_the_tracker, target
from segments import all_events

CLIENT = pathlib.Path(__file__).resolve().parent.parent

LOCUSTFILE = '''
from locust import HttpUser, constant, task
from local_tracker.locust_listener import record_locust

record_locust(params={"cache": "warm"})

class Shopper(HttpUser):
    wait_time = constant(0.01)
    done = 0

    @task
    def shop(self):
        self.client.get("/items/42", name="/items/{id}")
        self.client.get("/error")
        with self.client.get("/error", name="/known", catch_response=True) as answer:
            answer.success()
        Shopper.done += 1
        if Shopper.done >= 5:
            self.environment.runner.quit() if QUITS else self.stop()
'''


@pytest.fixture
def locust(tmp_path):
    def run(text, *options):
        (tmp_path / "locustfile.py").write_text(text)
        with target() as server:
            done = subprocess.run(
                [sys.executable, "-B", "-m", "locust", "--headless", "--host", server.url, "--only-summary",
                 "--exit-code-on-error", "0", *options],
                cwd=tmp_path, capture_output=True, text=True, timeout=120,
                env={**os.environ, "PYTHONPATH": str(CLIENT)})
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return server.url
    return run


def check(data, url, users):
    events = all_events(data)
    assert len(list(data.glob("log/*/*"))) == 1, "one session"
    started, = [event for event in events if event.get("event") == "run_started"]
    finished, = [event for event in events if event.get("event") == "run_finished"]
    assert started["test"] == "locust" and started["target"] == url
    assert started["params"]["cache"] == "warm" and started["params"]["user_classes"] == ["Shopper"]
    assert started["params"]["users"] == users
    samples = [event for event in events if "metric" in event]
    assert {event["run"] for event in samples + [finished]} == {started["run"]}
    assert {(event["metric"], event["unit"]) for event in samples} == {("http.latency_ms", "ms")}
    by_route = {}
    for event in samples:
        labels = {**event["labels"], "ok": event["ok"]}
        by_route.setdefault(labels.pop("route"), []).append(labels)
    assert set(by_route) == {"/items/{id}", "/error", "/known"}
    for route, expected in (("/items/{id}", {"method": "GET", "status": "200", "ok": True}),
                            ("/error", {"method": "GET", "status": "500", "ok": False, "error": "HTTPError"}),
                            ("/known", {"method": "GET", "status": "500", "ok": True})):
        assert len(by_route[route]) >= 5 and all(labels == expected for labels in by_route[route])
    shown = shown_by_the_tracker(data)
    if shown:
        run, = shown["runs"]
        assert run["target"] == url and run["count"] == len(samples) and run["errors"] == len(by_route["/error"])
    return finished, samples, by_route


def test_a_test_of_locust_is_a_run(locust, data):
    finished, samples, by_route = check(data, locust(LOCUSTFILE.replace("QUITS", "True"), "-u", "1"), 1)
    assert finished["state"] == "finished"
    assert finished["summary"]["requests"] == len(samples)
    assert finished["summary"]["failures"] == len(by_route["/error"])


def test_a_master_and_its_workers_are_one_run(locust, data):
    url = locust(LOCUSTFILE.replace("QUITS", "False"), "-u", "2", "-r", "2", "--processes", "2", "-t", "3s")
    finished, samples, _ = check(data, url, 2)
    assert finished["state"] == "finished"
    assert finished["summary"]["requests"] == len(samples) == 30
    assert len(list(data.glob("log/*/*/*"))) == 3, "a segment for each process"
