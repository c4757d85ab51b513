"""The Swift examples, built against this checkout: exactly what it says is in the log."""
import collections
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".build-example"
SETTINGS = ("TRACKING_SERVICE_URL", "LOCAL_TRACKER_API_KEY", "API_KEY", "LOCAL_TRACKER_USER_ID",
            "INFLUENCER_USER", "TRACKER_DATA", "TRACKER_SPOOL")


@pytest.fixture(scope="module")
def program():
    begin = time.monotonic()
    # Its plan of an earlier build: it does not notice new files of a package that another one depends on.
    (SCRATCH / "debug.yaml").unlink(missing_ok=True)
    subprocess.run(["swift", "build", "--package-path", ROOT / "Examples" / "swift-client",
                    "--scratch-path", SCRATCH], check=True)
    print("measured: the Swift example is built in %.0f s" % (time.monotonic() - begin))
    return SCRATCH / "debug" / "swift-client"


def run(program, folder, expect=0):
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    environment["SWIFT_BACKTRACE"] = "enable=no"  # one test lets it end with an error
    result = subprocess.run([program], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert (result.returncode == 0) == (expect == 0), result.stderr
    return result


def events_of(data):
    lines = []
    for segment in sorted(data.glob("log/*/*/*.zst")):
        lines += subprocess.run(["zstdcat", segment], check=True, capture_output=True, text=True).stdout.splitlines()
    return [event for event in map(json.loads, lines) if "frame" not in event]


def test_exactly_its_events_are_there(program, tmp_path):
    (tmp_path / ".env").write_text("export TRACKER_DATA='results'\nLOCAL_TRACKER_USER_ID=ann\n")
    told = run(program, tmp_path).stdout
    data = tmp_path / "results"
    session, = (data / "log" / "ann").iterdir()
    assert told == "ann/%s: dropped 0\n" % session.name
    assert json.loads((data / "tracker.json").read_text()) == {"format": 1}

    events = events_of(data)
    kinds = collections.Counter(event.get("event") or event["metric"] for event in events)
    assert kinds == {"session": 1, "run_started": 3, "run_finished": 3, "note": 1,
                     "cache.get_ms": 201, "cache.entries": 2}
    opened = next(event for event in events if event.get("event") == "session")
    assert opened["name"] == "a small cache" and opened["user"] == "ann" and opened["host"]

    starts = [event for event in events if event.get("event") == "run_started"]
    ends = {event["run"]: event for event in events if event.get("event") == "run_finished"}
    assert [event.get("params", {}).get("cache") for event in starts] == ["cold", "warm", None]
    assert all(event["target"] == "divisors" and event["environment"]["cores"] > 0 for event in starts)
    assert [ends[event["run"]]["state"] for event in starts] == ["finished", "finished", "failed"]
    assert ends[starts[0]["run"]]["summary"] == {"entries": 100}
    assert ends[starts[2]["run"]]["summary"] == {"error": "no such key: 0"}
    for start, count in zip(starts, (100, 100, 1)):
        samples = [event for event in events if event.get("metric") == "cache.get_ms" and event["run"] == start["run"]]
        assert len(samples) == count
        assert all(sample["unit"] == "ms" and 0 <= sample["value"] < 10_000 for sample in samples)
        assert [sample.get("ok") for sample in samples] == ([False] if count == 1 else [None] * 100)


def test_a_current_session_is_joined(program, tmp_path):
    current = tmp_path / "data" / "current"
    current.mkdir(parents=True)
    (current / "anonymous.json").write_text('{"session":"mine","user":"anonymous","started":1763899200000}\n')
    assert "has a name of its own" in run(program, tmp_path, expect=1).stderr


def test_a_folder_of_a_newer_format_is_refused(program, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "tracker.json").write_text('{"format":2}\n')
    assert "format 2" in run(program, tmp_path, expect=1).stderr
    assert [path.name for path in (tmp_path / "data").rglob("*")] == ["tracker.json"]


def test_what_swift_metrics_measured_is_there(program, tmp_path):
    assert run(program.with_name("swift-metrics-example"), tmp_path).stdout == "refused 0\n"
    samples = [event for event in events_of(tmp_path / "data") if "metric" in event]
    took = [event for event in samples if event["metric"] == "jobs.duration"]
    assert len(took) == 100 and all(event["unit"] == "ms" and 0 <= event["value"] < 10_000 for event in took)
    assert {event["labels"]["queue"] for event in took} == {"mail"}
    done = [event for event in samples if event["metric"] == "jobs.done"]
    assert done and all(event["unit"] == "/s" for event in done) and done[0]["value"] > 0
    assert [event["value"] for event in samples if event["metric"] == "jobs.waiting"][-1] == 0


def test_a_hummingbird_service_records_its_requests(tmp_path):
    """It is a target of this package: built with the tests, or now."""
    flags = ["--product", "hummingbird-service"]
    subprocess.run(["swift", "build", *flags], cwd=ROOT, check=True, env={**os.environ, "TRACKER_OPTIMISED_CORE": "1"})
    folder = subprocess.run(["swift", "build", "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    service = subprocess.Popen([pathlib.Path(folder.stdout.strip()) / "hummingbird-service", str(port)], cwd=tmp_path, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < end and service.poll() is None
            time.sleep(0.01)
        for path, status in (("/squares/12", 200), ("/squares/5", 200), ("/squares/x", 400), ("/cubes/2", 404)):
            try:
                with urllib.request.urlopen("http://127.0.0.1:%d%s" % (port, path), timeout=10) as answer:
                    assert (answer.status, answer.read()) == (status, b"%d\n" % int(path.split("/")[2]) ** 2)
            except urllib.error.HTTPError as error:
                assert error.code == status
        service.terminate()
        assert service.communicate(timeout=20)[0] == "dropped 0\n"
    finally:
        service.kill()
    samples = [event for event in events_of(tmp_path / "data") if event.get("metric") == "http.server.latency_ms"]
    assert [(one["labels"]["route"], one["labels"]["status"]) for one in samples] == [
        ("/squares/{number}", "200")] * 2 + [("/squares/{number}", "400"), ("NotFound", "404")]
    assert all(one["unit"] == "ms" and 0 < one["value"] < 10_000 for one in samples)
