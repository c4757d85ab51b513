"""A page of another site, open in the same browser, tries what pages can try."""
import http.server
import os
import threading

import pytest

import harness

#: Of another site, and of another port of this machine, which browsers call the same site.
SITES = ("evil.test", "localhost")

TRY = """async ([base, session, body]) => {
  const found = {};
  const ask = async (name, path, options) => {
    try {
      const answer = await fetch(base + path, {credentials: 'include', ...options});
      found[name] = [answer.type, answer.status, await answer.text()];
    } catch (error) { found[name] = 'refused'; }
  };
  for (const path of ['', session, 'api/sessions', 'api/track/ann', 'health', 'metrics', 'nothing']) {
    await ask('read ' + path, path);
    await ask('opaque ' + path, path, {mode: 'no-cors'});
  }
  const json = {'Content-Type': 'application/json'}, form = {'Content-Type': 'application/x-www-form-urlencoded'};
  await ask('post json', 'api/track', {method: 'POST', headers: json, body});
  await ask('post text', 'api/track', {method: 'POST', mode: 'no-cors', body});
  await ask('post edit', 'edits/ann/s', {method: 'POST', mode: 'no-cors', headers: form, body: 'kind=note&text=evil'});
  await ask('post lines', 'api/events?user=ann&session=s', {method: 'POST', mode: 'no-cors', body});
  await ask('delete', session, {method: 'DELETE'});
  await ask('put', 'api/track', {method: 'PUT', body});
  for (const type of ['text/plain', 'application/json'])
    navigator.sendBeacon(base + 'api/track', new Blob([body], {type}));
  const load = (tag, path) => new Promise(done => {
    const one = document.createElement(tag);
    one.onload = () => done('load');
    one.onerror = () => done('error');
    if (tag === 'link') { one.rel = 'stylesheet'; one.href = base + path; } else one.src = base + path;
    document.body.append(one);
  });
  for (const tag of ['img', 'script', 'link'])
    for (const path of [session, session + '-not-there', 'favicon.ico', 'health'])
      found[tag + ' ' + path] = await load(tag, path);
  found.socket = await new Promise(done => {
    const one = new WebSocket(base.replace('http', 'ws') + 'api/live');
    one.onopen = () => done('open');
    one.onerror = () => done('error');
  });
  found.events = await new Promise(done => {
    const one = new EventSource(base + 'api/live');
    one.onmessage = () => done('message');
    one.onerror = () => { one.close(); done('error'); };
  });
  return found;
}"""

FORM = """([action, enctype, name, value]) => new Promise(done => {
  const frame = document.createElement('iframe'), form = document.createElement('form');
  frame.name = 'target' + Math.random();
  frame.onload = () => done();
  const field = document.createElement('input');
  field.name = name;
  field.value = value;
  Object.assign(form, {action, enctype, method: 'POST', target: frame.name});
  form.append(field);
  document.body.append(frame, form);
  form.submit();
})"""


@pytest.fixture(scope="module")
def hostile_port():
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = b"<!doctype html><title>free kittens</title><body>kittens"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass
    one = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=one.serve_forever, daemon=True).start()
    yield one.server_address[1]
    one.shutdown()
    one.server_close()


@pytest.fixture(scope="module")
def astray(browser):
    """A browser for which evil.test is this machine."""
    from conftest import CHROMIUM
    other = browser.browser_type.launch(
        executable_path=CHROMIUM, args=["--host-resolver-rules=MAP *.test 127.0.0.1"]
        + (["--no-sandbox"] if os.getuid() == 0 else []))
    yield other
    other.close()


@pytest.fixture
def recorded(tracker, server):
    tracker.run("log", "--user", "ann", "--session", "s", "--metric", "m", "--value", "1")
    harness.within(5, lambda: server.json("api/sessions")["sessions"], "the session is indexed")
    return "sessions/ann/s"


@pytest.mark.parametrize("site", SITES)
def test_a_hostile_page_reads_and_writes_nothing(tracker, server, recorded, astray, hostile_port, site):
    before = tracker.run("cat", "ann/s").stdout
    page = astray.new_page()
    page.goto("http://%s:%d/" % (site, hostile_port))
    body = '{"userId":"evil","challengeType":"x","metricName":"m","value":1,"timestamp":"2026-11-23T14:02:11Z",' \
        '"runDetails":{"session_id":"s"}}'
    found = page.evaluate(TRY, [server.url, recorded, body])
    for name, answer in found.items():
        # Of an opaque answer a page sees neither status nor text.
        assert answer in ("refused", "error", ["opaque", 0, ""]), (name, answer)
    # The same for what exists and for what does not.
    for tag in ("img", "script", "link"):
        assert found["%s %s" % (tag, recorded)] == found["%s %s-not-there" % (tag, recorded)]
    half = len(body) // 2
    for action, kind, name, value in (
            ("api/track", "text/plain", body[:half], body[half:]),
            ("api/track", "application/x-www-form-urlencoded", "userId", "evil"),
            ("edits/ann/s", "application/x-www-form-urlencoded", "kind", "archive"),
            ("edits/ann/s", "multipart/form-data", "kind", "archive"),
            ("api/events?user=evil&session=s", "text/plain", '{"metric":"m","value":1}', "")):
        page.evaluate(FORM, [server.url + action, kind, name, value])
    assert [row["user"] for row in server.json("api/sessions")["sessions"]] == ["ann"]
    assert tracker.run("cat", "ann/s").stdout == before
    page.context.close()


@pytest.mark.parametrize("site", SITES)
def test_a_hostile_page_frames_nothing_and_holds_no_window(server, recorded, astray, hostile_port, site):
    page = astray.new_page()
    page.goto("http://%s:%d/" % (site, hostile_port))
    for path in ("", recorded, "nothing", "health"):
        page.evaluate("""url => new Promise(done => {
          const one = document.createElement('iframe');
          one.onload = () => done();
          one.src = url;
          document.body.append(one);
        })""", server.url + path)
    framed = [frame for frame in page.frames if frame != page.main_frame]
    assert len(framed) == 4
    for frame in framed:
        assert not frame.url.startswith(server.url) and "Local Tracker" not in frame.content()
    # A link is followed; the page behind it is a window of its own, which this one cannot reach.
    with page.context.expect_page() as opened:
        page.evaluate("url => { window.held = window.open(url) }", server.url + recorded)
    opened.value.wait_for_load_state()
    assert opened.value.locator("h1").count() == 1
    harness.within(5, lambda: page.evaluate("window.held.closed"), "the window is cut loose")
    assert opened.value.evaluate("window.opener") is None
    page.context.close()


def test_a_name_that_becomes_this_machine_reads_nothing(server, recorded, astray):
    """DNS rebinding: the browser believes that evil.test is the server, and sends its requests as its own."""
    page = astray.new_page()
    reply = page.goto("http://evil.test:%d/" % server.port)
    assert reply.status == 421
    for path in ("api/sessions", recorded, "health", "assets/x/app.css", "api/live", "nothing"):
        status, text = page.evaluate(
            "async path => { const answer = await fetch('/' + path); return [answer.status, await answer.text()] }",
            path)
        assert status == 421 and "ann" not in text, path
    page.context.close()
