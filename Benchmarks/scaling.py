"""How the index grows: with the shape of lines, the number of events, of threads, and of sessions with nothing new."""
import json
import shutil
import statistics
import subprocess

SHAPES = ("plain", "order", "whitespace", "escapes", "labels", "routes", "turns", "rfc3339", "unknown", "digits")
SHAPE_EVENTS = 1_000_000
SMALL_SESSIONS = 10_000
GROWTH_SESSIONS = 100


def made(python, script, folder, *arguments):
    """A data set, made once for its arguments."""
    if not (folder / "whole").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, str(script), str(folder), *map(str, arguments)], check=True)
        (folder / "whole").touch()
    return folder


def rebuild(tracker, folder, threads):
    return [tracker, "index", "--rebuild", "--data", folder, "--threads", threads, "--json"]


def in_turn(measure, commands, rounds):
    """Each command once a round, after one to warm up: seconds and peak MiB of each round, and what was printed last."""
    results = {name: [] for name in commands}
    printed = {}
    for number in range(rounds + 1):
        for name, command in commands.items():
            seconds, memory, printed[name] = measure(command)
            if number:
                results[name].append((seconds, memory))
    return results, printed


def ratios(own, others):
    """Median, least and largest of the ratios within each round."""
    values = [mine / other for (mine, _), (other, _) in zip(own, others)]
    return statistics.median(values), min(values), max(values)


def one_thread_rows(measure, tracker, python, peers, folder, rounds):
    """One thread against decompressing alone."""
    commands = {"tracker": rebuild(tracker, folder, 1), "zstd": [python, peers, "zstd", folder, 1]}
    results, _ = in_turn(measure, commands, rounds)
    return ratios(results["tracker"], results["zstd"])


def shape_rows(measure, tracker, python, script, data, rounds):
    """Time for each byte of text, against plain lines."""
    commands, sizes = {}, {}
    for shape in SHAPES:
        folder = made(python, script, data / ("shape-" + shape), "--events", SHAPE_EVENTS, "--sessions", 2,
                      "--shape", shape)
        commands[shape] = rebuild(tracker, folder, 1)
        sizes[shape] = text_bytes(python, script.parent / "peers.py", folder)
    results, printed = in_turn(measure, commands, rounds)
    rows = []
    for shape in SHAPES:
        if json.loads(printed[shape])["events"] != SHAPE_EVENTS:
            raise SystemExit("error: not all events of %s were counted" % shape)
        scale = sizes["plain"] / sizes[shape]
        rows.append((shape, *(ratio * scale for ratio in ratios(results[shape], results["plain"])),
                     statistics.median(seconds for seconds, _ in results[shape]) / SHAPE_EVENTS * 1e9))
    return rows


def text_bytes(python, peers, folder):
    """How much text the segments hold."""
    printed = subprocess.run([python, str(peers), "zstd", str(folder), "1"], capture_output=True, check=True).stdout
    return json.loads(printed)["bytes"]


def growth_row(measure, tracker, python, script, data, small, events, threads, rounds):
    """Time for each event of twenty times as many, in a hundred sessions; and the peak memory of it."""
    large = made(python, script, data / ("%d-in-%d" % (20 * events, GROWTH_SESSIONS)), "--events", 20 * events,
                 "--sessions", GROWTH_SESSIONS)
    commands = {"small": rebuild(tracker, small, threads), "large": rebuild(tracker, large, threads)}
    results, _ = in_turn(measure, commands, rounds)
    middle, low, high = ratios(results["large"], results["small"])
    return middle / 20, low / 20, high / 20, max(memory for _, memory in results["large"])


def incremental_rows(measure, tracker, python, script, data, rounds):
    """Milliseconds of an index run over many small sessions: with nothing new, and with one more frame."""
    folder = made(python, script, data / ("sessions-%d" % SMALL_SESSIONS), "--events", SMALL_SESSIONS * 100,
                  "--sessions", SMALL_SESSIONS, "--segments", 1, "--frame", 100)
    command = [tracker, "index", "--data", folder, "--json"]
    measure(command)
    segment = sorted(folder.glob("log/*/*/*.zst"))[0]
    line = b'{"ts":1763899200000,"metric":"http.latency_ms","value":1}\n'
    frame = subprocess.run([python, "-c", "import sys, zstandard; sys.stdout.buffer.write(zstandard.ZstdCompressor("
                            "write_checksum=True).compress(%r))" % line], capture_output=True, check=True).stdout
    nothing, one = [], []
    for _ in range(rounds):
        nothing.append(measure(command)[0] * 1_000)
        with segment.open("ab") as file:
            file.write(frame)
        one.append(measure(command)[0] * 1_000)
    return [("`tracker index`, nothing new in %s sessions" % format(SMALL_SESSIONS, ","), nothing, "ms"),
            ("the same, one new frame in one of them", one, "ms")]
