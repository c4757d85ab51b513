"""The queries of docs/SQL.md, taken out of the page, find what the tracker finds."""
import collections
import importlib
import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys

import pytest

import harness

PAGE = (harness.ROOT / "docs" / "SQL.md").read_text()
ENGINES = ("duckdb", "clickhouse", "spark")
QUERIES = {(engine, name): text
           for engine, name, text in re.findall(r"^```sql (\w+) (\w+)\n(.*?)^```", PAGE, re.M | re.S)}
NAMES = ("samples", "totals", "minutes", "buckets", "p99", "repeated")
EVENTS = 12_000
# Times as text, no run, `ok` against the status, numbers as labels, both sides of zero, whole powers of two.
ODD_LINES = [
    '{"ts":"2026-11-23T14:02:11.250Z","metric":"m","value":-12.5,"ok":false,"labels":{"status":200}}',
    '{"ts":"2026-11-23T15:02:11+01:00","metric":"m","value":0,"labels":{"status":503}}',
    '{ "ts": 1795442532000, "metric": "m", "value": 1024, "ok": true, "labels": {"status": "500"} }',
    '{"ts":1795442592000.5,"metric":"m","value":1e-3}',
    '{"ts":1795442592001,"metric":"m","value":4096,"labels":{"status":"none"}}',
    '{"ts":1795442592002,"metric":"m","value":-1}',
    '{"ts":1795442593000,"metric":"m","value":2,"labels":{"status":400}}',
    '{"ts":1795442593000,"metric":"m","value":2,"labels":{"status":399}}',
    '{"ts":1795442592002,"event":"note","text":"no sample"}',
]


def statements(engine, name):
    return [text for text in QUERIES[engine, name].split(";") if text.strip()]


@pytest.fixture(scope="module")
def data(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sql")
    subprocess.run([sys.executable, "-B", str(harness.ROOT / "Benchmarks" / "make_dataset.py"), str(folder / "data"),
                    "--events", str(EVENTS), "--sessions", "2", "--segments", "2", "--frame", "100"], check=True)
    subprocess.run([binary, "log", "--data", str(folder / "data"), "--user", "Ann Lee", "--session", "odd/one"],
                   input="\n".join(ODD_LINES) + "\n", text=True, check=True, env=harness.environment())
    return folder / "data"


@pytest.fixture(scope="module")
def engine(request, data):
    """Runs one statement where `data` lies; rows as tuples."""
    before = os.getcwd()
    os.chdir(data.parent)
    try:
        yield from {"duckdb": duckdb, "clickhouse": clickhouse, "spark": spark}[request.param]()
    finally:
        os.chdir(before)


def duckdb():
    import duckdb as package
    connection = package.connect(config={"threads": 2})

    def ask(text):
        found = connection.execute(text)
        return found.fetchall() if found.description else []
    yield "duckdb", ask
    connection.close()


def clickhouse():
    session = importlib.import_module("chdb.session").Session()

    def ask(text):
        answer = str(session.query(text, "JSONCompactEachRow"))
        return [tuple(int(cell) if isinstance(cell, str) and re.fullmatch(r"-?\d+", cell) and at > 2 else cell
                      for at, cell in enumerate(json.loads(line))) for line in answer.splitlines()]
    yield "clickhouse", ask
    session.close()


def spark():
    package = importlib.import_module("pyspark.sql")
    os.environ.update(SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
    settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
                "spark.sql.shuffle.partitions": "2", "spark.driver.memory": "512m", "spark.sql.session.timeZone": "UTC"}
    builder = package.SparkSession.builder.master("local[1]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()

    def ask(text):
        return [tuple(row) for row in session.sql(text).collect()]
    yield "spark", ask
    session.stop()


each_engine = pytest.mark.parametrize("engine", ENGINES, indirect=True)


def show(binary, data):
    """{(user, session, run, metric): [series, …]} as the tracker prints them."""
    def run(*arguments):
        return subprocess.run([binary, *arguments, "--data", str(data), "--json"], capture_output=True, check=True,
                              env=harness.environment()).stdout
    found = collections.defaultdict(list)
    for row in json.loads(run("sessions")):
        shown = json.loads(run("show", "%s/%s" % (row["user"], row["session"]), "--buckets"))
        assert shown["health"]["whole"]
        for one in shown["runs"]:
            for series in one["series"]:
                # SQL looks at successes and failures together.
                both = dict(series, **(series["all"] or {}))
                found[shown["user"], shown["session"], one["run"], series["metric"]].append(both)
    return found


def cat(binary, data):
    """(user, session, event) of all samples."""
    for folder in sorted((data / "log").glob("*/*")):
        user, session = (re.sub("%(..)", lambda byte: chr(int(byte[1], 16)), name) for name in folder.parts[-2:])
        printed = subprocess.run([binary, "cat", "%s/%s" % (user, session), "--data", str(data)], capture_output=True,
                                 text=True, check=True, env=harness.environment()).stdout
        for line in printed.splitlines():
            if "value" in (event := json.loads(line)):
                yield user, session, event


def test_the_page_has_each_query_for_each_engine():
    assert sorted(QUERIES) == sorted(
        [(engine, name) for engine in ENGINES for name in NAMES] + [("duckdb", "parquet")])


@each_engine
def test_queries(binary, data, engine):
    """One test for all: starting an engine costs more than asking it."""
    name, ask = engine

    def run(query):
        return [ask(text) for text in statements(name, query)][-1]
    run("samples")
    expected = show(binary, data)
    check_totals(run("totals"), expected)
    check_buckets(run("buckets"), expected)
    check_p99(run("p99"), expected)
    check_minutes(run("minutes"), cat(binary, data))
    assert run("repeated") == []
    original = sorted((data / "log" / "bench").glob("*/*"))[0]
    copy = original.with_name("00000000000000ff.000001.jsonl.zst")
    shutil.copy(original, copy)
    try:
        run("samples")  # Spark lists the files when the view is made
        rows = run("repeated")
        assert len(rows) == EVENTS // 4 // 100 and {row[4] for row in rows} == {2}
    finally:
        copy.unlink()


@pytest.mark.parametrize("engine", ["duckdb"], indirect=True)
def test_parquet_has_the_same_samples(binary, data, engine, tmp_path):
    _, ask = engine
    for text in statements("duckdb", "samples"):
        ask(text)
    ask(QUERIES["duckdb", "parquet"].replace("'samples.parquet'", "'%s'" % (tmp_path / "samples.parquet")))
    rows = ask("SELECT user_id, session, run, metric, count(*), count(*) FILTER (WHERE failed), sum(value), min(value),"
               " max(value) FROM '%s' GROUP BY ALL ORDER BY ALL" % (tmp_path / "samples.parquet"))
    check_totals(rows, show(binary, data))


def check_totals(rows, expected):
    assert [row[:4] for row in rows] == sorted(expected)
    assert sum(row[4] for row in rows) == EVENTS + len(ODD_LINES) - 1
    for *key, count, errors, total, low, high in rows:
        series = expected[tuple(key)]
        assert count == sum(one["count"] for one in series), key
        assert errors == sum(one["errors"] for one in series), key
        assert total == pytest.approx(math.fsum(one["sum"] for one in series), rel=1e-12), key
        assert (low, high) == (min(one["min"] for one in series), max(one["max"] for one in series)), key


def merged_buckets(series):
    counts = collections.Counter()
    for one in series:
        counts.update(dict(map(tuple, one["buckets"])))
    return counts


def check_buckets(rows, expected):
    found = collections.defaultdict(dict)
    for *key, bucket, count in rows:
        found[tuple(key)][int(bucket)] = count
    assert found == {key: merged_buckets(series) for key, series in expected.items()}


def check_p99(rows, expected):
    found = {tuple(key): p99 for *key, p99 in rows}
    assert found.keys() == expected.keys()
    for key, series in expected.items():
        counts = merged_buckets(series)
        rank, seen = math.ceil(0.99 * sum(counts.values())), 0
        for bucket in sorted(counts):
            seen += counts[bucket]
            if seen >= rank:
                break
        middle, = struct.unpack("<d", struct.pack("<Q", (abs(bucket) << 45) + (1 << 44)))
        middle = math.copysign(middle, bucket)
        assert found[key] == min(max(middle, min(one["min"] for one in series)), max(one["max"] for one in series)), key
    one = expected["Ann Lee", "odd/one", "", "m"]
    assert found["bench", sorted(key[1] for key in expected if key[0] == "bench")[0], "run-0", "http.latency_ms"] > 0
    assert found["Ann Lee", "odd/one", "", "m"] == max(series["p99"] for series in one)


def check_minutes(rows, events):
    counts, failed = collections.Counter(), collections.Counter()
    for user, session, event in events:
        minute = user, session, math.floor(milliseconds(event["ts"]) / 60_000)
        counts[minute] += 1
        status = str(event.get("labels", {}).get("status", ""))
        failed[minute] += not event["ok"] if "ok" in event else status.isdigit() and int(status) >= 400
    assert len(counts) > 3
    assert [(*row[:3], row[3], row[4]) for row in rows] == [(*key, counts[key], failed[key]) for key in sorted(counts)]
    for row in rows:
        assert row[5] == pytest.approx(row[4] / row[3])


def milliseconds(time):
    if not isinstance(time, str):
        return time
    import datetime
    return datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000
