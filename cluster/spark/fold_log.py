#!/usr/bin/env python3
"""Makes the index of a data folder on a Spark cluster: `tracker fold` for each segment, `tracker merge` for each session.

    spark-submit [--files tracker] fold_log.py FOLDER [--tracker FILE] [--json]

FOLDER is a data folder that the driver and all executors see under the same path. The program is the file of
--tracker, which is sent to the executors, or what `--files` brought as `tracker`, or what stands on their PATH.
Exit status: 0 all is indexed, 1 something failed and is named, 2 nothing was done.
"""
import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys

# Of what a program wrote on standard error, enough to know what happened.
ERROR_CHARACTERS = 2_000
# Tasks of each step; beyond it tasks share segments, or sessions.
MOST_TASKS = 10_000
ENDINGS = ("jsonl.zst", "jsonl.gz", "jsonl")


class Missing(Exception):
    """There is no program to run."""


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="the data folder, as driver and executors see it")
    parser.add_argument("--tracker", help="the program; it is sent to the executors")
    parser.add_argument("--json", action="store_true", help="print one JSON object, as the last line")
    return parser.parse_args(arguments)


def segments(folder):
    """All segments as (path, size), by path."""
    found = []
    for user in folders(os.path.join(folder, "log")):
        for session in folders(user.path):
            with os.scandir(session.path) as files:
                found += [(file.path, file.stat(follow_symlinks=False).st_size) for file in files
                          if file.is_file(follow_symlinks=False) and is_segment(file.name)]
    return sorted(found)


def folders(path):
    with os.scandir(path) as entries:
        return sorted((entry for entry in entries if entry.is_dir(follow_symlinks=False)), key=lambda entry: entry.path)


def is_segment(name):
    """WRITER.NNNNNN.ENDING, as `tracker` takes it: one wrongly taken for a segment is a failure with its name."""
    writer, _, rest = name.partition(".")
    number, _, ending = rest.partition(".")
    return bool(writer) and len(number) == 6 and number.isdigit() and ending in ENDINGS


class Program:
    """`tracker` on whatever machine this is used on."""

    def __init__(self, name, most_attempts):
        self.name, self.most_attempts = name, most_attempts

    def path(self):
        from pyspark import SparkFiles
        sent = SparkFiles.get(self.name)
        found = sent if os.path.exists(sent) else shutil.which(self.name)
        if not found:
            raise Missing("there is no program %r on %s: send it with --tracker or --files, or put it on the PATH"
                          % (self.name, socket.gethostname()))
        if not os.access(found, os.X_OK):
            os.chmod(found, 0o755)
        return found

    def run(self, *arguments, given=None):
        """Its standard output. Raises what it said when it did not do its work."""
        done = subprocess.run([self.path(), *arguments], input=given or b"", capture_output=True)
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.decode(errors="replace").strip()[-ERROR_CHARACTERS:]
        raise RuntimeError(said or "tracker %s ended with %d" % (arguments[0], done.returncode))

    def attempt(self, name, *arguments, given=None):
        """(output, None), or (None, why `name` failed) at Spark's last attempt: one bad segment does not end the job.

        Before that the failure is Spark's, which tries again, and elsewhere where it can.
        """
        try:
            return self.run(*arguments, given=given), None
        except Missing as error:
            return None, str(error)
        except Exception as error:
            if not self.is_last_attempt():
                raise
            return None, "%s: %s" % (name, error)

    def is_last_attempt(self):
        from pyspark import TaskContext
        return TaskContext.get().attemptNumber() + 1 >= self.most_attempts


def fold(program, path):
    """(folder of the session, (path, state, why not))"""
    return os.path.dirname(path), (path, *program.attempt(path, "fold", path, "-o", "-"))


def merge(program, folder, session, folded):
    """Makes a session's snapshot. (session, report or None, what failed)"""
    folded = sorted(folded, key=lambda row: row[0])
    errors = [error for _, _, error in folded if error]
    states = b"".join(state for _, state, _ in folded if state)
    printed, error = None, None
    if states:
        printed, error = program.attempt(session, "merge", "-", "--data", folder, "--json", given=states)
    errors += [error] if error else []
    return session, json.loads(printed)["sessions"][0] if printed else None, errors


def fold_and_merge(context, program, folder):
    """Both steps on the cluster; what `merge` gives of each session, by session."""
    # The largest first; few in a task: what is lost with an executor is done again, and no more.
    paths = [path for path, size in sorted(segments(folder), key=lambda file: (-file[1], file[0]))]
    tasks = [paths[first::MOST_TASKS] for first in range(min(len(paths), MOST_TASKS))]
    sessions = len({os.path.dirname(path) for path in paths})
    if not paths:
        return []
    return sorted(
        context.parallelize(tasks, len(tasks))
        .flatMap(lambda task: [fold(program, path) for path in task])
        .groupByKey(min(sessions, MOST_TASKS))
        .map(lambda item: merge(program, folder, *item))
        .collect(), key=lambda done: done[0])


def attempts(context):
    """How often Spark tries a task."""
    local = re.fullmatch(r"local(?:\[[^,\]]*(?:, *(\d+))?\])?", context.master)
    return int(local.group(1) or 1) if local else int(context.getConf().get("spark.task.maxFailures", "4"))


def run(context, folder, tracker):
    if tracker:
        context.addFile(tracker)
    name = os.path.basename(tracker) if tracker else "tracker"
    program = Program(name, attempts(context))
    done = fold_and_merge(context, program, folder)
    reports = [report for _, report, _ in done if report]
    # A machine without the program says so once, not once for each segment.
    errors = sorted({error for _, _, errors in done for error in errors})
    catalogue = {}
    if len(reports) > 0 or not done:
        try:
            # The catalogue, and whatever no executor could do.
            catalogue = json.loads(program.run("index", "--data", folder, "--json"))
            errors += catalogue["problems"]
        except (Missing, RuntimeError) as error:
            errors.append("the list of sessions is not made: %s" % error)
    return {
        "sessions": len(reports), "segments": sum(report["segments"] for report in reports),
        "merged": sum(report["merged"] for report in reports),
        "folded_bytes": sum(report["folded_bytes"] for report in reports),
        "events": catalogue.get("events"), "digest": catalogue.get("digest"),
        "left_out": [{"user": report["user"], "session": report["session"], **left}
                     for report in reports for left in report["left_out"]],
        "errors": errors,
    }


def text(report):
    lines = ["%(sessions)d sessions, %(merged)d of %(segments)d segments merged, %(events)s events" % report,
             "digest %(digest)s" % report]
    return "\n".join(lines + ["%(user)s/%(session)s/%(segment)s: folded from the log, %(reason)s" % left
                              for left in report["left_out"]])


def main():
    arguments = parse()
    folder = os.path.abspath(arguments.folder)
    if not os.path.isdir(os.path.join(folder, "log")):
        print("error: %s is no data folder: it has no log/" % folder, file=sys.stderr)
        return 2
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.appName("tracker").getOrCreate()
    try:
        report = run(spark.sparkContext, folder, arguments.tracker)
    finally:
        spark.stop()
    for error in report["errors"]:
        print("error: %s" % error, file=sys.stderr)
    # Last: spark-submit mixes what a driver says on standard error into standard output.
    if arguments.json:
        print(json.dumps(report))
    elif report["digest"]:
        print(text(report))
    if not report["errors"]:
        return 0
    return 1 if report["digest"] else 2


if __name__ == "__main__":
    sys.exit(main())
