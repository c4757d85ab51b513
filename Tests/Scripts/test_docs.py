"""The pages say what is there: links, names of the code, names of tests, files."""
import os
import re

import pytest

import pages

PAGES = pages.all_pages()
BY_PATH = {page.path: page for page in PAGES}
SWIFT = {path: path.read_text(encoding="utf-8") for path in sorted((pages.ROOT / "Sources").rglob("*.swift"))}
TESTS = "\n".join(path.read_text(encoding="utf-8") for folder in ("Tests", "clients")
                  for pattern in ("*.swift", "test_*.py") for path in sorted((pages.ROOT / folder).rglob(pattern)))
OUTSIDE = {"Bundle"}  # types that are not ours
each_page = pytest.mark.parametrize("doc", PAGES, ids=lambda page: page.name)


def declared(owner, member, sources=None):
    """Whether a Swift type and a member of that name are declared."""
    texts = SWIFT.values() if sources is None else sources
    kind = re.compile(r"\b(?:struct|class|enum|protocol|actor|extension|typealias)\s+(?:\w+\.)*%s\b" % owner)
    name = re.compile(r"\b(?:let|var|func|case|struct|class|enum)\s+(?:\w+, )*%s\b" % re.escape(member))
    return any(kind.search(text) and name.search(text) for text in texts)


def names_in(page):
    """`Owner.member` in backticks, where the owner looks like a type."""
    for code in page.inline_code:
        match = re.fullmatch(r"([A-Z]\w+)\.([a-z]\w*)(?:\(.*\))?", code)
        if match and match.group(1) not in OUTSIDE and match.group(2) not in ("swift", "md", "json"):
            yield match.groups()


def files_in(page):
    for code in page.inline_code:
        if re.fullmatch(r"(Sources|Tests|clients|scripts|docs|Benchmarks)/\w[\w./+-]+", code):
            yield code
        elif re.fullmatch(r"[A-Z][\w+]*\.swift", code):
            yield code if code == "Package.swift" else "Sources/**/" + code


@each_page
def test_names_of_the_code_exist(doc):
    assert [name for name in names_in(doc) if not declared(*name)] == []


@each_page
def test_files_exist(doc):
    assert [name for name in files_in(doc) if not any(pages.ROOT.glob(name.rstrip("/")))] == []


@each_page
def test_anchors_exist(doc):
    for target, anchor in doc.links:
        if anchor:
            other = BY_PATH[(doc.path.parent / target).resolve()] if target else doc
            assert anchor in other.anchors, "%s#%s" % (target, anchor)


def test_each_page_is_linked_from_the_readme_or_the_architecture():
    entry = [BY_PATH[pages.ROOT / "README.md"], BY_PATH[pages.ROOT / "docs" / "ARCHITECTURE.md"]]
    linked = {(page.path.parent / target).resolve() for page in entry for target, _ in page.links}
    docs = [page for page in PAGES if page.name.startswith("docs/") and page not in entry]
    assert len(docs) > 10
    assert [page.name for page in docs if page.path not in linked] == []


def test_the_tests_that_the_pages_name_exist():
    page = BY_PATH[pages.ROOT / "docs" / "RELIABILITY.md"]
    rows = page.text.partition("| what happens | test |")[2].partition("\n\n")[0].splitlines()[2:]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[2])]
    assert len(names) > 10
    missing = [name for name in names if "/" not in name
               and "def %s(" % name not in TESTS and '"%s"' % name not in TESTS]
    assert missing == []


def rows_of_faults(text):
    """Fault number, and what stands in the column of tests."""
    return [(row.group(1), row.group(2).strip())
            for row in re.finditer(r"^\| (F\d\d) \|[^|]*\|(.*)\|$", text, re.M)]


def without_a_test(rows, tests):
    """Rows that name no test, or one that is not there, and give no reason either."""
    for fault, cell in rows:
        names = re.findall(r"`([^`]+)`", cell)
        there = ["def %s(" % name in tests or '"%s"' % name in tests for name in names]
        reason = re.fullmatch(r"no test: .{20,}", cell)
        if not reason and not (there and all(there)):
            yield fault


def test_every_fault_has_a_test_or_a_reason():
    rows = rows_of_faults(BY_PATH[pages.ROOT / "docs" / "RELIABILITY.md"].text)
    assert [fault for fault, _ in rows] == ["F%02d" % number for number in range(1, 65)]
    assert list(without_a_test(rows, TESTS)) == []
    assert sum(cell.startswith("no test:") for _, cell in rows) <= 3
    wrong = rows_of_faults("| F01 | a | `not there` |\n| F02 | b | |\n| F03 | c | no test: because |\n"
                           "| F04 | d | no test: this machine cannot be switched off |\n| F05 | e | `x` |\n")
    assert list(without_a_test(wrong, 'func a() "x"')) == ["F01", "F02", "F03"]


def rows_of_attacks(text):
    """Attack number, and the tests named in the last column."""
    return [(row.group(1), re.findall(r"`([^`]+)`", row.group(2)))
            for row in re.finditer(r"^\| (W\d\d) \|[^|]*\|[^|]*\|([^|]*)\|$", text, re.M)]


def test_every_attack_has_a_test_that_exists():
    rows = rows_of_attacks(BY_PATH[pages.ROOT / "docs" / "SECURITY.md"].text)
    assert [attack for attack, _ in rows] == ["W%02d" % number for number in range(1, 31)]
    there = lambda name: "def %s(" % name in TESTS or '"%s"' % name in TESTS
    assert [(attack, name) for attack, names in rows for name in names if not there(name)] == []
    assert [attack for attack, names in rows if not names] == []
    assert rows_of_attacks("| W01 | a | b | `x`, `y z` |\n| W02 | a | b | |\n") == [("W01", ["x", "y z"]), ("W02", [])]


def constant(name):
    """The value of `Owner.member`: a number, or seconds."""
    owner, member = name.split(".")
    text = "\n".join(text for path, text in SWIFT.items() if path.name == owner + ".swift" or
                     re.search(r"\benum %s\b" % owner, text))
    found = re.search(r"static let %s(?:: \w+)? = ([^\n]+)" % member, text)[1]
    if span := re.fullmatch(r"Duration\.(seconds|milliseconds)\(([\d_]+)\)", found):
        return "%g s" % (int(span[2]) / (1000 if span[1] == "milliseconds" else 1))
    if not re.fullmatch(r"[\d_]+( << \d+)?", found):
        return constant("%s.%s" % (owner, found))
    number, _, shift = found.partition(" << ")
    return int(number) << int(shift or 0)


def shown(value):
    """How a page may write it."""
    if isinstance(value, str):
        return {value}
    texts = {"{:,}".format(value)}
    for unit, shift in (("KiB", 10), ("MiB", 20)):
        if value % (1 << shift) == 0:
            texts.add("%d %s" % (value >> shift, unit))
    return texts


def wrong_limits(text):
    for row in re.finditer(r"^\|([^|]*)\|([^|]*)\|[^|]*\|((?: `\w+Limits\.\w+`,?)+) \|$", text, re.M):
        for name in re.findall(r"`([^`]+)`", row.group(3)):
            words = row.group(1) + " " + row.group(2)
            if not any(re.search(r"(?<![\d,.])%s(?![\d,.]\d)" % re.escape(value), words)
                       for value in shown(constant(name))):
                yield name, constant(name)


def test_the_limits_of_the_server_are_those_of_the_code():
    text = BY_PATH[pages.ROOT / "docs" / "SECURITY.md"].text
    assert list(wrong_limits(text)) == []
    assert len(re.findall(r"`\w+Limits\.\w+`", text)) > 40
    wrong = "| body | 9 MiB | 413 | `WebLimits.maxBodyBytes` |\n| a | 4 KiB | 431 | `WebLimits.maxRequestLineBytes` |\n"
    assert [name for name, _ in wrong_limits(wrong)] == ["WebLimits.maxBodyBytes"]


@each_page
def test_scripts_in_shell_blocks_can_be_run(doc):
    for kind, block in pages.FENCED.findall(doc.text):
        if kind == "sh":
            for script in re.findall(r"^((?:scripts|Benchmarks)/\w[\w-]*)", block, re.M):
                assert os.access(pages.ROOT / script, os.X_OK), script


def test_the_notice_stands_in_the_readme():
    assert "Not the official scoring system" in BY_PATH[pages.ROOT / "README.md"].text


def test_pictures_are_small():
    pictures = list((pages.ROOT / "docs" / "images").iterdir())
    assert pictures
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size < 120_000, picture


def test_what_is_wrong_is_seen():
    text = "see `Nothing.here` and `Sources/Nothing.swift` and `Limits.max`\n\n## A b: c\n\n[x](#a-b-c)\n"
    page = pages.Page(pages.ROOT / "x.md", text)
    assert list(names_in(page)) == [("Nothing", "here"), ("Limits", "max")]
    assert list(files_in(page)) == ["Sources/Nothing.swift"]
    assert page.anchors == {"a-b-c"} and page.links == [("", "a-b-c")]
    sources = ["enum Limits {\n  static let max = 1\n}\n"]
    assert declared("Limits", "max", sources) and not declared("Limits", "min", sources)
    block = "```sh\necho 1 | tracker log --ack  # two\ntracker load URL \\\n  --rate 1\n```\n`tracker x`\n"
    commands = pages.Page(pages.ROOT / "x.md", block).commands("tracker")
    assert list(commands) == [["log", "--ack"], ["load", "URL", "--rate", "1"], ["x"]]
