#!/usr/bin/env python3
"""Writes segments.json: what each case is made of, and what a reader must see. Needs `zstd`.

A case that was released stays as it is in segments.json, bytes included: new ones are added at the end.
"""
import base64
import gzip
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
WRITER = "9f3c77aa01b2c3d4"
NAME = WRITER + ".000001.jsonl"
COUNTS = ("events", "bad_regions", "bad_lines", "missing_frames", "repeated_frames", "conflicts", "dropped_events",
          "unchecked_frames", "newer_sections")


def sample(number, **more):
    return {"ts": 1763899200000 + number, "metric": "m", "value": number, **more}


def spell(what):
    return what if isinstance(what, bytes) else json.dumps(what, ensure_ascii=False, separators=(",", ":")).encode()


def section(seq, content, **header):
    """A header and its lines; `header` has what is different from what a writer says."""
    head = {"frame": 1, "session": "s", "writer": WRITER, "seq": seq, "events": len(content), **header}
    lines = [head, *content]
    return b"".join(spell(line) + b"\n" for line in lines)


def zst(content, check=True):
    command = ["zstd", "-qc", "-3", "--check" if check else "--no-check", "--stream-size=%d" % len(content)]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


def gz(content):
    return gzip.compress(content, 6, mtime=0)


def frame(*arguments, **header):
    return zst(section(*arguments, **header))


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


CASES = []


def case(name, files, events, note=None, fresh=False, **counts):
    assert set(counts) <= set(COUNTS), counts
    files = {NAME + ".zst": files} if isinstance(files, bytes) else files
    CASES.append({
        "name": name, **({"note": note} if note else {}), **({"fresh": True} if fresh else {}),
        "files": {path: base64.b64encode(data).decode() for path, data in files.items()},
        "events": [json.loads(spell(event)) for event in events],
        "counts": {key: counts.get(key, len(events) if key == "events" else 0) for key in COUNTS}})


one, two, three = [sample(1), sample(2)], [sample(3)], [sample(4)]
first, second, third = frame(0, one), frame(1, two), frame(2, three)

case("two whole frames", first + second, one + two)
case("the last frame is torn", first + second[:len(second) // 2], one, bad_regions=1,
     note="of a writer that was killed; while its lock is held, or for ten minutes, the rest is awaited")
case("a bit of the middle frame is flipped", first + flipped(second, len(second) // 2) + third, one + three,
     bad_regions=1, missing_frames=1)
case("zeros behind the last frame", first + bytes(4096), one, bad_regions=1, note="a power cut")
case("rubbish between two frames", first + b"rubbish" * 9 + second, one + two, bad_regions=1)
case("a frame without a checksum", zst(section(0, one), check=False) + second, one + two, unchecked_frames=1)
case("content that does not end with a newline", first + zst(section(1, two)[:-1]) + third, one + three,
     bad_regions=1, missing_frames=1)
case("fewer lines than the header says", first + frame(1, two, events=2) + third, one + three, bad_regions=1,
     missing_frames=1)
case("more lines than the header says", frame(0, one, events=1) + second, two, bad_regions=1, missing_frames=1)
case("a header of another session", first + frame(1, two, session="t") + third, one + three, bad_regions=1,
     missing_frames=1)
case("a section of a newer format", first + frame(1, two, frame=2) + third, one + three, newer_sections=1,
     missing_frames=1)
case("the same frame twice", first + second + first, one + two, repeated_frames=1)
case("the same frame in two files", {NAME + ".zst": first + second, "00c3d49f3c77aa01.000001.jsonl.zst": first},
     one + two, repeated_frames=1)
case("two frames with one identity", first + frame(0, two), one + two, conflicts=1)
case("a frame is missing", first + third, one + three, missing_frames=1)
case("the first frame is missing", second, two, missing_frames=1)
case("the writer dropped events", first + frame(1, two, dropped=3), one + two, dropped_events=3)
case("two sections in a frame", zst(section(0, one) + section(1, two)), one + two)
case("a frame without a header", zst(b"".join(spell(event) + b"\n" for event in one)), one)
case("a header with spaces, another order and an unknown key", zst(
    b'{ \t"frame" : 1, "new":[{}], "events":1,"seq":0 , "writer":"w","session":"\\u0073"}\n' + spell(two[0]) + b"\n"), two)
case("gzip members", {NAME + ".gz": gz(section(0, one)) + gz(section(1, two))}, one + two)
case("the last gzip member is torn", {NAME + ".gz": gz(section(0, one)) + gz(section(1, two))[:40]}, one, bad_regions=1)
case("a bit of a gzip member is flipped",
     {NAME + ".gz": gz(section(0, one)) + flipped(gz(section(1, two)), 60) + gz(section(2, three))}, one + three,
     bad_regions=1, missing_frames=1)
case("plain lines with a header", {NAME: section(0, one) + section(1, two)}, one + two, unchecked_frames=2,
     note="plain lines have no checksum")
case("plain lines without one", {"shared.000001.jsonl": b"".join(spell(event) + b"\n" for event in one)}, one)
case("the last plain line is not whole yet", {"shared.000001.jsonl": spell(one[0]) + b"\n" + spell(one[1])[:30]},
     one[:1], fresh=True, note="not damage: the rest is awaited")
case("fewer plain lines than the header says, yet", {NAME: section(0, one) + section(1, two, events=2)}, one, fresh=True,
     unchecked_frames=1)

odd = [
    b' {"value" :\t1.25E+1,"metric":"\\u006d\\ud83d\\ude00\\/","ts":1763899200000.5} ',
    b'{"ts":"2025-11-23T13:00:00.250+01:00","metric":"m","value":-0.0,"unknown":{"deep":[[[null,true,"x"]]]}}\r',
    '{"ts":1763899200000,"metric":"größe \u2028\x7f","value":1e-320,"labels":{"":"","a\\nb":"\\u0000"}}'.encode(),
    b'{"ts":1763899200000,"event":"run_started","run":"r","test":null,"target":null,"commit":null}',
    b'{"ts":1763899200000,"metric":"m","value":1,"labels":{"n":1.50,"t":true,"none":null},"unit":"","run":""}',
    b'{"ts":1763899200000,"event":"note","text":"\\"frame\\":1 {\\"frame\\":1"}',
]
case("odd, and valid", zst(section(0, odd)), [odd_line.strip() for odd_line in odd])

bad = [
    b"", b"no JSON", b'{"ts":1763899200000,"metric":"m","value":1', b'{"ts":1763899200000,"metric":"m","value":1}}',
    b'{"ts":1763899200000,"metric":"m","value":1,"value":2}', b'{"ts":1763899200000,"metric":"m","value":NaN}',
    b'{"ts":1763899200000,"metric":"m","value":1e999}', b'{"ts":1763899200000,"metric":"m","value":01}',
    b'{"ts":1763899200000,"metric":"m","value":"1"}', b'{"ts":1763899200000,"metric":"","value":1}',
    b'{"metric":"m","value":1}', b'{"ts":"yesterday","metric":"m","value":1}',
    b'{"ts":1763899200000,"metric":"\xff","value":1}', b'{"ts":1763899200000,"metric":"\\ud83d","value":1}',
    b'{"ts":1763899200000,"metric":"a\tb","value":1}', b'\xef\xbb\xbf{"ts":1763899200000,"metric":"m","value":1}',
    b"{'ts':1763899200000,'metric':'m','value':1}", b'{"ts":1763899200000,"metric":"m","value":1,}',
    b'{"ts":1763899200000,"metric":"m","value":1,"labels":{"a":[]}}', b'{"ts":1763899200000,"event":"unheard of"}',
    b'{"ts":1763899200000}', b'[1]', b'{"ts":1763899200000,"metric":"m","value":1,"ok":"yes"}',
    b'{"ts":1763899200000,"metric":"m","value":1,"x":' + b"[" * 40 + b"]" * 40 + b"}",
    spell(sample(1, labels={"l%d" % number: "x" for number in range(33)})), spell(sample(1, unit="u" * 1025)),
    spell(sample(1, run=7)), spell({**sample(1), "metric": "m" * 129}),
]
# The empty one among them is no damage.
case("bad lines cost only themselves", zst(section(0, [sample(1), *bad, sample(2)])), one,
     bad_lines=len([line for line in bad if line]))


mark = b"\xef\xbb\xbf"
case("a last line without a newline", {"shared.000001.jsonl": spell(one[0]) + b"\n" + spell(one[1])}, one,
     note="a whole object can only be followed by blanks, so it counts at once")
case("a last line without a newline, and half of the next", {"shared.000001.jsonl": spell(one[0]) + spell(one[1])[:9]}, [],
     fresh=True)
case("frames and members whose last lines have no newline", {
    "shared.000001.jsonl.zst": zst(spell(one[0]) + b"\n" + spell(one[1])) + zst(spell(two[0])),
    "shared.000002.jsonl.gz": gz(spell(three[0]))}, one + two + three)
case("files with byte order marks, joined", {
    "shared.000001.jsonl": mark + spell(one[0]) + b"\n" + mark + spell(one[1]) + b"\n",
    "shared.000002.jsonl.zst": zst(mark + spell(two[0])) + zst(mark + spell(three[0]))}, one + two + three)
case("a byte order mark before a header", {NAME: mark + section(0, one)}, one, unchecked_frames=1)


def main():
    (HERE / "segments.json").write_text(json.dumps({
        "about": "Segments of the session `s` (base64, by file name), the events that a reader sees in them, in order, and "
                 "what it counts beside. `fresh`: the files are being written; the others have not changed for an hour.",
        "cases": CASES}, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
