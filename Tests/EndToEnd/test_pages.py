"""Pages in a real browser: safe with hostile strings, accessible, readable without JavaScript."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from harness import AXE, LOOKS, within

RUN = "window.__xss=1"
HOSTILE = [  # FAULTS F51
    "<script>%s</script>" % RUN,
    "</script><script>%s</script>" % RUN,
    '"onload="%s" x="' % RUN,
    "'><img src=x onerror=%s>" % RUN,
    "<svg onload=%s>" % RUN,
    "javascript:%s" % RUN,
    "</title></style></textarea><script>%s</script>" % RUN,
    "\u202ereversed\u202c and \u2028 and \u2029",
    "\x1b]0;title\x07\x1b[31m",
    "=cmd()|' /C calc'!A0",
    "&lt;b&gt; &amp; %3Cscript%3E {{7*7}} ${7*7}",
    "😀" * 200,
]


@pytest.fixture
def recorded(tracker, server, client_environment):
    """A session with two runs, labels, errors, a note and a damaged tail."""
    from local_tracker_client import SessionLog
    with SessionLog(session="20261123-151500-0a1b2c3d", user="local_dev_user") as log:
        for name in ("cold", "warm"):
            with log.run(test=name, target="http://localhost:3000/", params={"rate": 100}) as run:
                for number in range(600):
                    run.sample("http.latency_ms", 5 + number % 37, unit="ms", route="/%d" % (number % 3),
                               status=503 if number % 50 == 0 else 200)
                run.summary["rps"] = 99.5
        log.event("note", text="cache on")
    segment, = tracker.data.glob("log/*/*/*.zst")
    (segment.parent / "shared.000001.jsonl").write_text('{"ts":1,"metric":"m","value":1}\nnonsense\n')
    within(5, lambda: [row for row in server.json("api/sessions")["sessions"]
                       if row["events"] > 1200 and row["bad_lines"] == 1], "the session is indexed")
    return "sessions/local_dev_user/20261123-151500-0a1b2c3d"


@pytest.fixture
def hostile(tracker, server, client_environment):
    from local_tracker_client import SessionLog
    for text in HOSTILE:
        try:
            log = SessionLog(session=text, user=text)
        except ValueError:  # its name would be too long: then only in the fields
            log = SessionLog(session="long", user="long")
        with log, log.run(run=text, test=text, target=text, commit=text, params={text: text}) as run:
            run.sample(text[:128], 1, unit=text, labels={text: text, "status": text})
            run.sample("latency_ms", 1, unit="ms", labels={"route": text})
            run.summary[text] = text
            for kind, field in (("note", "text"), ("tag", "tag"), ("rename", "name")):
                log.event(kind, **{field: text})
            log.event("note", text=text, run=text, left_out=True)
            log.event("session", name=text, host=text, commit=text)
    within(5, lambda: len(server.json("api/sessions")["sessions"]) >= len(HOSTILE) - 1,
           "the sessions are indexed")
    return len(HOSTILE)


def links(page):
    return page.eval_on_selector_all(
        'main a[href^="/sessions/"]', "all => [...new Set(all.map(a => a.href.split('?')[0]))]")


def test_hostile_strings_are_text(server, hostile, open_page):
    page = open_page(server.url)
    addresses = links(page)
    assert len(addresses) >= hostile - 1
    seen = page.inner_text("body")
    for address in addresses:
        session = open_page(address)
        session.wait_for_load_state("load")
        seen += session.text_content("body")
        assert session.evaluate("window.__xss") is None
        assert session.locator('a[href^="javascript:" i]').count() == 0
        session.close()
    for text in HOSTILE[:7]:
        assert text in seen, "not shown as it was written: %r" % text


def test_a_page_asks_nobody_else_and_says_what_it_is_not(server, recorded, open_page):
    for path in ("", recorded):
        page = open_page(server.url + path)  # the fixture watches requests, console and CSP
        page.wait_for_load_state("load")
        assert "Not the official scoring system" in page.inner_text("body")


def test_damage_is_shown(server, recorded, open_page):
    assert "bad line" in open_page(server.url + recorded).inner_text("body").lower()


@pytest.mark.parametrize("scheme, size", LOOKS)
def test_axe_finds_nothing(server, recorded, open_page, scheme, size):
    for path in ("", recorded):
        page = open_page(server.url + path, color_scheme=scheme,
                         viewport={"width": size[0], "height": size[1]})
        result = Axe().run(page, options=AXE)
        assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844), (320, 640)])
def test_no_page_scrolls_sideways(server, recorded, open_page, size):
    for path in ("", recorded):
        page = open_page(server.url + path, viewport={"width": size[0], "height": size[1]})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_pages_read_without_javascript(server, recorded, open_page):
    page = open_page(server.url, java_script_enabled=False)
    assert page.locator("h1").count() == 1
    assert page.locator('main a[href="/%s"]' % recorded).count() > 0
    page = open_page(server.url + recorded, java_script_enabled=False)
    assert page.locator("h1").count() == 1 and page.locator("table").count() > 0
    assert page.locator("main figure svg path").count() > 0


def test_a_page_of_another_name_for_this_machine_gets_nothing(server, recorded, binary):
    """DNS rebinding: evil.test resolves to this machine, and the browser believes it."""
    from conftest import CHROMIUM
    import subprocess
    found = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
         "--host-resolver-rules=MAP evil.test 127.0.0.1", "http://evil.test:%d/" % server.port],
        capture_output=True, text=True, timeout=60).stdout
    assert "local_dev_user" not in found and "0a1b2c3d" not in found
