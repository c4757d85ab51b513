"""What Prometheus reads of the tracker, by the parser of prometheus_client."""
import http.client

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_metrics

import harness

ODD = 'http://x/?a="1"\\b\nnext line é'


def scrape(server):
    connection = http.client.HTTPConnection("localhost", server.port, timeout=10)
    connection.request("GET", "/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1"})
    reply = connection.getresponse()
    body = reply.read().decode()
    connection.close()
    assert reply.status == 200 and reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = list(parse_metrics(body))
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "a family in two places"
    samples = [(sample.name, tuple(sorted(sample.labels.items()))) for family in families for sample in family.samples]
    assert len(samples) == len(set(samples)), "a series twice"
    return {family.name: family for family in families}


def value(families, name, **labels):
    sample_name = name
    family = families.get(name) or families[name.removesuffix("_total").removesuffix("_count").removesuffix("_sum")]
    found = [sample.value for sample in family.samples
             if sample.name == sample_name and labels.items() <= sample.labels.items()]
    assert len(found) == 1, (name, labels, found)
    return found[0]


def run_lines(run, target, values, start):
    yield {"event": "run_started", "run": run, "test": "t", "target": target, "ts": start}
    for index, number in enumerate(values):
        yield {"metric": "latency_ms", "unit": "ms", "value": number, "run": run, "ts": start + index * 10,
               "ok": number < 1000}
    yield {"event": "run_finished", "run": run, "state": "finished", "ts": start + 2_000}


def log(tracker, session, lines, user="u"):
    import json
    tracker.run("log", "--user", user, "--session", session, text_input="".join(json.dumps(line) + "\n" for line in lines))


def test_the_latest_run_of_each_target(tracker):
    old, new = 1_760_000_000_000, 1_770_000_000_000
    log(tracker, "old", run_lines("a", ODD, [5.0] * 10, old))
    # 100 values of 1 to 100 ms, and 25 failures.
    log(tracker, "new", run_lines("b", ODD, list(range(1, 101)) + [5_000] * 25, new))
    server = tracker.serve()
    families = scrape(server)
    labels = {"target": ODD, "test": "t"}
    assert value(families, "tracker_run_info", target=ODD, run="b", session="new", user="u", state="finished") == 1
    assert value(families, "tracker_run_start_time_seconds", **labels) == new / 1000
    shown = {**labels, "metric": "latency_ms", "unit": "ms"}
    for quantile, exact in (("0.5", 50), ("0.95", 95), ("0.99", 99)):
        found = value(families, "tracker_run_value", **shown, quantile=quantile)
        assert abs(found - exact) <= exact * 0.004, (quantile, found)
    assert value(families, "tracker_run_value_sum", **shown) == 5050
    assert value(families, "tracker_run_value_count", **shown) == 100
    assert value(families, "tracker_run_samples", **shown) == 125
    assert value(families, "tracker_run_error_ratio", **shown) == 0.2
    assert value(families, "tracker_run_throughput_per_second", **shown) == pytest.approx(100 / 2, rel=0.02)
    assert value(families, "tracker_sessions") == 2 and value(families, "tracker_targets") == 1
    assert value(families, "tracker_targets_left_out") == 0
    assert value(families, "tracker_events") == 10 + 2 + 125 + 2
    assert value(families, "tracker_problem") == 0
    assert value(families, "tracker_build_info", version=server.json("/health")["version"]) == 1


def test_reports_are_counted(tracker):
    server = tracker.serve(env={"LOCAL_TRACKER_API_KEY": "k"})
    for number in range(3):
        assert server.post("/api/track", harness.track_body(value=number), {"x-api-key": "k"})[0] == 200
    assert server.post("/api/track", {"no": "report"}, {"x-api-key": "k"})[0] == 400
    assert server.post("/api/track", harness.track_body())[0] == 401
    families = scrape(server)
    assert value(families, "tracker_reports_total", outcome="accepted") == 3
    assert value(families, "tracker_reports_total", outcome="refused") == 2
    assert 0 < value(families, "tracker_uptime_seconds") < 600


def test_targets_beyond_the_limit_are_counted(tracker):
    for number in range(25):
        log(tracker, "s%02d" % number, run_lines("r", "http://t%d/" % number, [1.0], 1_770_000_000_000 + number * 1000))
    tracker.run("archive", "s24", "--user", "u")
    families = scrape(tracker.serve())
    shown = {sample.labels["target"] for sample in families["tracker_run_info"].samples}
    # The newest, but for the archived one.
    assert shown == {"http://t%d/" % number for number in range(4, 24)}
    assert value(families, "tracker_targets") == 24 and value(families, "tracker_targets_left_out") == 4


def test_another_site_reads_nothing(server):
    assert server.get("/metrics", {"Host": "evil.example"})[0] == 421
    assert server.get("/metrics", {"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert server.post("/metrics", {})[0] == 405
