"""The parts of cluster/spark/fold_log.py that need no Spark."""
import importlib.util
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("fold_log", ROOT / "cluster" / "spark" / "fold_log.py")
job = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(job)


class Context:
    def __init__(self, master, **settings):
        self.master, self.settings = master, settings

    def getConf(self):
        return self.settings


@pytest.mark.parametrize("master,most", [
    ("local", 1), ("local[4]", 1), ("local[*]", 1), ("local[2,3]", 3), ("local-cluster[2,1,1024]", 4), ("yarn", 4)])
def test_how_often_spark_tries(master, most):
    assert job.attempts(Context(master)) == most


def test_how_often_spark_is_told_to_try():
    assert job.attempts(Context("spark://host:7077", **{"spark.task.maxFailures": "7"})) == 7


def test_segments_are_those_that_the_tracker_reads(tmp_path):
    names = ["0123456789abcdef.000001.jsonl.zst", "0123456789abcdef.000002.jsonl.gz", "shared.000001.jsonl"]
    others = ["notes.txt", "shared.1.jsonl", "shared.000001.jsonl.zst.tmp", ".000001.jsonl", "shared.00000a.jsonl"]
    for folder in ("a/s1", "a/s2", "b/s1"):
        (tmp_path / "log" / folder).mkdir(parents=True)
        for number, name in enumerate(names + others):
            (tmp_path / "log" / folder / name).write_bytes(b"x" * number)
    (tmp_path / "log" / "a" / "s1" / "shared.000009.jsonl").symlink_to(names[0])
    (tmp_path / "log" / "a" / "s1" / "shared.000008.jsonl").mkdir()
    (tmp_path / "log" / "shared.000001.jsonl").write_bytes(b"")
    found = job.segments(str(tmp_path))
    assert found == sorted(found)
    assert [(path.removeprefix(str(tmp_path)), size) for path, size in found] == [
        ("/log/%s/%s" % (folder, name), size) for folder in ("a/s1", "a/s2", "b/s1") for size, name in enumerate(names)]


def test_a_failure_is_sparks_until_the_last_attempt(monkeypatch):
    program = job.Program("tracker", 4)
    monkeypatch.setattr(program, "run", lambda *_, given: (_ for _ in ()).throw(RuntimeError("no luck")))
    monkeypatch.setattr(program, "is_last_attempt", lambda: False)
    with pytest.raises(RuntimeError):
        program.attempt("a", "fold", "a")
    monkeypatch.setattr(program, "is_last_attempt", lambda: True)
    assert program.attempt("a", "fold", "a") == (None, "a: no luck")


def test_what_is_folded_is_merged_whatever_failed_and_in_one_order():
    asked = []

    class Program:
        def attempt(self, name, *arguments, given):
            asked.append((name, arguments, given))
            return b'{"sessions":[{"merged":2}]}', None

    rows = [("b", b"2", None), ("c", None, "c: no luck"), ("a", b"1", None)]
    for order in (rows, rows[::-1]):
        assert job.merge(Program(), "data", "s", order) == ("s", {"merged": 2}, ["c: no luck"])
    assert asked == [("s", ("merge", "-", "--data", "data", "--json"), b"12")] * 2
    assert job.merge(Program(), "data", "s", rows[1:2]) == ("s", None, ["c: no luck"]) and len(asked) == 2
