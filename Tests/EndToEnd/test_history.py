"""Compare, baseline, gate and trend on sessions with known differences."""
import json
import os
import re
import shutil
import subprocess
import sys

import numpy
import pytest

import harness

TARGET = "http://localhost:3000/"
START_MS = 1763899200000
HOUR_MS = 3600000


def lines(run, commit, scale, seed, start_ms, seconds=20, per_second=200, failed=0.0, target=TARGET, **params):
    """A run of a made-up service: log-normal latencies as a distribution for each second."""
    random = numpy.random.default_rng(seed)
    yield {"ts": start_ms, "event": "run_started", "run": run, "target": target, "commit": commit,
           "params": {"latency": "corrected", **params}}
    for second in range(seconds):
        values = 20 * scale * numpy.exp(random.normal(random.normal(0, 0.01), 0.3, per_second))
        buckets, counts = numpy.unique(values.view(numpy.int64) >> 45, return_counts=True)
        yield {"ts": start_ms + 1000 * second + 500, "metric": "http.latency_ms", "unit": "ms", "run": run,
               "hist": [[int(bucket), int(count)] for bucket, count in zip(buckets, counts)],
               "count": per_second, "sum": float(values.sum()), "min": float(values.min()),
               "max": float(values.max()), "errors": int(random.binomial(per_second, failed))}
    yield {"ts": start_ms + 1000 * seconds, "event": "run_finished", "run": run}


def record(tracker, session, commit, scale=1.0, runs=3, hour=0, **how):
    """A session of some runs, as a plain file that any program could have written."""
    folder = tracker.data / "log" / "u" / session
    folder.mkdir(parents=True)
    with open(folder / "shared.000001.jsonl", "w") as file:
        for number in range(runs):
            start_ms = START_MS + hour * HOUR_MS + number * 60000
            for line in lines("r%d" % number, commit, scale, (hour, number), start_ms, **how):
                file.write(json.dumps(line) + "\n")


def gate(tracker, *arguments, status, against="last", target=TARGET):
    return tracker.run("gate", "--target", target, "--against", against, *arguments, expect=(status,))


@pytest.fixture
def history(tracker):
    record(tracker, "before", "a" * 40, hour=0)
    record(tracker, "same", "b" * 40, hour=1)
    record(tracker, "slow", "c" * 40, hour=2, scale=1.2, failed=0.02)
    return tracker


def test_gate_worse_pass_and_inconclusive(history):
    limits = ("--max", "p95:+5%", "--max", "errors:+0.1pp", "--max", "rps:-5%")
    result = gate(history, *limits, "--json", status=1)
    found = json.loads(result.stdout)
    assert found["result"] == "worse"
    assert {line["limit"]: line["result"] for line in found["limits"]} == {
        "p95:+5%": "worse", "errors:+0.1pp": "worse", "rps:-5%": "pass"}
    assert found["runs_after"] == ["u/slow#r%d" % number for number in range(3)]
    assert found["runs_before"] == ["u/same#r%d" % number for number in range(3)]
    shutil.rmtree(history.data / "log/u/slow")
    assert json.loads(gate(history, *limits, "--json", status=0).stdout)["result"] == "pass"
    shutil.rmtree(history.data / "log/u/same")
    # One run of ten noisy seconds does not say whether p99 is 1 % worse.
    record(history, "short", "d" * 40, hour=3, runs=1, seconds=10)
    text = gate(history, "--max", "p99:+1%", "--wide", status=3).stdout
    assert text.startswith("Inconclusive: http://localhost:3000/ against the previous measurement\n")
    assert re.search(r"p99:\+1%.*Inconclusive: about \d+ more runs? of each", text)


def test_single_runs_need_a_history(tracker):
    """One run of each says nothing about the next: earlier runs of the target do, or the option."""
    def single(number, scale=1.0):
        record(tracker, "s%03d" % number, "%040x" % (number + 0xabc000), hour=number, runs=1, scale=scale)
    single(0)
    single(1, scale=1.2)
    text = gate(tracker, "--wide", status=3).stdout
    assert text.startswith("Inconclusive: ")
    assert "Inconclusive: one run of each says nothing about the next; 2 more runs of each" in text
    assert "how much runs vary is not known: a side has fewer than 3 runs, and there are no earlier runs of the target " \
        "under like conditions, where 4 are needed" in text
    rows = {row["statistic"]: row for row in tracker.json("compare", "u/s000", "u/s001")["rows"]}
    assert (rows["p95"]["verdict"], rows["p95"]["reason"], rows["p95"]["further_runs"]) == ("Inconclusive", "one_run", 2)
    assert 0.1 < rows["p95"]["low"] < rows["p95"]["difference"] < rows["p95"]["high"] < 0.3
    assert gate(tracker, "--run-noise", "within", status=1).stdout.startswith("Worse: ")
    assert "Spread between runs: 2.0%, as given." in gate(tracker, "--run-noise", "2%", status=1).stdout
    assert tracker.json("compare", "u/s000", "u/s001", "--run-noise", "2%")["rows"][2]["verdict"] == "Worse"
    assert "give history, within, or a share" in tracker.run(
        "compare", "u/s000", "u/s001", "--run-noise", "some", expect=(64,)).stderr
    assert "--run-noise" in tracker.run("gate", "--target", TARGET, "--against", "last", "--run-noise", "0%", expect=(64,)).stderr
    shutil.rmtree(tracker.data / "log/u/s001")
    for number in range(1, 20):
        single(number)
    single(20, scale=1.2)
    found = json.loads(gate(tracker, "--json", status=1).stdout)["comparison"]
    assert (found["run_noise"], found["earlier_runs"]) == ("history", 19)
    noise = found["rows"][0]["run_noise"]
    assert noise["runs"] == 19 and 0 <= noise["spread"] < 0.03 and noise["degrees"] > 8
    text = tracker.run("compare", "u/s019", "u/s020", "--wide").stdout
    assert re.search(r"Spread between runs: p50 [\d.]+%.* from 19 runs \(19 earlier ones of the target", text)
    # Runs of another rate do not say how much these vary.
    shutil.rmtree(tracker.data / "log/u/s020")
    record(tracker, "s021", "e" * 40, hour=21, runs=1, rate=7)
    record(tracker, "s022", "f" * 40, hour=22, runs=1, rate=7)
    assert "one run of each says nothing" in gate(tracker, "--wide", status=3).stdout


def test_which_way_is_better(tracker):
    """Of operations a second more is better; of a temperature nobody knows."""
    def level(session, metric, unit, value, hour):
        folder = tracker.data / "log" / "u" / session
        folder.mkdir(parents=True)
        random = numpy.random.default_rng(hour)
        with open(folder / "shared.000001.jsonl", "w") as file:
            for number in range(3):
                run, start = "r%d" % number, START_MS + hour * HOUR_MS + number * 60000
                def put(**line):
                    file.write(json.dumps({"run": run, **line}) + "\n")
                put(ts=start, event="run_started", target=TARGET, commit="%040x" % (hour + 0xabc000))
                for second in range(30):
                    for _ in range(10):
                        put(ts=start + 1000 * second, metric=metric, unit=unit,
                            value=value * random.normal(1, 0.01))
                put(ts=start + 30000, event="run_finished")
    level("slow", "speed", "ops/s", 1000, 0)
    level("fast", "speed", "ops/s", 1200, 1)
    rows = tracker.json("compare", "u/slow", "u/fast")
    assert (rows["kind"], rows["better"], rows["rows"][4]["verdict"]) == ("rate", "higher", "Better")
    assert "higher is better" in tracker.run("compare", "u/slow", "u/fast").stdout
    assert tracker.json("compare", "u/fast", "u/slow")["rows"][4]["verdict"] == "Worse"
    assert "mean:-5%" in gate(tracker, status=0).stdout
    assert gate(tracker, "--max", "p50:-5%", status=0).stdout.startswith("Pass")
    assert "worse means less" in gate(tracker, "--max", "p50:+5%", status=2).stderr
    shutil.rmtree(tracker.data / "log/u/slow")
    level("slower", "speed", "ops/s", 900, 2)
    assert gate(tracker, status=1).stdout.startswith("Worse")
    shutil.rmtree(tracker.data / "log")
    level("cold", "room", "\u00b0C", 20, 0)
    level("warm", "room", "\u00b0C", 30, 1)
    rows = tracker.json("compare", "u/cold", "u/warm")
    assert (rows["kind"], rows["better"], rows["rows"][4]["verdict"]) == ("temperature", None, "Higher")
    assert tracker.json("compare", "u/warm", "u/cold")["rows"][4]["verdict"] == "Lower"
    assert "which way is better" in gate(tracker, status=2).stderr
    gate(tracker, "--max", "mean:+5%", status=1)
    gate(tracker, "--max", "mean:-5%", status=0)


def test_gate_against_a_commit_and_the_baseline(history):
    assert "commit aaaaaaaaaaaa" in gate(history, against="aaaa", status=1).stdout
    assert "has no baseline" in gate(history, against="baseline", status=2).stderr
    assert history.run("baseline", "u/before").stdout == "u/before is the baseline of %s\n" % TARGET
    assert json.loads(gate(history, "--json", against="baseline", status=1).stdout)["runs_before"] == [
        "u/before#r0", "u/before#r1", "u/before#r2"]
    history.run("baseline", "u/slow#r1")
    assert history.run("baseline", "--target", TARGET).stdout == "u/slow#r1\n"
    record(history, "later", "e" * 40, hour=4, scale=1.2)
    # At a time of its own, and beside others of the same session: pinned is what was pinned last.
    assert json.loads(gate(history, "--max", "p95:+10%", "--json", against="baseline",
                           status=0).stdout)["runs_before"] == ["u/slow#r1"]
    assert history.run("verify").returncode == 0


def test_what_a_gate_cannot_judge(history):
    assert "targets are: http://localhost:3000/" in gate(history, target="http://x/", status=2).stderr
    assert "no finished run of commit ffff" in gate(history, against="ffff", status=2).stderr
    assert "at least 4 hex digits" in gate(history, against="main", status=2).stderr
    assert "has no samples of cpu" in gate(history, "--metric", "cpu", status=2).stderr
    record(history, "closed", "f" * 40, hour=5, latency="uncorrected")
    assert "these are not compared" in gate(history, status=2).stderr
    assert "latency is corrected in one" in gate(history, "--bisect", status=125).stderr


@pytest.mark.parametrize("limit,problem", [
    ("p98:+5%", '"p98" is not one of p50, p90, p95, p99, mean, rps, errors'),
    ("p99", "a limit is NAME:CHANGE"), ("p99:5%", "begins with +"), ("p99:-5%", "worse means more"),
    ("rps:+5%", "worse means less"), ("p99:+5", "say in which unit"), ("errors:+1%", "percentage points"),
    ("p99:+%", "not a number"), ("p99:+1e2%", "not a number"), ("p99:+ 5%", "not a number"),
    ("p99:+0%", "allow a little"), ("rps:-100%", "allows everything"), ("p99:+5%:", "not a number")])
def test_limits_are_read_strictly(history, limit, problem):
    result = gate(history, "--max=" + limit, status=2)
    assert result.stderr.startswith('error: --max "%s": ' % limit) and problem in result.stderr, result.stderr
    assert result.stdout == ""


def test_a_table_for_a_pull_request(tracker):
    target = "a|b`<img>*"
    record(tracker, "before", "a" * 40, target=target)
    record(tracker, "after", "b" * 40, hour=1, scale=1.3, target=target)
    text = gate(tracker, "--markdown", target=target, status=1).stdout
    assert text.startswith("**Worse**: a\\|b\\`&lt;img\\>\\* against the previous measurement\n")
    table = [line for line in text.splitlines() if line.startswith("| ")]
    assert len({re.sub(r"\\.", "", line).count("|") for line in table}) == 1
    assert re.match(r"\| p95 \| [\d.]+ \| [\d.]+ \| \+\d+\.\d% \| \+.*% to \+.*% \| 12000, 12000 \| \+5% \| Worse \|", table[2])


def test_compare_groups(history):
    def rows(*arguments):
        return history.json("compare", *arguments)
    pair = rows("u/before", "u/slow")
    assert [row["n_a"] for row in pair["rows"]] == [12000] * 7
    assert rows("commit:aaaa", "u/slow")["rows"] == pair["rows"]
    assert rows("commit:aaaa", "commit:cccc", "--target", TARGET)["rows"] == pair["rows"]
    history.run("baseline", "u/before")
    assert rows("baseline", "u/slow")["rows"] == pair["rows"]
    several = rows("--before", "u/before,u/same", "--after", "u/slow#r0,u/slow#r2")
    assert (several["runs_a"], several["runs_b"]) == (6, 2)
    assert several["a"] == "u/before,u/same"
    assert [row["n_a"] for row in several["rows"]] == [24000] * 7
    wide = {row["statistic"]: row["verdict"] for row in rows(
        "u/before", "u/slow", "--min-effect", "50%", "--min-errors", "10pp")["rows"]}
    assert (wide["p95"], wide["error_rate"]) == ("No difference found", "No difference found")
    assert "--before and --after go together" in history.run(
        "compare", "--before", "u/before", expect=(64,)).stderr
    assert "with --target" in history.run("compare", "commit:aaaa", "commit:cccc", expect=(2,)).stderr


def step(tracker, count, at, scale):
    for hour in range(count):
        record(tracker, "s%03d" % hour, "%040x" % (hour + 0xabc000), hour=hour, runs=1, seconds=10,
               scale=scale if hour >= at else 1.0)


def test_a_trend_names_the_two_runs(tracker):
    step(tracker, 30, 18, 1.15)
    trend = tracker.json("trend", TARGET)
    assert (len(trend["runs"]), trend["metric"], trend["unit"]) == (30, "http.latency_ms", "ms")
    changes = {change["statistic"]: change for change in trend["changes"]}
    assert {"p50", "p90", "p95", "mean"} <= set(changes)
    assert not {"per_second", "error_rate"} & set(changes)
    change = changes["p95"]
    assert (change["last_before"]["run"], change["first_after"]["run"]) == ("u/s017#r0", "u/s018#r0")
    assert change["change"] == pytest.approx(0.15, abs=0.02) and not change["is_better"]
    text = tracker.run("trend", TARGET, "--statistic", "p95").stdout
    good, bad = "%040x" % 0xabc011, "%040x" % 0xabc012
    assert "last before  u/s017#r0, commit %s" % good in text
    assert "git bisect start %s %s\n" % (bad, good) in text
    assert re.search(r"git bisect run tracker gate --target \S+ --against %s --max p95:\+7\.\d%% --run-noise \d\.\d%% "
                     % good, text)
    # A session that is archived is no part of it; a run that did not finish is said.
    archive = json.dumps({"event": "archive"})
    tracker.run("log", "--user", "u", "--session", "s029", text_input=archive + "\n")
    started = {"event": "run_started", "run": "cut", "target": TARGET}
    tracker.run("log", "--user", "u", "--session", "s001", text_input=json.dumps(started) + "\n")
    again = tracker.json("trend", TARGET)
    assert (len(again["runs"]), again["left_out_unfinished"]) == (29, 1)
    assert "targets are" in tracker.run("trend", "http://x/", expect=(2,)).stderr
    assert "no finished run of cpu" in tracker.run("trend", TARGET, "--metric", "cpu", expect=(2,)).stderr


MEASURE = """
import json, subprocess, sys, time
sys.path.insert(0, %(here)r)
import test_history
commit = subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()
scale = float(open("speed").read())
start_ms = int(time.time() * 1000)
for number in range(3):
    for line in test_history.lines("r%%d" %% number, commit, scale, (7, number), start_ms + number):
        print(json.dumps(line))
"""


def test_the_bisect_lines_find_the_commit(tracker, binary, tmp_path):
    repository = tmp_path / "service"
    repository.mkdir()

    def git(*arguments, **named):
        return subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments], cwd=repository, text=True,
            capture_output=True, check=True, timeout=120, **named).stdout
    git("init", "-q")
    commits = []
    for number in range(8):
        (repository / "speed").write_text("1.0" if number < 5 else "1.2")
        (repository / "n").write_text(str(number))
        git("add", ".")
        git("commit", "-q", "-m", "change %d" % number)
        commits.append(git("rev-parse", "HEAD").strip())
    # Measured at the first and the last commit only, ten sessions each.
    for hour in range(20):
        record(tracker, "s%03d" % hour, commits[0 if hour < 10 else 7], hour=hour, runs=1,
               scale=1.0 if hour < 10 else 1.2)
    text = tracker.run("trend", TARGET, "--statistic", "p95").stdout
    start, run = re.findall(r"^  (git bisect .*)$", text, re.M)
    (tmp_path / "measure.py").write_text(MEASURE % {"here": os.path.dirname(os.path.abspath(__file__))})
    measure = "%s -B %s | %s log --data %s --user u --session $(git rev-parse --short=12 HEAD)" % (
        sys.executable, tmp_path / "measure.py", binary, tracker.data)
    run = run.replace("BUILD, START AND LOAD IT", measure).replace("run tracker", "run " + binary)
    shell = ["sh", "-ec", start + "\n" + run]
    result = subprocess.run(shell, cwd=repository, capture_output=True, text=True, timeout=120,
                            env=harness.environment(TRACKER_DATA=str(tracker.data)))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "%s is the first bad commit" % commits[5] in result.stdout, result.stdout + result.stderr
    failed = gate(tracker, "--measure", "exit 7", "--bisect", status=125)
    assert "--measure ended with status 7" in failed.stderr
    old = gate(tracker, "--measure", "true", status=2)
    assert "no finished run of a new measurement" in old.stderr
