"""`tracker fold` and `tracker merge` as commands: files, pipes, refusals, and what an index run finds after them."""
import json
import shutil
import subprocess
import sys

import pytest

import harness

SESSIONS, SEGMENTS, EVENTS = 2, 3, 6_000


class Case:
    def __init__(self, binary, folder):
        self.binary, self.folder, self.data = binary, folder, folder / "data"
        subprocess.run([sys.executable, "-B", str(harness.ROOT / "Benchmarks" / "make_dataset.py"), str(self.data),
                        "--events", str(EVENTS), "--sessions", str(SESSIONS), "--segments", str(SEGMENTS),
                        "--frame", "100"], check=True)
        self.segments = sorted((self.data / "log").glob("*/*/*"))
        self.digest = self.index("--rebuild")["digest"]
        self.snapshots = self.files()
        shutil.rmtree(self.data / "index")

    def files(self):
        return {path.name: path.read_bytes() for path in (self.data / "index").glob("*/*.snap")}

    def run(self, *arguments, given=None, expect=0):
        done = subprocess.run([self.binary, *map(str, arguments)], cwd=self.folder, input=given, capture_output=True,
                              env=harness.environment(TMPDIR=str(self.folder)), timeout=60)
        assert done.returncode == expect, (done.stdout[-500:], done.stderr[-2000:])
        return done

    def index(self, *options):
        return json.loads(self.run("index", "--data", self.data, "--json", *options).stdout)

    def refused(self, *arguments, status=2, given=None):
        """What is said on standard error; nothing stands on standard output."""
        done = self.run(*arguments, expect=status, given=given)
        assert done.stdout == b""
        return done.stderr.decode()


@pytest.fixture
def case(binary, tmp_path):
    return Case(binary, tmp_path)


def test_folded_apart_and_merged_it_is_the_index_of_a_rebuild(case):
    for number, segment in enumerate(case.segments):
        # By a path, by a relative path, and from a pipe.
        if number % 3 == 2:
            state = case.run("fold", "-", "--as", segment.relative_to(case.data / "log"), "-o", "-",
                             given=segment.read_bytes()).stdout
            (case.folder / ("%d.state" % number)).write_bytes(state)
        else:
            path = segment if number % 3 else segment.relative_to(case.folder)
            row, = json.loads(case.run("fold", path, "-o", "%d.state" % number, "--json").stdout)["segments"]
            assert (row["events"], row["bytes"]) == (EVENTS // SESSIONS // SEGMENTS, segment.stat().st_size)
    states = sorted(case.folder.glob("*.state"))
    case.run("fold", *case.segments, "-o", "all")
    case.run("merge", *states[:4], "-o", "some")
    piped = b"".join(path.read_bytes() for path in states[::-1])
    assert case.run("merge", "some", "-", "some", "-o", "-", given=piped).stdout == (case.folder / "all").read_bytes()
    case.run("merge", "all", "some", "-o", "all")  # into one that it reads
    report = json.loads(case.run("merge", "all", "--data", case.data, "--json").stdout)
    assert [(row["merged"], row["folded_bytes"]) for row in report["sessions"]] == [(SEGMENTS, 0)] * SESSIONS
    assert case.files() == case.snapshots
    assert case.index()["digest"] == case.digest
    # It goes on from there: what is appended is folded, and the rest is not read again.
    case.run("log", "--data", case.data, "--user", "bench", "--session", case.segments[0].parent.name, "--metric", "m",
             "--value", "1")
    assert case.index()["digest"] == case.index("--rebuild")["digest"] != case.digest
    assert {path.name for path in case.folder.iterdir()} == {path.name for path in states} | {"all", "some", "data"}


def test_what_cannot_be_merged_is_refused_for_its_reason(case):
    case.run("fold", *case.segments, "-o", "all")
    state = (case.folder / "all").read_bytes()
    (case.folder / "cut").write_bytes(state[:-9])
    assert "cut is damaged: at byte " in case.refused("merge", "cut", "-o", "x")
    assert "is not a state file" in case.refused("merge", case.segments[0], "-o", "x")
    assert "is not a state file" in case.refused("merge", "-", "-o", "x", given=b"")
    assert "No such file" in case.refused("merge", "nothing", "-o", "x")
    assert "is no data folder" in case.run("merge", "all", "--data", case.folder, expect=2).stderr.decode()
    assert "choose one" in case.refused("merge", "all", "-o", "x", "--data", case.data, status=64)
    assert "give it with --as" in case.refused("fold", "all", "-o", "x")
    assert "--as" in case.refused("fold", "-", "-o", "x", status=64)
    assert "--json" in case.refused("fold", case.segments[0], "-o", "-", "--json", status=64)
    name = "bench/s/0123456789abcdef.000001.jsonl.zst"
    for number in (0, 1):
        case.run("fold", case.segments[number], "--as", name, "-o", "copy%d" % number)
    assert "two different files" in case.refused("merge", "copy0", "copy1", "-o", "x")
    assert not (case.folder / "x").exists()


def test_while_a_server_keeps_the_index_no_snapshot_is_made(case, tracker):
    case.run("fold", *case.segments, "-o", "all")
    server = tracker.serve()
    try:
        assert "a server or an index run holds the index" in case.refused("merge", "all", "--data", case.data)
    finally:
        server.stop()
    case.run("merge", "all", "--data", case.data)
