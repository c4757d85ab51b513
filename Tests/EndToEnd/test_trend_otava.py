"""Change points beside those of Apache Otava 0.8.0, on series made here. What it found is kept in a file; the long form
installs it with pip, asks it anew, and with TRACKER_KEEP_OTAVA=1 writes the file."""
import json
import os
import subprocess
import sys

import numpy
import pytest

import harness

SEED = 20261125
SERIES = 120
KEPT = harness.ROOT / "Tests" / "EndToEnd" / "otava_change_points.json"


def series(number):
    """Normal or log-normal noise on up to five levels, with ramps, outliers and equal values among them."""
    random = numpy.random.default_rng(SEED + number)
    parts = []
    level = 100.0
    for _ in range(random.integers(1, 6)):
        count = int(random.integers(3, 90))
        noise = random.choice([0.0, 0.5, 2.0, 8.0], p=[0.05, 0.3, 0.4, 0.25])
        part = random.normal(level, noise, count) if number % 3 else level * random.lognormal(0, noise / 100, count)
        if number % 5 == 0:
            part[random.integers(0, count)] *= random.uniform(0.5, 2)
        if number % 7 == 0 and noise:  # a ramp without noise is all ties, which the last bit decides
            part = part + numpy.linspace(0, 5, count)
        parts.append(part)
        level *= random.choice([0.8, 0.95, 1.02, 1.05, 1.3])
    return [float(value) for value in numpy.concatenate(parts)]


# After a weak change point is taken out, Otava 0.8.0 tests its right neighbour and the one after that again, and keeps
# the old p of the left one, whose level has grown. The second list has both neighbours tested, as the paper says.
OTAVA = """
import json, sys
from otava.analysis import TTestSignificanceTester, compute_change_points, split
for line in sys.stdin:
    series = json.loads(line)
    as_it_is, _ = compute_change_points(series, window_len=50, max_pvalue=0.001)
    points, tester = split(series, 50, 0.01), TTestSignificanceTester(0.001)
    while points:
        weakest = max(range(len(points)), key=lambda index: points[index].stats.pvalue)
        if points[weakest].stats.pvalue < 0.001:
            break
        del points[weakest]
        intervals = tester.get_intervals(points)
        for index in (weakest - 1, weakest):
            if 0 <= index < len(points):
                points[index] = tester.change_point(points[index].to_candidate(), series, intervals)
    print(json.dumps([[int(point.index) for point in found] for found in (as_it_is, points)]))
"""


def otava(all_series, folder):
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = subprocess.run([folder / "bin" / "pip", "install", "-q", "apache-otava==0.8.0"], text=True,
                         capture_output=True, timeout=300)
    if pip.returncode:
        pytest.skip("Apache Otava cannot be installed here: " + pip.stderr[-300:])
    result = subprocess.run(
        [folder / "bin" / "python", "-c", OTAVA], input="".join(json.dumps(one) + "\n" for one in all_series),
        text=True, capture_output=True, check=True, timeout=300)
    return [json.loads(line) for line in result.stdout.splitlines()]


def ours(tracker_binary, values):
    result = subprocess.run([tracker_binary, "trend", "--values", "--json"], text=True, capture_output=True,
                            check=True, input="".join("%r\n" % value for value in values))
    return [point["index"] for point in json.loads(result.stdout)]


def found(binary, theirs):
    """Of each series, by its number: our points, those of Otava, those of Otava with both neighbours tested again."""
    return {number: (ours(binary, series(number)), *lists) for number, lists in theirs.items()}


def test_the_change_points_are_those_that_otava_found(binary):
    kept = json.loads(KEPT.read_text())
    assert (kept["seed"], len(kept["found"])) == (SEED, SERIES)
    # Every third, and those where the neighbours matter.
    some = {number: lists for number, lists in enumerate(kept["found"]) if number % 3 == 0 or lists[0] != lists[1]}
    for number, (mine, _, both) in found(binary, some).items():
        assert alike(mine, both), "series %d: %s, not %s" % (number, mine, both)


@pytest.mark.skipif(not harness.LONG, reason="the long form: it installs Apache Otava")
def test_the_change_points_are_those_of_otava(binary, tmp_path):
    theirs = otava([series(number) for number in range(SERIES)], tmp_path / "otava")
    if os.environ.get("TRACKER_KEEP_OTAVA"):
        KEPT.write_text(json.dumps({"seed": SEED, "found": theirs}, separators=(",", ":")) + "\n")
    assert json.loads(KEPT.read_text()) == {"seed": SEED, "found": theirs}
    all_found = found(binary, dict(enumerate(theirs)))
    unlike = [number for number, (mine, as_it_is, _) in all_found.items() if not alike(mine, as_it_is)]
    unexplained = [number for number, (mine, _, both) in all_found.items() if not alike(mine, both)]
    print("measured: %d series from seed %d, %d change points; unlike Otava: %s; unlike it with both neighbours"
          " tested again: %s" % (SERIES, SEED, sum(len(one[1]) for one in all_found.values()), unlike, unexplained))
    assert not unexplained
    assert len(unlike) <= SERIES // 20


def alike(a, b):
    return len(a) == len(b) and all(abs(left - right) <= 1 for left, right in zip(a, b))


def test_values_from_standard_input(binary):
    values = [10.0] * 30 + [12.0] * 30
    assert ours(binary, values) == [30]
    result = subprocess.run([binary, "trend", "--values"], text=True, capture_output=True, input="1\n2\nx\n")
    assert (result.returncode, result.stderr) == (2, 'error: line 3: "x" is not a number\n')
