"""The index made by Spark, for real: two executor processes on this machine, also when one of them is killed."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import harness

JOB = harness.ROOT / "cluster" / "spark" / "fold_log.py"
SESSIONS, SEGMENTS, EVENTS = 3, 4, 30_000
SECONDS = 240

# Stands in for the program. In the middle of a fold it ends the executor that it was started by, once; and one segment
# it cannot fold.
PROGRAM = """#!{python}
import os, sys
def parent_of(pid):
    return int(open("/proc/%d/stat" % pid).read().rpartition(")")[2].split()[1])
def is_first(folder):
    try:
        os.mkdir(folder)
        return True
    except FileExistsError:
        return False
if sys.argv[1] == "fold" and sys.argv[2] == {refused!r}:
    sys.exit("error: no luck with it")
if sys.argv[1] == "fold" and sys.argv[2] == {kills!r} and is_first({once!r}):
    pid = os.getppid()
    while open("/proc/%d/comm" % pid).read().strip() != "java":
        pid = parent_of(pid)
    open({once!r} + "/killed", "w").write(str(pid))
    os.kill(pid, 9)
os.execv({tracker!r}, [{tracker!r}] + sys.argv[1:])
"""


def make_data(folder):
    subprocess.run([sys.executable, "-B", str(harness.ROOT / "Benchmarks" / "make_dataset.py"), str(folder), "--events",
                    str(EVENTS), "--sessions", str(SESSIONS), "--segments", str(SEGMENTS), "--frame", "100"], check=True)
    return folder


def tracker(binary, *arguments):
    return subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True, check=True, timeout=60,
                          env=harness.environment()).stdout


def rebuilt(binary, data):
    """The digest and the snapshots of a rebuild on this machine alone; then the index is removed."""
    digest = json.loads(tracker(binary, "index", "--rebuild", "--data", data, "--json"))["digest"]
    snapshots = snapshots_of(data)
    shutil.rmtree(data / "index")
    assert len(snapshots) == SESSIONS
    return digest, snapshots


def snapshots_of(data):
    return {path.name: path.read_bytes() for path in (data / "index").glob("*/*.snap")}


def submit(folder, master, data, *arguments, expect=0):
    """What the job printed as JSON, and all that it said."""
    import pyspark
    home = pathlib.Path(pyspark.__file__).parent
    environment = harness.environment(
        SPARK_HOME=str(home), SPARK_LOCAL_IP="127.0.0.1", SPARK_WORKER_DIR=str(folder / "spark-work"),
        SPARK_LOCAL_DIRS=str(folder / "spark-local"), PYSPARK_PYTHON=sys.executable, TMPDIR=str(folder))
    options = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
               "spark.executor.memory": "512m", "spark.driver.memory": "512m"}
    done = subprocess.run(
        [str(home / "bin" / "spark-submit"), "--master", master,
         *[word for name, value in options.items() for word in ("--conf", "%s=%s" % (name, value))],
         str(JOB), str(data), "--json", *map(str, arguments)],
        capture_output=True, text=True, cwd=folder, env=environment, timeout=SECONDS)
    said = done.stdout + done.stderr
    assert done.returncode == expect, said[-6000:]
    # spark-submit puts what a Python driver says on standard error there as well; the object is the last line.
    return json.loads(done.stdout.splitlines()[-1]), said


def test_an_executor_is_killed_and_one_segment_is_refused(binary, tmp_path):
    data = make_data(tmp_path / "data")
    digest, snapshots = rebuilt(binary, data)
    paths = sorted((data / "log").glob("*/*/*"))
    once, program = tmp_path / "once", tmp_path / "bin" / "tracker"
    program.parent.mkdir()
    program.write_text(PROGRAM.format(python=sys.executable, once=str(once), tracker=binary, refused=str(paths[5]),
                                      kills=str(paths[1])))
    program.chmod(0o755)
    report, said = submit(tmp_path, "local-cluster[2,1,1024]", data, "--tracker", program, expect=1)
    assert (once / "killed").exists() and "ExecutorLostFailure" in said, said[-3000:]
    assert report["errors"] == ["%s: error: no luck with it" % paths[5]]
    # All but the refused one came from the executors; that one was folded beside the log, and nothing is missing.
    assert [left["segment"] for left in report["left_out"]] == [paths[5].name]
    assert (report["merged"], report["segments"]) == (len(paths) - 1, len(paths))
    assert report["folded_bytes"] == paths[5].stat().st_size
    assert (report["sessions"], report["events"], report["digest"]) == (SESSIONS, EVENTS, digest)
    assert snapshots_of(data) == snapshots
    # An index run takes the snapshots as its own.
    assert json.loads(tracker(binary, "index", "--data", data, "--json"))["digest"] == digest
    assert snapshots_of(data) == snapshots


def test_without_the_program_it_says_so_once(tmp_path):
    data = make_data(tmp_path / "data")
    report, said = submit(tmp_path, "local[2]", data, expect=2)
    assert len(report["errors"]) == 1 and "there is no program 'tracker' on" in report["errors"][0], report
    assert "Traceback" not in said
    assert (report["sessions"], report["digest"]) == (0, None)
    assert not (data / "index").exists()
