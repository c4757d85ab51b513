"""The part `files` of Benchmarks/run: what each command takes for one file of a session, at a thousand, ten thousand
and a hundred thousand segments. A time that grows with the number of files says that a command is not linear in it."""
import json
import os
import shutil

COUNTS = (1_000, 10_000, 100_000)
SESSION = "bench/many"


def segment(compress, number):
    """A segment of one frame with one event, of a writer of its own."""
    writer = "%016x" % (number + 1)
    header = {"frame": 1, "session": "many", "writer": writer, "seq": 0, "events": 1}
    line = '{"ts":%d,"metric":"http.latency_ms","value":%d}\n' % (1_763_899_200_000 + number, number)
    return writer + ".000001.jsonl.zst", compress((json.dumps(header) + "\n" + line).encode())


def fill(folder, compress, count):
    """A data folder with one session of so many segments, all old enough to be closed."""
    shutil.rmtree(folder, ignore_errors=True)
    place = folder / "log" / SESSION
    place.mkdir(parents=True)
    for number in range(count):
        name, content = segment(compress, number)
        (place / name).write_bytes(content)
    return folder


def displace(folder, compress, count):
    """Gives the session that is in the trash a namesake with other files of the same names."""
    place = folder / "log" / SESSION
    place.mkdir(parents=True)
    for number in range(count):
        name, _ = segment(compress, number)
        (place / name).write_bytes(segment(compress, count + number)[1])


def commands(tracker, folder, count, compress, threads):
    """In this order: name, command, what happens before it, statuses."""
    data = ["--data", folder]
    log = folder / "log" / SESSION
    states = folder / "all.state"
    nothing = lambda: None  # noqa: E731

    def new_file():
        (log / "shared.000001.jsonl").write_text('{"ts":1763899200000,"metric":"m","value":1}\n')

    def original():
        (log / "shared.000001.jsonl").unlink()

    return [
        ("`index --rebuild`, one thread", ["index", "--rebuild", "--threads", 1, *data], nothing, (0,)),
        ("`index --rebuild`, %d threads" % threads, ["index", "--rebuild", "--threads", threads, *data], nothing, (0,)),
        ("`index`, one new file", ["index", *data], new_file, (0,)),
        ("`show`", ["show", SESSION, *data, "--json"], original, (0,)),
        ("`verify`", ["verify", *data], nothing, (0,)),
        ("`cat`", ["cat", SESSION, *data], nothing, (0,)),
        ("`repair`", ["repair", *data], nothing, (0,)),
        ("`fold`", ["fold", "-o", states, log], nothing, (0,)),
        ("`merge`", ["merge", states, *data], nothing, (0,)),
        ("`prune --apply`", ["prune", SESSION, "--apply", *data], nothing, (0,)),
        ("`restore` beside other files of the same names", ["restore", SESSION, *data],
         lambda: displace(folder, compress, count), (0,)),
        ("`compact --quiet 0`, twice as many files", ["compact", "--quiet", 0, *data], nothing, (0,)),
        # Once the blocks of a file are on the disk, to remove it costs far more.
        ("`prune --empty-trash --yes`, twice as many files", ["prune", "--empty-trash", "--yes", *data], os.sync, (0,)),
    ]


def removed(measure, folder, compress, count):
    """Seconds in which `rm` removes as many files as the trash had, the same way."""
    for part in ("one", "two"):
        fill(folder / part, compress, count)
    os.sync()
    return measure(["rm", "-r", folder])[0]


def row(name, values):
    return "| %s | %s | %.2f |" % (name, " | ".join("%.0f" % value for value in values), values[-1] / values[0])


def report(measure, note, tracker, data, threads, header):
    """The lines of the section. Each command runs once for each number of files."""
    import zstandard
    compress = zstandard.ZstdCompressor(level=1, write_checksum=True).compress
    results = {}
    for count in COUNTS:
        note("%s segments ..." % format(count, ","))
        folder = fill(data / "files", compress, count)
        for name, command, before, expect in commands(tracker, folder, count, compress, threads):
            before()
            seconds, _, _ = measure([tracker, *command], expect=expect)
            results.setdefault(name, []).append(seconds * 1e6 / count)
            note("  %s: %.1f s" % (name, seconds))
        shutil.rmtree(folder)
        results.setdefault("`rm -r`, twice as many files", []).append(
            removed(measure, folder, compress, count) * 1e6 / count)
    return [header, "", "| microseconds for each file | %s | the last / the first |"
            % " | ".join("%s files" % format(count, ",") for count in COUNTS),
            "| --- |" + " --- |" * (len(COUNTS) + 1), *(row(*one) for one in results.items())]
