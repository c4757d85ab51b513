#!/usr/bin/env python3
"""How fast the files of load tools are imported, each in turn, against reading the same bytes (`wc -l`) in the same round.

    Benchmarks/imports.py TRACKER                 files of 100 MB, three rounds
    Benchmarks/imports.py TRACKER --mb 5000 --only k6 --stream --runs 1

With --stream nothing is written but the log: the text goes into `tracker import -`, a minute of a test after the other.

Megabytes of text for each second of processor time of the whole command: with the hash of the file, and the log that it
writes and compresses. Samples and peak memory are what the command and the kernel say. Nothing is installed.
"""
import argparse
import contextlib
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import tempfile
import time

START = 1_795_442_400


def stamp(number):
    seconds, part = divmod(number, 2000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(START + seconds)) + ".%09dZ" % (part * 500_000)


def k6(dice, number):
    """One request: nine points with the same tags."""
    tags = ('{"expected_response":"true","group":"","method":"GET","name":"http://localhost:3000/items/%d","proto":"HTTP/1.1",'
            '"scenario":"default","status":"200","url":"http://localhost:3000/items/%d"}' % (number % 7, number % 7))
    value = dice.expovariate(1 / 12)
    for metric, part in (("http_reqs", 1), ("http_req_duration", value), ("http_req_blocked", 0), ("http_req_connecting", 0),
                         ("http_req_tls_handshaking", 0), ("http_req_sending", value / 50), ("http_req_waiting", value * .9),
                         ("http_req_receiving", value * .08), ("http_req_failed", 0)):
        yield '{"metric":"%s","type":"Point","data":{"time":"%s","value":%.6g,"tags":%s}}\n' % (metric, stamp(number), part, tags)


def vegeta(dice, number):
    yield ('{"attack":"","seq":%d,"code":200,"timestamp":"%s","latency":%d,"bytes_out":0,"bytes_in":17,"error":"","body":null,'
           '"method":"GET","url":"http://localhost:8080/","headers":{"Content-Length":["17"],"Content-Type":["text/plain"],'
           '"Date":["Wed, 01 May 2024 10:00:00 GMT"]}}\n' % (number, stamp(number), dice.expovariate(1 / 2.5e6)))


def hey(dice, number):
    if number == 0:
        yield "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
    yield "%.4f,0.0000,0.0000,0.0001,0.0019,0.0001,200,%.4f\n" % (dice.expovariate(1 / .0125), number / 2000)


def jmeter(dice, number):
    if number == 0:
        yield ("timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
               "grpThreads,allThreads,URL,Latency,IdleTime,Connect\n")
    ms = dice.expovariate(1 / 12)
    yield "%d,%d,home,200,OK,users 1-%d,text,true,,2781,133,9,9,http://localhost:8080/,%d,0,0\n" % (
        START * 1000 + number // 2, ms, number % 9, ms)


KINDS = {"k6": ("k6 NDJSON", k6), "vegeta": ("vegeta JSON", vegeta), "jmeter": ("JMeter CSV", jmeter), "hey": ("hey CSV", hey)}
STREAMED = {"k6", "vegeta"}


def write(path, make, size):
    dice, number, written = random.Random(7), 0, 0
    with open(path, "w", buffering=1 << 20) as out:
        while written < size:
            for line in make(dice, number):
                written += out.write(line)
            number += 1


def minutes(make, size):
    """Blocks of a minute with 100 requests a second: one is made, and its time is written anew for each minute."""
    dice = random.Random(7)
    block = "".join(line for number in range(6000) for line in make(dice, number * 20)).encode()
    first = stamp(0)[:17].encode()
    for minute in range(-(-size // len(block))):
        end = block.rfind(b"\n", 0, size - minute * len(block)) + 1
        yield block[:end].replace(first, time.strftime("%Y-%m-%dT%H:%M:", time.gmtime(START + 60 * minute)).encode())


def measured(command, blocks=()):
    """- Returns: processor seconds, peak bytes, and what the command printed.
    - Parameter blocks: for its standard input."""
    with tempfile.TemporaryFile("w+") as out:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT)
        with contextlib.suppress(BrokenPipeError), child.stdin:
            for block in blocks:
                child.stdin.write(block)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if child.returncode:
        raise SystemExit("%s: exit status %d\n%s" % (command[0], child.returncode, text[-2000:]))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tracker", type=pathlib.Path)
    parser.add_argument("--mb", type=int, default=100, help="size of each file (default: 100)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=KINDS, action="append")
    parser.add_argument("--stream", action="store_true", help="k6 and vegeta alone, into `tracker import -`")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imports-") as name:
        folder = pathlib.Path(name)
        kinds = {kind: KINDS[kind] for kind in arguments.only or (STREAMED if arguments.stream else KINDS)}
        if arguments.stream and not STREAMED.issuperset(kinds):
            parser.error("--stream is for %s: their times are texts" % " and ".join(sorted(STREAMED)))
        for kind, (_, make) in kinds.items():
            if not arguments.stream:
                write(folder / kind, make, arguments.mb * 1_000_000)
        rows = {kind: [] for kind in kinds}
        for _ in range(arguments.runs):
            for kind, (_, make) in kinds.items():
                size = arguments.mb * 1_000_000
                blocks = minutes(make, size) if arguments.stream else ()
                file = "-" if arguments.stream else folder / kind
                seconds, peak, text = measured([arguments.tracker, "import", "--data", folder / "data", file], blocks)
                if arguments.stream:
                    read, _, _ = measured(["wc", "-l"], minutes(make, size))
                else:
                    read, _, _ = measured(["wc", "-l", file])
                samples = int(re.search(r": ([\d,]+) samples", text)[1].replace(",", ""))
                rows[kind].append((size / seconds / 1e6, samples / seconds, seconds / max(read, 1e-3), peak / 1e6))
                shutil.rmtree(folder / "data")
    print("| file, %d MB | MB a second of one core | samples a second | times `wc -l` | peak MB |" % arguments.mb)
    print("| --- | --- | --- | --- | --- |")
    for kind, values in rows.items():
        speeds = [value[0] for value in values]
        print("| %s | %.0f–%.0f | %.0f | %.1f | %.0f |" % (
            KINDS[kind][0], min(speeds), max(speeds), statistics.median(value[1] for value in values),
            statistics.median(value[2] for value in values), max(value[3] for value in values)))


if __name__ == "__main__":
    main()
