"""`tracker scrape`, on what prometheus_client exposes and on services that misbehave."""
import gzip
import http.server
import json
import signal
import threading

import prometheus_client
import pytest
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics

import harness


class Service:
    """A page of metrics that changes with each look, on a port of its own."""

    def __init__(self, page, content_type="text/plain; version=0.0.4"):
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                service.looks += 1
                service.seen.set()
                answer = page(service.looks)
                status, body, *more = answer if isinstance(answer, tuple) else (200, answer)
                self.send_response(status)
                for name, value in more:
                    self.send_header(name, value)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.looks, self.seen = 0, threading.Event()
        self.handler = Handler
        self.listen(0)

    def listen(self, port):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), self.handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = "http://localhost:%d/metrics" % self.port

    def end(self):
        self.server.shutdown()
        self.server.server_close()


def only_run(tracker):
    [entry] = tracker.json("sessions")
    [run] = tracker.json("show", "%s/%s" % (entry["user"], entry["session"]))["runs"]
    return run


def series(run, metric, **labels):
    [found] = [one for one in run["series"] if one["metric"] == metric and (one.get("labels") or {}) == labels]
    return found


@pytest.mark.parametrize("render", [prometheus_client.generate_latest, open_metrics])
def test_what_a_real_exporter_counted(tracker, render):
    registry = prometheus_client.CollectorRegistry()
    calls = prometheus_client.Counter("calls", "calls", ["route"], registry=registry)
    took = prometheus_client.Histogram("took_seconds", "time", registry=registry, buckets=[0.01, 0.1, 1])
    mean = prometheus_client.Summary("size_bytes", "size", registry=registry)
    level = prometheus_client.Gauge("level", "level", registry=registry)
    prometheus_client.Info("build", "facts", registry=registry).info({"version": "1"})

    def page(look):
        if look == 1:
            took.observe(5)  # before the first look: not of the run
            calls.labels("/a").inc(1000)
            return render(registry)
        for _ in range(50):
            calls.labels("/a").inc()
            took.observe(0.05)
        calls.labels("/new").inc(3)
        mean.observe(100)
        mean.observe(300)
        level.set(look)
        return render(registry)

    service = Service(page)
    result = json.loads(tracker.run("scrape", service.url, "--every", "200ms", "--for", "1s", "--json", "--user", "u").stdout)
    service.end()
    looks = result["looks"]
    assert looks >= 3 and looks == service.looks and result["failed_looks"] == 0 and result["unreadable_lines"] == 0
    run = only_run(tracker)
    assert (run["test"], run["target"], run["state"]) == ("scrape", service.url, "finished")
    took_seen = series(run, "took_seconds")
    assert took_seen["count"] == 50 * (looks - 1) and took_seen["unit"] == "s"
    assert 0.01 <= took_seen["min"] and took_seen["max"] <= 0.1
    assert took_seen["sum"] == pytest.approx(0.05 * 50 * (looks - 1))
    rates = series(run, "calls_total", route="/a")
    assert rates["count"] == looks - 1 and rates["unit"] == "/s"
    # 50 in about 200 ms; what all rates say together is what was counted.
    assert 50 <= rates["sum"] / (looks - 1) <= 300
    assert series(run, "calls_total", route="/new")["count"] == looks - 1
    assert series(run, "size_bytes_mean")["min"] == series(run, "size_bytes_mean")["max"] == 200
    assert series(run, "level")["max"] == looks
    names = {one["metric"] for one in run["series"]}
    assert not any(name.endswith(("_created", "_info", "_bucket")) for name in names), names


def test_a_service_that_goes_away_and_begins_anew(tracker):
    state = {"base": 100}
    service = Service(lambda look: b"# TYPE c_total counter\nc_total %d\n" % (state["base"] + look))
    child = tracker.start("scrape", service.url, "--every", "100ms", "--user", "u")
    assert service.seen.wait(20)
    harness.within(20, lambda: service.looks >= 3, "looks")
    service.end()
    harness.within(20, lambda: "asking on" in tracker.log("scrape"), "that it is away is told")
    state["base"] = -service.looks
    seen = service.looks
    service.listen(service.port)
    harness.within(20, lambda: service.looks >= seen + 3, "more looks")
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == 0
    service.end()
    text = tracker.log("scrape")
    assert text.count("asking on") == 1 and "connection refused" in text and "answers again" in text
    told = "".join(child.reader.seen)
    assert " failed (connection refused)" in told and "began anew 1 times" in told, told
    run = only_run(tracker)
    assert run["state"] == "finished" and run["reported"]["restarts"] == 1 and run["reported"]["failed_looks"] >= 1
    assert series(run, "c_total")["min"] >= 0


def test_it_stands_beside_the_load_test(tracker):
    tracker.run("session", "start", "--user", "u", "--name", "both")
    service = Service(lambda look: b"a_gauge %d\n" % look)
    tracker.run("scrape", service.url, "--for", "300ms", "--every", "100ms", "--user", "u")
    tracker.run("load", service.url, "--requests", "10", "--user", "u", "--no-watch")
    service.end()
    [entry] = tracker.json("sessions")
    runs = tracker.json("show", "u/" + entry["session"])["runs"]
    # The load test alone has a target: the verdict of the session is its own.
    assert [(run["test"], run["target"]) for run in runs] == [("scrape", None), ("load", service.url)]


@pytest.mark.parametrize("page,reason", [
    (b"<html>no metrics</html>\n", "no Prometheus text"), ((404, b"gone"), "status 404"),
    ((302, b"moved"), "status 302: give the URL that it leads to"), (b"", "no metrics"),
    (b"a 1\n" * (5 << 20), "more than 16777216 bytes"),
    ((200, gzip.compress(b"a 1\n"), ("Content-Encoding", "gzip")), "compressed (gzip), which was not asked for")])
def test_what_is_no_page_of_metrics(tracker, page, reason):
    service = Service(lambda look: page)
    result = tracker.run("scrape", service.url, "--for", "200ms", "--every", "100ms", expect=(2,))
    service.end()
    assert reason in result.stderr, result.stderr
    run = only_run(tracker)
    assert run["state"] == "failed" and reason in run["reported"]["error"]


def test_an_answer_that_says_that_it_is_plain(tracker):
    service = Service(lambda look: (200, b"a NaN\nb 1\n", ("Content-Encoding", "identity")))
    told = tracker.run("scrape", service.url, "--for", "200ms", "--every", "100ms").stdout
    service.end()
    assert "failed" not in told and "NaN or infinite: 1 values of a look" in told, told
    assert only_run(tracker)["reported"]["not_finite"] == 1


def test_a_stop_before_the_time(tracker):
    hold = threading.Event()
    service = Service(lambda look: b"a 1\n" if look < 3 else (hold.wait(30), (200, b"a 1\n"))[1])
    child = tracker.start("scrape", service.url, "--for", "1h", "--every", "100ms", "--timeout", "30s")
    harness.within(20, lambda: service.looks >= 3, "a look that hangs")
    child.send_signal(signal.SIGTERM)
    assert child.wait(10) == 130
    hold.set()
    service.end()
    assert only_run(tracker)["state"] == "stopped"


def test_a_look_that_takes_too_long(tracker):
    hold = threading.Event()
    service = Service(lambda look: b"a 1\n" if look != 2 else (hold.wait(30), (200, b"a 1\n"))[1])
    result = tracker.run("scrape", service.url, "--for", "1500ms", "--every", "100ms", "--timeout", "200ms")
    hold.set()
    service.end()
    assert "no response in time; asking on" in result.stderr and "answers again" in result.stderr


@pytest.mark.parametrize("arguments", [
    ["ftp://x/"], ["localhost:1/metrics", "--every", "1ms"], ["localhost:1/metrics", "--for", "0s"],
    ["localhost:1/metrics", "--timeout", "0s"], ["localhost:1/metrics", "--match", ""],
    ["localhost:1/metrics", "--header", "no colon"]])
def test_arguments_that_make_no_sense(tracker, arguments):
    tracker.run("scrape", *arguments, expect=(64,))
    assert not tracker.data.exists()
