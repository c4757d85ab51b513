"""The package: installed without a network, old and new Pythons, types, and each example of its page."""
import ast
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from hooks import shown_by_the_tracker, target
from segments import all_events

CLIENT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = sorted(CLIENT.glob("local_tracker/*.py"))
SHIPPED = [CLIENT / "local_tracker_client.py", CLIENT / "build_backend.py", *PACKAGE]
VERSIONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


def run(*command, cwd=None, **environment):
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, timeout=250,
                          env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A copy: pip writes beside what it builds."""
    folder = tmp_path_factory.mktemp("source") / "python"
    shutil.copytree(CLIENT, folder, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    return folder


@pytest.fixture(scope="module")
def venv(source, tmp_path_factory):
    """A new virtual environment with the package, installed from nothing but the folder."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", folder)
    install(folder, source)
    return folder


def install(venv, *what):
    run(venv / "bin/pip", "install", "--no-index", "--quiet", "--disable-pip-version-check", *what)


PROGRAM = """
import local_tracker, local_tracker_client
from local_tracker import SessionLog, measure
from local_tracker import asgi, logging_handler, requests_hook, wsgi, locust_listener
with SessionLog() as log, measure("x_ms", log=log):
    pass
print(local_tracker.__file__, local_tracker_client.__file__)
"""


def test_pip_installs_it_without_a_network(venv, data, tmp_path):
    said = run(venv / "bin/python", "-c", PROGRAM, cwd=tmp_path)
    assert said.count(str(venv)) == 2
    assert [event["metric"] for event in all_events(data) if "metric" in event] == ["x_ms"]
    site = next(venv.glob("lib/python*/site-packages"))
    assert (site / "local_tracker/py.typed").exists() and (site / "local_tracker_client-stubs/__init__.pyi").exists()
    assert "local_tracker = local_tracker.pytest_plugin" in next(site.glob("local_tracker-*.dist-info/entry_points.txt")).read_text()


def test_pytest_finds_the_plugin_of_the_installed_package(venv, data, tmp_path):
    (tmp_path / "test_a.py").write_text("def test_a(tracker):\n    assert tracker.sample('rows', 3)\n")
    site = next(venv.glob("lib/python*/site-packages"))
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tracker", "test_a.py", cwd=tmp_path,
        PYTHONPATH=str(site))
    assert {event["metric"] for event in all_events(data) if "metric" in event} == {"rows", "pytest.duration_ms"}


def test_an_editable_install_sees_what_is_edited(venv, source, tmp_path):
    install(venv, "-e", source)
    added = source / "local_tracker" / "added.py"
    added.write_text("print('edited')\n")
    assert run(venv / "bin/python", "-c", "import local_tracker.added", cwd=tmp_path) == "edited\n"
    added.unlink()
    install(venv, source)
    assert str(venv) in run(venv / "bin/python", "-c", "import local_tracker; print(local_tracker.__file__)", cwd=tmp_path)


def test_equal_sources_make_equal_wheels_with_each_file(tmp_path):
    build = "import sys; sys.path.insert(0, %r); import build_backend as b; print(b.build_wheel(sys.argv[1]))" % str(CLIENT)
    wheels = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        wheels.append(tmp_path / name / run(sys.executable, "-c", build, tmp_path / name).strip())
    assert wheels[0].read_bytes() == wheels[1].read_bytes()
    names = zipfile.ZipFile(wheels[0]).namelist()
    assert {"local_tracker/" + path.name for path in PACKAGE} | {"local_tracker_client.py"} <= set(names)
    assert not [name for name in names if "test" in name and "pytest_plugin" not in name]
    sdist = build.replace("build_wheel", "build_sdist")
    shutil.unpack_archive(tmp_path / run(sys.executable, "-c", sdist, tmp_path).strip(), tmp_path / "unpacked")
    folder, = (tmp_path / "unpacked").iterdir()
    again = build.replace(str(CLIENT), str(folder))
    assert (tmp_path / run(sys.executable, "-c", again, tmp_path).strip()).read_bytes() == wheels[0].read_bytes()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_syntax_of_each_python(path, version):
    ast.parse(path.read_text(), feature_version=tuple(map(int, version.split("."))))


def python_of(version):
    """An interpreter of that version, if the machine has one."""
    for name in ("python" + version, *pathlib.Path.home().glob(".pyenv/versions/%s.*/bin/python" % version)):
        path = shutil.which(str(name))
        if path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return path
    return None


@pytest.mark.parametrize("version", VERSIONS)
def test_it_runs_where_that_python_is(version, data, tmp_path):
    python = python_of(version)
    if python is None:
        pytest.skip("no Python %s here; its syntax was checked" % version)
    run(python, "-W", "error", "-c", PROGRAM, cwd=tmp_path, PYTHONPATH=str(CLIENT))
    assert [event["metric"] for event in all_events(data) if "metric" in event] == ["x_ms"]


def test_the_one_file_works_alone(data, tmp_path):
    shutil.copy(CLIENT / "local_tracker_client.py", tmp_path)
    program = "import local_tracker_client as c\nwith c.SessionLog() as log: log.sample('x', 1)\nprint(c.__file__)"
    assert run(sys.executable, "-c", program, cwd=tmp_path).startswith(str(tmp_path))
    assert [event["metric"] for event in all_events(data) if "metric" in event] == ["x"]


TYPED = '''
from local_tracker import LocalTrackerClient, SessionLog, measure, timed

@timed
def one(a: int) -> str:
    return str(a)

@timed("x_ms", size=1)
async def two(a: int) -> str:
    with SessionLog() as log, log.run(test="t") as run, measure("x_ms", log=run) as timing:
        timing.labels["a"] = a
    return one(a)

reveal_type(one)
reveal_type(two)
reveal_type(LocalTrackerClient().send_metrics("a", "b", {}))
one("wrong")
'''


def test_the_package_has_all_its_types(venv, tmp_path):
    run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", "local_tracker", cwd=CLIENT)
    (tmp_path / "program.py").write_text(TYPED)
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"),
                           "--python-executable", str(venv / "bin/python"), "program.py"],
                          cwd=tmp_path, capture_output=True, text=True, timeout=250)
    said = re.findall(r'^program.py:\d+: (.*)$', done.stdout.replace("typing.", ""), re.M)
    assert said == ['note: Revealed type is "def (a: int) -> str"',
                    'note: Revealed type is "def (a: int) -> Coroutine[Any, Any, str]"',
                    'note: Revealed type is "bool"',
                    'error: Argument 1 to "one" has incompatible type "str"; expected "int"  [arg-type]'], done.stdout


def test_the_types_of_the_one_file_are_those_of_its_code(tmp_path):
    run(sys.executable, "-m", "mypy.stubtest", "--ignore-missing-stub", "local_tracker_client", cwd=CLIENT,
        MYPYPATH=str(CLIENT))


# -- the page

BLOCKS = re.findall(r"^```python\n(.*?)^```", (CLIENT / "README.md").read_text(), re.M | re.S)

# Ends a test of Locust after some requests.
QUITS = """
from locust import events
@events.init.add_listener
def limit(environment, **_):
    left = [5]
    @environment.events.request.add_listener
    def enough(**_):
        left[0] -= 1
        if not left[0]:
            environment.runner.quit()
"""

# By a text that an example has: what is run behind it, what is in the log then, and the options of Python.
EXAMPLES = {
    "LocalTrackerClient": ("", {"avg_latency_ms"}),
    "SessionLog": ("", {"http.latency_ms"}),
    "timed": ("", {"db.query_ms", "fetch_ms", "parse_ms"}),
    "record_requests": ("", {"http.client.latency_ms"}),
    "record_httpx": ("", {"http.client.latency_ms"}),
    "tracker_trace": ("", {"http.client.latency_ms"}),
    "TrackerWSGI": ("assert app.test_client().get('/items/42').text == 'item 42'", {"http.server.latency_ms"}),
    "TrackerASGI": ("import asyncio, httpx\nasync def ask():\n"
                    "    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:\n"
                    "        assert (await client.get('http://shop/items/42')).text == 'item 42'\n"
                    "asyncio.run(ask())", {"http.server.latency_ms"}),
    "def test_query(tracker)": ("", {"query_ms", "rows", "pytest.duration_ms"}, "-m", "pytest", "-q",
                                "-p", "local_tracker.pytest_plugin", "--tracker"),
    "record_locust": (QUITS, {"http.latency_ms"}, "-m", "locust", "--headless", "-u", "1", "-t", "100s",
                      "-H", "http://localhost:3000", "--only-summary", "-f"),
    "TrackerHandler": ("", set()),
}


def example_of(block):
    return next((name for name in EXAMPLES if name in block), None)


def test_each_example_of_the_page_has_a_row():
    assert sorted(map(str, map(example_of, BLOCKS))) == sorted(EXAMPLES)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(example_of(block)))
def test_an_example_of_the_page(block, data, tmp_path):
    behind, metrics, *options = EXAMPLES[example_of(block)]
    with target() as server:
        there = [text.replace("http://localhost:3000", server.url) for text in (block + behind, *options)]
        (tmp_path / "test_example.py").write_text(there[0])
        run(sys.executable, *there[1:], "test_example.py", cwd=tmp_path, PYTHONPATH=str(CLIENT))
    events = all_events(data)
    assert {event["metric"] for event in events if "metric" in event} == metrics
    shown_by_the_tracker(data)
    texts = [event["text"] for event in events if event.get("event") == "note"]
    assert ("the cache is cold" in "".join(texts)) == ("TrackerHandler" in block)


def test_the_pip_line_of_the_page_is_right():
    page = (CLIENT / "README.md").read_text()
    assert "pip install './clients/python[zstd]'" in page
    sys.path.insert(0, str(CLIENT))
    try:
        import build_backend
    finally:
        sys.path.remove(str(CLIENT))
    assert "zstandard<1,>=0.22" in build_backend.METADATA and "zstandard>=0.22,<1" in (
        CLIENT / "requirements.txt").read_text()
    assert build_backend.REQUIRES_PYTHON == ">=" + VERSIONS[0]


def test_the_costs_of_the_page_can_be_measured_again():
    script = CLIENT.parent.parent / "Benchmarks" / "python_hooks.py"
    rows = [line.split("|")[1] for line in run(sys.executable, script, "--events", 20, "--runs", 1).splitlines()]
    page = (CLIENT / "README.md").read_text()
    assert len(rows) == 8 and [row for row in rows[2:] if "|%s|" % row not in page] == []
