"""The Locust listener under the real Locust, as its own program: one process, and a master with workers."""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import time
import types

import pytest

from hooks import shown_by_the_tracker, target
from local_tracker import SessionLog
from local_tracker.locust_listener import MAX_WAITING, MESSAGE, QUESTION, record_locust
from segments import all_events

CLIENT = pathlib.Path(__file__).resolve().parent.parent

LOCUSTFILE = '''
import os
import gevent
from locust import HttpUser, constant, events, task
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

@events.init.add_listener
def until_told(environment, **_):
    def wait():
        while not os.path.exists("enough"):
            gevent.sleep(0.05)
        environment.runner.quit()
    if type(environment.runner).__name__ == "MasterRunner":
        gevent.spawn(wait)
'''
LONGEST = "100s"  # what a machine that is busy may take; no test waits for it


LOCUST = [sys.executable, "-B", "-m", "locust", "--headless", "--only-summary", "--exit-code-on-error", "0"]


@pytest.fixture
def locust(tmp_path):
    """Starts Locust, with a server; `end` waits for its end, which must be a good one."""
    started = []

    def start(*options):
        started.append(subprocess.Popen(
            [*LOCUST, *options], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env={**os.environ, "PYTHONPATH": str(CLIENT)}))
        return started[-1]

    def end(process):
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 0 and "Traceback" not in said, said
        return said

    def until(condition):
        """Ends the test of the master as soon as it holds."""
        limit = time.monotonic() + 100
        while not condition() and time.monotonic() < limit:
            time.sleep(0.05)
        (tmp_path / "enough").touch()

    with target() as server:
        yield types.SimpleNamespace(start=start, end=end, until=until, url=server.url)
    for process in started:
        process.kill()
        process.communicate()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


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


def written(data):
    """The samples that are in the log so far; a frame may be on its way."""
    with contextlib.suppress(AssertionError, subprocess.CalledProcessError):
        return sum("metric" in event for event in all_events(data))
    return 0


def test_a_test_of_locust_is_a_run(locust, data, tmp_path):
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE.replace("QUITS", "True"))
    locust.end(locust.start("--host", locust.url, "-u", "1"))
    finished, samples, by_route = check(data, locust.url, 1)
    assert finished["state"] == "finished"
    assert finished["summary"]["requests"] == len(samples)
    assert finished["summary"]["failures"] == len(by_route["/error"])


def test_a_master_and_its_workers_are_one_run(locust, data, tmp_path):
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE.replace("QUITS", "False"))
    port = free_port()
    master = locust.start("--host", locust.url, "-u", "2", "-r", "2", "--processes", "2", "-t", LONGEST,
                          "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-host", "127.0.0.1",
                          "--master-port", port)
    locust.until(lambda: written(data) == 30)
    locust.end(master)
    finished, samples, _ = check(data, locust.url, 2)
    assert finished["state"] == "finished"
    assert finished["summary"]["requests"] == len(samples) == 30
    assert len(list(data.glob("log/*/*/*"))) == 3, "a segment for each process"


def test_a_worker_that_comes_while_the_test_runs_works_for_its_run(locust, data, tmp_path):
    (tmp_path / "locustfile.py").write_text(LOCUSTFILE.replace("Shopper.done += 1", ""))
    port = free_port()
    master = locust.start("--host", locust.url, "-u", "2", "-r", "2", "-t", LONGEST, "--master", "--expect-workers", "1",
                          "--master-bind-host", "127.0.0.1", "--master-bind-port", port)
    worker = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    early, late = locust.start(*worker), []

    def both_wrote():
        segments = len(list(data.glob("log/*/*/*")))
        if segments == 2 and not late and written(data):  # the master's, and the worker's
            late.append(locust.start(*worker))
        return segments == 3
    locust.until(both_wrote)
    assert "2 workers connected" in locust.end(master)
    locust.end(early), locust.end(*late)
    finished, samples, _ = check(data, locust.url, 2)
    assert finished["summary"]["requests"] == len(samples)
    assert len(list(data.glob("log/*/*/*"))) == 3, "a segment for each process"


class Hook(list):
    """What Locust calls an event."""
    add_listener = list.append

    def fire(self, **arguments):
        for listener in self:
            listener(**arguments)


class Runner:
    def __init__(self):
        self.sent, self.listeners = [], {}

    def send_message(self, kind, data=None, client_id=None):
        self.sent.append((kind, data, client_id))

    def register_message(self, kind, listener):
        self.listeners[kind] = listener


class MasterRunner(Runner):
    pass


class WorkerRunner(Runner):
    pass


def made(runner, log=None):
    """The listener's events, and an environment, with a runner of that name."""
    events = types.SimpleNamespace(**{name: Hook() for name in ("init", "test_start", "request", "test_stop", "quitting")})
    total = types.SimpleNamespace(num_requests=1, num_failures=0, total_rps=0.5, avg_response_time=3)
    environment = types.SimpleNamespace(runner=runner, host=None, user_classes=[], parsed_options=None, web_ui=None,
                                        stats=types.SimpleNamespace(total=total))
    record_locust(events, log=log)
    return events, environment


def request(events, value):
    events.request.fire(request_type="GET", name="/a", response_time=value, response=None, exception=OSError("gone"))


def test_a_worker_that_comes_late_asks_for_the_run(data):
    """Its work may come before its runner is there, and its requests before the answer."""
    with SessionLog() as log:
        events, environment = made(MasterRunner(), log)
        events.init.fire(environment=environment)
        ask = environment.runner.listeners[QUESTION]
        ask(environment=environment, msg=types.SimpleNamespace(node_id="early"))
        assert environment.runner.sent == []
        events.test_start.fire(environment=environment)
        ask(environment=environment, msg=types.SimpleNamespace(node_id="late"))
        (kind, about, everyone), late = environment.runner.sent
        assert kind == MESSAGE and everyone is None and late == (MESSAGE, about, "late")
        worker, its = made(None)
        worker.test_start.fire(environment=its)
        request(worker, 1.5)
        its.runner = WorkerRunner()
        worker.init.fire(environment=its)
        assert its.runner.sent == [(QUESTION, None, None)]
        request(worker, 2.5)
        its.runner.listeners[MESSAGE](environment=its, msg=types.SimpleNamespace(data=about))
        request(worker, 3.5)
        worker.test_stop.fire(environment=its)
        worker.quitting.fire(environment=its)
        events.test_stop.fire(environment=environment)
        environment.stats.total.num_requests = 3  # a master has the last counts of its workers only when it quits
        events.quitting.fire(environment=environment)
    found = all_events(data)
    assert len(list(data.glob("log/*/*"))) == 1, "one session"
    started, = [event for event in found if event.get("event") == "run_started"]
    finished, = [event for event in found if event.get("event") == "run_finished"]
    samples = sorted((event for event in found if "metric" in event), key=lambda event: event["value"])
    assert {event["run"] for event in [started, finished, *samples]} == {about["run"]}
    assert finished["state"] == "finished" and finished["summary"]["requests"] == 3 and "target" not in started
    assert [event["value"] for event in samples] == [1.5, 2.5, 3.5]
    assert [event["ts"] for event in samples] == sorted(event["ts"] for event in samples)
    assert all(event["ok"] is False for event in samples)
    assert samples[0]["labels"] == {"method": "GET", "route": "/a", "error": "OSError"}


@pytest.mark.parametrize("count", (3, MAX_WAITING + 3))
def test_a_worker_without_an_answer_logs_without_a_run(data, count):
    with SessionLog() as log:
        worker, its = made(WorkerRunner(), log)
        worker.init.fire(environment=its)
        for number in range(count):
            request(worker, number)
        worker.test_stop.fire(environment=its)
    samples = [event for event in all_events(data) if "metric" in event]
    assert [event["value"] for event in samples] == list(range(count)) and not any("run" in event for event in samples)


def test_a_test_that_never_stops_is_stopped_with_locust(data):
    with SessionLog() as log:
        events, environment = made(MasterRunner(), log)
        for _ in range(2):  # the page may start one after the other
            events.test_start.fire(environment=environment)
        events.quitting.fire(environment=environment)
    states = [event["state"] for event in all_events(data) if event.get("event") == "run_finished"]
    assert states == ["stopped", "stopped"]


def test_a_master_with_a_page_ends_a_run_at_once_and_leaves_the_counting_to_the_tracker(data):
    with SessionLog() as log:
        events, environment = made(MasterRunner(), log)
        environment.web_ui = object()
        events.test_start.fire(environment=environment)
        events.test_stop.fire(environment=environment)
        assert log.flush()
        finished, = [event for event in all_events(data) if event.get("event") == "run_finished"]
    assert finished["state"] == "finished" and not finished.get("summary")


def test_no_fault_of_a_listener_reaches_locust(caplog):
    class Faulty:
        session = "s"

        def run(self, *_, **__):
            raise RuntimeError("a fault of the log")

        sample = flush = run
    events, environment = made(MasterRunner(), Faulty())
    events.init.fire(environment=environment)
    events.test_start.fire(environment=environment)
    events.request.fire(request_type="GET", name="/a", response_time="not a number")
    events.request.fire(request_type="GET", name="/a", response_time=1)
    events.test_stop.fire(environment=environment)
    events.quitting.fire(environment=environment)
    worker, its = made(WorkerRunner())
    worker.init.fire(environment=its)
    its.runner.listeners[MESSAGE](environment=its, msg=None)
    assert caplog.text.count("a fault of the log") == 3, "the start, a request, the end"
    assert "could not convert" in caplog.text and "of no run: 'NoneType'" in caplog.text
