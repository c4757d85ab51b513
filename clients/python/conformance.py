"""The scenarios of clients/conformance, as this client writes them: conformance.py SCENARIO COUNT."""
import logging
import os
import sys
import threading
import time

import local_tracker_client
from local_tracker_client import Run, SessionLog


class Errors(logging.Handler):
    text = ""

    def emit(self, record):
        self.text += record.getMessage().replace("\n", " ") + "; "


def samples(log, metric, count):
    for number in range(count):
        log.sample(metric, number, unit="ms", ts=1763899200000 + number, labels={"route": "/a"})


def story(log, _):
    log.event("run_started", run="r1", test="warm \"cache\"\n", target="http://localhost:3000/",
              params={"cache": "on", "größe": "1\t2\\"})
    run = Run(log, "r1")
    run.sample("http.latency_ms", 12.5, unit="ms", ok=True, labels={"route": "/ü/😀", "status": "200"})
    run.sample("http.latency_ms", 0.1, ok=False)
    run.sample("large", 1e300)
    run.sample("small", -1.5e-9)
    log.sample("no_run", 3)
    log.event("note", text="line one\nline two \u0001\u007f \u2028")
    log.event("run_finished", run="r1", state="failed")


def bad(log, _):
    log.sample("", 1)
    log.sample("m" * 129, 1)
    log.sample("m", float("nan"))
    log.sample("m", float("inf"))
    log.sample("m", 1, labels={"l%d" % number: "x" for number in range(33)})
    log.sample("m", 1, unit="m" * 1025)
    log.event("note", text="m" * (2 << 20))
    log.sample("good", 1)
    log.flush()
    log.sample("good", 1)


def threads(log, count):
    both = [threading.Thread(target=samples, args=(log, metric, count)) for metric in ("t0", "t1")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()


def fork(log, count):
    samples(log, "before", count)
    child = os.fork()
    samples(log, "parent" if child else "child", count)
    if not child:
        sys.exit(0)
    os.waitpid(child, 0)


def acknowledge(log, count):
    for number in range(count):
        log.sample("n", number)
        if number % 10 == 9 and log.flush():
            print(number + 1, flush=True)


def quiet(log, milliseconds):
    log.sample("n", 0)
    time.sleep(milliseconds / 1000)
    log.sample("n", 1)
    print(1, flush=True)
    time.sleep(60)


def main(scenario, count):
    error = Errors()
    local_tracker_client.logger.addHandler(error)
    local_tracker_client.ROTATE_AFTER_BYTES = int(os.environ.get("CONFORMANCE_ROTATE", 64 << 20))
    log = SessionLog(os.environ["CONFORMANCE_SESSION"])
    log.event("session", name="Grüße, 世界 😀")
    scenarios = {"story": story, "bad": bad, "threads": threads, "fork": fork, "acknowledge": acknowledge, "quiet": quiet,
                 "samples": lambda log, count: samples(log, "n", count)}
    scenarios["exit"] = scenarios["samples"]
    scenarios[scenario](log, count)
    if scenario == "exit":
        return
    log.close()
    print("dropped %d" % log.dropped)
    if error.text:
        print("error " + error.text)
    print("done")


main(sys.argv[1], int(sys.argv[2]))
