"""The part `history` of Benchmarks/run: `tracker trend` and `tracker gate` over thousands of sessions of a target."""
import pathlib
import shutil
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
SESSIONS = 5_000
TARGET = "http://localhost:3000/"
COMMIT = "%040x" % (SESSIONS // 8)


def make(python, folder, *arguments):
    subprocess.run([python, str(HERE / "make_history.py"), str(folder), *arguments], check=True)


def timed(measure, command, expect=(0,)):
    """Seconds and peak MiB."""
    seconds, memory, _ = measure(command, expect=expect)
    return seconds, memory


def forget(folder):
    """Takes away what trends and gates keep: their files in the index."""
    for path in (folder / "index").glob("target-*"):
        path.unlink()


def row(name, results):
    seconds = [second for second, _ in results]
    return "| %s | %.2f | %.2f–%.2f | %.0f |" % (
        name, statistics.median(seconds), min(seconds), max(seconds), max(memory for _, memory in results))


def report(tracker, python, data, rounds, measure, note, header):
    folder = data / "history"
    shutil.rmtree(folder, ignore_errors=True)
    note("making the history of %d sessions ..." % SESSIONS)
    make(python, folder, "--runs", str(SESSIONS))
    trend = [tracker, "trend", TARGET, "--data", folder, "--json"]
    gate = [tracker, "gate", "--target", TARGET, "--data", folder, "--against"]
    judged = (0, 1, 3)
    note("the index, from nothing ...")
    indexed = timed(measure, [tracker, "index", "--data", folder])
    first, again, after, last, commit = [], [], [], [], []
    for number in range(rounds):
        note("round %d of %d ..." % (number + 1, rounds))
        forget(folder)
        first.append(timed(measure, trend))
        again.append(timed(measure, trend))
        make(python, folder, "--runs", "1", "--first", str(SESSIONS + number))
        after.append(timed(measure, trend))
        last.append(timed(measure, gate + ["last"], judged))
        # What a gate against a commit keeps is apart from that of a trend.
        measure(gate + [COMMIT], expect=judged)
        commit.append(timed(measure, gate + [COMMIT], judged))
    return [header, "", "| a target with %s runs, each a session | median s | range | peak MiB |" % format(SESSIONS, ","),
            "| --- | --- | --- | --- |",
            row("`tracker index`, from nothing (once)", [indexed]),
            row("`tracker trend`, asked for the first time", first),
            row("`tracker trend`, again", again),
            row("`tracker trend` after one more run", after),
            row("`tracker gate --against last`", last),
            row("`tracker gate --against COMMIT`, again", commit)]
