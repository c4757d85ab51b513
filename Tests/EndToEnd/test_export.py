"""What `tracker export` writes is read by the programs that it is for, with the numbers of `tracker show`."""
import contextlib
import csv
import json
import math
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import harness

SESSION = "ann/s1"
START = 1_795_442_400_000
REPORT = {"duration_s": 2.0, "rps": 49.0, "error_rate": 2.0, "text": "it's \\ \"odd\" \u00e9 \u0000"}


def lines(seed=5, samples=3_000):
    """Two runs of a minute, one of which fails now and then, a report, and notes."""
    dice = random.Random(seed)
    yield {"ts": START, "event": "session", "name": "cache off, then on", "host": "lab"}
    for number, run in enumerate(("before", "after")):
        start = START + number * 120_000
        yield {"ts": start, "event": "run_started", "run": run, "test": "load", "target": "http://localhost:3000/",
               "params": {"rate": 50}, "commit": "abc%d" % number}
        for at in range(samples):
            sample = {"ts": start + at * 20 + dice.random(), "metric": "http.latency_ms", "unit": "ms", "run": run,
                      "value": round(dice.lognormvariate(2 - number * 0.3, 0.5), 6),
                      "labels": {"route": dice.choice(["/", "/=cmd", "/a,b"]), "status": "200"}}
            if number and at % 50 == 0:
                sample["labels"]["status"] = "503"
            yield sample
        yield {"ts": start + samples * 20, "event": "run_finished", "run": run, "summary": {}}
    yield {"ts": START, "event": "run_started", "run": "track-1", "test": "latency", "target": "http://h/",
           "params": {"metric_name": "avg_latency_ms", "value": 12.5, "schema_version": "1.0", "labels": {"env": "dev"}}}
    yield {"ts": START + 2_000, "metric": "avg_latency_ms", "value": 12.5, "unit": "ms", "run": "track-1",
           "labels": {"env": "dev"}}
    yield {"ts": START + 2_000, "event": "run_finished", "run": "track-1", "summary": REPORT}
    yield {"ts": START + 1_000, "event": "note", "text": "=HYPERLINK(1)\nsecond line", "id": "aa11aa11aa"}
    yield {"ts": START + 1_000, "event": "tag", "tag": "baseline"}


@pytest.fixture(scope="module")
def recorded(binary, tmp_path_factory):
    tracker = harness.Tracker(binary, tmp_path_factory.mktemp("export"))
    text = "".join(json.dumps(line) + "\n" for line in lines())
    tracker.run("log", "--user", "ann", "--session", "s1", text_input=text)
    yield tracker
    tracker.end()


@pytest.fixture(scope="module")
def shown(recorded):
    return recorded.json("show", SESSION, "--buckets")


def export(tracker, form, *arguments, names=(SESSION,), **named):
    path = tracker.folder / ("%s.%s" % (form, "out"))
    tracker.run("export", *names, "--format", form, "-o", str(path), "--force", *arguments, **named)
    return path


def latencies(shown):
    """The runs' series of latencies, and their numbers."""
    return [(run["run"], series) for run in shown["runs"] for series in run["series"]
            if series["metric"] == "http.latency_ms"]


def without_place(shown):
    """A session's numbers without what depends on where it is."""
    kept = {name: shown[name] for name in ("name", "host", "tags", "notes", "events", "first", "last", "runs", "metrics")}
    return kept


def test_ndjson_comes_back_as_the_same_session(recorded, shown):
    path = export(recorded, "ndjson")
    assert len(path.read_text().splitlines()) == shown["events"]
    result = recorded.run("import", str(path))
    name = result.stdout.split(" imported as ")[1].split()[0]
    assert without_place(recorded.json("show", name, "--buckets")) == without_place(shown)
    assert "nothing was added" in recorded.run("import", str(path)).stdout


def test_csv_is_a_table_that_comes_back(recorded, shown):
    path = export(recorded, "csv")
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(None not in row and None not in row.values() for row in rows)
    for run, series in latencies(shown):
        own = [row for row in rows if row["run"] == run and row["metric"] == "http.latency_ms" and
               row["label.route"].removeprefix("'") == series["labels"]["route"] and
               row["label.status"] == series["labels"]["status"]]
        assert len(own) == series["count"]
        failed = float(series["labels"]["status"]) >= 400
        values = series["failures"] if failed else series
        assert sum(float(row["value"]) for row in own) == pytest.approx(values["sum"], rel=1e-12)
        assert {row["unit"] for row in own} == {"ms"}
    name = recorded.run("import", str(path)).stdout.split(" imported as ")[1].split()[0]
    back = recorded.json("show", name, "--buckets")
    assert latencies(back) == latencies(shown)
    assert "targets and conditions" in json.dumps(back["runs"])


def test_no_cell_is_a_formula(recorded):
    for form in ("csv", "runs-csv"):
        with open(export(recorded, form), newline="") as file:
            for row in csv.reader(file):
                for cell in row:
                    assert not cell.startswith(("=", "+", "@", "\t")), cell
                    if cell.startswith("-"):
                        float(cell)


def test_hlog_is_read_by_the_python_library(recorded, shown):
    path = export(recorded, "hlog", names=(SESSION + "#after",))
    whole, failed = HdrHistogram(1, 3_600_000_000_000, 3), HdrHistogram(1, 3_600_000_000_000, 3)
    reader = HistogramLogReader(str(path), whole)
    intervals = 0
    while (interval := reader.get_next_interval_histogram()) is not None:
        intervals += 1
        (failed if interval.get_tag() == "failed" else whole).add(interval)
        assert interval.get_start_time_stamp() >= START + 120_000
        assert interval.get_end_time_stamp() - interval.get_start_time_stamp() == 1_000
    series = [series for run, series in latencies(shown) if run == "after"]
    assert intervals == 60 + 60
    assert failed.get_total_count() == sum(one["errors"] for one in series)
    assert whole.get_total_count() == sum(one["count"] - one["errors"] for one in series)
    for percent, text in ((50, "p50"), (99, "p99")):
        run = next(row for row in runs_rows(recorded) if row["run"] == "after" and row["metric"] == "http.latency_ms")
        assert whole.get_value_at_percentile(percent) / 1e6 == pytest.approx(float(run[text]), rel=0.005)
    assert HistogramLogReader(str(path), whole).get_next_interval_histogram() is not None
    back = recorded.run("import", str(path)).stdout
    assert "imported as" in back


def runs_rows(tracker):
    with open(export(tracker, "runs-csv"), newline="") as file:
        return list(csv.DictReader(file))


def test_hgrm_has_the_rows_of_the_python_library(recorded):
    """The same histogram printed by the library: values within the tracker's 0.4 %, counts of the same ranks."""
    name = SESSION + "#before"
    whole = HdrHistogram(1, 3_600_000_000_000, 3)
    reader = HistogramLogReader(str(export(recorded, "hlog", names=(name,))), whole)
    while (interval := reader.get_next_interval_histogram()) is not None:
        whole.add(interval)
    rows = [line.split() for line in export(recorded, "hgrm", names=(name,)).read_text().splitlines()
            if line and not line.startswith("#")][1:]
    assert rows[-1][1] == "1.000000000000" and int(rows[-1][2]) == whole.get_total_count() == 3_000
    for value, share, count, *_ in rows[:-1]:
        # The nearest rank; the library in Python rounds a rank to the nearest integer instead.
        rank = math.ceil(float(share) * 3_000)
        wanted = whole.get_value_at_percentile(100 * rank / 3_000) / 1e6
        assert float(value) == pytest.approx(wanted, rel=0.005), share
        assert int(count) >= float(share) * 3_000


def test_openmetrics_is_read_by_the_prometheus_client(recorded, shown):
    families = {family.name: family for family in text_string_to_metric_families(export(recorded, "openmetrics").read_text())}
    latency = families["tracker_http_latency_ms_seconds"]
    assert latency.unit == "seconds" and latency.type == "summary"
    for run, series in latencies(shown):
        wanted = {"tracker_run": run, "label_route": series["labels"]["route"], "label_status": series["labels"]["status"]}
        own = [sample for sample in latency.samples if wanted.items() <= sample.labels.items()]
        counts = {sample.labels["outcome"]: sample.value for sample in own if sample.name.endswith("_count")}
        assert counts.get("failure", 0) == series["errors"]
        assert counts.get("success", 0) == series["count"] - series["errors"]
        for sample in own:
            if sample.labels.get("quantile") == "0.99" and sample.labels["outcome"] == "success":
                assert sample.value * 1e3 == pytest.approx(series["p99"])
    reported = {sample.labels["name"]: sample for sample in families["tracker_reported"].samples}
    assert reported["rps"].value == 49 and reported["rps"].labels["unit"] == "/s"


def test_json_is_the_summary(recorded, shown):
    assert json.loads(export(recorded, "json").read_text()) == shown


def rows_of(run_rows):
    return {row["id"]: row for row in run_rows}


def check_rows(rows, shown):
    assert set(rows) == {"before", "after", "track-1"}
    assert rows["track-1"]["value"] == 12.5 and rows["track-1"]["metric_name"] == "avg_latency_ms"
    assert rows["track-1"]["challenge_type"] == "latency" and rows["track-1"]["schema_version"] == "1.0"
    assert rows["before"]["target_app"] == "http://localhost:3000/" and rows["before"]["commit_hash"] == "abc0"
    sums = [(series["sum"], series["count"]) for run, series in latencies(shown) if run == "before"]
    mean = sum(one[0] for one in sums) / sum(one[1] for one in sums)
    assert rows["before"]["value"] == pytest.approx(mean, rel=1e-12)


def test_sqlite_is_the_guides_table_and_comes_back(recorded, shown):
    path = export(recorded, "sqlite")
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.row_factory = sqlite3.Row
        rows = rows_of([dict(row) for row in database.execute("SELECT * FROM local_test_runs")])
        schema = database.execute("SELECT sql FROM sqlite_master").fetchone()[0]
    check_rows(rows, shown)
    assert json.loads(rows["track-1"]["run_details"]) == REPORT
    assert json.loads(rows["track-1"]["labels"]) == {"env": "dev"}
    assert "milliseconds" in schema
    name = recorded.run("import", str(path)).stdout.split(" imported as ")[1].split()[0]
    again = export(recorded, "sqlite", names=(name,))
    with contextlib.closing(sqlite3.connect(again)) as database:
        database.row_factory = sqlite3.Row
        back = rows_of([dict(row) for row in database.execute("SELECT * FROM local_test_runs")])
    for row in list(rows.values()) + list(back.values()):
        row.pop("session_id"), row.pop("user_id")
    assert back == rows


def test_a_value_outside_of_runs_comes_back_from_sqlite(recorded):
    recorded.run("log", "--user", "ann", "--session", "loose", "--metric", "jobs", "--value", "3.5")
    name = recorded.run("import", str(export(recorded, "sqlite", names=("ann/loose",)))).stdout.split(" imported as ")[1]
    with contextlib.closing(sqlite3.connect(export(recorded, "sqlite", names=(name.split()[0],)))) as database:
        assert database.execute("SELECT id, metric_name, value FROM local_test_runs").fetchall() == [("", "jobs", 3.5)]


def test_sqlite_without_its_library_is_a_clear_error(recorded, tmp_path):
    """A library of that name that is none stands for one that is missing."""
    (tmp_path / "libsqlite3.so.0").write_text("nothing")
    (tmp_path / "libsqlite3.so").write_text("nothing")
    result = recorded.run("export", SESSION, "--format", "sqlite", "-o", str(tmp_path / "x.db"), expect=(2,),
                          env={"LD_LIBRARY_PATH": str(tmp_path)})
    assert "libsqlite3" in result.stderr and "install" in result.stderr
    assert not (tmp_path / "x.db").exists()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    """A server of its own on a unix socket, as a user who is not root: it refuses to run as root."""
    folder = next((path for path in sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
    assert folder, "PostgreSQL is missing: scripts/test installs it"
    place = pathlib.Path(subprocess.run(["mktemp", "-d", "/tmp/tracker-pg-XXXXXX"], capture_output=True, text=True,
                                        check=True).stdout.strip())
    as_user = []
    if os.getuid() == 0:
        os.chown(place, 65534, 65534)
        as_user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    try:
        subprocess.run([*as_user, folder / "initdb", "-D", place / "db", "-U", "tester", "--auth=trust", "-E", "UTF8",
                        "--no-locale", "--no-sync"], check=True, capture_output=True, cwd=place, timeout=120)
        server = subprocess.Popen(
            [*as_user, folder / "postgres", "-D", place / "db", "-k", place, "-c", "listen_addresses=", "-c", "fsync=off"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=place)
        try:
            for line in server.stderr:
                if "ready to accept connections" in line:
                    break
            else:
                pytest.fail("PostgreSQL ended")

            def psql(*arguments, **named):
                result = subprocess.run(
                    [folder / "psql", "-h", place, "-U", "tester", "-d", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1",
                     *arguments], capture_output=True, text=True, timeout=60, **named)
                assert result.returncode == 0, result.stderr
                return result.stdout
            yield psql
        finally:
            server.terminate()
            server.stderr.close()
            server.wait(30)
    finally:
        shutil.rmtree(place)


def test_postgresql_loads_it_once(recorded, shown, postgres):
    text = export(recorded, "postgresql").read_text()
    for _ in range(2):
        postgres(input=text)
    rows = rows_of([json.loads(line) for line in postgres("-At", "-c", "SELECT row_to_json(t) FROM local_test_runs t").splitlines()])
    check_rows(rows, shown)
    assert rows["track-1"]["run_details"] == {**REPORT, "text": REPORT["text"].replace("\0", "\ufffd")}
    answer = postgres("-At", "-c", "SELECT extract(epoch FROM timestamp)::float8 FROM local_test_runs WHERE id = 'track-1'")
    assert float(answer) * 1e3 == START + 2_000


def test_numbers_for_commits(recorded):
    entries = json.loads(export(recorded, "github-action-benchmark", names=(SESSION + "#after",)).read_text())
    assert [set(entry) for entry in entries] == [{"name", "unit", "value", "extra"}] * len(entries)
    assert {entry["unit"] for entry in entries} == {"ns", "%"}
    row = next(row for row in runs_rows(recorded) if row["run"] == "after" and row["metric"] == "http.latency_ms")
    by_name = {entry["name"]: entry["value"] for entry in entries}
    name = "load http://localhost:3000/ http.latency_ms "
    assert by_name[name + "p99"] == pytest.approx(float(row["p99"]) * 1e6)
    assert by_name[name + "error rate"] == pytest.approx(2)
    bigger = json.loads(export(recorded, "github-action-benchmark-bigger", names=(SESSION + "#after",)).read_text())
    bencher = json.loads(export(recorded, "bencher", names=(SESSION + "#after",)).read_text())
    measures = bencher["load http://localhost:3000/"]
    assert measures["latency"]["value"] == by_name[name + "p50"]
    assert measures["throughput"]["value"] == bigger[0]["value"] == pytest.approx(float(row["succeeded_per_second"]))


def test_a_file_is_never_overwritten_unasked(recorded, tmp_path):
    path = tmp_path / "kept.csv"
    path.write_text("mine")
    result = recorded.run("export", SESSION, "--format", "csv", "-o", str(path), expect=(2,))
    assert "exists" in result.stderr and "--force" in result.stderr and path.read_text() == "mine"
    recorded.run("export", SESSION, "--format", "csv", "-o", str(path), "--force")
    assert path.read_text().startswith("session,run,") and os.listdir(tmp_path) == ["kept.csv"]
    for wrong in ("no/such/folder.csv", str(tmp_path)):
        result = recorded.run("export", SESSION, "--format", "csv", "-o", wrong, expect=(2,))
        assert "error: " in result.stderr


@pytest.mark.parametrize("form", ["csv", "ndjson", "hlog", "json"])
def test_a_full_disk_and_a_closed_pipe_are_errors(recorded, form):
    command = [recorded.binary, "export", SESSION, "--format", form, "--data", str(recorded.data)]
    with open("/dev/full", "w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert result.returncode == 74 and "No space left" in result.stderr
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        result = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, timeout=60)
    assert result.returncode == 74 and "Broken pipe" in result.stderr


def test_what_cannot_be_read_is_said(tracker):
    tracker.run("log", "--user", "ann", "--session", "s1", text_input='{"ts":1795442400000,"metric":"m","value":1}\n')
    folder = tracker.data / "log" / "ann" / "s1"
    (folder / "shared.000001.jsonl").write_text('{"ts":1795442400001,"metric":"m","value":2}\n{"ts":1}\n')
    result = tracker.run("export", SESSION, "--format", "ndjson", expect=(1,))
    assert len(result.stdout.splitlines()) == 2 and "1 lines of the log are no events" in result.stderr
    for arguments, word in (((SESSION + "#no",), "no"), (("ann/none",), "none")):
        assert word in tracker.run("export", *arguments, "--format", "csv", expect=(2,)).stderr


def test_zstdcat_of_a_segment_is_imported(recorded, shown, tmp_path):
    plain = tmp_path / "segment"
    with open(plain, "wb") as file:
        for segment in sorted((recorded.data / "log" / "ann" / "s1").glob("*.zst")):
            subprocess.run(["zstd", "-dc", segment], stdout=file, check=True)
    name = recorded.run("import", str(plain)).stdout.split(" imported as ")[1].split()[0]
    assert latencies(recorded.json("show", name, "--buckets")) == latencies(shown)
