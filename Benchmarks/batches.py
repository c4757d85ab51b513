"""Events a second that `POST /api/events` acknowledges, from a few connections with bodies of many lines.

    python3 Benchmarks/batches.py TRACKER [OTHER ...]    each program in turn
"""
import gzip
import http.client
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import intake

ROUNDS = 3
# Name, connections, bodies of each, lines of a body, how it is packed.
CASES = (
    ("plain, 2 connections", 2, 6, 60_000, None),
    ("gzip, 2 connections", 2, 6, 60_000, "gzip"),
    ("plain, 1,000 lines a body, 16 connections", 16, 60, 1_000, None),
)


def body(seed, lines, packing):
    text = "".join('{"ts":%d,"metric":"http.latency_ms","value":%d.%d,"unit":"ms","run":"r","labels":{"route":"/"}}\n' % (
        1763899200000 + number, seed % 90, number % 1000) for number in range(lines)).encode()
    return gzip.compress(text, 1) if packing else text


def send(server, bodies, packing, failures):
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    headers = {"Content-Type": "application/x-ndjson", **({"Content-Encoding": packing} if packing else {})}
    for one in bodies:
        connection.request("POST", "/api/events?user=bench&session=s", one, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            failures.append(answer.status)
    connection.close()


def case(tracker, connections, count, lines, packing):
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        server = intake.Server(tracker, data)
        bodies = [[body(17 * sender + number, lines, packing) for number in range(count)] for sender in range(connections)]
        failures = []
        threads = [threading.Thread(target=send, args=(server, each, packing, failures)) for each in bodies]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - started
        server.stop()
        if failures:
            raise SystemExit("error: not every body was acknowledged: %s" % failures)
        shown = subprocess.run([str(tracker), "verify", "--data", str(data), "--json"], capture_output=True, text=True)
        if shown.returncode:
            raise SystemExit("error: the log is not whole:\n%s" % shown.stdout[-2_000:])
        return connections * count * lines / took


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    for name, *rest in CASES:
        for number, tracker in enumerate(sys.argv[1:], 1):
            found = sorted(case(tracker, *rest) for _ in range(ROUNDS))
            print("| %s | program %d | %s events/s | %s–%s |" % (
                name, number, *(format(round(value), ",") for value in (found[ROUNDS // 2], found[0], found[-1]))))
