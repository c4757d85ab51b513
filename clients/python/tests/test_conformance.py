import json
import pathlib
import re

import pytest

import local_tracker_client as client


def test_names(conformance):
    vectors = json.loads((conformance / "names.json").read_text())
    for case in vectors["names"]:
        assert client.directory_name(case["id"]) == case["directory"]
    for case in vectors["refused"]:
        with pytest.raises(ValueError):
            client.directory_name(case["id"])


def test_no_two_ids_share_a_directory(conformance):
    names = json.loads((conformance / "names.json").read_text())["names"]
    assert len({case["directory"].lower() for case in names}) == len(names)


def test_every_reason_of_the_vectors_is_one_of_the_reader(conformance):
    source = pathlib.Path(conformance, "../../Sources/TrackerLog/Events/LineError.swift").read_text()
    known = set(re.findall(r'case \w+ = "(.+)"', source))
    used = {reason for case in json.loads((conformance / "lines.json").read_text())["invalid"]
            for reason in case["reasons"]}
    assert used <= known
    assert known - used == {"line longer than 1 MiB"}  # too long for a file of vectors


def test_valid_lines_agree_with_what_this_client_writes(conformance):
    """Writing what a vector says gives a line that means the same."""
    for case in json.loads((conformance / "lines.json").read_text())["valid"]:
        wanted = case["expected"]
        if wanted["kind"] == "sample":
            line = json.loads(client.sample_line(
                wanted["metric"], wanted["value"], wanted.get("unit"), wanted.get("run"),
                wanted.get("ok"), wanted["ts"], wanted.get("labels")))
            assert line == {key: value for key, value in wanted.items() if key != "kind"}


def test_body_hashes(conformance):
    for case in json.loads((conformance / "bodies.json").read_text())["bodies"]:
        assert client.body_digest(case["body"].encode()) == case["sha256"]


def test_reports_become_the_bytes_that_the_server_writes(conformance, data):
    cases = json.loads((conformance / "reports.json").read_text())
    for case in cases["reports"]:
        user, session, identity, lines = client.events_of_body(case["body"].encode())
        written = []
        writer = client.SegmentWriter(str(data), user, session)
        writer._compress = lambda content: written.append(content) or b"-"
        writer.append(lines, identity)
        writer.abandon()
        assert written[0].decode().split("\n")[:-1] == case["section"]
    for case in cases["refused"]:
        with pytest.raises(ValueError):
            client.events_of_body(case["body"].encode())
