import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Drill"))

from breaks import BREAKS, Break  # noqa: E402
from switched import braces, switch_file  # noqa: E402

# Each may run on a machine without Swift.
DRILL = [sys.executable, "-B", str(ROOT / "Tests/Drill/drill.py")]


def test_each_break_fits_the_source():
    for one in BREAKS:
        assert (ROOT / one.file).read_text().count(one.old) == 1, one.name
        assert one.new != one.old, one.name


def test_each_name_is_there_once():
    names = [one.name for one in BREAKS]
    assert len(set(names)) == len(names)


def test_each_suite_is_there():
    sources = "".join(path.read_text() for path in (ROOT / "Tests").glob("Tracker*Tests/*.swift"))
    suites = set(re.findall(r"(?:struct|class|enum|extension) (\w+Tests)\b", sources))
    for one in BREAKS:
        assert set(one.suites.split("|")) <= suites, one.name


def test_the_list_is_printed():
    result = subprocess.run([*DRILL, "--list", "header check"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0 and result.stdout.startswith("header check")


def test_a_name_that_no_break_has_is_refused():
    result = subprocess.run([*DRILL, "no such break"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and "--list" in result.stderr


def switched(text, old, new):
    """- Returns: the text with the break behind its switch; `None` where it only fits alone."""
    result, alone = switch_file(text, [(7, Break("name", "Sources/TrackerLog/A.swift", old, new, "Tests"))])
    return None if alone else result


def test_braces_of_strings_and_comments_are_none():
    text = """func a() { // {
    let a = "{\\" {" + #"{"{"# + "\\(b.map { "}" }) {"
    /* } */ let c = \"\"\"
        { " {
        \"\"\"
    }
    """
    found = [offset for offset, _ in braces(text)]
    assert found == [text.index("{"), text.rindex("}")]


def test_a_function_gets_its_broken_form_beside_the_right_one():
    text = "struct A {\n    func a() -> Int {\n        b { 1 }\n    }\n\n    func c() {}\n}\n"
    result = switched(text, "1", "2")
    assert result.replace("\n", "").replace(" ", "") == (
        "structA{funca()->Int{ifdrillBreak==7{b{2}}else{b{1}}}funcc(){}}")


def test_an_accessor_is_the_function_and_not_its_property():
    result = switched("var a: Int {\n    get { 1 }\n    set { b = 3 }\n}\n", "3", "4")
    assert "get { 1 }" in result and result.index("set {") < result.index("drillBreak") < result.index("b = 4")


def test_what_is_no_body_of_a_function_is_broken_alone():
    assert switched("struct A {\n    let a = 1\n}\n", "1", "2") is None
    assert switched("struct A {\n    func a() { 1 }\n}\n", "func a() { 1 }", "func a() { 2 }") is None
    assert switched("func a() {\n    if b {\n        c()\n    }\n}\n", "    }\n}", "    }") is None


def test_nearly_all_breaks_share_a_program():
    alone = []
    for file in {one.file for one in BREAKS}:
        those = [(number, one) for number, one in enumerate(BREAKS) if one.file == file]
        alone += switch_file((ROOT / file).read_text(), those)[1]
    assert len(alone) < len(BREAKS) / 10, [BREAKS[number].name for number in alone]
