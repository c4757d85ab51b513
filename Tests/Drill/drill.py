#!/usr/bin/env python3
"""Breaks the program on purpose, one line at a time, and asks its tests: each break has to make one of them fail.

Works on a copy in `.build-drill`; the tree itself is never changed. Run by `scripts/drill`.

Breaks within a function are built once for all, each behind a switch (`switched.py`); the others one after another.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from breaks import BREAKS
from switched import SWITCH, SWITCH_FILE, VARIABLE, switch_file

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / ".build-drill"
PARTS = ("Sources", "Tests", "Fuzz", "docs", "clients")
BUILD_SECONDS = 900  # a first build on a slow machine
WHOLE_SECONDS = 1_200  # all suites, without a break, on a slow machine
TEST_SECONDS = 400  # a break may hang what it breaks
ENVIRONMENT = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "TRACKER_TEST_MODE": "normal", "NO_COLOR": "1"}


def copy_tree():
    """Copies only files that differ, so that the build is incremental."""
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z", *PARTS], cwd=ROOT,
                           check=True, capture_output=True, text=True).stdout.split("\0")
    wanted = {name for name in names if name and (ROOT / name).is_file()}
    for part in PARTS:
        for path in (COPY / part).rglob("*"):
            if path.is_file() and str(path.relative_to(COPY)) not in wanted:
                path.unlink()
    for name in wanted:
        put(COPY / name, (ROOT / name).read_bytes())
    put(COPY / "Package.swift", (ROOT / "Fuzz/Package.swift").read_bytes())


def put(path, content):
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def run(seconds, *command, **environment):
    """- Returns: exit status (None when it did not end in time) and output."""
    # Line by line: tests that hang are killed, and what they had in a buffer would be lost.
    child = subprocess.Popen(["stdbuf", "-oL", *command], cwd=COPY, env={**ENVIRONMENT, **environment},
                             text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
    try:
        return child.communicate(timeout=seconds)[0], child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        return child.communicate()[0], None


def build():
    """- Returns: the compiler's errors, or its last line; nothing when all is built."""
    output, status = run(BUILD_SECONDS, "swift", "build", "--build-tests")
    errors = [line for line in output.splitlines() if "error:" in line]
    return [] if status == 0 else errors or output.splitlines()[-1:] or ["no output"]


def failures(suites, seconds=TEST_SECONDS, **environment):
    """Names of the tests that failed; what ended the run where none could say so."""
    # Not by `swift test`, of which only one at a time may use the folder.
    program, = (COPY / ".build/debug").glob("*PackageTests.xctest")
    output, status = run(seconds, str(program), "--testing-library", "swift-testing", "--filter", suites, **environment)
    if not re.search(r"Test run (started|with)", output):
        raise SystemExit("no test has run for %s:\n%s" % (suites, output[-2000:]))
    names = dict.fromkeys(re.findall(r'✘ Test "?(.*?)"?(?: with \d+ test cases?)? failed after', output))
    if status is None:
        names["no end within %d s" % seconds] = None
    elif status != 0 and not names:
        names["the tests' process ended: " + last_started(output)] = None
    return list(names)


def last_started(output):
    started = re.findall(r'◇ Test (?:case .* to )?"(.*?)" started', output)
    ended = set(re.findall(r'[✔✘] Test "(.*?)" .*?(?:passed|failed) after', output))
    return ", ".join(name for name in started if name not in ended)[:200] or "no test at work"


def put_switched(breaks):
    """Writes the files of the copy with all breaks that stand within a function.

    - Returns: the numbers of those, by file; the others are left out.
    """
    put(COPY / SWITCH_FILE, SWITCH.encode())
    by_file, switched = defaultdict(list), {}
    for number, one in breaks.items():
        by_file[one.file].append((number, one))
    for file, those in by_file.items():
        text, alone = switch_file((ROOT / file).read_text(), those)
        put(COPY / file, text.encode())
        switched[file] = [number for number, _ in those if number not in alone]
    return switched


def build_switched(breaks):
    """- Returns: the numbers of the breaks that the built program has."""
    switched = put_switched(breaks)
    while errors := build():
        # A form that the compiler does not take beside the right one: its file is broken break by break.
        bad = [file for file in switched if any(file in line for line in errors)]
        if not bad:
            raise SystemExit("the copy does not build: " + errors[0])
        for file in bad:
            del switched[file]
            put(COPY / file, (ROOT / file).read_bytes())
    return {number for numbers in switched.values() for number in numbers}


def verdict(one, names):
    if not names:
        return "MISSED", "no test of %s failed" % one.suites
    return "caught", names[0] + (" (and %d more)" % (len(names) - 1) if len(names) > 1 else "")


def try_switched(number, one):
    return verdict(one, failures(one.suites, **{VARIABLE: str(number)}))


def try_alone(number, one):
    path = COPY / one.file
    whole = path.read_text()
    path.write_text(whole.replace(one.old, one.new))
    try:
        errors = build()
        return ("NOT BUILT", errors[0]) if errors else verdict(one, failures(one.suites))
    finally:
        path.write_text(whole)


def timed(attempt, number, one):
    begin = time.monotonic()
    found, text = attempt(number, one)
    print("%-9s %4d s  %s: %s" % (found, time.monotonic() - begin, one.name, text), flush=True)
    return found == "caught"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="*", help="part of a break's name (default: all breaks)")
    parser.add_argument("--list", action="store_true", help="print the names and do nothing")
    arguments = parser.parse_args()
    chosen = [one for one in BREAKS
              if not arguments.name or any(part in one.name for part in arguments.name)]
    if not chosen:
        parser.error("no break has such a name; --list shows them")
    if arguments.list:
        print("\n".join(one.name for one in chosen))
        return 0
    if not shutil.which("swift"):
        raise SystemExit("swift is not there: scripts/drill looks for it")
    COPY.mkdir(exist_ok=True)
    copy_tree()
    breaks = dict(enumerate(chosen))
    for one in chosen:
        count = (ROOT / one.file).read_text().count(one.old)
        if count != 1:
            raise SystemExit("%s: the replaced text occurs %d times in %s" % (one.name, count, one.file))
    built = build_switched(breaks)
    print("%d breaks, %d of them in one program; first the tests without any" % (len(breaks), len(built)), flush=True)
    suites = "|".join(dict.fromkeys(part for one in chosen for part in one.suites.split("|")))
    names = failures(suites, WHOLE_SECONDS)
    if names:
        raise SystemExit("these fail without a break: " + ", ".join(names))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        caught = sum(pool.map(lambda number: timed(try_switched, number, breaks[number]), sorted(built)))
    copy_tree()
    for number, one in breaks.items():
        if number not in built:
            caught += timed(try_alone, number, one)
    print("%d of %d breaks were caught" % (caught, len(breaks)))
    return 0 if caught == len(breaks) else 1


if __name__ == "__main__":
    sys.exit(main())
