"""What Benchmarks/run does without measuring: its options, its tables, the page it writes into."""
import importlib.machinery
import importlib.util
import os
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


def test_every_script_is_executable():
    for name in ("run", "make_dataset.py", "peers.py"):
        assert os.access(pages.ROOT / "Benchmarks" / name, os.X_OK)
