"""What the tracker reads from the segments of segments.json: damage, and what is odd but valid."""
import base64
import json
import os
import pathlib
import subprocess
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
CASES = json.loads((HERE / "segments.json").read_text(encoding="utf-8"))["cases"]
HOUR = 3600


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "-"))
def test_segments(case, binary, tmp_path):
    folder = tmp_path / "log" / "u" / "s"
    folder.mkdir(parents=True)
    for name, data in case["files"].items():
        (folder / name).write_bytes(base64.b64decode(data))
        if not case.get("fresh"):
            os.utime(folder / name, (time.time() - HOUR,) * 2)

    def tracker(*arguments):
        done = subprocess.run([binary, *arguments, "--json", "--data", tmp_path], capture_output=True, timeout=60)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    session, = json.loads(tracker("verify"))["sessions"]
    refused = {(file["file"], line["frame_offset"], line["line"])
               for file in session["files"] for line in file["bad_lines"]}
    lines = map(json.loads, tracker("cat", "u/s").splitlines())  # every line, those that are no event too
    assert [line["event"] for line in lines
            if (line["file"], line["offset"], line["line"]) not in refused] == case["events"]
    found = {key: session[key] for key in ("events", "bad_regions", "bad_lines", "missing_frames", "repeated_frames",
                                           "dropped_events")}
    found["conflicts"] = session["conflict_count"]
    for key in ("unchecked_frames", "newer_sections"):
        found[key] = sum(file[key] for file in session["files"])
    assert found == case["counts"]


def test_the_cases_are_those_that_their_script_makes():
    """All that does not depend on the version of zstd; and no case was removed."""
    import make_segments
    made = [{key: value for key, value in case.items() if key != "files"} for case in make_segments.CASES]
    assert made == [{key: value for key, value in case.items() if key != "files"} for case in CASES]
    assert len(CASES) >= 29
