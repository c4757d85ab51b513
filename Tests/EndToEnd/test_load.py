"""tracker load as a person uses it, and its numbers against targets whose distribution is known."""
import json
import math
import signal
import socket
import statistics
import threading

import pytest

import harness


class Target:
    """`tracker demo target` on a free port."""

    def __init__(self, tracker, *arguments):
        child = tracker.child = tracker.start_bare("demo", "target", "--port", "0", *arguments)
        line = child.reader.next(harness.START_SECONDS)
        assert line and line.startswith("Listening on http://127.0.0.1:"), line
        self.child, self.url = child, line.split()[2].rstrip("/")
        self.port = int(self.url.rsplit(":", 1)[1])


@pytest.fixture
def target(tracker):
    return lambda *arguments: Target(tracker, *arguments)


def load(tracker, *arguments, **named):
    """The summaries of a load's runs."""
    result = tracker.run("load", *arguments, "--json", **named)
    return [json.loads(line) for line in result.stdout.splitlines()]


def sessions(tracker):
    return tracker.json("sessions") if (tracker.data / "tracker.json").exists() else []


def shown(tracker, summary):
    return tracker.json("show", "anonymous/" + summary["session_id"])


def series(found, metric):
    """Samples of a metric over all runs and labels."""
    return sum(one["count"] for run in found["runs"] for one in run["series"] if one["metric"] == metric)


def test_a_url_and_a_count_are_enough(tracker, target):
    [summary] = load(tracker, target("--errors", "0").url + "/", "--requests", "100")
    assert (summary["total_requests"], summary["successful_requests"], summary["state"]) == (100, 100, "finished")
    assert series(shown(tracker, summary), "http.latency_ms") == 100


def test_stages_warm_up_note_tag_and_name(tracker, target):
    [summary] = load(
        tracker, target("--errors", "0", "--median", "1ms").url + "/", "--stages", "1s:200,1s:200", "--rate", "100",
        "--warmup", "500ms", "--note", "with a cache", "--tag", "nightly", "--target-name", "shop")
    # 100 to 200 a second in a second, then 200; before it half a second at 100.
    assert (summary["total_requests"], summary["warmup_requests"]) == (350, 50)
    assert summary["target_url"] == "shop"
    found = shown(tracker, summary)
    assert (series(found, "http.latency_ms"), series(found, "http.warmup_latency_ms")) == (350, 50)
    assert found["tags"] == ["nightly"]
    assert [note["text"] for note in found["notes"]] == ["with a cache"]
    assert found["runs"][0]["params"]["stages"] == "1s:200,1s:200"
    # What a page calls throughput is that of the counted part.
    [entry] = sessions(tracker)
    assert 160 < entry["headline"]["per_second"] < 190, entry


def test_several_urls_come_as_often_as_their_weights_say(tracker, target):
    base = target("--errors", "0", "--median", "1ms").url
    [summary] = load(
        tracker, base + "/", base + "/api/items", "--weights", "3,1", "--requests", "2000", "--connections", "4")
    routes = {}
    for run in shown(tracker, summary)["runs"]:
        for one in run["series"]:
            if one["metric"] == "http.latency_ms":
                route = dict(one["labels"])["route"]
                routes[route] = routes.get(route, 0) + one["count"]
    # 1,500 expected, standard deviation 19.
    assert sum(routes.values()) == 2000 and abs(routes["/"] - 1500) < 80, routes
    result = tracker.run("load", base + "/", base + "/api/items", "--weights", "9,1", "--requests", "5")
    assert "2 URLs 9:1" in result.stdout, result.stdout


def test_the_process_on_the_port_is_watched(tracker, target):
    aim = target()
    [summary] = load(tracker, aim.url + "/", "--rate", "200", "--duration", "2500ms")
    found = shown(tracker, summary)
    for role in "target", "generator":
        for metric in "cpu_percent", "resident_bytes", "threads", "open_files", "context_switches":
            assert series(found, "%s.%s" % (role, metric)) >= 1, (role, metric)
    [bare] = load(tracker, aim.url + "/", "--rate", "50", "--duration", "1s", "--no-watch")
    assert series(shown(tracker, bare), "target.cpu_percent") == 0
    [chosen] = load(tracker, aim.url + "/", "--requests", "5", "--watch", str(aim.child.pid))
    assert series(shown(tracker, chosen), "target.threads") >= 1


def test_every_records_runs_of_one_session_until_stopped(tracker, target):
    child = tracker.start(
        "load", target().url + "/", "--requests", "5", "--every", "300ms", "--json")
    lines = [json.loads(child.reader.next(harness.START_SECONDS)) for _ in range(3)]
    child.send_signal(signal.SIGINT)
    assert child.wait(15) == 130
    assert len({line["session_id"] for line in lines}) == 1 and len({line["run"] for line in lines}) == 3


def test_a_signal_ends_the_run_as_stopped(tracker, target):
    child = tracker.start("load", target().url + "/", "--rate", "100", "--duration", "60s", "--json")
    entries, _ = harness.within(
        15, lambda: [one for one in sessions(tracker) if one.get("events", 0) > 100], "requests are in the log",
        pause=0.2)
    child.send_signal(signal.SIGINT)
    assert child.wait(15) == 130
    summary = json.loads(child.reader.next(5))
    assert summary["state"] == "stopped" and summary["total_requests"] > 50
    assert shown(tracker, summary)["runs"][0]["state"] == "stopped"


@pytest.mark.parametrize("arguments, words", [
    (["--stages", "10s"], "duration:rate"), (["--stages", "1s:0"], "sends anything"),
    (["--stages", "1s:5", "--connections", "2"], "open loop"), (["--stages", "1s:5", "--duration", "1s"], "--duration"),
    (["--arrivals", "poisson"], "--rate"), (["--weights", "1,2"], "--weights"), (["--watch", ":1"], "--watch"),
    (["--watch", "x"], "process id"), (["--every", "0s"], "--every"), (["--every", "1s", "--pause", "1s"], "--every"),
    (["--stages", "1s:5", "--warmup", "1s"], "--rate"), (["--rate", "0"], "--rate"),
    (["http://127.0.0.1:2/"], "same host and port"),
])
def test_what_makes_no_sense_is_refused_with_what_to_do(tracker, arguments, words):
    result = tracker.run("load", "http://127.0.0.1:1/", *arguments, expect=(2, 64))
    assert words in result.stderr, result.stderr
    assert not (tracker.data / "log").exists()


def test_a_target_that_speaks_no_tls_says_so(tracker, target):
    secure = target().url.replace("http:", "https:")
    result = tracker.run("load", secure + "/", "--requests", "3", expect=(1,))
    assert "tls × 3" in result.stdout and "--insecure" in result.stdout, result.stdout


def test_a_run_without_a_success_is_no_success(tracker, target):
    url = target("--errors", "100").url + "/"
    result = tracker.run("load", url, "--requests", "20", expect=(1,))
    assert "all 20 requests failed: status 500" in result.stderr, result.stderr
    result = tracker.run("load", url, "--requests", "5", "--runs", "2", "--every", "100ms", "--json", expect=(1,))
    assert "2 of 2 runs failed; the first: all 5 requests failed: status 500" in result.stderr, result.stderr
    assert [json.loads(line)["failed_requests"] for line in result.stdout.splitlines()] == [5, 5]
    # One request that succeeds is a measurement.
    assert load(tracker, target("--errors", "50").url + "/", "--requests", "50", expect=(0,))


# Truth. Each quantile may be off by 2 %, and by what chance does to so few requests (three
# standard errors); the long form has so many that the latter is small.

def near(found, expected, standard_error, what, summary):
    # A machine that is busy with other work makes the generator late, and the run says so.
    said = {name: summary[name] for name in ("generator_limited", "send_lag_p99_ms", "unsent_requests")}
    assert abs(found - expected) <= 0.02 * expected + 3 * standard_error, (what, found, expected, standard_error, said)
    return "%s %.2f (exact %.2f, %+.2f %%)" % (what, found, expected, 100 * (found / expected - 1))


def test_truth_a_known_distribution(tracker, target):
    median, sigma, (rate, seconds) = 150.0, 0.4, (1000, 60) if harness.LONG else (500, 8)
    aim = target("--errors", "0", "--median", "%gms" % median, "--sigma", str(sigma))
    [summary] = load(tracker, aim.url + "/", "--rate", str(rate), "--duration", "%ds" % seconds,
                     "--warmup", "1s", "--arrivals", "poisson", "--max-connections", "1000", timeout=seconds + 60)
    n, said = summary["total_requests"], []
    assert summary["unsent_requests"] == 0
    for q, name in (0.5, "p50_ms"), (0.9, "p90_ms"), (0.99, "p99_ms"):
        z = statistics.NormalDist().inv_cdf(q)
        exact = median * math.exp(sigma * z)
        error = exact * sigma * math.sqrt(q * (1 - q) / n) / statistics.NormalDist().pdf(z)
        said.append(near(summary[name], exact, error, name, summary))
    print("measured: log-normal target, n = %d: %s; send lag p99 %.2f ms" % (
        n, "; ".join(said), summary["send_lag_p99_ms"]))


def test_truth_a_target_that_stalls(tracker, target):
    period, stall, base = (60, 2, 20.0) if harness.LONG else (5, 0.5, 20.0)
    rate, seconds = 200, period * (3 if harness.LONG else 2)
    aim = target("--errors", "0", "--median", "%gms" % base, "--sigma", "0", "--stall",
                 "--slow-every", "%gs" % period, "--slow-for", "%gms" % (stall * 1000))
    [summary] = load(tracker, aim.url + "/", "--rate", str(rate), "--duration", "%ds" % seconds,
                     "--max-connections", "2000", timeout=seconds + 60)
    said, free = [], 1 - stall / period
    for q, name in (0.5, "p50_ms"), (0.99, "p99_ms"), (0.999, "p999_ms"):
        exact = base + (1000 * (q - free) * period if q > free else 0)
        # The rank is exact to one request of the stall; they come 1/rate apart.
        said.append(near(summary[name], exact, 1000 / rate / 2, name, summary))
    [closed] = load(tracker, aim.url + "/", "--connections", "1", "--duration", "%ds" % period)
    run = shown(tracker, closed)["runs"][0]
    assert run["params"]["latency"] == "uncorrected"
    # One request saw the stall, where two hundred a second would have: that is what the label warns of.
    assert closed["p99_ms"] < summary["p99_ms"] / 2
    print("measured: stall of %g s every %g s, n = %d, open loop: %s; send lag p99 %.2f ms; closed loop says p99 %.1f"
          % (stall, period, summary["total_requests"], "; ".join(said), summary["send_lag_p99_ms"], closed["p99_ms"]))


@pytest.mark.parametrize("model", (["--rate", "50", "--max-connections", "8"], ["--connections", "5"]))
@pytest.mark.parametrize("stop", (signal.SIGINT, signal.SIGTERM))
def test_a_stop_counts_what_was_sent_and_not_answered(tracker, model, stop):
    """The target takes every request and answers the first three alone."""
    with HangingTarget(answers=3) as hanging:
        child = tracker.start("load", hanging.url, *model, "--duration", "60s", "--no-watch", "--json")
        assert hanging.busy.wait(20)
        child.send_signal(stop)
        assert child.wait(20) == 130, tracker.log("load")
    summary = json.loads(child.reader.next(5))
    assert summary["state"] == "stopped" and summary["total_requests"] == 3
    assert summary["unfinished_requests"] == hanging.taken - 3 > 0
    assert "%d requests had no answer" % summary["unfinished_requests"] in tracker.log("load")
    found = shown(tracker, summary)
    logged = [one for one in found["runs"][0]["series"] if one["metric"] == "load.unfinished_requests"]
    assert [one["sum"] for one in logged] == [summary["unfinished_requests"]]
    text = tracker.run("show", "anonymous/" + summary["session_id"]).stdout
    assert "without an answer when it was stopped" in text


class HangingTarget:
    """Reads requests, answers some, and then keeps every connection without a word."""

    def __init__(self, answers):
        self.answers, self.taken, self.busy = answers, 0, threading.Event()
        self.lock, self.connections = threading.Lock(), []

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = "http://127.0.0.1:%d/" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.read, args=(connection,), daemon=True).start()

    def read(self, connection):
        waiting = b""
        try:
            while chunk := connection.recv(65536):
                waiting += chunk
                while b"\r\n\r\n" in waiting:
                    _, waiting = waiting.split(b"\r\n\r\n", 1)
                    with self.lock:
                        self.taken += 1
                        is_answered = self.taken <= self.answers
                        if self.taken >= self.answers + 5:
                            self.busy.set()
                    if is_answered:
                        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        except OSError:
            return

    def __exit__(self, *_):
        self.listener.close()
        for connection in self.connections:
            connection.close()
