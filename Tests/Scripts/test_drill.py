import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Drill"))

from breaks import BREAKS  # noqa: E402

# Each may run on a machine without Swift.
DRILL = [sys.executable, "-B", str(ROOT / "Tests/Drill/drill.py")]


def test_each_break_fits_the_source():
    for one in BREAKS:
        assert (ROOT / one.file).read_text().count(one.old) == 1, one.name
        assert one.new != one.old, one.name


def test_each_name_is_there_once():
    names = [one.name for one in BREAKS]
    assert len(set(names)) == len(names)


def test_each_suite_is_there():
    sources = "".join(path.read_text() for path in (ROOT / "Tests").glob("Tracker*Tests/*.swift"))
    suites = set(re.findall(r"(?:struct|class|enum|extension) (\w+Tests)\b", sources))
    for one in BREAKS:
        assert set(one.suites.split("|")) <= suites, one.name


def test_the_list_is_printed():
    result = subprocess.run([*DRILL, "--list", "header check"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0 and result.stdout.startswith("header check")


def test_a_name_that_no_break_has_is_refused():
    result = subprocess.run([*DRILL, "no such break"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and "--list" in result.stderr
