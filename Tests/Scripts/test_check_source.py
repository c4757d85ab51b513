"""Each rule of scripts/check-source: a bad sample is flagged, a good one is not."""
import pathlib
import subprocess
import sys

import pytest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check-source"
LATER = "TO" + "DO"

BAD = {
    "upward import": ("Sources/TrackerLog/A.swift", "import TrackerIndexer\n", "must not import TrackerIndexer"),
    "public upward import": ("Sources/TrackerIndexer/A.swift", "public import TrackerWeb\n", "must not import"),
    "import of one name": ("Sources/TrackerLog/A.swift", "import struct TrackerWeb.Page\n", "must not import"),
    "load beside indexer": ("Sources/TrackerLoad/A.swift", "import TrackerIndexer\n", "must not import"),
    "attributed import": ("Sources/TrackerLog/A.swift", "@_exported import TrackerWeb\n", "must not import"),
    "unknown target": ("Sources/Extra/A.swift", "let a = 1\n", "not in LAYERS"),
    "Foundation": ("Sources/TrackerLog/A.swift", "import Foundation\n", "FoundationEssentials"),
    "long file": ("Sources/TrackerLog/A.swift", "let a = 1\n" * 401, "file of 401 lines"),
    "long function": ("Sources/TrackerLog/A.swift", "func f() {\n" + "  g()\n" * 69 + "}\n", "func f has 71 lines"),
    "long init": ("Sources/TrackerLog/A.swift", "struct A {\n  init(a: Int) {\n" + "  g()\n" * 70 + "  }\n}\n",
                  "init has 72 lines"),
    "long line": ("Sources/TrackerLog/A.swift", "//" + "x" * 99 + "\n", "line of 101 characters"),
    "later": ("Sources/TrackerLog/A.swift", "// %s: more\n" % LATER, LATER),
    "later in a script": ("scripts/x", "# %s\n" % LATER, LATER),
    "try!": ("Sources/TrackerLog/A.swift", "let a = try! f()\n", "try!"),
    "try?": ("Sources/TrackerLog/A.swift", "let a = try? f()\n", "try?"),
    "try? without a reason": ("Sources/TrackerLog/A.swift", "// try? is right here:\nlet a = try? f()\n", "try?"),
    "unwrap": ("Sources/TrackerLog/A.swift", "let a = b!\n", "force unwrap"),
    "unwrap of a call": ("Sources/TrackerLog/A.swift", "let a = f()!.c\n", "force unwrap"),
    "unwrap of an element": ("Sources/TrackerLog/A.swift", "let a = b[0]![1]\n", "force unwrap"),
    "unwrap as an argument": ("Sources/TrackerLog/A.swift", "f(a!, b)\n", "force unwrap"),
    "cast": ("Sources/TrackerLog/A.swift", "let a = b as! C\n", "force unwrap"),
    "implicitly unwrapped": ("Sources/TrackerLog/A.swift", "var a: Int!\n", "force unwrap"),
    "in a test": ("Tests/TrackerLogTests/A.swift", "let a = b!\n", "force unwrap"),
    "disabled": ("Tests/TrackerLogTests/A.swift", "@Test(.disabled()) func a() {}\n", "a test runs"),
    "if false": ("Tests/TrackerLogTests/A.swift", "#if false\n#endif\n", "runs or is removed"),
    "dead link": ("docs/A.md", "see [b](b.md)\n", "link to b.md"),
    "dead link with anchor": ("docs/A.md", "see [b](../b.md#part)\n", "link to ../b.md"),
    "machine path": ("docs/A.md", "cd %s\n" % ("/ro" + "ot/x"), "path of one machine"),
    "home path": ("scripts/x", "cd %s\n" % ("/ho" + "me/jo/x"), "path of one machine"),
    "registry": ("scripts/x", "curl https://%s/simple\n" % ("py" + "pi.org"), "package registry"),
}

GOOD = {
    "downward imports": ("Sources/tracker/A.swift", "import TrackerLog\nimport TrackerLoad\nimport TrackerWeb\n"),
    "a build tool": ("Sources/embed-assets/main.swift", "import Foundation\n"),
    "essentials": ("Sources/TrackerLog/A.swift", "import FoundationEssentials\nimport Glibc\n"),
    "a file at the limit": ("Sources/TrackerLog/A.swift", "let a = 1\n" * 400),
    "a function at the limit": ("Sources/TrackerLog/A.swift", "func f() {\n" + "  g()\n" * 68 + "}\n"),
    "requirements": ("Sources/TrackerLog/A.swift", "protocol A {\n" + "  func f() throws(E) -> Int\n" * 90 + "}\n"),
    "a line at the limit": ("Sources/TrackerLog/A.swift", "//" + "x" * 98 + "\n"),
    "a reason": ("Sources/TrackerLog/A.swift", "// try? is right here: absent is as good\nlet a = try? f()\n"),
    "not": ("Sources/TrackerLog/A.swift", "if !a && !(b) || a != b, a !== b { f(!c) }\n"),
    "text": ("Sources/TrackerLog/A.swift",
             'let a = "b! try! \\(c["d"] ?? "e!") as! import TrackerWeb"\nlet f = #"g" h!"#\n// i! try?\n/* j! /* k! */ l! */\n'),
    "long text": ("Sources/TrackerLog/A.swift", 'let a = """\n  try! b! { { {\n  "c" d!\n  """\n'),
    "links": ("docs/A.md", "[a](A.md) [b](https://example.com/x) [c](#part) `[d](no.md)`\n```\n[e](no.md)\n```\n"),
    "other paths": ("docs/A.md", "/usr/bin and src/" + "work/a and http://localhost/x\n"),
}


def check(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return subprocess.run([sys.executable, str(SCRIPT), str(folder)], capture_output=True, text=True)


@pytest.mark.parametrize("rule", BAD)
def test_bad(tmp_path, rule):
    name, text, wanted = BAD[rule]
    result = check(tmp_path, name, text)
    assert result.returncode == 1
    assert wanted in result.stdout and name + ":" in result.stdout


@pytest.mark.parametrize("rule", GOOD)
def test_good(tmp_path, rule):
    name, text = GOOD[rule]
    result = check(tmp_path, name, text)
    assert result.returncode == 0, result.stdout


def test_a_nested_function_and_place(tmp_path):
    body = "struct A {\n  func short() -> [Int] { [1] }\n\n  func long(a: [Int] = [], b: () -> Void) {\n" \
        + "    if a { b() }\n" * 69 + "  }\n}\n"
    result = check(tmp_path, "Sources/TrackerLog/A.swift", body)
    assert "A.swift:4: func long has 71 lines" in result.stdout and "1 breaches" in result.stdout
