"""Every command that a page shows is one that the program has, with these options."""
import re
import subprocess
import sys

import pytest

import harness

sys.path.insert(0, str(harness.ROOT / "Tests" / "Scripts"))
import pages  # noqa: E402

COMMANDS = [(page.name, words) for page in pages.all_pages() for words in page.commands("tracker")]


@pytest.fixture(scope="module")
def help_of(binary):
    known = {}

    def text(path):
        if path not in known:
            result = subprocess.run([binary, "help", *path], capture_output=True, text=True)
            known[path] = result.stdout if result.returncode == 0 else ""
        return known[path]
    return text


def subcommands(text):
    part = text.partition("SUBCOMMANDS:")[2]
    return set(re.findall(r"^  ([a-z][\w-]*)", part, re.M))


def options(text):
    return set(re.findall(r"(?<!\S)(--?[a-z][\w-]*)", text.partition("OPTIONS:")[2]))


def test_there_are_some():
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("name,words", COMMANDS, ids=lambda value: value if isinstance(value, str) else " ".join(value))
def test_the_program_has_it(name, words, help_of):
    path = ()
    rest = list(words)
    while rest and rest[0] in subcommands(help_of(path)):
        path += (rest.pop(0),)
    assert path or not rest or rest[0].startswith("-"), "%s: no command %r" % (name, rest[0])
    known = options(help_of(path))
    if path == ("demo",):
        known |= options(help_of(("demo", "play")))
    used = {word.partition("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
    assert used <= known, "%s: `tracker %s` has no %s" % (name, " ".join(words), ", ".join(sorted(used - known)))
