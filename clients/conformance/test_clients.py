"""Each client writes the same scenarios; the tracker must see exactly them, or the documented loss, counted."""
import fcntl
import json
import os
import pathlib
import re
import resource
import shutil
import stat
import subprocess
import time

import pytest

import languages
import segments

HERE = pathlib.Path(__file__).resolve().parent
OF_THE_MACHINE = ("ts", "user", "host", "commit", "environment")
FIRST_TS = 1763899200000
SAMPLES = 10_000
ROTATE_BYTES = 3_000  # less than any client's frame of 256 KiB of these samples
FULL_AT_BYTES = 8_192
SAMPLES_FOR_A_FULL_DISK = 20_000  # far more than fit, however well large frames compress
SAMPLES_OF_A_THREAD = 10_000  # so many that both threads run at the same time
OPENING_EVENTS = 1  # the session's own event
RUNS_IN_AN_EXAMPLE = 1


def events(client, expect=(0,)):
    """As `tracker cat` prints them."""
    lines = client.tracker("cat", "%s/%s" % (client.USER, client.SESSION), "--json", expect=expect).splitlines()
    return [json.loads(line)["event"] for line in lines]


def values(found, metric="n"):
    return [event["value"] for event in found if event.get("metric") == metric]


def verified(client):
    """The session as `tracker verify` sees it. Nothing that a client wrote is ever damage."""
    session, = json.loads(client.tracker("verify", "--json", expect=(0, 1)))["sessions"]
    for key in ("bad_lines", "bad_regions", "lost_bytes", "missing_frames", "conflict_count", "repeated_frames"):
        assert session[key] == 0, (key, session)
    assert sum(file["unchecked_frames"] for file in session["files"]) == 0
    return session


def whole(client):
    session = verified(client)
    assert session["whole"] or all(file["open"] for file in session["files"]), session
    assert session["dropped_events"] == session["pending_bytes"] == 0
    return session


def headers(client):
    """The header lines of all segments, in order: read by other programs than the tracker."""
    for path in client.segments():
        program = ["zstd", "-dcq"] if path.name.endswith(".zst") else ["gzip", "-dcq"]
        text = subprocess.run([*program, path], capture_output=True, check=True).stdout.decode("utf-8")
        yield from (json.loads(line) for line in text.splitlines() if line.startswith('{"frame"'))


def test_a_story_is_read_as_it_was_told(client):
    told = client.run("story")
    assert told["dropped"] == 0 and "done" in told, told
    expected = json.loads((HERE / "story.json").read_text(encoding="utf-8"))["events"]
    found = events(client)
    now = time.time() * 1000
    assert all(now - 60_000 < event["ts"] <= now + 1000 for event in found)
    assert [{key: value for key, value in event.items() if key not in OF_THE_MACHINE} for event in found] == expected
    whole(client)
    shown = json.loads(client.tracker("show", "%s/%s" % (client.USER, client.SESSION), "--json"))
    run = next(run for run in shown["runs"] if run["run"] == "r1")
    assert (run["state"], run["test"]) == ("failed", 'warm "cache"\n')
    assert sum(series["count"] for series in run["series"]) == 4


def test_files_have_the_names_modes_and_headers_of_the_format(client):
    client.run("samples", SAMPLES // 2)
    segment, = client.segments()
    ending = re.escape(client.language.ending) or r"\.jsonl\.(zst|gz)"
    assert re.fullmatch(r"[0-9a-f]{16}\.000001" + ending, segment.name)
    assert stat.S_IMODE(segment.stat().st_mode) == 0o600
    for folder in (segment.parent, segment.parent.parent, client.data / "log"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert json.loads((client.data / "tracker.json").read_text()) == {"format": 1}
    assert [path.name for path in client.data.iterdir() if path.name not in ("tracker.json", "log")] == []
    frames = list(headers(client))
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))
    assert sum(frame["events"] for frame in frames) == SAMPLES // 2 + OPENING_EVENTS
    assert len(frames) >= 2
    assert {(frame["session"], frame["writer"]) for frame in frames} == {(client.SESSION, segment.name[:16])}


def test_ten_thousand_samples_over_several_segments(client):
    told = client.run("samples", SAMPLES, variables={"CONFORMANCE_ROTATE": str(ROTATE_BYTES)})
    assert told["dropped"] == 0, told
    found = [event for event in events(client) if "metric" in event]
    assert [(event["value"], event["ts"]) for event in found] == [(i, FIRST_TS + i) for i in range(SAMPLES)]
    assert all(event["unit"] == "ms" and event["labels"] == {"route": "/a"} for event in found)
    whole(client)
    names = [path.name.split(".") for path in client.segments()]
    assert len(names) >= 3 and len({name[0] for name in names}) == 1
    assert [int(name[1]) for name in names] == list(range(1, len(names) + 1))
    for path in client.segments()[:-1]:
        *before, last = [len(frame.raw) for frame in segments.frames(path, has_content_size=False)]
        assert sum(before) < ROTATE_BYTES <= sum(before) + last, (path, before, last)


def test_each_frame_is_one_write(client):
    """Of what is appended to a segment, the kernel sees whole frames, as long as the disk takes them."""
    if not shutil.which("strace") and not os.environ.get("CI"):
        pytest.skip("this machine has no strace")
    traces = client.folder / "traces"
    traces.mkdir()
    # A file for each thread: in one file for all, a call that another thread interrupts is cut in two lines.
    client.run("samples", 350, command=["strace", "-ff", "-y", "-e", "trace=write,writev,pwrite64,pwritev",
                                        "-o", traces / "thread", *client.command, "samples", "350"])
    trace = "".join(path.read_text() for path in sorted(traces.iterdir()))
    frames = [frame["events"] for frame in headers(client)]
    writes = re.findall(r"(\w+)\(\d+<[^>]*\.jsonl\.(?:zst|gz)>.* = (\d+)$", trace, re.M)
    assert [name for name, _ in writes] == ["write"] * len(frames) and len(frames) >= 1, (writes, frames)
    assert sum(int(size) for _, size in writes) == sum(path.stat().st_size for path in client.segments())


def test_what_is_queued_is_there_soon_after_a_second(client):
    if not client.language.second:
        pytest.skip("only a full frame or a flush writes")
    child = client.start("quiet", 1200)
    assert child.stdout.readline() == "1\n"
    found = values(events(client))
    assert found in ([0], [0, 1]), found
    assert child.poll() is None, "it should still run: the end of a program writes as well"


def test_two_threads(client):
    if not client.language.threads:
        pytest.skip("the client is for one thread")
    told = client.run("threads", SAMPLES_OF_A_THREAD)
    assert told["dropped"] == 0, told
    found = events(client)
    assert values(found, "t0") == values(found, "t1") == list(range(SAMPLES_OF_A_THREAD))
    whole(client)


def test_a_forked_child_writes_a_file_of_its_own_and_nothing_twice(client):
    if not client.language.fork:
        pytest.skip("the language has no fork, or its programs do not use it")
    told = client.run("fork", 50)
    assert told["dropped"] == 0, told
    found = events(client)
    assert [values(found, metric) for metric in ("before", "parent", "child")] == [list(range(50))] * 3
    assert len({path.name[:16] for path in client.segments()}) == 2
    whole(client)


def test_killed_in_the_middle(client, dice):
    """What was flushed is there, and nothing that was never sent."""
    child = client.start("acknowledge", 2_000_000)
    flushed = 0
    for _ in range(dice.randrange(5, 60)):
        flushed = int(child.stdout.readline())
    if client.language.lock:
        with client.segments()[0].open("rb") as segment, pytest.raises(BlockingIOError):
            fcntl.flock(segment, fcntl.LOCK_EX | fcntl.LOCK_NB)
    child.kill()
    child.wait()
    flushed = max([flushed] + [int(line) for line in child.stdout.read().split("\n")[:-1]])
    found = values(events(client, expect=(0, 1)))
    assert len(found) >= flushed and found == list(range(len(found)))
    assert verified(client)["dropped_events"] == 0


def test_a_full_disk_costs_what_does_not_fit_and_the_program_says_how_much(client):
    def fill():
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT_BYTES, FULL_AT_BYTES))

    told = client.run("samples", SAMPLES_FOR_A_FULL_DISK, preexec_fn=fill)
    assert "done" in told and told["error"], told
    found = events(client)
    assert values(found) == list(range(len(values(found))))
    assert 100 < len(found) < SAMPLES_FOR_A_FULL_DISK
    assert len(found) + told["dropped"] == SAMPLES_FOR_A_FULL_DISK + OPENING_EVENTS
    assert verified(client)["pending_bytes"] == 0, "a write that did not fit was not cut off"


def test_a_folder_of_a_newer_format_is_refused(client):
    client.data.mkdir()
    (client.data / "tracker.json").write_text('{"format":2}\n')
    told = client.run("samples", 150)
    assert "done" in told and "format" in told["error"], told
    assert told["dropped"] >= 150
    assert [path.name for path in client.data.rglob("*")] == ["tracker.json"]
    assert (client.data / "tracker.json").read_text() == '{"format":2}\n'


def test_a_folder_that_cannot_be_written(client):
    client.data.mkdir()
    (client.data / "log").write_text("a file where the folder should be")
    told = client.run("samples", 150)
    assert "done" in told and told["error"], told
    assert told["dropped"] >= 150


def test_a_queue_that_is_full_drops_what_comes_and_the_next_frame_says_how_much(client):
    if not client.language.overflow:
        pytest.skip("its own tests fill its queue")
    client.data.mkdir()
    (client.data / "log").write_text("a file where the folder should be")
    child = client.start("overflow", client.language.overflow, stdin=subprocess.PIPE)
    assert child.stdout.readline() == "full\n"
    (client.data / "log").unlink()
    out, _ = child.communicate("\n", timeout=client.SECONDS)
    found = values(events(client))
    lost = client.language.overflow - len(found)
    assert found == list(range(len(found))) and lost > 0
    assert "dropped %d\n" % lost in out and verified(client)["dropped_events"] == lost


def test_a_symbolic_link_is_not_followed(client, tmp_path):
    (client.data / "log").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (client.data / "log" / client.USER_FOLDER).symlink_to(elsewhere)
    told = client.run("samples", 150)
    assert "done" in told and told["error"] and told["dropped"] >= 150, told
    assert list(elsewhere.iterdir()) == []


def test_what_the_format_does_not_take_is_refused_and_counted(client):
    told = client.run("bad")
    assert told["dropped"] == 7 and told["error"], told
    assert [event.get("metric") for event in events(client)] == [None, "good", "good"]
    assert verified(client)["dropped_events"] == 7


def test_a_program_that_ends_without_closing(client):
    if not client.language.exit_hook:
        pytest.skip("the language has no hook at the end of a program")
    client.run("exit", 5)
    assert values(events(client)) == list(range(5))
    whole(client)


def test_the_example_of_its_page(client, tmp_path):
    language = client.language
    if not language.example:
        pytest.skip("its own tests run its examples")
    page = (language.folder / "README.md").read_text(encoding="utf-8")
    code, = re.findall(r"^```%s\n(.*?)^```$" % re.escape(language.block), page, re.M | re.S)
    command = language.make_example(code, tmp_path / "example")
    told = client.start("", command=command, variables={"LOCAL_TRACKER_USER_ID": "ann"})
    told.communicate(timeout=client.SECONDS)
    assert told.returncode == 0, (tmp_path / "stderr").read_text()
    row, = json.loads(client.tracker("sessions", "--json"))
    shown = json.loads(client.tracker("show", "%s/%s" % (row["user"], row["session"]), "--json"))
    assert len(shown["runs"]) == RUNS_IN_AN_EXAMPLE and shown["runs"][0]["state"] == "finished"
    assert shown["runs"][0]["series"][0]["metric"] == "http.latency_ms" and shown["runs"][0]["test"] == "warm cache"
    assert [note["text"] for note in shown["notes"]] == ["cache on"]
    assert shown["health"]["dropped_events"] == 0 and shown["name"] == "cache off, then on"


def test_each_language_has_a_page_and_a_row():
    table = (languages.CLIENTS.parent / "docs" / "CLIENTS.md").read_text(encoding="utf-8")
    for language in languages.ALL:
        assert (language.folder / "README.md").exists()
        assert "(../clients/%s/README.md)" % language.name in table
