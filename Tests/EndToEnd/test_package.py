"""The archive and the Debian package: made, installed, used and removed again."""
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

import pytest

import harness

SCRIPT = harness.ROOT / "scripts" / "package"


@pytest.fixture(scope="module")
def made(binary, tmp_path_factory):
    output = tmp_path_factory.mktemp("dist")
    result = subprocess.run([SCRIPT, "--binary", binary, "--output", output], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    archive, package = map(pathlib.Path, result.stdout.split())
    return archive, package


def commands(binary):
    """The words of every command that the help shows."""
    dump = subprocess.run([binary, "--experimental-dump-help"], capture_output=True, text=True, check=True, timeout=60)

    def walk(command, words):
        yield words
        for child in command.get("subcommands", ()):
            if child.get("shouldDisplay", True) and child["commandName"] != "help":
                yield from walk(child, words + [child["commandName"]])
    return list(walk(json.loads(dump.stdout)["command"], ["tracker"]))


def use(program, folder):
    """Records and shows a value with the program from its new place."""
    tracker = harness.Tracker(str(program), folder)
    tracker.run("log", "--user", "u", "--session", "s", "--metric", "m", "--value", "7")
    try:
        assert tracker.serve().json("/api/sessions")["sessions"][0]["session"] == "s"
    finally:
        tracker.end()


def test_the_archive_works_from_any_folder(made, binary, tmp_path):
    with tarfile.open(made[0]) as archive:
        names = archive.getnames()
        assert all(one.uid == 0 and not one.name.startswith(("/", "..")) for one in archive.getmembers())
        archive.extractall(tmp_path, filter="tar")
    root = tmp_path / names[0].split("/")[0]
    use(root / "bin" / "tracker", tmp_path)
    pages = {name.name for name in (root / "share/man/man1").iterdir()}
    assert pages == {"-".join(words) + ".1.gz" for words in commands(binary)}


def test_manual_pages_say_what_the_help_says(made, binary, tmp_path):
    with tarfile.open(made[0]) as archive:
        archive.extractall(tmp_path, filter="tar")
    folder = next(tmp_path.glob("*/share/man/man1"))
    for words in commands(binary):
        text = gzip.decompress((folder / ("-".join(words) + ".1.gz")).read_bytes()).decode()
        help_text = subprocess.run([binary, *words[1:], "--help"], capture_output=True, text=True, timeout=60).stdout
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", help_text))
        missing = {option for option in options if option not in text.replace("\\-", "-")}
        assert options and not missing, (words, missing)
    if shutil.which("groff"):
        for page in sorted(folder.glob("tracker*.gz"))[:40]:
            shown = subprocess.run(
                ["groff", "-man", "-Kutf8", "-ww", "-z", "-"], input=gzip.decompress(page.read_bytes()),
                capture_output=True, timeout=60)
            assert shown.returncode == 0 and not shown.stderr, (page.name, shown.stderr)


def test_completions_are_scripts_of_their_shell(made, tmp_path):
    with tarfile.open(made[0]) as archive:
        archive.extractall(tmp_path, filter="tar")
    script = next(tmp_path.glob("*/share/bash-completion/completions/tracker"))
    subprocess.run(["bash", "-n", script], check=True, timeout=60)
    # Bash itself, asked for the rest of `tracker meas`.
    asked = subprocess.run(
        ["bash", "-c", 'source "$1"; COMP_WORDS=(tracker meas); COMP_CWORD=1; COMP_LINE="tracker meas"; '
         'COMP_POINT=12; COMP_TYPE=9; $(complete -p tracker | sed -E "s/.*-F ([^ ]+) .*/\\1/") tracker meas tracker; '
         'printf "%s\\n" "${COMPREPLY[@]}"', "bash", script], capture_output=True, text=True, timeout=60)
    assert "measure" in asked.stdout.split(), asked
    for other in ("share/zsh/vendor-completions/_tracker", "share/fish/vendor_completions.d/tracker.fish"):
        assert "measure" in next(tmp_path.glob("*/" + other)).read_text()


def versions(program):
    return subprocess.run(["readelf", "-V", program], capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install a package, in whatever folder")
def test_the_package_is_installed_used_and_removed(made, tmp_path):
    root = tmp_path / "root"
    for folder in ("var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"):
        (root / folder).mkdir(parents=True)
    for name in ("status", "available"):
        (root / "var/lib/dpkg" / name).touch()
    before = {path for path in root.rglob("*") if path.is_file()}

    def dpkg(*arguments):
        done = subprocess.run(
            ["dpkg", "--root=%s" % root, "--force-depends", "--log=/dev/null", *arguments], capture_output=True, text=True,
            timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout
    dpkg("--install", made[1])
    assert "tracker" in dpkg("--listfiles", "local-tracker")
    use(root / "usr/bin/tracker", tmp_path)
    units = root / "usr/lib/systemd/user"
    assert "ExecStart=/usr/bin/tracker serve" in (units / "local-tracker.service").read_text()
    # What the package says it needs is what the program is linked with, and no more.
    fields = subprocess.run(["dpkg-deb", "--field", made[1], "Depends"], capture_output=True, text=True, check=True)
    needed = [int(minor) for minor in re.findall(r"GLIBC_2\.(\d+)", versions(root / "usr/bin/tracker"))]
    packed = "GLIBC_ABI_DT_RELR" in versions(root / "usr/bin/tracker")
    assert "libc6 (>= 2.%d)" % max(needed + [36] * packed) in fields.stdout
    dpkg("--purge", "local-tracker")
    left = {path for path in root.rglob("*") if path.is_file()} - before
    assert not {path for path in left if "var/lib/dpkg" not in str(path)}


def test_a_program_that_is_not_there_is_said(tmp_path):
    result = subprocess.run([SCRIPT, "--binary", tmp_path / "no"], capture_output=True, text=True, timeout=60)
    assert result.returncode != 0 and "is not a program" in result.stderr and not list(tmp_path.iterdir())
