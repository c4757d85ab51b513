"""The part `sessions` of Benchmarks/run: the same lines in a thousand sessions and in a hundred thousand, by
`tracker index` and by `tracker serve`, from nothing and with one new line in each session. Beside it what the file
system takes for the files alone: to list, stat, open and close each."""
import http.client
import json
import os
import shutil
import time

COUNTS = (1_000, 100_000)
LINES = 500_000
STEP_MS = 100
DEADLINE_S = 1_200


def line(session, number):
    return '{"ts":%d,"metric":"latency_ms","value":%d.5}\n' % (
        1_763_899_200_000 + session * 1_000 + number * STEP_MS, number % 90 + 1)


def logs(folder):
    return [os.path.join(entry.path, "shared.000001.jsonl") for entry in os.scandir(folder / "log" / "bench")]


def fill(folder, count):
    """So many sessions of the same number of lines."""
    shutil.rmtree(folder, ignore_errors=True)
    for session in range(count):
        place = folder / "log" / "bench" / ("s%06d" % session)
        place.mkdir(parents=True)
        (place / "shared.000001.jsonl").write_text(
            "".join(line(session, number) for number in range(LINES // count)))
    return folder


def add_a_line(folder):
    for path in logs(folder):
        with open(path, "a") as file:
            file.write(line(0, 0))


def file_system(folder):
    """Seconds to list, stat, open and close each file."""
    begin = time.perf_counter()
    for path in logs(folder):
        os.stat(path)
        os.close(os.open(path, os.O_RDONLY))
    return time.perf_counter() - begin


def indexed(measure, tracker, folder, threads, events):
    """Seconds and MiB of one `tracker index`."""
    seconds, memory, printed = measure([tracker, "index", "--json", "--threads", threads, "--data", folder])
    found = json.loads(printed)["events"]
    assert found == events, "%d events counted, and there are %d" % (found, events)
    return seconds, memory


def served(start, folder, count, events):
    """Seconds to the first answer, and until every session is read; MiB at most."""
    server = start(folder)
    try:
        first = server.first_answer() / 1_000
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

        def get(path):
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        while True:
            health = get("/health")
            if health["sessions"] == count and not health["freshness"]["problem"]:
                break
            assert time.perf_counter() - server.begin < DEADLINE_S, health
            time.sleep(0.1)
        seconds = time.perf_counter() - server.begin
        memory = peak(server.process.pid)
        found = sum(row["events"] for row in get("/api/sessions")["sessions"])
        assert found == events, "%d events shown, and there are %d" % (found, events)
        return first, seconds, memory
    finally:
        server.stop()


def peak(process):
    with open("/proc/%d/status" % process) as status:
        return next(int(text.split()[1]) / 1024 for text in status if text.startswith("VmHWM"))


def look(measure, start, note, tracker, data, threads, count):
    """Each figure of so many sessions, by its name."""
    note("%s sessions ..." % format(count, ","))
    folder = fill(data / "sessions", count)
    results, events = {}, LINES
    results["list, stat, open and close each file"] = file_system(folder), None
    results["`index` from nothing"] = indexed(measure, tracker, folder, threads, events)
    results["`index`, nothing new"] = indexed(measure, tracker, folder, threads, events)
    add_a_line(folder)
    events += count
    results["`index`, one new line in each session"] = indexed(measure, tracker, folder, threads, events)
    add_a_line(folder)
    events += count
    first, *rest = served(start, folder, count, events)
    results["`serve`, first answer, one new line in each session"] = first, None
    results["`serve`, all read, one new line in each session"] = rest
    shutil.rmtree(folder / "index")
    first, *rest = served(start, folder, count, events)
    results["`serve`, first answer, from nothing"] = first, None
    results["`serve`, all read, from nothing"] = rest
    shutil.rmtree(folder)
    for name, (seconds, memory) in results.items():
        note("  %s: %.2f s%s" % (name, seconds, "" if memory is None else ", %.0f MiB" % memory))
    return results


def row(name, few, many, files):
    """The ratio: many sessions against few and what the file system takes for the files of the many."""
    ratio = "" if many[1] is None else "%.1f" % (many[0] / (few[0] + files))
    memory = "" if many[1] is None else "%.0f" % many[1]
    return "| %s | %.2f | %.2f | %s | %s |" % (name, few[0], many[0], ratio, memory)


def report(measure, start, note, tracker, data, threads, header):
    """The lines of the section."""
    few, many = (look(measure, start, note, tracker, data, threads, count) for count in COUNTS)
    files = next(iter(many.values()))[0]
    return [header, "", "| seconds | %s sessions | %s sessions | ratio | MiB at most |" % tuple(
                format(count, ",") for count in COUNTS), "| --- | --- | --- | --- | --- |",
            *(row(name, few[name], many[name], files) for name in few)]
