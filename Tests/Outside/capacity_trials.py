#!/usr/bin/env python3
"""`tracker load --find-max` by a real clock, on queues whose highest rate is known exactly.

    Tests/Outside/capacity_trials.py --times 20 --together 4

The demo target serves two requests at a time, each for a random time of 4 ms in the mean, and Poisson arrivals ask
for them: the queue M/M/2. Where p90 crosses 30 ms is known from theory. Each trial has a target and seeds of its own.
Trials that run together mostly wait; on two cores that are quiet, four do not disturb each other.
"""
import collections
import concurrent.futures
import json
import math
import pathlib
import re
import subprocess
import tempfile
import time

import outside
from outside import harness

SERVERS, SERVICE_S, BEYOND, LIMIT_S = 2, 0.004, 0.1, 0.030
PROMISE = "p90<30ms"
#: Both sides of the limit, so that the search brackets from below and from above.
STARTS = (250, 350, 500, 600)
WITHIN = 0.05
TIMEOUT_S = 900

Trial = collections.namedtuple("Trial", "seed found interval limit runs seconds disturbed")


def slower(servers, service_s, rate, limit_s):
    """The share of response times of M/M/c above a limit."""
    mu, load = 1 / service_s, rate * service_s
    lost = 1.0
    for server in range(1, servers + 1):
        lost = load * lost / (server + load * lost)
    waits = lost / (1 - load / servers * (1 - lost))
    spare = servers * mu - rate
    if spare <= 0:
        return 1.0
    served = math.exp(-mu * limit_s)
    return (1 - waits) * served + waits * (
        (spare * served - mu * math.exp(-spare * limit_s)) / (spare - mu) if abs(spare - mu) > 1e-9
        else (1 + mu * limit_s) * served)


def highest(servers=SERVERS, service_s=SERVICE_S, share=BEYOND, limit_s=LIMIT_S):
    low, high = 0.0, servers / service_s
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if slower(servers, service_s, middle, limit_s) < share else (low, middle)
    return low


def trial(binary, seed, start, folder, arguments=()):
    """One search against a target of its own."""
    data = pathlib.Path(folder, "data-%d" % seed)
    target = subprocess.Popen(
        [binary, "demo", "target", "--port", "0", "--servers", str(SERVERS), "--service-time",
         "%dms" % (1000 * SERVICE_S), "--errors", "0", "--seed", str(seed)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True,
        env=harness.environment())
    try:
        url = re.search(r"http://\S+", target.stdout.readline())[0]
        begin = time.monotonic()
        result = subprocess.run(
            [binary, "load", url, "--find-max", PROMISE, "--arrivals", "poisson", "--rate", str(start), "--seed",
             str(1_000 * seed), "--data", str(data), "--json", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S, env=harness.environment())
        seconds = time.monotonic() - begin
    finally:
        target.terminate()
        target.wait(10)
    assert result.returncode in (0, 3), result.stderr[-2000:]
    found = json.loads(result.stdout)
    assert found["ending"] == "found", (seed, result.stdout[:2000])
    disturbed = {one["code"] for run in found["runs"] for one in run.get("disturbances", ())}
    return Trial(seed, found["rate"], found["interval"], found["limit"], len(found["runs"]), seconds, disturbed)


def run(binary, dice, times, together=1, folder=None, arguments=()):
    """Searches with seeds from `dice`; each is told as it ends."""
    exact = highest()
    seeds = [dice.randrange(1, 10**6) for _ in range(times)]
    trials = []
    with tempfile.TemporaryDirectory(dir=folder, prefix="tracker-capacity-") as home, \
            concurrent.futures.ThreadPoolExecutor(together) as pool:
        asked = [pool.submit(trial, binary, seed, STARTS[index % len(STARTS)], home, arguments)
                 for index, seed in enumerate(seeds)]
        for future in concurrent.futures.as_completed(asked):
            one = future.result()
            trials.append(one)
            outside.say("seed %6d: %.1f/s (%.0f to %.0f), exact %.1f/s, %+.1f %%, limit: %s, %d runs in %.0f s%s" % (
                one.seed, one.found, *one.interval, exact, 100 * (one.found / exact - 1), one.limit, one.runs,
                one.seconds, "; not quiet: " + ", ".join(sorted(one.disturbed)) if one.disturbed else ""))
    errors = [one.found / exact - 1 for one in trials]
    inside = sum(low <= exact <= high for low, high in (one.interval for one in trials))
    outside.say(
        "measured: find-max, M/M/%d of %.0f ms, %s, exact %.1f/s: %d of %d within %.0f %%, furthest %+.1f %%, %d intervals"
        " hold it, %d called the target's limit; a trial %.0f to %.0f s" % (
            SERVERS, 1000 * SERVICE_S, PROMISE, exact, sum(abs(error) < WITHIN for error in errors), times,
            100 * WITHIN, 100 * max(errors, key=abs), inside, sum(one.limit == "target" for one in trials),
            min(one.seconds for one in trials), max(one.seconds for one in trials)))
    return errors


def main():
    options = outside.options(__doc__, times=20, together=4)
    dice, seed = outside.seeded(options.seed)
    outside.say("TRACKER_SEED=%d" % seed)
    with outside.trials("find-max"):
        errors = run(options.binary, dice, options.times, options.together, options.folder)
        good = sum(abs(error) < WITHIN for error in errors)
        assert good >= 0.9 * options.times, "only %d of %d within %.0f %%" % (good, options.times, 100 * WITHIN)


if __name__ == "__main__":
    main()
