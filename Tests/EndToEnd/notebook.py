"""A notebook with each kind of session, and the addresses of every state of its pages: the same each time."""
import contextlib
import json
import random
import urllib.parse

import harness

TARGET = "http://localhost:8080/a b"
SHOP = "http://localhost:3000/"
DAY, START = 86_400_000, 1_763_899_200_000
SESSION = "sessions/ann/s%207"
SHOP_SESSION = "sessions/maria/friday"
PROMISE = "p99<40ms"


def lines(*events):
    return "".join(json.dumps(event) + "\n" for event in events)


def day(number):
    """Two runs with labels, errors, a gauge, a note and a tag; one of them failed on the fourth day."""
    dice = random.Random(number)
    begin = START + number * DAY
    events = [{"ts": begin, "event": "run_started", "run": "r 1", "test": "check out", "target": TARGET,
               "params": {"rate": 10, "x y": "<b>"}}]
    for count in range(600):
        events.append({"ts": begin + count * 100, "run": "r 1", "metric": "http.latency_ms", "unit": "ms",
                       "value": dice.lognormvariate(2 + (number > 5) * 0.3, 0.4),
                       "labels": {"route": "/%d" % (count % 4), "status": "503" if count % 40 == 0 else "200"}})
        if count % 10 == 0:
            events.append({"ts": begin + count * 100, "run": "r 1", "metric": "heap_bytes", "unit": "B",
                           "value": 3e6 + count * 1e3})
    events += [{"ts": begin + 60_500, "event": "run_finished", "run": "r 1"},
               {"ts": begin + 90_000, "event": "run_started", "run": "r2", "test": "check out", "target": TARGET}]
    events += [{"ts": begin + 90_000 + count * 100, "run": "r2", "metric": "http.latency_ms", "unit": "ms",
                "value": dice.lognormvariate(2, 0.4), "labels": {"route": "/%d" % (count % 4), "status": "200"}}
               for count in range(300)]
    events += [{"ts": begin + 120_500, "event": "run_finished", "run": "r2",
                **({"state": "failed", "summary": {"error": "no <db>"}} if number == 3 else {})},
               {"ts": begin + 20_000, "event": "note", "text": "cache on\n\nsecond", "from": begin + 20_000},
               {"ts": begin + 20_001, "event": "tag", "tag": "a b"}]
    return lines(*events)


def requests(dice, run, begin, seconds, rate, medians, error_share=0.004):
    """Samples of a run, at random times: routes with their medians in ms."""
    now = begin
    while True:
        now += dice.expovariate(rate / 1000)
        if now >= begin + seconds * 1000:
            return
        route = dice.choices(list(medians), [5, 3, 2, 1][:len(medians)])[0]
        late = 4 if dice.random() < 0.003 else 1
        yield {"ts": int(now), "run": run, "metric": "http.latency_ms", "unit": "ms",
               "value": round(medians[route] * late * dice.lognormvariate(0, 0.35), 3),
               "labels": {"method": "POST" if route == "/checkout" else "GET", "route": route,
                          "status": "503" if dice.random() < error_share else "200"}}


def shop(number, commit, slower):
    """A load test of a shop as it looks in practice: three runs of three minutes; one route of four has become slower."""
    dice = random.Random(number)
    begin = START + number * DAY + 50_400_000
    medians = {"/products": 6.0, "/products/:id": 8.5, "/cart": 11.0, "/checkout": 24.0 * slower}
    events = [{"ts": begin, "event": "session", "commit": commit, "branch": "main", "dirty": False,
               "host": "dev-1", "cpus": 8}]
    for count in range(3):
        name, start = "run %d" % (count + 1), begin + count * 240_000
        events.append({"ts": start, "event": "run_started", "run": name, "test": "browse and buy", "target": SHOP,
                       "params": {"rate": 20, "connections": 16}})
        events += requests(dice, name, start, 180, 20, medians)
        events.append({"ts": start + 180_000, "event": "run_finished", "run": name})
        for second in range(0, 180, 2):
            events.append({"ts": start + second * 1000, "run": name, "metric": "process.heap_bytes", "unit": "B",
                           "value": 1.8e8 + 4e7 * (second % 30) / 30 + dice.random() * 4e6})
    events.append({"ts": begin + 300_000, "event": "note", "text": "connection pool 10 → 40",
                   "from": begin + 300_000})
    return lines(*events)


def experiment():
    """Eight rounds of two commands, the second a third faster."""
    dice, events, now = random.Random(5), [], START + 20 * DAY
    tag = {"probability": 0.5, "variants": 2, "metric": "command.duration_s", "numbers": ["mean"], "min_effect": 0.05,
           "min_error_points": 1, "seed": 5}
    for number in range(8):
        for place, letter in enumerate("AB" if number % 2 else "BA"):
            run, seconds = "%s%d" % (letter, number + 1), (0.9 if letter == "A" else 0.6) * dice.lognormvariate(0, 0.03)
            events.append({"ts": now, "event": "run_started", "run": run, "test": "ab", "params": {"ab": {
                **tag, "variant": letter, "name": "make" if letter == "A" else "make -j", "round": number + 1,
                "place": place + 1}}})
            now += int(seconds * 1000)
            events += [{"ts": now, "run": run, "metric": "command.duration_s", "unit": "s", "value": round(seconds, 4)},
                       {"ts": now, "event": "run_finished", "run": run}]
            now += 500
    return lines(*events)


def capacity():
    """A search for the highest rate: six steps, the latency grows as a queue does."""
    dice, events, now, tried = random.Random(6), [], START + 21 * DAY, []
    steps = [(100, "kept"), (200, "kept"), (400, "broken"), (283, "kept"), (336, "broken"), (308, "unclear")]
    for number, (rate, finding) in enumerate(steps):
        run, median = "step %d" % (number + 1), 4 / (1 - rate / 420)
        events.append({"ts": now, "event": "run_started", "run": run, "test": "find-max", "target": SHOP, "params": {
            "find_max": PROMISE, "rate": rate, "max_connections": 64}})
        events += requests(dice, run, now, 10, rate, {"/": median}, 0)
        now += 10_000
        tried.append({"rate": rate, "finding": finding})
        found = {"ending": "never_broken", "kept": 200, "rates": list(tried)} if number < 2 else {
            "ending": "found", "rate": 308, "interval": [290, 327], "kept": 283, "broken": 336, "condition": PROMISE,
            "limit": "target", "rates": list(tried)}
        events.append({"ts": now, "event": "run_finished", "run": run, "summary": {"find_max": found}})
        now += 2_000
    return lines(*events)


def folded():
    """A profile of some hundred functions."""
    dice, stacks = random.Random(7), []
    for _ in range(400):
        depth, at, frames = dice.randint(3, 14), 0, ["main"]
        for level in range(depth):
            at = 3 * at + dice.choice((0, 0, 0, 1, 2))
            frames.append("%s::%s_%d" % (("http", "json", "db", "cache")[level % 4],
                                         ("handle", "parse", "query", "write")[at % 4], at % 60))
        stacks.append(";".join(frames) + " %d\n" % dice.randint(1, 40))
    return "".join(stacks)


def level(count):
    return lines(*({"ts": START + number * 1000, "metric": "heap_bytes", "unit": "B", "value": 3e6 + number}
                   for number in range(count)))


def record(tracker):
    """Logs all sessions. Returns the address of the profile."""
    def log(user, session, text):
        tracker.run("log", "--user", user, "--session", session, text_input=text)
    for number in range(8):
        log("ann", "s %d" % number, day(number))
    log("ann", "heap", level(100))
    log("ann", "few", lines(*({"ts": START + count * 1000, "metric": "build_s", "unit": "s", "value": 3 + count}
                              for count in range(7))))
    log("ann", "reported", lines(
        {"ts": START, "event": "run_started", "run": "r", "target": "t"},
        {"ts": START + 9_000, "event": "run_finished", "run": "r",
         "summary": {"rps": 100.5, "total_requests": 10, "failed_requests": 1, "avg_latency_ms": 12.5}}))
    log("ann", "bad", lines({"ts": START, "metric": "latency_ms", "unit": "ms", "value": 5}))
    folder, = tracker.data.glob("log/ann/bad")
    (folder / "shared.000900.jsonl").write_text('{"ts":1,"metric":"latency_ms","value":1}\nnonsense\n')
    log("ann", "unfinished", day(9).rsplit("\n", 4)[0] + "\n")
    for number, name in enumerate(("monday", "tuesday", "thursday", "friday")):
        log("maria", name, shop(10 + number, "%07x" % (0x3f2c81d * (number + 1) % 0xfffffff), 2 if number == 3 else 1))
    log("maria", "experiment", experiment())
    log("maria", "highest rate", capacity())
    tracker.run("archive", "ann/few")
    (tracker.folder / "folded").write_text(folded())
    return SHOP_SESSION + "/profiles/" + tracker.json("attach", str(tracker.folder / "folded"), "maria/friday")["profile"]


SESSIONS = 19


@contextlib.contextmanager
def notebook(binary, folder):
    """A server with each kind of session, and the addresses of every state."""
    tracker = harness.Tracker(binary, folder)
    try:
        profile = record(tracker)
        server = tracker.serve()
        harness.within(20, lambda: len(server.json("api/sessions")["sessions"]) == SESSIONS, "all sessions are published")
        server.states = states(profile)
        yield server
    finally:
        tracker.end()


def states(profile):
    trend = "trends?target=" + urllib.parse.quote(TARGET, safe="")
    return {
        "list": "", "each its row": "?repeats=open", "no match": "?q=nowhere", "archived": "?q=is%3Aarchived",
        "a slip": "?q=tga%3Ax", "turned": "?sort=-p99", "targets": "targets", "storage": "storage", "pick": "compare",
        "users": "users", "one user": "?user=maria", "no such user": "?user=nobody",
        "compare": "compare?a=maria/thursday&b=maria/friday", "compare of two runs": "compare?a=ann/s%200&b=ann/s%207",
        "compare with none": "compare?a=ann/s%200&b=ann/none",
        "compare of several": "compare?a=ann/s%200&b=ann/s%205&b=ann/s%206&b=ann/heap&b=ann/s%207",
        "trend": trend, "no such trend": "trends?target=none", "shop": SHOP_SESSION, "session": SESSION,
        "heat map": SHOP_SESSION + "?view=heat", "gauge of a session": SESSION + "?metric=heap_bytes",
        "no such metric": SESSION + "?metric=none", "run": SHOP_SESSION + "/runs/run%201",
        "run that failed": "sessions/ann/s%203/runs/r2", "no such run": SESSION + "/runs/none",
        "span": SESSION + "?from=2025-11-30T12:00:10Z&to=2025-11-30T12:00:30Z", "level": "sessions/ann/heap",
        "few values": "sessions/ann/few", "reported": "sessions/ann/reported", "failed": "sessions/ann/s%203",
        "unfinished": "sessions/ann/unfinished", "damaged": "sessions/ann/bad", "no such session": "sessions/ann/none",
        "experiment": "sessions/maria/experiment", "highest rate": "sessions/maria/highest%20rate",
        "profile": profile}


NOTHING_YET = {"first start": "", "no targets": "targets", "no users": "users", "empty storage": "storage", "nothing to compare": "compare"}
