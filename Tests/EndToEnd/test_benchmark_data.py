"""The data set of Benchmarks, and one peer: the tracker and DuckDB find the same in it."""
import json
import subprocess
import sys

import pytest

import harness

FOLDER = harness.ROOT / "Benchmarks"
EVENTS = 20_000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench") / "data"
    subprocess.run([sys.executable, "-B", str(FOLDER / "make_dataset.py"), str(folder), "--events", str(EVENTS),
                    "--sessions", "3", "--frame", "100", "--raw", str(folder.parent / "raw.jsonl")], check=True)
    return folder


def index(binary, data):
    return json.loads(subprocess.run([binary, "index", "--rebuild", "--data", str(data), "--json"],
                                     capture_output=True, check=True).stdout)


def test_it_is_a_healthy_log(binary, data):
    report = index(binary, data)
    assert (report["sessions"], report["segments"]) == (3, 6)
    assert report["events"] == EVENTS // 3 * 3 == len((data.parent / "raw.jsonl").read_text().splitlines())
    assert subprocess.run([binary, "verify", "--data", str(data)], capture_output=True).returncode == 0


def test_the_same_arguments_give_the_same_log(binary, data, tmp_path):
    again = tmp_path / "again"
    subprocess.run([sys.executable, "-B", str(FOLDER / "make_dataset.py"), str(again), "--events", str(EVENTS),
                    "--sessions", "3", "--frame", "100"], check=True)
    assert index(binary, again)["digest"] == index(binary, data)["digest"]


def test_duckdb_counts_the_same_events(binary, data):
    printed = subprocess.run([sys.executable, "-B", str(FOLDER / "peers.py"), "duckdb", str(data), "2"],
                             capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["events"] == index(binary, data)["events"]


def test_numbers_agree_with_duckdb_within_the_error_bound(binary, data):
    import duckdb
    index(binary, data)
    user, session = sorted(data.glob("log/*/*"))[0].parts[-2:]
    shown = json.loads(subprocess.run([binary, "show", "%s/%s" % (user, session), "--data", str(data), "--json"],
                                      capture_output=True, check=True).stdout)
    ours = {(run["run"], series["labels"]["route"], series["labels"]["status"]): series
            for run in shown["runs"] for series in run["series"]}
    rows = duckdb.sql("""
        SELECT run, labels.route, labels.status, count(*), sum(value), min(value), max(value), list(value ORDER BY value)
        FROM read_json('%s/log/%s/%s/*.zst', format = 'newline_delimited', columns = {
            metric: 'VARCHAR', value: 'DOUBLE', run: 'VARCHAR', labels: 'STRUCT(route VARCHAR, status VARCHAR)'})
        WHERE metric IS NOT NULL GROUP BY ALL""" % (data, user, session)).fetchall()
    assert len(rows) == len(ours) > 10
    for run, route, status, count, total, low, high, values in rows:
        series = ours[run, route, status]
        series = dict(series, **(series["all"] or {}))
        assert (series["count"], series["min"], series["max"]) == (count, low, high)
        assert series["errors"] == (count if int(status) >= 400 else 0)
        assert series["sum"] == pytest.approx(total, rel=1e-12)
        for name, quantile in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)):
            exact = values[max(1, -(-round(quantile * 1000) * count // 1000)) - 1]
            assert series[name] == pytest.approx(exact, rel=0.004), name
