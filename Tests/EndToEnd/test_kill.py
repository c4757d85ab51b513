"""kill -9 at any moment: what was acknowledged is there, and nothing that was never sent."""
import http.client
import json
import subprocess
import threading
import time
import urllib.error

import harness

ROUNDS = 30 if harness.LONG else 4


def events_after(tracker):
    """Events by a rebuild, which must agree with what the incremental index says."""
    incremental = tracker.json("index")
    rebuilt = tracker.json("index", "--rebuild")
    assert rebuilt["digest"] == incremental["digest"]
    assert rebuilt["events"] == incremental["events"]
    assert rebuilt["missing_frames"] == 0 and rebuilt["bad_lines"] == 0
    return rebuilt["events"]


def test_a_writer(tracker, dice):
    acknowledged = sent = 0
    for number in range(ROUNDS):
        child = tracker.start("log", "--session", "s", "--ack", stdin=subprocess.PIPE)
        count = [0]

        def feed(child=child, count=count):
            try:
                while True:
                    child.stdin.write("".join(
                        '{"ts":%d,"metric":"m","value":%d,"labels":{"round":"x"}}\n' % (1763899200000 + n, n)
                        for n in range(200)))
                    child.stdin.flush()
                    count[0] += 200
            except (BrokenPipeError, ValueError):
                pass
        feeder = threading.Thread(target=feed)
        feeder.start()
        first = child.reader.next(20)
        assert first.startswith("acked "), first
        time.sleep(dice.uniform(0, 0.5))  # the moment of the kill is what is tested
        child.kill()
        child.wait()
        feeder.join()
        child.reader.join()
        acknowledged += max(int(line.split()[1]) for line in child.reader.seen if line.endswith("\n"))
        sent += count[0] + 200
    events = events_after(tracker)
    print("acknowledged %d, found %d, sent at most %d" % (acknowledged, events, sent))
    assert acknowledged <= events <= sent
    tracker.verify()


def test_the_server_under_intake(tracker, dice):
    acknowledged, sent, number = set(), set(), 0
    for _ in range(ROUNDS):
        server = tracker.serve()
        stop = threading.Event()

        def kill_later(server=server, delay=dice.uniform(0.05, 0.8), stop=stop):
            stop.wait(delay)
            server.kill()
        killer = threading.Thread(target=kill_later)
        killer.start()
        try:
            while killer.is_alive():
                body = json.dumps(harness.track_body(value=number)).encode()
                sent.add(number)
                if server.post("/api/track", body)[0] == 200:
                    acknowledged.add(number)
                number += 1
        except (OSError, http.client.HTTPException):
            pass  # killed in the middle of an answer
        killer.join()
    server = tracker.serve()
    last = json.dumps(harness.track_body(value=max(sent))).encode()
    assert server.post("/api/track", last)[0] == 200  # the client's retry: counts once
    acknowledged.add(max(sent))
    server.stop()
    runs = tracker.json("show", "u/s")["runs"]
    values = [series["max"] for run in runs for series in run["series"]]
    print("acknowledged %d, found %d, sent %d" % (len(acknowledged), len(values), len(sent)))
    assert len(values) == len(set(values)), "a run counts twice"
    assert acknowledged <= {int(value) for value in values} <= sent
    assert events_after(tracker) == 3 * len(values)
    tracker.verify()


def test_the_indexer(tracker, dice, client_environment):
    from local_tracker_client import SegmentWriter, sample_line
    for session in range(6):
        writer = SegmentWriter(str(tracker.data), "u", "s%d" % session, "written")
        for frame in range(20):
            writer.append([sample_line("m", n, ts=1763899200000 + n, labels={"frame": frame})
                           for n in range(500)])
        writer.close()
    for _ in range(ROUNDS * 3):
        child = tracker.start("index", *dice.choice(((), ("--rebuild",))))
        time.sleep(dice.uniform(0, 0.15))  # the moment of the kill is what is tested
        child.kill()
        child.wait()
    assert events_after(tracker) == 6 * 20 * 500
    assert tracker.verify() == 0


def test_the_server_while_others_write(tracker, dice, client_environment):
    from local_tracker_client import SessionLog
    written = 0
    with SessionLog(session="s", user="u") as log:
        for _ in range(ROUNDS):
            server = tracker.serve()
            end = time.monotonic() + dice.uniform(0.1, 0.6)
            while time.monotonic() < end:
                written += sum(log.sample("m", n) for n in range(100))
                assert log.flush()
            server.kill()
    assert events_after(tracker) == written
    assert tracker.verify() == 0


def test_a_server_that_is_told_to_stop_stops(tracker):
    server = tracker.serve()
    assert server.post("/api/track", harness.track_body())[0] == 200
    server.stop()
    try:
        server.get("/health")
        raise AssertionError("it still answers")
    except urllib.error.URLError:
        pass
