"""A reader that shares nothing with the tracker: the zstd program, and which lines of a log count.

Only for what these trials write: frames with an identity count once, lines without one count in each file.
"""
import json
import pathlib
import subprocess
import sys

import outside
from outside import harness

# Behind the others: it has a conftest.py of its own.
sys.path.append(str(harness.PYTHON_CLIENT / "tests"))
import segments  # noqa: E402  (the path above)


def content(path):
    """What a segment holds up to its last whole frame and line."""
    raw = path.read_bytes()
    if path.name.endswith(".zst"):
        whole = b"".join(segments.zstd_frames(raw, torn_end=True))
        raw = subprocess.run(["zstd", "-dcq"], input=whole, capture_output=True, check=True).stdout if whole else b""
    return raw[:raw.rfind(b"\n") + 1].decode()


def sections(path):
    """`(identity, lines)` of each header with the lines it counts; identity None: lines without a header."""
    lines = content(path).splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].startswith('{"frame"'):
            yield None, lines[at:at + 1]
            at += 1
            continue
        header = json.loads(lines[at])
        end = at + 1 + header["events"]
        if end > len(lines):
            return  # bare lines: the section is not finished
        yield (header["writer"], header["seq"]), lines[at + 1:end]
        at = end


def lines(*folders):
    """The lines that count in the segments of these folders together."""
    seen, found = {}, []
    for folder in folders:
        for path in sorted(pathlib.Path(folder).glob("*.jsonl*")):
            for identity, section in sections(path):
                if identity is None:
                    found += section
                elif identity not in seen:
                    seen[identity] = section
                    found += section
                elif seen[identity] != section:
                    raise outside.Lost("%s: %s has two contents" % (path, identity))
    return found


def frame(session, writer, seq, text):
    """A frame of these lines, as a client of another language appends it."""
    header = {"frame": 1, "session": session, "writer": writer, "seq": seq, "events": len(text)}
    plain = ("\n".join([json.dumps(header), *text]) + "\n").encode()
    return subprocess.run(["zstd", "-q1c", "--stream-size=%d" % len(plain)], input=plain, capture_output=True,
                          check=True).stdout


def compare(streams, session, text):
    """Raises if an acknowledged event is not among the lines of a session, or one that was never sent is, or one is
    there twice. Returns how many were acknowledged."""
    found = {stream.name: set() for stream in streams}
    outside.read_lines(text, session, Known(found))
    acknowledged = 0
    for stream in streams:
        numbers = found[stream.name]
        if numbers and max(numbers) >= stream.sent:
            raise outside.Lost("never sent: %s %d" % (stream.name, max(numbers)))
        for first, end, _ in stream.acks:
            acknowledged += end - first
            missing = [number for number in range(first, end) if number not in numbers]
            if missing:
                raise outside.Lost("%s: acknowledged, and not there: %s" % (stream.name, missing[:10]))
    return acknowledged


class Known(dict):
    def __missing__(self, name):
        raise outside.Lost("never sent: a stream %r" % name)
