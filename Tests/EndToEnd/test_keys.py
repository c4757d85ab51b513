"""Keys: who may write for whom, and who may read, with the real program."""
import json
import pathlib
import stat

import harness

SECRET = "s3cret-of-ann-4711"


def everything(tracker):
    """All bytes that the program left: the data folder and what it printed."""
    return b"".join(path.read_bytes() for path in sorted(tracker.folder.rglob("*")) if path.is_file())


def test_two_people_do_not_write_into_each_other_s_notebook(tracker):
    server = tracker.serve()
    post = lambda user, key, value: server.post(
        "/api/track", harness.track_body(user, value=value), {"x-api-key": key} if key else {})[0]
    assert post("ann", SECRET, 1) == 200
    assert post("bob", "another-key", 2) == 200
    assert post("ann", "another-key", 3) == 403 and post("ann", None, 3) == 401
    assert post("bob", SECRET, 3) == 403
    [claims] = [tracker.data / "keys" / "claims.json"]
    assert stat.S_IMODE(claims.stat().st_mode) == 0o600
    assert stat.S_IMODE(claims.parent.stat().st_mode) == 0o700
    assert [claim["user"] for claim in json.loads(claims.read_text())["claims"]] == ["ann", "bob"]
    command_line = pathlib.Path("/proc/%d/cmdline" % server.child.pid).read_bytes()
    pages = b"".join(server.get(path)[1] for path in ("/", "/sessions/ann/s", "/api/sessions", "/health"))
    assert SECRET.encode() not in everything(tracker) + command_line + pages
    server.stop()

    again = tracker.serve()
    post_again = lambda key: again.post("/api/track", harness.track_body("ann", value=4), {"x-api-key": key})[0]
    assert post_again("another-key") == 403 and post_again(SECRET) == 200
    # A server that runs knows at once what is released.
    assert [row["user"] for row in tracker.json("user", "list")] == ["ann", "bob"]
    assert "no key claims eve" in tracker.run("user", "release", "eve", expect=(2,)).stderr
    assert "Released ann" in tracker.run("user", "release", "ann").stdout
    assert post_again("another-key") == 200 and post_again(SECRET) == 403
    again.stop()
    runs = {row["user"]: row["runs"] for row in tracker.json("sessions")}
    assert runs == {"ann": 2, "bob": 1}


def test_without_claims_keys_are_not_asked_for(tracker):
    child = tracker.start("serve", "--port", "0", "--no-claims")
    server = harness.Server(tracker, child)
    for key in ("one", "two"):
        assert server.post("/api/track", harness.track_body(value=len(key)), {"x-api-key": key})[0] == 200
    assert not (tracker.data / "keys").exists()
    server.stop()


def test_damaged_claims_are_an_error_of_the_start(tracker):
    tracker.run("log", "--metric", "m", "--value", "1")
    (tracker.data / "keys").mkdir()
    (tracker.data / "keys" / "claims.json").write_text("{}")
    result = tracker.run("serve", "--port", "0", expect=(2,))
    assert "keys/claims.json in the data folder is not a list of claims" in result.stderr
    assert "keys/claims.json" in tracker.run("user", "list", expect=(2,)).stderr


KEY = {"LOCAL_TRACKER_API_KEY": SECRET}


def serve_private(tracker, *arguments):
    return harness.Server(tracker, tracker.start("serve", "--port", "0", "--private", *arguments, env=KEY))


def test_private_needs_a_key(tracker):
    result = tracker.run("serve", "--port", "0", "--private", expect=(2,))
    assert "--private needs a key: set LOCAL_TRACKER_API_KEY" in result.stderr
    assert not tracker.data.exists()


def test_programs_read_with_the_key_in_a_header(tracker):
    tracker.run("log", "--user", "ann", "--session", "s", "--metric", "m", "--value", "1")
    server = serve_private(tracker)
    for path in ("/", "/api/sessions", "/api/live", "/metrics", "/sessions/ann/s", "/nothing"):
        status, body = server.get(path)
        assert status == 401 and b"ann" not in body, path
        assert server.get(path, {"x-api-key": SECRET[:-1]})[0] == 403
    assert server.json("/api/sessions", headers={"x-api-key": SECRET})["sessions"][0]["user"] == "ann"
    assert json.loads(server.get("/health")[1]) == {"status": "ok"}
    for _ in range(40):
        server.get("/", {"x-api-key": "wrong"})
    assert server.get("/", {"x-api-key": "wrong"})[0] == 429
    command_line = pathlib.Path("/proc/%d/cmdline" % server.child.pid).read_bytes()
    server.stop()
    assert SECRET.encode() not in everything(tracker) + command_line


def test_a_browser_gives_the_key_once(tracker, browser):
    tracker.run("log", "--user", "ann", "--session", "s", "--metric", "m", "--value", "1")
    server = serve_private(tracker)
    page = browser.new_page()
    bad = []
    page.on("console", lambda message: bad.append(message.text) if "Content Security" in message.text else None)
    page.goto(server.url + "sessions/ann/s")
    assert page.locator("input[name=key]").get_attribute("type") == "password"
    page.fill("input[name=key]", "wrong")
    page.click("#login button")
    assert "Invalid API key." in page.inner_text("#login")
    page.fill("input[name=key]", SECRET)
    page.click("#login button")
    page.wait_for_url(server.url + "sessions/ann/s")
    assert page.locator("#edit").count() == 1 and page.locator("input[name=key]").count() == 0
    assert SECRET not in page.content() and SECRET not in page.url
    [cookie] = page.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and SECRET not in cookie["value"]
    # The live stream has the cookie as well: a sample arrives on the page by itself.
    tracker.run("log", "--user", "ann", "--session", "s", "--metric", "fresh", "--value", "2")
    page.locator("#page", has_text="fresh").wait_for()
    server.stop()
    again = harness.Server(tracker, tracker.start("serve", "--port", str(server.port), "--private", env=KEY))
    page.goto(again.url)
    assert page.locator("input[name=key]").count() == 1
    again.stop()
    assert not bad
    page.close()
