"""`tracker serve --statsd`, fed by the clients that programs use."""
import errno
import os
import re
import signal
import socket

import statsd
from datadog.dogstatsd import DogStatsd

import harness


class StatsDServer(harness.Server):
    def __init__(self, tracker, port=0, user="u"):
        super().__init__(tracker, tracker.start("serve", "--port", "0", "--statsd", str(port), "--user", user))
        assert self.child.reader.next(10).startswith("data: ")
        self.udp = int(re.fullmatch(r"statsd: localhost:(\d+) \(UDP\)\n", self.child.reader.next(10))[1])

    def counts(self):
        return self.json("/health")["statsd"]

    def wait(self, **expected):
        """Until the counts are these."""
        return harness.within(20, lambda: expected.items() <= self.counts().items(), "counts %r" % expected)


def runs(tracker, session=None):
    found = {entry["session"] for entry in tracker.json("sessions")}
    assert session is None or session in found
    return {name: tracker.json("show", "u/" + name)["runs"] for name in found}


def series(run):
    return {(one["metric"], tuple(sorted((one.get("labels") or {}).items()))): one for one in run["series"]}


def test_the_clients_of_programs(tracker):
    server = StatsDServer(tracker)
    client = statsd.StatsClient("localhost", server.udp, prefix="app")
    for number in range(1, 101):
        client.timing("latency", number)
        client.incr("calls")
    client.gauge("queue", 12)
    client.gauge("queue", -2, delta=True)
    client.gauge("cold", -7)
    with client.pipeline() as batch:
        for _ in range(50):
            batch.timing("batched", 10)
    dog = DogStatsd("localhost", server.udp, disable_telemetry=True)
    dog.distribution("dog.size", 3.5, tags=["route:/x", "prod"])
    dog.histogram("dog.size", 4.5, tags=["prod", "route:/x"])
    dog.gauge("dog.level", -4, tags=["a:b"])
    dog.flush()
    # 100 timings, 100 counts, 2 gauges, a negative one that is sent as two, 50 in a pipeline, 3 of the other client.
    server.wait(values=100 + 100 + 2 + 2 + 50 + 3)
    assert sum(server.counts()["refused"].values()) == 0
    server.stop()
    [[run]] = runs(tracker).values()
    assert (run["test"], run["state"], run["reported"]["values"]) == ("statsd", "finished", 257)
    found = series(run)
    latency = found["app.latency", ()]
    assert (latency["unit"], latency["count"], latency["min"], latency["max"], latency["sum"]) == (
        "ms", 100, 1, 100, 5050)
    assert abs(latency["p99"] - 99) < 0.4
    assert found["app.batched", ()]["count"] == 50
    assert found["app.queue", ()]["min"] == 10 and found["app.cold", ()]["min"] == -7
    assert found["app.calls", ()]["unit"] == "/s" and 0 < found["app.calls", ()]["max"] <= 100.5
    assert found["dog.size", (("prod", "true"), ("route", "/x"))]["sum"] == 8
    assert found["dog.level", (("a", "b"),)]["max"] == -4


def test_values_go_to_the_session_that_is_current(tracker):
    server = StatsDServer(tracker)
    client = statsd.StatsClient("localhost", server.udp)
    client.timing("alone", 1)
    harness.within(10, lambda: tracker.json("sessions"), "a session of its own")
    [own] = [entry["session"] for entry in tracker.json("sessions")]
    tracker.run("session", "start", "--user", "u", "--name", "mine")
    current = next(entry["session"] for entry in tracker.json("sessions") if entry["session"] != own)

    def sent():
        client.timing("joined", 2)
        return [run for run in tracker.json("show", "u/" + current)["runs"] if series(run)]
    harness.within(20, sent, "samples in the current session", pause=0.3)
    tracker.run("session", "end", "--user", "u")
    harness.within(10, lambda: tracker.json("show", "u/" + current)["runs"][0]["state"] == "finished", "its end", pause=0.2)
    server.stop()
    found = runs(tracker)
    assert [run["state"] for run in found[own]] == ["finished"] and list(series(found[own][0])) == [("alone", ())]
    assert {name for name, _ in series(found[current][0])} == {"joined"}


def test_what_is_refused_is_counted_and_told_once(tracker):
    server = StatsDServer(tracker)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        for _ in range(20):
            sender.sendto(b"bad \x1b[31mline\nx:1|c\nusers:ada|s\n", ("::1", server.udp))
        sender.sendto(b"", ("::1", server.udp))
        sender.sendto(os.urandom(65_000), ("::1", server.udp))
    server.wait(datagrams=22)
    counts = server.counts()
    assert counts["refused"]["malformed"] >= 20 and counts["refused"]["not_supported"] == 20
    assert counts["values"] >= 20
    _, text = server.get("/metrics")
    assert b'tracker_statsd_refused_total{reason="not_supported"} 20\n' in text
    server.stop()
    told = tracker.log("serve")
    assert told.count("was not taken") == 1 and "\x1b" not in told


def test_datagrams_that_are_too_fast_are_counted(tracker):
    server = StatsDServer(tracker)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        server.child.send_signal(signal.SIGSTOP)
        # Each takes some kilobytes of the system's buffer, which is full long before the last.
        for _ in range(20_000):
            sender.sendto(b"x:1|c", ("127.0.0.1", server.udp))
        server.child.send_signal(signal.SIGCONT)

    # What waits to be read may take more than one second's interval.
    def told():
        counts = server.counts()
        return counts["dropped_by_system"] and counts["datagrams"] + counts["dropped_by_system"] == 20_000
    harness.within(20, told, "each datagram is read or counted as dropped")
    server.stop()
    assert "discarded" in tracker.log("serve")


def test_a_port_that_is_taken(tracker):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        result = tracker.run("serve", "--port", "0", "--statsd", str(port), expect=(2,), timeout=20)
    assert os.strerror(errno.EADDRINUSE) in result.stderr and "--statsd" in result.stderr
    result = tracker.run("serve", "--statsd", "70000", expect=(64,), timeout=20)
    assert "0 to 65535" in result.stderr


def test_a_log_that_takes_nothing_is_told_and_the_server_goes_on(tracker):
    server = StatsDServer(tracker)
    (tracker.data / "log").mkdir(exist_ok=True)
    (tracker.data / "log" / "u").write_text("in the way")
    client = statsd.StatsClient("localhost", server.udp)

    def refused():
        client.timing("x", 1)
        return server.counts()["refused"]["not_recorded"]
    harness.within(20, refused, "values that are not recorded", pause=0.2)
    assert server.get("/")[0] == 200
    (tracker.data / "log" / "u").unlink()

    def recorded():
        client.timing("x", 1)
        return tracker.json("sessions")
    harness.within(20, recorded, "a session", pause=0.2)
    server.stop()
    assert "could not be recorded" in tracker.log("serve")


# What is sent, what it counts as, and the series with the least, greatest and number of values: (values, refused, {…}).
FORMS = [
    (b"multi:1:2:3|ms", 3, {}, {("multi", ()): (1, 3, 3)}),
    (b"hist:4.5|h|#a:b", 1, {}, {("hist", (("a", "b"),)): (4.5, 4.5, 1)}),
    (b"dist:5:6|d|#flag,a:b|c:container|T1656581400|card:low", 2, {}, {("dist", (("a", "b"), ("flag", "true"))): (5, 6, 2)}),
    (b"sampled:7|ms|@0.1", 1, {}, {("sampled", ()): (7, 7, 10)}),
    (b"half:7:8|d|@0.5|#a:b", 2, {}, {("half", (("a", "b"),)): (7, 8, 4)}),
    (b"third:7|h|@0.4\nthird:7|h|@0.4", 2, {}, {("third", ()): (7, 7, 5)}),
    (b"tagged:-4|g|#a:b", 1, {}, {("tagged", (("a", "b"),)): (-4, -4, 1)}),
    (b"level:9|g\nlevel:+3|g\nlevel:-2|g", 3, {}, {("level", ()): (10, 10, 1)}),
    (b"below:-2|g", 1, {}, {("below", ()): (-2, -2, 1)}),
    (b"\r\n\r\ntrail:1|ms\r\n\n", 1, {}, {("trail", ()): (1, 1, 1)}),
    (b"\xff\xfe:1|ms", 1, {}, {("\ufffd\ufffd", ()): (1, 1, 1)}),
    (b"utf:1|ms|#k\xc3:v\xff", 1, {}, {("utf", (("k\ufffd", "v\ufffd"),)): (1, 1, 1)}),
    (b"late:1|ms|", 1, {}, {("late", ()): (1, 1, 1)}),
    (b"some:1::x:2|ms", 2, {"malformed": 2}, {("some", ()): (1, 2, 2)}),
    (b"users:ada|s", 0, {"not_supported": 1}, {}),
    (b"_e{5,4}:title|text|t:error", 0, {"not_supported": 1}, {}),
    (b"_sc|check|0|#a:b|m:fine", 0, {"not_supported": 1}, {}),
    (b"no type", 0, {"malformed": 1}, {}),
    (b":1|c", 0, {"malformed": 1}, {}),
    (b"x:|c", 0, {"malformed": 1}, {}),
    (b"x:1", 0, {"malformed": 1}, {}),
    (b"x:1|", 0, {"malformed": 1}, {}),
    (b"x:1|q", 0, {"malformed": 1}, {}),
    (b"x:NaN|ms\nx:inf|g\nx:1e999|c\nx:0x10|h", 0, {"malformed": 4}, {}),
    (b"x:1|ms|@0", 0, {"malformed": 1}, {}),
    (b"x:1|ms|@2", 0, {"malformed": 1}, {}),
    (b"x:1|ms|@y", 0, {"malformed": 1}, {}),
    (b"n" * 129 + b":1|c", 0, {"malformed": 1}, {}),
    (b"huge:1e308:1e308|d", 1, {"too_large": 1}, {("huge", ()): (1e308, 1e308, 1)}),
    (b"gauge:1.5e308|g\ngauge:+1.5e308|g", 1, {"too_large": 1}, {("gauge", ()): (1.5e308, 1.5e308, 1)}),
    (b"count:1e304|c\ncount:1.79e305|c\ncount:1e308|c", 1, {"too_large": 2}, {}),
    (b"often:1e300|ms|@0.000001\noften:1e305|ms|@0.000001", 1, {"too_large": 1}, {("often", ()): (1e300, 1e300, 1_000_000)}),
    (b"", 0, {}, {}),
    (b"\n \n\t", 0, {}, {}),
]


def test_each_form_is_counted_right_or_refused_by_name(tracker):
    """One datagram after the other, over a real socket: what `/health`, `/metrics` and the run say of each."""
    server = StatsDServer(tracker)
    taken, refused, expected = 0, dict.fromkeys(server.counts()["refused"], 0), {}
    assert set(refused) == {"malformed", "not_supported", "too_many_series", "too_large", "not_recorded"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram, values, more, made in FORMS:
            sender.sendto(datagram, ("127.0.0.1", server.udp))
            taken += values
            refused |= {reason: refused[reason] + count for reason, count in more.items()}
            expected |= made
        server.wait(datagrams=len(FORMS))
        assert server.counts()["values"] == taken and server.counts()["refused"] == refused
        # More series than are kept: those before them stay, the others are named.
        for start in range(0, 10_500, 500):
            sender.sendto(b"\n".join(b"many.%d:1|g" % (start + index) for index in range(500)), ("127.0.0.1", server.udp))
        server.wait(datagrams=len(FORMS) + 21)
    counts = server.counts()
    assert counts["dropped_by_system"] == 0 and counts["refused"]["too_many_series"] > 500
    assert counts["values"] + counts["refused"]["too_many_series"] == taken + 10_500
    assert counts["first_refused"].startswith("a value that is no number: some:")
    _, text = server.get("/metrics")
    for reason, count in counts["refused"].items():
        assert b'tracker_statsd_refused_total{reason="%s"} %d\n' % (reason.encode(), count) in text
    server.stop()
    [[run]] = runs(tracker).values()
    found = series(run)
    assert {key: (found[key]["min"], found[key]["max"], found[key]["count"]) for key in expected} == expected
    assert run["reported"]["values"] == counts["values"]
