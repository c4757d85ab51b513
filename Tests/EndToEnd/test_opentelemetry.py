"""The real SDK of OpenTelemetry for Python, and its instrumentation of a Flask program, send to a running tracker."""
import gzip
import json
import pathlib
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request

import pytest

import harness

METRICS = textwrap.dedent("""
    import sys
    from opentelemetry import metrics
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import Histogram, MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View

    reader = PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=3_600_000)
    view = View(instrument_name="fine", aggregation=ExponentialBucketHistogramAggregation(max_size=20))
    provider = MeterProvider([reader], views=[view])
    meter = provider.get_meter("test")
    orders = meter.create_counter("orders", unit="{order}")
    active = meter.create_up_down_counter("active")
    coarse = meter.create_histogram("coarse", unit="s")
    fine = meter.create_histogram("fine", unit="ms")
    meter.create_observable_gauge("room", [lambda _: [metrics.Observation(21.5, {"floor": 2})]], unit="Cel")
    for turn in range(3):
        orders.add(10 + turn, {"shop": "north"})
        active.add(2 - turn)
        for index in range(100):
            coarse.record(0.001 * (index + 1), {"status": "200" if index % 10 else "500"})
            fine.record(1.5 ** (index % 20))
        assert provider.force_flush()
    provider.shutdown()
""")

FLASK = textwrap.dedent("""
    import flask
    app = flask.Flask("shop")

    @app.get("/item/<number>")
    def item(number):
        if number == "0":
            raise ValueError("no such item")
        return number
""")


def run_python(server, text, *, folder, env=None, expect=0):
    script = folder / "program.py"
    script.write_text(text)
    result = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=60, cwd=folder,
        env=harness.environment(OTEL_EXPORTER_OTLP_ENDPOINT=server.url.rstrip("/"), OTEL_SERVICE_NAME="shop", **(env or {})))
    assert result.returncode == expect, result.stderr[-3000:]
    return result.stderr


def series(tracker, session, metric):
    runs = tracker.json("show", session)["runs"]
    return [one for run in runs for one in run["series"] if one["metric"] == metric]


def one_session(tracker):
    found = tracker.json("sessions")
    assert len(found) == 1, found
    return found[0]["user"] + "/" + found[0]["session"]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_metrics_of_the_sdk(tracker, server, tmp_path, compression):
    errors = run_python(server, METRICS, folder=tmp_path, env={"OTEL_EXPORTER_OTLP_COMPRESSION": compression})
    assert "ERROR" not in errors and "Failed" not in errors, errors
    session = one_session(tracker)
    # The last export, at shutdown, has nothing new but its levels.
    orders, = series(tracker, session, "orders")
    assert orders["sum"] == 10 + 11 + 12 and orders["unit"] == "order" and orders["labels"] == {"shop": "north"}
    coarse = {one["labels"]["status"]: one for one in series(tracker, session, "coarse")}
    assert {status: one["count"] for status, one in coarse.items()} == {"200": 270, "500": 30}
    assert coarse["500"]["errors"] == 30 and coarse["200"]["errors"] == 0
    assert coarse["200"]["sum"] == pytest.approx(3 * sum(0.001 * (index + 1) for index in range(100) if index % 10))
    fine, = series(tracker, session, "fine")
    values = sorted(1.5 ** (index % 20) for index in range(100))
    assert fine["count"] == 300 and fine["sum"] == pytest.approx(3 * sum(values))
    # Twenty bars for a range of 1.5^19: a bar is at most 1.75 times as high as it begins.
    assert values[49] / 1.8 < fine["p50"] < values[49] * 1.8
    active, = series(tracker, session, "active")
    assert active["max"] == 3 and active["min"] == 2
    room, = series(tracker, session, "room")
    assert room["unit"] == "°C" and room["p50"] == pytest.approx(21.5, rel=0.01)
    run, = tracker.json("show", session)["runs"]
    assert run["target"] == "shop" and run["test"] == "opentelemetry" and run["environment"]["telemetry.sdk.language"] == "python"
    assert tracker.verify() == 0
    status, page = server.get("/sessions/" + session)
    assert status == 200 and b"orders" in page


def test_a_flask_program_that_is_instrumented(tracker, server, tmp_path):
    (tmp_path / "shop.py").write_text(FLASK)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    instrument = pathlib.Path(sys.executable).parent / "opentelemetry-instrument"
    program = subprocess.Popen(
        [sys.executable, instrument, sys.executable, "-m", "flask", "--app", "shop", "run", "--port", str(port)],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=(tmp_path / "flask.log").open("w"),
        env=harness.environment(
            OTEL_EXPORTER_OTLP_ENDPOINT=server.url.rstrip("/"), OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
            OTEL_SERVICE_NAME="shop", OTEL_METRIC_EXPORT_INTERVAL="500", OTEL_BSP_SCHEDULE_DELAY="200",
            OTEL_LOGS_EXPORTER="none", OTEL_RESOURCE_ATTRIBUTES="tracker.session=flask,tracker.run=first"))
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def ask(path):
            try:
                with opener.open("http://127.0.0.1:%d%s" % (port, path), timeout=10) as reply:
                    return reply.status
            except urllib.error.HTTPError as error:
                return error.code
            except OSError:
                return None

        harness.within(30, lambda: ask("/none"), "the program answers")
        answers = [ask("/item/%d" % (index % 5)) for index in range(50)]
        assert answers.count(500) == 10 and answers.count(200) == 40

        def latencies():
            found = [one for one in series(tracker, "flask", "server.latency_ms")
                     if one["labels"].get("route") == "/item/<number>"] if tracker.json("sessions") else []
            return found if sum(one["count"] for one in found) >= 50 else None

        found, _ = harness.within(30, latencies, "the spans are in the log", pause=0.2)
        assert {one["labels"]["status"]: (one["count"], one["errors"]) for one in found} == {"200": (40, 0), "500": (10, 10)}
        assert all(one["labels"]["service"] == "shop" and one["labels"]["method"] == "GET" and one["unit"] == "ms" for one in found)

        def durations():
            found = [one for one in series(tracker, "flask", "http.server.duration") + series(
                tracker, "flask", "http.server.request.duration") if one["count"]]
            return found if sum(one["count"] for one in found) >= 50 else None

        harness.within(30, durations, "the program's own histogram is in the log", pause=0.2)
        run, = tracker.json("show", "flask")["runs"]
        assert run["run"] == "first" and run["target"] == "shop"
    finally:
        program.terminate()
        program.wait(20)
    log = (tmp_path / "flask.log").read_text()
    assert "Failed to export" not in log, log[-3000:]


def point(name, value, seconds, start, **more):
    return {"name": name, "sum": {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [
        {"asInt": str(value), "timeUnixNano": str(int(seconds * 1e9)), "startTimeUnixNano": str(int(start * 1e9)), **more}]}}


def export(*metrics):
    return {"resourceMetrics": [{"resource": {"attributes": [
        {"key": "service.name", "value": {"stringValue": "shop"}}]}, "scopeMetrics": [{"metrics": list(metrics)}]}]}


def test_what_is_sent_again_counts_once_also_after_a_kill(tracker):
    server = tracker.serve()
    now = time.time()
    first, second = export(point("c", 5, now + 1, now)), export(point("c", 7, now + 2, now))
    gauge = export({"name": "g", "gauge": {"dataPoints": [{"asDouble": 3, "timeUnixNano": str(int(now * 1e9))}]}})
    for body in (first, gauge, first, second, gauge, second):
        assert server.post("/v1/metrics", body) == (200, b"{}")
    server.kill()
    server = tracker.serve()
    # Of a level the frame says that it was there; a count that began before is the base of the next.
    assert server.post("/v1/metrics", gauge) == (200, b"{}")
    status, answer = server.post("/v1/metrics", export(point("c", 9, now + 3, now)))
    assert status == 200 and "since before the tracker listened" in json.loads(answer)["partialSuccess"]["errorMessage"]
    assert server.post("/v1/metrics", export(point("c", 12, now + 4, now))) == (200, b"{}")
    session = one_session(tracker)
    c, = series(tracker, session, "c")
    g, = series(tracker, session, "g")
    assert (c["count"], c["sum"]) == (3, 5 + 2 + 3)
    assert g["count"] == 1
    assert tracker.verify() == 0
    assert tracker.json("verify")["total"].get("conflicts", 0) == 0


def test_the_current_session_is_joined_and_the_key_asked_for(tracker, tmp_path):
    server = tracker.serve(env={"LOCAL_TRACKER_API_KEY": "secret"})
    tracker.run("session", "start", "--name", "now")
    current = tracker.json("session", "current")["session"]
    errors = run_python(server, METRICS.replace("force_flush()", "force_flush() is not None"), folder=tmp_path)
    assert "401" in errors or "key is missing" in errors, errors
    run_python(server, METRICS, folder=tmp_path, env={"OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=secret"})
    orders, = series(tracker, current, "orders")
    assert orders["sum"] == 33
    run_python(server, METRICS, folder=tmp_path, env={
        "OTEL_EXPORTER_OTLP_HEADERS": "x-api-key=secret,x-tracker-session=other,x-tracker-user=ann"})
    assert series(tracker, "ann/other", "orders")[0]["sum"] == 33


def test_what_is_not_taken_is_answered_as_the_specification_says(server):
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
    request = metrics_service_pb2.ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="g")
    for value in (1.0, float("nan"), float("inf")):
        metric.gauge.data_points.add(time_unix_nano=int(time.time() * 1e9), as_double=value)
    raw = request.SerializeToString()
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
    status, body = server.post("/v1/metrics", gzip.compress(raw), headers)
    answer = metrics_service_pb2.ExportMetricsServiceResponse.FromString(body)
    assert status == 200 and answer.partial_success.rejected_data_points == 2
    assert "without a number: 2" in answer.partial_success.error_message
    from google.rpc.status_pb2 import Status
    status, body = server.post("/v1/metrics", raw[:-3], {"Content-Type": "application/x-protobuf"})
    assert status == 400 and "no protobuf message" in Status.FromString(body).message
    # A number where a list of messages stands: not passed over as a field that nobody knows.
    status, body = server.post("/v1/metrics", b"\x08\x01", {"Content-Type": "application/x-protobuf"})
    assert status == 400 and "resourceMetrics: has another wire type" in Status.FromString(body).message
    for path, text, place in (
            ("/v1/metrics", '{"resourceMetrics": "x"}', "resourceMetrics: must be a list"),
            ("/v1/metrics", '{"resourceMetrics": [{"scopeMetrics": {}}]}', "resourceMetrics[0].scopeMetrics: must be a list"),
            ("/v1/traces", '{"resourceSpans": [7]}', "resourceSpans[0]: must be an object")):
        status, body = server.post(path, text.encode(), {"Content-Type": "application/json"})
        assert status == 400 and place in json.loads(body)["message"], (text, body)
    assert server.post("/v1/metrics", b'{"unknown": "x"}', {"Content-Type": "application/json"}) == (200, b"{}")
    status, body = server.post("/v1/metrics", gzip.compress(b"0" * (17 << 20)), headers)
    assert status == 413 and "decompressed" in Status.FromString(body).message
    status, body = server.post("/v1/logs", b"", {"Content-Type": "application/x-protobuf"})
    assert status == 404 and "OTEL_LOGS_EXPORTER=none" in Status.FromString(body).message
