import os
import random
import sys
import urllib.parse

import pytest

import harness

sys.path.insert(0, str(harness.PYTHON_CLIENT))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


#: Files that take a minute and more come first, the longest one before all: the last file to begin ends the run.
SLOWEST_FIRST = ("test_capacity.py", "test_states.py", "test_spark.py", "test_answers.py", "test_live.py", "test_screenshots.py")


def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(SLOWEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(scope="session")
def binary():
    path = os.environ.get("TRACKER_BIN") or str(harness.ROOT / ".build" / "release" / "tracker")
    assert os.access(path, os.X_OK), "TRACKER_BIN must name the built tracker, not %r (scripts/test builds it)" % path
    return path


@pytest.fixture
def tracker(binary, tmp_path):
    tracker = harness.Tracker(binary, tmp_path)
    yield tracker
    tracker.end()


@pytest.fixture
def server(tracker):
    return tracker.serve()


@pytest.fixture
def dice(request):
    """Random numbers from a seed that is printed; TRACKER_SEED repeats a run."""
    seed = int(os.environ.get("TRACKER_SEED") or random.SystemRandom().randrange(1 << 32))
    print("TRACKER_SEED=%d %s" % (seed, request.node.name))
    return random.Random(seed)


@pytest.fixture
def client_environment(tmp_path, monkeypatch):
    """The Python client in this process, on folders of this test."""
    for name in harness.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TRACKER_SPOOL", str(tmp_path / "spool"))
    monkeypatch.chdir(tmp_path)
    return monkeypatch


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"] if os.getuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Opens pages, and fails a test in which one of them misbehaved, whatever else it tests."""
    contexts, problems = [], []

    def watch(page, origin):
        def request(asked):
            asked_origin = urllib.parse.urlsplit(asked.url)
            if asked_origin.scheme in ("http", "https", "ws", "wss") and asked_origin.netloc != origin:
                problems.append("request to another origin: " + asked.url)
        page.on("request", request)
        page.on("console", lambda message: message.type in ("error", "warning")
                and problems.append("console: " + message.text))
        page.on("pageerror", lambda error: problems.append("script error: %s" % error))
        page.on("dialog", lambda dialog: (problems.append("dialog: " + dialog.message), dialog.dismiss()))

    def open_page(url, **options):
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        watch(page, urllib.parse.urlsplit(url).netloc)
        reply = page.goto(url)
        assert reply.ok, "%s: %d" % (url, reply.status)
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            if options_allow_scripts(page):
                assert page.evaluate("window.__xss") is None, "a logged string ran as a script"
        context.close()
    assert not problems, "\n".join(problems)


def options_allow_scripts(page):
    try:
        return page.evaluate("1") == 1
    except Exception:  # a context without JavaScript
        return False
