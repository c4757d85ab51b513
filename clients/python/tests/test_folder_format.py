"""A data folder of a newer format: nothing is written, and nothing is lost that can be kept."""
import json
import os

import pytest

from local_tracker_client import FolderFormatError, LocalTrackerClient, SegmentWriter, SessionLog, sample_line
from segments import all_events

NEWER = b'{"format":2}\n'


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*"))}


@pytest.fixture
def newer(data):
    data.mkdir()
    (data / "tracker.json").write_bytes(NEWER)
    before = tree(data)
    yield data
    assert tree(data) == before, "something was written into a folder of a newer format"


@pytest.mark.parametrize("text", (b'{"format":2}', b'{"format":0}', b'{"format":"1"}', b'{"format":true}', b"{}", b"[]", b"",
                                  b"not json", b'{"format":1.5}'))
def test_what_is_not_this_format_is_refused(data, text):
    data.mkdir()
    (data / "tracker.json").write_bytes(text)
    with pytest.raises(FolderFormatError) as error:
        SegmentWriter(str(data), "u", "s").append([sample_line("m", 1)])
    assert "tracker.json" in str(error.value)
    assert "newer client" in str(error.value) or '{"format":1}' in str(error.value)
    assert tree(data) == {"tracker.json": text}


@pytest.mark.parametrize("text", (b'{"format":1}', b'{"format":1,"note":"mine"}\n', b'{"format":1.0}'))
def test_this_format_is_written_to_and_its_file_left_alone(data, text):
    data.mkdir()
    (data / "tracker.json").write_bytes(text)
    writer = SegmentWriter(str(data), "u", "s")
    writer.append([sample_line("m", 1)])
    writer.close()
    assert (data / "tracker.json").read_bytes() == text
    assert len(all_events(data)) == 1


def test_a_folder_without_the_file_gets_it_whole(data):
    writer = SegmentWriter(str(data), "u", "s")
    writer.append([sample_line("m", 1)])
    writer.close()
    assert json.loads((data / "tracker.json").read_bytes()) == {"format": 1}
    assert sorted(os.listdir(data)) == ["log", "tracker.json"]


def test_samples_are_dropped_and_counted_and_the_program_goes_on(newer):
    log = SessionLog()
    with log.run(test="t") as run:
        assert run.sample("m", 1)
    assert not log.flush()
    assert not log.close()
    assert log.dropped == 4 and log.statistics["frames"] == 0


def test_a_result_waits_in_the_spool_until_the_folder_can_be_written(newer, tmp_path, monkeypatch):
    client = LocalTrackerClient()
    assert not client.send_metrics("load_test", "m_ms", {"m_ms": 1}, session_id="s", retries=1)
    assert len(list((tmp_path / "spool").glob("*.json"))) == 1
    assert not client.flush_spool()
    monkeypatch.setenv("TRACKER_DATA", str(tmp_path / "other"))
    assert LocalTrackerClient().flush_spool()
    assert [event["value"] for event in all_events(tmp_path / "other") if "metric" in event] == [1]


def test_a_folder_that_becomes_newer_is_refused_by_the_next_writer(data):
    writer = SegmentWriter(str(data), "u", "s")
    writer.append([sample_line("m", 1)])
    (data / "tracker.json").write_bytes(NEWER)
    with pytest.raises(FolderFormatError):
        SegmentWriter(str(data), "u", "s").append([sample_line("m", 2)])
    writer.close()
    assert len(all_events(data)) == 1
