"""compact, prune and restore of the real binary: killed at any moment, and under a running server."""
import json
import os
import time

import harness

ROUNDS = 60 if harness.LONG else 5
SESSIONS, FILES, LINES = 3, 30, 200


def fill(tracker):
    """Small plain segments of writers that are gone, some with headers and some without."""
    for session in range(SESSIONS):
        folder = tracker.data / "log" / "u" / ("s%d" % session)
        folder.mkdir(parents=True, mode=0o700)
        for number in range(FILES):
            writer = "%016x" % (session * 1000 + number)
            lines = ['{"ts":%d,"metric":"m","value":%d}' % (1763899200000 + n, n) for n in range(LINES)]
            if number % 3:
                lines.insert(0, json.dumps({"frame": 1, "session": "s%d" % session, "writer": writer,
                                            "seq": 0, "events": LINES}, separators=(",", ":")))
            (folder / (writer + ".000001.jsonl")).write_text("\n".join(lines) + "\n")


def segments(tracker):
    return sorted(path.name for path in (tracker.data / "log").glob("*/*/*.jsonl*"))


def test_a_compaction_killed_at_any_moment(tracker, dice):
    fill(tracker)
    before = tracker.json("index", "--rebuild")
    assert before["events"] == SESSIONS * FILES * LINES
    killed = 0
    for _ in range(ROUNDS):
        child = tracker.start("compact", "--quiet", "0")
        time.sleep(dice.uniform(0, 0.25))  # the moment of the kill is what is tested
        child.kill()
        killed += child.wait() == -9
        now = tracker.json("index", "--rebuild")
        assert (now["digest"], now["events"]) == (before["digest"], before["events"])
        if len(segments(tracker)) == SESSIONS:
            # Done: from the beginning again.
            tracker.run("prune", "--empty-trash", "--yes")
            for path in (tracker.data / "log").glob("*/*"):
                for file in path.iterdir():
                    file.unlink()
                path.rmdir()
            fill(tracker)
    tracker.run("compact", "--quiet", "0")
    names = segments(tracker)
    assert len(names) == SESSIONS and all(name.startswith("c0ac7e") for name in names), names
    after = tracker.json("index", "--rebuild")
    assert (after["digest"], after["events"]) == (before["digest"], before["events"])
    assert after["bad_regions"] == after["missing_frames"] == 0
    assert [path.name for path in (tracker.data / "maintenance").iterdir()] == ["lock"]
    assert tracker.json("compact", "--quiet", "0")["files_before"] == 0
    print("killed %d of %d" % (killed, ROUNDS))


def test_a_dry_run_says_what_will_be_and_changes_nothing(tracker):
    fill(tracker)
    before = segments(tracker)
    plan = tracker.json("compact", "--dry-run", "--quiet", "0")
    assert segments(tracker) == before and not (tracker.data / "maintenance").exists()
    assert plan["files_before"] == SESSIONS * FILES and plan["files_after"] == SESSIONS
    done = tracker.json("compact", "--quiet", "0")
    for key in ("files_before", "files_after", "bytes_before", "bytes_after"):
        assert plan[key] == done[key]
    sizes = sum(path.stat().st_size for path in (tracker.data / "log").glob("*/*/*"))
    assert sizes == done["bytes_after"] < done["bytes_before"] / 4
    # Young segments are left alone, and said to be.
    fresh = tracker.data / "log" / "u" / "s0" / ("%016x.000001.jsonl" % 0xfeed)
    fresh.write_text('{"ts":1763899200000,"metric":"m","value":1}\n')
    text = tracker.run("compact").stdout
    assert fresh.name + " stays: it was written to within the last 600 s" in text


def test_a_running_server_follows(tracker):
    fill(tracker)
    before = tracker.json("index", "--rebuild")
    server = tracker.serve()

    def listed(count):
        def rows():
            rows = server.json("api/sessions")["sessions"]
            whole = sum(row["events"] for row in rows) == count * FILES * LINES
            return whole and len(rows) == count and rows
        return sorted(row["session"] for row in harness.within(20, rows, "%d sessions" % count)[0])
    assert listed(3) == ["s0", "s1", "s2"]
    tracker.run("compact", "--quiet", "0")
    assert listed(3) == ["s0", "s1", "s2"]
    plan = tracker.json("prune", "u/s1")
    assert [row["session"] for row in plan["taken"]] == ["s1"] and not plan["applied"]
    assert listed(3) == ["s0", "s1", "s2"]
    tracker.run("prune", "u/s1", "--apply")
    assert listed(2) == ["s0", "s2"]
    assert server.get("/sessions/u/s1")[0] == 404
    assert [row["session"] for row in tracker.json("restore")["sessions"]] == ["s1"]
    tracker.run("restore", "u/s1")
    assert listed(3) == ["s0", "s1", "s2"]
    server.stop()
    assert tracker.json("index")["digest"] == before["digest"]
    tracker.verify()


def test_a_size_cap_thins_before_it_moves_anything(tracker):
    fill(tracker)
    month_ago = time.time() - 30 * 86400
    for path in (tracker.data / "log").rglob("*"):
        os.utime(path, (month_ago, month_ago))
    files = segments(tracker)
    sizes = sum(path.stat().st_size for path in (tracker.data / "log").glob("*/*/*"))
    before = tracker.json("show", "u/s0")
    limit = "%dB" % (sizes * 3 // 4)
    plan = tracker.json("prune", "--keep-size", limit)
    assert segments(tracker) == files and not plan["applied"]
    assert plan["size"]["before"] == sizes and plan["size"]["limit"] == sizes * 3 // 4 >= plan["size"]["after"]
    assert plan["taken"] == [] and plan["problems"] == []
    [thinned] = plan["thinned"]
    # What is alone in its second may stay a sample.
    assert FILES * LINES >= thinned["samples"] >= FILES * (LINES - 1) > thinned["histograms"] >= 1
    assert thinned["bytes_after"] < thinned["bytes_before"] / 10
    done = tracker.json("prune", "--keep-size", limit, "--apply")
    assert done["applied"] and done["thinned"][0]["session"] == thinned["session"]
    assert done["size"]["after"] <= done["size"]["limit"] and done["size"]["trashed"] > 0
    # What was measured is what it was, but for the width of a bucket.
    after = tracker.json("show", "u/" + thinned["session"])
    [was], [now] = before["runs"][0]["series"], after["runs"][0]["series"]
    for key in ("count", "errors", "sum", "min", "max"):
        assert now[key] == was[key], key
    for key in ("p50", "p99", "p999"):
        assert abs(now[key] / was[key] - 1) < 0.004, key
    assert tracker.json("prune", "--keep-size", limit)["thinned"] == []
    # Nothing else can be made smaller: then the oldest go, and the newest stays.
    least = tracker.run("prune", "--keep-size", "1B", "--apply", "--json", expect=(2,))
    assert "of --keep-size: what is left is marked, new or open" in least.stderr
    report = json.loads(least.stdout)
    assert len(report["taken"]) == SESSIONS - 1
    assert [row["reason"] for row in report["kept"]] == ["it is one of the newest 1"]
    for name in sorted(row["session"] for row in report["taken"]):
        tracker.run("restore", "u/" + name)
    tracker.verify()


def test_prune_never_takes_by_age_alone_nor_what_is_written_to(tracker):
    fill(tracker)
    refused = tracker.run("prune", "--older-than", "1", expect=(64,))
    assert "--older-than needs --keep-last" in refused.stderr
    assert [row["session"] for row in tracker.json("prune", "--keep-last", "2")["taken"]] == ["s0"]
    # The files are new, whatever the events say.
    assert tracker.json("prune", "--keep-last", "2", "--older-than", "1")["taken"] == []
    writer = tracker.start("log", "--session", "s0", "--user", "u", "--ack", stdin=-1)
    writer.stdin.write('{"ts":1763899200000,"metric":"m","value":1}\n')
    writer.stdin.flush()
    assert writer.reader.next(20).startswith("acked ")
    kept = tracker.run("prune", "u/s0", "--apply", expect=(2,)).stdout
    assert "a writer has it open" in kept
    writer.stdin.close()
    writer.wait(20)
    tracker.run("prune", "u/s0", "--apply")
    asked = tracker.run("prune", "--empty-trash").stdout
    assert "Nothing was removed" in asked and tracker.json("restore")["sessions"]
    tracker.run("prune", "--empty-trash", "--yes")
    assert tracker.json("restore")["sessions"] == []


def test_files_with_names_that_are_not_utf8_come_back_and_go(tracker):
    fill(tracker)
    odd = [b"\xff.jsonl", b"\xfe.jsonl", b"0123456789abcdef.000001.jsonl\xe9"]
    folder = os.fsencode(tracker.data / "log" / "u" / "s0")
    for name in odd:
        with open(os.path.join(folder, name), "wb"):
            pass
    os.mkdir(os.path.join(folder, b"\xfd"))
    notes = tracker.run("verify").stdout
    for shown in (r"\xff.jsonl", r"\xfe.jsonl", r"0123456789abcdef.000001.jsonl\xe9"):
        assert "log/u/s0: %s: not a segment, ignored: its name does not end" % shown in notes
    assert r"log/u/s0: \xfd: not a segment, ignored: it is a folder" in notes
    # Into a session that has begun again: what was left could neither come back nor be removed.
    tracker.run("prune", "u/s0", "--apply")
    os.mkdir(folder, 0o700)
    tracker.run("restore", "u/s0")
    assert set(odd) < set(os.listdir(folder)) and tracker.json("restore")["sessions"] == []
    tracker.run("prune", "u/s0", "--apply")
    tracker.run("prune", "--empty-trash", "--yes")
    assert not list((tracker.data / "trash").glob("sessions/*/*"))
