"""Profiles: attached by a command, shown as a flame graph alone and against another one, recorded beside a run."""
import hashlib
import http.server
import itertools
import random
import re
import shutil
import threading
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from harness import within

SIZES = ((1440, 900), (390, 844))


def stacks(slow):
    """5,000 samples of a program with 40 functions; `decode` takes `slow` times as long as usual."""
    dice = random.Random(int(slow * 10))
    weights = {"main;serve;route%d;handle%d" % (n % 5, n): 1 + n % 4 for n in range(38)}
    weights |= {"main;serve;route1;decode": 4 * slow, "main;serve;route2;retry;decode": 2 * slow}
    counts = {}
    for one in dice.choices(list(weights), list(weights.values()), k=5000):
        counts[one] = counts.get(one, 0) + 1
    return "".join("%s %d\n" % one for one in sorted(counts.items()))


@pytest.fixture
def profiled(tracker):
    tracker.run("log", "--user", "u", "--session", "s", text_input="".join(
        '{"event":"run_started","run":"%s","target":"api"}\n{"metric":"latency_ms","value":1,"run":"%s"}\n'
        '{"event":"run_finished","run":"%s"}\n' % (run, run, run) for run in ("old", "new")))
    hashes = {}
    for run, slow in (("old", 1), ("new", 2)):
        path = tracker.folder / ("%s.folded" % run)
        path.write_text(stacks(slow))
        told = tracker.run("attach", str(path), "u/s#" + run).stdout
        assert "attached to u/s#%s: folded stacks" % run in told and "to take it back: tracker undo" in told
        hashes[run] = hashlib.sha256(path.read_bytes()).hexdigest()
    server = tracker.serve()
    within(20, lambda: len(server.json("api/sessions")["sessions"]) == 1, "the session is published")
    return server, hashes


def address(hashes, against=False, **more):
    items = {"with": hashes["old"]} if against else {}
    query = "&".join("%s=%s" % item for item in {**items, **more}.items())
    return "sessions/u/s/profiles/%s%s" % (hashes["new"], "?" + query if query else "")


def test_the_session_leads_to_its_profiles_and_one_to_the_other(profiled, open_page):
    server, hashes = profiled
    page = open_page(server.url + "sessions/u/s")
    page.click("#profiles a:has-text('new.folded')")
    page.wait_for_url("**/profiles/" + hashes["new"])
    assert "5,000 samples" in page.inner_text(".lead >> nth=0")
    page.click("a:has-text('against old.folded')")
    page.wait_for_url("**with=" + hashes["old"])
    assert page.inner_text(".lead >> nth=0").startswith("decode itself takes ")
    # Only the function itself is red, and it is the widest red frame.
    red = page.evaluate("""[...document.querySelectorAll('.flame [data-node][class^=up]')].map(
        (one) => [one.querySelector('title').textContent.split('\\n')[0], one.getBoundingClientRect().width])""")
    assert max(red, key=lambda one: one[1])[0] == "decode", red
    # A key swaps the two: what grew shrinks.
    page.keyboard.press("x")
    page.wait_for_url("**widths=before")
    assert page.locator(".flame .up1, .flame .up2, .flame .up3").count() == 0 or "decode" not in page.evaluate(
        "[...document.querySelectorAll('.flame [class^=up] title')].map((one) => one.textContent).join()")


def test_a_click_gives_a_frame_the_whole_width_and_back_undoes_it(profiled, open_page):
    server, hashes = profiled
    page = open_page(server.url + address(hashes, against=True))
    frame = page.locator(".flame [data-node]", has=page.locator("title", has_text=re.compile("^route1\\n"))).first
    number = frame.get_attribute("data-node")
    frame.click(position={"x": 3, "y": 8})
    page.wait_for_url("**node=" + number)
    widths = page.evaluate("[...document.querySelectorAll('.flame > [data-node]')].map((one) => one.getAttribute('width'))")
    assert widths[0] == "100%" and page.inner_text("nav.frames").split() == ["all", "main", "serve"]
    page.reload()
    assert page.inner_text("nav.frames").split() == ["all", "main", "serve"]
    page.go_back()
    assert page.locator("nav.frames").count() == 0


def test_without_a_script_the_table_goes_from_frame_to_frame(profiled, open_page):
    server, hashes = profiled
    page = open_page(server.url + address(hashes), java_script_enabled=False)
    for name in ("main", "serve", "route2", "retry"):
        page.click("details summary")
        page.click("#callees a:text-is('%s')" % name)
    assert page.inner_text("nav.frames").split() == ["all", "main", "serve", "route2"]


@pytest.mark.parametrize("scheme, size", list(itertools.product(("light", "dark"), SIZES)))
def test_profiles_are_accessible_and_fit(profiled, open_page, scheme, size):
    server, hashes = profiled
    for path in (address(hashes), address(hashes, against=True), "sessions/u/s"):
        page = open_page(server.url + path, color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        result = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
        assert result.violations_count == 0, path + result.generate_report()
        page.context.close()


def test_what_is_taken_back_or_lost_is_said(tracker, profiled):
    server, hashes = profiled
    assert server.get(address({"new": "0" * 64}))[0] == 404
    stored = tracker.data / "profiles" / (hashes["old"] + ".zst")
    stored.unlink()
    status, page = server.get(address(hashes, against=True))
    assert status == 404 and ("profiles/%s.zst is missing" % hashes["old"]) in page.decode()
    edit = [one for one in tracker.json("show", "u/s")["edits"] if one["profile"] == hashes["new"]][0]
    tracker.run("undo", "u/s", edit["id"])
    within(10, lambda: server.get(address(hashes))[0] == 404, "a profile that was taken back is not shown")
    # The same file again: one file, and it is shown again.
    tracker.run("attach", str(tracker.folder / "new.folded"), "u/s#new", "--as", "again")
    within(10, lambda: server.get(address(hashes))[0] == 200, "an attached profile is shown")
    assert len(list((tracker.data / "profiles").iterdir())) == 1


def test_what_is_no_profile_is_refused_and_nothing_is_written(tracker, profiled):
    path = tracker.folder / "no.profile"
    before = sorted(tracker.data.rglob("*"))
    for content, reason in (("", "empty"), ("hello\n", "no known profile"), ("a;b 0\n", "no stack is in it")):
        path.write_text(content)
        told = tracker.run("attach", str(path), "u/s", expect=(2,)).stderr
        assert reason in told and "no.profile" in told, told
    assert sorted(tracker.data.rglob("*")) == before


class Busy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_run_brings_its_own_profile(tracker):
    """With the real perf; where the kernel does not allow it, the run counts and says why there is none."""
    assert shutil.which("perf"), "install linux-perf"
    service = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    try:
        told = tracker.run("load", "http://127.0.0.1:%d/" % service.server_port, "--rate", "20", "--duration", "2s",
                           "--user", "u", "--profile")
    finally:
        service.shutdown()
        service.server_close()
    [session] = tracker.json("sessions")["sessions"] if isinstance(tracker.json("sessions"), dict) else tracker.json("sessions")
    shown = tracker.json("show", "%s/%s" % (session["user"], session["session"]))
    found = [one for one in shown["edits"] if one["event"] == "profile"]
    if not found:
        assert "warning: no profile of the run: perf: " in told.stderr, told.stderr
        pytest.skip(told.stderr.splitlines()[-1])
    assert [one["run"] for one in found] == [run["run"] for run in shown["runs"]]
    server = tracker.serve()
    status, page = server.get("sessions/%s/%s/profiles/%s" % (session["user"], session["session"], found[0]["profile"]))
    assert status == 200 and b"samples" in page and b'class="flame"' in page
    assert not list(tracker.folder.glob("tracker-profile-*"))
