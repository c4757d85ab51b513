"""Each rule of scripts/check-source: a bad sample is flagged, a good one is not."""
import pathlib
import runpy
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
    "client above the log": ("Sources/TrackerLog/A.swift", "import TrackerClient\n", "must not import TrackerClient"),
    "client and index": ("Sources/TrackerClient/A.swift", "import TrackerIndexer\n", "must not import"),
    "index and client": ("Sources/TrackerIndexer/A.swift", "import TrackerClient\n", "must not import"),
    "index and analysis": ("Sources/TrackerIndexer/A.swift", "import TrackerAnalysis\n", "must not import"),
    "upkeep beside analysis": ("Sources/TrackerUpkeep/A.swift", "import TrackerAnalysis\n", "must not import"),
    "analysis beside upkeep": ("Sources/TrackerAnalysis/A.swift", "import TrackerUpkeep\n", "must not import"),
    "pages and web": ("Sources/TrackerPages/A.swift", "import TrackerWeb\n", "must not import"),
    "web and upkeep": ("Sources/TrackerWeb/A.swift", "import TrackerUpkeep\n", "must not import"),
    "analysis and C": ("Sources/TrackerAnalysis/A.swift", "import CZstd\n", "must not import"),
    "a page with a network": ("Sources/TrackerPages/A.swift", "import NIOCore\n", "must not import NIOCore"),
    "an index with a network": ("Sources/TrackerIndexer/A.swift", "import Hummingbird\n", "must not import"),
    "load with a web server": ("Sources/TrackerLoad/A.swift", "import Hummingbird\n", "must not import"),
    "a log with a logger": ("Sources/TrackerLog/A.swift", "import Logging\n", "must not import"),
    "public in no library": ("Sources/TrackerIndexer/A.swift", "struct A {\n  public var b = 1\n}\n", "no library product"),
    "public setter": ("Sources/TrackerWeb/A.swift", "package public(set) var a = 1\n", "no library product"),
    "public import": ("Sources/TrackerPages/A.swift", "public import TrackerLog\n", "no library product"),
    "open class": ("Sources/tracker/A.swift", "open class A {}\n", "no library product"),
    "unknown target": ("Sources/Extra/A.swift", "let a = 1\n", "not in MAY_IMPORT"),
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
    "behind raw text of quotes": ("Sources/TrackerLog/A.swift", 'let a = #""""#\nlet b = c!\n', "force unwrap"),
    "in a test": ("Tests/TrackerLogTests/A.swift", "let a = b!\n", "force unwrap"),
    "all digits for a person": ("Sources/tracker/A.swift", "let a = shortestText(of: b)\n", "NumberFormat"),
    "a number by a format": ("Sources/TrackerPages/A.swift", 'let a = String(format: "%f", b)\n', "NumberFormat"),
    "a number of a script": ("Sources/TrackerPages/Assets/app.js", "a.textContent = b.toFixed(2);\n", "copies the numbers"),
    "a wait by the wall clock": ("Sources/TrackerLog/A.swift", "let a = DispatchSemaphore(value: 0)\n", "only stamps"),
    "a deadline by the wall clock": ("Sources/TrackerWeb/A.swift", "q.asyncAfter(wallDeadline: .now()) {}\n",
                                     "only stamps"),
    "the wall clock itself": ("Sources/TrackerLoad/A.swift", "clock_gettime(CLOCK_REALTIME, &a)\n", "only stamps"),
    "disabled": ("Tests/TrackerLogTests/A.swift", "@Test(.disabled()) func a() {}\n", "a test runs"),
    "if false": ("Tests/TrackerLogTests/A.swift", "#if false\n#endif\n", "runs or is removed"),
    "dead link": ("docs/A.md", "see [b](b.md)\n", "link to b.md"),
    "dead link with anchor": ("docs/A.md", "see [b](../b.md#part)\n", "link to ../b.md"),
    "machine path": ("docs/A.md", "cd %s\n" % ("/ro" + "ot/x"), "path of one machine"),
    "home path": ("scripts/x", "cd %s\n" % ("/ho" + "me/jo/x"), "path of one machine"),
    "registry": ("scripts/x", "curl https://%s/simple\n" % ("py" + "pi.org"), "package registry"),
}

GOOD = {
    "all digits for a program": ("Sources/TrackerLog/JSON/JSONValue.swift", "let a = shortestText(of: b)\n"),
    "a fixed width, not a number": ("Sources/tracker/A.swift", "let a = formatted(b)\n"),
    "downward imports": ("Sources/tracker/A.swift", "import TrackerLog\nimport TrackerLoad\nimport TrackerWeb\n"),
    "downward imports of pages": ("Sources/TrackerPages/A.swift",
                                  "import TrackerLog\nimport TrackerIndexer\nimport TrackerAnalysis\n"),
    "downward imports of load": ("Sources/TrackerLoad/A.swift",
                                 "import TrackerLog\nimport TrackerClient\nimport NIOCore\n"),
    "a server": ("Sources/TrackerWeb/A.swift", "import Hummingbird\nimport NIOCore\nimport TrackerPages\n"),
    "public in a library": ("Sources/TrackerClient/A.swift", "public import TrackerLog\npublic struct A {}\n"),
    "no modifier": ("Sources/TrackerWeb/A.swift", "package let a = [b.public, c(public: 1), .open, \"public\"]\n"
                    "func open(public: Int) {}\nlet d = open\nfunc e() {}\n"),
    "a build tool": ("Sources/embed-assets/main.swift", "import Foundation\n"),
    "the home of the wall clock": ("Sources/TrackerLog/Events/Timestamp.swift",
                                   "let a = CLOCK_REALTIME\n"),
    "a monotonic wait": ("Sources/TrackerLog/A.swift", "// DispatchSemaphore\nlet a = MonotonicSemaphore()\n"),
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


# Cycles of files: A names B in some way, and B names A. Each row is the text of A.swift, and what
# the cycle is made of.
B = "struct B {\n  static let one = B()\n  struct C {}\n  var a: A?\n}\nfunc make() -> A? { nil }\nlet limit = 5\n"

CYCLES = {
    "a property": ("struct A { var b: [B] }", "B"),
    "a constraint": ("struct A {}\nfunc f<T: Collection>(_ t: T) where T.Element == B {}", "B"),
    "a parent": ("protocol P {}\nstruct A: B {}", "B"),
    "an extension": ("struct A {}\nextension B {}", "B"),
    "an extension inside": ("struct A {}\nextension B.C {}", "B, B.C"),
    "a type inside": ("struct A { let c: B.C }", "B, B.C"),
    "a static member": ("struct A { func f() { print(B.one) } }", "B"),
    "a cast": ("struct A { func f(_ x: Any) -> Bool { x is B } }", "B"),
    "a range": ("struct A { func f() { _ = 0...B.one } }", "B"),
    "a pattern": ("struct A { func f(_ x: Any) { switch x { case B.one: break; default: break } } }", "B"),
    "a metatype": ("struct A { let types = [B.self] }", "B"),
    "a key path": (r"struct A { let path = \B.a }", "B"),
    "a wrapper": ("struct A { @B var x = 1 }", "B"),
    "an alias": ("struct A { typealias Other = B }", "B"),
    "a key of a dictionary": ("struct A { let x: [B: Int] }", "B"),
    "the middle of a choice": ("struct A { func f(_ x: Bool) -> B? { g(x ? B.one : nil) } }", "B"),
    "an interpolation": ('struct A { let text = "a \\(B.one) c" }', "B"),
    "the module's name": ("struct A { let x: TrackerIndexer.B }", "B"),
    "a function": ("struct A { func f() { _ = make() } }", "make"),
    "a function in a closure": ("struct A { func f() { [1].map { number in make() } } }", "make"),
    "a function under a label": ("struct A { func f() { g(in: make(), make: 1) } }", "make"),
    "a function of another's local": ("struct A { func f() { let make = 1 }\n  func g() { make() } }", "make"),
    "a constant": ("struct A { var x: Int { limit } }", "limit"),
    "a default": ("struct A { init(x: Int = limit, y: () -> Int = { 1 }) {} }", "limit"),
    "a constant before a label": ("struct A { func f() { do { save(limit, in: x) } } }", "limit"),
    "a property behind a requirement": ("protocol P {\n  func g<B>(_ b: B)\n  var x: B { get }\n}\nstruct A {}", "B"),
    "behind a protocol": ("protocol P {\n  func f() -> Int\n  func g<B>(_ b: B)\n}\nstruct A { let b: B }", "B"),
}

NO_CYCLES = {
    "text": 'struct A { let text = "B make() \\(1) limit" }',
    "long text": 'struct A { let text = """\n  B make()\n  """ }',
    "a comment": "/// B\nstruct A {} // make() /* B */\n/* B limit */",
    "labels": "struct A { init(make: Int, limit x: Int) { f(make: 1, limit: 2); g((limit: 1, make: 2)) } }",
    "a label in front": "struct A { func f(make name: Int, _ limit: Int) -> Int { limit } }",
    "a generic parameter": "struct A<B> { let b: B }\nfunc f<each T, B: Hashable>(_ b: B) {}",
    "a generic parameter around": "struct A<B> { func f() { func g(_ b: B) {} } }",
    "a place in a protocol": "protocol P { associatedtype B; func f(_ b: B) }\nstruct A: P { func f(_ b: B) {} }",
    "members": "struct A { func f(_ x: X) { x.make(); x.B; x.y.limit; x?.limit; f()\n.make(); g(.limit, .make()) } }",
    "a type of its own inside": "struct A { enum B {}\n  let b: B }\nextension A { func f(_ b: B) {} }",
    "a type of a parent": "protocol P {}\nextension P { typealias B = Int }\nstruct A: P { let b: B }",
    "a local type": "struct A { func f() { struct B {}\n  _ = B() } }",
    "a private one": "struct A { let b: B }\nprivate struct B {}",
    "a parameter": "struct A { func f(make: () -> Int, by limit: Int) { make(); print(limit) } }",
    "a local": "struct A { func f() { let make = g, limit = 1; make(); if let limit { h(limit) } } }",
    "a pair": "struct A { func f() { let (make, limit) = g(); make(limit) } }",
    "a loop": "struct A { func f() { for limit in 0..<3 { g(limit) }; for (make, _) in h { make() } } }",
    "a pattern": "struct A { func f() { if case .some(let limit) = x { g(limit) }\n  if case let .y(make) = x { make() } } }",
    "a closure's arguments": "struct A { func f() { g { make, limit in make(limit) }\n  h { [limit] (make: Int) in make + limit } } }",
    "a function inside": "struct A { func f() { func make() {}\n  make() } }",
    "a method": "struct A { func make() {}\n  var limit = 1\n  func f() { make(); g(limit) } }",
    "a method of an extension": "struct A { func f() { make() } }\nextension A { func make() {} }",
    "a method of a parent": "protocol P {}\nextension P { func make() {} }\nstruct A: P { func f() { make() } }",
    "a case": "enum A { case make(limit: Int), limit\n  func f() { make(1); limit } }",
}


def check_files(folder, files, *options):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return subprocess.run([sys.executable, str(SCRIPT), *options, str(folder)], capture_output=True, text=True)


def check(folder, name, text):
    return check_files(folder, {name: text})


def check_target(folder, **files):
    """Files of the index in one folder, by their names without `.swift`."""
    return check_files(folder, {"Sources/TrackerIndexer/State/%s.swift" % name: text + "\n"
                                for name, text in files.items()})


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


@pytest.mark.parametrize("rule", CYCLES)
def test_cycle(tmp_path, rule):
    text, names = CYCLES[rule]
    result = check_target(tmp_path, A=text, B=B)
    assert result.returncode == 1
    assert "a cycle of files: A.swift -> B.swift (%s), B.swift -> A.swift (A)\n" % names in result.stdout


@pytest.mark.parametrize("rule", NO_CYCLES)
def test_no_cycle(tmp_path, rule):
    result = check_target(tmp_path, A=NO_CYCLES[rule], B=B)
    assert result.returncode == 0, result.stdout


def test_a_cycle_has_its_place(tmp_path):
    result = check_target(tmp_path, A="struct A {\n  let b: B\n}", B=B)
    assert "Sources/TrackerIndexer/State/A.swift:2: a cycle of files" in result.stdout


def test_a_cycle_of_three_is_shown_once(tmp_path):
    result = check_target(tmp_path, A="struct A { let b: B }", B="struct B { let c: C }", C="struct C { let a: A }")
    assert "A.swift -> B.swift (B), B.swift -> C.swift (C), C.swift -> A.swift (A)\n" in result.stdout
    assert "1 breaches" in result.stdout


def test_the_shortest_cycle_stands_for_a_knot(tmp_path):
    files = {"Sources/TrackerIndexer/State/%s.swift" % name: text for name, text in {
        "A": "struct A { let b: B }\n", "B": "struct B { let c: C }\n", "C": "struct C { let d: D; let a: A }\n",
        "D": "struct D { let c: C; let f: F }\n", "F": "struct F {}\n", "E": "struct E { let a: A }\n"}.items()}
    result = check_files(tmp_path, files)
    assert "C.swift -> D.swift (D), D.swift -> C.swift (C); 4 files reach each other\n" in result.stdout
    listed = check_files(tmp_path, files, "--cycles")
    assert listed.returncode == 1 and "1 breaches" in listed.stdout
    assert {line.strip() for line in listed.stdout.splitlines() if line.startswith("    ")} == {
        "A.swift -> B.swift (B)", "B.swift -> C.swift (C)", "C.swift -> A.swift (A)", "C.swift -> D.swift (D)",
        "D.swift -> C.swift (C)"}


def test_a_nested_type_is_found_where_it_is_declared(tmp_path):
    """By its whole name from outside, by its last from inside."""
    nested = "extension A {\n  struct N {}\n}"
    result = check_target(tmp_path, A="struct A { let n: N }", N=nested)
    assert "A.swift -> N.swift (A.N), N.swift -> A.swift (A)" in result.stdout
    result = check_target(tmp_path, A="struct A {}\nstruct X { let n: A.N }", N=nested)
    assert "A.swift -> N.swift (A.N), N.swift -> A.swift (A)" in result.stdout
    result = check_target(tmp_path, A="struct A {}\nstruct X { let n: N }", N=nested)
    assert result.returncode == 0, result.stdout


def test_a_type_inside_one_of_another_target(tmp_path):
    result = check_target(tmp_path, A="struct A { let n: Event.N }", B="extension Event { enum N { case a(A) } }")
    assert "A.swift -> B.swift (Event.N)" in result.stdout


def test_methods_in_an_extension_of_another_file_are_no_cycle(tmp_path):
    result = check_target(tmp_path, A="struct A { func f() { g(); Self.h() } }",
                          B="extension A {\n  func g() {}\n  static func h() {}\n}")
    assert result.returncode == 0, result.stdout


def test_a_name_of_two_files_is_no_edge(tmp_path):
    """Overloads: which of them is meant only the compiler knows."""
    result = check_target(tmp_path, A="struct A { func f() { make(1) } }", B="func make(_ a: A) {}",
                          C="func make(_ x: Int) {}")
    assert result.returncode == 0, result.stdout


def test_a_private_name_of_another_file_is_no_edge(tmp_path):
    result = check_target(tmp_path, A="struct A { func f(_ b: B) { make() } }",
                          B="private struct B {}\nprivate func make() -> A? { nil }")
    assert result.returncode == 0, result.stdout


def test_a_private_type_inside_hides_no_other(tmp_path):
    result = check_target(tmp_path, A="struct A { let b: B }", B="struct B { let a: A }",
                          C="extension A { private struct B {} }")
    assert "A.swift -> B.swift (B), B.swift -> A.swift (A)" in result.stdout


def test_files_of_two_targets_are_no_cycle(tmp_path):
    result = check_files(tmp_path, {"Sources/TrackerLog/A.swift": "struct A { let b: B }\n",
                                    "Sources/TrackerIndexer/B.swift": "struct B { let a: A }\n"})
    assert result.returncode == 0, result.stdout


def test_files_of_a_folder(tmp_path):
    files = {"Sources/TrackerLog/Frames/A%d.swift" % number: "\n" for number in range(15)}
    files["Sources/TrackerLog/Frames/More/B.swift"] = files["Sources/TrackerLog/Events/C.swift"] = "\n"
    result = check_files(tmp_path, files)
    assert result.returncode == 0, result.stdout
    result = check_files(tmp_path, {"Sources/TrackerLog/Frames/A15.swift": "\n"})
    assert "Sources/TrackerLog/Frames: 16 Swift files in one folder" in result.stdout
    assert "1 breaches" in result.stdout


def test_files_beside_the_folders(tmp_path):
    flat = ("WebServer", "WebLimits", "WebError", "Routes/A", "Routes/B")
    result = check_files(tmp_path, {"Sources/TrackerWeb/%s.swift" % name: "\n" for name in flat})
    assert result.returncode == 0, result.stdout
    result = check_files(tmp_path, {"Sources/TrackerWeb/Listener.swift": "\n"})
    assert "Sources/TrackerWeb: Listener.swift, WebServer.swift: a target has one file" in result.stdout


def test_library_products_of_the_manifest(tmp_path):
    product = '        .library(name: "%s", targets: ["%s"]),\n'
    names = ("TrackerLog", "TrackerClient", "TrackerMetrics", "TrackerHummingbird")
    result = check(tmp_path, "Package.swift", "".join(product % (name, name) for name in names))
    assert result.returncode == 0, result.stdout
    result = check(tmp_path, "Package.swift", "".join(product % (name, name) for name in ("TrackerLog", "TrackerWeb")))
    assert "TrackerClient is a library product either here or" in result.stdout
    assert "TrackerWeb is a library product either here or" in result.stdout


def test_targets_have_an_order():
    """What a target may import comes before it, and each has a list of other modules."""
    sys.path.insert(0, str(SCRIPT.parent))
    rules = runpy.run_path(str(SCRIPT))
    sys.path.pop(0)
    known = set()
    for target, imports in rules["MAY_IMPORT"].items():
        assert imports <= known, target
        known.add(target)
    assert known - {"CZstd", "CZlib"} == set(rules["MAY_USE"])
    assert rules["LIBRARIES"] <= known
