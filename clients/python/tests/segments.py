"""An independent reader for the tests: the zstd program for content, the bytes for the frames."""
import collections
import contextlib
import json
import resource
import subprocess
import zlib

Frame = collections.namedtuple("Frame", "header events raw")
MAGIC = b"\x28\xb5\x2f\xfd"


def files(data, user="*", session="*"):
    return sorted(data.glob("log/%s/%s/*" % (user, session)))


def text(path):
    program = "zstdcat" if path.name.endswith(".zst") else "gzip"
    arguments = [program, "-q"] if program == "zstdcat" else [program, "-dc"]
    return subprocess.run(arguments + [str(path)], capture_output=True, check=True).stdout.decode()


def zstd_frames(raw, torn_end=False):
    """The frames of a segment, found by walking their block headers (RFC 8878).

    With `torn_end` the last one may lack its end, as after kill -9; it is left out.
    """
    offset = 0
    while offset < len(raw):
        end = frame_end(raw, offset)
        if end is None or end > len(raw):
            assert torn_end, "the frame at %d is torn" % offset
            return
        yield raw[offset:end]
        offset = end


def frame_end(raw, start):
    """Where the frame at `start` ends, which may be beyond `raw`; None where `raw` does not say."""
    assert MAGIC.startswith(raw[start:start + 4]), "no frame at %d" % start
    if len(raw) <= start + 4:
        return None
    descriptor = raw[start + 4]
    assert descriptor & 4, "frame at %d has no checksum" % start
    assert descriptor & 3 == 0, "frame at %d needs a dictionary" % start
    single = descriptor >> 5 & 1
    offset = start + 5 + (1 - single) + ([1 if single else 0, 2, 4, 8][descriptor >> 6])
    last = False
    while not last:
        if offset + 3 > len(raw):
            return None
        block = int.from_bytes(raw[offset:offset + 3], "little")
        last, kind, size = block & 1, block >> 1 & 3, block >> 3
        offset += 3 + (1 if kind == 1 else size)
    return offset + 4


def gzip_members(raw):
    while raw:
        member = zlib.decompressobj(31)
        member.decompress(raw)
        assert member.eof, "the last member is torn"
        size = len(raw) - len(member.unused_data)
        yield raw[:size]
        raw = member.unused_data


def frames(path, has_content_size=True):
    """Every frame with its header and events, checked against each other."""
    raw, found = path.read_bytes(), []
    is_zstd = path.name.endswith(".zst")
    for part in zstd_frames(raw) if is_zstd else gzip_members(raw):
        if is_zstd and has_content_size:
            assert part[4] & 0b11100000, "a frame does not say how large its content is"
        program = ["zstd", "-dcq"] if is_zstd else ["gzip", "-dc"]
        content = subprocess.run(program, input=part, capture_output=True, check=True).stdout
        assert content.endswith(b"\n")
        header, *events = [strict(line) for line in content.decode().split("\n")[:-1]]
        assert header["frame"] == 1 and header["events"] == len(events)
        found.append(Frame(header, events, part))
    return found


def all_frames(data, **where):
    return [frame for path in files(data, **where) for frame in frames(path)]


def all_events(data, **where):
    return [event for frame in all_frames(data, **where) for event in frame.events]


def strict(line):
    def members(pairs):
        assert len(dict(pairs)) == len(pairs), "duplicate key"
        return dict(pairs)

    def refuse(constant):
        raise AssertionError(constant)
    return json.loads(line, object_pairs_hook=members, parse_constant=refuse)


@contextlib.contextmanager
def files_limited_to(size):
    """A disk that is full at a known byte. Only inside `with`: pytest too writes to a file, its log."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
