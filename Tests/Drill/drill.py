#!/usr/bin/env python3
"""Breaks the program on purpose, one line at a time, and asks its tests: each break has to make one of them fail.

Works on a copy in `.build-drill`; the tree itself is never changed. Run by `scripts/drill`.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from breaks import BREAKS

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / ".build-drill"
PARTS = ("Sources", "Tests", "Fuzz", "docs", "clients")
BUILD_SECONDS = 900  # a first build on a slow machine
WHOLE_SECONDS = 1_200  # all suites, without a break, on a slow machine
TEST_SECONDS = 400  # a break may hang what it breaks
ENVIRONMENT = {**os.environ, "SWIFT_BACKTRACE": "enable=no", "TRACKER_TEST_MODE": "normal"}


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


def swift(seconds, *arguments):
    """- Returns: exit status (None when it did not end in time) and output."""
    # Line by line: tests that hang are killed, and what they had in a buffer would be lost.
    child = subprocess.Popen(["stdbuf", "-oL", "swift", *arguments], cwd=COPY, env=ENVIRONMENT,
                             text=True, errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
    try:
        return child.communicate(timeout=seconds)[0], child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        return child.communicate()[0], None


def build():
    output, status = swift(BUILD_SECONDS, "build", "--build-tests")
    errors = [line for line in output.splitlines() if "error:" in line]
    return None if status == 0 else (errors or output.splitlines()[-1:] or ["no output"])[0]


def failures(suites, seconds=TEST_SECONDS):
    """Names of the tests that failed; what ended the run where none could say so."""
    output, status = swift(seconds, "test", "--skip-build", "--disable-xctest", "--filter", suites)
    if not re.search(r"Test run (started|with)", output):
        raise SystemExit("no test has run for %s:\n%s" % (suites, output[-2000:]))
    names = dict.fromkeys(re.findall(r'✘ Test "(.*?)"(?: with \d+ test cases?)? failed after', output))
    if status is None:
        names["no end within %d s" % seconds] = None
    elif status != 0 and not names:
        names["the tests' process ended: " + last_started(output)] = None
    return list(names)


def last_started(output):
    started = re.findall(r'◇ Test (?:case .* to )?"(.*?)" started', output)
    ended = set(re.findall(r'[✔✘] Test "(.*?)" .*?(?:passed|failed) after', output))
    return ", ".join(name for name in started if name not in ended)[:200] or "no test at work"


def run(one):
    path = COPY / one.file
    whole = path.read_text()
    if whole.count(one.old) != 1:
        return "STALE", "the replaced text occurs %d times in %s" % (whole.count(one.old), one.file)
    path.write_text(whole.replace(one.old, one.new))
    try:
        error = build()
        if error:
            return "NOT BUILT", error
        names = failures(one.suites)
    finally:
        path.write_text(whole)
    if not names:
        return "MISSED", "no test of %s failed" % one.suites
    return "caught", names[0] + (" (and %d more)" % (len(names) - 1) if len(names) > 1 else "")


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
    print("%d breaks; first the tests without any" % len(chosen), flush=True)
    error = build()
    if error:
        raise SystemExit("the copy does not build: " + error)
    suites = "|".join(dict.fromkeys(part for one in chosen for part in one.suites.split("|")))
    names = failures(suites, WHOLE_SECONDS)
    if names:
        raise SystemExit("these fail without a break: " + ", ".join(names))
    bad = 0
    for one in chosen:
        begin = time.monotonic()
        verdict, text = run(one)
        bad += verdict != "caught"
        print("%-9s %4d s  %s: %s" % (verdict, time.monotonic() - begin, one.name, text), flush=True)
    print("%d of %d breaks were caught" % (len(chosen) - bad, len(chosen)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
