"""What Benchmarks/run does without measuring: its options, its tables, the page it writes into."""
import importlib.machinery
import importlib.util
import os
import socket
import subprocess
import sys

import pytest

import pages

SCRIPT = pages.ROOT / "Benchmarks" / "run"
TABLE = ["Some events.", "", "| what | median |", "| --- | --- |", "| a | 1 |", "| longer | 22 |"]


@pytest.fixture(scope="module")
def run():
    loader = importlib.machinery.SourceFileLoader("benchmarks_run", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("benchmarks_run", loader))
    loader.exec_module(module)
    return module


def test_help_shows_the_options_of_the_pages():
    shown = subprocess.run([sys.executable, "-B", str(SCRIPT), "--help"], capture_output=True, text=True, check=True)
    for page in pages.all_pages():
        for words in page.commands("Benchmarks/run"):
            for option in [word for word in words if word.startswith("--")]:
                assert option in shown.stdout, "%s: %s" % (page.name, option)


def test_a_missing_binary_is_said_with_what_to_do(tmp_path):
    result = subprocess.run([sys.executable, "-B", str(SCRIPT), "--tracker", str(tmp_path / "none")],
                            capture_output=True, text=True)
    assert result.returncode == 1 and "swift build" in result.stderr


def test_tables_for_a_terminal(run):
    assert run.plain(TABLE).splitlines() == ["Some events.", "", "what    median", "a       1", "longer  22"]


def test_a_page_is_written_between_its_marks(run, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n%s\nold\n%s\nafter\n" % (run.BEGIN, run.END))
    run.write_into(page, TABLE)
    text = page.read_text()
    assert text.startswith("before\n" + run.BEGIN + "\nSome events.") and text.endswith("| longer | 22 |\n" + run.END + "\nafter\n")
    run.write_into(page, TABLE)
    assert page.read_text() == text
    page.write_text("nothing to find\n")
    with pytest.raises(SystemExit):
        run.write_into(page, TABLE)


def test_a_command_is_measured(run):
    seconds, memory, printed = run.measure([sys.executable, "-c", "print('x'); b = bytearray(50 << 20)"])
    assert printed == "x\n" and seconds > 0 and memory > 50


def test_the_performance_page_has_the_marks_and_a_table(run):
    text = (pages.ROOT / "docs" / "PERFORMANCE.md").read_text(encoding="utf-8")
    table = text.partition(run.BEGIN)[2].partition(run.END)[0]
    assert "| `tracker index --rebuild` | 1.00 |" in table


def test_ratios_are_taken_within_a_round(run):
    own, other = [(2.0, 0), (9.0, 0), (4.0, 0)], [(1.0, 0), (3.0, 0), (4.0, 0)]
    assert run.scaling.ratios(own, other) == (2.0, 1.0, 3.0)


def test_each_shape_of_line_is_known_to_the_data_set(run):
    shown = subprocess.run([sys.executable, "-B", str(SCRIPT.parent / "make_dataset.py"), "--help"],
                           capture_output=True, text=True)
    if "No module named" in shown.stderr:
        pytest.skip("numpy and zstandard are for the benchmarks")
    assert all(shape in shown.stdout for shape in run.scaling.SHAPES)


def test_the_writer_table_is_of_times_against_zstd_in_the_same_round(run, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import writer

    common = {"kind": "throughput", "digits": "whole", "events": 1_000_000}
    rows = writer.throughput_rows([
        {**common, "way": "zstd -1", "seconds": [0.1, 0.2, 0.1], "bytes": 10_000_000},
        {**common, "way": "append(Sample)", "seconds": [0.2, 0.5, 0.3], "bytes": 11_000_000}])
    assert rows == ["| `append(Sample)` | whole numbers | 3.33 | 2.00–5.00 | 2.50 | 11.0 | 10.0 |"]
    page = (pages.ROOT / "docs" / "PERFORMANCE.md").read_text(encoding="utf-8")
    table = page.partition(run.WRITER_MARKS[0])[2].partition(run.WRITER_MARKS[1])[0]
    assert "| `append(Sample)` |" in table and "Allocations an event" in table


def summary(**fields):
    return {"rps": 9_990.0, "unsent_requests": 0, "unrecorded_requests": 0, "send_lag_p99_ms": 0.5,
            "generator_cpu_percent": 30.0, "generator_limited": False, **fields}


def test_the_load_table_counts_what_was_not_sent_and_takes_ratios_within_a_round(run, monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import load

    runs = [summary(), summary(rps=9_000.0, unsent_requests=7, unrecorded_requests=1, generator_limited=True),
            summary(send_lag_p99_ms=0.25)]
    assert load.open_rows({10_000: runs}) == [
        "| 10,000 | 9,990 | 9,000–9,990 | 8 | 0.50 | 0.25–0.50 | 30 | 30–30 | 1 of 3 |"]
    closed = [summary(rps=rate) for rate in (10.0, 30.0, 20.0)]
    assert load.closed_rows(closed, [20.0, 20.0, 20.0])[-1] == "| tracker / wrk, within a round | 1.00 | 0.50–1.50 | at least 0.5 |"
    assert load.closed_rows(closed, [None] * 3)[-1] == "| `wrk`: not installed, left out | | | |"


@pytest.mark.parametrize("marks, words", [
    ("LOAD_MARKS", ["| 20,000 |", "| tracker / wrk, within a round |"]),
    ("HISTORY_MARKS", ["| `tracker trend` after one more run |", "| `tracker gate --against last` |"])])
def test_the_performance_page_has_the_tables_of_the_parts(run, marks, words):
    begin, end = getattr(run, marks)
    table = (pages.ROOT / "docs" / "PERFORMANCE.md").read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]
    assert all(word in table for word in words), table


def test_the_target_answers_each_request_once_however_it_comes(run, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import load

    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with load.target(load.build(tmp_path)) as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            for part in (request[:9], request[9:-1], request[-1:] + request * 99 + request[:-2]):
                connection.sendall(part)
            answer = b""
            while answer.count(b"ok\n") < 100:
                answer += connection.recv(1 << 16)
            connection.sendall(request[-2:])
            assert connection.recv(1 << 16).count(b"HTTP/1.1 200 OK\r\n") == 1
        assert answer.count(b"HTTP/1.1 200 OK\r\n") == 100


def test_every_script_is_executable():
    for name in ("run", "make_dataset.py", "make_history.py", "peers.py"):
        assert os.access(pages.ROOT / "Benchmarks" / name, os.X_OK)
